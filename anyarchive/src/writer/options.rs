//! Options as types.

use std::fmt;

use super::WriteFormat;
use crate::{Error, ErrorKind, Result};

/// How data is compressed inside a format that does so itself: ZIP, 7-Zip and xar.
///
/// | | ZIP | 7-Zip | xar |
/// | --- | --- | --- | --- |
/// | `Store`, `Deflate` | yes | yes | yes |
/// | `Bzip2`, `Lzma` | from 3.8.0 on | yes | yes |
/// | `Xz` | from 3.8.0 on | | yes |
/// | `Lzma2`, `Ppmd` | | yes | |
/// | `Zstd` | from 3.8.0 on | from 3.8.0 on | |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// None.
    #[doc(alias = "archive_write_zip_set_compression_store")]
    Store,
    /// Deflate, as `gzip` does.
    #[doc(alias = "archive_write_zip_set_compression_deflate")]
    Deflate,
    /// `bzip2`
    #[doc(alias = "archive_write_zip_set_compression_bzip2")]
    Bzip2,
    /// The first LZMA.
    #[doc(alias = "archive_write_zip_set_compression_lzma")]
    Lzma,
    /// The second LZMA.
    Lzma2,
    /// Prediction by partial matching: slow, good for text.
    Ppmd,
    /// `xz`
    #[doc(alias = "archive_write_zip_set_compression_xz")]
    Xz,
    /// Zstandard.
    #[doc(alias = "archive_write_zip_set_compression_zstd")]
    Zstd,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Store => "store",
            Self::Deflate => "deflate",
            Self::Bzip2 => "bzip2",
            Self::Lzma => "lzma",
            Self::Lzma2 => "lzma2",
            Self::Ppmd => "ppmd",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        })
    }
}

impl Compression {
    /// The value of the option `compression`.
    pub(super) fn value(self, format: WriteFormat) -> Result<&'static str> {
        let value = match (format, self) {
            (WriteFormat::Xar, Self::Store) => "none",
            (WriteFormat::Xar, Self::Deflate) => "gzip",
            (WriteFormat::Zip | WriteFormat::SevenZip, Self::Store) => "store",
            (WriteFormat::Zip | WriteFormat::SevenZip, Self::Deflate) => "deflate",
            (WriteFormat::Zip | WriteFormat::SevenZip | WriteFormat::Xar, Self::Bzip2) => "bzip2",
            (WriteFormat::Zip | WriteFormat::Xar, Self::Lzma) => "lzma",
            (WriteFormat::Zip | WriteFormat::Xar, Self::Xz) => "xz",
            (WriteFormat::Zip | WriteFormat::SevenZip, Self::Zstd) => "zstd",
            (WriteFormat::SevenZip, Self::Lzma) => "lzma1",
            (WriteFormat::SevenZip, Self::Lzma2) => "lzma2",
            (WriteFormat::SevenZip, Self::Ppmd) => "ppmd",
            _ => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!("{format} has no compression {self:?} of its own"),
                ));
            }
        };
        Ok(value)
    }
}

/// How the data of a ZIP archive is encrypted; names, sizes and times never are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ZipEncryption {
    /// AES with 256 bits, as WinZip does it. Take this one.
    Aes256,
    /// AES with 128 bits.
    Aes128,
    /// The cipher of the first ZIP, which is broken: for programs that know nothing else.
    Traditional,
}

impl fmt::Display for ZipEncryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.value())
    }
}

impl ZipEncryption {
    /// The value of the option `encryption`.
    pub(super) fn value(self) -> &'static str {
        match self {
            Self::Aes256 => "aes256",
            Self::Aes128 => "aes128",
            Self::Traditional => "traditional",
        }
    }
}
