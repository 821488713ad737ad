//! Making directories.

use std::{os::fd::AsFd, sync::Arc};

use rustix::{
    fs::{Stat, fchmod, fstat, mkdirat},
    io::Errno,
};

use super::{Destination, Dir, Record, id_of, mode, mode_of, open_child};
use crate::extract::{Refusal, halt::Halt, path::RelPath, plan::PERMISSIONS, restore::Attributes};

/// What the owner needs in order to work in a directory.
const OWNER: u32 = 0o700;

/// How a try to make a directory ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::extract) enum MakeDirectory {
    Done,
    /// Something that is no directory has the name.
    Occupied,
}

impl Destination {
    /// Makes the directory of an entry, or takes over the one that is there; its mode and time
    /// follow at the end. One that was there before this extraction is left as it is unless
    /// `adopt` is set.
    pub(in crate::extract) fn make_directory(
        &mut self,
        parent: &Dir,
        path: &RelPath,
        wanted: u32,
        attributes: &Attributes,
        adopt: bool,
    ) -> Result<MakeDirectory, Halt> {
        let made = match mkdirat(parent, path.name(), mode(wanted | OWNER)) {
            Ok(()) => true,
            Err(Errno::EXIST) => false,
            Err(error) => return Err(Halt::os("create this directory", error)),
        };
        let dir = match open_child(parent.as_fd(), path.name()) {
            Ok(dir) => Arc::new(dir),
            Err(Errno::LOOP | Errno::NOTDIR) => return Ok(MakeDirectory::Occupied),
            Err(error) => return Err(Halt::os("open this directory", error)),
        };
        let stat = fstat(&dir).map_err(|error| Halt::os("look at this directory", error))?;
        let id = id_of(&stat);
        let ours = self.records.get(path.as_bytes());
        if !made && !adopt && ours.is_none_or(|record| record.id != id) {
            self.remember(path.as_bytes(), &dir);
            return Ok(MakeDirectory::Done);
        }
        let present = mode_of(&stat);
        let last = if made {
            // As the kernel made it, with umask and default ACLs, less what only we need.
            present & !(OWNER & !wanted)
        } else {
            // Whatever privilege bits are there were not given by the archive.
            present & !PERMISSIONS | wanted & !self.umask()
        };
        let open = ensure_owner(&dir, &stat);
        let record = Record {
            id,
            mode: (last != open).then_some(last),
            attributes: attributes.clone(),
        };
        self.records.insert(path.as_bytes().into(), record);
        self.remember(path.as_bytes(), &dir);
        Ok(MakeDirectory::Done)
    }

    /// Makes a directory that no entry tells about, because something is to be put into it.
    pub(super) fn make_parent(&mut self, parent: &Dir, path: &[u8]) -> Result<Dir, Halt> {
        const WHAT: &str = "create the directory that it belongs in";
        let name = crate::extract::path::split(path).1;
        let made = match mkdirat(parent, name, mode(PERMISSIONS)) {
            Ok(()) => true,
            Err(Errno::EXIST) => false,
            Err(error) => return Err(Halt::os(WHAT, error)),
        };
        let dir = match open_child(parent.as_fd(), name) {
            Ok(dir) => Arc::new(dir),
            Err(Errno::LOOP) => return Err(Refusal::SymlinkInPath.into()),
            Err(error) => return Err(Halt::os(WHAT, error)),
        };
        if made {
            let stat = fstat(&dir).map_err(|error| Halt::os(WHAT, error))?;
            let last = mode_of(&stat);
            let open = ensure_owner(&dir, &stat);
            let record = Record {
                id: id_of(&stat),
                mode: (last != open).then_some(last),
                attributes: Attributes::default(),
            };
            self.records.insert(path.into(), record);
        }
        self.remember(path, &dir);
        Ok(dir)
    }
}

/// Gives the owner all permissions while the extraction lasts; what the mode is then.
fn ensure_owner(dir: &Dir, stat: &Stat) -> u32 {
    let present = mode_of(stat);
    if present & OWNER == OWNER {
        return present;
    }
    // When it is not possible, what is to be written into the directory will tell.
    match fchmod(dir, mode(present | OWNER)) {
        Ok(()) => present | OWNER,
        Err(_) => present,
    }
}
