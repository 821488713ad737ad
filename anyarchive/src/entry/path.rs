//! Names of an entry and of what it links to.

use std::{borrow::Cow, path::Path};

use super::{EntryRef, ffi};

impl EntryRef {
    /// The path in the archive, as it is stored: it can be absolute, have `..`, or be empty when
    /// the archive gives none. Not to be joined to a directory; [`Extractor`](crate::Extractor)
    /// does that safely.
    #[doc(alias = "archive_entry_pathname")]
    #[must_use]
    pub fn path(&self) -> Cow<'_, Path> {
        path_from_bytes(self.path_bytes())
    }

    /// The path as bytes: UTF-8 where the archive tells the encoding, else as stored.
    #[doc(alias = "archive_entry_pathname_utf8")]
    #[must_use]
    pub fn path_bytes(&self) -> &[u8] {
        ffi::pathname(self).unwrap_or_default()
    }

    /// The path of the earlier entry that this one is another name of.
    #[doc(alias = "archive_entry_hardlink")]
    #[must_use]
    pub fn hardlink(&self) -> Option<Cow<'_, Path>> {
        self.hardlink_bytes().map(path_from_bytes)
    }

    /// [`hardlink`](Self::hardlink) as bytes.
    #[doc(alias = "archive_entry_hardlink_utf8")]
    #[must_use]
    pub fn hardlink_bytes(&self) -> Option<&[u8]> {
        ffi::hardlink(self)
    }

    /// What a symbolic link points to; `None` for a further name of one, which is a
    /// [`hardlink`](Self::hardlink): the target is with the first name.
    #[doc(alias = "archive_entry_symlink")]
    #[must_use]
    pub fn symlink(&self) -> Option<Cow<'_, Path>> {
        self.symlink_bytes().map(path_from_bytes)
    }

    /// [`symlink`](Self::symlink) as bytes.
    #[doc(alias = "archive_entry_symlink_utf8")]
    #[must_use]
    pub fn symlink_bytes(&self) -> Option<&[u8]> {
        // C keeps one text for both kinds of links: that of the hard link has replaced the target.
        ffi::symlink(self).filter(|target| Some(*target) != ffi::hardlink(self))
    }
}

/// The path that bytes of an archive stand for on this system.
#[cfg(unix)]
pub(crate) fn path_from_bytes(bytes: &[u8]) -> Cow<'_, Path> {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    Cow::Borrowed(Path::new(OsStr::from_bytes(bytes)))
}

/// The path that bytes of an archive stand for on this system: U+FFFD for what is not UTF-8.
#[cfg(not(unix))]
pub(crate) fn path_from_bytes(bytes: &[u8]) -> Cow<'_, Path> {
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => Cow::Borrowed(Path::new(text)),
        Cow::Owned(text) => Cow::Owned(text.into()),
    }
}
