//! What is found out at the end of an archive, as libarchive does not tell it.

use std::sync::Arc;

use super::{ArchiveEnd, Reader, report, zip_end};
use crate::{Error, ErrorKind, Format, Result};

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
        let problem = match self.end {
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
