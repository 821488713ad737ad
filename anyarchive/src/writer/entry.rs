//! The entry that is being written.

use std::io::{self, Write};

use super::session::{COPY, Session};
use crate::{Result, ffi::write::RawWriter};

/// Takes the data of an entry; made by [`Writer::start_entry`](crate::Writer::start_entry).
///
/// It borrows the writer: there is one at a time. [`finish`](Self::finish) ends the entry and says
/// whether it is whole. Dropping it ends nothing: [`current_entry`](crate::Writer::current_entry)
/// lends it again. If nobody finishes it, the next entry or the end of the archive does, and tells it
/// as an error unless all bytes of the declared size were there.
///
/// # Examples
///
/// ```
/// use anyarchive::{EntryBuf, Format, Writer};
/// use std::io::Write;
///
/// let mut tar = Writer::builder(Format::Tar).to_vec()?;
/// let mut entry = tar.start_entry(&EntryBuf::file("hello.txt", 6)?)?;
/// entry.write_all(b"hello\n")?;
/// assert!(entry.write(b"more").is_err());
/// assert!(entry.finish().is_err());
///
/// let mut entry = tar.start_entry(&EntryBuf::file("short.txt", 6)?)?;
/// entry.write_all(b"hel")?;
/// assert!(entry.finish().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "an entry with data must be written and finished"]
pub struct EntryWriter<'w> {
    session: &'w mut Session,
    raw: &'w mut dyn RawWriter,
}

impl std::fmt::Debug for EntryWriter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EntryWriter").finish_non_exhaustive()
    }
}

impl<'w> EntryWriter<'w> {
    pub(super) fn new(session: &'w mut Session, raw: &'w mut dyn RawWriter) -> Self {
        Self { session, raw }
    }

    /// Writes `count` zeros: a hole of a sparse file, if the entry's map says so.
    ///
    /// # Errors
    ///
    /// As for writing data.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{EntryBuf, Format, Writer};
    ///
    /// let mut tar = Writer::builder(Format::Tar).to_vec()?;
    /// let mut entry = tar.start_entry(&EntryBuf::file("disk.img", 1 << 20)?)?;
    /// entry.write_zeros(1 << 20)?;
    /// entry.finish()?;
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    pub fn write_zeros(&mut self, mut count: u64) -> Result<()> {
        const ZEROS: &[u8] = &[0; COPY];
        while count > 0 {
            let some = usize::try_from(count).map_or(COPY, |count| count.min(COPY));
            count -= self.session.write(self.raw, &ZEROS[..some])? as u64;
        }
        Ok(())
    }

    /// Ends the entry.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when there is less data than the header says,
    /// and an error when a write failed before: the entry in the archive is wrong then. While
    /// [`is_recoverable`](crate::Error::is_recoverable), other entries can follow it.
    #[doc(alias = "archive_write_finish_entry")]
    pub fn finish(self) -> Result<()> {
        self.session.finish_entry(self.raw)
    }

    /// Writes all of `data`.
    pub(crate) fn write_data(&mut self, mut data: &[u8]) -> Result<()> {
        while !data.is_empty() {
            data = &data[self.session.write(self.raw, data)?..];
        }
        Ok(())
    }

    pub(super) fn abandon(self) {
        self.session.abandon(self.raw);
    }
}

/// The [`io::Error`] holds an [`Error`](crate::Error): of the sink, of the format, or that there is
/// more data than the header says.
impl Write for EntryWriter<'_> {
    #[doc(alias = "archive_write_data")]
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        Ok(self.session.write(self.raw, data)?)
    }

    /// Does nothing: what is not in the sink yet waits for the rest of a block.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
