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
    use std::time::Instant;

    use super::{Flow, Progress};
    use crate::{
        Error, ErrorKind, Result,
        extract::{Limit, Limits, OnProgress, limits::exceeded},
    };

    /// Bytes written between two calls of the callback.
    const STEP: u64 = 1 << 20;

    /// Counts, keeps to the limits, and tells the callback.
    pub(in crate::extract) struct Meter<'x> {
        callback: Option<&'x mut OnProgress>,
        limits: &'x Limits,
        start: Instant,
        total_bytes: Option<u64>,
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
            total_bytes: Option<u64>,
            limits: &'x Limits,
        ) -> Self {
            Self {
                callback,
                limits,
                start: Instant::now(),
                total_bytes,
                bytes_read: 0,
                bytes_written: 0,
                bytes_passed: 0,
                length: 0,
                told: 0,
                entries: 0,
                path: Vec::new(),
            }
        }

        /// The path of the present entry, as the archive has it.
        pub(in crate::extract) fn path(&self) -> &[u8] {
            &self.path
        }

        /// Another entry begins.
        pub(in crate::extract) fn begin(&mut self, path: &[u8]) -> Result<()> {
            self.entries += 1;
            self.path.clear();
            self.path.extend_from_slice(path);
            if let Some(limit) = self.limits.entries.filter(|&limit| self.entries > limit) {
                return beyond(Limit::Entries, &format!("has more than {limit} entries"));
            }
            self.in_time()?;
            self.tell()
        }

        /// Whether a file may grow by so much, with so much data.
        pub(in crate::extract) fn admit(&mut self, growth: u64, data: u64) -> Result<()> {
            let length = self.length.saturating_add(growth);
            if let Some(limit) = self.limits.total_bytes.filter(|&limit| length > limit) {
                let what = format!("holds more than {limit} bytes");
                return beyond(Limit::TotalBytes, &what);
            }
            self.in_ratio(data)?;
            self.in_time()?;
            self.length = length;
            Ok(())
        }

        /// So much was decoded only to get behind it.
        pub(in crate::extract) fn pass(&mut self, bytes: u64) -> Result<()> {
            self.in_ratio(bytes)?;
            self.in_time()?;
            self.bytes_passed = self.bytes_passed.saturating_add(bytes);
            Ok(())
        }

        fn in_ratio(&self, more: u64) -> Result<()> {
            let out = self.bytes_written.saturating_add(self.bytes_passed);
            let out = out.saturating_add(more);
            if self.limits.allow_ratio(out, self.bytes_read) {
                return Ok(());
            }
            let read = self.bytes_read;
            beyond(Limit::Ratio, &format!("makes {out} bytes out of {read}"))
        }

        /// Whether there is time left.
        pub(in crate::extract) fn in_time(&self) -> Result<()> {
            match self.limits.time {
                Some(limit) if self.start.elapsed() >= limit => {
                    beyond(Limit::Time, &format!("takes longer than {limit:?}"))
                }
                _ => Ok(()),
            }
        }

        /// So much of the archive was read in all.
        pub(in crate::extract) fn read(&mut self, bytes_read: u64) {
            self.bytes_read = bytes_read;
        }

        /// So much more was written.
        pub(in crate::extract) fn wrote(&mut self, bytes: u64) -> Result<()> {
            self.bytes_written += bytes;
            if self.bytes_written - self.told >= STEP {
                return self.tell();
            }
            Ok(())
        }

        fn tell(&mut self) -> Result<()> {
            self.told = self.bytes_written;
            let Some(callback) = &mut self.callback else {
                return Ok(());
            };
            let progress = Progress {
                bytes_read: self.bytes_read,
                total_bytes: self.total_bytes,
                bytes_written: self.bytes_written,
                entries: self.entries,
                path: &self.path,
            };
            match callback(&progress) {
                Flow::Continue => Ok(()),
                Flow::Stop => Err(Error::new(ErrorKind::Cancelled, "extraction was stopped")),
            }
        }
    }
}
