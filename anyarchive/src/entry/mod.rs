//! Metadata of an entry.

mod acl;
mod acl_text;
mod device;
mod digest;
mod flags;
mod link_resolver;
mod metadata;
mod mode;
mod owned;
mod owner;
mod path;
#[cfg(feature = "serde")]
mod serde;
mod sparse;
mod time;
#[cfg(any(feature = "time", feature = "jiff"))]
mod time_crates;
#[cfg(feature = "camino")]
mod utf8_path;
mod xattr;

pub use crate::ffi::{entry::EntryRef, entry_buf::EntryBuf};
pub(crate) use path::{path_bytes, path_from_bytes};
pub use {
    acl::{AclEntry, AclKind, AclPermissions, AclTag},
    digest::DigestKind,
    link_resolver::{LinkResolver, LinkStrategy},
    mode::FileType,
    time::Timestamp,
    xattr::Xattr,
};

use archive_sys as sys;

use crate::ffi::{entry as ffi, entry_buf as set, entry_lists as lists};

/// What a symbolic link points to, for systems that must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(::serde::Serialize, ::serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum SymlinkType {
    /// A file.
    File,
    /// A directory.
    Directory,
}

impl EntryRef {
    /// Size of the data in bytes; `None` when the archive does not say it before the data.
    #[doc(alias = "archive_entry_size")]
    #[doc(alias = "archive_entry_size_is_set")]
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        if ffi::size_is_set(self) == 0 {
            return None;
        }
        u64::try_from(ffi::size(self)).ok()
    }

    /// Whether the data is encrypted.
    #[doc(alias = "archive_entry_is_data_encrypted")]
    #[doc(alias = "archive_entry_is_encrypted")]
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        ffi::is_data_encrypted(self) != 0
    }

    /// Whether the metadata is encrypted, so that names and sizes can be missing.
    #[doc(alias = "archive_entry_is_metadata_encrypted")]
    #[must_use]
    pub fn is_metadata_encrypted(&self) -> bool {
        ffi::is_metadata_encrypted(self) != 0
    }

    /// What a symbolic link points to is said to be; Windows keeps links to files and to directories
    /// apart.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{EntryBuf, SymlinkType};
    ///
    /// let mut entry = EntryBuf::symlink("here", "there")?;
    /// assert_eq!(entry.symlink_type(), None);
    /// entry.set_symlink_type(SymlinkType::Directory);
    /// assert_eq!(entry.symlink_type(), Some(SymlinkType::Directory));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_symlink_type")]
    #[must_use]
    pub fn symlink_type(&self) -> Option<SymlinkType> {
        match ffi::symlink_type(self) {
            sys::AE_SYMLINK_TYPE_FILE => Some(SymlinkType::File),
            sys::AE_SYMLINK_TYPE_DIRECTORY => Some(SymlinkType::Directory),
            _ => None,
        }
    }
}

impl EntryBuf {
    /// Says what a symbolic link points to; `None` when it is not known.
    #[doc(alias = "archive_entry_set_symlink_type")]
    pub fn set_symlink_type(&mut self, kind: impl Into<Option<SymlinkType>>) -> &mut Self {
        let kind = match kind.into() {
            None => sys::AE_SYMLINK_TYPE_UNDEFINED,
            Some(SymlinkType::File) => sys::AE_SYMLINK_TYPE_FILE,
            Some(SymlinkType::Directory) => sys::AE_SYMLINK_TYPE_DIRECTORY,
        };
        set::set_symlink_type(self, kind);
        self
    }

    /// Says that the data is encrypted. It tells readers of this entry; a writer encrypts when it has
    /// a password.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let mut entry = EntryBuf::file("secret", 0)?;
    /// entry.set_encrypted(true).set_metadata_encrypted(true);
    /// assert!(entry.is_encrypted() && entry.is_metadata_encrypted());
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_set_is_data_encrypted")]
    pub fn set_encrypted(&mut self, yes: bool) -> &mut Self {
        set::set_is_data_encrypted(self, yes.into());
        self
    }

    /// Says that the metadata is encrypted, as [`set_encrypted`](Self::set_encrypted) does for data.
    #[doc(alias = "archive_entry_set_is_metadata_encrypted")]
    pub fn set_metadata_encrypted(&mut self, yes: bool) -> &mut Self {
        set::set_is_metadata_encrypted(self, yes.into());
        self
    }
}
