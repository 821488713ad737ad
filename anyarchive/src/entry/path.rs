//! Names of an entry and of what it links to.

use std::{borrow::Cow, ffi::CString, path::Path};

use super::{
    EntryBuf, EntryRef, FileType, ffi, lists,
    owned::{full_text, path_text},
    set,
};
use crate::error::Result;

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
    #[doc(alias = "archive_entry_hardlink_is_set")]
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

impl EntryBuf {
    /// Sets the path in the archive, with `/` between its parts. It is kept as it is given.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a path that is empty, has a NUL
    /// or is longer than 1 MiB.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let mut entry = EntryBuf::file("old", 0)?;
    /// entry.set_path("new/größe")?;
    /// assert_eq!(entry.path_bytes(), "new/größe".as_bytes());
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_set_pathname")]
    #[doc(alias = "archive_entry_copy_pathname")]
    pub fn set_path(&mut self, path: impl AsRef<Path>) -> Result<&mut Self> {
        set::set_pathname(self, Some(&path_text("path", path.as_ref())?));
        Ok(self)
    }

    /// [`set_path`](Self::set_path) with bytes, which need not be UTF-8.
    ///
    /// # Errors
    ///
    /// As for [`set_path`](Self::set_path).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let mut entry = EntryBuf::file("old", 0)?;
    /// entry.set_path_bytes(b"latin-1: \xe4")?;
    /// assert_eq!(entry.path_bytes(), b"latin-1: \xe4");
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_set_pathname")]
    pub fn set_path_bytes(&mut self, path: impl AsRef<[u8]>) -> Result<&mut Self> {
        set::set_pathname(self, Some(&full_text("path", path.as_ref())?));
        Ok(self)
    }

    /// Makes the entry a further name of the file at `target`, the path of an earlier entry. A target
    /// as a symbolic link is gone then.
    ///
    /// # Errors
    ///
    /// As for [`set_path`](Self::set_path).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let mut entry = EntryBuf::file("b", 0)?;
    /// entry.set_hardlink("a")?;
    /// assert_eq!(entry.hardlink_bytes(), Some(&b"a"[..]));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_set_hardlink")]
    #[doc(alias = "archive_entry_copy_hardlink")]
    #[doc(alias = "archive_entry_set_link")]
    #[doc(alias = "archive_entry_copy_link")]
    #[doc(alias = "archive_entry_set_link_to_hardlink")]
    pub fn set_hardlink(&mut self, target: impl AsRef<Path>) -> Result<&mut Self> {
        self.link_to_hardlink(path_text("hard link target", target.as_ref())?)
    }

    /// [`set_hardlink`](Self::set_hardlink) with bytes, which need not be UTF-8.
    ///
    /// # Errors
    ///
    /// As for [`set_path`](Self::set_path).
    #[doc(alias = "archive_entry_set_hardlink")]
    pub fn set_hardlink_bytes(&mut self, target: impl AsRef<[u8]>) -> Result<&mut Self> {
        self.link_to_hardlink(full_text("hard link target", target.as_ref())?)
    }

    fn link_to_hardlink(&mut self, target: CString) -> Result<&mut Self> {
        // Up to 3.7.4 both targets can be there; and a symbolic link without one crashes writers.
        if self.file_type() == FileType::Symlink {
            self.remove_link().set_file_type(FileType::File)?;
        }
        set::set_symlink(self, None);
        set::set_hardlink(self, Some(&target));
        Ok(self)
    }

    /// Makes the entry a symbolic link: sets its type, its size to 0, and where it points to.
    ///
    /// # Errors
    ///
    /// As for [`set_path`](Self::set_path).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{EntryBuf, FileType};
    ///
    /// let mut entry = EntryBuf::file("latest", 0)?;
    /// entry.set_symlink("../v2")?;
    /// assert_eq!(entry.file_type(), FileType::Symlink);
    /// assert_eq!(entry.symlink_bytes(), Some(&b"../v2"[..]));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_set_symlink")]
    #[doc(alias = "archive_entry_copy_symlink")]
    #[doc(alias = "archive_entry_set_link_to_symlink")]
    pub fn set_symlink(&mut self, target: impl AsRef<Path>) -> Result<&mut Self> {
        self.link_to_symlink(path_text("symbolic link target", target.as_ref())?)
    }

    /// [`set_symlink`](Self::set_symlink) with bytes, which need not be UTF-8.
    ///
    /// # Errors
    ///
    /// As for [`set_path`](Self::set_path).
    #[doc(alias = "archive_entry_set_symlink")]
    pub fn set_symlink_bytes(&mut self, target: impl AsRef<[u8]>) -> Result<&mut Self> {
        self.link_to_symlink(full_text("symbolic link target", target.as_ref())?)
    }

    fn link_to_symlink(&mut self, target: CString) -> Result<&mut Self> {
        set::set_hardlink(self, None);
        set::set_symlink(self, Some(&target));
        set::set_filetype(self, FileType::Symlink.code());
        lists::sparse_clear(self);
        self.set_size(0)
    }

    /// Takes the target of a hard or symbolic link away. A symbolic link becomes a regular file.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{EntryBuf, FileType};
    ///
    /// let mut entry = EntryBuf::symlink("a", "b")?;
    /// assert_eq!(entry.remove_link().symlink(), None);
    /// assert_eq!(entry.file_type(), FileType::File);
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_set_hardlink")]
    #[doc(alias = "archive_entry_set_symlink")]
    pub fn remove_link(&mut self) -> &mut Self {
        set::set_hardlink(self, None);
        set::set_symlink(self, None);
        if self.file_type() == FileType::Symlink {
            set::set_filetype(self, FileType::File.code());
        }
        self
    }
}

/// The bytes that stand for a path in an archive.
#[cfg(unix)]
pub(crate) fn path_bytes(path: &Path) -> Cow<'_, [u8]> {
    use std::os::unix::ffi::OsStrExt;
    Cow::Borrowed(path.as_os_str().as_bytes())
}

/// The bytes that stand for a path in an archive: UTF-8, with U+FFFD for what is not Unicode.
#[cfg(not(unix))]
pub(crate) fn path_bytes(path: &Path) -> Cow<'_, [u8]> {
    match path.to_string_lossy() {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
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
