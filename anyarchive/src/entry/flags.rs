//! File flags.

use std::ffi::c_ulong;

use super::{
    EntryBuf, EntryRef, ffi,
    owned::{invalid, text},
    set,
};
use crate::error::Result;

impl EntryRef {
    /// File flags as text, such as `nodump,uappnd`.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::Reader;
    ///
    /// let mut reader = Reader::from_bytes("#mtree\nfile type=file flags=uappnd,nodump\n")?;
    /// let entry = reader.next_entry()?.expect("an entry");
    /// assert_eq!(entry.fflags_text().as_deref(), Some("uappnd,nodump"));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_fflags_text")]
    #[must_use]
    pub fn fflags_text(&self) -> Option<String> {
        ffi::fflags_text(self)
    }

    /// File flags as the bits of this system: those that are on, and those that are off. Flags that
    /// this system lacks are in [`fflags_text`](Self::fflags_text) alone.
    #[doc(alias = "archive_entry_fflags")]
    #[must_use]
    pub fn fflags(&self) -> (u64, u64) {
        let (on, off) = ffi::fflags(self);
        #[allow(clippy::useless_conversion)] // c_ulong is narrower on some systems
        (u64::from(on), u64::from(off))
    }
}

impl EntryBuf {
    /// Sets file flags by the names that this system has for them, with commas between; an empty text
    /// takes all away.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a name that libarchive does not
    /// know on this system. The flags stay as they were then.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let mut entry = EntryBuf::file("a", 0)?;
    /// assert!(entry.set_fflags_text("no such flag").is_err());
    /// # if cfg!(target_os = "linux") {
    /// entry.set_fflags_text("nodump")?;
    /// assert_eq!(entry.fflags_text().as_deref(), Some("nodump"));
    /// assert_ne!(entry.fflags(), (0, 0));
    /// # }
    /// assert_eq!(entry.set_fflags_text("")?.fflags_text(), None);
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_copy_fflags_text")]
    #[doc(alias = "archive_entry_copy_fflags_text_len")]
    pub fn set_fflags_text(&mut self, flags: &str) -> Result<&mut Self> {
        let flags = text("text of file flags", flags.as_bytes())?;
        if flags.is_empty() {
            set::set_fflags(self, 0, 0);
            return Ok(self);
        }
        // C keeps a text that it does not understand, and skips unknown names.
        if let Some(name) = set::copy_fflags_text(&mut Self::empty()?, &flags) {
            let name = String::from_utf8_lossy(name);
            return Err(invalid(format!("no file flag is called {name:?} here")));
        }
        set::copy_fflags_text(self, &flags);
        Ok(self)
    }

    /// Sets file flags as the bits of this system: those that are on, and those that are off.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for bits that C's type cannot hold.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let mut entry = EntryBuf::file("a", 0)?;
    /// assert_eq!(entry.set_fflags(0x40, 0x20)?.fflags(), (0x40, 0x20));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_set_fflags")]
    pub fn set_fflags(&mut self, on: u64, off: u64) -> Result<&mut Self> {
        match (c_ulong::try_from(on), c_ulong::try_from(off)) {
            (Ok(on), Ok(off)) => set::set_fflags(self, on, off),
            _ => return Err(invalid("file flags beyond the bits of this system")),
        }
        Ok(self)
    }
}
