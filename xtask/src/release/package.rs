//! The `.crate` files.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::{CRATES, MAX_CRATE_BYTES};
use crate::cmd;
use crate::repo::Repo;
use crate::vendor::{self, Source};

/// A package that cargo made.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: &'static str,
    /// The `.crate` file.
    pub(super) file: PathBuf,
    /// Its size.
    bytes: u64,
    /// Number of files in it.
    pub(super) files: u64,
    /// Their size.
    pub(super) unpacked_bytes: u64,
}

/// Has cargo make all packages.
pub(super) fn make(stage: &Repo) -> Result<Vec<Package>> {
    let mut cargo = cmd::cargo();
    // What git ignores counts as uncommitted, and the C source is exactly that. The proof is ours,
    // on all packages together.
    cargo
        .args(["package", "--quiet", "--offline"])
        .args(["--allow-dirty", "--no-verify"])
        .env("CARGO_TARGET_DIR", stage.root().join("target"))
        .current_dir(stage.root());
    for name in CRATES {
        cargo.args(["--package", name]);
    }
    cmd::run(&mut cargo)?;
    CRATES
        .iter()
        .map(|name| Package::read(stage, name))
        .collect()
}

impl Package {
    fn read(stage: &Repo, name: &'static str) -> Result<Self> {
        let directory = stage.root().join("target/package");
        // The version is the one of the workspace, which is not ours to parse here.
        let prefix = format!("{name}-");
        let listing = fs::read_dir(&directory).context("cargo made no packages")?;
        let file = listing
            .flatten()
            .map(|item| item.path())
            .find(|path| {
                let file = path.file_name().unwrap_or_default().to_string_lossy();
                file.ends_with(".crate")
                    && file
                        .strip_prefix(&prefix)
                        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            })
            .with_context(|| format!("cargo made no package of {name}"))?;
        let mut package = Self {
            name,
            bytes: fs::metadata(&file)?.len(),
            file,
            files: 0,
            unpacked_bytes: 0,
        };
        for entry in package.archive()?.entries()? {
            package.files += 1;
            package.unpacked_bytes += entry?.size();
        }
        Ok(package)
    }

    fn archive(&self) -> Result<tar::Archive<flate2::read::GzDecoder<fs::File>>> {
        let file = fs::File::open(&self.file)
            .with_context(|| format!("cannot open {}", self.file.display()))?;
        Ok(tar::Archive::new(flate2::read::GzDecoder::new(file)))
    }

    /// Unpacks it into a directory of its own name in `into`.
    pub(super) fn unpack(&self, into: &Path) -> Result<()> {
        self.archive()?
            .unpack(into)
            .with_context(|| format!("cannot unpack {}", self.file.display()))
    }

    /// Name and version, as the directory in the package is called.
    pub(super) fn directory(&self) -> String {
        let stem = self.file.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }

    /// Demands what every package, and `archive-sys` in particular, has to hold.
    pub(super) fn check(&self, unpacked: &Path, source: &Source) -> Result<()> {
        let root = unpacked.join(self.directory());
        let mut wanted = vec!["Cargo.toml", "README.md", "LICENSE-MIT", "LICENSE-APACHE"];
        let upstream = format!("upstream/{}", source.version);
        let copying = format!("{upstream}/COPYING");
        if self.name == "archive-sys" {
            wanted.extend([copying.as_str(), "vendor/config/config.h"]);
            let digest = vendor::tree_digest(&root.join(&upstream))?;
            ensure!(
                digest == source.tree_digest,
                "the C source in the package has tree digest {digest}"
            );
            let releases = fs::read_dir(root.join("upstream"))?.count();
            ensure!(
                releases == 1,
                "{releases} releases of libarchive are in one package"
            );
        }
        for file in wanted {
            ensure!(
                root.join(file).is_file(),
                "the package {} has no {file}",
                self.name
            );
        }
        let metadata = fs::read_to_string(root.join("Cargo.toml"))?;
        let metadata: toml::Table = metadata.parse()?;
        for key in ["description", "license", "readme", "rust-version"] {
            let value = metadata.get("package").and_then(|table| table.get(key));
            ensure!(
                value.is_some_and(toml::Value::is_str),
                "the package {} has no {key}",
                self.name
            );
        }
        ensure!(
            self.bytes < MAX_CRATE_BYTES,
            "{self}: more than {MAX_CRATE_BYTES} bytes"
        );
        Ok(())
    }

    /// Copies the file to where people look for it.
    pub(super) fn keep(&self, directory: &Path) -> Result<()> {
        let destination = directory.join(self.file.file_name().unwrap_or_default());
        fs::copy(&self.file, &destination)
            .with_context(|| format!("cannot write {}", destination.display()))?;
        Ok(())
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} bytes, {} files of {} bytes",
            self.directory(),
            self.bytes,
            self.files,
            self.unpacked_bytes
        )
    }
}
