//! File type and permissions.

use archive_sys as sys;

use super::{EntryBuf, EntryRef, ffi, lists, owned::invalid, set};
use crate::error::Result;

/// What an entry is. A hard link has the type of its target, or none that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum FileType {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A character device.
    CharDevice,
    /// A block device.
    BlockDevice,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// The archive does not say.
    #[default]
    Unknown,
}

impl FileType {
    /// The letter that `ls -l` shows.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::File => '-',
            Self::Directory => 'd',
            Self::Symlink => 'l',
            Self::CharDevice => 'c',
            Self::BlockDevice => 'b',
            Self::Fifo => 'p',
            Self::Socket => 's',
            Self::Unknown => '?',
        }
    }
}

impl FileType {
    /// The type bits of a mode.
    pub(super) fn code(self) -> u32 {
        match self {
            Self::File => sys::AE_IFREG,
            Self::Directory => sys::AE_IFDIR,
            Self::Symlink => sys::AE_IFLNK,
            Self::CharDevice => sys::AE_IFCHR,
            Self::BlockDevice => sys::AE_IFBLK,
            Self::Fifo => sys::AE_IFIFO,
            Self::Socket => sys::AE_IFSOCK,
            Self::Unknown => 0,
        }
    }
}

impl EntryRef {
    /// What the entry is. See [`hardlink`](Self::hardlink) too.
    #[doc(alias = "archive_entry_filetype")]
    #[doc(alias = "archive_entry_filetype_is_set")]
    #[must_use]
    pub fn file_type(&self) -> FileType {
        #[allow(clippy::useless_conversion)] // mode_t is narrower on some systems
        match u32::from(ffi::filetype(self)) {
            sys::AE_IFREG => FileType::File,
            sys::AE_IFDIR => FileType::Directory,
            sys::AE_IFLNK => FileType::Symlink,
            sys::AE_IFCHR => FileType::CharDevice,
            sys::AE_IFBLK => FileType::BlockDevice,
            sys::AE_IFIFO => FileType::Fifo,
            sys::AE_IFSOCK => FileType::Socket,
            _ => FileType::Unknown,
        }
    }

    /// Permission bits with setuid, setgid and sticky: `0o7777` at most.
    #[doc(alias = "archive_entry_perm")]
    #[doc(alias = "archive_entry_mode")]
    #[must_use]
    pub fn mode(&self) -> u32 {
        #[allow(clippy::useless_conversion)] // mode_t is narrower on some systems
        let mode = u32::from(ffi::perm(self));
        mode & 0o7777
    }

    /// Whether the archive tells permissions. libarchive before 3.7.3 does not know, and says that it
    /// does.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// assert!(EntryBuf::file("a", 0)?.mode_is_set());
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_perm_is_set")]
    #[must_use]
    pub fn mode_is_set(&self) -> bool {
        ffi::perm_is_set(self)
    }

    /// Type and permissions as `ls -l` shows them, with a `+` for access control lists.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let mut entry = EntryBuf::directory("tmp")?;
    /// assert_eq!(entry.set_mode(0o1777)?.mode_string(), "drwxrwxrwt");
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_strmode")]
    #[must_use]
    pub fn mode_string(&self) -> String {
        let mode = self.mode();
        let kind = match self.file_type() {
            FileType::Unknown if self.hardlink_bytes().is_some() => 'h',
            kind => kind.letter(),
        };
        let mut text = String::from(kind);
        for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
            let bits = mode >> shift;
            text.push(if bits & 4 != 0 { 'r' } else { '-' });
            text.push(if bits & 2 != 0 { 'w' } else { '-' });
            text.push(match (mode & special != 0, bits & 1 != 0) {
                (false, false) => '-',
                (false, true) => 'x',
                (true, false) => letter.to_ascii_uppercase(),
                (true, true) => letter,
            });
        }
        if lists::acl_types(self) != 0 {
            text.push('+');
        }
        text
    }
}

impl EntryBuf {
    /// Sets what the entry is. [`set_symlink`](Self::set_symlink) makes symbolic links, as they need a
    /// target; another type takes the target away again.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a symbolic link without target.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{EntryBuf, FileType};
    ///
    /// let mut entry = EntryBuf::file("pipe", 0)?;
    /// assert_eq!(entry.set_file_type(FileType::Fifo)?.file_type(), FileType::Fifo);
    /// assert!(entry.set_file_type(FileType::Symlink).is_err());
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_set_filetype")]
    pub fn set_file_type(&mut self, kind: FileType) -> Result<&mut Self> {
        match (kind, self.symlink_bytes()) {
            (FileType::Symlink, None) => {
                return Err(invalid("a symbolic link needs a target: use set_symlink"));
            }
            (FileType::Symlink, Some(_)) | (_, None) => {}
            (_, Some(_)) => {
                self.remove_link();
            }
        }
        set::set_filetype(self, kind.code());
        Ok(self)
    }

    /// Sets the permission bits, with setuid, setgid and sticky.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) above `0o7777`: the type is set by
    /// [`set_file_type`](Self::set_file_type).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let mut entry = EntryBuf::file("run.sh", 0)?;
    /// assert_eq!(entry.set_mode(0o755)?.mode(), 0o755);
    /// assert!(entry.set_mode(0o100755).is_err());
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_set_perm")]
    #[doc(alias = "archive_entry_set_mode")]
    pub fn set_mode(&mut self, mode: u32) -> Result<&mut Self> {
        if mode > 0o7777 {
            return Err(invalid(format!("mode {mode:#o} is above 0o7777")));
        }
        set::set_perm(self, mode as sys::mode_t);
        Ok(self)
    }
}
