//! Access control lists.

use std::ffi::c_int;

use archive_sys as sys;
use bitflags::bitflags;

use super::{
    EntryBuf, EntryRef, lists,
    owned::{invalid, text},
};
use crate::{
    error::{Error, ErrorKind, Result},
    ffi::Status,
};

/// Which list a line belongs to and, in NFSv4 lists, what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum AclKind {
    /// POSIX.1e: access to this file.
    Access,
    /// POSIX.1e: what files made in this directory get.
    Default,
    /// NFSv4: allows.
    Allow,
    /// NFSv4: denies.
    Deny,
    /// NFSv4: writes to the audit log.
    Audit,
    /// NFSv4: raises an alarm.
    Alarm,
}

/// Whom a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum AclTag {
    /// The user named by the line.
    User,
    /// The owner of the file.
    UserObj,
    /// The group named by the line.
    Group,
    /// The group of the file.
    GroupObj,
    /// POSIX.1e: the most that `User`, `Group` and `GroupObj` may do.
    Mask,
    /// POSIX.1e: everybody else.
    Other,
    /// NFSv4: everybody.
    Everyone,
    /// Nothing that this version knows.
    Unknown,
}

bitflags! {
    /// What a line permits or denies, and in NFSv4 lists how it is inherited.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
    pub struct AclPermissions: u32 {
        /// Execute a file, search a directory.
        const EXECUTE = sys::ARCHIVE_ENTRY_ACL_EXECUTE.cast_unsigned();
        /// POSIX.1e write.
        const WRITE = sys::ARCHIVE_ENTRY_ACL_WRITE.cast_unsigned();
        /// POSIX.1e read.
        const READ = sys::ARCHIVE_ENTRY_ACL_READ.cast_unsigned();
        /// NFSv4: read data, list a directory.
        const READ_DATA = sys::ARCHIVE_ENTRY_ACL_READ_DATA.cast_unsigned();
        /// NFSv4: write data, add a file.
        const WRITE_DATA = sys::ARCHIVE_ENTRY_ACL_WRITE_DATA.cast_unsigned();
        /// NFSv4: append data, add a subdirectory.
        const APPEND_DATA = sys::ARCHIVE_ENTRY_ACL_APPEND_DATA.cast_unsigned();
        /// NFSv4: read named attributes.
        const READ_NAMED_ATTRS = sys::ARCHIVE_ENTRY_ACL_READ_NAMED_ATTRS.cast_unsigned();
        /// NFSv4: write named attributes.
        const WRITE_NAMED_ATTRS = sys::ARCHIVE_ENTRY_ACL_WRITE_NAMED_ATTRS.cast_unsigned();
        /// NFSv4: delete files of the directory.
        const DELETE_CHILD = sys::ARCHIVE_ENTRY_ACL_DELETE_CHILD.cast_unsigned();
        /// NFSv4: read attributes.
        const READ_ATTRIBUTES = sys::ARCHIVE_ENTRY_ACL_READ_ATTRIBUTES.cast_unsigned();
        /// NFSv4: write attributes.
        const WRITE_ATTRIBUTES = sys::ARCHIVE_ENTRY_ACL_WRITE_ATTRIBUTES.cast_unsigned();
        /// NFSv4: delete the file.
        const DELETE = sys::ARCHIVE_ENTRY_ACL_DELETE.cast_unsigned();
        /// NFSv4: read the list.
        const READ_ACL = sys::ARCHIVE_ENTRY_ACL_READ_ACL.cast_unsigned();
        /// NFSv4: write the list.
        const WRITE_ACL = sys::ARCHIVE_ENTRY_ACL_WRITE_ACL.cast_unsigned();
        /// NFSv4: change the owner.
        const WRITE_OWNER = sys::ARCHIVE_ENTRY_ACL_WRITE_OWNER.cast_unsigned();
        /// NFSv4: synchronise.
        const SYNCHRONIZE = sys::ARCHIVE_ENTRY_ACL_SYNCHRONIZE.cast_unsigned();
        /// NFSv4 inheritance: the line was inherited.
        const INHERITED = sys::ARCHIVE_ENTRY_ACL_ENTRY_INHERITED.cast_unsigned();
        /// NFSv4 inheritance: to files.
        const FILE_INHERIT = sys::ARCHIVE_ENTRY_ACL_ENTRY_FILE_INHERIT.cast_unsigned();
        /// NFSv4 inheritance: to directories.
        const DIRECTORY_INHERIT = sys::ARCHIVE_ENTRY_ACL_ENTRY_DIRECTORY_INHERIT.cast_unsigned();
        /// NFSv4 inheritance: not beyond the next level.
        const NO_PROPAGATE_INHERIT =
            sys::ARCHIVE_ENTRY_ACL_ENTRY_NO_PROPAGATE_INHERIT.cast_unsigned();
        /// NFSv4 inheritance: not for this directory itself.
        const INHERIT_ONLY = sys::ARCHIVE_ENTRY_ACL_ENTRY_INHERIT_ONLY.cast_unsigned();
        /// NFSv4: audit or alarm on success.
        const SUCCESSFUL_ACCESS = sys::ARCHIVE_ENTRY_ACL_ENTRY_SUCCESSFUL_ACCESS.cast_unsigned();
        /// NFSv4: audit or alarm on failure.
        const FAILED_ACCESS = sys::ARCHIVE_ENTRY_ACL_ENTRY_FAILED_ACCESS.cast_unsigned();
        // Bits that libarchive may add are kept.
        const _ = !0;
    }
}

