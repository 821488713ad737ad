//! An asynchronous source as the thread that reads it sees it.

use std::{
    io::{self, Read, Seek, SeekFrom},
    task::{Context, Poll, ready},
};

use super::{
    bridge::{Line, Protocol, Serve},
    reader::{Answer, Request},
    source::AsyncSource,
};

/// The line of a reader.
pub(super) struct Reading;

impl Protocol for Reading {
    type Request = Request;
    type Answer = Answer;
    type Order = Order;
    type Reply = Reply;
}

pub(super) enum Order {
    /// Fill this buffer; so much of it is.
    Fill {
        buffer: Vec<u8>,
        filled: usize,
    },
    Move(SeekFrom),
}

pub(super) enum Reply {
    /// The buffer comes back, with this many bytes in it.
    Filled(Vec<u8>, io::Result<usize>),
    Moved(io::Result<u64>),
}

impl<S: AsyncSource> Serve<Reading> for S {
    fn poll(&mut self, order: &mut Order, cx: &mut Context<'_>) -> Poll<Reply> {
        match order {
            Order::Move(to) => self.poll_seek(cx, *to).map(Reply::Moved),
            Order::Fill { buffer, filled } => {
                // Whole buffers: the C library wants whole records of some formats in one block.
                let result = loop {
                    let space = &mut buffer[*filled..];
                    let len = space.len();
                    if len == 0 {
                        break Ok(*filled);
                    }
                    match ready!(self.poll_read(cx, space)) {
                        Ok(0) => break Ok(*filled),
                        Ok(count) if count > len => {
                            break Err(io::Error::new(
                                io::ErrorKind::InvalidData,
                                format!("the reader says it read {count} bytes into {len}"),
                            ));
                        }
                        Ok(count) => *filled += count,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        // The source is asked no more, so what came before is of no use.
                        Err(error) => break Err(error),
                    }
                };
                Poll::Ready(Reply::Filled(std::mem::take(buffer), result))
            }
        }
    }
}

/// The source as the thread sees it.
pub(super) struct Remote<'l> {
    line: &'l Line<Reading>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl<'l> Remote<'l> {
    /// `size` is that of one piece, in bytes.
    pub(super) fn new(line: &'l Line<Reading>, size: usize) -> Self {
        Self {
            line,
            buffer: vec![0; size.max(1)],
            start: 0,
            end: 0,
        }
    }
}

fn out_of_step<T>() -> io::Result<T> {
    Err(io::Error::other("the asynchronous reader is out of step"))
}

impl Read for Remote<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end {
            let buffer = std::mem::take(&mut self.buffer);
            let order = Order::Fill { buffer, filled: 0 };
            let Reply::Filled(buffer, filled) = self.line.order(order)? else {
                return out_of_step();
            };
            self.buffer = buffer;
            (self.start, self.end) = (0, filled?);
        }
        let len = out.len().min(self.end - self.start);
        out[..len].copy_from_slice(&self.buffer[self.start..self.start + len]);
        self.start += len;
        Ok(len)
    }
}

impl Seek for Remote<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        // The source is ahead by what is left here.
        let to = match to {
            SeekFrom::Current(by) => {
                SeekFrom::Current(by.saturating_sub((self.end - self.start) as i64))
            }
            to => to,
        };
        (self.start, self.end) = (0, 0);
        match self.line.order(Order::Move(to))? {
            Reply::Moved(position) => position,
            Reply::Filled(..) => out_of_step(),
        }
    }
}
