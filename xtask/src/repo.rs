//! Where things are in the checkout.

use std::path::{Path, PathBuf};

/// The checkout that this program belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Repo {
    root: PathBuf,
}

impl Repo {
    /// The checkout this program was compiled in: `cargo xtask` always runs
    /// from there, whatever the current directory.
    pub(crate) fn current() -> Self {
        let manifest_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self::at(manifest_dir.parent().unwrap_or(manifest_dir))
    }

    pub(crate) fn at(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn lock_file(&self) -> PathBuf {
        self.root.join("vendor/lock.toml")
    }

    /// Downloads that were verified, kept so that nothing is fetched twice.
    pub(crate) fn cache_dir(&self) -> PathBuf {
        self.root.join("vendor/cache")
    }

    /// The C source that `archive-sys` compiles.
    pub(crate) fn source_dir(&self, version: &str) -> PathBuf {
        self.root.join("archive-sys/upstream").join(version)
    }

    /// Upstream's reference archives, decoded.
    pub(crate) fn tests_dir(&self, version: &str) -> PathBuf {
        self.root.join("vendor/upstream-tests").join(version)
    }

    /// `path` as a person in the checkout would type it.
    pub(crate) fn display<'p>(&self, path: &'p Path) -> std::path::Display<'p> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}
