//! Data of an entry: blocks, and the stream over them.

use std::ops::Deref;

use crate::{
    Error, ErrorKind, FileType, Format, Result,
    ffi::{Status, read::CurrentEntry},
};

/// A piece of an entry's data, lent by the library until the next call on the entry.
///
/// Dereferences to its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Block<'e> {
    offset: u64,
    data: &'e [u8],
}

impl<'e> Block<'e> {
    pub(super) fn new(offset: u64, data: &'e [u8]) -> Self {
        Self { offset, data }
    }

    /// Where the bytes belong in the file, in bytes from its start.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The bytes; can be empty.
    #[must_use]
    pub fn data(&self) -> &'e [u8] {
        self.data
    }
}

impl Deref for Block<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.data
    }
}

/// How far an entry has been read.
#[derive(Debug)]
pub(super) struct Cursor {
    /// Bytes given so far, holes included.
    position: u64,
    /// The file can be longer than its last block: for a directory C tells the length of data that it
    /// does not give.
    ends_in_hole: bool,
    /// How long the data is to be, if it is all here.
    size: Option<u64>,
    /// The handle's block was given out whole, so the next step starts behind it.
    lent: bool,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Nobody has asked for data.
    New,
    Reading,
    /// C said that this is the end; the file may be longer than its last block by a hole.
    Ended {
        length: u64,
    },
    Failed,
}

/// What comes next.
pub(super) enum Ahead {
    /// What is left of the handle's block.
    Data,
    /// This many zeros.
    Hole(usize),
    Nothing,
}

impl Ahead {
    /// A part of it that is there; empty at the end.
    pub(super) fn lend(self, block: &[u8]) -> &[u8] {
        match self {
            Self::Data => block,
            Self::Hole(len) => &ZEROS[..len.min(ZEROS.len())],
            Self::Nothing => &[],
        }
    }
}

/// What is lent of a hole at once.
static ZEROS: [u8; 1 << 14] = [0; 1 << 14];

impl Cursor {
    /// For the data of an entry that nobody has asked for yet. Nothing is looked up before somebody
    /// does: who lists an archive should not pay for it.
    pub(super) fn new() -> Self {
        Self {
            position: 0,
            ends_in_hole: true,
            size: None,
            lent: false,
            state: State::New,
        }
    }

    /// Without data: C is not asked for any.
    pub(super) fn ended() -> Self {
        Self {
            state: State::Ended { length: 0 },
            ..Self::new()
        }
    }

    fn begin(&mut self, handle: &CurrentEntry<'_>) {
        let entry = handle.entry();
        let file_type = entry.file_type();
        // Asked for the data of a directory, the reader of RAR 5 fails for good.
        if file_type == FileType::Directory && entry.size().unwrap_or(0) == 0 {
            *self = Self::ended();
            return;
        }
        self.ends_in_hole = file_type != FileType::Directory;
        // The one format that has sizes and no data.
        let has_data = Format::from_code(handle.format()) != Some(Format::Mtree);
        if has_data && file_type == FileType::File && entry.hardlink_bytes().is_none() {
            self.size = entry.size();
        }
        self.state = State::Reading;
    }

    /// Makes the handle's block the next one, unless something is left of the last; `false` at the
    /// end.
    pub(super) fn advance(&mut self, handle: &mut CurrentEntry<'_>) -> Result<bool> {
        if matches!(self.state, State::New) {
            self.begin(handle);
        }
        match self.state {
            State::New | State::Reading => {}
            State::Ended { .. } => return Ok(false),
            State::Failed => {
                return Err(Error::new(
                    ErrorKind::Poisoned,
                    "the data of this entry failed before",
                ));
            }
        }
        if !handle.block().1.is_empty() && !std::mem::take(&mut self.lent) {
            return Ok(true);
        }
        match self.next_block(handle) {
            Ok(true) => Ok(true),
            Ok(false) => {
                let length = if self.ends_in_hole {
                    handle.block().0.max(self.position)
                } else {
                    self.position
                };
                if let Some(size) = self.size.filter(|&size| length < size) {
                    self.state = State::Failed;
                    return Err(too_short(length, size));
                }
                self.state = State::Ended { length };
                Ok(false)
            }
            Err(error) => {
                self.state = State::Failed;
                Err(error)
            }
        }
    }

