//! Access control lists as text.
//!
//! Written here and not taken from C, whose `archive_entry_acl_to_text` writes behind its memory in
//! releases up to 3.8.7, and whose parser skips what it does not understand.

use std::{fmt, str::FromStr};

use super::{AclEntry, AclKind, AclPermissions, AclTag, owned::invalid};
use crate::error::{Error, Result};

const POSIX1E: [(char, AclPermissions); 3] = [
    ('r', AclPermissions::READ),
    ('w', AclPermissions::WRITE),
    ('x', AclPermissions::EXECUTE),
];

const NFS4: [(char, AclPermissions); 14] = [
    ('r', AclPermissions::READ_DATA),
    ('w', AclPermissions::WRITE_DATA),
    ('x', AclPermissions::EXECUTE),
    ('p', AclPermissions::APPEND_DATA),
    ('d', AclPermissions::DELETE),
    ('D', AclPermissions::DELETE_CHILD),
    ('a', AclPermissions::READ_ATTRIBUTES),
    ('A', AclPermissions::WRITE_ATTRIBUTES),
    ('R', AclPermissions::READ_NAMED_ATTRS),
    ('W', AclPermissions::WRITE_NAMED_ATTRS),
    ('c', AclPermissions::READ_ACL),
    ('C', AclPermissions::WRITE_ACL),
    ('o', AclPermissions::WRITE_OWNER),
    ('s', AclPermissions::SYNCHRONIZE),
];

const INHERITANCE: [(char, AclPermissions); 7] = [
    ('f', AclPermissions::FILE_INHERIT),
    ('d', AclPermissions::DIRECTORY_INHERIT),
    ('i', AclPermissions::INHERIT_ONLY),
    ('n', AclPermissions::NO_PROPAGATE_INHERIT),
    ('S', AclPermissions::SUCCESSFUL_ACCESS),
    ('F', AclPermissions::FAILED_ACCESS),
    ('I', AclPermissions::INHERITED),
];

const NFS4_KINDS: [(&str, AclKind); 4] = [
    ("allow", AclKind::Allow),
    ("deny", AclKind::Deny),
    ("audit", AclKind::Audit),
    ("alarm", AclKind::Alarm),
];

/// The line as text, with U+FFFD for what is not UTF-8 in a name.
impl fmt::Display for AclEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nfs4 = self.kind.is_nfs4();
        if self.kind == AclKind::Default {
            f.write_str("default:")?;
        }
        f.write_str(match (self.tag, nfs4) {
            (AclTag::UserObj, true) => "owner@",
            (AclTag::GroupObj, true) => "group@",
            (AclTag::User | AclTag::UserObj, _) => "user",
            (AclTag::Group | AclTag::GroupObj, _) => "group",
            (AclTag::Mask, _) => "mask",
            (AclTag::Other, _) => "other",
            (AclTag::Everyone, _) => "everyone@",
            (AclTag::Unknown, _) => "?",
        })?;
        f.write_str(":")?;
        let named = matches!(self.tag, AclTag::User | AclTag::Group);
        if named {
            match (&self.name, self.id) {
                (Some(name), _) => f.write_str(&String::from_utf8_lossy(name))?,
                (None, Some(id)) => write!(f, "{id}")?,
                (None, None) => {}
            }
        }
        if named || !nfs4 {
            f.write_str(":")?;
        }
        if nfs4 {
            letters(f, &NFS4, self.permissions)?;
            f.write_str(":")?;
            letters(f, &INHERITANCE, self.permissions)?;
            let kind = NFS4_KINDS.iter().find(|(_, kind)| *kind == self.kind);
            write!(f, ":{}", kind.map_or("?", |(text, _)| text))?;
        } else {
            letters(f, &POSIX1E, self.permissions)?;
        }
        match (&self.name, self.id) {
            (Some(_), Some(id)) if named => write!(f, ":{id}"),
            _ => Ok(()),
        }
    }
}

fn letters(
    f: &mut fmt::Formatter<'_>,
    table: &[(char, AclPermissions)],
    permissions: AclPermissions,
) -> fmt::Result {
    for (letter, bit) in table {
        let letter = if permissions.contains(*bit) {
            *letter
        } else {
            '-'
        };
        fmt::Write::write_char(f, letter)?;
    }
    Ok(())
}

/// Reads what [`Display`](fmt::Display) writes, and the short forms of POSIX.1e: `u:alice:rx`,
/// `d:g::r`, `other:r`. A name of digits alone is a number. The error is
/// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), for anything that is not understood.
impl FromStr for AclEntry {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let fields: Vec<&str> = text.trim().split(':').map(str::trim).collect();
        parse(&fields)
            .ok_or_else(|| invalid(format!("{text:?} is no line of an access control list")))
    }
}

fn parse(fields: &[&str]) -> Option<AclEntry> {
    let nfs4 = match fields {
        [first, ..] if first.ends_with('@') => true,
        ["user" | "group", _, _, _, kind, ..] => nfs4_kind(kind).is_some(),
        _ => false,
    };
    if nfs4 {
        parse_nfs4(fields)
    } else {
        parse_posix1e(fields)
    }
}