impl AclPermissions {
    /// What POSIX.1e lists can hold.
    pub const POSIX1E: Self = Self::READ.union(Self::WRITE).union(Self::EXECUTE);
    /// What NFSv4 lists can hold, with inheritance.
    pub const NFS4: Self = Self::from_bits_retain(
        (sys::ARCHIVE_ENTRY_ACL_PERMS_NFS4 | sys::ARCHIVE_ENTRY_ACL_INHERITANCE_NFS4)
            .cast_unsigned(),
    );
}

impl AclKind {
    /// Whether the list is one of NFSv4; else it is of POSIX.1e.
    #[must_use]
    pub fn is_nfs4(self) -> bool {
        !matches!(self, Self::Access | Self::Default)
    }

    fn code(self) -> c_int {
        match self {
            Self::Access => sys::ARCHIVE_ENTRY_ACL_TYPE_ACCESS,
            Self::Default => sys::ARCHIVE_ENTRY_ACL_TYPE_DEFAULT,
            Self::Allow => sys::ARCHIVE_ENTRY_ACL_TYPE_ALLOW,
            Self::Deny => sys::ARCHIVE_ENTRY_ACL_TYPE_DENY,
            Self::Audit => sys::ARCHIVE_ENTRY_ACL_TYPE_AUDIT,
            Self::Alarm => sys::ARCHIVE_ENTRY_ACL_TYPE_ALARM,
        }
    }
}

impl AclTag {
    fn code(self) -> c_int {
        match self {
            Self::User => sys::ARCHIVE_ENTRY_ACL_USER,
            Self::UserObj => sys::ARCHIVE_ENTRY_ACL_USER_OBJ,
            Self::Group => sys::ARCHIVE_ENTRY_ACL_GROUP,
            Self::GroupObj => sys::ARCHIVE_ENTRY_ACL_GROUP_OBJ,
            Self::Mask => sys::ARCHIVE_ENTRY_ACL_MASK,
            Self::Other => sys::ARCHIVE_ENTRY_ACL_OTHER,
            Self::Everyone => sys::ARCHIVE_ENTRY_ACL_EVERYONE,
            Self::Unknown => 0,
        }
    }
}

