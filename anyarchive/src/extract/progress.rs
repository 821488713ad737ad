//! How far an extraction has come, and whether it is to go on.

use std::{borrow::Cow, path::Path};

#[cfg(unix)]
pub(super) use self::meter::Meter;
use crate::entry::path_from_bytes;

/// What a callback wants to happen next.
///
/// # Examples
///
/// ```
/// use anyarchive::{ErrorKind, Extractor, Flow, Reader};
///
/// # let dir = tempfile::tempdir()?;
/// # let out = dir.path();
/// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
/// let mut extractor = Extractor::new().on_progress(|_| Flow::Stop);
/// let stopped = extractor.extract(&mut Reader::from_bytes(archive)?, out);
/// assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Cancelled);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flow {
    /// Go on.
    Continue,
    /// Stop now: the file being written is removed, and the call answers
    /// [`Cancelled`](crate::ErrorKind::Cancelled).
    Stop,
}

/// How far an extraction has come: told at the start of every entry, and within it after about every
/// MiB that was written.
///
/// # Examples
///
/// ```
/// use anyarchive::{Extractor, Flow, Reader};
///
/// # let dir = tempfile::tempdir()?;
/// # let out = dir.path();
/// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
/// let mut extractor = Extractor::new().on_progress(|progress| {
///     let total = progress.total_bytes().unwrap_or(0);
///     println!("{} of {total}: {}", progress.bytes_read(), progress.path().display());
///     Flow::Continue
/// });
/// extractor.extract(&mut Reader::from_bytes(archive)?, out)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    pub(super) bytes_read: u64,
    pub(super) total_bytes: Option<u64>,
    pub(super) bytes_written: u64,
    pub(super) entries: u64,
    pub(super) path: &'a [u8],
}

impl<'a> Progress<'a> {
    /// Bytes that the archive's source has given so far; see
    /// [`Reader::bytes_read`](crate::Reader::bytes_read).
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Length of the archive in bytes, if its source can tell.
    #[must_use]
    pub fn total_bytes(&self) -> Option<u64> {
        self.total_bytes
    }

    /// Bytes of data written so far, those of files that failed later included.
    #[must_use]
    pub fn bytes_written(&self) -> u64 {
        self.bytes_written
    }

    /// Entries come to so far, this one included.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// The path of the entry, as the archive has it.
    #[must_use]
    pub fn path(&self) -> Cow<'a, Path> {
        path_from_bytes(self.path)
    }

    /// [`path`](Self::path) as the bytes of the archive.
    #[must_use]
    pub fn path_bytes(&self) -> &'a [u8] {
        self.path
    }
}

#[cfg(unix)]
mod meter {
    use std::{
        sync::{Mutex, MutexGuard, PoisonError},
        time::Instant,
    };

    use super::{Flow, Progress};
    use crate::{
        Error, ErrorKind, Result,
        extract::{CancelToken, Limit, Limits, OnProgress, limits::exceeded},
    };

    /// Bytes written between two calls of the callback.
    const STEP: u64 = 1 << 20;

