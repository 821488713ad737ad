//! Access control lists.

use std::ffi::c_int;

use archive_sys as sys;
use bitflags::bitflags;

use super::{EntryRef, lists};

/// Which list a line belongs to and, in NFSv4 lists, what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

/// One line of an access control list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct AclEntry {
    /// Which list it is in.
    pub kind: AclKind,
    /// Whom it is about.
    pub tag: AclTag,
    /// What it permits or denies.
    pub permissions: AclPermissions,
    /// Number of the user or group, where the archive gives it.
    pub id: Option<u32>,
    /// Name of the user or group, where the archive gives it.
    pub name: Option<Vec<u8>>,
}

impl EntryRef {
    /// The access control lists, POSIX.1e or NFSv4; empty when the mode says everything.
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
