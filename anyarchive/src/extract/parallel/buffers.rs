//! Memory for data on its way, reused and bounded.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Condvar, Mutex, PoisonError},
};

/// Length of a buffer: files that fit in one are written by one call.
pub(super) const BUFFER: usize = 256 << 10;
/// Buffers that there are at most.
const BUFFERS: usize = 64;

/// All buffers of an extraction.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    spare: Vec<Vec<u8>>,
    used: usize,
    waiting: bool,
}

/// One in use; it goes back when it is dropped.
#[derive(Debug)]
pub(super) struct Buffer {
    data: Vec<u8>,
    home: Arc<Buffers>,
}

impl Buffers {
    /// An empty buffer, if there is one.
    pub(super) fn try_take(self: &Arc<Self>) -> Option<Buffer> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.from(&mut state)
    }

    /// An empty buffer, as soon as there is one.
    pub(super) fn take(self: &Arc<Self>) -> Buffer {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(buffer) = self.from(&mut state) {
                return buffer;
            }
            state.waiting = true;
            let woken = self.freed.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn from(self: &Arc<Self>, state: &mut State) -> Option<Buffer> {
        if state.used == BUFFERS {
            return None;
        }
        state.used += 1;
        let spare = state.spare.pop();
        Some(Buffer {
            data: spare.unwrap_or_else(|| Vec::with_capacity(BUFFER)),
            home: Arc::clone(self),
        })
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut data = std::mem::take(&mut self.data);
        data.clear();
        let state = self.home.state.lock();
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        state.used -= 1;
        state.spare.push(data);
        if std::mem::take(&mut state.waiting) {
            drop(state);
            self.home.freed.notify_all();
        }
    }
}

impl Deref for Buffer {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.data
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.data
    }
}
