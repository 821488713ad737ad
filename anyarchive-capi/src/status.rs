//! What functions answer.

use anyarchive::ErrorKind;

/// What a function answers: 0 or more when it did what it should, less than 0 when not.
///
/// New numbers can be added, so test for `< 0`. No number is used again for something else.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum anyarchive_status {
    /// It is done.
    Ok = 0,
    /// There is no more.
    Eof = 1,
    /// A file, source or sink failed.
    Io = -101,
    /// The input is in no format that is enabled.
    UnknownFormat = -102,
    /// The input ends before the archive or the entry does.
    Truncated = -103,
    /// The archive contradicts its format or its checksums.
    Corrupt = -104,
    /// The entry is encrypted and no password was given.
    PasswordRequired = -105,
    /// None of the passwords opens the entry.
    WrongPassword = -106,
    /// The library cannot do this.
    Unsupported = -107,
    /// An argument cannot work: NULL, a number out of range, a path with NUL, an unknown option.
    InvalidInput = -108,
    /// Memory ran out, or more would be needed than is allowed.
    OutOfMemory = -109,
    /// A limit or a rule of security forbids this.
    Refused = -110,
    /// A callback asked to stop, or a token was cancelled.
    Cancelled = -111,
    /// The handle failed for good before.
    Poisoned = -112,
    /// The library reported a failure of no other kind.
    Other = -113,
    /// The handle is in use: by the call that runs this callback, or by another thread. The handle
    /// keeps no error of this.
    Busy = -114,
    /// The library panicked, which is an error in it; the handle is of no more use.
    Panic = -115,
}

impl anyarchive_status {
    pub(crate) fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Io => Self::Io,
            ErrorKind::UnknownFormat => Self::UnknownFormat,
            ErrorKind::Truncated => Self::Truncated,
            ErrorKind::Corrupt => Self::Corrupt,
            ErrorKind::PasswordRequired => Self::PasswordRequired,
            ErrorKind::WrongPassword => Self::WrongPassword,
            ErrorKind::Unsupported => Self::Unsupported,
            ErrorKind::InvalidInput => Self::InvalidInput,
            ErrorKind::OutOfMemory => Self::OutOfMemory,
            ErrorKind::Refused => Self::Refused,
            ErrorKind::Cancelled => Self::Cancelled,
            ErrorKind::Poisoned => Self::Poisoned,
            _ => Self::Other,
        }
    }
}
