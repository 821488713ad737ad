//! The four times of an entry.

use std::{
    ffi::{c_int, c_long},
    time::{Duration, SystemTime},
};

use archive_sys as sys;

use super::{EntryRef, ffi};

/// A point in time with nanoseconds; before 1970 the seconds are negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    pub seconds: i64,
    /// Nanoseconds to add, 0 to 999,999,999.
    pub nanoseconds: u32,
}

impl Timestamp {
    /// The same point for `std`; `None` where the system's clock cannot tell it.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::Timestamp;
    /// use std::time::{Duration, SystemTime};
    ///
    /// let before_1970 = Timestamp { seconds: -1, nanoseconds: 500_000_000 };
    /// let expected = SystemTime::UNIX_EPOCH - Duration::from_millis(500);
    /// assert_eq!(before_1970.to_system_time(), Some(expected));
    /// ```
    #[must_use]
    pub fn to_system_time(self) -> Option<SystemTime> {
        let whole = Duration::from_secs(self.seconds.unsigned_abs());
        let time = if self.seconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(whole)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(whole)
        };
        time?.checked_add(Duration::from_nanos(self.nanoseconds.into()))
    }

    fn from_parts(is_set: c_int, seconds: sys::time_t, nanoseconds: c_long) -> Option<Self> {
        if is_set == 0 {
            return None;
        }
        // libarchive keeps 0 to 999,999,999; anything else would be its bug, not the caller's.
        let nanoseconds = u32::try_from(nanoseconds)
            .ok()
            .filter(|&n| n < 1_000_000_000);
        #[allow(clippy::useless_conversion)] // time_t is narrower on some systems
        Some(Self {
            seconds: i64::from(seconds),
            nanoseconds: nanoseconds.unwrap_or(0),
        })
    }
}

impl EntryRef {
    /// When the content changed last.
    #[doc(alias = "archive_entry_mtime")]
    #[doc(alias = "archive_entry_mtime_nsec")]
    #[doc(alias = "archive_entry_mtime_is_set")]
    #[must_use]
    pub fn mtime(&self) -> Option<Timestamp> {
        Timestamp::from_parts(
            ffi::mtime_is_set(self),
            ffi::mtime(self),
            ffi::mtime_nsec(self),
        )
    }

    /// When the content was read last.
    #[doc(alias = "archive_entry_atime")]
    #[doc(alias = "archive_entry_atime_nsec")]
    #[doc(alias = "archive_entry_atime_is_set")]
    #[must_use]
    pub fn atime(&self) -> Option<Timestamp> {
        Timestamp::from_parts(
            ffi::atime_is_set(self),
            ffi::atime(self),
            ffi::atime_nsec(self),
        )
    }

    /// When the metadata changed last.
    #[doc(alias = "archive_entry_ctime")]
    #[doc(alias = "archive_entry_ctime_nsec")]
    #[doc(alias = "archive_entry_ctime_is_set")]
    #[must_use]
    pub fn ctime(&self) -> Option<Timestamp> {
        Timestamp::from_parts(
            ffi::ctime_is_set(self),
            ffi::ctime(self),
            ffi::ctime_nsec(self),
        )
    }

    /// When the file was made.
    #[doc(alias = "archive_entry_birthtime")]
    #[doc(alias = "archive_entry_birthtime_nsec")]
    #[doc(alias = "archive_entry_birthtime_is_set")]
    #[must_use]
    pub fn birthtime(&self) -> Option<Timestamp> {
        Timestamp::from_parts(
            ffi::birthtime_is_set(self),
            ffi::birthtime(self),
            ffi::birthtime_nsec(self),
        )
    }
}
