//! Why work on an entry ends early.

use std::io;

use rustix::io::Errno;

use super::{Outcome, Refusal, Skip};
use crate::{Error, ErrorKind};

/// What keeps an entry from being made.
#[derive(Debug)]
pub(super) enum Halt {
    /// Only this entry is concerned.
    Entry(Outcome),
    /// The next one would not fare better, or the caller wants no more.
    Everything(Error),
}

impl Halt {
    pub(super) fn failed(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::Entry(Outcome::Failed(Error::new(kind, message.into())))
    }

    /// A failure of the system while it was asked to do `what` (as in "cannot {what}").
    pub(super) fn os(what: &str, error: impl Into<io::Error>) -> Self {
        let error = error.into();
        let code = error.raw_os_error();
        let hopeless = [
            (
                Errno::NOSPC,
                "the destination is full: free some space and extract again",
            ),
            (
                Errno::DQUOT,
                "the quota at the destination is used up: free some space and extract again",
            ),
            (
                Errno::ROFS,
                "the destination is read-only: extract elsewhere",
            ),
            (
                Errno::IO,
                "the destination's storage is failing: extract elsewhere",
            ),
        ]
        .into_iter()
        .find(|(errno, _)| code == Some(errno.raw_os_error()));
        match hopeless {
            Some((_, advice)) => {
                Self::Everything(Error::io(format!("cannot {what}, {advice}"), error))
            }
            None => Self::Entry(Outcome::Failed(Error::io(format!("cannot {what}"), error))),
        }
    }

    /// A failure to read data: it concerns only this entry if the reader can go on.
    pub(super) fn reading(error: Error) -> Self {
        if error.is_recoverable() {
            Self::Entry(Outcome::Failed(error))
        } else {
            Self::Everything(error)
        }
    }

    /// Another process changes the destination faster than this one can follow.
    pub(super) fn contended() -> Self {
        Self::failed(
            ErrorKind::Other,
            "another process keeps changing what has its name",
        )
    }
}

impl From<Refusal> for Halt {
    fn from(reason: Refusal) -> Self {
        Self::Entry(Outcome::Refused(reason))
    }
}

impl From<Skip> for Halt {
    fn from(reason: Skip) -> Self {
        Self::Entry(Outcome::Skipped(reason))
    }
}
