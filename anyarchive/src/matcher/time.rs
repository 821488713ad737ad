//! Comparison of times.

use std::ffi::{CString, c_int, c_long};

use archive_sys as sys;

use crate::{
    Timestamp,
    error::{Error, ErrorKind, Result},
};

/// Which time of an entry is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeField {
    /// When the content changed last.
    Mtime,
    /// When the metadata changed last; the time of the content where an entry has no such time.
    Ctime,
    /// Both.
    Both,
}

/// How a time is to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeOrder {
    /// After.
    Newer,
    /// After, or equal.
    NewerOrEqual,
    /// Before.
    Older,
    /// Before, or equal.
    OlderOrEqual,
    /// Equal.
    Equal,
}

pub(super) fn flag(field: TimeField, order: TimeOrder) -> c_int {
    let field = match field {
        TimeField::Mtime => sys::ARCHIVE_MATCH_MTIME,
        TimeField::Ctime => sys::ARCHIVE_MATCH_CTIME,
        TimeField::Both => sys::ARCHIVE_MATCH_MTIME | sys::ARCHIVE_MATCH_CTIME,
    };
    let order = match order {
        TimeOrder::Newer => sys::ARCHIVE_MATCH_NEWER,
        TimeOrder::NewerOrEqual => sys::ARCHIVE_MATCH_NEWER | sys::ARCHIVE_MATCH_EQUAL,
        TimeOrder::Older => sys::ARCHIVE_MATCH_OLDER,
        TimeOrder::OlderOrEqual => sys::ARCHIVE_MATCH_OLDER | sys::ARCHIVE_MATCH_EQUAL,
        TimeOrder::Equal => sys::ARCHIVE_MATCH_EQUAL,
    };
    field | order
}

/// Seconds and nanoseconds as C takes them.
pub(super) fn to_c(time: Timestamp) -> Result<(sys::time_t, c_long)> {
    let invalid = |why: &'static str| Error::new(ErrorKind::InvalidInput, why);
    let seconds = sys::time_t::try_from(time.seconds)
        .map_err(|_| invalid("the time is out of this system's range"))?;
    match time.nanoseconds {
        // It fits: C has 32 bits or more for them.
        nanoseconds @ 0..1_000_000_000 => Ok((seconds, nanoseconds as c_long)),
        _ => Err(invalid("a time has more than 999,999,999 nanoseconds")),
    }
}

/// A date that C's parser can be trusted with.
///
/// Old releases count the years of a date in a loop and let sums overflow, so a text has to be
/// short and its numbers to have four digits at most; newer ones refuse longer numbers too.
pub(super) fn date(text: &str) -> Result<CString> {
    const LONGEST: usize = 128;
    let invalid = |why: &'static str| Err(Error::new(ErrorKind::InvalidInput, why));
    if text.is_empty() || text.len() > LONGEST {
        return invalid("a date has 1 to 128 characters");
    }
    if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return invalid("a date consists of printable ASCII characters");
    }
    if text.starts_with('@') {
        return invalid("this is no date; give seconds as a time");
    }
    let mut digits = 0;
    for byte in text.bytes() {
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        if digits > 4 {
            return invalid("a number in a date has four digits at most");
        }
    }
    CString::new(text).or_else(|_| invalid("a date has a NUL character"))
}
