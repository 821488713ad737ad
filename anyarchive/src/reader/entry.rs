//! The entry that a reader stands on.

use std::{
    io::{self, BufRead, Read},
    ops::Deref,
};

use super::{
    Place,
    data::{Block, Cursor},
};
use crate::{EntryRef, Error, ErrorKind, Result, ffi::read::CurrentEntry};

/// Most that [`Entry::read_to_vec`] reserves for a size that the archive only claims.
const MAX_RESERVE: u64 = 1 << 20;

/// The entry that a [`Reader`](crate::Reader) stands on: metadata through [`EntryRef`], data
/// through [`Read`], [`BufRead`] or [`next_block`](Self::next_block).
///
/// It borrows the reader: there is one at a time, and it is gone before the next.
///
/// # Examples
///
/// ```
/// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
/// use anyarchive::Reader;
/// use std::io::Read;
///
/// let mut reader = Reader::from_bytes(archive)?;
/// let mut entry = reader.next_entry()?.expect("an entry");
/// let mut text = String::new();
/// entry.read_to_string(&mut text)?;
/// assert_eq!((entry.path_bytes(), text.as_str()), (&b"hello.txt"[..], "hello\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Entry<'r> {
    handle: CurrentEntry<'r>,
    cursor: &'r mut Cursor,
    place: Place<'r>,
    warning: Option<&'r Error>,
}

impl Deref for Entry<'_> {
    type Target = EntryRef;

    fn deref(&self) -> &EntryRef {
        self.handle.entry()
    }
}

impl AsRef<EntryRef> for Entry<'_> {
    fn as_ref(&self) -> &EntryRef {
        self
    }
}

impl<'r> Entry<'r> {
    pub(super) fn new(
        handle: CurrentEntry<'r>,
        cursor: &'r mut Cursor,
        place: Place<'r>,
        warning: Option<&'r Error>,
    ) -> Self {
        Self {
            handle,
            cursor,
            place,
            warning,
        }
    }

