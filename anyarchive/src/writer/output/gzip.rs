//! One gzip member, compressed by several threads.

use std::io::{self, Write};

use zlib_rs::crc32::crc32_combine;

use super::{
    blocks::Blocks,
    deflate::{Job, Piece, WINDOW},
    pool::Pool,
};

/// So much is compressed by one thread at once. The output depends on it.
const BLOCK: usize = 256 * 1024;

#[derive(Debug)]
pub(in crate::writer) struct Gzip {
    /// As libarchive writes it, until it is written.
    header: Option<Vec<u8>>,
    pool: Pool,
    /// What comes next: bytes to refer to, and up to a block of data.
    job: Job,
    window: usize,
    /// Of all that was compressed.
    crc: u32,
    size: u32,
}

impl Gzip {
    pub(in crate::writer) fn new(header: Vec<u8>, level: i32, threads: usize) -> Self {
        Self {
            header: Some(header),
            pool: Pool::new(level, threads),
            job: Job::default(),
            window: 0,
            crc: 0,
            size: 0,
        }
    }

    /// Takes bytes of the archive.
    pub(super) fn write(
        &mut self,
        mut bytes: &[u8],
        blocks: &mut Blocks<impl Write>,
    ) -> io::Result<()> {
        while !bytes.is_empty() {
            let room = self.window + BLOCK - self.job.input.len();
            if room == 0 {
                self.compress(false, blocks)?;
                continue;
            }
            let (some, rest) = bytes.split_at(room.min(bytes.len()));
            self.job.input.extend_from_slice(some);
            bytes = rest;
        }
        Ok(())
    }

    /// Writes everything.
    pub(super) fn finish(&mut self, blocks: &mut Blocks<impl Write>) -> io::Result<()> {
        self.compress(true, blocks)?;
        while self.pass(true, blocks)? {}
        blocks.put(&self.crc.to_le_bytes())?;
        blocks.put(&self.size.to_le_bytes())
    }

    /// Has the present block compressed.
    fn compress(&mut self, last: bool, blocks: &mut Blocks<impl Write>) -> io::Result<()> {
        while self.pass(self.pool.is_full(), blocks)? {}
        let mut next = self.pool.job();
        let end = self.job.input.len();
        // A block that is followed by another one is longer than the window.
        next.input
            .extend_from_slice(&self.job.input[end.saturating_sub(WINDOW)..]);
        self.job.pieces.push(Piece {
            data: self.window..end,
            window: self.window,
            last,
        });
        self.window = next.input.len();
        let job = std::mem::replace(&mut self.job, next);
        self.pool.give(job, last)
    }

    /// Passes the oldest block on; whether there was one, which is maybe waited for.
    fn pass(&mut self, wait: bool, blocks: &mut Blocks<impl Write>) -> io::Result<bool> {
        let Some(job) = self.pool.take(wait)? else {
            return Ok(false);
        };
        if let Some(header) = self.header.take() {
            blocks.put(&header)?;
        }
        let mut output = &job.output[..];
        for (piece, made) in job.pieces.iter().zip(&job.made) {
            let len = piece.data.len();
            self.crc = crc32_combine(self.crc, made.crc, len as u64);
            self.size = self.size.wrapping_add(len as u32);
            let (compressed, rest) = output.split_at(made.len);
            blocks.put(compressed)?;
            output = rest;
        }
        self.pool.recycle(job);
        Ok(true)
    }
}
