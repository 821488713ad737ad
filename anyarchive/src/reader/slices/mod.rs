//! ZIP files with a long directory, read by readers that get a slice of it each: libarchive keeps
//! all of what it gets in memory.
//!
//! Each reader is given the file as it is, and behind it a slice of the directory with what makes
//! libarchive take it for the directory of the whole. That is done only where the entries do not
//! depend on each other, so that what comes out, and how it fails, stays the same.

mod directory;

use std::{
    hash::{DefaultHasher, Hasher as _},
    io::{self, Read as _, SeekFrom},
    sync::Arc,
};

use super::{
    Reader,
    origin::{FileAt, Origin},
    source::{Bytes, Seekable},
};
use crate::{Error, ErrorKind, Format, Result, ffi::callbacks::read::Source};

/// Bytes of the directory that a reader gets, and up to an entry more.
pub(crate) const SLICE: u64 = 128 << 10;

/// Entries that are next to each other in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slice {
    start: u64,
    len: u64,
    /// Entries before it.
    first: u64,
    /// What its bytes must give again.
    hash: u64,
}

/// The slices of a file, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Slices {
    origin: Origin,
    all: Arc<[Slice]>,
    /// The one that is read now.
    present: usize,
    /// What the readers of those before would say at its first entry.
    past: Past,
}

/// What a reader knows of the slices before its own.
#[derive(Clone, Copy, Debug, Default)]
struct Past {
    header_position: u64,
    /// An entry was encrypted.
    is_encrypted: bool,
}

impl Slices {
    /// `None` when there is nothing to gain, or something to lose.
    pub(super) fn new(origin: &Origin, len: u64) -> Option<Self> {
        // What is wrong with the file is told when it is read as a whole.
        let all = directory::slices(&origin.at_start(), len).ok()??;
        let slices = Self {
            origin: origin.clone(),
            all: all.into(),
            present: 0,
            past: Past::default(),
        };
        // The same bytes can be an archive of another format.
        let mut first = slices.open(0, 0).ok()?;
        let is_zip = first.advance().is_ok() && first.format() == Some(Format::Zip);
        is_zip.then_some(slices)
    }

    /// A reader of all, from the first entry on.
    pub(super) fn read(&self) -> Result<Reader<'static>> {
        let slices = Self {
            present: 0,
            past: Past::default(),
            ..self.clone()
        };
        let mut reader = slices.open(0, 0)?;
        reader.slices = Some(slices);
        Ok(reader)
    }

    /// A reader of a slice; `taken` bytes were read before.
    fn open(&self, index: usize, taken: u64) -> Result<Reader<'static>> {
        let cannot = |error| Error::io("cannot open", error);
        let slice = self.all[index];
        let file = self.origin.at_start();
        let mut bytes = Vec::new();
        let mut directory = file.range(slice.start, slice.len);
        directory.read_to_end(&mut bytes).map_err(cannot)?;
        if bytes.len() as u64 != slice.len || hash(&bytes) != slice.hash {
            let what = "the archive was changed while it was read";
            return Err(Error::new(ErrorKind::Changed, what));
        }
        let settings = self.origin.settings();
        let source = Sliced::new(file, bytes, settings.block_bytes(), taken).map_err(cannot)?;
        settings.open_source(Box::new(source), Some(self.origin.len()))
    }

    /// Where libarchive would have been before the first header of the present slice.
    pub(super) fn header_position(&self) -> u64 {
        self.past.header_position
    }

    /// Whether an entry before the present slice was encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        self.past.is_encrypted
    }

    /// The slice with the entry that so many are before.
    fn holder(&self, before: u64) -> usize {
        self.all.partition_point(|slice| slice.first <= before) - 1
    }
}

