//! What is found out at the end of an archive, as libarchive does not tell it.

use std::{io::Read as _, sync::Arc};

use super::{ArchiveEnd, Reader, report, zip_end};
use crate::{Error, ErrorKind, Format, Result};

/// How much is looked at behind the end of an archive.
const MAX_REST: u64 = 64 << 20;

impl Reader<'_> {
    /// libarchive has no more entries: whether that is the end.
    pub(super) fn end(&mut self) -> Result<bool> {
        let (format, filters) = (self.format(), self.filters());
        let zip = if format == Some(Format::Zip) {
            self.zip_end()?
        } else {
            None
        };
        let clues = self.handle.end_clues();
        let (len, entries) = (self.len, self.entries);
        self.end = report::judge(format, &filters, len, entries, &clues, zip.as_ref());
        if let Some(remark) = zip.and_then(|zip| zip.remark) {
            self.remark(remark);
        }
        // The clues are gone then.
        if self.something_follows(format)? {
            let text =
                "something that is not zero follows the end of the archive, and was left alone";
            self.remark(Error::new(ErrorKind::Other, text));
        }
        let problem = match self.end {
            ArchiveEnd::Unmarked if format == Some(Format::Ar) => {
                "the archive ends within the header of an entry"
            }
            ArchiveEnd::Unmarked => {
                "the archive ends without the mark that its format has for that"
            }
            ArchiveEnd::Continued => "the archive goes on in another volume",
            _ => return Ok(false),
        };
        if self.strict {
            return Err(self.tell(Error::new(ErrorKind::Truncated, problem)));
        }
        Ok(false)
    }

    /// Adds what this crate has to say at the end to what libarchive remarks.
    fn remark(&mut self, remark: Error) {
        let remark = Arc::new(remark.with_archive(self.archive.as_deref()));
        self.warnings.add(&remark);
        self.warning.get_or_insert(remark);
    }

    /// Notes the present entry, if it is one of a ZIP archive.
    pub(super) fn note_zip_entry(&mut self) {
        if self.format() != Some(Format::Zip) {
            return;
        }
        if let Some(current) = self.handle.current() {
            let entry = current.entry();
            self.given.add(entry.file_type(), entry.mode());
        }
    }

    /// Whether there is more than padding behind the mark of the end, such as another archive: in
    /// files, where looking cannot wait for anybody.
    fn something_follows(&mut self, format: Option<Format>) -> Result<bool> {
        let padded = matches!(format, Some(Format::Tar | Format::Cpio));
        let Some(len) = self.len.filter(|_| padded) else {
            return Ok(false);
        };
        let left = len.saturating_sub(self.handle.position()).min(MAX_REST);
        let found = self.handle.look_behind(|rest| {
            if !rest.can_seek() {
                return Ok(false);
            }
            let mut rest = rest.take(left);
            let mut buffer = vec![0; 1 << 16];
            loop {
                match rest.read(&mut buffer)? {
                    0 => return Ok(false),
                    count if buffer[..count].iter().any(|byte| *byte != 0) => return Ok(true),
                    _ => {}
                }
            }
        });
        let found = found.map_err(|error| self.tell(error))?;
        Ok(found == Some(true))
    }

    fn zip_end(&mut self) -> Result<Option<zip_end::ZipEnd>> {
        // Slices are made of directories in which this cannot be.
        #[cfg(unix)]
        let is_sliced = self.slices.is_some();
        #[cfg(not(unix))]
        let is_sliced = false;
        let given = Some(self.given).filter(|given| !given.failed && !is_sliced);
        let found = self
            .handle
            .look_behind(|rest| zip_end::look(rest, given.as_ref()));
        found.map_err(|error| self.tell(error))
    }
}
