//! Extended attributes, file flags, and what macOS adds.

use super::{EntryRef, lists};

/// An extended attribute of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Xattr {
    /// Name with its namespace, such as `user.comment`; on Linux UTF-8 as a rule.
    pub name: Vec<u8>,
    /// Any bytes.
    pub value: Vec<u8>,
}

impl EntryRef {
    /// The extended attributes, in the order of the archive.
    #[doc(alias = "archive_entry_xattr_next")]
    #[doc(alias = "archive_entry_xattr_reset")]
    #[doc(alias = "archive_entry_xattr_count")]
    #[must_use]
    pub fn xattrs(&self) -> Vec<Xattr> {
        let list = lists::xattrs(self).into_iter();
        list.map(|(name, value)| Xattr { name, value }).collect()
    }

    /// The AppleDouble blob that macOS keeps beside a file: resource fork, Finder info, ACL.
    #[doc(alias = "archive_entry_mac_metadata")]
    #[must_use]
    pub fn mac_metadata(&self) -> Option<&[u8]> {
        lists::mac_metadata(self)
    }
}
