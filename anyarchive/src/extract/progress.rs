//! How far an extraction has come, and whether it is to go on.

use std::{borrow::Cow, path::Path};

use crate::entry::path_from_bytes;

/// What a callback wants to happen next.
///
/// # Examples
///
/// ```no_run
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
/// ```no_run
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
