//! Places a release can be had from.

mod crates_io;
mod debian;
mod upstream;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use tempfile::NamedTempFile;

use super::lock::{OriginSpec, Release};
use super::tree::{Tree, sha256_hex};
use crate::repo::Repo;

/// One place that may have a release.
pub(crate) trait Origin {
    /// What a person calls it.
    fn name(&self) -> String;

    /// What is on this machine already; the network is not touched.
    fn cached(&self) -> Result<Option<Tree>>;

    /// Asks the network.
    fn fetch(&self) -> Result<Fetched>;
}

/// What asking an origin came to. That it cannot be reached is normal; what
/// it delivers being wrong is an error.
#[derive(Debug)]
pub(crate) enum Fetched {
    Tree(Tree, Option<Download>),
    Unavailable(String),
}

/// The origins of a release in the order of the lock.
pub(crate) fn all(repo: &Repo, release: &Release) -> Vec<Box<dyn Origin>> {
    let cache = repo.cache_dir();
    let mut origins: Vec<Box<dyn Origin>> = Vec::new();
    for spec in &release.origins {
        origins.push(match spec {
            OriginSpec::Upstream { url } => Box::new(upstream::Upstream::new(url, release, &cache)),
            OriginSpec::Debian { suite } => Box::new(debian::Debian::new(suite, release, &cache)),
            OriginSpec::CratesIo {
                package,
                version,
                sha256,
                directory,
            } => Box::new(crates_io::CratesIo::new(
                package, version, sha256, directory, &cache,
            )),
        });
    }
    origins
}

/// Reads a tarball or an unpacked release at a path of the user's own.
pub(crate) fn read_local(path: &Path) -> Result<Tree> {
    let tree = if path.is_dir() {
        Tree::from_directory(path)
    } else {
        fs::read(path)
            .map_err(Into::into)
            .and_then(|bytes| Tree::from_tarball(&bytes))
    };
    tree.with_context(|| format!("{} is not a release of libarchive", path.display()))
}

/// The place of one tarball in the cache.
#[derive(Debug, Clone)]
struct CachedTarball {
    path: PathBuf,
    sha256: Option<String>,
}

impl CachedTarball {
    fn new(cache: &Path, origin: &str, release: &Release) -> Self {
        let name = format!("libarchive-{}.tar.xz", release.version);
        Self {
            path: cache.join(origin).join(name),
            sha256: release.tarball_sha256.clone(),
        }
    }

    fn read(&self) -> Result<Option<Tree>> {
        if !self.path.exists() {
            return Ok(None);
        }
        match self.open(&self.path) {
            Ok(tree) => Ok(Some(tree)),
            Err(problem) => {
                println!("discarding the cached {}: {problem:#}", self.path.display());
                fs::remove_file(&self.path)
                    .with_context(|| format!("cannot remove {}", self.path.display()))?;
                Ok(None)
            }
        }
    }

    /// A place to download to, on the same file system as the cache.
    fn start(&self) -> Result<NamedTempFile> {
        let directory = self.path.parent().context("the cache has no directory")?;
        fs::create_dir_all(directory)
            .and_then(|()| {
                tempfile::Builder::new()
                    .prefix(".download-")
                    .tempfile_in(directory)
            })
            .with_context(|| format!("cannot write to {}", directory.display()))
    }

    /// Compares a finished download with the lock and opens it.
    fn finish(&self, file: NamedTempFile) -> Result<Fetched> {
        let tree = self.open(file.path())?;
        Ok(Fetched::Tree(
            tree,
            Some(Download {
                file,
                destination: self.path.clone(),
            }),
        ))
    }

    fn open(&self, path: &Path) -> Result<Tree> {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        if let Some(expected) = &self.sha256 {
            let actual = sha256_hex(&bytes);
            ensure!(
                actual == *expected,
                "its sha256 is {actual}, vendor/lock.toml says {expected}"
            );
        }
        Tree::from_tarball(&bytes)
    }
}

/// A file that goes into the cache once its tree was verified, and vanishes otherwise.
#[derive(Debug)]
pub(crate) struct Download {
    file: NamedTempFile,
    destination: PathBuf,
}

impl Download {
    pub(crate) fn keep(self) -> Result<()> {
        self.file
            .persist(&self.destination)
            .with_context(|| format!("cannot keep {}", self.destination.display()))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cached(directory: &Path, contents: &[u8]) -> CachedTarball {
        CachedTarball {
            path: directory.join("o/x.tar.xz"),
            sha256: Some(sha256_hex(contents)),
        }
    }

    fn tarball() -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(1);
        builder
            .append_data(&mut header, "r/COPYING", &b"c"[..])
            .unwrap();
        builder.into_inner().unwrap()
    }

    #[test]
    fn a_download_is_kept_only_when_told() {
        let directory = tempfile::tempdir().unwrap();
        let bytes = tarball();
        let slot = cached(directory.path(), &bytes);
        let download = || {
            let file = slot.start().unwrap();
            fs::write(file.path(), &bytes).unwrap();
            match slot.finish(file).unwrap() {
                Fetched::Tree(_, Some(download)) => download,
                other => panic!("{other:?}"),
            }
        };
        drop(download());
        assert!(slot.read().unwrap().is_none());
        download().keep().unwrap();
        assert!(slot.read().unwrap().is_some());
    }

    #[test]
    fn a_wrong_sha256_is_refused_and_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let slot = cached(directory.path(), b"something else");
        let file = slot.start().unwrap();
        fs::write(file.path(), tarball()).unwrap();
        let message = slot.finish(file).unwrap_err().to_string();
        assert!(message.contains("sha256"), "{message}");
        assert_eq!(fs::read_dir(directory.path().join("o")).unwrap().count(), 0);
    }

    #[test]
    fn a_damaged_file_in_the_cache_is_discarded() {
        let directory = tempfile::tempdir().unwrap();
        let slot = cached(directory.path(), &tarball());
        fs::create_dir(directory.path().join("o")).unwrap();
        fs::write(&slot.path, b"half a downl").unwrap();
        assert!(slot.read().unwrap().is_none());
        assert!(!slot.path.exists());
    }
}