    /// Counts, keeps to the limits, and tells the callback; for all threads of an extraction.
    pub(in crate::extract) struct Meter<'x> {
        limits: &'x Limits,
        cancel: Option<&'x CancelToken>,
        start: Instant,
        total_bytes: Option<u64>,
        counts: Mutex<Counts<'x>>,
    }

    #[derive(Default)]
    struct Counts<'x> {
        callback: Option<&'x mut OnProgress>,
        bytes_read: u64,
        bytes_written: u64,
        /// Bytes that were decoded only to get behind them.
        bytes_passed: u64,
        /// Length of all files, holes included.
        length: u64,
        told: u64,
        entries: u64,
        path: Vec<u8>,
    }

    fn beyond(limit: Limit, what: &str) -> Result<()> {
        Err(exceeded(limit, what))
    }

    impl<'x> Meter<'x> {
        pub(in crate::extract) fn new(
            callback: Option<&'x mut OnProgress>,
            cancel: Option<&'x CancelToken>,
            total_bytes: Option<u64>,
            limits: &'x Limits,
        ) -> Self {
            Self {
                limits,
                cancel,
                start: Instant::now(),
                total_bytes,
                counts: Mutex::new(Counts {
                    callback,
                    ..Counts::default()
                }),
            }
        }

        /// A callback that panics leaves the counts as they should be.
        fn counts(&self) -> MutexGuard<'_, Counts<'x>> {
            self.counts.lock().unwrap_or_else(PoisonError::into_inner)
        }

        /// The path of the present entry, as the archive has it.
        pub(in crate::extract) fn path(&self) -> Vec<u8> {
            self.counts().path.clone()
        }

        /// Another entry begins.
        pub(in crate::extract) fn begin(&self, path: &[u8]) -> Result<()> {
            let mut counts = self.counts();
            counts.entries += 1;
            counts.path.clear();
            counts.path.extend_from_slice(path);
            let entries = counts.entries;
            if let Some(limit) = self.limits.entries.filter(|&limit| entries > limit) {
                return beyond(Limit::Entries, &format!("has more than {limit} entries"));
            }
            self.may_go_on()?;
            self.tell(&mut counts)
        }

        /// Whether a file may grow by so much, with so much data.
        pub(in crate::extract) fn admit(&self, growth: u64, data: u64) -> Result<()> {
            let mut counts = self.counts();
            let length = counts.length.saturating_add(growth);
            if let Some(limit) = self.limits.total_bytes.filter(|&limit| length > limit) {
                let what = format!("holds more than {limit} bytes");
                return beyond(Limit::TotalBytes, &what);
            }
            self.in_ratio(&counts, data)?;
            self.may_go_on()?;
            counts.length = length;
            Ok(())
        }

        /// Whether a file of so much data is within the limits; then it is admitted.
        pub(in crate::extract) fn reserve(&self, size: u64) -> bool {
            let mut counts = self.counts();
            let length = counts.length.saturating_add(size);
            let fits = self.limits.total_bytes.is_none_or(|limit| length <= limit);
            if fits {
                counts.length = length;
            }
            fits
        }

        /// So much of what was admitted does not come.
        pub(in crate::extract) fn release(&self, size: u64) {
            let mut counts = self.counts();
            counts.length = counts.length.saturating_sub(size);
        }

        /// So much was decoded only to get behind it.
        pub(in crate::extract) fn pass(&self, bytes: u64) -> Result<()> {
            let mut counts = self.counts();
            self.in_ratio(&counts, bytes)?;
            self.may_go_on()?;
            counts.bytes_passed = counts.bytes_passed.saturating_add(bytes);
            Ok(())
        }

        fn in_ratio(&self, counts: &Counts<'_>, more: u64) -> Result<()> {
            let out = counts.bytes_written.saturating_add(counts.bytes_passed);
            let out = out.saturating_add(more);
            // What is read again, by this reader or another, is no more than there is.
            let read = counts.bytes_read.min(self.total_bytes.unwrap_or(u64::MAX));
            if self.limits.allow_ratio(out, read) {
                return Ok(());
            }
            beyond(Limit::Ratio, &format!("makes {out} bytes out of {read}"))
        }

        /// Whether there is time left, and nobody wants to stop.
        pub(in crate::extract) fn may_go_on(&self) -> Result<()> {
            if self.cancel.is_some_and(CancelToken::is_cancelled) {
                return Err(stopped());
            }
            match self.limits.time {
                Some(limit) if self.start.elapsed() >= limit => {
                    beyond(Limit::Time, &format!("takes longer than {limit:?}"))
                }
                _ => Ok(()),
            }
        }

        /// A reader has read so much of the archive in all; `counted` is what was counted of it.
        pub(in crate::extract) fn read(&self, counted: &mut u64, bytes_read: u64) {
            if let Some(more) = bytes_read.checked_sub(*counted).filter(|more| *more > 0) {
                self.counts().bytes_read += more;
                *counted = bytes_read;
            }
        }

        /// So much more was written, or is on its way to the disk.
        pub(in crate::extract) fn wrote(&self, bytes: u64) -> Result<()> {
            let mut counts = self.counts();
            counts.bytes_written += bytes;
            if counts.bytes_written - counts.told < STEP {
                return Ok(());
            }
            self.tell(&mut counts)?;
            // A piece of data from memory can be a whole file.
            self.may_go_on()
        }

        fn tell(&self, counts: &mut Counts<'_>) -> Result<()> {
            counts.told = counts.bytes_written;
            let Some(callback) = &mut counts.callback else {
                return Ok(());
            };
            let progress = Progress {
                bytes_read: counts.bytes_read,
                total_bytes: self.total_bytes,
                bytes_written: counts.bytes_written,
                entries: counts.entries,
                path: &counts.path,
            };
            match callback(&progress) {
                Flow::Continue => Ok(()),
                Flow::Stop => Err(stopped()),
            }
        }
    }

    fn stopped() -> Error {
        Error::new(ErrorKind::Cancelled, "extraction was stopped")
    }
}
