//! Blocks of one size for the sink, as libarchive makes them where nothing comes behind it.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use super::Shape;
use crate::ffi::callbacks::write::write_some;

pub(super) struct Blocks<S> {
    sink: S,
    shape: Shape,
    /// Less than a block.
    buffer: Vec<u8>,
    /// Who tells progress looks at it, too, while the sink is lent.
    written: Arc<AtomicU64>,
}

impl<S> Blocks<S> {
    pub(super) fn new(sink: S, shape: Shape) -> Self {
        Self {
            sink,
            shape,
            buffer: Vec::new(),
            written: Arc::default(),
        }
    }

    pub(super) fn sink(&self) -> &S {
        &self.sink
    }

    pub(super) fn into_sink(self) -> S {
        self.sink
    }

    pub(super) fn written(&self) -> &Arc<AtomicU64> {
        &self.written
    }
}

impl<S: Write> Blocks<S> {
    /// One `write` of the sink, as it is; whether the count can be true is looked at by who calls.
    pub(super) fn pass(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.sink.write(bytes)?;
        self.written
            .fetch_add(count.min(bytes.len()) as u64, Relaxed);
        Ok(count)
    }
}

impl<S: Write> Blocks<S> {
    /// Takes bytes; the sink gets those that fill blocks.
    pub(super) fn put(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if !self.buffer.is_empty() {
            let room = self.shape.block - self.buffer.len();
            let (some, rest) = bytes.split_at(room.min(bytes.len()));
            self.buffer.extend_from_slice(some);
            bytes = rest;
            if self.buffer.len() == self.shape.block {
                self.empty()?;
            }
        }
        while bytes.len() >= self.shape.block {
            let (block, rest) = bytes.split_at(self.shape.block);
            write_all(&mut self.sink, &self.written, block)?;
            bytes = rest;
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    /// Writes the last block, with zeros behind it.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        let padded = self.buffer.len().next_multiple_of(self.shape.padding);
        self.buffer.resize(padded, 0);
        self.empty()
    }

    fn empty(&mut self) -> io::Result<()> {
        write_all(&mut self.sink, &self.written, &self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

fn write_all(sink: &mut impl Write, written: &AtomicU64, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let count = write_some(sink, bytes)?;
        written.fetch_add(count as u64, Relaxed);
        bytes = &bytes[count..];
    }
    Ok(())
}
