//! The content of a file on disk.

use std::{
    fs::File,
    io::{self, Read, Seek as _, SeekFrom},
    ops::Range,
    os::fd::OwnedFd,
};

use rustix::fs::fstat;

use super::stat::Metadata;

/// The content of a regular file that a [`Walk`](super::Walk) found: as many bytes as its entry says.
///
/// It is that of the file whose metadata the entry has, also when its name stands for another file
/// now. When it grows while it is read, the rest is left out, when it shrinks, reading ends early;
/// [`change`](Self::change) tells.
#[derive(Debug)]
pub struct DiskData {
    file: File,
    metadata: Metadata,
    /// Ranges with data; the rest are holes.
    map: Vec<Range<u64>>,
    position: u64,
    /// Where the file handle stands.
    cursor: u64,
    ended_early: bool,
}

/// How a file changed while it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DataChange {
    /// Its end is missing.
    Shrunk {
        /// How many bytes could not be read any more.
        missing: u64,
    },
    /// It has more bytes now than when it was found.
    Grown,
    /// Somebody wrote to it, so what was read may be partly old and partly new.
    Modified,
}

/// What comes next in a file.
pub(crate) enum Piece {
    Data(usize),
    /// So many zeros that take no room on the disk.
    Hole(u64),
    End,
}

impl DiskData {
    pub(super) fn new(handle: OwnedFd, metadata: Metadata, map: Vec<Range<u64>>) -> Self {
        let whole = 0..metadata.size;
        Self {
            file: File::from(handle),
            metadata,
            map: if map.is_empty() { vec![whole] } else { map },
            position: 0,
            cursor: 0,
            ended_early: false,
        }
    }

    /// Size in bytes when the file was found.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.metadata.size
    }

    /// Whether the file changed since it was found; ask at the end.
    ///
    /// # Errors
    ///
    /// When the system cannot tell.
    pub fn change(&self) -> io::Result<Option<DataChange>> {
        if self.ended_early {
            return Ok(Some(DataChange::Shrunk {
                missing: self.metadata.size - self.position,
            }));
        }
        let now = Metadata::new(&fstat(&self.file)?);
        Ok(if now.size > self.metadata.size {
            Some(DataChange::Grown)
        } else if now.size < self.metadata.size || now.mtime != self.metadata.mtime {
            Some(DataChange::Modified)
        } else {
            None
        })
    }

    /// How many bytes of the size were not read.
    pub(crate) fn missing(&self) -> u64 {
        self.metadata.size - self.position
    }

    /// The next piece; data goes to `buffer`, which is not empty.
    pub(crate) fn next_piece(&mut self, buffer: &mut [u8]) -> io::Result<Piece> {
        if self.ended_early || self.position == self.metadata.size {
            return Ok(Piece::End);
        }
        let position = self.position;
        let index = self.map.partition_point(|range| range.end <= position);
        let next = self.map.get(index);
        let start = next.map_or(self.metadata.size, |range| range.start);
        if start > position {
            self.position = start;
            return Ok(Piece::Hole(start - position));
        }
        let left = next.map_or(0, |range| range.end - position);
        let len = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        if self.cursor != position {
            self.file.seek(SeekFrom::Start(position))?;
            self.cursor = position;
        }
        let count = loop {
            match self.file.read(&mut buffer[..len]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        if count == 0 {
            self.ended_early = true;
            return Ok(Piece::End);
        }
        self.position += count as u64;
        self.cursor = self.position;
        Ok(Piece::Data(count))
    }
}

/// Holes are read as zeros.
impl Read for DiskData {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        match self.next_piece(buffer)? {
            Piece::Data(count) => Ok(count),
            Piece::End => Ok(0),
            Piece::Hole(len) => {
                let count = usize::try_from(len).map_or(buffer.len(), |len| len.min(buffer.len()));
                buffer[..count].fill(0);
                // The rest of the hole comes with the next calls.
                self.position -= len - count as u64;
                Ok(count)
            }
        }
    }
}
