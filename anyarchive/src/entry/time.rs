//! The four times of an entry.

use std::{
    ffi::{c_int, c_long},
    time::{Duration, SystemTime},
};

use archive_sys as sys;

use super::{EntryBuf, EntryRef, ffi, owned::invalid, set};
use crate::error::Result;

/// A point in time with nanoseconds; before 1970 the seconds are negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Timestamp {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    pub seconds: i64,
    /// Nanoseconds to add, 0 to 999,999,999.
    pub nanoseconds: u32,
}

impl Timestamp {
    /// The beginning of 1970, which C has in some places for a time that is not there.
    pub(crate) const EPOCH: Self = Self {
        seconds: 0,
        nanoseconds: 0,
    };

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

    /// The parts for C, with less than a second of nanoseconds.
    fn into_parts(self) -> Result<(sys::time_t, c_long)> {
        let carry = i64::from(self.nanoseconds / 1_000_000_000);
        let seconds = self.seconds.checked_add(carry);
        // time_t is narrower on some systems.
        #[allow(clippy::useless_conversion, clippy::unnecessary_fallible_conversions)]
        let seconds = seconds.and_then(|seconds| sys::time_t::try_from(seconds).ok());
        let seconds =
            seconds.ok_or_else(|| invalid("the time is out of the range of the system"))?;
        Ok((seconds, (self.nanoseconds % 1_000_000_000) as c_long))
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

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let (after, span) = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(span) => (true, span),
            Err(before) => (false, before.duration()),
        };
        // No system's clock tells more than i64 seconds.
        let seconds = i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
        let nanoseconds = span.subsec_nanos();
        match (after, nanoseconds) {
            (true, _) => Self {
                seconds,
                nanoseconds,
            },
            (false, 0) => Self {
                seconds: -seconds,
                nanoseconds,
            },
            (false, _) => Self {
                seconds: -seconds - 1,
                nanoseconds: 1_000_000_000 - nanoseconds,
            },
        }
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

impl EntryBuf {
    /// Sets when the content changed last; `None` says that it is not known.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a time that C cannot tell.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{EntryBuf, Timestamp};
    /// use std::time::SystemTime;
    ///
    /// let mut entry = EntryBuf::file("a", 0)?;
    /// entry.set_mtime(Timestamp { seconds: 86_400, nanoseconds: 5 })?;
    /// assert_eq!(entry.mtime().map(|time| time.seconds), Some(86_400));
    /// entry.set_mtime(Timestamp::from(SystemTime::now()))?;
    /// assert_eq!(entry.set_mtime(None)?.mtime(), None);
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_set_mtime")]
    #[doc(alias = "archive_entry_unset_mtime")]
    pub fn set_mtime(&mut self, time: impl Into<Option<Timestamp>>) -> Result<&mut Self> {
        match time.into() {
            Some(time) => {
                let (seconds, nanoseconds) = time.into_parts()?;
                set::set_mtime(self, seconds, nanoseconds);
            }
            None => set::unset_mtime(self),
        }
        Ok(self)
    }

    /// Sets when the content was read last; `None` says that it is not known.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a time that C cannot tell.
    #[doc(alias = "archive_entry_set_atime")]
    #[doc(alias = "archive_entry_unset_atime")]
    pub fn set_atime(&mut self, time: impl Into<Option<Timestamp>>) -> Result<&mut Self> {
        match time.into() {
            Some(time) => {
                let (seconds, nanoseconds) = time.into_parts()?;
                set::set_atime(self, seconds, nanoseconds);
            }
            None => set::unset_atime(self),
        }
        Ok(self)
    }

    /// Sets when the metadata changed last; `None` says that it is not known.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a time that C cannot tell.
    #[doc(alias = "archive_entry_set_ctime")]
    #[doc(alias = "archive_entry_unset_ctime")]
    pub fn set_ctime(&mut self, time: impl Into<Option<Timestamp>>) -> Result<&mut Self> {
        match time.into() {
            Some(time) => {
                let (seconds, nanoseconds) = time.into_parts()?;
                set::set_ctime(self, seconds, nanoseconds);
            }
            None => set::unset_ctime(self),
        }
        Ok(self)
    }

    /// Sets when the file was made; `None` says that it is not known.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a time that C cannot tell.
    #[doc(alias = "archive_entry_set_birthtime")]
    #[doc(alias = "archive_entry_unset_birthtime")]
    pub fn set_birthtime(&mut self, time: impl Into<Option<Timestamp>>) -> Result<&mut Self> {
        match time.into() {
            Some(time) => {
                let (seconds, nanoseconds) = time.into_parts()?;
                set::set_birthtime(self, seconds, nanoseconds);
            }
            None => set::unset_birthtime(self),
        }
        Ok(self)
    }
}
