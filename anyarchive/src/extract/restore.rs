//! What of an entry's metadata is restored.

use bitflags::bitflags;

#[cfg(unix)]
use super::policy::Policy;
#[cfg(unix)]
use crate::{AclEntry, EntryRef, Timestamp, Xattr};

/// Whose the files are.
///
/// # Examples
///
/// ```
/// use anyarchive::{Extractor, Ownership};
///
/// let extractor = Extractor::new().ownership(Ownership::Names);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ownership {
    /// The extracting user's.
    #[default]
    Ignore,
    /// Those of the user and group with the numbers of the archive.
    Numeric,
    /// Those of the user and group with the names of the archive, as this system knows them; where
    /// it does not, or the archive has none, those with its numbers.
    Names,
}

/// What permissions files and directories get.
///
/// # Examples
///
/// ```
/// use anyarchive::{Extractor, Permissions};
///
/// let extractor = Extractor::new().permissions(Permissions::Ignore);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Permissions {
    /// Those of the archive, less the umask, or as a default ACL of the directory has it.
    #[default]
    Umask,
    /// Those of the archive, whatever the umask.
    Exact,
    /// Those of any new file or directory: 0666 and 0777, less the umask.
    Ignore,
}

bitflags! {
    /// What metadata is restored beside the permissions. What cannot be is a
    /// [remark](crate::Outcome::Warned) in the report.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{Extractor, Restore};
    ///
    /// let extractor = Extractor::new().restore(Restore::MTIME | Restore::XATTRS | Restore::ACLS);
    /// ```
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Restore: u32 {
        /// The time of modification, to the nanosecond. On when nothing is set.
        const MTIME = 1;
        /// The time of the last access, to the nanosecond.
        const ATIME = 1 << 1;
        /// Extended attributes of files and directories in the namespace `user.`, and in `trusted.`
        /// when [that is allowed](super::Allow::TRUSTED_XATTRS); no others. Linux only.
        const XATTRS = 1 << 2;
        /// POSIX.1e access control lists, access and default. Linux only; NFSv4 lists are not
        /// restored. Users and groups go by name with [`Ownership::Names`], else by number.
        const ACLS = 1 << 3;
        /// File flags, such as `nodump` or `immutable`. Linux only, where the file system has them.
        const FILE_FLAGS = 1 << 4;
    }
}

impl Default for Restore {
    fn default() -> Self {
        Self::MTIME
    }
}

/// What an entry gets beside name, data and permissions.
#[cfg(unix)]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    pub(super) mtime: Option<Timestamp>,
    pub(super) atime: Option<Timestamp>,
    /// Seldom there: most entries are done without.
    pub(super) more: Option<Box<More>>,
}

#[cfg(unix)]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct More {
    pub(super) owner: Option<Owner>,
    /// Permissions to set whatever the umask.
    pub(super) permissions: Option<u32>,
    /// Setuid, setgid and sticky bits to set.
    pub(super) privileges: u32,
    pub(super) xattrs: Vec<Xattr>,
    pub(super) acl: Vec<AclEntry>,
    /// Names of flags with commas between.
    pub(super) flags: Option<String>,
}

/// Whose an entry is. Names are there when they are to be used.
#[cfg(unix)]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) uid: Option<u64>,
    pub(super) gid: Option<u64>,
    pub(super) user: Option<Vec<u8>>,
    pub(super) group: Option<Vec<u8>>,
}

#[cfg(unix)]
impl Attributes {
    /// What the policy wants of an entry's metadata; the bits of the mode are added by the plan.
    pub(super) fn of(entry: &EntryRef, policy: &Policy) -> Self {
        let restore = policy.restore;
        let mut more = More {
            owner: Owner::of(entry, policy.ownership),
            ..More::default()
        };
        if restore.contains(Restore::XATTRS) {
            more.xattrs = entry.xattrs();
        }
        if restore.contains(Restore::ACLS) {
            more.acl = entry.acl();
        }
        if restore.contains(Restore::FILE_FLAGS) {
            more.flags = entry.fflags_text();
        }
        Self {
            mtime: entry.mtime().filter(|_| restore.contains(Restore::MTIME)),
            atime: entry.atime().filter(|_| restore.contains(Restore::ATIME)),
            more: (more != More::default()).then(|| Box::new(more)),
        }
    }
}

#[cfg(unix)]
impl Owner {
    fn of(entry: &EntryRef, ownership: Ownership) -> Option<Self> {
        let names = match ownership {
            Ownership::Ignore => return None,
            Ownership::Numeric => false,
            Ownership::Names => true,
        };
        Some(Self {
            uid: entry.uid(),
            gid: entry.gid(),
            user: entry.uname_bytes().filter(|_| names).map(<[u8]>::to_vec),
            group: entry.gname_bytes().filter(|_| names).map(<[u8]>::to_vec),
        })
    }
}
