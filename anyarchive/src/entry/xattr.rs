//! Extended attributes, and what macOS adds.

use std::{collections::HashSet, ffi::CString};

use super::{
    EntryBuf, EntryRef, lists,
    owned::{blob, full_text},
};
use crate::error::Result;

/// An extended attribute of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Xattr {
    /// Name with its namespace, such as `user.comment`; on Linux UTF-8 as a rule.
    #[cfg_attr(feature = "serde", serde(with = "super::serde::bytes"))]
    pub name: Vec<u8>,
    /// Any bytes.
    #[cfg_attr(feature = "serde", serde(with = "super::serde::bytes"))]
    pub value: Vec<u8>,
}

impl EntryRef {
    /// The extended attributes, in the order of the archive. What is there twice with one value is
    /// given once: pax archives of libarchive have everything in two notations.
    #[doc(alias = "archive_entry_xattr_next")]
    #[doc(alias = "archive_entry_xattr_reset")]
    #[doc(alias = "archive_entry_xattr_count")]
    #[must_use]
    pub fn xattrs(&self) -> Vec<Xattr> {
        let list = lists::xattrs(self);
        let mut seen = HashSet::with_capacity(list.len());
        let is_new: Vec<bool> = list.iter().map(|xattr| seen.insert(xattr)).collect();
        let list = list.into_iter().zip(is_new).filter(|(_, is_new)| *is_new);
        list.map(|((name, value), _)| Xattr { name, value })
            .collect()
    }

    /// The AppleDouble blob that macOS keeps beside a file: resource fork, Finder info, ACL.
    #[doc(alias = "archive_entry_mac_metadata")]
    #[must_use]
    pub fn mac_metadata(&self) -> Option<&[u8]> {
        lists::mac_metadata(self)
    }
}

impl EntryBuf {
    /// Adds an extended attribute, or gives the one of this name another value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a name that is empty, has a NUL
    /// or is longer than 1 MiB, and for a value of more than 64 MiB.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let mut entry = EntryBuf::file("a", 0)?;
    /// entry.set_xattr("user.comment", "first")?.set_xattr("user.lang", "en")?;
    /// entry.set_xattr("user.comment", "second")?;
    /// let values: Vec<_> = entry.xattrs().into_iter().map(|xattr| xattr.value).collect();
    /// assert_eq!(values, [b"second".to_vec(), b"en".to_vec()]);
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_xattr_add_entry")]
    pub fn set_xattr(
        &mut self,
        name: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> Result<&mut Self> {
        let name = full_text("name of an extended attribute", name.as_ref())?;
        let value = blob("value of an extended attribute", value.as_ref())?;
        let mut all = self.xattrs();
        match all.iter_mut().find(|xattr| xattr.name == name.as_bytes()) {
            None => lists::xattr_add_entry(self, &name, value),
            Some(xattr) => {
                xattr.value = value.to_vec();
                self.replace_xattrs(&all);
            }
        }
        Ok(self)
    }

    /// Takes an extended attribute away, and tells whether it was there.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let mut entry = EntryBuf::file("a", 0)?;
    /// entry.set_xattr("user.comment", "text")?;
    /// assert!(entry.remove_xattr("user.comment"));
    /// assert!(!entry.remove_xattr("user.comment"));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_xattr_clear")]
    pub fn remove_xattr(&mut self, name: impl AsRef<[u8]>) -> bool {
        let mut all = self.xattrs();
        let before = all.len();
        all.retain(|xattr| xattr.name != name.as_ref());
        let found = all.len() < before;
        if found {
            self.replace_xattrs(&all);
        }
        found
    }

    /// Takes out what is there twice, so that it is not written four times.
    pub(crate) fn unify_xattrs(&mut self) {
        let all = self.xattrs();
        if all.len() < lists::xattrs(self).len() {
            self.replace_xattrs(&all);
        }
    }

    /// Puts these attributes, which came from an entry, in the place of all.
    pub(super) fn replace_xattrs(&mut self, all: &[Xattr]) {
        lists::xattr_clear(self);
        for xattr in all {
            if let Ok(name) = CString::new(&*xattr.name) {
                lists::xattr_add_entry(self, &name, &xattr.value);
            }
        }
    }

    /// Sets the AppleDouble blob that macOS keeps beside a file; an empty one takes it away.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for more than 64 MiB.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let mut entry = EntryBuf::file("a", 0)?;
    /// entry.set_mac_metadata(b"\x00\x05\x16\x07")?;
    /// assert_eq!(entry.mac_metadata(), Some(&b"\x00\x05\x16\x07"[..]));
    /// assert_eq!(entry.set_mac_metadata("")?.mac_metadata(), None);
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_copy_mac_metadata")]
    pub fn set_mac_metadata(&mut self, blob: impl AsRef<[u8]>) -> Result<&mut Self> {
        let blob = self::blob("mac metadata", blob.as_ref())?;
        lists::copy_mac_metadata(self, blob);
        Ok(self)
    }
}
