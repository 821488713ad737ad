//! The archives, made of the corpora by tools that everybody has, and kept for the next time.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::{
    corpus::{Corpus, TOP},
    machine,
    scratch::{self, Scratch},
    tree::Tree,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
pub(crate) enum Format {
    Tar,
    TarGz,
    TarZst,
    TarXz,
    Zip,
    SevenZip,
}

impl Format {
    pub(crate) const ALL: [Self; 6] = [
        Self::Tar,
        Self::TarGz,
        Self::TarZst,
        Self::TarXz,
        Self::Zip,
        Self::SevenZip,
    ];

    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Tar => "tar",
            Self::TarGz => "tar.gz",
            Self::TarZst => "tar.zst",
            Self::TarXz => "tar.xz",
            Self::Zip => "zip",
            Self::SevenZip => "7z",
        }
    }

    /// What makes it: the program, its Debian package, its arguments, and how it tells its version.
    fn maker(
        self,
    ) -> (
        &'static str,
        &'static str,
        &'static [&'static str],
        &'static str,
    ) {
        match self {
            Self::Tar => ("tar", "tar", &["--sort=name", "--format=gnu"], "--version"),
            Self::TarGz => ("gzip", "gzip", &["-6"], "--version"),
            Self::TarZst => ("zstd", "zstd", &["-q", "-3", "-T0"], "--version"),
            Self::TarXz => ("xz", "xz-utils", &["-6", "-T0"], "--version"),
            Self::Zip => ("zip", "zip", &["-q", "-r", "-6"], "-v"),
            Self::SevenZip => ("7zz", "7zip", &["a", "-bso0", "-bsp0", "-mx5"], "--help"),
        }
    }
}

/// Where the archives of one corpus are.
pub(crate) struct Archives {
    corpus: Corpus,
    directory: PathBuf,
}

impl Archives {
    pub(crate) fn new(cache: &Path, corpus: Corpus) -> Self {
        Self {
            corpus,
            directory: cache.join(corpus.key()),
        }
    }

    pub(crate) fn path(&self, format: Format) -> PathBuf {
        self.directory.join(format!("{TOP}.{}", format.ending()))
    }

    /// What made the archive.
    pub(crate) fn made_by(&self, format: Format) -> Result<String> {
        Ok(fs::read_to_string(self.note(format))?)
    }

    fn note(&self, format: Format) -> PathBuf {
        self.directory.join(format!("{}.by", format.ending()))
    }

    /// What comes out of each of them when all is well.
    pub(crate) fn tree(&self) -> Result<Tree> {
        Ok(serde_json::from_slice(&fs::read(
            self.directory.join("tree.json"),
        )?)?)
    }

    /// Makes the tree itself below a new directory, verified; gives that directory.
    pub(crate) fn source(&self, scratch: &Scratch) -> Result<PathBuf> {
        scratch.need(self.corpus.bytes())?;
        let source = scratch.fresh("source")?;
        self.corpus.make(&source)?;
        let tree = Tree::read(&source.join(TOP))?;
        match self.tree() {
            Ok(wanted) if wanted != tree => bail!(
                "{} was made of another corpus: remove it",
                self.directory.display()
            ),
            Ok(_) => {}
            Err(_) => fs::write(
                self.directory.join("tree.json"),
                serde_json::to_vec_pretty(&tree)?,
            )?,
        }
        Ok(source)
    }

    /// Makes those that are not there yet; gives the formats that no program could be found for.
    pub(crate) fn prepare(&self, formats: &[Format], scratch: &Scratch) -> Result<Vec<String>> {
        let mut missing = Vec::new();
        let wanted: Vec<Format> = formats
            .iter()
            .copied()
            .filter(|&format| !self.path(format).exists() || !self.note(format).exists())
            .collect();
        if wanted.is_empty() && self.tree().is_ok() {
            return Ok(missing);
        }
        fs::create_dir_all(&self.directory)?;
        eprintln!("making {}", self.corpus.title());
        let source = self.source(scratch)?;
        for format in wanted {
            let (program, package, _, version) = format.maker();
            if !crate::peers::is_there(program) {
                missing.push(format!(
                    ".{}: no {program} here (package {package})",
                    format.ending()
                ));
                continue;
            }
            eprintln!("making {}", self.path(format).display());
            // What comes out of compressors is made of the tar.
            if !self.path(Format::Tar).exists() {
                self.make(Format::Tar, &source)?;
            }
            self.make(format, &source)?;
            let version = machine::version_line(Command::new(program).arg(version));
            let (_, _, args, _) = format.maker();
            let by = format!(
                "{program} {} ({})",
                args.join(" "),
                version.unwrap_or_default()
            );
            fs::write(self.note(format), by)?;
        }
        scratch::remove(&source)?;
        Ok(missing)
    }

    fn make(&self, format: Format, source: &Path) -> Result<()> {
        let (program, _, args, _) = format.maker();
        let target = self.path(format);
        // Never half an archive by the final name. `zip` wants its ending.
        let part = self.directory.join(format!("part.{}", format.ending()));
        scratch::remove(&part)?;
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::null()).current_dir(source);
        match format {
            Format::Tar => command.arg("-cf").arg(&part).arg(TOP),
            Format::Zip | Format::SevenZip => command.arg(&part).arg(TOP),
            _ => command
                .arg("-c")
                .stdin(File::open(self.path(Format::Tar))?)
                .stdout(File::create(&part)?),
        };
        let status = command.status().with_context(|| format!("run {program}"))?;
        if !status.success() {
            bail!("{program}: {status}");
        }
        Ok(fs::rename(&part, &target)?)
    }
}
