//! The file that a reader was opened over, for those who read it in several places at once.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::FileExt as _,
    sync::Arc,
};

use super::{Reader, ReaderBuilder, ahead, parts, slices, source::Seekable};
use crate::{Error, Format, Result};

/// What an archive was opened from: the handle itself, so that no other file can take its place.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    file: Arc<File>,
    len: u64,
    settings: ReaderBuilder,
}

impl Origin {
    pub(super) fn new(file: Arc<File>, len: u64, settings: &ReaderBuilder) -> Self {
        let settings = settings.clone();
        Self {
            file,
            len,
            settings,
        }
    }

    /// What a reader of the same archive is set to.
    pub(super) fn settings(&self) -> &ReaderBuilder {
        &self.settings
    }

    /// Length of the file when it was opened, in bytes.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn at_start(&self) -> FileAt {
        FileAt {
            file: Arc::clone(&self.file),
            position: 0,
            end: self.len,
        }
    }
}

/// A place in a file that several read, each on its own.
#[derive(Debug)]
pub(super) struct FileAt {
    file: Arc<File>,
    position: u64,
    /// Nothing is read beyond.
    end: u64,
}

impl FileAt {
    /// The file from its start, as far as it goes when it is read.
    pub(super) fn new(file: Arc<File>) -> Self {
        Self {
            file,
            position: 0,
            end: u64::MAX,
        }
    }

    /// The file between two places.
    pub(super) fn range(&self, start: u64, len: u64) -> Self {
        Self {
            file: Arc::clone(&self.file),
            position: start,
            end: start.saturating_add(len).min(self.end),
        }
    }

    pub(super) fn end(&self) -> u64 {
        self.end
    }
}

impl Read for FileAt {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.end.saturating_sub(self.position);
        let len = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let count = self.file.read_at(&mut buffer[..len], self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for FileAt {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(delta) => self.position.checked_add_signed(delta),
            SeekFrom::End(delta) => self.end.checked_add_signed(delta),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl Reader<'static> {
    pub(super) fn of_file(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }
}

impl Reader<'_> {
    /// Has what is compressed in parts decoded by so many threads, if that is possible: from a file,
    /// by a reader that nobody has asked for anything yet. What comes out, and how it fails, stays
    /// the same. Whether several threads are at it.
    pub(crate) fn decode_by(&mut self, threads: usize) -> bool {
        let Some(origin) = &self.origin else {
            return false;
        };
        let [filter] = self.filters()[..] else {
            return false;
        };
        let file = origin.at_start();
        let memory = origin.settings.decoder_memory;
        let Some(source) = parts::Source::new(file, filter, threads, memory) else {
            return false;
        };
        let settings = origin.settings.clone().no_filters();
        let Ok(reader) = settings.open_source(Box::new(source), self.len) else {
            return false;
        };
        self.handle = reader.handle;
        self.origin = None;
        true
    }

    /// Has a compressed file read by a thread of its own, ahead of what decodes it, if there may be
    /// so many threads: by a reader that nobody has asked for anything yet. What comes out stays the
    /// same. Whether it is read so.
    pub(crate) fn read_ahead(&mut self, threads: usize) -> bool {
        let Some(origin) = &self.origin else {
            return false;
        };
        let block_size = origin.settings.block_bytes();
        let worth_it = threads > 1 && origin.len >= ahead::MIN_LEN && block_size <= ahead::CHUNK;
        // What is not compressed is skipped where nobody wants it.
        if !worth_it || self.filters().is_empty() {
            return false;
        }
        let file = FileAt::new(Arc::clone(&origin.file));
        let Some(source) = ahead::Source::new(file, block_size) else {
            return false;
        };
        let Ok(reader) = origin.settings.open_source(Box::new(source), self.len) else {
            return false;
        };
        self.handle = reader.handle;
        self.origin = None;
        true
    }

    /// What opens more readers of the same archive, if each can get behind data without decoding
    /// it, and nobody is asked for passwords: over a file, by a reader that nobody has asked for
    /// anything yet.
    pub(crate) fn twins(&mut self) -> Option<Twins> {
        let origin = self.origin.take()?;
        let fits = self.filters().is_empty() && !origin.settings.asks();
        let slices = self.slices.as_ref().map(|slices| slices.plan().clone());
        fits.then(|| Twins {
            has_directory: slices.is_some() || has_directory(&origin.at_start()).unwrap_or(false),
            origin,
            slices,
        })
    }
}

/// Most entries of an archive that several readers have in memory, each all of them.
const MAX_ENTRIES: u16 = 10_000;

/// Whether a file ends in the record that makes libarchive go by the directory of a ZIP file.
fn has_directory(file: &FileAt) -> io::Result<bool> {
    const LEN: u64 = 22;
    let Some(start) = file.end().checked_sub(LEN) else {
        return Ok(false);
    };
    let mut record = [0; LEN as usize];
    file.range(start, LEN).read_exact(&mut record)?;
    let word = |at| u16::from_le_bytes([record[at], record[at + 1]]);
    let long = |at| u64::from(word(at)) | u64::from(word(at + 2)) << 16;
    Ok(record.starts_with(b"PK\x05\x06")
        && word(4) == 0
        && word(6) == 0
        && word(8) == word(10)
        && word(10) <= MAX_ENTRIES
        && long(12) + long(16) <= start
        && word(20) == 0)
}

/// Opens more readers of an archive.
#[derive(Clone, Debug)]
pub(crate) struct Twins {
    origin: Origin,
    has_directory: bool,
    slices: Option<slices::Plan>,
}

impl Twins {
    /// Whether readers of this format skip data.
    pub(crate) fn skip_in(&self, format: Option<Format>) -> bool {
        match format {
            Some(Format::Zip) => self.has_directory,
            Some(Format::Tar) => true,
            _ => false,
        }
    }

