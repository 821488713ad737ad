//! The place where it all happens: a directory on a file system in memory, gone afterwards.

use std::{
    fs,
    path::{Path, PathBuf},
    process,
};

use anyhow::{Context as _, Result, bail};

#[derive(Debug)]
pub(crate) struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Makes it below `parent`, after removing what a killed run of this program left there.
    pub(crate) fn new(parent: &Path) -> Result<Self> {
        for entry in fs::read_dir(parent).with_context(|| format!("read {}", parent.display()))? {
            let name = entry?.file_name();
            let owner = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
            if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
                fs::remove_dir_all(parent.join(&name))?;
            }
        }
        let path = parent.join(format!("{PREFIX}{}", process::id()));
        fs::create_dir(&path).with_context(|| format!("create {}", path.display()))?;
        Ok(Self { path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A new, empty directory by this name.
    pub(crate) fn fresh(&self, name: &str) -> Result<PathBuf> {
        let path = self.path.join(name);
        remove(&path)?;
        fs::create_dir(&path)?;
        Ok(path)
    }

    /// Refuses to start what would fill the file system or the memory behind it.
    pub(crate) fn need(&self, bytes: u64) -> Result<()> {
        let stat = rustix::fs::statvfs(&self.path)?;
        let mut free = stat.f_bavail * stat.f_frsize;
        if let Some(memory) = crate::machine::memory_available() {
            free = free.min(memory);
        }
        // Some room for the programs themselves.
        let wanted = bytes + (1 << 30);
        if free < wanted {
            bail!(
                "{} MiB are needed on {}, {} MiB are free; use --small, --only or --scratch",
                wanted >> 20,
                self.path.display(),
                free >> 20,
            );
        }
        Ok(())
    }
}

const PREFIX: &str = "anyarchive-compare-";

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes a file or a tree, if there is one.
pub(crate) fn remove(path: &Path) -> Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Err(_) => return Ok(()),
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    };
    removed.with_context(|| format!("remove {}", path.display()))
}
