//! Return codes of the C functions.

use std::ffi::c_int;

use archive_sys as sys;

/// What a C function that answers with a status code said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Done.
    Ok,
    /// There is no more.
    Eof,
    /// Done, with a remark.
    Warn,
    /// Not done, calling again may help.
    Retry,
    /// This item failed; the handle can go on.
    Failed,
    /// The handle is of no more use.
    Fatal,
}

impl Status {
    /// Converts a code; what is not known counts as fatal, as libarchive's own tools do.
    pub(crate) fn from_code(code: c_int) -> Self {
        match code {
            sys::ARCHIVE_OK => Self::Ok,
            sys::ARCHIVE_EOF => Self::Eof,
            sys::ARCHIVE_WARN => Self::Warn,
            sys::ARCHIVE_RETRY => Self::Retry,
            sys::ARCHIVE_FAILED => Self::Failed,
            _ => Self::Fatal,
        }
    }

    /// The code in C.
    pub(crate) fn code(self) -> c_int {
        match self {
            Self::Ok => sys::ARCHIVE_OK,
            Self::Eof => sys::ARCHIVE_EOF,
            Self::Warn => sys::ARCHIVE_WARN,
            Self::Retry => sys::ARCHIVE_RETRY,
            Self::Failed => sys::ARCHIVE_FAILED,
            Self::Fatal => sys::ARCHIVE_FATAL,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_survive_the_round_trip_and_unknown_ones_are_fatal() {
        for code in [0, 1, -10, -20, -25, -30] {
            assert_eq!(Status::from_code(code).code(), code);
        }
        assert_eq!(Status::from_code(-31), Status::Fatal);
        assert_eq!(Status::from_code(7), Status::Fatal);
    }
}
