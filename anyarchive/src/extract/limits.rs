//! How much an archive may ask for.

use std::{fmt, time::Duration};

use crate::{Error, ErrorKind};

/// Bytes that may come out before the ratio counts: small archives compress as they like.
const RATIO_FROM: u64 = 64 << 20;

/// What an extraction may cost at most.
///
/// Each limit is a number or `None` for no limit. Entries whose own numbers are too high (length,
/// path, depth) are [refused](crate::Outcome::Refused) and the next one follows; every other limit
/// ends the extraction with an error of the kind [`Refused`](ErrorKind::Refused) that names the
/// limit ([`Error::limit`]). Sizes that an archive only claims count as well, and nothing is
/// allocated for them.
///
/// | limit | [`new`](Self::new) | [`server`](Self::server) |
/// | --- | --- | --- |
/// | [`entries`](Self::entries) | 1,000,000 | 10,000 |
/// | [`total_bytes`](Self::total_bytes) | 64 GiB | 1 GiB |
/// | [`file_bytes`](Self::file_bytes) | 16 GiB | 256 MiB |
/// | [`ratio`](Self::ratio) | 1,000 | 200 |
/// | [`path_bytes`](Self::path_bytes) | 4,096 | 1,024 |
/// | [`depth`](Self::depth) | 256 | 32 |
/// | [`filters`](Self::filters) | 8 | 2 |
/// | [`time`](Self::time) | none | 60 s |
///
/// # Examples
///
/// ```
/// use anyarchive::{Extractor, Limit, Limits, Reader};
///
/// # let dir = tempfile::tempdir()?;
/// # let out = dir.path();
/// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
/// let limits = Limits::server().total_bytes(5).time(None);
/// let mut extractor = Extractor::new().limits(limits);
/// let error = extractor.extract(&mut Reader::from_bytes(archive)?, out).unwrap_err();
/// assert_eq!(error.limit(), Some(Limit::TotalBytes));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "limits do nothing until they are given to somebody"]
pub struct Limits {
    pub(crate) entries: Option<u64>,
    pub(crate) total_bytes: Option<u64>,
    pub(crate) file_bytes: Option<u64>,
    pub(crate) ratio: Option<u64>,
    pub(crate) path_bytes: Option<usize>,
    pub(crate) depth: Option<usize>,
    pub(crate) filters: Option<usize>,
    pub(crate) time: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: Some(1_000_000),
            total_bytes: Some(64 << 30),
            file_bytes: Some(16 << 30),
            ratio: Some(1_000),
            path_bytes: Some(4_096),
            depth: Some(256),
            filters: Some(8),
            time: None,
        }
    }
}

impl Limits {
    /// Generous limits, for somebody who waits for the result. Those of an
    /// [`Extractor`](crate::Extractor) that is given none.
    pub fn new() -> Self {
        Self::default()
    }

    /// Strict limits, for a service that unpacks what strangers send.
    pub fn server() -> Self {
        Self {
            entries: Some(10_000),
            total_bytes: Some(1 << 30),
            file_bytes: Some(256 << 20),
            ratio: Some(200),
            path_bytes: Some(1_024),
            depth: Some(32),
            filters: Some(2),
            time: Some(Duration::from_secs(60)),
        }
    }

    /// No limits. What is only for security, such as the rules on paths, is not concerned.
    pub fn none() -> Self {
        Self {
            entries: None,
            total_bytes: None,
            file_bytes: None,
            ratio: None,
            path_bytes: None,
            depth: None,
            filters: None,
            time: None,
        }
    }

    /// Entries in the archive, those that are refused or skipped included.
    pub fn entries(mut self, entries: impl Into<Option<u64>>) -> Self {
        self.entries = entries.into();
        self
    }

    /// Bytes of all files together, holes of sparse files included.
    pub fn total_bytes(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.total_bytes = bytes.into();
        self
    }

    /// Bytes of one file, holes included. A longer one is refused, the next entry follows.
    pub fn file_bytes(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.file_bytes = bytes.into();
        self
    }

    /// How many times as many bytes may come out as were read from the archive, once 64 MiB came
    /// out. Data of refused entries counts too where it has to be decoded to get behind it.
    pub fn ratio(mut self, ratio: impl Into<Option<u64>>) -> Self {
        self.ratio = ratio.into();
        self
    }

    /// Bytes of a path, and of what a symbolic link links to.
    pub fn path_bytes(mut self, bytes: impl Into<Option<usize>>) -> Self {
        self.path_bytes = bytes.into();
        self
    }

    /// Components of a path.
    pub fn depth(mut self, components: impl Into<Option<usize>>) -> Self {
        self.depth = components.into();
        self
    }

    /// Filters around the archive: `.tar.gz` has one. libarchive itself allows no more than 25.
    pub fn filters(mut self, filters: impl Into<Option<usize>>) -> Self {
        self.filters = filters.into();
        self
    }

    /// Time from the start of the extraction. It is looked at for each entry and each piece of
    /// data: a source that never answers is not interrupted, nor is the look before the first entry for
    /// frames of zstd and slices of a directory.
    pub fn time(mut self, time: impl Into<Option<Duration>>) -> Self {
        self.time = time.into();
        self
    }

    /// Whether so many bytes may come out of so many.
    pub(crate) fn allow_ratio(&self, out: u64, read: u64) -> bool {
        match self.ratio {
            Some(ratio) => out <= RATIO_FROM || out <= ratio.saturating_mul(read),
            None => true,
        }
    }
}

/// Which limit an archive went beyond.
///
/// `Display` is the name of the method that sets it.
///
/// # Examples
///
/// ```
/// assert_eq!(anyarchive::Limit::TotalBytes.to_string(), "total_bytes");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::entries`]
    Entries,
    /// [`Limits::total_bytes`]
    TotalBytes,
    /// [`Limits::file_bytes`]
    FileBytes,
    /// [`Limits::ratio`]
    Ratio,
    /// [`Limits::path_bytes`]
    PathBytes,
    /// [`Limits::depth`]
    Depth,
    /// [`Limits::filters`]
    Filters,
    /// [`Limits::time`]
    Time,
    /// [`ReaderBuilder::decoder_memory`](crate::ReaderBuilder::decoder_memory), which is no number of
    /// [`Limits`]: it holds for all that is read.
    DecoderMemory,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Entries => "entries",
            Self::TotalBytes => "total_bytes",
            Self::FileBytes => "file_bytes",
            Self::Ratio => "ratio",
            Self::PathBytes => "path_bytes",
            Self::Depth => "depth",
            Self::Filters => "filters",
            Self::Time => "time",
            Self::DecoderMemory => "decoder_memory",
        })
    }
}

/// An archive went beyond a limit: `what` says how, as in "the archive has {what}".
pub(crate) fn exceeded(limit: Limit, what: &str) -> Error {
    let text = format!("the archive {what}: this is more than the limit `{limit}` allows");
    Error::new(ErrorKind::Refused, text).with_limit(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_archives_compress_as_they_like() {
        let limits = Limits::none().ratio(10);
        assert!(limits.allow_ratio(64 << 20, 1));
        assert!(!limits.allow_ratio((64 << 20) + 1, 1));
        assert!(limits.allow_ratio(100 << 20, 10 << 20));
        assert!(!limits.allow_ratio((100 << 20) + 1, 10 << 20));
        assert!(limits.allow_ratio(u64::MAX, u64::MAX));
        assert!(Limits::none().allow_ratio(u64::MAX, 0));
    }
}