/// One line of an access control list.
///
/// Its text is that of `getfacl` and of archives: `user:alice:r-x`, `default:mask::rwx`,
/// `group:staff:rwxp----------:fd-----:allow`. With a name and a number, the number comes last.
///
/// # Examples
///
/// ```
/// use anyarchive::{AclEntry, AclKind, AclPermissions, AclTag};
///
/// let permissions = AclPermissions::READ | AclPermissions::EXECUTE;
/// let line = AclEntry::new(AclKind::Access, AclTag::User, permissions).with_name("alice");
/// assert_eq!(line.to_string(), "user:alice:r-x");
/// assert_eq!("user:alice:r-x".parse::<AclEntry>()?, line);
/// # Ok::<(), anyarchive::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct AclEntry {
    /// Which list it is in.
    pub kind: AclKind,
    /// Whom it is about.
    pub tag: AclTag,
    /// What it permits or denies.
    pub permissions: AclPermissions,
    /// Number of the user or group, where the archive gives it: [`i32::MAX`] at most.
    #[cfg_attr(feature = "serde", serde(default))]
    pub id: Option<u32>,
    /// Name of the user or group, where the archive gives it.
    #[cfg_attr(feature = "serde", serde(default, with = "super::serde::some_bytes"))]
    pub name: Option<Vec<u8>>,
}

impl AclEntry {
    /// A line without name and number.
    #[must_use]
    pub fn new(kind: AclKind, tag: AclTag, permissions: AclPermissions) -> Self {
        Self {
            kind,
            tag,
            permissions,
            id: None,
            name: None,
        }
    }

    /// The line for the user or group of this number.
    #[must_use]
    pub fn with_id(mut self, id: u32) -> Self {
        self.id = Some(id);
        self
    }

    /// The line for the user or group of this name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<Vec<u8>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Says why a list cannot hold the line.
    pub(super) fn check(&self) -> Result<()> {
        let nfs4 = self.kind.is_nfs4();
        let fits = match self.tag {
            AclTag::User | AclTag::UserObj | AclTag::Group | AclTag::GroupObj => true,
            AclTag::Mask | AclTag::Other => !nfs4,
            AclTag::Everyone => nfs4,
            AclTag::Unknown => false,
        };
        if !fits {
            let (tag, kind) = (self.tag, self.kind);
            return Err(invalid(format!(
                "{tag:?} is not for a list of kind {kind:?}"
            )));
        }
        let most = if nfs4 {
            AclPermissions::NFS4
        } else {
            AclPermissions::POSIX1E
        };
        if !most.contains(self.permissions) {
            return Err(invalid(format!(
                "{:?} is not for a list of kind {:?}",
                self.permissions.difference(most),
                self.kind
            )));
        }
        let name = self.name.as_deref().unwrap_or_default();
        match self.tag {
            AclTag::User | AclTag::Group if name.is_empty() && self.id.is_none() => {
                Err(invalid("a user or group needs a name or a number"))
            }
            AclTag::User | AclTag::Group => Ok(()),
            _ if name.is_empty() && self.id.is_none() => Ok(()),
            tag => Err(invalid(format!("{tag:?} has no name and no number"))),
        }
    }

    /// Whether C would put one of the two in the place of the other.
    fn replaces(&self, other: &Self) -> bool {
        let named = matches!(self.tag, AclTag::User | AclTag::Group);
        !self.kind.is_nfs4()
            && (self.kind, self.tag, self.id) == (other.kind, other.tag, other.id)
            && (self.id.is_some() || !named || self.name == other.name)
    }
}

impl EntryRef {
    /// The access control lists, POSIX.1e or NFSv4; empty when the mode says everything.
    #[doc(alias = "archive_entry_acl_count")]
    #[doc(alias = "archive_entry_acl_next")]
    #[doc(alias = "archive_entry_acl_reset")]
    #[doc(alias = "archive_entry_acl_types")]
    #[must_use]
    pub fn acl(&self) -> Vec<AclEntry> {
        let types = lists::acl_types(self);
        let posix = sys::ARCHIVE_ENTRY_ACL_TYPE_POSIX1E;
        let wanted = match types {
            0 => return Vec::new(),
            _ if types & posix != 0 => types & posix,
            _ => sys::ARCHIVE_ENTRY_ACL_TYPE_NFS4,
        };
        let lines = lists::acl(self, wanted).into_iter();
        lines
            .filter_map(|line| {
                Some(AclEntry {
                    kind: kind(line.kind)?,
                    tag: tag(line.tag),
                    permissions: AclPermissions::from_bits_retain(line.permset.cast_unsigned()),
                    id: u32::try_from(line.qualifier).ok(),
                    name: line.name,
                })
            })
            .collect()
    }
}

