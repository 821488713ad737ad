//! POSIX.1e access control lists, as Linux keeps them in extended attributes.

use crate::{AclEntry, AclKind, AclPermissions, AclTag, Error, ErrorKind, Result};

/// Which list an extended attribute holds, if it holds one.
pub(super) fn kind_of(xattr: &[u8]) -> Option<AclKind> {
    match xattr {
        b"system.posix_acl_access" => Some(AclKind::Access),
        b"system.posix_acl_default" => Some(AclKind::Default),
        _ => None,
    }
}

/// The lines of a list: a version, then tag, permissions and number of each, little endian.
pub(super) fn parse(kind: AclKind, blob: &[u8]) -> Result<Vec<AclEntry>> {
    const VERSION: [u8; 4] = 2_u32.to_le_bytes();
    let unknown = || {
        let what = "an access control list in a form that is not known";
        Error::new(ErrorKind::Unsupported, what)
    };
    let lines = blob.strip_prefix(&VERSION).ok_or_else(unknown)?;
    if lines.len() % 8 != 0 {
        return Err(unknown());
    }
    let parse_line = |line: &[u8]| {
        let tag = match u16::from_le_bytes([line[0], line[1]]) {
            0x01 => AclTag::UserObj,
            0x02 => AclTag::User,
            0x04 => AclTag::GroupObj,
            0x08 => AclTag::Group,
            0x10 => AclTag::Mask,
            0x20 => AclTag::Other,
            _ => return Err(unknown()),
        };
        let bits = u16::from_le_bytes([line[2], line[3]]);
        let mut permissions = AclPermissions::empty();
        for (bit, permission) in [
            (4, AclPermissions::READ),
            (2, AclPermissions::WRITE),
            (1, AclPermissions::EXECUTE),
        ] {
            permissions.set(permission, bits & bit != 0);
        }
        let entry = AclEntry::new(kind, tag, permissions);
        Ok(match tag {
            AclTag::User | AclTag::Group => {
                entry.with_id(u32::from_le_bytes([line[4], line[5], line[6], line[7]]))
            }
            _ => entry,
        })
    };
    lines.chunks_exact(8).map(parse_line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(lines: &[(u16, u16, u32)]) -> Vec<u8> {
        let mut blob = 2_u32.to_le_bytes().to_vec();
        for (tag, permissions, id) in lines {
            blob.extend(tag.to_le_bytes());
            blob.extend(permissions.to_le_bytes());
            blob.extend(id.to_le_bytes());
        }
        blob
    }

    #[test]
    fn lines_are_understood() {
        let none = u32::MAX;
        let blob = blob(&[
            (0x01, 7, none),
            (0x02, 6, 1000),
            (0x04, 5, none),
            (0x08, 1, 50),
            (0x10, 7, none),
            (0x20, 0, none),
        ]);
        let lines = parse(AclKind::Access, &blob).unwrap();
        let texts: Vec<_> = lines.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "user::rwx",
                "user:1000:rw-",
                "group::r-x",
                "group:50:--x",
                "mask::rwx",
                "other::---"
            ]
        );
    }

    #[test]
    fn other_forms_are_errors() {
        let mut unknown_tag = blob(&[(0x40, 7, 0)]);
        assert!(parse(AclKind::Access, &unknown_tag).is_err());
        unknown_tag.pop();
        assert!(parse(AclKind::Access, &unknown_tag).is_err());
        assert!(parse(AclKind::Access, b"").is_err());
        assert!(parse(AclKind::Access, &[3, 0, 0, 0]).is_err());
        assert!(parse(AclKind::Access, &[2, 0, 0, 0]).unwrap().is_empty());
    }
}
