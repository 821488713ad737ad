//! Threads that write files, and what they share with who has the order.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc::Receiver},
};

use super::{
    Done, Elsewhere, End, Job,
    buffers::{Buffer, Buffers},
};
use crate::{
    Format,
    extract::{
        apply::{NewFile, Restorer},
        halt::Halt,
        policy::Policy,
        pour::Sink as _,
    },
};

/// Jobs in the air at most: each keeps its directory open.
pub(in crate::extract) const MAX_JOBS: usize = 128;

/// A piece of a file's data.
pub(in crate::extract) struct Piece {
    pub(super) offset: u64,
    pub(super) data: Buffer,
}

/// How the data of a file ends.
pub(in crate::extract) struct Tail {
    pub(super) length: u64,
    /// `None`: nobody wants the file any more.
    pub(super) data: Option<Result<(), Halt>>,
}

/// The data of a job.
pub(in crate::extract) enum Feed {
    Whole(Option<Piece>, Tail),
    /// Piece by piece; the tail comes last.
    Stream(Receiver<Result<Piece, Tail>>),
    /// By another reader, which asks for the next entry so often, of a file with so many bytes.
    Elsewhere {
        asked: u64,
        size: u64,
    },
}

/// The queue, and what comes back.
pub(in crate::extract) struct Pool<'x> {
    pub(super) buffers: Arc<Buffers>,
    elsewhere: Option<Elsewhere<'x>>,
    state: Mutex<State>,
    /// There is something in the queue, or there will be nothing more.
    work: Condvar,
    /// A job is done.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<(Job, Feed)>,
    done: Vec<Done>,
    idle: usize,
    /// Somebody waits for `changed`.
    awaited: bool,
    closed: bool,
}

/// Ends the threads of a pool when it is dropped: they finish what is in the queue.
pub(in crate::extract) struct Close<'p, 'x>(pub(in crate::extract) &'p Pool<'x>);

impl Drop for Close<'_, '_> {
    fn drop(&mut self) {
        self.0.state().closed = true;
        self.0.work.notify_all();
    }
}

impl<'x> Pool<'x> {
    pub(in crate::extract) fn new(elsewhere: Option<Elsewhere<'x>>) -> Self {
        Self {
            buffers: Arc::default(),
            elsewhere,
            state: Mutex::default(),
            work: Condvar::new(),
            changed: Condvar::new(),
        }
    }

    /// Nothing panics while it is locked.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works until the pool is closed and the queue empty.
    pub(in crate::extract) fn work(&self, policy: &Policy) {
        let mut restorer = Restorer::new(policy);
        let mut state = self.state();
        loop {
            if let Some((job, feed)) = state.queue.pop_front() {
                drop(state);
                self.run(job, feed, policy, &mut restorer);
                state = self.state();
            } else if state.closed {
                return;
            } else {
                state.idle += 1;
                let woken = self.work.wait(state);
                state = woken.unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
            }
        }
    }

    /// Whether another reader than the one that has the order gets at an entry as fast.
    pub(in crate::extract) fn reads_elsewhere(&self, format: Option<Format>) -> bool {
        let elsewhere = self.elsewhere.as_ref();
        elsewhere.is_some_and(|elsewhere| elsewhere.skips_in(format))
    }

    pub(in crate::extract) fn submit(&self, job: Job, feed: Feed) {
        let mut state = self.state();
        state.queue.push_back((job, feed));
        if state.idle > 0 {
            drop(state);
            self.work.notify_one();
        }
    }

    /// A job is done.
    pub(in crate::extract) fn post(&self, done: Done) {
        let mut state = self.state();
        state.done.push(done);
        if std::mem::take(&mut state.awaited) {
            drop(state);
            self.changed.notify_all();
        }
    }

    /// What is done by now.
    pub(in crate::extract) fn done(&self) -> Vec<Done> {
        std::mem::take(&mut self.state().done)
    }

    /// What is done, as soon as that is anything. Meanwhile this thread works, too.
    pub(in crate::extract) fn wait_done(
        &self,
        policy: &Policy,
        restorer: &mut Restorer,
    ) -> Vec<Done> {
        loop {
            let mut state = self.state();
            if !state.done.is_empty() {
                return std::mem::take(&mut state.done);
            }
            if let Some((job, feed)) = state.queue.pop_front() {
                drop(state);
                self.run(job, feed, policy, restorer);
            } else {
                state.awaited = true;
                drop(self.changed.wait(state));
            }
        }
    }

    /// An empty buffer. As long as all are in use, this thread works, too.
    pub(super) fn buffer(&self, policy: &Policy, restorer: &mut Restorer) -> Buffer {
        loop {
            if let Some(buffer) = self.buffers.try_take() {
                return buffer;
            }
            let next = self.state().queue.pop_front();
            match next {
                Some((job, feed)) => self.run(job, feed, policy, restorer),
                None => return self.buffers.take(),
            }
        }
    }

    fn run(&self, job: Job, feed: Feed, policy: &Policy, restorer: &mut Restorer) {
        let number = job.number;
        // Unwind safety: what a job leaves behind is its file, which is removed.
        let end = catch_unwind(AssertUnwindSafe(|| {
            let written = match (feed, &self.elsewhere) {
                (Feed::Elsewhere { asked, size }, Some(elsewhere)) => {
                    elsewhere.read(asked, size, &job, policy)
                }
                (feed, _) => write(job.create(policy), feed),
            };
            match written {
                (Ok(file), Some(data)) => job.finish(file, data, policy, restorer),
                (Ok(_), None) => End::Abandoned,
                (Err(halt), _) => End::Halted(job, halt),
            }
        }));
        let end = end.unwrap_or_else(End::Panicked);
        self.post(Done { number, end });
    }
}

/// How the writing of a file ended, and how its data; nobody wants the file if that is `None`.
pub(super) type Written = (Result<NewFile, Halt>, Option<Result<(), Halt>>);

/// Writes the data of a file.
fn write(file: Result<NewFile, Halt>, feed: Feed) -> Written {
    let mut file = match file {
        Ok(file) => file,
        Err(halt) => return (Err(halt), None),
    };
    let mut put = |piece: Piece| file.put(piece.offset, &piece.data);
    let tail = match feed {
        Feed::Whole(piece, tail) => piece.map_or(Ok(()), put).map(|()| Some(tail)),
        Feed::Stream(pieces) => loop {
            match pieces.recv() {
                Ok(Ok(piece)) => {
                    if let Err(halt) = put(piece) {
                        break Err(halt);
                    }
                }
                Ok(Err(tail)) => break Ok(Some(tail)),
                // Who has the order panics.
                Err(_) => break Ok(None),
            }
        },
        // Only a pool with readers gets this.
        Feed::Elsewhere { .. } => Ok(None),
    };
    match tail {
        Ok(Some(tail)) => match file.lengthen(tail.length) {
            Ok(()) => (Ok(file), tail.data),
            Err(halt) => (Err(halt), None),
        },
        Ok(None) => (Ok(file), None),
        Err(halt) => (Err(halt), None),
    }
}
