//! Metadata of entries: what is set is what is told, by the entry, by its copies and by what it is
//! serialised to.

use std::ops::Range;

use anyarchive::{
    AclEntry, AclKind, AclPermissions, AclTag, DigestKind, EntryBuf, FileType, Reader, SymlinkType,
    Timestamp,
};
use anyarchive_test_support::{
    Utf8Locale,
    samples::{Item, Spec},
};
use proptest::{collection::vec, option, prelude::*, sample::select};

/// Any bytes but NUL.
fn name(len: Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(1..=255_u8, len.clone()),
        vec(select(b"aZ/._ \xc3\xa9\xf0".to_vec()), len)
    ]
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    let seconds = prop_oneof![any::<i64>(), -10..10_i64, select(vec![i64::MIN, i64::MAX])];
    let nanoseconds = prop_oneof![any::<u32>(), 0..1_000_000_000_u32];
    (seconds, nanoseconds).prop_map(|(seconds, nanoseconds)| Timestamp {
        seconds,
        nanoseconds,
    })
}

/// The same time with less than a second of nanoseconds.
fn normal(time: Timestamp) -> Option<Timestamp> {
    let carry = i64::from(time.nanoseconds / 1_000_000_000);
    Some(Timestamp {
        seconds: time.seconds.checked_add(carry)?,
        nanoseconds: time.nanoseconds % 1_000_000_000,
    })
}

fn acl_line() -> impl Strategy<Value = AclEntry> {
    let kind = select(vec![
        AclKind::Access,
        AclKind::Default,
        AclKind::Allow,
        AclKind::Deny,
        AclKind::Audit,
        AclKind::Alarm,
    ]);
    let tag = select(vec![
        AclTag::User,
        AclTag::UserObj,
        AclTag::Group,
        AclTag::GroupObj,
        AclTag::Mask,
        AclTag::Other,
        AclTag::Everyone,
    ]);
    let id = option::of(prop_oneof![0..5_u32, any::<u32>()]);
    (kind, tag, any::<u32>(), id, option::of(name(1..20))).prop_map(
        |(kind, tag, bits, id, name)| {
            let most = match kind {
                AclKind::Access | AclKind::Default => AclPermissions::POSIX1E,
                _ => AclPermissions::NFS4,
            };
            let mut line = AclEntry::new(kind, tag, AclPermissions::from_bits_retain(bits) & most);
            if matches!(tag, AclTag::User | AclTag::Group) {
                line.id = id;
                line.name = name;
            }
            line
        },
    )
}

/// Holes and data one after the other, and a hole at the end.
fn sparse_map() -> impl Strategy<Value = (Vec<Range<u64>>, u64)> {
    (vec((0..3_u64, 0..3_u64), 0..6), 0..3_u64).prop_map(|(pieces, tail)| {
        let mut end = 0;
        let map = pieces
            .into_iter()
            .map(|(hole, data)| {
                let start = end + hole;
                end = start + data;
                start..end
            })
            .collect();
        (map, end + tail)
    })
}

/// Ranges as the entry tells them: those that touch are one, and one that is all is none.
fn told(map: &[Range<u64>], size: u64) -> Vec<Range<u64>> {
    let mut told: Vec<Range<u64>> = Vec::new();
    for range in map {
        match told.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => told.push(range.clone()),
        }
    }
    match &told[..] {
        [all] if *all == (0..size) => Vec::new(),
        _ => told,
    }
}

