//! Digests that an archive stores beside its entries.

use std::ffi::c_int;

use archive_sys as sys;

use super::{EntryBuf, EntryRef, lists, owned::invalid};
use crate::{
    error::{Error, ErrorKind, Result},
    ffi::Status,
};

/// An algorithm of a stored digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum DigestKind {
    /// MD5, 16 bytes.
    Md5,
    /// RIPEMD-160, 20 bytes.
    Rmd160,
    /// SHA-1, 20 bytes.
    Sha1,
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-384, 48 bytes.
    Sha384,
    /// SHA-512, 64 bytes.
    Sha512,
}

impl DigestKind {
    pub(crate) const ALL: [Self; 6] = [
        Self::Md5,
        Self::Rmd160,
        Self::Sha1,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
    ];

    /// Length of such a digest in bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::DigestKind;
    ///
    /// assert_eq!(DigestKind::Sha256.len(), 32);
    /// ```
    #[allow(clippy::len_without_is_empty)] // none is empty
    #[must_use]
    pub fn len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Rmd160 | Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The kind in C.
    pub(super) fn code(self) -> c_int {
        match self {
            Self::Md5 => sys::ARCHIVE_ENTRY_DIGEST_MD5,
            Self::Rmd160 => sys::ARCHIVE_ENTRY_DIGEST_RMD160,
            Self::Sha1 => sys::ARCHIVE_ENTRY_DIGEST_SHA1,
            Self::Sha256 => sys::ARCHIVE_ENTRY_DIGEST_SHA256,
            Self::Sha384 => sys::ARCHIVE_ENTRY_DIGEST_SHA384,
            Self::Sha512 => sys::ARCHIVE_ENTRY_DIGEST_SHA512,
        }
    }
}

impl EntryRef {
    /// A digest of the data that the archive states (mtree does); nobody has compared it. `None`
    /// when it has none, or when it is all zeros: older releases cannot tell these apart.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{DigestKind, Reader};
    ///
    /// let listing = "#mtree\nfile type=file md5=d41d8cd98f00b204e9800998ecf8427e\n";
    /// let mut reader = Reader::from_bytes(listing)?;
    /// let entry = reader.next_entry()?.expect("an entry");
    /// assert_eq!(entry.digest(DigestKind::Md5).map(|digest| digest[0]), Some(0xd4));
    /// assert_eq!(entry.digest(DigestKind::Sha256), None);
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_digest")]
    #[must_use]
    pub fn digest(&self, kind: DigestKind) -> Option<Vec<u8>> {
        lists::digest(self, kind.code(), kind.len())
    }
}

impl EntryBuf {
    /// States a digest of the data, which writers of mtree put down when they get no data.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for another length than [`DigestKind::len`], and for all zeros, which
    /// stand for none; [`ErrorKind::Unsupported`] before libarchive 3.8.0.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{DigestKind, EntryBuf, ErrorKind};
    ///
    /// let mut entry = EntryBuf::file("a", 0)?;
    /// match entry.set_digest(DigestKind::Md5, &[7; 16]) {
    ///     Ok(entry) => assert_eq!(entry.digest(DigestKind::Md5), Some(vec![7; 16])),
    ///     Err(error) => assert_eq!(error.kind(), ErrorKind::Unsupported),
    /// }
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_set_digest")]
    pub fn set_digest(&mut self, kind: DigestKind, digest: &[u8]) -> Result<&mut Self> {
        if digest.len() != kind.len() {
            let (len, expected) = (digest.len(), kind.len());
            return Err(invalid(format!(
                "a digest of {len} bytes where {kind:?} has {expected}"
            )));
        }
        if digest.iter().all(|&byte| byte == 0) {
            return Err(invalid("a digest of zeros stands for none"));
        }
        match lists::set_digest(self, kind.code(), digest) {
            Some(Status::Ok) => Ok(self),
            Some(status) => Err(Error::new(ErrorKind::Unsupported, "unknown kind of digest")
                .with_op("archive_entry_set_digest")
                .with_status(status)),
            None => Err(Error::new(
                ErrorKind::Unsupported,
                "digests are set by libarchive 3.8.0 and newer",
            )
            .with_op("archive_entry_set_digest")),
        }
    }
}
