//! File type and permissions.

use archive_sys as sys;

use super::{EntryRef, ffi};

/// What an entry is. A hard link has the type of its target, or none that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

impl EntryRef {
    /// What the entry is. See [`hardlink`](Self::hardlink) too.
    #[doc(alias = "archive_entry_filetype")]
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

    /// Major and minor number of a device.
    #[doc(alias = "archive_entry_rdev")]
    #[doc(alias = "archive_entry_rdevmajor")]
    #[doc(alias = "archive_entry_rdevminor")]
    #[must_use]
    pub fn rdev(&self) -> Option<(u64, u64)> {
        matches!(
            self.file_type(),
            FileType::CharDevice | FileType::BlockDevice
        )
        .then(|| (ffi::rdevmajor(self) as u64, ffi::rdevminor(self) as u64))
    }

    /// Major and minor number of the device that held the file, where the archive tells it.
    #[doc(alias = "archive_entry_dev")]
    #[doc(alias = "archive_entry_devmajor")]
    #[doc(alias = "archive_entry_devminor")]
    #[must_use]
    pub fn dev(&self) -> Option<(u64, u64)> {
        (ffi::dev_is_set(self) != 0)
            .then(|| (ffi::devmajor(self) as u64, ffi::devminor(self) as u64))
    }

    /// Inode number, where the archive tells it.
    #[doc(alias = "archive_entry_ino")]
    #[doc(alias = "archive_entry_ino64")]
    #[must_use]
    pub fn ino(&self) -> Option<u64> {
        (ffi::ino_is_set(self) != 0).then(|| ffi::ino(self).cast_unsigned())
    }

    /// Number of hard links, 0 where the archive does not tell it.
    #[doc(alias = "archive_entry_nlink")]
    #[must_use]
    pub fn nlink(&self) -> u32 {
        ffi::nlink(self)
    }
}