/// An entry with anything that can be set.
fn entry() -> impl Strategy<Value = EntryBuf> {
    let kind = select(vec![
        FileType::File,
        FileType::Directory,
        FileType::CharDevice,
        FileType::Fifo,
        FileType::Unknown,
    ]);
    let numbers = (
        0..=0o7777_u32,
        0..=i64::MAX as u64,
        any::<u32>(),
        any::<u32>(),
    );
    let lists = (
        vec(acl_line(), 0..5),
        vec((name(1..20), vec(any::<u8>(), 0..20)), 0..5),
        sparse_map(),
    );
    let names = (
        name(1..200),
        option::of(name(1..100)),
        name(0..20),
        name(0..20),
    );
    let rest = (any::<bool>(), vec(any::<u8>(), 0..20), any::<[u8; 16]>());
    (
        kind,
        numbers,
        vec(option::of(timestamp()), 4),
        lists,
        names,
        rest,
    )
        .prop_map(
            |(kind, (mode, number, major, minor), times, lists, names, rest)| {
                let mut entry = EntryBuf::file("x", 0).unwrap();
                entry.set_path_bytes(&names.0).unwrap();
                entry.set_file_type(kind).unwrap().set_mode(mode).unwrap();
                let _ = entry.set_rdev(major.into(), minor.into());
                entry.set_dev(major.into(), minor.into()).unwrap();
                entry.set_ino(number).unwrap().set_uid(number).unwrap();
                entry.set_gid(number / 2).unwrap().set_nlink(minor);
                let (map, size) = lists.2;
                entry.set_size(size).unwrap().set_sparse_map(&map).unwrap();
                match (&names.1, rest.0) {
                    (Some(target), true) => drop(entry.set_hardlink_bytes(target)),
                    (Some(target), false) => drop(entry.set_symlink_bytes(target)),
                    (None, _) => {}
                }
                if rest.0 {
                    entry.set_symlink_type(SymlinkType::Directory);
                }
                entry
                    .set_uname(&names.2)
                    .unwrap()
                    .set_gname(&names.3)
                    .unwrap();
                // Those out of range are refused.
                let _ = entry.set_mtime(times[0]);
                let _ = entry.set_atime(times[1]);
                let _ = entry.set_ctime(times[2]);
                let _ = entry.set_birthtime(times[3]);
                let _ = entry.set_acl(&lists.0);
                for (name, value) in &lists.1 {
                    entry.set_xattr(name, value).unwrap();
                }
                entry.set_mac_metadata(&rest.1).unwrap();
                let _ = entry.set_digest(DigestKind::Md5, &rest.2);
                entry.set_encrypted(rest.0).set_metadata_encrypted(!rest.0);
                entry
            },
        )
}

proptest! {
    #[test]
    fn paths_and_names_are_kept_byte_for_byte(path in name(1..300), owner in name(0..50)) {
        let mut entry = EntryBuf::file("x", 0).unwrap();
        entry.set_path_bytes(&path).unwrap().set_uname(&owner).unwrap();
        prop_assert_eq!(entry.path_bytes(), &path[..]);
        prop_assert_eq!(entry.uname_bytes().unwrap_or_default(), &owner[..]);
        entry.set_symlink_bytes(&path).unwrap();
        prop_assert_eq!(entry.symlink_bytes(), Some(&path[..]));
        entry.set_hardlink_bytes(&path).unwrap();
        prop_assert_eq!(entry.hardlink_bytes(), Some(&path[..]));
    }

    #[test]
    fn times_are_kept_or_refused(time in timestamp()) {
        let mut entry = EntryBuf::file("x", 0).unwrap();
        let set = entry.set_mtime(time).map(|entry| entry.mtime());
        match normal(time) {
            Some(time) => prop_assert_eq!(set.unwrap(), Some(time)),
            None => prop_assert!(set.is_err()),
        }
    }

    #[test]
    fn sparse_maps_are_kept((map, size) in sparse_map()) {
        let mut entry = EntryBuf::file("x", size).unwrap();
        entry.set_sparse_map(&map).unwrap();
        prop_assert_eq!(entry.sparse_map(), told(&map, size));
    }

    #[test]
    fn acls_are_kept_or_refused_as_a_whole(lines in vec(acl_line(), 0..6)) {
        let mut entry = EntryBuf::file("x", 0).unwrap();
        match entry.set_acl(&lines) {
            Err(_) => prop_assert_eq!(entry.acl(), []),
            Ok(_) => {
                let kept = entry.acl();
                for line in &lines {
                    // Without named users there is but the mode.
                    let shift = match (line.kind, line.tag) {
                        (AclKind::Access, AclTag::UserObj) => 6,
                        (AclKind::Access, AclTag::GroupObj) => 3,
                        (AclKind::Access, AclTag::Other) => 0,
                        _ => {
                            prop_assert!(kept.contains(line), "{line}: {kept:?}");
                            continue;
                        }
                    };
                    prop_assert_eq!(entry.mode() >> shift & 7, line.permissions.bits());
                }
            }
        }
    }

    #[test]
    fn acl_text_is_read_again(mut line in acl_line()) {
        // A name of digits is a number, and `:` ends a field.
        line.name = line.name.filter(|name| name.iter().all(u8::is_ascii_alphabetic));
        line.id = line.id.filter(|&id| id <= i32::MAX as u32);
        let text = line.to_string();
        let nameless = line.name.is_none() && line.id.is_none();
        match (nameless, line.tag, text.parse::<AclEntry>()) {
            (true, AclTag::User | AclTag::Group, read) => prop_assert_ne!(read.ok(), Some(line)),
            (_, AclTag::Everyone, read) if !line.kind.is_nfs4() => prop_assert!(read.is_err()),
            (_, AclTag::Mask | AclTag::Other, read) if line.kind.is_nfs4() => {
                prop_assert!(read.is_err());
            }
            (_, _, read) => prop_assert_eq!(read.unwrap(), line),
        }
    }

    #[test]
    fn text_of_any_kind_is_read_or_refused(text in "(default:|[a-z@]{0,6}:|[0-9]{0,11}:|[-rwxpf]{0,4}:|allow){0,7}") {
        if let Ok(line) = text.parse::<AclEntry>() {
            prop_assert_eq!(line.to_string().parse::<AclEntry>().unwrap(), line);
        }
    }

    #[test]
    fn copies_are_equal(entry in entry()) {
        let copy = entry.clone();
        prop_assert_eq!(&copy, &entry);
        prop_assert_eq!(&copy.clone(), &entry);
    }

    #[test]
    fn serialised_entries_come_back(entry in entry()) {
        let json = serde_json::to_string(&entry).unwrap();
        prop_assert_eq!(&serde_json::from_str::<EntryBuf>(&json).expect(&json), &entry);
        let compact = postcard::to_stdvec(&entry).unwrap();
        prop_assert_eq!(&postcard::from_bytes::<EntryBuf>(&compact).unwrap(), &entry);
    }
}

