//! The formats that libarchive reads.

use std::{ffi::c_int, fmt};

use archive_sys as sys;

/// A family of archive formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// `ar`, as of `.a` and `.deb` files.
    Ar,
    /// Microsoft cabinet.
    Cab,
    /// `cpio` in all its variants.
    Cpio,
    /// No bytes at all.
    Empty,
    /// ISO 9660 images with Rock Ridge, Joliet and zisofs.
    Iso9660,
    /// LHA and LZH.
    Lha,
    /// The `mtree` text format: metadata without data.
    Mtree,
    /// RAR up to version 4.
    Rar,
    /// RAR version 5.
    Rar5,
    /// No archive: whatever the filters decode, as one entry that libarchive calls `data`. Beside
    /// other formats it takes what none of them knows; an empty stream has no entry. See
    /// [`Decoder`](crate::Decoder) for the stream alone.
    Raw,
    /// 7-Zip.
    SevenZip,
    /// `tar` in all its variants.
    Tar,
    /// Web archive.
    Warc,
    /// `xar`, as of macOS packages.
    Xar,
    /// ZIP.
    Zip,
}

/// Format, code of its family, name.
const TABLE: &[(Format, c_int, &str)] = &[
    (Format::Ar, sys::ARCHIVE_FORMAT_AR, "ar"),
    (Format::Cab, sys::ARCHIVE_FORMAT_CAB, "cab"),
    (Format::Cpio, sys::ARCHIVE_FORMAT_CPIO, "cpio"),
    (Format::Empty, sys::ARCHIVE_FORMAT_EMPTY, "empty"),
    (Format::Iso9660, sys::ARCHIVE_FORMAT_ISO9660, "iso9660"),
    (Format::Lha, sys::ARCHIVE_FORMAT_LHA, "lha"),
    (Format::Mtree, sys::ARCHIVE_FORMAT_MTREE, "mtree"),
    (Format::Rar, sys::ARCHIVE_FORMAT_RAR, "rar"),
    (Format::Rar5, sys::ARCHIVE_FORMAT_RAR_V5, "rar5"),
    (Format::Raw, sys::ARCHIVE_FORMAT_RAW, "raw"),
    (Format::SevenZip, sys::ARCHIVE_FORMAT_7ZIP, "7zip"),
    (Format::Tar, sys::ARCHIVE_FORMAT_TAR, "tar"),
    (Format::Warc, sys::ARCHIVE_FORMAT_WARC, "warc"),
    (Format::Xar, sys::ARCHIVE_FORMAT_XAR, "xar"),
    (Format::Zip, sys::ARCHIVE_FORMAT_ZIP, "zip"),
];

impl Format {
    /// All formats, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    /// The name that libarchive uses for the format in options: `tar`, `zip`, `7zip`, …
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().2
    }

    pub(crate) fn code(self) -> c_int {
        self.row().1
    }

    /// From a code with the variant in its low bits; `None` before detection.
    pub(crate) fn from_code(code: c_int) -> Option<Self> {
        let family = code & sys::ARCHIVE_FORMAT_BASE_MASK;
        TABLE.iter().find(|row| row.1 == family).map(|row| row.0)
    }

    fn row(self) -> &'static (Self, c_int, &'static str) {
        let position = TABLE.iter().position(|row| row.0 == self);
        &TABLE[position.expect("every format has a row")]
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_survive_the_round_trip() {
        for format in Format::all() {
            assert_eq!(Format::from_code(format.code()), Some(format));
        }
        let pax = sys::ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE;
        assert_eq!(Format::from_code(pax), Some(Format::Tar));
        assert_eq!(Format::from_code(0), None);
    }
}
