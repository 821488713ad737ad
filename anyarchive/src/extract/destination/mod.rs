//! The destination: one handle, from which everything is resolved.

mod beneath;
mod directory;
mod finish;
mod umask;

use std::{
    collections::BTreeMap,
    fs, io,
    ops::Bound,
    os::fd::{AsFd, OwnedFd},
    path::Path,
    sync::Arc,
};

use rustix::{
    fs::{Mode, OFlags, Stat, openat},
    io::Errno,
};

use self::finish::Record;
pub(super) use self::{
    beneath::{Resolver, open_child},
    directory::MakeDirectory,
};
use super::{Refusal, halt::Halt, path::split};
use crate::{Error, Result};

/// Directories that stay open. Archives go through a tree in order, so the last few are enough.
const MAX_OPEN: usize = 32;

/// A directory that is open; it stays so while it is used, also when it falls out of the cache.
pub(super) type Dir = Arc<OwnedFd>;

/// Device and inode number: what a name stood for when it was looked at.
pub(super) type Id = (u64, u64);

/// The destination directory and what the extraction knows about the directories below.
///
/// A cached handle stands for the directory that had the path when it was opened. If another process
/// renames that directory, what is still written into it goes along: the same as if it had been
/// renamed after the extraction, and no way to anything else.
#[derive(Debug)]
pub(super) struct Destination {
    root: Dir,
    resolver: Resolver,
    /// By path, the last used at the end.
    open: Vec<(Box<[u8]>, Dir)>,
    /// Directories that this extraction made or took over, by path.
    records: BTreeMap<Box<[u8]>, Record>,
    umask: Option<u32>,
}

impl Destination {
    /// Opens the directory, which is made if it is missing. The caller named this path, so symbolic
    /// links in it count.
    pub(super) fn open(path: &Path, resolver: Resolver) -> Result<Self> {
        fs::create_dir_all(path).map_err(|error| cannot("create", path, error))?;
        Self::at(path, resolver)
    }

    fn at(path: &Path, resolver: Resolver) -> Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = openat(rustix::fs::CWD, path, flags, Mode::empty())
            .map_err(|error| cannot("open", path, error.into()))?;
        Ok(Self {
            root: Arc::new(root),
            resolver,
            open: Vec::new(),
            records: BTreeMap::new(),
            umask: None,
        })
    }

    /// The same to look at, without making it. When it is missing, it is the deepest directory above
    /// that is there, and the answer is `true`.
    pub(super) fn look(path: &Path, resolver: Resolver) -> Result<(Self, bool)> {
        // A symbolic link is there, whatever it leads to.
        let there = path.ancestors().find(|path| match path.symlink_metadata() {
            Err(error) => error.kind() != io::ErrorKind::NotFound,
            Ok(_) => true,
        });
        let there = there.filter(|path| !path.as_os_str().is_empty());
        let there = there.unwrap_or(Path::new("."));
        // What is said when it is made.
        let found = there.symlink_metadata();
        let found = found.and_then(|_| match there.is_dir() {
            true => Ok(()),
            false => Err(Errno::EXIST.into()),
        });
        found.map_err(|error| cannot("create", path, error))?;
        Self::at(there, resolver).map(|destination| (destination, there != path))
    }

    /// The directory at a clean path (empty for the destination itself), which is made with all that
    /// is missing above.
    pub(super) fn directory(&mut self, path: &[u8]) -> Result<Dir, Halt> {
        let mut known = path;
        let mut dir = loop {
            match self.existing_directory(known) {
                Ok(dir) => break dir,
                Err(Errno::NOENT) if !known.is_empty() => known = split(known).0,
                Err(error) => return Err(cannot_enter(error)),
            }
        };
        while known.len() < path.len() {
            let start = if known.is_empty() { 0 } else { known.len() + 1 };
            let rest = &path[start..];
            let len = rest.iter().position(|&byte| byte == b'/');
            known = &path[..start + len.unwrap_or(rest.len())];
            dir = self.make_parent(&dir, known)?;
        }
        Ok(dir)
    }

    /// The directory at a clean path, if it is there.
    ///
    /// # Errors
    ///
    /// `LOOP` when a component is a symbolic link; `NOTDIR` when one is something else.
    pub(super) fn existing_directory(&mut self, path: &[u8]) -> Result<Dir, Errno> {
        if path.is_empty() {
            return Ok(Arc::clone(&self.root));
        }
        if let Some(index) = self.open.iter().rposition(|(cached, _)| **cached == *path) {
            let last = self.open.len() - 1;
            self.open[index..=last].rotate_left(1);
            return Ok(Arc::clone(&self.open[last].1));
        }
        let (base, rest) = self.nearest(path);
        let dir = Arc::new(self.resolver.open(base.as_fd(), rest)?);
        self.remember(path, &dir);
        Ok(dir)
    }

    /// The deepest open directory above a path, and the path from there.
    fn nearest<'p>(&self, path: &'p [u8]) -> (Dir, &'p [u8]) {
        let above = self.open.iter().filter_map(|(cached, dir)| {
            let rest = path.strip_prefix(&**cached)?.strip_prefix(b"/")?;
            Some((dir, rest))
        });
        match above.min_by_key(|(_, rest)| rest.len()) {
            Some((dir, rest)) => (Arc::clone(dir), rest),
            None => (Arc::clone(&self.root), path),
        }
    }

    fn remember(&mut self, path: &[u8], dir: &Dir) {
        self.open.retain(|(cached, _)| **cached != *path);
        if self.open.len() == MAX_OPEN {
            self.open.remove(0);
        }
        self.open.push((path.into(), Arc::clone(dir)));
    }

    /// Forgets the directory at a path and all below: something else has the name now.
    pub(super) fn forget(&mut self, path: &[u8]) {
        let below = [path, b"/"].concat();
        self.open
            .retain(|(cached, _)| **cached != *path && !cached.starts_with(&below));
        self.records.remove(path);
        let from = (Bound::Included(&*below), Bound::Unbounded);
        while let Some((found, _)) = self.records.range::<[u8], _>(from).next() {
            if !found.starts_with(&below) {
                break;
            }
            let found = found.clone();
            self.records.remove(&found);
        }
    }

    fn umask(&mut self) -> u32 {
        let root = &self.root;
        *self.umask.get_or_insert_with(|| umask::umask(root.as_fd()))
    }
}

fn cannot(what: &str, path: &Path, error: io::Error) -> Error {
    Error::io(
        format!("cannot {what} the directory {}", path.display()),
        error,
    )
}

pub(super) fn cannot_enter(error: Errno) -> Halt {
    match error {
        Errno::LOOP => Refusal::SymlinkInPath.into(),
        error => Halt::os("open the directory that it belongs in", error),
    }
}

pub(super) fn id_of(stat: &Stat) -> Id {
    #[allow(clippy::unnecessary_cast)] // the types differ between systems
    (stat.st_dev as u64, stat.st_ino as u64)
}

/// Permissions with setuid, setgid and sticky.
pub(super) fn mode_of(stat: &Stat) -> u32 {
    #[allow(clippy::unnecessary_cast)] // mode_t is narrower on some systems
    let mode = stat.st_mode as u32;
    mode & 0o7777
}

/// A mode for a system call.
pub(super) fn mode(bits: u32) -> Mode {
    // All bits that are passed here fit the narrowest mode_t.
    Mode::from_bits_truncate(bits as rustix::fs::RawMode)
}

#[cfg(test)]
mod tests;
