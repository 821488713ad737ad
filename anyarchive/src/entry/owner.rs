//! Owner and group.

use std::borrow::Cow;

use super::{
    EntryBuf, EntryRef, ffi,
    owned::{signed, text},
    set,
};
use crate::error::Result;

impl EntryRef {
    /// Number of the owner; `None` when the archive tells none or one that is out of range. libarchive
    /// before 3.7.3 gives 0 where there is none.
    #[doc(alias = "archive_entry_uid")]
    #[doc(alias = "archive_entry_uid_is_set")]
    #[must_use]
    pub fn uid(&self) -> Option<u64> {
        ffi::uid_is_set(self)
            .then(|| u64::try_from(ffi::uid(self)).ok())
            .flatten()
    }

    /// Number of the group; `None` when the archive tells none or one that is out of range. libarchive
    /// before 3.7.3 gives 0 where there is none.
    #[doc(alias = "archive_entry_gid")]
    #[doc(alias = "archive_entry_gid_is_set")]
    #[must_use]
    pub fn gid(&self) -> Option<u64> {
        ffi::gid_is_set(self)
            .then(|| u64::try_from(ffi::gid(self)).ok())
            .flatten()
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

impl EntryBuf {
    /// Sets the number of the owner.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) above [`i64::MAX`].
    #[doc(alias = "archive_entry_set_uid")]
    pub fn set_uid(&mut self, uid: u64) -> Result<&mut Self> {
        set::set_uid(self, signed("uid", uid)?);
        Ok(self)
    }

    /// Sets the number of the group.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) above [`i64::MAX`].
    #[doc(alias = "archive_entry_set_gid")]
    pub fn set_gid(&mut self, gid: u64) -> Result<&mut Self> {
        set::set_gid(self, signed("gid", gid)?);
        Ok(self)
    }

    /// Sets the name of the owner; an empty one takes it away.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a name that has a NUL or is
    /// longer than 1 MiB.
    #[doc(alias = "archive_entry_set_uname")]
    #[doc(alias = "archive_entry_copy_uname")]
    pub fn set_uname(&mut self, name: impl AsRef<[u8]>) -> Result<&mut Self> {
        let name = text("uname", name.as_ref())?;
        set::set_uname(self, Some(&*name).filter(|name| !name.is_empty()));
        Ok(self)
    }

    /// Sets the name of the group; an empty one takes it away.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a name that has a NUL or is
    /// longer than 1 MiB.
    #[doc(alias = "archive_entry_set_gname")]
    #[doc(alias = "archive_entry_copy_gname")]
    pub fn set_gname(&mut self, name: impl AsRef<[u8]>) -> Result<&mut Self> {
        let name = text("gname", name.as_ref())?;
        set::set_gname(self, Some(&*name).filter(|name| !name.is_empty()));
        Ok(self)
    }
}