#[test]
fn entries_of_archives_are_serialised_too() {
    let items = [
        Item::file("größe", "data")
            .owner(1000, 100)
            .owner_names("alice", "staff"),
        Item::hard_link("second", "größe"),
        Item::symlink("soft", "größe"),
        Item::directory("dir"),
    ];
    let odd = Item::file(*b"not \xff UTF-8", "x").mtime(-5, 0);
    let _utf8 = Utf8Locale::enter();
    for format in ["pax", "zip", "newc", "7zip"] {
        let odd = (format == "newc").then(|| odd.clone());
        let items: Vec<Item> = items.iter().cloned().chain(odd).collect();
        let archive = Spec::new(format).to_vec(items.clone()).expect(format);
        let mut reader = Reader::from_bytes(archive).unwrap();
        let mut count = 0;
        while let Some(entry) = reader.next_entry().unwrap() {
            let json = serde_json::to_string(&*entry).unwrap();
            let back: EntryBuf = serde_json::from_str(&json).expect(&json);
            assert_eq!(*back, *entry, "{format}");
            count += 1;
        }
        assert_eq!(count, items.len(), "{format}");
    }
}

#[test]
fn what_setters_refuse_is_not_deserialised() {
    for json in [
        r#"{ "path": "a", "mode": 65536 }"#,
        r#"{ "path": "a", "size": -1 }"#,
        r#"{ "path": "a\u0000b" }"#,
        r#"{ "path": "a", "file_type": "symlink" }"#,
        r#"{ "path": "a", "file_type": "file", "rdev": [1, 2] }"#,
        r#"{ "path": "a", "size": 10, "sparse_map": [[5, 11]] }"#,
        r#"{ "path": "a", "sparse_map": [[0, 1]] }"#,
        r#"{ "path": "a", "xattrs": [{ "name": "", "value": "x" }] }"#,
        r#"{ "path": "a", "acl": [{ "kind": "access", "tag": "user", "permissions": "READ" }] }"#,
        r#"{ "path": "a", "digests": [["md5", [1, 2]]] }"#,
        r#"{ "path": "a", "colour": "blue" }"#,
    ] {
        let result = serde_json::from_str::<EntryBuf>(json);
        assert!(result.is_err(), "{json}: {result:?}");
    }
}

/// Names and values show as text in JSON where they are text.
#[test]
fn json_is_for_people() {
    let mut entry = EntryBuf::file("größe", 3).unwrap();
    entry.set_xattr("user.comment", "text").unwrap();
    entry.set_xattr("user.blob", [0xff, 0]).unwrap();
    entry.set_acl(&["user:alice:r-x".parse().unwrap()]).unwrap();
    entry
        .set_mtime(Timestamp {
            seconds: 1,
            nanoseconds: 2,
        })
        .unwrap();
    let json = serde_json::to_value(&entry).unwrap();
    assert_eq!(json["path"], "größe");
    assert_eq!(json["file_type"], "file");
    assert_eq!(json["mtime"]["seconds"], 1);
    assert_eq!(json["xattrs"][0]["value"], "text");
    assert_eq!(json["xattrs"][1]["value"], serde_json::json!([255, 0]));
    assert_eq!(json["acl"][3]["name"], "alice");
    assert_eq!(json["acl"][3]["permissions"], "EXECUTE | READ");
}
