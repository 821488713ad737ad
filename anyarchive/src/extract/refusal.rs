//! Why the engine does not do what an archive asks for.

use std::fmt;

use super::Limit;

/// Why an entry is not extracted though it could be: it is not safe, or not wanted.
///
/// `Display` gives the reason and, where there is one, what to do, as the rest of a sentence about
/// the entry.
///
/// # Examples
///
/// ```
/// use anyarchive::Refusal;
///
/// assert_eq!(Refusal::ParentComponent.to_string(), "its path contains `..`");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The archive gives it no path, or gives the destination itself to something that is no
    /// directory.
    EmptyPath,
    /// Its path is absolute.
    AbsolutePath,
    /// Its path contains `..`.
    ParentComponent,
    /// Its path, or what it links to, contains a NUL byte.
    NulByte,
    /// A component of its path is longer than 255 bytes.
    NameTooLong,
    /// Its path, or what it links to, is longer than so many bytes:
    /// [`Limits::path_bytes`](crate::Limits::path_bytes).
    PathTooLong(usize),
    /// Its path has more than so many components: [`Limits::depth`](crate::Limits::depth).
    TooDeep(usize),
    /// It is longer than so many bytes, or says so: [`Limits::file_bytes`](crate::Limits::file_bytes).
    FileTooLong(u64),
    /// Its path, or what it links to, means something else on Windows, or nothing, and
    /// [`PathRules::Portable`](crate::PathRules::Portable) is set.
    NotPortable,
    /// An earlier entry has its path, and [`Duplicates::Refuse`](crate::Duplicates::Refuse) is set.
    Duplicate,
    /// An earlier entry has its path but for case or the way in which Unicode characters are
    /// composed, and [`Duplicates::RefuseTwins`](crate::Duplicates::RefuseTwins) is set.
    Twin,
    /// A directory of its path is a symbolic link. Those are never followed.
    SymlinkInPath,
    /// It is a link, and the archive does not say to what.
    NoTarget,
    /// It is a symbolic link, and [`Symlinks::Refuse`](crate::Symlinks::Refuse) is set.
    Symlink,
    /// It is a hard link, and [`HardLinks::Refuse`](crate::HardLinks::Refuse) is set.
    HardLink,
    /// It is a symbolic link to an absolute path.
    AbsoluteSymlink,
    /// It is a symbolic link that leads outside the destination.
    OutsideSymlink,
    /// It is a symbolic link whose target goes down and then up again, so that where it leads
    /// depends on other symbolic links.
    WindingSymlink,
    /// It is a hard link to a path that would itself be refused.
    UnsafeHardLink,
    /// It is a hard link to something that is no regular file.
    HardLinkToSpecial,
    /// It is a character or block device.
    Device,
    /// It is a named pipe.
    Fifo,
    /// It is a socket.
    Socket,
    /// The archive does not say what it is, and it has no data.
    UnknownType,
    /// A directory that is not empty has its name.
    DirectoryInTheWay,
}

impl Refusal {
    /// The limit that it is beyond, if it is one.
    #[must_use]
    pub fn limit(&self) -> Option<Limit> {
        match self {
            Self::PathTooLong(_) => Some(Limit::PathBytes),
            Self::TooDeep(_) => Some(Limit::Depth),
            Self::FileTooLong(_) => Some(Limit::FileBytes),
            _ => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PathTooLong(limit) => {
                return write!(
                    f,
                    "its path or target is longer than {limit} bytes, the limit `path_bytes`"
                );
            }
            Self::TooDeep(limit) => {
                return write!(
                    f,
                    "its path has more than {limit} components, the limit `depth`"
                );
            }
            Self::FileTooLong(limit) => {
                return write!(f, "it is longer than {limit} bytes, the limit `file_bytes`");
            }
            Self::NotPortable => "its path or target is not the same on Windows",
            Self::Duplicate => "an earlier entry has its path",
            Self::Twin => "an earlier entry has its path but for case or composed characters",
            Self::Symlink => "it is a symbolic link",
            Self::HardLink => "it is a hard link",
            Self::EmptyPath => "it has no name",
            Self::AbsolutePath => "its path is absolute",
            Self::ParentComponent => "its path contains `..`",
            Self::NulByte => "its path or target contains a NUL byte",
            Self::NameTooLong => "a component of its path is longer than 255 bytes",
            Self::SymlinkInPath => "its path leads through a symbolic link",
            Self::NoTarget => "it is a link without a target",
            Self::AbsoluteSymlink => "it is a symbolic link to an absolute path",
            Self::OutsideSymlink => "it is a symbolic link that leads outside the destination",
            Self::WindingSymlink => {
                "it is a symbolic link whose target goes down and then up again with `..`"
            }
            Self::UnsafeHardLink => "it is a hard link to a path that is not safe",
            Self::HardLinkToSpecial => "it is a hard link to something other than a regular file",
            Self::Device => "it is a device",
            Self::Fifo => "it is a named pipe",
            Self::Socket => "it is a socket",
            Self::UnknownType => "the archive does not say what it is",
            Self::DirectoryInTheWay => {
                "a directory that is not empty has its name; remove it or extract elsewhere"
            }
        })
    }
}
