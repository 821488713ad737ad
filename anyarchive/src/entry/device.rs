//! Numbers of devices, inodes and links.

use archive_sys as sys;

use super::{
    EntryBuf, EntryRef, FileType, ffi,
    owned::{invalid, signed},
    set,
};
use crate::error::Result;

impl EntryRef {
    /// Major and minor number of a device.
    #[doc(alias = "archive_entry_rdev")]
    #[doc(alias = "archive_entry_rdev_is_set")]
    #[doc(alias = "archive_entry_rdevmajor")]
    #[doc(alias = "archive_entry_rdevminor")]
    #[must_use]
    pub fn rdev(&self) -> Option<(u64, u64)> {
        (self.is_device() && ffi::rdev_is_set(self))
            .then(|| (ffi::rdevmajor(self) as u64, ffi::rdevminor(self) as u64))
    }

    fn is_device(&self) -> bool {
        matches!(
            self.file_type(),
            FileType::CharDevice | FileType::BlockDevice
        )
    }

    /// Major and minor number of the device that held the file, where the archive tells it.
    #[doc(alias = "archive_entry_dev")]
    #[doc(alias = "archive_entry_dev_is_set")]
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
    #[doc(alias = "archive_entry_ino_is_set")]
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

impl EntryBuf {
    /// Sets major and minor number of a device.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when the entry is no device, and
    /// above [`u32::MAX`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{EntryBuf, FileType};
    ///
    /// let mut entry = EntryBuf::file("dev/null", 0)?;
    /// assert!(entry.set_rdev(1, 3).is_err());
    /// entry.set_file_type(FileType::CharDevice)?.set_rdev(1, 3)?;
    /// assert_eq!(entry.rdev(), Some((1, 3)));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_set_rdev")]
    #[doc(alias = "archive_entry_set_rdevmajor")]
    #[doc(alias = "archive_entry_set_rdevminor")]
    pub fn set_rdev(&mut self, major: u64, minor: u64) -> Result<&mut Self> {
        if !self.is_device() {
            return Err(invalid(
                "only devices have device numbers: set the type first",
            ));
        }
        let (major, minor) = (number(major)?, number(minor)?);
        set::set_rdevmajor(self, major);
        set::set_rdevminor(self, minor);
        Ok(self)
    }

    /// Sets major and minor number of the device that holds the file. With the
    /// [inode number](Self::set_ino) they tell hard links.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) above [`u32::MAX`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let mut entry = EntryBuf::file("a", 0)?;
    /// entry.set_dev(8, 1)?.set_ino(4711)?.set_nlink(2);
    /// assert_eq!((entry.dev(), entry.ino(), entry.nlink()), (Some((8, 1)), Some(4711), 2));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_set_dev")]
    #[doc(alias = "archive_entry_set_devmajor")]
    #[doc(alias = "archive_entry_set_devminor")]
    pub fn set_dev(&mut self, major: u64, minor: u64) -> Result<&mut Self> {
        let (major, minor) = (number(major)?, number(minor)?);
        set::set_devmajor(self, major);
        set::set_devminor(self, minor);
        Ok(self)
    }

    /// Sets the inode number.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) above [`i64::MAX`].
    #[doc(alias = "archive_entry_set_ino")]
    #[doc(alias = "archive_entry_set_ino64")]
    pub fn set_ino(&mut self, ino: u64) -> Result<&mut Self> {
        set::set_ino(self, signed("inode number", ino)?);
        Ok(self)
    }

    /// Sets the number of hard links.
    #[doc(alias = "archive_entry_set_nlink")]
    pub fn set_nlink(&mut self, nlink: u32) -> &mut Self {
        set::set_nlink(self, nlink);
        self
    }
}

/// Part of a device number: systems that split it in C know no more than 32 bits.
fn number(value: u64) -> Result<sys::dev_t> {
    let value = u32::try_from(value).ok();
    // dev_t is signed and narrower on some systems.
    #[allow(clippy::useless_conversion, clippy::unnecessary_fallible_conversions)]
    let number = value.and_then(|value| sys::dev_t::try_from(value).ok());
    number.ok_or_else(|| invalid("a device number is too large"))
}