    /// Makes the handle go on to a block that does not begin before what was given.
    fn next_block(&self, handle: &mut CurrentEntry<'_>) -> Result<bool> {
        while handle.next_block()? {
            let (offset, data) = handle.block();
            if offset >= self.position {
                return Ok(true);
            }
            if !data.is_empty() {
                // C's own reader asks to try again here, for ever.
                return Err(Error::new(
                    ErrorKind::Corrupt,
                    "blocks of a sparse file are out of order",
                ));
            }
            // The reader of RAR 5 ends files so; there is nothing in it.
        }
        Ok(false)
    }

    /// Notes that the caller got a whole block.
    pub(super) fn take(&mut self, offset: u64, len: usize) {
        self.position = self.position.max(offset.saturating_add(len as u64));
        self.lent = len > 0;
    }

    /// The length of the file when it ends in a hole that was not given yet.
    pub(super) fn trailing_hole(&mut self) -> Option<u64> {
        match self.state {
            State::Ended { length } if length > self.position => {
                self.position = length;
                Some(length)
            }
            _ => None,
        }
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Makes the handle go on until something is there.
    pub(super) fn look(&mut self, handle: &mut CurrentEntry<'_>) -> Result<Ahead> {
        // Empty blocks are no end, hence the loop.
        while self.advance(handle)? {
            if !handle.block().1.is_empty() {
                break;
            }
        }
        Ok(self.ahead(handle))
    }

    fn ahead(&self, handle: &CurrentEntry<'_>) -> Ahead {
        let (offset, data) = handle.block();
        let next = match self.state {
            _ if !data.is_empty() => offset,
            State::Ended { length } => length,
            State::New | State::Reading | State::Failed => self.position,
        };
        let hole = next.saturating_sub(self.position);
        if hole > 0 {
            Ahead::Hole(usize::try_from(hole).unwrap_or(usize::MAX))
        } else if data.is_empty() {
            Ahead::Nothing
        } else {
            Ahead::Data
        }
    }

    /// As [`BufRead::consume`](std::io::BufRead::consume).
    pub(super) fn consume(&mut self, handle: &mut CurrentEntry<'_>, count: usize) {
        // The caller of `next_block` had all of it.
        if self.lent {
            return;
        }
        let count = match self.ahead(handle) {
            Ahead::Data => {
                let count = count.min(handle.block().1.len());
                handle.consume(count);
                count
            }
            Ahead::Hole(len) => count.min(len),
            Ahead::Nothing => 0,
        };
        self.position += count as u64;
    }

    /// Goes on to `position`, or to the end of the data if that is before.
    pub(super) fn seek_forward(
        &mut self,
        handle: &mut CurrentEntry<'_>,
        position: u64,
        size: Option<u64>,
    ) -> Result<()> {
        while self.position < position {
            let left = usize::try_from(position - self.position).unwrap_or(usize::MAX);
            match self.look(handle)? {
                Ahead::Nothing => return Ok(()),
                Ahead::Data | Ahead::Hole(_) => self.consume(handle, left),
            }
        }
        self.compare_checksum(handle, size)
    }

    pub(super) fn read(
        &mut self,
        handle: &mut CurrentEntry<'_>,
        buffer: &mut [u8],
        size: Option<u64>,
    ) -> Result<usize> {
        let filled = match self.look(handle)? {
            Ahead::Data => {
                let data = handle.block().1;
                let filled = data.len().min(buffer.len());
                buffer[..filled].copy_from_slice(&data[..filled]);
                handle.consume(filled);
                filled
            }
            Ahead::Hole(len) => {
                let filled = len.min(buffer.len());
                buffer[..filled].fill(0);
                filled
            }
            Ahead::Nothing => return Ok(0),
        };
        self.position += filled as u64;
        self.compare_checksum(handle, size)?;
        Ok(filled)
    }

    /// If the declared end is here: otherwise nobody might ask for more.
    fn compare_checksum(&mut self, handle: &mut CurrentEntry<'_>, size: Option<u64>) -> Result<()> {
        if size == Some(self.position) {
            while handle.block().1.is_empty() && self.advance(handle)? {}
        }
        Ok(())
    }
}

/// The reader of RAR 5 takes it for the end of a file when the next volume is not there.
fn too_short(length: u64, size: u64) -> Error {
    let why = format!("it has only {length} of the {size} bytes that the archive says");
    Error::new(ErrorKind::Truncated, why)
        .with_op("archive_read_data_block")
        .with_status(Status::Failed)
}
