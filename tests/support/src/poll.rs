//! Futures that are given up.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
    thread,
};

/// Polls a future this many times, and drops it if it is not done then.
pub fn poll_some<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..times {
        if let Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return Some(value);
        }
        thread::yield_now();
    }
    None
}