fn parse_nfs4(fields: &[&str]) -> Option<AclEntry> {
    let (tag, who, rest) = match fields {
        ["user", who, rest @ ..] => (AclTag::User, Some(*who), rest),
        ["group", who, rest @ ..] => (AclTag::Group, Some(*who), rest),
        ["owner@", rest @ ..] => (AclTag::UserObj, None, rest),
        ["group@", rest @ ..] => (AclTag::GroupObj, None, rest),
        ["everyone@", rest @ ..] => (AclTag::Everyone, None, rest),
        _ => return None,
    };
    let ([permissions, inheritance, kind], id) = match rest {
        [a, b, c] => ([a, b, c], None),
        [a, b, c, id] if who.is_some() => ([a, b, c], Some(*id)),
        _ => return None,
    };
    let permissions = bits(&NFS4, permissions)? | bits(&INHERITANCE, inheritance)?;
    let mut line = AclEntry::new(nfs4_kind(kind)?, tag, permissions);
    if let Some(who) = who {
        name(&mut line, who, id)?;
    }
    Some(line)
}

fn nfs4_kind(text: &str) -> Option<AclKind> {
    let (_, kind) = NFS4_KINDS.iter().find(|(name, _)| *name == text)?;
    Some(*kind)
}

fn parse_posix1e(fields: &[&str]) -> Option<AclEntry> {
    let (kind, fields) = match fields {
        ["default" | "d", rest @ ..] => (AclKind::Default, rest),
        _ => (AclKind::Access, fields),
    };
    let (tag, who, permissions, id) = match fields {
        ["user" | "u", "", permissions] => (AclTag::UserObj, None, permissions, None),
        ["group" | "g", "", permissions] => (AclTag::GroupObj, None, permissions, None),
        ["user" | "u", who, permissions] => (AclTag::User, Some(*who), permissions, None),
        ["group" | "g", who, permissions] => (AclTag::Group, Some(*who), permissions, None),
        ["user" | "u", who, permissions, id] => (AclTag::User, Some(*who), permissions, Some(*id)),
        ["group" | "g", who, permissions, id] => {
            (AclTag::Group, Some(*who), permissions, Some(*id))
        }
        ["mask" | "m", "", permissions] | ["mask" | "m", permissions] => {
            (AclTag::Mask, None, permissions, None)
        }
        ["other" | "o", "", permissions] | ["other" | "o", permissions] => {
            (AclTag::Other, None, permissions, None)
        }
        _ => return None,
    };
    let mut line = AclEntry::new(kind, tag, bits(&POSIX1E, permissions)?);
    if let Some(who) = who {
        name(&mut line, who, id)?;
    }
    Some(line)
}

/// Puts a user or group into a line: by name, by number, or both.
fn name(line: &mut AclEntry, who: &str, id: Option<&str>) -> Option<()> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u32>().ok().filter(|&id| id <= i32::MAX as u32))
    };
    line.id = match id {
        None => None,
        Some(id) => Some(number(id)??),
    };
    match number(who) {
        Some(who) if line.id.is_none() || line.id == who => line.id = Some(who?),
        _ if who.is_empty() => line.id.map(|_| ())?,
        _ => line.name = Some(who.as_bytes().to_vec()),
    }
    Some(())
}

/// The permissions that letters stand for, with any number of hyphens between.
fn bits(table: &[(char, AclPermissions)], text: &str) -> Option<AclPermissions> {
    let mut permissions = AclPermissions::empty();
    for letter in text.chars().filter(|&letter| letter != '-') {
        let (_, bit) = table.iter().find(|(known, _)| *known == letter)?;
        permissions |= *bit;
    }
    Some(permissions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_there_and_back() {
        for text in [
            "user::rwx",
            "group::---",
            "other::r--",
            "mask::-w-",
            "user:alice:r-x",
            "user:1000:r-x",
            "group:staff:r--:50",
            "default:user::rwx",
            "default:group:wheel:--x:0",
            "default:mask::rwx",
            "owner@:rwxpdDaARWcCos:fdinSFI:allow",
            "group@:--------------:-------:deny",
            "everyone@:r-----a-R-c--s:-------:audit",
            "user:bob:-w------------:f------:alarm",
            "group:7:r-------------:-d-----:allow",
            "user:bob:r-------------:-------:allow:1001",
        ] {
            let line: AclEntry = text.parse().expect(text);
            assert_eq!(line.to_string(), text);
            assert!(line.check().is_ok(), "{text}");
        }
    }

    #[test]
    fn short_forms_are_read() {
        for (short, long) in [
            ("u::rwx", "user::rwx"),
            ("g:staff:r", "group:staff:r--"),
            ("m:rx", "mask::r-x"),
            ("o:r", "other::r--"),
            ("d:o::x", "default:other::--x"),
            (" user : alice : r-- ", "user:alice:r--"),
            ("user:1000:rw-:1000", "user:1000:rw-"),
            ("user::rw-:5", "user:5:rw-"),
            ("owner@:rw:f:allow", "owner@:rw------------:f------:allow"),
        ] {
            let line: AclEntry = short.parse().expect(short);
            assert_eq!(line.to_string(), long);
        }
    }

    #[test]
    fn what_is_no_line_is_refused() {
        for text in [
            "",
            ":",
            "user",
            "user:alice",
            "user:alice:rwq",
            "user:alice:r--:bob",
            "user::r--:",
            "user:alice:r--:1:2",
            "user:4294967296:r--",
            "user:2147483648:r--",
            "mask:alice:r--",
            "other:alice:r--",
            "default:",
            "default:default:user::r--",
            "owner@:r:f",
            "owner@:r:f:maybe",
            "owner@:r:f:allow:5",
            "owner@::r:f:allow",
            "nobody@:r:f:allow",
            "user::r:f:allow",
            "user:bob:r:q:allow",
            "user:bob:r:f:allow:x",
            "# comment",
        ] {
            let error = text.parse::<AclEntry>().expect_err(text);
            assert_eq!(error.kind(), crate::ErrorKind::InvalidInput, "{text}");
        }
    }
}
