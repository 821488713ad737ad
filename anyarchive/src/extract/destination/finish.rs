//! What directories get when all is written: writing into them changes their times, and needs
//! permissions that they may not have in the end.

use rustix::{
    fs::{fchmod, fstat, futimens},
    io::Errno,
};

use super::{Destination, Id, id_of, mode};
use crate::{Timestamp, extract::apply::timestamps};

/// A directory that this extraction made or took over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    /// So that no other directory gets the mode and time.
    pub(super) id: Id,
    /// The mode to set, if it differs from what it has.
    pub(super) mode: Option<u32>,
    pub(super) mtime: Option<Timestamp>,
}

impl Destination {
    /// Sets modes and times, the deepest directories first. Returns the paths where that failed,
    /// with the reason.
    pub(in crate::extract) fn finish(&mut self) -> Vec<(Box<[u8]>, String)> {
        let mut problems = Vec::new();
        let mut records = std::mem::take(&mut self.records);
        // Backwards, because a path sorts behind those it starts with.
        while let Some((path, record)) = records.pop_last() {
            if record.mode.is_none() && record.mtime.is_none() {
                continue;
            }
            match self.set(&path, &record) {
                Ok(true) => {}
                Ok(false) => problems.push((
                    path,
                    "not given its mode and time: another process replaced it".into(),
                )),
                Err(error) => problems.push((
                    path,
                    format!(
                        "cannot set its mode and time: {}",
                        std::io::Error::from(error)
                    ),
                )),
            }
        }
        problems
    }

    /// Whether it is still the directory it was.
    fn set(&mut self, path: &[u8], record: &Record) -> Result<bool, Errno> {
        let dir = self.existing_directory(path)?;
        if id_of(&fstat(&dir)?) != record.id {
            return Ok(false);
        }
        if let Some(mtime) = record.mtime {
            futimens(&dir, &timestamps(mtime))?;
        }
        if let Some(bits) = record.mode {
            fchmod(&dir, mode(bits))?;
        }
        Ok(true)
    }
}
