//! Filters: compression and encodings around an archive.

use std::{ffi::c_int, fmt};

use archive_sys as sys;

use crate::{Result, ffi};

/// A compression or encoding around an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Filter {
    /// `bzip2`
    Bzip2,
    /// `compress`, as of `.Z` files.
    Compress,
    /// `gzip`
    Gzip,
    /// `grzip`; libarchive starts a program for it, so it is never enabled here.
    Grzip,
    /// `lrzip`; libarchive starts a program for it, so it is never enabled here.
    Lrzip,
    /// LZ4 frames.
    Lz4,
    /// `lzip`
    Lzip,
    /// The old `.lzma` format.
    Lzma,
    /// `lzop`
    Lzop,
    /// Another program, asked for by a caller of the C library.
    Program,
    /// The header of an RPM package around its `cpio`.
    Rpm,
    /// `uuencode` and its base64 variant.
    Uu,
    /// `xz`
    Xz,
    /// Zstandard.
    Zstd,
}

/// Filter, code, name.
const TABLE: &[(Filter, c_int, &str)] = &[
    (Filter::Bzip2, sys::ARCHIVE_FILTER_BZIP2, "bzip2"),
    (Filter::Compress, sys::ARCHIVE_FILTER_COMPRESS, "compress"),
    (Filter::Gzip, sys::ARCHIVE_FILTER_GZIP, "gzip"),
    (Filter::Grzip, sys::ARCHIVE_FILTER_GRZIP, "grzip"),
    (Filter::Lrzip, sys::ARCHIVE_FILTER_LRZIP, "lrzip"),
    (Filter::Lz4, sys::ARCHIVE_FILTER_LZ4, "lz4"),
    (Filter::Lzip, sys::ARCHIVE_FILTER_LZIP, "lzip"),
    (Filter::Lzma, sys::ARCHIVE_FILTER_LZMA, "lzma"),
    (Filter::Lzop, sys::ARCHIVE_FILTER_LZOP, "lzop"),
    (Filter::Program, sys::ARCHIVE_FILTER_PROGRAM, "program"),
    (Filter::Rpm, sys::ARCHIVE_FILTER_RPM, "rpm"),
    (Filter::Uu, sys::ARCHIVE_FILTER_UU, "uu"),
    (Filter::Xz, sys::ARCHIVE_FILTER_XZ, "xz"),
    (Filter::Zstd, sys::ARCHIVE_FILTER_ZSTD, "zstd"),
];

/// First bytes of compressed data, for saying what a build cannot decode.
const MAGIC: &[(Filter, &[u8])] = &[
    (Filter::Bzip2, b"BZh"),
    (Filter::Compress, b"\x1f\x9d"),
    (Filter::Gzip, b"\x1f\x8b"),
    (Filter::Grzip, b"GRZipII\0"),
    (Filter::Lrzip, b"LRZI"),
    (Filter::Lz4, b"\x04\x22\x4d\x18"),
    (Filter::Lzip, b"LZIP"),
    (Filter::Lzop, b"\x89LZO\0\r\n\x1a\n"),
    (Filter::Rpm, b"\xed\xab\xee\xdb"),
    (Filter::Xz, b"\xfd7zXZ\0"),
    (Filter::Zstd, b"\x28\xb5\x2f\xfd"),
];

impl Filter {
    /// The filters that the linked libarchive decodes by itself: what a reader enables.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::Filter;
    ///
    /// assert!(Filter::builtin()?.contains(&Filter::Compress));
    /// assert!(!Filter::builtin()?.contains(&Filter::Lrzip));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_read_support_filter_all")]
    pub fn builtin() -> Result<Vec<Self>> {
        let codes = ffi::filters::builtin()?;
        Ok(codes.iter().copied().filter_map(Self::from_code).collect())
    }

    /// The name of the filter: `gzip`, `zstd`, …
    #[doc(alias = "archive_filter_name")]
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().2
    }

    pub(crate) fn code(self) -> c_int {
        self.row().1
    }

    pub(crate) fn from_code(code: c_int) -> Option<Self> {
        TABLE.iter().find(|row| row.1 == code).map(|row| row.0)
    }

    /// Bytes of the largest window that libarchive's decoder takes when a stream wants it.
    pub(crate) fn largest_window(self) -> u64 {
        match self {
            // libarchive takes liblzma's limit off.
            Self::Xz => u64::MAX,
            // Its own limits, in bits of the header.
            Self::Lzip | Self::Lzma => 512 << 20,
            // What libzstd takes unless it is told otherwise.
            Self::Zstd => 128 << 20,
            _ => 0,
        }
    }

    /// The filter whose data begins like this.
    pub(crate) fn from_magic(head: &[u8]) -> Option<Self> {
        MAGIC
            .iter()
            .find(|(_, magic)| head.starts_with(magic))
            .map(|row| row.0)
    }

    fn row(self) -> &'static (Self, c_int, &'static str) {
        let position = TABLE.iter().position(|row| row.0 == self);
        &TABLE[position.expect("every filter has a row")]
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_survive_the_round_trip() {
        for row in TABLE {
            assert_eq!(Filter::from_code(row.0.code()), Some(row.0));
        }
        assert_eq!(Filter::from_code(sys::ARCHIVE_FILTER_NONE), None);
    }
}
