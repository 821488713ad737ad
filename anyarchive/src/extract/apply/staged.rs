//! Files that are written under a temporary name and get their own when they are whole.

use std::hash::{BuildHasher as _, RandomState};

use rustix::{
    fs::{AtFlags, FileType, linkat, renameat, statat, unlinkat},
    io::Errno,
};

use super::{file::NewFile, link::NO_LINKS, may_replace};
use crate::{
    Existing, Timestamp,
    extract::{destination::Dir, halt::Halt, path::RelPath, policy::Policy},
};

/// How a file gets its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Staging {
    /// Makes the temporary name one that nobody knows before.
    number: u64,
    /// A directory has the name, which is removed if it is empty before the file can have it.
    pub(super) over_directory: bool,
}

/// What came of giving a file its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::extract) enum Settled {
    Done,
    /// Something has the name that this file cannot take the place of.
    Occupied,
}

impl Staging {
    /// Prepares to write a file whose name may be taken: what has the name now stays until the file
    /// is whole.
    pub(super) fn new(
        policy: &Policy,
        parent: &Dir,
        path: &RelPath,
        mtime: Option<Timestamp>,
    ) -> Result<Self, Halt> {
        let over_directory = match statat(parent, path.name(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => {
                may_replace(policy, parent, path, mtime)?;
                FileType::from_raw_mode(stat.st_mode) == FileType::Directory
            }
            Err(Errno::NOENT) => false,
            Err(error) => return Err(Halt::os("look at what has its name", error)),
        };
        Ok(Self {
            // Keys of this kind are random and different each time.
            number: RandomState::new().hash_one(path),
            over_directory,
        })
    }

    /// The temporary name.
    pub(super) fn name(self) -> Vec<u8> {
        format!(".anyarchive-{:016x}.tmp", self.number).into_bytes()
    }
}

impl NewFile {
    /// Gives a complete file its name, if it does not have it yet.
    pub(in crate::extract) fn settle(
        &mut self,
        policy: &Policy,
        path: &RelPath,
    ) -> Result<Settled, Halt> {
        match self.staging {
            None => return Ok(Settled::Done),
            Some(staging) if staging.over_directory => return Ok(Settled::Occupied),
            Some(_) => {}
        }
        let result = match policy.existing {
            Existing::Overwrite | Existing::KeepNewer => {
                renameat(&self.parent, &*self.name, &self.parent, path.name())
            }
            Existing::Keep | Existing::Rename | Existing::Error => {
                name_if_free(&self.parent, &self.name, path.name())
            }
        };
        match result {
            Ok(()) => {
                path.name().clone_into(&mut self.name);
                self.staging = None;
                Ok(Settled::Done)
            }
            Err(Errno::ISDIR | Errno::NOTEMPTY | Errno::EXIST) => Ok(Settled::Occupied),
            Err(error) => Err(Halt::os("give this file its name", error)),
        }
    }
}

/// Renames a file if nothing has the new name.
fn name_if_free(parent: &Dir, old: &[u8], new: &[u8]) -> Result<(), Errno> {
    match linkat(parent, old, parent, new, AtFlags::empty()) {
        Ok(()) => {
            // It would only be a second name for the same file.
            let _ = unlinkat(parent, old, AtFlags::empty());
            Ok(())
        }
        Err(error) if NO_LINKS.contains(&error) => {
            match statat(parent, new, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(_) => Err(Errno::EXIST),
                Err(Errno::NOENT) => renameat(parent, old, parent, new),
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}