    /// What libarchive remarked while it read this entry's metadata: something of it may be lost.
    #[must_use]
    pub fn warning(&self) -> Option<&'r Error> {
        self.warning
    }

    /// Bytes that the source of the archive has given so far; see
    /// [`Reader::bytes_read`](crate::Reader::bytes_read).
    #[must_use]
    pub fn archive_bytes_read(&self) -> u64 {
        self.handle.bytes_read()
    }

    /// Bytes of the data that were given so far, holes included.
    ///
    /// # Examples
    ///
    /// ```
    /// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
    /// use anyarchive::Reader;
    /// use std::io::BufRead;
    ///
    /// let mut reader = Reader::from_bytes(archive)?;
    /// let mut entry = reader.next_entry()?.expect("an entry");
    /// let mut greeting = Vec::new();
    /// entry.read_until(b'l', &mut greeting)?;
    /// assert_eq!((greeting.as_slice(), entry.position()), (&b"hel"[..], 3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn position(&self) -> u64 {
        self.cursor.position()
    }

    /// The next piece of data, without a copy; `None` at the end.
    ///
    /// Between one block's end and the next one's [`offset`](Block::offset) lies a hole: bytes that
    /// are zero and not stored. When the file ends in a hole, the last block is empty and its offset
    /// is the length of the file. Blocks follow what [`Read`] left, if both are used.
    ///
    /// # Errors
    ///
    /// Any failure and any warning of libarchive: on data, a warning means that it is wrong.
    /// [`Truncated`](crate::ErrorKind::Truncated) when the data of a file ends before its
    /// [`size`](EntryRef::size), which libarchive takes for the end.
    #[doc(alias = "archive_read_data_block")]
    pub fn next_block(&mut self) -> Result<Option<Block<'_>>> {
        match self.cursor.advance(&mut self.handle) {
            Ok(true) => {
                let (offset, data) = self.handle.block();
                self.cursor.take(offset, data.len());
                Ok(Some(Block::new(offset, data)))
            }
            Ok(false) => Ok(self.cursor.trailing_hole().map(|end| Block::new(end, &[]))),
            Err(error) => Err(self.tell(error)),
        }
    }

    /// Goes on to this position in the data, in bytes from its start, and tells where it is then: there,
    /// or at the end of the data if that is before.
    ///
    /// It works in every format. Holes cost nothing; all else that is between is read and decoded, but
    /// copied nowhere, so that checksums are compared as ever. There is no way back: libarchive's own
    /// `archive_seek_data` knows RAR without compression alone, reads the headers of other volumes into the
    /// entry there, and compares nothing afterwards. Open the archive again to begin anew.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](ErrorKind::Unsupported) for a position before [`position`](Self::position): nothing
    /// has changed then. Otherwise as for [`next_block`](Self::next_block), about data that was passed, too.
    ///
    /// # Examples
    ///
    /// ```
    /// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
    /// use anyarchive::Reader;
    ///
    /// let mut reader = Reader::from_bytes(archive)?;
    /// let mut entry = reader.next_entry()?.expect("an entry");
    /// assert_eq!(entry.seek_forward(2)?, 2);
    /// assert_eq!(entry.read_to_vec()?, b"llo\n");
    /// assert_eq!(entry.seek_forward(100)?, 6);
    /// assert!(entry.seek_forward(0).is_err());
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    pub fn seek_forward(&mut self, position: u64) -> Result<u64> {
        if position < self.position() {
            let now = self.position();
            let text = format!("cannot seek back from {now} to {position} in the data");
            return Err(self.tell(Error::new(ErrorKind::Unsupported, text)));
        }
        let size = self.size();
        match self.cursor.seek_forward(&mut self.handle, position, size) {
            Ok(()) => Ok(self.position()),
            Err(error) => Err(self.tell(error)),
        }
    }

    /// The rest of the data, with holes filled. Memory grows with what arrives and with holes, of which
    /// a small archive can claim more than any memory holds: of an archive that is not trusted, use
    /// [`Read::take`] to bound it.
    ///
    /// # Errors
    ///
    /// As for [`next_block`](Self::next_block).
    #[doc(alias = "archive_read_data")]
    pub fn read_to_vec(&mut self) -> Result<Vec<u8>> {
        let claimed = self.size().unwrap_or(0).min(MAX_RESERVE);
        let mut data = Vec::with_capacity(usize::try_from(claimed).unwrap_or(0));
        match self.read_to_end(&mut data) {
            Ok(_) => Ok(data),
            Err(error) => Err(match error.downcast::<Error>() {
                Ok(error) => error,
                Err(error) => self.tell(Error::io("cannot read the data", error)),
            }),
        }
    }

    /// Adds to an error where it happened.
    fn tell(&self, error: Error) -> Error {
        let error = error.with_encryption(self.is_encrypted());
        self.place.tell(error).with_entry(self.path_bytes())
    }
}

/// Reads the data with holes filled by zeros.
///
/// The read that gives the last byte of the declared size also reads on to the end, so that a wrong
/// checksum is an error even when nobody asks for more. The [`io::Error`] holds an [`Error`].
impl Read for Entry<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let size = self.size();
        match self.cursor.read(&mut self.handle, buffer, size) {
            Ok(count) => Ok(count),
            Err(error) => Err(self.tell(error).into()),
        }
    }
}

/// Without a copy of the data: the buffer is libarchive's own. Holes are zeros.
///
/// A wrong checksum is an error of the [`fill_buf`](BufRead::fill_buf) behind the last byte. The
/// [`io::Error`] holds an [`Error`].
impl BufRead for Entry<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.cursor.look(&mut self.handle) {
            Ok(ahead) => Ok(ahead.lend(self.handle.block().1)),
            Err(error) => Err(self.tell(error).into()),
        }
    }

    fn consume(&mut self, count: usize) {
        self.cursor.consume(&mut self.handle, count);
    }
}
