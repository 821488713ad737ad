//! The map of a sparse file.

use std::ops::Range;

use super::{EntryBuf, EntryRef, lists, owned::invalid};
use crate::error::Result;

impl EntryRef {
    /// Ranges of bytes that hold data; the rest up to [`size`](Self::size) is zero. Empty for a file
    /// without holes.
    #[doc(alias = "archive_entry_sparse_next")]
    #[doc(alias = "archive_entry_sparse_reset")]
    #[doc(alias = "archive_entry_sparse_count")]
    #[must_use]
    pub fn sparse_map(&self) -> Vec<Range<u64>> {
        lists::sparse(self)
    }
}

impl EntryBuf {
    /// Says which ranges of bytes hold data; the rest up to the [size](Self::set_size), which is set
    /// before, is zero and not written. Ranges that touch become one; an empty slice, or one range for
    /// the whole file, says that there are no holes. For a file that is one hole, give an empty range
    /// at its end.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for ranges that overlap, are not in
    /// ascending order, or end behind the size. The map stays as it was then.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let mut entry = EntryBuf::file("disk.img", 1 << 30)?;
    /// entry.set_sparse_map(&[0..4096, 8192..12288])?;
    /// assert_eq!(entry.sparse_map(), [0..4096, 8192..12288]);
    /// assert!(entry.set_sparse_map(&[8192..12288, 0..4096]).is_err());
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_sparse_add_entry")]
    #[doc(alias = "archive_entry_sparse_clear")]
    pub fn set_sparse_map(&mut self, map: &[Range<u64>]) -> Result<&mut Self> {
        let size = self.size().unwrap_or(0);
        let mut ranges = Vec::with_capacity(map.len());
        let mut end = 0;
        for range in map {
            if range.start < end || range.end < range.start {
                return Err(invalid(format!(
                    "the range {range:?} of a sparse map is not behind the one before it"
                )));
            }
            end = range.end;
            // The size is no more than i64::MAX, so the numbers fit.
            if end > size {
                return Err(invalid(format!(
                    "the range {range:?} of a sparse map ends behind the size {size}"
                )));
            }
            ranges.push((range.start.cast_signed(), (end - range.start).cast_signed()));
        }
        lists::sparse_clear(self);
        for (offset, len) in ranges {
            lists::sparse_add_entry(self, offset, len);
        }
        Ok(self)
    }
}
