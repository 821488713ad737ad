//! What is in a directory, as digests: names and bytes, modes, and times, each on its own.

use std::{
    fs::{self, File},
    os::unix::{ffi::OsStrExt as _, fs::MetadataExt as _},
    path::Path,
};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tree {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// Names, kinds, bytes of files, targets of links.
    content: String,
    /// Permission bits of files and directories.
    modes: String,
    /// Times of last change of files, in seconds.
    times: String,
}

/// How a tree differs from the one that it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Differences {
    pub(crate) content: bool,
    pub(crate) modes: bool,
    pub(crate) times: bool,
}

impl Differences {
    /// What differs in either.
    pub(crate) fn or(self, other: Option<Self>) -> Self {
        other.map_or(self, |other| Self {
            content: self.content || other.content,
            modes: self.modes || other.modes,
            times: self.times || other.times,
        })
    }
}

impl Tree {
    pub(crate) fn read(top: &Path) -> Result<Self> {
        let mut walk = Walk::default();
        walk.directory(top, top)?;
        Ok(Self {
            files: walk.files,
            bytes: walk.bytes,
            content: walk.content.finalize().to_hex().to_string(),
            modes: walk.modes.finalize().to_hex().to_string(),
            times: walk.times.finalize().to_hex().to_string(),
        })
    }

    pub(crate) fn differences(&self, wanted: &Self) -> Differences {
        Differences {
            content: self.content != wanted.content,
            modes: self.modes != wanted.modes,
            times: self.times != wanted.times,
        }
    }
}

#[derive(Default)]
struct Walk {
    files: u64,
    bytes: u64,
    content: blake3::Hasher,
    modes: blake3::Hasher,
    times: blake3::Hasher,
}

impl Walk {
    fn directory(&mut self, top: &Path, directory: &Path) -> Result<()> {
        let mut names = fs::read_dir(directory)
            .with_context(|| format!("read {}", directory.display()))?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<Vec<_>>>()?;
        names.sort();
        for path in names {
            let metadata = fs::symlink_metadata(&path)?;
            let name = path.strip_prefix(top)?.as_os_str().as_bytes();
            // Lengths go before what varies in length, so that no two trees look alike.
            self.content.update(&(name.len() as u64).to_le_bytes());
            self.content.update(name);
            self.content
                .update(&(metadata.mode() & 0o170_000).to_le_bytes());
            if metadata.is_symlink() {
                let target = fs::read_link(&path)?;
                self.text(target.as_os_str().as_bytes());
                continue;
            }
            self.modes.update(&(metadata.mode() & 0o7777).to_le_bytes());
            if metadata.is_dir() {
                self.directory(top, &path)?;
            } else {
                self.files += 1;
                self.bytes += metadata.len();
                self.times.update(&metadata.mtime().to_le_bytes());
                self.content.update(&metadata.len().to_le_bytes());
                if metadata.len() > 0 {
                    self.content.update_reader(File::open(&path)?)?;
                }
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &[u8]) {
        self.content.update(&(text.len() as u64).to_le_bytes());
        self.content.update(text);
    }
}
