//! Owner and group.

use std::borrow::Cow;

use super::{EntryRef, ffi};

impl EntryRef {
    /// Number of the owner; 0 where the archive tells none, `None` when it is out of range.
    #[doc(alias = "archive_entry_uid")]
    #[must_use]
    pub fn uid(&self) -> Option<u64> {
        u64::try_from(ffi::uid(self)).ok()
    }

    /// Number of the group; 0 where the archive tells none, `None` when it is out of range.
    #[doc(alias = "archive_entry_gid")]
    #[must_use]
    pub fn gid(&self) -> Option<u64> {
        u64::try_from(ffi::gid(self)).ok()
    }

    /// Name of the owner, with U+FFFD for what is not UTF-8.
    #[doc(alias = "archive_entry_uname")]
    #[must_use]
    pub fn uname(&self) -> Option<Cow<'_, str>> {
        self.uname_bytes().map(String::from_utf8_lossy)
    }

    /// Name of the owner as bytes.
    #[doc(alias = "archive_entry_uname_utf8")]
    #[must_use]
    pub fn uname_bytes(&self) -> Option<&[u8]> {
        ffi::uname(self)
    }

    /// Name of the group, with U+FFFD for what is not UTF-8.
    #[doc(alias = "archive_entry_gname")]
    #[must_use]
    pub fn gname(&self) -> Option<Cow<'_, str>> {
        self.gname_bytes().map(String::from_utf8_lossy)
    }

    /// Name of the group as bytes.
    #[doc(alias = "archive_entry_gname_utf8")]
    #[must_use]
    pub fn gname_bytes(&self) -> Option<&[u8]> {
        ffi::gname(self)
    }
}
