//! Feature `camino`.

use camino::Utf8Path;

use super::EntryRef;

impl EntryRef {
    /// [`path`](Self::path) where it is UTF-8.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let mut entry = EntryBuf::file("src/größe.rs", 0)?;
    /// assert_eq!(entry.utf8_path().and_then(|path| path.file_name()), Some("größe.rs"));
    /// entry.set_path_bytes(b"\xff")?;
    /// assert_eq!(entry.utf8_path(), None);
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[must_use]
    pub fn utf8_path(&self) -> Option<&Utf8Path> {
        utf8(self.path_bytes())
    }

    /// [`hardlink`](Self::hardlink) where it is UTF-8.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let entry = EntryBuf::hardlink("b", "a")?;
    /// assert_eq!(entry.utf8_hardlink().map(|path| path.as_str()), Some("a"));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[must_use]
    pub fn utf8_hardlink(&self) -> Option<&Utf8Path> {
        self.hardlink_bytes().and_then(utf8)
    }

    /// [`symlink`](Self::symlink) where it is UTF-8.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let entry = EntryBuf::symlink("b", "a")?;
    /// assert_eq!(entry.utf8_symlink().map(|path| path.as_str()), Some("a"));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[must_use]
    pub fn utf8_symlink(&self) -> Option<&Utf8Path> {
        self.symlink_bytes().and_then(utf8)
    }
}

fn utf8(bytes: &[u8]) -> Option<&Utf8Path> {
    std::str::from_utf8(bytes).ok().map(Utf8Path::new)
}
