//! The entry whose data is being written.

use std::{io::Write as _, ops::Range};

use tempfile::SpooledTempFile;

use super::check::{invalid, refused};
use crate::{
    EntryBuf, Error, ErrorKind, Result,
    ffi::{Status, write::RawWriter},
};

/// The entry whose data is being written.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) path: Vec<u8>,
    /// How much data there must be; `None` when it is not known.
    pub(super) size: Option<u64>,
    pub(super) written: u64,
    /// Ranges with data, in order; empty when everything is.
    pub(super) map: Vec<Range<u64>>,
    /// C has no header of it yet.
    pub(super) wait: Wait,
    /// What is wrong with it was told to the caller.
    pub(super) told: bool,
}

/// Why the header of an entry is not written yet.
#[derive(Debug)]
pub(super) enum Wait {
    /// It is.
    No,
    /// The data waits here for its size, and the entry for both.
    Size(SpooledTempFile, EntryBuf),
    /// If there is no data, it is written as an entry without: see `Session::write_header`.
    FirstByte(EntryBuf),
}

impl Open {
    pub(super) fn is_complete(&self) -> bool {
        self.size == Some(self.written)
    }

    /// Whether some of `data`, which comes next, is in a hole and not zero.
    fn spoils_hole(&self, data: &[u8]) -> bool {
        if self.map.is_empty() {
            return false;
        }
        let (start, end) = (self.written, self.written + data.len() as u64);
        let mut hole = start;
        let not_zero = |from: u64, to: u64| {
            // Both are within `data`.
            let range = (from - start) as usize..(to - start) as usize;
            data[range].iter().any(|&byte| byte != 0)
        };
        // They are in order and do not overlap; those that lie before are many when pieces are small.
        let first = self.map.partition_point(|range| range.end <= start);
        for range in &self.map[first..] {
            if range.start >= end {
                break;
            }
            if range.start > hole && not_zero(hole, range.start) {
                return true;
            }
            hole = hole.max(range.end.min(end));
        }
        hole < end && not_zero(hole, end)
    }

    /// Writes some of `data` to the entry or to where it waits.
    pub(super) fn write(&mut self, raw: &mut dyn RawWriter, data: &[u8]) -> Result<usize> {
        if data.is_empty() {
            return Ok(0);
        }
        if self.told {
            return Err(Error::new(ErrorKind::Poisoned, "the entry failed before")
                .with_status(Status::Failed));
        }
        let room = self.size.map_or(u64::MAX, |size| size - self.written);
        let data = &data[..usize::try_from(room).map_or(data.len(), |room| data.len().min(room))];
        let result = if data.is_empty() {
            Err(invalid(format!(
                "there is more data than the {} bytes in the header of the entry",
                self.written
            )))
        } else if self.spoils_hole(data) {
            Err(invalid("there is data where the entry's map has a hole"))
        } else if let Wait::Size(spool, _) = &mut self.wait {
            spool
                .write(data)
                .map_err(|error| Error::io("cannot use a temporary file", error))
        } else {
            write_raw(raw, data)
        };
        match result {
            Ok(count) => self.written += count as u64,
            Err(_) => self.told = true,
        }
        result
    }
}

pub(super) fn write_raw(raw: &mut dyn RawWriter, data: &[u8]) -> Result<usize> {
    match raw.data(data)? {
        0 => Err(refused("libarchive took no more data of the entry")),
        count => Ok(count),
    }
}
