//! Opening what a name in a directory stands for, so that nobody can exchange it while it is read.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use rustix::{
    fs::{AtFlags, Mode, OFlags, fstat, openat, readlinkat, statat},
    io::Errno,
};

use super::stat::Metadata;
use crate::FileType;

/// A file as it was found: all of it belongs to the same inode.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) metadata: Metadata,
    /// The open file or directory; nothing else is ever opened.
    pub(super) handle: Option<OwnedFd>,
    /// Target of a symbolic link.
    pub(super) target: Option<Vec<u8>>,
}

/// How often a file may be exchanged for another kind between two looks at it.
const TRIES: usize = 8;

/// Looks a name up. Symbolic links are followed when `follow`, except those that lead nowhere.
pub(super) fn find(
    directory: BorrowedFd<'_>,
    name: &[u8],
    follow: bool,
    keep_atime: bool,
) -> Result<Found, Errno> {
    let mut tries = 0;
    loop {
        match try_to_find(directory, name, follow, keep_atime) {
            // It became something else since the look at its type: look again.
            Err(Errno::LOOP | Errno::NOTDIR | Errno::INVAL | Errno::NXIO) if tries < TRIES => {
                tries += 1;
            }
            Err(Errno::INTR) => {}
            result => return result,
        }
    }
}

fn try_to_find(
    directory: BorrowedFd<'_>,
    name: &[u8],
    follow: bool,
    keep_atime: bool,
) -> Result<Found, Errno> {
    let (mut metadata, follow) = look(directory, name, follow)?;
    let no_follow = match follow {
        true => OFlags::empty(),
        false => OFlags::NOFOLLOW,
    };
    let flags = match metadata.kind {
        // A named pipe that took the file's place must not make us wait for its writer.
        FileType::File => OFlags::NONBLOCK | OFlags::NOCTTY,
        FileType::Directory => OFlags::DIRECTORY,
        FileType::Symlink => {
            let target = readlinkat(directory, name, Vec::new())?;
            return Ok(Found {
                metadata,
                handle: None,
                target: Some(target.into_bytes()),
            });
        }
        _ => {
            return Ok(Found {
                metadata,
                handle: None,
                target: None,
            });
        }
    };
    let flags = flags | no_follow | OFlags::RDONLY | OFlags::CLOEXEC;
    let handle = open(directory, name, flags, keep_atime)?;
    let opened = Metadata::new(&fstat(&handle)?);
    if opened.kind != metadata.kind {
        // The handle of something that nobody asked to open.
        return Err(Errno::LOOP);
    }
    metadata = opened;
    Ok(Found {
        metadata,
        handle: Some(handle),
        target: None,
    })
}

/// What a name stands for now, and whether a link was followed to it.
fn look(directory: BorrowedFd<'_>, name: &[u8], follow: bool) -> Result<(Metadata, bool), Errno> {
    if follow {
        match statat(directory, name, AtFlags::empty()) {
            Ok(stat) => return Ok((Metadata::new(&stat), true)),
            // A link that leads nowhere is archived as a link.
            Err(Errno::NOENT | Errno::LOOP | Errno::NOTDIR) => {}
            Err(error) => return Err(error),
        }
    }
    let stat = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok((Metadata::new(&stat), false))
}

fn open(
    directory: BorrowedFd<'_>,
    name: &[u8],
    flags: OFlags,
    keep_atime: bool,
) -> Result<OwnedFd, Errno> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if keep_atime {
        // Allowed for the owner of the file alone.
        match openat(directory, name, flags | OFlags::NOATIME, Mode::empty()) {
            Err(Errno::PERM) => {}
            result => return result,
        }
    }
    let _ = keep_atime;
    openat(directory, name, flags, Mode::empty())
}

/// A directory below another one, or above by `..`, if it is still the one that it was.
pub(super) fn reopen(
    from: BorrowedFd<'_>,
    name: &[u8],
    follow: bool,
    id: super::stat::Id,
) -> Result<OwnedFd, Errno> {
    let mut flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    if !follow {
        flags |= OFlags::NOFOLLOW;
    }
    let handle = openat(from, name, flags, Mode::empty())?;
    match Metadata::new(&fstat(handle.as_fd())?).id == id {
        true => Ok(handle),
        false => Err(Errno::STALE),
    }
}
