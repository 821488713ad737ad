//! What can go wrong when the library is loaded.

use std::{error::Error, fmt, path::PathBuf};

/// Why no libarchive could be loaded. Never happens in a program that is linked with it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadError {
    /// None of the names could be loaded; with what the loader said of each.
    #[non_exhaustive]
    NotFound {
        /// Name or path, and the loader's reason.
        tried: Vec<(PathBuf, String)>,
    },
    /// Something was loaded that has not the functions of libarchive.
    #[non_exhaustive]
    NotLibarchive {
        /// What was loaded.
        path: PathBuf,
        /// The first function that is missing.
        function: String,
    },
    /// The library is older than these bindings.
    #[non_exhaustive]
    TooOld {
        /// What was loaded.
        path: PathBuf,
        /// Its `archive_version_number`: 3006001 for 3.6.1.
        version_number: u32,
    },
    /// A library was loaded before; a process keeps the first.
    #[non_exhaustive]
    AlreadyLoaded {
        /// The one that stays.
        path: PathBuf,
    },
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { tried } => {
                f.write_str(
                    "no libarchive could be loaded: install it (Debian: libarchive13, Fedora and \
                     Arch: libarchive, macOS: brew install libarchive), or set \
                     ARCHIVE_SYS_DLOPEN_PATH to its file",
                )?;
                for (name, reason) in tried {
                    write!(f, "; {}: {reason}", name.display())?;
                }
                Ok(())
            }
            Self::NotLibarchive { path, function } => {
                write!(
                    f,
                    "{} is no libarchive: it lacks {function}",
                    path.display()
                )
            }
            Self::TooOld {
                path,
                version_number: n,
            } => write!(
                f,
                "{} is libarchive {}.{}.{}; 3.6.2 is the oldest that works",
                path.display(),
                n / 1_000_000,
                n / 1000 % 1000,
                n % 1000
            ),
            Self::AlreadyLoaded { path } => {
                write!(f, "{} is loaded already, and stays", path.display())
            }
        }
    }
}

impl Error for LoadError {}
