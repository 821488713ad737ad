//! What decoders have decoded ahead, in bounds.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

/// Length of a chunk in bytes.
pub(super) const CHUNK: usize = 256 << 10;
/// Chunks that there are at most, but for one or two of the part that is wanted now: 28 MiB, a block
/// of `xz -6` beside the one that is being given.
const CHUNKS: usize = 112;

/// A piece of decoded data.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) data: Vec<u8>,
    /// Where in the file the decoder has been with it.
    pub(super) read: u64,
}

/// A part failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failed;

/// The parts that decoders are at, and what they have decoded.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// The part that is wanted has something.
    filled: Condvar,
    /// There is room for more chunks.
    room: Condvar,
}

#[derive(Debug, Default)]
struct State {
    parts: usize,
    /// The first part that no decoder has claimed.
    unclaimed: usize,
    /// The part that is wanted now.
    wanted: usize,
    /// From `wanted` on, those that were claimed.
    claimed: VecDeque<Decoded>,
    spare: Vec<Vec<u8>>,
    chunks: usize,
    closed: bool,
}

#[derive(Debug, Default)]
struct Decoded {
    chunks: VecDeque<Chunk>,
    end: Option<Result<(), Failed>>,
}

impl State {
    fn decoded(&mut self, index: usize) -> Option<&mut Decoded> {
        self.claimed.get_mut(index.checked_sub(self.wanted)?)
    }

    fn has_room(&mut self, index: usize) -> bool {
        // Whatever the others have filled, the part that is wanted goes on.
        self.chunks < CHUNKS
            || index == self.wanted
                && self
                    .decoded(index)
                    .is_some_and(|decoded| decoded.chunks.is_empty())
    }
}

impl Queue {
    pub(super) fn new(parts: usize) -> Self {
        Self {
            state: Mutex::new(State {
                parts,
                // In one place, and not between the windows of decoders, which come and go.
                spare: (0..CHUNKS).map(|_| Vec::with_capacity(CHUNK)).collect(),
                ..State::default()
            }),
            filled: Condvar::new(),
            room: Condvar::new(),
        }
    }

    /// Nothing panics while it is locked.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next part, for a decoder; `None` when there is none, or none is wanted any more.
    pub(super) fn claim(&self) -> Option<Claim<'_>> {
        let mut state = self.state();
        if state.closed || state.unclaimed == state.parts {
            return None;
        }
        let index = state.unclaimed;
        state.unclaimed += 1;
        state.claimed.push_back(Decoded::default());
        Some(Claim {
            queue: self,
            index,
            end: Err(Failed),
        })
    }

    /// Takes a chunk back.
    pub(super) fn recycle(&self, mut chunk: Chunk) {
        chunk.data.clear();
        let mut state = self.state();
        state.spare.push(chunk.data);
        state.chunks -= 1;
        self.room.notify_all();
    }

    /// The next chunk of all; `None` behind the last part.
    pub(super) fn next(&self) -> Result<Option<Chunk>, Failed> {
        let mut state = self.state();
        while state.wanted < state.parts {
            if let Some(decoded) = state.claimed.front_mut() {
                if let Some(chunk) = decoded.chunks.pop_front() {
                    return Ok(Some(chunk));
                }
                match decoded.end {
                    Some(Ok(())) => {
                        state.claimed.pop_front();
                        state.wanted += 1;
                        self.room.notify_all();
                        continue;
                    }
                    Some(Err(Failed)) => return Err(Failed),
                    // A decoder of it waits for room when it saw its last chunk still here.
                    None => self.room.notify_all(),
                }
            }
            let woken = self.filled.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
        Ok(None)
    }

    /// No more parts are wanted.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.room.notify_all();
    }
}

/// A part in the hands of a decoder; it failed unless it is finished.
pub(super) struct Claim<'q> {
    queue: &'q Queue,
    index: usize,
    end: Result<(), Failed>,
}

impl Claim<'_> {
    pub(super) fn index(&self) -> usize {
        self.index
    }

    /// An empty chunk, as soon as there is one; `None` when the part is not wanted any more.
    pub(super) fn chunk(&self) -> Option<Chunk> {
        let mut state = self.queue.state();
        while !state.closed {
            if state.has_room(self.index) {
                state.chunks += 1;
                let data = state.spare.pop();
                return Some(Chunk {
                    data: data.unwrap_or_else(|| Vec::with_capacity(CHUNK)),
                    read: 0,
                });
            }
            let woken = self.queue.room.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
        None
    }

    pub(super) fn push(&self, chunk: Chunk) {
        let mut state = self.queue.state();
        let wanted = self.index == state.wanted;
        if let Some(decoded) = state.decoded(self.index) {
            decoded.chunks.push_back(chunk);
        }
        drop(state);
        if wanted {
            self.queue.filled.notify_one();
        }
    }

    /// All of it was decoded.
    pub(super) fn finish(mut self) {
        self.end = Ok(());
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let end = self.end;
        if let Some(decoded) = self.queue.state().decoded(self.index) {
            decoded.end = Some(end);
        }
        self.queue.filled.notify_one();
    }
}
