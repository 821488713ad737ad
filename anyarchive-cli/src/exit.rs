//! How a run ends.

use std::process::ExitCode;

/// Every exit code of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All is well; also when whoever reads the output has had enough.
    Ok = 0,
    /// Something was wrong with the archive, a file or a disk, or entries were refused.
    Problem = 1,
    /// The command line makes no sense.
    Usage = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command stops early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The archive, told with its name.
    Archive(anyarchive::Error),
    /// The archive could not be opened; it can be a pipe.
    Open {
        error: anyarchive::Error,
        stream: bool,
    },
    /// Anything else, told as it stands.
    Other(String),
    /// A wrong command line that the parser cannot see.
    Usage(String),
    /// Whoever reads the output has closed it: no failure at all.
    PipeClosed,
}

impl From<anyarchive::Error> for Failure {
    fn from(error: anyarchive::Error) -> Self {
        Self::Archive(error)
    }
}
