//! Deflate in pieces, which make one stream when they are put one behind the other.

use std::{io, ops::Range};

use zlib_rs::{Deflate, DeflateFlush, Status, crc32::crc32};

/// How far back a stream can refer.
pub(super) const WINDOW: usize = 32 * 1024;

/// Data of one stream that is compressed by itself.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// Where it is in the input of its job.
    pub(super) data: Range<usize>,
    /// How many bytes before it are of the same stream, to refer to.
    pub(super) window: usize,
    /// The stream ends with it; the others end at a byte.
    pub(super) last: bool,
}

/// What came of a piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made {
    /// Compressed bytes.
    pub(super) len: usize,
    /// Checksum of the data.
    pub(super) crc: u32,
}

/// Pieces for one thread.
#[derive(Debug, Default)]
pub(super) struct Job {
    pub(super) input: Vec<u8>,
    pub(super) pieces: Vec<Piece>,
    /// The compressed pieces.
    pub(super) output: Vec<u8>,
    /// One for each piece.
    pub(super) made: Vec<Made>,
}

impl Job {
    /// Makes it as new, but for its memory.
    pub(super) fn clear(&mut self) {
        self.input.clear();
        self.pieces.clear();
        self.output.clear();
        self.made.clear();
    }
}

impl Job {
    pub(super) fn run(&mut self, level: i32) -> io::Result<()> {
        for piece in &self.pieces {
            let data = &self.input[piece.data.clone()];
            let window = &self.input[piece.data.start - piece.window..piece.data.start];
            let before = self.output.len();
            compress(level, window, data, piece.last, &mut self.output)?;
            self.made.push(Made {
                len: self.output.len() - before,
                crc: crc32(0, data),
            });
        }
        Ok(())
    }
}

/// Puts the compressed data behind what is in `output`.
fn compress(
    level: i32,
    window: &[u8],
    mut data: &[u8],
    last: bool,
    output: &mut Vec<u8>,
) -> io::Result<()> {
    let failed = |_| io::Error::other("the compression failed");
    // A new one each time: after a reset the bytes depend a little on what it had before. No header,
    // and the largest window.
    let mut deflate = Deflate::new(level, false, 15);
    if !window.is_empty() {
        deflate.set_dictionary(window).map_err(failed)?;
    }
    let flush = match last {
        true => DeflateFlush::Finish,
        false => DeflateFlush::SyncFlush,
    };
    let mut filled = output.len();
    loop {
        // Enough, unless what cannot be compressed takes more than it should.
        output.resize(filled + data.len() + data.len() / 8 + 256, 0);
        let (taken, made) = (deflate.total_in(), deflate.total_out());
        let status = deflate.compress(data, &mut output[filled..], flush);
        // No more than the lengths of the two slices.
        let taken = (deflate.total_in() - taken) as usize;
        let made = (deflate.total_out() - made) as usize;
        data = &data[taken..];
        filled += made;
        let has_room = filled < output.len();
        let is_done = match status.map_err(failed)? {
            Status::StreamEnd => true,
            _ => !last && data.is_empty() && has_room,
        };
        if is_done {
            output.truncate(filled);
            return Ok(());
        }
        if has_room && taken == 0 && made == 0 {
            return Err(io::Error::other("the compression does not end"));
        }
    }
}
