//! A file that is read ahead of who decodes it, on a thread of its own.

use std::{
    io,
    ops::Range,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

use super::{origin::FileAt, source::fill};
use crate::ffi::callbacks::read;

/// Bytes that are read at once, but for what is beyond the last whole block; no block may be longer.
pub(super) const CHUNK: usize = 512 << 10;

/// Shorter files are read before a thread has started.
pub(super) const MIN_LEN: u64 = 1 << 20;

/// Chunks that wait to be given.
const WAITING: usize = 2;

/// Gives the blocks of a file as one that reads them when it is asked.
pub(super) struct Source {
    chunks: Option<Receiver<io::Result<Vec<u8>>>>,
    /// Takes chunks back, to be filled again.
    spare: SyncSender<Vec<u8>>,
    reader: Option<JoinHandle<()>>,
    block_size: usize,
    chunk: Vec<u8>,
    /// The block in the chunk that was given last.
    block: Range<usize>,
    taken: u64,
}

impl Source {
    /// `None` when there are no more threads.
    pub(super) fn new(file: FileAt, block_size: usize) -> Option<Self> {
        let (full, chunks) = sync_channel(WAITING);
        // Those that wait, the one that is given, and the one that is read.
        let (spare, empty) = sync_channel(WAITING + 2);
        let chunk = CHUNK / block_size * block_size;
        let reader = thread::Builder::new()
            .name("anyarchive-read".into())
            .spawn(move || read_all(file, chunk, &full, &empty))
            .ok()?;
        Some(Self {
            chunks: Some(chunks),
            spare,
            reader: Some(reader),
            block_size,
            chunk: Vec::new(),
            block: 0..0,
            taken: 0,
        })
    }
}

/// Reads a file to its end or its first failure, or until nobody wants more.
fn read_all(
    mut file: FileAt,
    len: usize,
    full: &SyncSender<io::Result<Vec<u8>>>,
    empty: &Receiver<Vec<u8>>,
) {
    let mut pending = None;
    loop {
        let mut chunk = empty.try_recv().unwrap_or_default();
        chunk.resize(len, 0);
        let read = fill(&mut file, &mut chunk, &mut pending).map(|count| {
            chunk.truncate(count);
            chunk
        });
        let more = read.as_ref().is_ok_and(|chunk| !chunk.is_empty());
        if full.send(read).is_err() || !more {
            return;
        }
    }
}

impl read::Source for Source {
    fn read_block(&mut self) -> io::Result<&[u8]> {
        if self.block.end == self.chunk.len() {
            self.block = 0..0;
            // It has as many places as there are chunks.
            let _ = self.spare.try_send(std::mem::take(&mut self.chunk));
            // Behind the end, and behind a failure, nobody sends.
            let next = self.chunks.as_ref().and_then(|chunks| chunks.recv().ok());
            self.chunk = next.transpose()?.unwrap_or_default();
        }
        let start = self.block.end;
        self.block = start..self.chunk.len().min(start + self.block_size);
        self.taken += self.block.len() as u64;
        Ok(self.block())
    }

    fn block(&self) -> &[u8] {
        &self.chunk[self.block.clone()]
    }

    fn bytes_read(&self) -> u64 {
        self.taken
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // The thread ends with its next chunk.
        drop(self.chunks.take());
        if let Some(reader) = self.reader.take() {
            // It does not panic.
            let _ = reader.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;
    use crate::{
        Reader, WriteFilter, WriteFormat, Writer, ffi::callbacks::read::Source as _,
        reader::source::Seekable,
    };

    fn file_at(path: &Path) -> FileAt {
        FileAt::new(fs::File::open(path).unwrap().into())
    }

    #[test]
    fn blocks_are_those_of_a_source_that_reads_when_asked() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data");
        for len in [0, 1, 511, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK + 7] {
            let data: Vec<u8> = (0..len).map(|n| (n % 251) as u8).collect();
            fs::write(&path, &data).unwrap();
            for block_size in [512, 64 << 10, 100_000, CHUNK] {
                let mut asked = Seekable::new(fs::File::open(&path).unwrap(), block_size).unwrap();
                let mut ahead = Source::new(file_at(&path), block_size).unwrap();
                loop {
                    let block = ahead.read_block().unwrap();
                    assert!(
                        block == asked.read_block().unwrap(),
                        "{len} by {block_size}"
                    );
                    let ended = block.is_empty();
                    assert!(ahead.block() == asked.block());
                    assert_eq!(ahead.bytes_read(), asked.bytes_read());
                    if ended {
                        break;
                    }
                }
                assert_eq!(ahead.bytes_read(), len as u64);
                assert!(ahead.read_block().unwrap().is_empty());
            }
        }
    }

    #[test]
    fn a_failure_is_told_and_then_it_ends() {
        let directory = tempfile::tempdir().unwrap();
        let unreadable = fs::File::create(directory.path().join("data")).unwrap();
        let mut source = Source::new(FileAt::new(unreadable.into()), 512).unwrap();
        let error = source.read_block().unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EBADF));
        assert!(source.read_block().unwrap().is_empty());
        assert_eq!(source.bytes_read(), 0);
    }

    #[test]
    fn who_stops_asking_does_not_wait() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data");
        fs::write(&path, vec![7; 20 * CHUNK]).unwrap();
        for blocks in [0, 1, 9] {
            let mut source = Source::new(file_at(&path), 64 << 10).unwrap();
            for _ in 0..blocks {
                assert_eq!(source.read_block().unwrap().len(), 64 << 10);
            }
            // Joins the thread, which waits for room.
            drop(source);
        }
    }

    #[test]
    fn long_compressed_files_are_read_ahead_by_several_threads() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive");
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005) + 1;
            (state >> 56) as u8
        };
        let noise: Vec<u8> = (0..3 << 20).map(|_| next()).collect();
        let write = |filter, data: &[u8]| {
            let mut writer = Writer::builder(WriteFormat::Pax);
            if let Some(filter) = filter {
                writer = writer.filter(filter);
            }
            let mut writer = writer.create(&path).unwrap();
            writer.append_bytes("noise", data).unwrap();
            writer.finish().unwrap();
        };
        write(Some(WriteFilter::Bzip2), &noise);
        let plain = Reader::builder();
        assert!(!plain.open(&path).unwrap().read_ahead(1));
        let large = Reader::builder().block_size(CHUNK + 1);
        assert!(!large.open(&path).unwrap().read_ahead(2));
        let mut reader = plain.open(&path).unwrap();
        assert!(reader.read_ahead(2));
        assert_eq!(reader.archive_path(), Some(path.as_path()));
        let mut entry = reader.next_entry().unwrap().unwrap();
        assert!(entry.read_to_vec().unwrap() == noise);
        let mut asked = plain.open(&path).unwrap();
        asked.advance().unwrap();
        assert!(!asked.read_ahead(2));

        write(Some(WriteFilter::Bzip2), &noise[..100]);
        assert!(!plain.open(&path).unwrap().read_ahead(2));
        write(None, &noise);
        assert!(!plain.open(&path).unwrap().read_ahead(2));
    }
}
