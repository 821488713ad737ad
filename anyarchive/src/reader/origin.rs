//! The file that a reader was opened over, for those who read it in several places at once.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::FileExt as _,
    sync::Arc,
};

use super::{Reader, ReaderBuilder, parts};

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

    fn at_start(&self) -> FileAt {
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
        let Some(origin) = self.origin.take() else {
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
        let settings = origin.settings.no_filters();
        let Ok(reader) = settings.open_source(Box::new(source), self.len) else {
            return false;
        };
        self.handle = reader.handle;
        true
    }
}
