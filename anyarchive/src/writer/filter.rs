//! The filters that can be written.

use std::{fmt, sync::OnceLock};

use crate::{
    Error, ErrorKind, Filter, Result,
    ffi::{Status, write::NewWriter},
};

/// A compression or encoding to put around an archive.
///
/// Every [`Filter`] that can be written becomes one; `Uu` becomes [`Uuencode`](Self::Uuencode).
/// Those for which libarchive would start a program are not there.
///
/// # Examples
///
/// ```
/// use anyarchive::{Filter, WriteFilter};
///
/// assert_eq!(WriteFilter::try_from(Filter::Xz)?, WriteFilter::Xz);
/// assert!(WriteFilter::try_from(Filter::Lrzip).is_err());
/// # Ok::<(), anyarchive::Error>(())
/// ```
#[doc(alias = "archive_write_add_filter")]
#[doc(alias = "archive_write_add_filter_by_name")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WriteFilter {
    /// Base64 with the frame of `uuencode -m`.
    #[doc(alias = "archive_write_add_filter_b64encode")]
    Base64,
    /// `bzip2`
    #[doc(alias = "archive_write_add_filter_bzip2")]
    Bzip2,
    /// `compress`, as of `.Z` files.
    #[doc(alias = "archive_write_add_filter_compress")]
    Compress,
    /// `gzip`
    #[doc(alias = "archive_write_add_filter_gzip")]
    Gzip,
    /// LZ4 frames.
    #[doc(alias = "archive_write_add_filter_lz4")]
    Lz4,
    /// `lzip`
    #[doc(alias = "archive_write_add_filter_lzip")]
    Lzip,
    /// The old `.lzma` format.
    #[doc(alias = "archive_write_add_filter_lzma")]
    Lzma,
    /// `lzop`, where the library has its codec.
    #[doc(alias = "archive_write_add_filter_lzop")]
    Lzop,
    /// `uuencode`
    #[doc(alias = "archive_write_add_filter_uuencode")]
    Uuencode,
    /// `xz`
    #[doc(alias = "archive_write_add_filter_xz")]
    Xz,
    /// Zstandard.
    #[doc(alias = "archive_write_add_filter_zstd")]
    Zstd,
}

struct Row {
    filter: WriteFilter,
    /// Its name, which is its module name in options too.
    name: &'static str,
    extension: &'static str,
    /// What a reader detects.
    read_as: Filter,
    /// Whether it has the option "compression-level".
    has_level: bool,
    add: fn(&mut NewWriter) -> Result<Status>,
}

macro_rules! table {
    ($($filter:ident $name:literal $extension:literal $read_as:ident $level:literal $add:ident;)*) => {
        const TABLE: &[Row] = &[$(Row {
            filter: WriteFilter::$filter,
            name: $name,
            extension: $extension,
            read_as: Filter::$read_as,
            has_level: $level,
            add: NewWriter::$add,
        }),*];
    };
}

table! {
    Base64 "b64encode" ".b64" Uu false add_filter_b64encode;
    Bzip2 "bzip2" ".bz2" Bzip2 true add_filter_bzip2;
    Compress "compress" ".Z" Compress false add_filter_compress;
    Gzip "gzip" ".gz" Gzip true add_filter_gzip;
    Lz4 "lz4" ".lz4" Lz4 true add_filter_lz4;
    Lzip "lzip" ".lz" Lzip true add_filter_lzip;
    Lzma "lzma" ".lzma" Lzma true add_filter_lzma;
    Lzop "lzop" ".lzo" Lzop true add_filter_lzop;
    Uuencode "uuencode" ".uu" Uu false add_filter_uuencode;
    Xz "xz" ".xz" Xz true add_filter_xz;
    Zstd "zstd" ".zst" Zstd true add_filter_zstd;
}

impl WriteFilter {
    /// All filters, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.filter)
    }

    /// The filters that the linked libarchive writes by itself. The others are refused: for them it
    /// would run whatever has the right name in `PATH`.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](ErrorKind::OutOfMemory), and [`Unsupported`](ErrorKind::Unsupported) when
    /// there is no library.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::WriteFilter;
    ///
    /// assert!(WriteFilter::builtin()?.contains(&WriteFilter::Compress));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    pub fn builtin() -> Result<Vec<Self>> {
        static BUILTIN: OnceLock<Vec<WriteFilter>> = OnceLock::new();
        if let Some(filters) = BUILTIN.get() {
            return Ok(filters.clone());
        }
        let mut filters = Vec::new();
        for row in TABLE {
            // A warning says "will run a program", but the filter is registered all the same: hence
            // a handle for each question.
            if matches!((row.add)(&mut NewWriter::new()?), Ok(Status::Ok)) {
                filters.push(row.filter);
            }
        }
        Ok(BUILTIN.get_or_init(|| filters).clone())
    }

    /// The name of the filter: `gzip`, `zstd`, `b64encode`, …
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What a reader detects.
    #[must_use]
    pub fn filter(self) -> Filter {
        self.row().read_as
    }

    pub(super) fn has_level(self) -> bool {
        self.row().has_level
    }

    /// The filter that the end of a file name asks for.
    pub(super) fn from_extension(name: &str) -> Option<Self> {
        let (_, end) = name.rsplit_once('.')?;
        let row = TABLE
            .iter()
            .find(|row| row.extension[1..].eq_ignore_ascii_case(end));
        row.map(|row| row.filter)
    }

    /// Puts the filter behind those that are there.
    pub(super) fn add(self, new: &mut NewWriter) -> Result<()> {
        if !Self::builtin()?.contains(&self) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("the linked libarchive cannot write {self} by itself"),
            ));
        }
        (self.row().add)(new).map(drop)
    }

    fn row(self) -> &'static Row {
        let position = TABLE.iter().position(|row| row.filter == self);
        &TABLE[position.expect("every filter has a row")]
    }
}

impl fmt::Display for WriteFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl TryFrom<Filter> for WriteFilter {
    type Error = Error;

    fn try_from(filter: Filter) -> Result<Self> {
        match TABLE.iter().rev().find(|row| row.read_as == filter) {
            Some(row) => Ok(row.filter),
            None => Err(Error::new(
                ErrorKind::Unsupported,
                format!("libarchive does not write {filter}, or not without a program"),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_survive_the_way_over_what_is_read() {
        for filter in WriteFilter::all().filter(|&filter| filter != WriteFilter::Base64) {
            assert_eq!(WriteFilter::try_from(filter.filter()).unwrap(), filter);
        }
        for filter in [Filter::Program, Filter::Grzip, Filter::Rpm] {
            assert!(WriteFilter::try_from(filter).is_err());
        }
    }
}
