//! The data of a file on its way to a pool.

use std::sync::mpsc::{Sender, channel};

use super::{
    Job, Pool,
    buffers::{BUFFER, Buffer},
    pool::{Feed, Piece, Tail},
};
use crate::extract::{apply::Restorer, halt::Halt, policy::Policy, pour::Sink};

/// Collects the data of a small file before its job is submitted; a longer one is submitted when
/// the first buffer is full.
pub(in crate::extract) struct Parcel<'p, 'x> {
    pool: &'p Pool<'x>,
    policy: &'p Policy,
    restorer: &'p mut Restorer,
    /// Until it is submitted.
    job: Option<Job>,
    piece: Option<Piece>,
    stream: Option<Sender<Result<Piece, Tail>>>,
    length: u64,
    refused: bool,
}

impl<'p, 'x> Parcel<'p, 'x> {
    pub(in crate::extract) fn new(
        job: Job,
        pool: &'p Pool<'x>,
        policy: &'p Policy,
        restorer: &'p mut Restorer,
    ) -> Self {
        Self {
            pool,
            policy,
            restorer,
            job: Some(job),
            piece: None,
            stream: None,
            length: 0,
            refused: false,
        }
    }

    /// Whether the writing failed, so that more data is of no use.
    pub(in crate::extract) fn is_refused(&self) -> bool {
        self.refused
    }

    /// All data is here; `None` if nobody wants the file any more.
    pub(in crate::extract) fn finish(mut self, data: Option<Result<(), Halt>>) {
        let length = self.length;
        let tail = Tail { length, data };
        if let Some(job) = self.job.take() {
            self.pool.submit(job, Feed::Whole(self.piece.take(), tail));
        } else if let Some(stream) = &self.stream {
            // When nobody receives it, something was told already.
            let piece = self.piece.take();
            if piece.is_none_or(|piece| stream.send(Ok(piece)).is_ok()) {
                let _ = stream.send(Err(tail));
            }
        }
    }

    /// Sends the piece that there is; a job begins with its first one.
    fn send(&mut self) -> Result<(), Halt> {
        let Some(piece) = self.piece.take() else {
            return Ok(());
        };
        if let Some(job) = self.job.take() {
            let (sender, receiver) = channel();
            self.pool.submit(job, Feed::Stream(receiver));
            self.stream = Some(sender);
        }
        if let Some(stream) = &self.stream
            && stream.send(Ok(piece)).is_err()
        {
            self.refused = true;
            return Err(Halt::contended());
        }
        Ok(())
    }

    fn buffer(&mut self) -> Buffer {
        if self.stream.is_some() {
            // Its job may be the next in the queue, and waits for this thread.
            self.pool.buffers.take()
        } else {
            self.pool.buffer(self.policy, self.restorer)
        }
    }
}

impl Sink for Parcel<'_, '_> {
    fn put(&mut self, mut offset: u64, mut data: &[u8]) -> Result<(), Halt> {
        while !data.is_empty() {
            let fits = self.piece.as_ref().is_some_and(|piece| {
                piece.offset + piece.data.len() as u64 == offset && piece.data.len() < BUFFER
            });
            if !fits {
                self.send()?;
                let data = self.buffer();
                self.piece = Some(Piece { offset, data });
            }
            let Some(piece) = &mut self.piece else {
                continue;
            };
            let count = data.len().min(BUFFER - piece.data.len());
            piece.data.extend_from_slice(&data[..count]);
            offset += count as u64;
            data = &data[count..];
        }
        Ok(())
    }

    fn lengthen(&mut self, length: u64) -> Result<(), Halt> {
        self.length = length;
        Ok(())
    }
}
