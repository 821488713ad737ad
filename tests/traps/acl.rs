//! Access control lists.

use anyarchive::{AclEntry, AclKind, AclPermissions, AclTag, EntryBuf, ErrorKind};

use crate::entry::everything;

/// Contract 6.1: `acl_to_text` overflows its memory for NFSv4 users without name, up to 3.8.7. The text
/// is made in Rust.
#[test]
fn nameless_nfs4_users_become_text() {
    let line =
        |id| AclEntry::new(AclKind::Allow, AclTag::User, AclPermissions::READ_DATA).with_id(id);
    let lines: Vec<_> = (0..200).map(|n| line(i32::MAX as u32 - n)).collect();
    let mut entry = EntryBuf::file("a", 0).unwrap();
    entry.set_acl(&lines).unwrap();
    assert_eq!(entry.clone().acl(), lines);
    let text = entry.acl()[0].to_string();
    assert_eq!(text, "user:2147483647:r-------------:-------:allow");
    assert_eq!(text.parse::<AclEntry>().unwrap(), lines[0]);
}

/// Contract 6.3: kinds of lists do not mix in C, lines come in the place of others, and of three the
/// mode is changed. The first two are refused, the last is said.
#[test]
fn access_control_lists_are_whole_or_refused() {
    let mut entry = EntryBuf::file("a", 0).unwrap();
    let parse = |text: &str| text.parse::<AclEntry>().unwrap();
    entry
        .set_acl(&[parse("user:alice:rw-"), parse("mask::rw-")])
        .unwrap();
    let before = everything(&entry);
    let own = |kind, tag, permissions| AclEntry::new(kind, tag, permissions);
    let read = AclPermissions::READ;
    for bad in [
        vec![parse("user:alice:rw-"), parse("owner@:r::allow")],
        vec![parse("user:1:r--"), parse("user:1:rw-")],
        vec![parse("user:alice:r--"), parse("user:alice:rw-")],
        vec![parse("user:alice:r--:1"), parse("user:bob:rw-:1")],
        vec![parse("default:mask::r--"), parse("default:mask::rw-")],
        vec![own(AclKind::Access, AclTag::User, read)],
        vec![own(AclKind::Access, AclTag::Everyone, read)],
        vec![own(AclKind::Allow, AclTag::Mask, AclPermissions::READ_DATA)],
        vec![own(AclKind::Access, AclTag::Unknown, read)],
        vec![own(
            AclKind::Access,
            AclTag::UserObj,
            AclPermissions::DELETE,
        )],
        vec![own(AclKind::Allow, AclTag::Everyone, AclPermissions::READ)],
        vec![parse("mask::r--").with_id(1)],
        vec![parse("user:alice:r--").with_id(u32::MAX)],
        vec![parse("user:alice:r--").with_name(*b"a\0b")],
    ] {
        let error = entry.set_acl(&bad).expect_err(&format!("{bad:?}"));
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{bad:?}");
        assert_eq!(everything(&entry), before, "{bad:?}");
    }
    entry
        .set_acl(&[parse("user::--x"), parse("other::-w-")])
        .unwrap();
    assert_eq!(entry.mode(), 0o142);
    let twice = [parse("user:alice:r::allow"), parse("user:alice:r::allow")];
    assert_eq!(entry.set_acl(&twice).unwrap().acl(), twice);
    assert!(entry.set_acl(&[]).unwrap().acl().is_empty());
}
