//! The apply step: does below the destination what was planned.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod acl;
mod file;
mod link;
mod metadata;
mod renamed;
mod special;
mod staged;

use rustix::{
    fs::{AtFlags, Stat, statat, unlinkat},
    io::Errno,
};

pub(super) use self::{
    file::NewFile,
    link::{DataLost, Groups},
    metadata::{Restorer, left_out_by_name, set_flags},
    renamed::Renamed,
    staged::Settled,
};
use super::{
    Existing, Refusal, Skip,
    destination::{Dir, MakeDirectory},
    halt::Halt,
    path::RelPath,
    plan::{Action, Kind},
    policy::Policy,
    restore::Attributes,
    run::Run,
};
use crate::{Entry, ErrorKind, Timestamp};

/// How often something that has a name is removed before another process wins.
const TRIES: usize = 8;

impl Run<'_> {
    /// Makes what an entry asks for.
    pub(super) fn apply(&mut self, action: &Action, entry: &mut Entry<'_>) -> Result<(), Halt> {
        let attributes = &action.attributes;
        let free = self.free_name(action)?;
        let path = free.as_ref().unwrap_or(&action.path);
        if let Some(mut shadow) = self.shadow.take() {
            let result = self.rehearse(&mut shadow, path, action, entry);
            self.shadow = Some(shadow);
            return result;
        }
        match &action.kind {
            Kind::Directory { mode } => self.directory(path, *mode, attributes),
            Kind::File(spec) => self.file(path, spec, attributes, entry),
            Kind::Symlink { target } => self.symlink(path, target, attributes),
            Kind::HardLink { target, file } => {
                let target = self.renamed.now(target).clone();
                self.hard_link(path, &target, file, attributes, entry)
            }
            Kind::Special(special) => self.special(path, special, attributes),
        }
    }

    fn directory(
        &mut self,
        path: &RelPath,
        mode: u32,
        attributes: &Attributes,
    ) -> Result<(), Halt> {
        let adopt = self.policy.existing == Existing::Overwrite;
        for _ in 0..TRIES {
            let parent = self.destination.directory(path.parent())?;
            let made = self
                .destination
                .make_directory(&parent, path, mode, attributes, adopt)?;
            match made {
                MakeDirectory::Done => return Ok(()),
                MakeDirectory::Occupied => self.clear(&parent, path, attributes.mtime)?,
            }
        }
        Err(Halt::contended())
    }

    /// Makes way for an entry whose name is taken, as far as the policy allows it.
    fn clear(
        &mut self,
        parent: &Dir,
        path: &RelPath,
        mtime: Option<Timestamp>,
    ) -> Result<(), Halt> {
        may_replace(self.policy, parent, path, mtime)?;
        self.remove(parent, path)
    }

    /// Removes a file, link or empty directory.
    fn remove(&mut self, parent: &Dir, path: &RelPath) -> Result<(), Halt> {
        const WHAT: &str = "remove what has its name";
        match unlinkat(parent, path.name(), AtFlags::empty()) {
            Ok(()) => {}
            Err(Errno::NOENT) => return Ok(()),
            // The two ways in which systems say that it may be a directory.
            Err(error @ (Errno::ISDIR | Errno::PERM)) => {
                // What is to be in it may be in the air.
                self.land_all().map_err(Halt::Everything)?;
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
}

/// Whether the policy lets an entry take the place of what is there.
fn may_replace(
    policy: &Policy,
    parent: &Dir,
    path: &RelPath,
    mtime: Option<Timestamp>,
) -> Result<(), Halt> {
    match policy.existing {
        Existing::Overwrite => Ok(()),
        Existing::KeepNewer => {
            let present = match statat(parent, path.name(), AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => mtime_of(&stat),
                Err(Errno::NOENT) => return Ok(()),
                Err(error) => return Err(Halt::os("look at what has its name", error)),
            };
            match mtime {
                Some(mtime) if mtime > present => Ok(()),
                _ => Err(Skip::Newer.into()),
            }
        }
        Existing::Keep => Err(Skip::Exists.into()),
        // Another process took the name that was free a moment ago.
        Existing::Rename | Existing::Error => Err(exists()),
    }
}

pub(super) fn exists() -> Halt {
    Halt::failed(ErrorKind::Refused, "it exists already")
}

/// When the content of something changed last.
pub(super) fn mtime_of(stat: &Stat) -> Timestamp {
    Timestamp {
        seconds: stat.st_mtime,
        nanoseconds: u32::try_from(stat.st_mtime_nsec).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests;
