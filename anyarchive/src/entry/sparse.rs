//! The map of a sparse file.

use std::ops::Range;

use super::{EntryRef, lists};

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
