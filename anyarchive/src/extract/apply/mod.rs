//! The apply step: does below the destination what was planned.

mod file;
mod link;

use rustix::{
    fs::{AtFlags, Nsecs, Secs, Timespec, Timestamps, UTIME_OMIT, unlinkat, utimensat},
    io::Errno,
};

pub(super) use self::link::Groups;
use super::{
    Existing, Refusal, Skip,
    destination::{Dir, MakeDirectory},
    halt::Halt,
    path::RelPath,
    plan::{Action, Kind},
    run::Run,
};
use crate::{Entry, ErrorKind, Timestamp};

/// How often something that has a name is removed before another process wins.
const TRIES: usize = 8;

impl Run<'_> {
    /// Makes what an entry asks for.
    pub(super) fn apply(&mut self, action: &Action, entry: &mut Entry<'_>) -> Result<(), Halt> {
        let path = &action.path;
        match &action.kind {
            Kind::Directory { mode } => self.directory(path, *mode, action.mtime),
            Kind::File(spec) => self.file(path, spec, action.mtime, entry),
            Kind::Symlink { target } => self.symlink(path, target, action.mtime),
            Kind::HardLink { target, file } => {
                self.hard_link(path, target, file, action.mtime, entry)
            }
        }
    }

    fn directory(
        &mut self,
        path: &RelPath,
        mode: u32,
        mtime: Option<Timestamp>,
    ) -> Result<(), Halt> {
        let adopt = self.policy.existing == Existing::Overwrite;
        for _ in 0..TRIES {
            let parent = self.destination.directory(path.parent())?;
            let made = self
                .destination
                .make_directory(&parent, path, mode, mtime, adopt)?;
            match made {
                MakeDirectory::Done => return Ok(()),
                MakeDirectory::Occupied => self.clear(&parent, path)?,
            }
        }
        Err(Halt::contended())
    }

    /// Makes way for an entry whose name is taken, as far as the policy allows it.
    fn clear(&mut self, parent: &Dir, path: &RelPath) -> Result<(), Halt> {
        match self.policy.existing {
            Existing::Overwrite => self.remove(parent, path),
            Existing::Keep => Err(Skip::Exists.into()),
            Existing::Error => Err(Halt::failed(ErrorKind::Refused, "it exists already")),
        }
    }

    /// Removes a file, link or empty directory.
    fn remove(&mut self, parent: &Dir, path: &RelPath) -> Result<(), Halt> {
        const WHAT: &str = "remove what has its name";
        match unlinkat(parent, path.name(), AtFlags::empty()) {
            Ok(()) => {}
            Err(Errno::NOENT) => return Ok(()),
            // The two ways in which systems say that it may be a directory.
            Err(error @ (Errno::ISDIR | Errno::PERM)) => {
                match unlinkat(parent, path.name(), AtFlags::REMOVEDIR) {
                    Ok(()) | Err(Errno::NOENT) => {}
                    Err(Errno::NOTEMPTY | Errno::EXIST) => {
                        return Err(Refusal::DirectoryInTheWay.into());
                    }
                    Err(Errno::NOTDIR) => return Err(Halt::os(WHAT, error)),
                    Err(error) => return Err(Halt::os(WHAT, error)),
                }
            }
            Err(error) => return Err(Halt::os(WHAT, error)),
        }
        self.destination.forget(path.as_bytes());
        Ok(())
    }

    /// Sets the time of what is not followed: a symbolic link.
    fn set_link_time(&mut self, parent: &Dir, path: &RelPath, mtime: Option<Timestamp>) {
        let Some(mtime) = mtime else {
            return;
        };
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        if let Err(error) = utimensat(parent, path.name(), &timestamps(mtime), flags) {
            self.warn_of_time(error);
        }
    }

    fn warn_of_time(&mut self, error: Errno) {
        let error = std::io::Error::from(error);
        self.warnings
            .push(format!("cannot set the time of modification: {error}"));
    }
}

/// The time of modification alone.
pub(super) fn timestamps(mtime: Timestamp) -> Timestamps {
    Timestamps {
        last_access: Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_OMIT,
        },
        last_modification: Timespec {
            tv_sec: Secs::from(mtime.seconds),
            tv_nsec: mtime.nanoseconds as Nsecs,
        },
    }
}

#[cfg(test)]
mod tests;
