//! Stopping work from another thread.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Stops an extraction from anywhere: clones stand for the same thing.
///
/// # Examples
///
/// ```
/// use anyarchive::{CancelToken, ErrorKind, Extractor, Reader};
///
/// # let dir = tempfile::tempdir()?;
/// # let out = dir.path();
/// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
/// let token = CancelToken::new();
/// let for_a_signal = token.clone();
/// std::thread::spawn(move || for_a_signal.cancel()).join().expect("no panic");
/// let stopped = Extractor::new().cancel_token(&token).extract(&mut Reader::from_bytes(archive)?, out);
/// assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Cancelled);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// One that stops nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops what has this token, at the next entry or piece of data; it answers
    /// [`Cancelled`](crate::ErrorKind::Cancelled). A source that never answers is not interrupted.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