impl EntryBuf {
    /// Sets the access control lists, in the place of all that there were. POSIX.1e and NFSv4 lines do
    /// not mix. In a POSIX.1e access list, the lines of the owner, of the group and of others are the
    /// [mode](Self::set_mode), and change it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for lines that do not mix or come twice, for a tag or permissions
    /// that their kind of list cannot hold, for a user or group without name and number, and for
    /// numbers above [`i32::MAX`]. The lists stay as they were then.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let mut entry = EntryBuf::file("a", 0)?;
    /// entry.set_acl(&["user:alice:rw-".parse()?, "mask::rw-".parse()?])?;
    /// let lines: Vec<_> = entry.acl().iter().map(ToString::to_string).collect();
    /// let expected = ["user::rw-", "group::r--", "other::r--", "user:alice:rw-", "mask::rw-"];
    /// assert_eq!(lines, expected);
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_acl_add_entry")]
    #[doc(alias = "archive_entry_acl_clear")]
    pub fn set_acl(&mut self, lines: &[AclEntry]) -> Result<&mut Self> {
        let mut checked = Vec::with_capacity(lines.len());
        for (index, line) in lines.iter().enumerate() {
            line.check()?;
            if line.kind.is_nfs4() != lines[0].kind.is_nfs4() {
                return Err(invalid(
                    "POSIX.1e and NFSv4 access control lists do not mix",
                ));
            }
            if lines[..index].iter().any(|earlier| line.replaces(earlier)) {
                return Err(invalid(format!("{line} comes twice")));
            }
            let id = match line.id.map(c_int::try_from) {
                None => -1,
                Some(Ok(id)) => id,
                Some(Err(_)) => return Err(invalid(format!("the number of {line} is too large"))),
            };
            let name = text(
                "name in an access control list",
                line.name.as_deref().unwrap_or_default(),
            )?;
            let permissions = line.permissions.bits().cast_signed();
            checked.push(((line.kind.code(), permissions, line.tag.code(), id), name));
        }
        lists::acl_clear(self);
        for (numbers, name) in &checked {
            let status = lists::acl_add_entry(self, *numbers, Some(name));
            if status != Status::Ok {
                return Err(Error::new(
                    ErrorKind::OutOfMemory,
                    "no memory for an access control list",
                )
                .with_op("archive_entry_acl_add_entry")
                .with_status(status));
            }
        }
        Ok(self)
    }
}

fn kind(code: c_int) -> Option<AclKind> {
    Some(match code {
        sys::ARCHIVE_ENTRY_ACL_TYPE_ACCESS => AclKind::Access,
        sys::ARCHIVE_ENTRY_ACL_TYPE_DEFAULT => AclKind::Default,
        sys::ARCHIVE_ENTRY_ACL_TYPE_ALLOW => AclKind::Allow,
        sys::ARCHIVE_ENTRY_ACL_TYPE_DENY => AclKind::Deny,
        sys::ARCHIVE_ENTRY_ACL_TYPE_AUDIT => AclKind::Audit,
        sys::ARCHIVE_ENTRY_ACL_TYPE_ALARM => AclKind::Alarm,
        _ => return None,
    })
}

fn tag(code: c_int) -> AclTag {
    match code {
        sys::ARCHIVE_ENTRY_ACL_USER => AclTag::User,
        sys::ARCHIVE_ENTRY_ACL_USER_OBJ => AclTag::UserObj,
        sys::ARCHIVE_ENTRY_ACL_GROUP => AclTag::Group,
        sys::ARCHIVE_ENTRY_ACL_GROUP_OBJ => AclTag::GroupObj,
        sys::ARCHIVE_ENTRY_ACL_MASK => AclTag::Mask,
        sys::ARCHIVE_ENTRY_ACL_OTHER => AclTag::Other,
        sys::ARCHIVE_ENTRY_ACL_EVERYONE => AclTag::Everyone,
        _ => AclTag::Unknown,
    }
}
