//! Metadata of an entry.

mod acl;
mod digest;
mod mode;
mod owner;
mod path;
mod sparse;
mod time;
mod xattr;

pub use crate::ffi::entry::EntryRef;
pub(crate) use path::path_from_bytes;
pub use {
    acl::{AclEntry, AclKind, AclPermissions, AclTag},
    digest::DigestKind,
    mode::FileType,
    time::Timestamp,
    xattr::Xattr,
};

use crate::ffi::{entry as ffi, entry_lists as lists};

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

    /// File flags as text, such as `nodump,uappnd`.
    #[doc(alias = "archive_entry_fflags_text")]
    #[must_use]
    pub fn fflags_text(&self) -> Option<String> {
        ffi::fflags_text(self)
    }
}