impl Reader<'_> {
    /// Has the directory taken in slices of `len` bytes if it is longer: of a ZIP file, by a reader
    /// that nobody has asked for anything yet. What comes out stays the same.
    pub(crate) fn slice(&mut self, len: u64) {
        let Some(origin) = &self.origin else {
            return;
        };
        if !self.filters().is_empty() || !origin.settings().is_without_passwords() {
            return;
        }
        let slices = Slices::new(origin, len);
        if let Some(Ok(reader)) = slices.as_ref().map(Slices::read) {
            self.handle = reader.handle;
            self.slices = reader.slices;
        }
    }

    /// At the end of a slice: goes on with the next, if there is one.
    pub(super) fn next_slice(&mut self) -> Result<bool> {
        let Some(slices) = &self.slices else {
            return Ok(false);
        };
        let next = slices.present + 1;
        if next == slices.all.len() {
            return Ok(false);
        }
        self.go_to_slice(next).map_err(|error| {
            self.over = true;
            self.tell(error)
        })?;
        Ok(true)
    }

    fn go_to_slice(&mut self, index: usize) -> Result<()> {
        let (taken, past) = (
            self.bytes_read(),
            Past {
                header_position: self.header_position(),
                is_encrypted: self.has_encrypted_entries() == Some(true),
            },
        );
        if let Some(slices) = &mut self.slices {
            self.handle = slices.open(index, taken)?.handle;
            (slices.present, slices.past) = (index, past);
        }
        Ok(())
    }

    /// Leaves slices out that are before the entry which is found when the next one is asked for the
    /// `number`th time. How often it counts as asked for then, `asked` until now.
    pub(crate) fn leap(&mut self, asked: u64, number: u64) -> Result<u64> {
        let Some(slices) = &self.slices else {
            return Ok(asked);
        };
        let index = slices.holder(number.saturating_sub(1));
        if index <= slices.present {
            return Ok(asked);
        }
        let first = slices.all[index].first;
        self.go_to_slice(index)?;
        Ok(first)
    }
}

/// Against a file that somebody else writes to, not against somebody who looks for two texts with the
/// same: that one can change the data of entries, too.
fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// A file, and behind it a slice of its directory. Who reads on from the file does not come there:
/// it ends where it ends.
struct Sliced {
    file: Seekable<FileAt>,
    slice: Bytes<Vec<u8>>,
    in_slice: bool,
    /// Bytes that were read before.
    taken: u64,
}

impl Sliced {
    fn new(file: FileAt, mut bytes: Vec<u8>, block_size: usize, taken: u64) -> io::Result<Self> {
        let (start, end) = (file.end(), file.end() + bytes.len() as u64);
        bytes.extend(directory::behind(start, end));
        Ok(Self {
            file: Seekable::new(file, block_size)?,
            slice: Bytes::new(bytes),
            in_slice: false,
            taken,
        })
    }

    fn part(&self) -> &dyn Source {
        if self.in_slice {
            &self.slice
        } else {
            &self.file
        }
    }

    fn part_mut(&mut self) -> &mut dyn Source {
        if self.in_slice {
            &mut self.slice
        } else {
            &mut self.file
        }
    }
}

impl Source for Sliced {
    fn read_block(&mut self) -> io::Result<&[u8]> {
        self.part_mut().read_block()
    }

    fn block(&self) -> &[u8] {
        self.part().block()
    }

    fn skip(&mut self, count: u64) -> io::Result<u64> {
        self.part_mut().skip(count)
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let file_len = self.file.len();
        let target = match to {
            SeekFrom::Start(target) => Some(target),
            SeekFrom::Current(delta) => {
                let base = if self.in_slice { file_len } else { 0 };
                let position = self.part_mut().seek(SeekFrom::Current(0))?;
                base.checked_add(position)
                    .and_then(|position| position.checked_add_signed(delta))
            }
            SeekFrom::End(delta) => {
                let end = file_len + self.slice.len();
                end.checked_add_signed(delta)
            }
        };
        let target = target.ok_or(io::ErrorKind::InvalidInput)?;
        let in_slice = target.checked_sub(file_len);
        self.in_slice = in_slice.is_some();
        self.part_mut()
            .seek(SeekFrom::Start(in_slice.unwrap_or(target)))?;
        Ok(target)
    }

    fn can_seek(&self) -> bool {
        true
    }

    fn bytes_read(&self) -> u64 {
        self.taken + self.file.bytes_read() + self.slice.bytes_read()
    }
}

#[cfg(test)]
mod tests;
