//! Files that are written under a temporary name and get their own when they are whole.

use std::hash::{BuildHasher as _, RandomState};

use rustix::{
    fs::{AtFlags, FileType, linkat, renameat, statat, unlinkat},
    io::Errno,
};

use super::{TRIES, file::NewFile, link::NO_LINKS};
use crate::{
    Existing, Timestamp,
    extract::{destination::Dir, halt::Halt, path::RelPath, restore::Attributes, run::Run},
};

/// How a file gets its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Staging {
    /// Makes the temporary name one that nobody knows before.
    number: u64,
}

impl Staging {
    /// The temporary name.
    pub(super) fn name(self) -> Vec<u8> {
        format!(".anyarchive-{:016x}.tmp", self.number).into_bytes()
    }
}

impl Run<'_> {
    /// Prepares to write a file whose name may be taken: what has the name now stays until the file
    /// is whole, but for an empty directory.
    pub(super) fn stage(
        &mut self,
        parent: &Dir,
        path: &RelPath,
        mtime: Option<Timestamp>,
    ) -> Result<Staging, Halt> {
        match statat(parent, path.name(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => {
                self.may_replace(parent, path, mtime)?;
                if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
                    self.remove(parent, path)?;
                }
            }
            Err(Errno::NOENT) => {}
            Err(error) => return Err(Halt::os("look at what has its name", error)),
        }
        // Keys of this kind are random and different each time.
        let number = RandomState::new().hash_one(path);
        Ok(Staging { number })
    }

    /// Gives a finished file its name.
    pub(super) fn settle(
        &mut self,
        path: &RelPath,
        file: &mut NewFile,
        attributes: &Attributes,
    ) -> Result<(), Halt> {
        if file.staging.is_none() {
            return Ok(());
        }
        for _ in 0..TRIES {
            let result = match self.policy.existing {
                Existing::Overwrite | Existing::KeepNewer => {
                    renameat(&file.parent, &*file.name, &file.parent, path.name())
                }
                Existing::Keep | Existing::Rename | Existing::Error => {
                    name_if_free(&file.parent, &file.name, path.name())
                }
            };
            match result {
                Ok(()) => {
                    path.name().clone_into(&mut file.name);
                    return Ok(());
                }
                // A directory has got the name meanwhile, or something else that is to stay.
                Err(Errno::ISDIR | Errno::NOTEMPTY | Errno::EXIST) => {
                    self.clear(&file.parent.clone(), path, attributes.mtime)?;
                }
                Err(error) => return Err(Halt::os("give this file its name", error)),
            }
        }
        Err(Halt::contended())
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