    pub(crate) fn open(&self) -> Result<Reader<'static>> {
        if let Some(slices) = &self.slices {
            return slices.read();
        }
        let settings = &self.origin.settings;
        let source = Seekable::new(self.origin.at_start(), settings.block_bytes())
            .map_err(|error| Error::io("cannot open", error))?;
        settings.open_source(Box::new(source), Some(self.origin.len))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{WriteFormat, Writer};

    fn archive(format: WriteFormat) -> Vec<u8> {
        let mut writer = Writer::builder(format).to_vec().unwrap();
        writer.append_bytes("a", b"a").unwrap();
        writer.append_bytes("b", b"b").unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn files_that_readers_can_skip_in_have_twins_until_they_are_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive");
        let twins = |archive: &[u8], settings: &ReaderBuilder| {
            fs::write(&path, archive).unwrap();
            let mut reader = settings.open(&path).unwrap();
            let twins = reader.twins()?;
            assert!(reader.advance().unwrap());
            twins.skip_in(reader.format()).then_some(twins)
        };
        let plain = Reader::builder();
        let zip = archive(WriteFormat::Zip);
        let twin = twins(&zip, &plain).expect("twins").open();
        assert!(twin.unwrap().find("b").unwrap().is_some());
        assert!(twins(&zip, &plain.clone().passwords_from(|_| None)).is_none());
        let tar = archive(WriteFormat::Pax);
        let twin = twins(&tar, &plain).expect("twins").open();
        assert!(twin.unwrap().find("b").unwrap().is_some());
        assert!(twins(&archive(WriteFormat::CpioNewc), &plain).is_none());
        // Without its directory libarchive goes from entry to entry.
        assert!(twins(&zip[..zip.len() - 1], &plain).is_none());
        assert!(Reader::from_bytes(&zip).unwrap().twins().is_none());
        fs::write(&path, &zip).unwrap();
        let mut reader = Reader::open(&path).unwrap();
        assert!(reader.advance().unwrap());
        assert!(reader.twins().is_none());
    }
}
