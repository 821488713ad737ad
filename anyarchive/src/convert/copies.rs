//! Data that is kept for further names of a file, in formats without hard links.

use std::{
    collections::HashMap,
    fmt,
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
};

use tempfile::SpooledTempFile;

use crate::{Entry, Error, Result, writer::Blocks};

/// Up to here it waits in memory, not on disk.
const IN_MEMORY: usize = 1 << 20;
/// How much is read at once.
const BLOCK: usize = 64 * 1024;

/// The data of all files so far, without holes.
pub(super) struct Copies {
    spool: SpooledTempFile,
    /// Its length.
    end: u64,
    files: Vec<Kept>,
    /// The files by their names in the old archive.
    names: HashMap<Vec<u8>, usize>,
}

impl fmt::Debug for Copies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Copies")
            .field("names", &self.names.len())
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

/// Where the data of a file is.
#[derive(Debug, Default)]
struct Kept {
    size: u64,
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    /// In the file.
    offset: u64,
    /// In the spool.
    at: u64,
    len: u64,
}

fn cannot(error: io::Error) -> Error {
    Error::io("cannot use a temporary file", error)
}

impl Copies {
    pub(super) fn new() -> Self {
        Self {
            spool: SpooledTempFile::new(IN_MEMORY),
            end: 0,
            files: Vec::new(),
            names: HashMap::new(),
        }
    }

    /// A file of this name in the old archive, and its size.
    pub(super) fn find(&self, name: &[u8]) -> Option<(usize, u64)> {
        let &file = self.names.get(name)?;
        Some((file, self.files[file].size))
    }

    /// A name that is no longer one of these.
    pub(super) fn forget(&mut self, name: &[u8]) {
        self.names.remove(name);
    }

    /// Another name of a file.
    pub(super) fn name(&mut self, name: Vec<u8>, file: usize) {
        self.names.insert(name, file);
    }

    /// Data that is kept while it passes.
    pub(super) fn record<'r, 'e>(&'r mut self, entry: &'r mut Entry<'e>) -> Recorder<'r, 'e> {
        Recorder {
            entry,
            copies: self,
            kept: Kept::default(),
        }
    }

    /// The data of a file again; `bytes_read` are those of the old archive so far.
    pub(super) fn replay(&mut self, file: usize, bytes_read: u64) -> Replay<'_> {
        Replay {
            spool: &mut self.spool,
            kept: &self.files[file],
            piece: 0,
            done: 0,
            bytes_read,
            buffer: Vec::new(),
        }
    }

    fn push(&mut self, kept: &mut Kept, offset: u64, data: &[u8]) -> io::Result<()> {
        let len = data.len() as u64;
        kept.size = kept.size.max(offset + len);
        if data.is_empty() {
            return Ok(());
        }
        self.spool.seek(SeekFrom::Start(self.end))?;
        self.spool.write_all(data)?;
        match kept.pieces.last_mut() {
            Some(last) if last.offset + last.len == offset && last.at + last.len == self.end => {
                last.len += len;
            }
            _ => kept.pieces.push(Piece {
                offset,
                at: self.end,
                len,
            }),
        }
        self.end += len;
        Ok(())
    }
}

/// See [`Copies::record`].
pub(super) struct Recorder<'r, 'e> {
    entry: &'r mut Entry<'e>,
    copies: &'r mut Copies,
    kept: Kept,
}

impl Recorder<'_, '_> {
    /// All of it has passed, and this is its name.
    pub(super) fn keep(self, name: Vec<u8>) {
        let file = self.copies.files.len();
        self.copies.files.push(self.kept);
        self.copies.name(name, file);
    }
}

impl Blocks for Recorder<'_, '_> {
    fn next_block(&mut self) -> Result<Option<(u64, &[u8])>> {
        let Some(block) = self.entry.next_block()? else {
            return Ok(None);
        };
        self.copies
            .push(&mut self.kept, block.offset(), block.data())
            .map_err(cannot)?;
        Ok(Some((block.offset(), block.data())))
    }

    fn archive_bytes_read(&self) -> u64 {
        self.entry.archive_bytes_read()
    }
}

/// See [`Copies::replay`].
pub(super) struct Replay<'c> {
    spool: &'c mut SpooledTempFile,
    kept: &'c Kept,
    piece: usize,
    /// Of this piece.
    done: u64,
    bytes_read: u64,
    buffer: Vec<u8>,
}

impl Blocks for Replay<'_> {
    fn next_block(&mut self) -> Result<Option<(u64, &[u8])>> {
        let Some(piece) = self.kept.pieces.get(self.piece) else {
            // A hole at the end is told once.
            let last = self
                .kept
                .pieces
                .last()
                .map_or(0, |last| last.offset + last.len);
            let has_hole = self.piece == self.kept.pieces.len() && last < self.kept.size;
            self.piece = usize::MAX;
            return Ok(has_hole.then_some((self.kept.size, &[])));
        };
        // At most a block.
        let len = (piece.len - self.done).min(BLOCK as u64);
        self.buffer.resize(len as usize, 0);
        self.spool
            .seek(SeekFrom::Start(piece.at + self.done))
            .and_then(|_| self.spool.read_exact(&mut self.buffer))
            .map_err(cannot)?;
        let offset = piece.offset + self.done;
        self.done += len;
        if self.done == piece.len {
            self.piece += 1;
            self.done = 0;
        }
        Ok(Some((offset, &self.buffer)))
    }

    fn archive_bytes_read(&self) -> u64 {
        self.bytes_read
    }
}
