//! A package on crates.io that carries the source of a release.
//!
//! cargo downloads it for a throw-away manifest, with the user's own cargo
//! configuration (mirrors, proxies), and its cache is our cache.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use super::{Fetched, Origin};
use crate::cmd;
use crate::vendor::tree::Tree;

#[derive(Debug)]
pub(super) struct CratesIo {
    package: String,
    version: String,
    sha256: String,
    directory: String,
    cache: PathBuf,
}

impl CratesIo {
    pub(super) fn new(
        package: &str,
        version: &str,
        sha256: &str,
        directory: &str,
        cache: &Path,
    ) -> Self {
        Self {
            package: package.to_owned(),
            version: version.to_owned(),
            sha256: sha256.to_owned(),
            directory: directory.to_owned(),
            cache: cache.to_path_buf(),
        }
    }

    /// Lets cargo obtain the package; `Err` text says why it could not.
    fn obtain(&self, offline: bool) -> Result<std::result::Result<Tree, String>> {
        fs::create_dir_all(&self.cache)
            .with_context(|| format!("cannot write to {}", self.cache.display()))?;
        let project = tempfile::Builder::new()
            .prefix(".cargo-")
            .tempdir_in(&self.cache)?;
        let manifest = project.path().join("Cargo.toml");
        fs::write(project.path().join("lib.rs"), "")?;
        fs::write(&manifest, self.manifest())?;
        let mut cargo = cmd::cargo();
        cargo
            .args(["metadata", "--quiet", "--format-version", "1"])
            .current_dir(project.path());
        if offline {
            cargo.arg("--offline");
        }
        let output = cmd::capture(&mut cargo)?;
        if !output.status.success() {
            return Ok(Err(cmd::last_words(&output)));
        }
        self.check_lock(&fs::read_to_string(project.path().join("Cargo.lock"))?)?;
        let metadata: Metadata =
            serde_json::from_slice(&output.stdout).context("cargo metadata said something else")?;
        let package = metadata
            .packages
            .into_iter()
            .find(|package| package.name == self.package)
            .with_context(|| format!("cargo did not obtain {}", self.package))?;
        let root = package
            .manifest_path
            .parent()
            .context("a package without a directory")?;
        Ok(Ok(Tree::from_directory(&root.join(&self.directory))?))
    }

    fn manifest(&self) -> String {
        // `[workspace]` keeps cargo from looking for ours further up.
        format!(
            "[workspace]\n[package]\nname = \"obtain\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
             [lib]\npath = \"lib.rs\"\n[dependencies]\n{} = \"={}\"\n",
            self.package, self.version
        )
    }

    /// cargo compared the package with the checksum in its lock; we compare that with ours.
    fn check_lock(&self, text: &str) -> Result<()> {
        let lock: CargoLock = toml::from_str(text).context("cargo wrote an odd Cargo.lock")?;
        let package = lock
            .package
            .iter()
            .find(|package| package.name == self.package);
        let checksum = package.and_then(|package| package.checksum.as_deref());
        ensure!(
            checksum == Some(self.sha256.as_str()),
            "its sha256 is {}, vendor/lock.toml says {}",
            checksum.unwrap_or("unknown"),
            self.sha256
        );
        Ok(())
    }
}

impl Origin for CratesIo {
    fn name(&self) -> String {
        format!("the crates.io package {} {}", self.package, self.version)
    }

    fn cached(&self) -> Result<Option<Tree>> {
        Ok(self.obtain(true)?.ok())
    }

    fn fetch(&self) -> Result<Fetched> {
        Ok(match self.obtain(false)? {
            Ok(tree) => Fetched::Tree(tree, None),
            Err(reason) => Fetched::Unavailable(reason),
        })
    }
}

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<MetadataPackage>,
}

#[derive(Debug, Deserialize)]
struct MetadataPackage {
    name: String,
    manifest_path: PathBuf,
}

#[derive(Debug, Deserialize)]
struct CargoLock {
    package: Vec<LockedPackage>,
}

#[derive(Debug, Deserialize)]
struct LockedPackage {
    name: String,
    checksum: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_in_the_cargo_lock_decides() {
        let origin = CratesIo::new("pkg", "1.0.0", "abc", "src", Path::new("cache"));
        let lock = |checksum: &str| {
            format!("version = 4\n[[package]]\nname = \"pkg\"\nversion = \"1.0.0\"\n{checksum}\n")
        };
        assert!(origin.check_lock(&lock("checksum = \"abc\"")).is_ok());
        assert!(origin.check_lock(&lock("checksum = \"abd\"")).is_err());
        assert!(
            origin.check_lock(&lock("")).is_err(),
            "a path dependency has no checksum"
        );
    }

    #[test]
    fn the_manifest_pins_the_version() {
        let origin = CratesIo::new("pkg", "1.0.0", "abc", "src", Path::new("cache"));
        let manifest: toml::Table = toml::from_str(&origin.manifest()).unwrap();
        assert_eq!(manifest["dependencies"]["pkg"].as_str(), Some("=1.0.0"));
        assert!(manifest.contains_key("workspace"));
    }
}
