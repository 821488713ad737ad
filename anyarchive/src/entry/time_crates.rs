//! Features `time` and `jiff`.

use super::Timestamp;

/// Nanoseconds since 1970, which is how both crates tell a time in one number.
#[allow(dead_code)] // each feature needs both directions, and each can be on alone
impl Timestamp {
    fn to_nanoseconds(self) -> i128 {
        i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanoseconds)
    }

    /// The times of both crates are within some ten thousand years.
    fn from_nanoseconds(nanoseconds: i128) -> Self {
        Self {
            seconds: nanoseconds.div_euclid(1_000_000_000) as i64,
            nanoseconds: nanoseconds.rem_euclid(1_000_000_000) as u32,
        }
    }
}

/// # Examples
///
/// ```
/// use anyarchive::Timestamp;
/// use time::OffsetDateTime;
///
/// let time = Timestamp::from(OffsetDateTime::UNIX_EPOCH - time::Duration::milliseconds(500));
/// assert_eq!(time, Timestamp { seconds: -1, nanoseconds: 500_000_000 });
/// ```
#[cfg(feature = "time")]
impl From<time::OffsetDateTime> for Timestamp {
    fn from(time: time::OffsetDateTime) -> Self {
        Self::from_nanoseconds(time.unix_timestamp_nanos())
    }
}

/// Fails for years that the crate `time` cannot tell.
///
/// # Examples
///
/// ```
/// use anyarchive::Timestamp;
/// use time::OffsetDateTime;
///
/// let time = OffsetDateTime::try_from(Timestamp { seconds: 86_400, nanoseconds: 7 })?;
/// assert_eq!((time.day(), time.nanosecond()), (2, 7));
/// # Ok::<(), time::error::ComponentRange>(())
/// ```
#[cfg(feature = "time")]
impl TryFrom<Timestamp> for time::OffsetDateTime {
    type Error = time::error::ComponentRange;

    fn try_from(time: Timestamp) -> Result<Self, Self::Error> {
        Self::from_unix_timestamp_nanos(time.to_nanoseconds())
    }
}

/// # Examples
///
/// ```
/// use anyarchive::Timestamp;
///
/// let time: jiff::Timestamp = "1969-12-31T23:59:59.5Z".parse()?;
/// assert_eq!(Timestamp::from(time), Timestamp { seconds: -1, nanoseconds: 500_000_000 });
/// # Ok::<(), jiff::Error>(())
/// ```
#[cfg(feature = "jiff")]
impl From<jiff::Timestamp> for Timestamp {
    fn from(time: jiff::Timestamp) -> Self {
        Self::from_nanoseconds(time.as_nanosecond())
    }
}

/// Fails for years that the crate `jiff` cannot tell.
///
/// # Examples
///
/// ```
/// use anyarchive::Timestamp;
///
/// let time = jiff::Timestamp::try_from(Timestamp { seconds: 86_400, nanoseconds: 0 })?;
/// assert_eq!(time.to_string(), "1970-01-02T00:00:00Z");
/// # Ok::<(), jiff::Error>(())
/// ```
#[cfg(feature = "jiff")]
impl TryFrom<Timestamp> for jiff::Timestamp {
    type Error = jiff::Error;

    fn try_from(time: Timestamp) -> Result<Self, Self::Error> {
        Self::from_nanosecond(time.to_nanoseconds())
    }
}
