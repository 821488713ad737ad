//! Sources: where the bytes of an archive come from.

use std::io::{self, Read, Seek, SeekFrom};

use crate::ffi::callbacks::read::Source;

/// Fills `buffer` as far as the reader gives: libarchive wants whole records of some formats in
/// one block. A failure after some bytes is kept for the next call.
pub(super) fn fill(
    reader: &mut dyn Read,
    buffer: &mut [u8],
    pending: &mut Option<io::Error>,
) -> io::Result<usize> {
    if let Some(error) = pending.take() {
        return Err(error);
    }
    let mut len = 0;
    while len < buffer.len() {
        let space = buffer.len() - len;
        match reader.read(&mut buffer[len..]) {
            Ok(0) => break,
            Ok(count) if count > space => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("the reader says it read {count} bytes into {space}"),
                ));
            }
            Ok(count) => len += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if len == 0 => return Err(error),
            Err(error) => {
                *pending = Some(error);
                break;
            }
        }
    }
    Ok(len)
}

/// A reader that goes forward only.
pub(super) struct Stream<R> {
    reader: R,
    buffer: Vec<u8>,
    len: usize,
    taken: u64,
    pending: Option<io::Error>,
}

impl<R: Read + Send> Stream<R> {
    pub(super) fn new(reader: R, block_size: usize) -> Self {
        Self {
            reader,
            buffer: vec![0; block_size],
            len: 0,
            taken: 0,
            pending: None,
        }
    }
}

impl<R: Read + Send> Source for Stream<R> {
    fn read_block(&mut self) -> io::Result<&[u8]> {
        self.len = 0;
        self.len = fill(&mut self.reader, &mut self.buffer, &mut self.pending)?;
        self.taken += self.len as u64;
        Ok(self.block())
    }

    fn block(&self) -> &[u8] {
        &self.buffer[..self.len]
    }

    fn bytes_read(&self) -> u64 {
        self.taken
    }
}

/// A reader that can also seek.
pub(super) struct Seekable<R> {
    reader: R,
    buffer: Vec<u8>,
    filled: usize,
    taken: u64,
    pending: Option<io::Error>,
    position: u64,
    /// Where it ended when it was opened: the archive cannot lead beyond.
    len: u64,
}

impl<R: Read + Seek + Send> Seekable<R> {
    /// Starts at the reader's present position, which becomes the archive's position 0 only if it
    /// is 0: formats with a directory at the end count from the start.
    pub(super) fn new(mut reader: R, block_size: usize) -> io::Result<Self> {
        let position = reader.stream_position()?;
        let len = reader.seek(SeekFrom::End(0))?;
        if reader.seek(SeekFrom::Start(position))? != position {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the reader did not seek where it was told to",
            ));
        }
        Ok(Self {
            reader,
            buffer: vec![0; block_size],
            filled: 0,
            taken: 0,
            pending: None,
            position,
            len,
        })
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }
}

impl<R: Read + Seek + Send> Source for Seekable<R> {
    fn read_block(&mut self) -> io::Result<&[u8]> {
        self.filled = 0;
        let len = fill(&mut self.reader, &mut self.buffer, &mut self.pending)?;
        self.filled = len;
        self.taken += len as u64;
        self.position = self.position.checked_add(len as u64).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "the reader's position is beyond what a file can have",
            )
        })?;
        Ok(self.block())
    }

    fn block(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    fn skip(&mut self, count: u64) -> io::Result<u64> {
        let count = count.min(self.len.saturating_sub(self.position));
        // Reading on costs less than seeking within the next block.
        if count < self.buffer.len() as u64 || self.pending.is_some() {
            return Ok(0);
        }
        let before = self.position;
        let after = self.seek(SeekFrom::Start(before + count))?;
        Ok(after.saturating_sub(before))
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        // Resolved here, so that a reader whose end moves cannot confuse the library.
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(delta) => self.position.checked_add_signed(delta),
            SeekFrom::End(delta) => self.len.checked_add_signed(delta),
        };
        let target = target.ok_or(io::ErrorKind::InvalidInput)?;
        let position = self.reader.seek(SeekFrom::Start(target))?;
        if position != target {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("the reader went to {position} when told to seek to {target}"),
            ));
        }
        self.pending = None;
        self.position = position;
        Ok(position)
    }

    fn can_seek(&self) -> bool {
        true
    }

    fn bytes_read(&self) -> u64 {
        self.taken
    }
}

/// Bytes in memory, handed to the library without a copy.
pub(super) struct Bytes<B> {
    bytes: B,
    position: usize,
    /// Length of the last block, which ends at the position.
    filled: usize,
    taken: u64,
}

impl<B: AsRef<[u8]> + Send> Bytes<B> {
    pub(super) fn new(bytes: B) -> Self {
        Self {
            bytes,
            position: 0,
            filled: 0,
            taken: 0,
        }
    }

    #[cfg(unix)]
    pub(super) fn len(&self) -> u64 {
        self.bytes.as_ref().len() as u64
    }
}

impl<B: AsRef<[u8]> + Send> Source for Bytes<B> {
    fn read_block(&mut self) -> io::Result<&[u8]> {
        let len = self.bytes.as_ref().len();
        self.filled = len.saturating_sub(self.position);
        self.position += self.filled;
        self.taken += self.filled as u64;
        Ok(self.block())
    }

    fn block(&self) -> &[u8] {
        // Safe code may give fewer bytes than a moment ago.
        let start = self.position - self.filled;
        let rest = self.bytes.as_ref().get(start..).unwrap_or_default();
        &rest[..rest.len().min(self.filled)]
    }

    fn skip(&mut self, count: u64) -> io::Result<u64> {
        let rest = self.bytes.as_ref().len().saturating_sub(self.position);
        let count = usize::try_from(count).map_or(rest, |count| count.min(rest));
        self.filled = 0;
        self.position += count;
        Ok(count as u64)
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(delta) => (self.position as u64).checked_add_signed(delta),
            SeekFrom::End(delta) => (self.bytes.as_ref().len() as u64).checked_add_signed(delta),
        };
        let position = target.and_then(|target| usize::try_from(target).ok());
        self.filled = 0;
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position as u64)
    }

    fn can_seek(&self) -> bool {
        true
    }

    fn bytes_read(&self) -> u64 {
        self.taken
    }
}
