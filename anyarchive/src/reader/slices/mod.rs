//! Archives with a long directory, read by readers that get a slice of it each: libarchive keeps all
//! of what it gets in memory.
//!
//! Each reader is given the file as it is, and behind it a slice of the directory with what makes
//! libarchive take it for the directory of the whole. That is done only where the entries do not
//! depend on each other, so that what comes out, and how it fails, stays the same.

mod seven_zip;
mod sliced;
mod zip;

use std::{
    hash::{DefaultHasher, Hasher as _},
    sync::Arc,
};

use self::sliced::{Around, Sliced};
use super::{Reader, origin::Origin};
use crate::{Error, ErrorKind, Format, Result};

/// Bytes of the directory that a reader gets, and up to an entry more, or a folder of entries.
pub(crate) const SLICE: u64 = 64 << 10;

/// Which slices there are, of which file.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    origin: Origin,
    directory: Directory,
}

#[derive(Clone, Debug)]
enum Directory {
    Zip(Arc<[zip::Slice]>),
    SevenZip(Arc<seven_zip::Header>),
}

/// The slices of a file, one after the other.
#[derive(Debug)]
pub(super) struct Slices {
    plan: Plan,
    /// The one that is read now.
    present: usize,
    /// What the readers of those before would say at its first entry.
    past: Past,
    /// Where the header of a 7z archive is read on.
    cursors: Option<seven_zip::Cursors>,
}

/// What a reader knows of the slices before its own.
#[derive(Clone, Copy, Debug, Default)]
struct Past {
    header_position: u64,
    /// An entry was encrypted.
    is_encrypted: bool,
}

impl Plan {
    /// `None` when there is nothing to gain, or something to lose.
    fn new(origin: &Origin, len: u64) -> Option<Self> {
        let file = origin.at_start();
        // What is wrong with the file is told when it is read as a whole.
        let directory = match zip::slices(&file, len) {
            Ok(Some(slices)) => Directory::Zip(slices.into()),
            _ => Directory::SevenZip(seven_zip::Header::find(origin, len)?.into()),
        };
        Some(Self {
            origin: origin.clone(),
            directory,
        })
    }

    /// A reader of all, from the first entry on.
    pub(super) fn read(&self) -> Result<Reader<'static>> {
        let mut slices = Slices::new(self.clone());
        let around = slices.around(0)?;
        let mut reader = self.open(around, 0)?;
        reader.slices = Some(slices);
        Ok(reader)
    }

    /// A reader of one slice; `taken` bytes were read before.
    fn open(&self, around: Around, taken: u64) -> Result<Reader<'static>> {
        let (file, settings) = (self.origin.at_start(), self.origin.settings());
        let source = Sliced::new(file, around, settings.block_bytes(), taken)
            .map_err(|error| Error::io("cannot open", error))?;
        settings.open_source(Box::new(source), Some(self.origin.len()))
    }

    fn format(&self) -> Format {
        match self.directory {
            Directory::Zip(_) => Format::Zip,
            Directory::SevenZip(_) => Format::SevenZip,
        }
    }

    /// How many slices there are.
    fn len(&self) -> usize {
        match &self.directory {
            Directory::Zip(slices) => slices.len(),
            Directory::SevenZip(header) => header.slices().len(),
        }
    }

    /// Entries before a slice.
    fn first(&self, index: usize) -> u64 {
        match &self.directory {
            Directory::Zip(slices) => slices[index].first,
            Directory::SevenZip(header) => header.slices()[index].first,
        }
    }

    /// The slice with the entry that so many are before.
    fn holder(&self, before: u64) -> usize {
        let after = match &self.directory {
            Directory::Zip(slices) => slices.partition_point(|slice| slice.first <= before),
            Directory::SevenZip(header) => {
                let slices = header.slices();
                slices.partition_point(|slice| slice.first <= before)
            }
        };
        after - 1
    }
}

impl Slices {
    fn new(plan: Plan) -> Self {
        Self {
            plan,
            present: 0,
            past: Past::default(),
            cursors: None,
        }
    }

    /// A reader of a file in slices; `None` when there is nothing to gain, or something to lose.
    fn read(origin: &Origin, len: u64) -> Option<Reader<'static>> {
        let mut slices = Self::new(Plan::new(origin, len)?);
        let around = slices.around(0).ok()?;
        // The same bytes can be an archive of another format.
        let mut first = slices.plan.open(around.clone(), 0).ok()?;
        if first.advance().is_err() || first.format() != Some(slices.plan.format()) {
            return None;
        }
        let mut reader = slices.plan.open(around, 0).ok()?;
        reader.slices = Some(slices);
        Some(reader)
    }

    /// What makes the file one with a slice of its directory.
    fn around(&mut self, index: usize) -> Result<Around> {
        let origin = &self.plan.origin;
        let around = match &self.plan.directory {
            Directory::Zip(slices) => slices[index]
                .read(&origin.at_start())
                .map_err(|error| Error::io("cannot open", error))?,
            Directory::SevenZip(header) => {
                let cursors = match self.cursors.take() {
                    Some(cursors) if cursors.next() <= index => cursors,
                    _ => header.open(origin)?,
                };
                let cursors = self.cursors.insert(cursors);
                header.read(index, cursors, origin.len())?
            }
        };
        around.ok_or_else(changed)
    }

    /// Where libarchive would have been, had it all in one, where it was in the present slice.
    pub(super) fn header_position(&self, position: u64) -> u64 {
        match (&self.plan.directory, self.past.header_position) {
            (_, past) if position == 0 => past,
            // It has read the header, and no data since.
            (Directory::SevenZip(header), past) if position >= self.plan.origin.len() => match past
            {
                0 => header.position(),
                past => past,
            },
            _ => position,
        }
    }

    /// Whether an entry before the present slice was encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        self.past.is_encrypted
    }

    /// What opens more readers of the same slices.
    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }
}

/// Somebody else writes to the file.
fn changed() -> Error {
    let what = "the archive was changed while it was read";
    Error::new(ErrorKind::Changed, what)
}

impl Reader<'_> {
    /// Has the directory taken in slices of `len` bytes if it is longer: of a ZIP file or a 7z archive,
    /// by a reader that nobody has asked for anything yet. What comes out stays the same, as long as
    /// the data of all entries is read.
    pub(crate) fn slice(&mut self, len: u64) {
        let Some(origin) = &self.origin else {
            return;
        };
        if !self.filters().is_empty() || !origin.settings().is_without_passwords() {
            return;
        }
        if let Some(reader) = Slices::read(origin, len) {
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
        if next == slices.plan.len() {
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
            let around = slices.around(index)?;
            self.handle = slices.plan.open(around, taken)?.handle;
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
        let index = slices.plan.holder(number.saturating_sub(1));
        if index <= slices.present {
            return Ok(asked);
        }
        let first = slices.plan.first(index);
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

#[cfg(test)]
mod tests;
