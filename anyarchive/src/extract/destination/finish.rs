//! What directories get when all is written: writing into them changes their times, and needs
//! permissions that they may not have in the end.

use std::os::fd::AsFd as _;

use rustix::{
    fs::{fchmod, fstat},
    io::Errno,
};

use super::{Destination, Id, id_of, mode};
use crate::extract::{
    apply::{Restorer, set_flags},
    restore::Attributes,
};

/// A directory that this extraction made or took over.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// So that no other directory gets the mode and time.
    pub(super) id: Id,
    /// The mode to set, if it differs from what it has.
    pub(super) mode: Option<u32>,
    pub(super) attributes: Attributes,
}

impl Destination {
    /// Sets modes and times, the deepest directories first. Returns the paths where that failed,
    /// with the reason.
    pub(in crate::extract) fn finish(
        &mut self,
        restorer: &mut Restorer,
    ) -> Vec<(Box<[u8]>, String)> {
        let mut problems = Vec::new();
        let mut records = std::mem::take(&mut self.records);
        // Backwards, because a path sorts behind those it starts with.
        while let Some((path, record)) = records.pop_last() {
            if record.mode.is_none() && record.attributes == Attributes::default() {
                continue;
            }
            let mut remarks = Vec::new();
            let result = self.set(&path, &record, restorer, &mut remarks);
            problems.extend(remarks.into_iter().map(|remark| (path.clone(), remark)));
            match result {
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
    fn set(
        &mut self,
        path: &[u8],
        record: &Record,
        restorer: &mut Restorer,
        remarks: &mut Vec<String>,
    ) -> Result<bool, Errno> {
        let dir = self.existing_directory(path)?;
        if id_of(&fstat(&dir)?) != record.id {
            return Ok(false);
        }
        if let Some(bits) = record.mode {
            fchmod(&dir, mode(bits))?;
        }
        restorer.restore(dir.as_fd(), &record.attributes, remarks);
        set_flags(dir.as_fd(), &record.attributes, remarks);
        Ok(true)
    }
}
