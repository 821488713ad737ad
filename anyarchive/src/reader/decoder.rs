//! A compressed stream that is no archive.

use std::{
    io::{self, BufRead, Read, Seek},
    path::Path,
};

use super::Reader;
use crate::{Error, ErrorKind, Filter, Format, Result, Timestamp};

/// Decodes one compressed stream, such as `log.gz` or `dump.sql.zst`: everything that
/// [`Filter::builtin`] names, one inside the other too.
///
/// What is compressed in no known way comes out as it is; [`filters`](Self::filters) tells. For
/// settings, open a [`Reader`] for [`Format::Raw`] and turn it [into a
/// decoder](Reader::into_decoder).
///
/// # Examples
///
/// ```
/// use anyarchive::{Decoder, Filter};
/// use std::io::Read;
///
/// # let log = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.gz"));
/// let mut decoder = Decoder::from_bytes(log)?;
/// let mut text = String::new();
/// decoder.read_to_string(&mut text)?;
/// assert_eq!(text, "hello\n");
/// assert_eq!(decoder.filters(), [Filter::Gzip]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Decoder<'s> {
    reader: Reader<'s>,
    name: Option<Vec<u8>>,
    modified: Option<Timestamp>,
}

impl Decoder<'static> {
    /// Decodes the file at `path`.
    ///
    /// # Errors
    ///
    /// As for [`ReaderBuilder::open`](super::ReaderBuilder::open).
    ///
    /// # Examples
    ///
    /// ```
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio");
    /// let mut decoder = anyarchive::Decoder::open(path)?;
    /// // It is not compressed.
    /// assert!(decoder.filters().is_empty());
    /// assert_eq!(std::io::copy(&mut decoder, &mut std::io::sink())?, 179);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Reader::builder()
            .format(Format::Raw)
            .open(path)?
            .into_decoder()
    }
}

impl<'s> Decoder<'s> {
    /// Decodes what a reader gives.
    ///
    /// # Errors
    ///
    /// As for [`ReaderBuilder::open`](super::ReaderBuilder::open).
    pub fn from_reader<R: Read + Send + 's>(reader: R) -> Result<Self> {
        Reader::builder()
            .format(Format::Raw)
            .from_reader(reader)?
            .into_decoder()
    }

    /// Decodes what a reader that can seek gives; that does not make the decoder seek.
    ///
    /// # Errors
    ///
    /// As for [`ReaderBuilder::from_seekable`](super::ReaderBuilder::from_seekable).
    pub fn from_seekable<R: Read + Seek + Send + 's>(reader: R) -> Result<Self> {
        Reader::builder()
            .format(Format::Raw)
            .from_seekable(reader)?
            .into_decoder()
    }

    /// Decodes bytes in memory.
    ///
    /// # Errors
    ///
    /// As for [`ReaderBuilder::open`](super::ReaderBuilder::open).
    pub fn from_bytes<B: AsRef<[u8]> + Send + 's>(bytes: B) -> Result<Self> {
        Reader::builder()
            .format(Format::Raw)
            .from_bytes(bytes)?
            .into_decoder()
    }

    pub(super) fn new(mut reader: Reader<'s>) -> Result<Self> {
        let has_data = reader.advance()?;
        match reader.format() {
            Some(Format::Raw | Format::Empty) => {}
            // No bytes at all: nothing was detected.
            None if !has_data => {}
            _ => {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    "a decoder needs a reader that was opened for Format::Raw alone",
                ));
            }
        }
        let (name, modified) = match reader.current_entry() {
            Some(entry) => (Some(entry.path_bytes().to_vec()), entry.mtime()),
            None => (None, None),
        };
        Ok(Self {
            reader,
            // "data" is what libarchive calls data without a name.
            name: name.filter(|name| name != b"data"),
            modified,
        })
    }

    /// The filters around the data, the innermost first; none when it is not compressed.
    #[must_use]
    pub fn filters(&self) -> Vec<Filter> {
        self.reader.filters()
    }

    /// The time that the compressed stream carries; gzip can have one.
    #[must_use]
    pub fn modified(&self) -> Option<Timestamp> {
        self.modified
    }

    /// The file name that the compressed stream carries, as bytes; gzip can have one. Without the
    /// feature `verify-gzip`, libarchive gives it from 3.8 on. Never use it as a path without a check.
    #[must_use]
    pub fn name(&self) -> Option<&[u8]> {
        self.name.as_deref()
    }

    /// Bytes that the source has given so far.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.reader.bytes_read()
    }

    /// Length of the compressed stream in bytes, if the source can tell.
    #[must_use]
    pub fn total_bytes(&self) -> Option<u64> {
        self.reader.total_bytes()
    }

    /// What [`fill_buf`](BufRead::fill_buf) gave and nobody consumed.
    #[cfg(unix)]
    pub(super) fn buffered(&self) -> &[u8] {
        self.reader.handle.block()
    }

    fn tell(&self, error: Error) -> io::Error {
        self.reader.tell(error).into()
    }
}

/// Without a copy of the data: the buffer is libarchive's own. The [`io::Error`] holds an
/// [`Error`].
impl BufRead for Decoder<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        // Empty blocks are no end, hence the loop.
        loop {
            let Some(mut handle) = self.reader.handle.current() else {
                return Ok(&[]);
            };
            match self.reader.cursor.advance(&mut handle) {
                Ok(false) => return Ok(&[]),
                Ok(true) if handle.block().1.is_empty() => {}
                Ok(true) => break,
                Err(error) => return Err(self.tell(error)),
            }
        }
        Ok(self.reader.handle.block())
    }

    fn consume(&mut self, count: usize) {
        if let Some(mut handle) = self.reader.handle.current() {
            handle.consume(count);
        }
    }
}

impl Read for Decoder<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let data = self.fill_buf()?;
        let count = data.len().min(buffer.len());
        buffer[..count].copy_from_slice(&data[..count]);
        self.consume(count);
        Ok(count)
    }
}
