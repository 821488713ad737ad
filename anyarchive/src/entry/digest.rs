//! Digests that an archive stores beside its entries.

use archive_sys as sys;

use super::{EntryRef, lists};

/// An algorithm of a stored digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

impl EntryRef {
    /// A digest of the data that the archive states (mtree does); nobody has compared it. `None`
    /// when it has none, or when it is all zeros: older releases cannot tell these apart.
    #[doc(alias = "archive_entry_digest")]
    #[must_use]
    pub fn digest(&self, kind: DigestKind) -> Option<Vec<u8>> {
        let (kind, len) = match kind {
            DigestKind::Md5 => (sys::ARCHIVE_ENTRY_DIGEST_MD5, 16),
            DigestKind::Rmd160 => (sys::ARCHIVE_ENTRY_DIGEST_RMD160, 20),
            DigestKind::Sha1 => (sys::ARCHIVE_ENTRY_DIGEST_SHA1, 20),
            DigestKind::Sha256 => (sys::ARCHIVE_ENTRY_DIGEST_SHA256, 32),
            DigestKind::Sha384 => (sys::ARCHIVE_ENTRY_DIGEST_SHA384, 48),
            DigestKind::Sha512 => (sys::ARCHIVE_ENTRY_DIGEST_SHA512, 64),
        };
        lists::digest(self, kind, len)
    }
}
