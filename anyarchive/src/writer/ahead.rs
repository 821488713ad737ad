//! Looking up and reading files on another thread, ahead of the one that writes.

use std::{
    io,
    ops::Range,
    panic::resume_unwind,
    sync::{
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
};

use super::{
    disk::{Chunk, Content, Ended},
    session::COPY,
};
use crate::{DiskData, DiskEntry, EntryBuf, Error, Result, Walk, disk::Piece};

/// Bytes that wait together.
const BATCH: usize = 4 * COPY;
/// Messages that wait together.
const MESSAGES: usize = 64;
/// Batches that wait at most.
const WAITING: usize = 8;

/// What was found, in the order of the walk.
enum Message {
    Problem(Error),
    /// What follows is its content, if it has one, to its end.
    Entry(EntryBuf, bool),
    /// Where it is in the batch.
    Data(Range<usize>),
    Hole(u64),
    Failed(io::Error),
    End(Ended),
}

#[derive(Default)]
struct Batch {
    data: Vec<u8>,
    used: usize,
    messages: Vec<Message>,
}

/// What one side knows of the other.
#[derive(Default)]
struct Shared {
    /// The entry, counted from 1, whose content nobody wants.
    refused: AtomicU64,
}

/// Walks on another thread, and calls `each` on this one with all that was found until that fails;
/// `None` if the system has no thread to give.
pub(super) fn read(
    walk: &mut Walk,
    mut each: impl FnMut(Result<(EntryBuf, Option<Reading<'_, '_>>)>) -> Result<()>,
) -> Option<Result<()>> {
    let shared = Shared::default();
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(WAITING);
        let (spare, used) = mpsc::channel();
        let shared = &shared;
        let walker = Walker {
            shared,
            sender,
            used,
            batch: Batch::default(),
            entries: 0,
        };
        let builder = thread::Builder::new().name("anyarchive-walk".to_owned());
        let started = builder.spawn_scoped(scope, move || walker.run(walk)).ok()?;
        let mut found = Found {
            shared,
            receiver,
            spare,
            data: Vec::new(),
            messages: Vec::new().into_iter(),
            entries: 0,
        };
        let result = found.all(&mut each);
        // The walk ends when nobody listens.
        drop(found);
        started.join().unwrap_or_else(|panic| resume_unwind(panic));
        Some(result)
    })
}

/// The thread that reads.
struct Walker<'s> {
    shared: &'s Shared,
    sender: mpsc::SyncSender<Batch>,
    /// Batches to use again.
    used: mpsc::Receiver<Batch>,
    batch: Batch,
    entries: u64,
}

/// Nobody listens any more.
struct Unheard;

impl Walker<'_> {
    fn run(mut self, walk: &mut Walk) {
        for found in walk {
            let told = match found {
                Ok(found) => self.tell_all(found),
                Err(error) => self.tell(Message::Problem(error)),
            };
            if told.is_err() {
                return;
            }
        }
        let _ = self.send();
    }

    fn tell_all(&mut self, found: DiskEntry) -> Result<(), Unheard> {
        self.entries += 1;
        let (entry, data) = found.into_parts();
        self.tell(Message::Entry(entry, data.is_some()))?;
        match data {
            Some(data) => self.read(data),
            None => Ok(()),
        }
    }

    fn read(&mut self, mut data: DiskData) -> Result<(), Unheard> {
        while self.shared.refused.load(Ordering::Relaxed) != self.entries {
            let room = data.missing().min(COPY as u64) as usize;
            if BATCH - self.batch.used < room {
                self.send()?;
            }
            self.batch.data.resize(BATCH, 0);
            let start = self.batch.used;
            match data.next_piece(&mut self.batch.data[start..start + room]) {
                Ok(Piece::Data(count)) => {
                    self.batch.used += count;
                    self.tell(Message::Data(start..start + count))?;
                }
                Ok(Piece::Hole(len)) => self.tell(Message::Hole(len))?,
                Ok(Piece::End) => break,
                Err(error) => {
                    self.tell(Message::Failed(error))?;
                    break;
                }
            }
        }
        self.tell(Message::End(Ended::of(&data)))
    }

    fn tell(&mut self, message: Message) -> Result<(), Unheard> {
        self.batch.messages.push(message);
        match self.batch.messages.len() < MESSAGES {
            true => Ok(()),
            false => self.send(),
        }
    }

    fn send(&mut self) -> Result<(), Unheard> {
        let next = self.used.try_recv().unwrap_or_default();
        let batch = std::mem::replace(&mut self.batch, next);
        self.sender.send(batch).map_err(|_| Unheard)
    }
}

/// The side that writes.
struct Found<'s> {
    shared: &'s Shared,
    receiver: mpsc::Receiver<Batch>,
    spare: mpsc::Sender<Batch>,
    data: Vec<u8>,
    messages: std::vec::IntoIter<Message>,
    entries: u64,
}

impl Found<'_> {
    fn all(
        &mut self,
        each: &mut impl FnMut(Result<(EntryBuf, Option<Reading<'_, '_>>)>) -> Result<()>,
    ) -> Result<()> {
        while let Some(message) = self.next() {
            match message {
                Message::Problem(error) => each(Err(error))?,
                Message::Entry(entry, has_content) => {
                    self.entries += 1;
                    let mut is_read = !has_content;
                    let reading = has_content.then_some(Reading {
                        found: self,
                        is_read: &mut is_read,
                        ended: None,
                    });
                    each(Ok((entry, reading)))?;
                    if !is_read {
                        self.shared.refused.store(self.entries, Ordering::Relaxed);
                    }
                }
                // Of an entry that was refused.
                _ => {}
            }
        }
        Ok(())
    }

    fn next(&mut self) -> Option<Message> {
        loop {
            if let Some(message) = self.messages.next() {
                return Some(message);
            }
            let batch = self.receiver.recv().ok()?;
            let data = std::mem::replace(&mut self.data, batch.data);
            self.messages = batch.messages.into_iter();
            let spare = Batch {
                data,
                ..Batch::default()
            };
            // The walk may be at its end.
            let _ = self.spare.send(spare);
        }
    }
}

/// The content of a file, as it comes.
pub(super) struct Reading<'f, 's> {
    found: &'f mut Found<'s>,
    is_read: &'f mut bool,
    ended: Option<Ended>,
}

impl Content for Reading<'_, '_> {
    fn next(&mut self) -> io::Result<Chunk<'_>> {
        if *self.is_read {
            return Ok(Chunk::End);
        }
        match self.found.next() {
            Some(Message::Data(range)) => Ok(Chunk::Data(&self.found.data[range])),
            Some(Message::Hole(len)) => Ok(Chunk::Hole(len)),
            Some(Message::Failed(error)) => Err(error),
            Some(Message::End(ended)) => {
                *self.is_read = true;
                self.ended = Some(ended);
                Ok(Chunk::End)
            }
            // It panicked, which comes out when all is over.
            _ => Err(io::Error::other("the thread that reads ended")),
        }
    }

    fn end(mut self) -> Ended {
        if !*self.is_read {
            // Behind a failure there is the end and nothing else.
            let _ = self.next();
        }
        self.ended.unwrap_or_else(Ended::lost)
    }
}
