//! Entries: getters, setters, copies.

// Sparse maps are lists of ranges, some of one, some wrong on purpose.
#![allow(clippy::single_range_in_vec_init, clippy::reversed_empty_ranges)]

use std::{thread, time::Duration};

use anyarchive::{
    AclEntry, AclKind, AclPermissions, AclTag, EntryBuf, EntryRef, ErrorKind, FileType,
    LinkResolver, Reader, Timestamp,
};
use anyarchive_test_support::{
    Utf8Locale, child_job, run_as_child,
    samples::{Item, Spec},
};

use crate::{pax, rar5, resolver::STRATEGIES};

/// All that an entry tells, through each getter that converts, copies or walks.
pub(crate) fn everything(entry: &EntryRef) -> String {
    let link = (entry.hardlink_bytes(), entry.symlink_bytes());
    let owner = (
        entry.uname_bytes(),
        entry.gname_bytes(),
        entry.uid(),
        entry.gid(),
    );
    let times = (
        entry.mtime(),
        entry.atime(),
        entry.ctime(),
        entry.birthtime(),
    );
    let numbers = (
        entry.dev(),
        entry.ino(),
        entry.nlink(),
        entry.rdev(),
        entry.size(),
    );
    let lists = (
        entry.xattrs(),
        entry.sparse_map(),
        entry.acl(),
        entry.mac_metadata(),
    );
    let flags = (entry.fflags_text(), entry.fflags(), entry.mode_string());
    let path = entry.path_bytes();
    format!("{path:?} {link:?} {owner:?} {times:?} {numbers:?} {lists:?} {flags:?}")
}

fn copies(archive: &[u8]) -> Vec<EntryBuf> {
    let mut reader = Reader::from_bytes(archive).unwrap();
    let mut copies = Vec::new();
    while let Some(entry) = reader.next_entry().unwrap() {
        let copy = entry.to_owned();
        assert_eq!(everything(&copy), everything(&entry));
        copies.push(copy);
    }
    copies
}

/// A pax archive whose names cannot be converted to or from UTF-8.
fn not_utf8() -> Vec<u8> {
    pax::archive(&[
        ("hdrcharset", b"BINARY"),
        ("path", b"\xff\xfepath"),
        ("uname", b"\xffuser"),
        ("gname", b"\xffgroup"),
        (
            "SCHILY.acl.access",
            b"user::rw-,group::r--,other::r--,user:\xff\xfe:rwx,mask::rwx",
        ),
        ("SCHILY.fflags", b"\xffnodump"),
        ("SCHILY.xattr.user.é", b"\xff"),
    ])
}

/// Contract 2: a clone copies the pointer to the handle of its entry, and dangles when that is freed.
/// Copies of a reader's entry are free-standing: names that are converted after the reader is gone.
#[test]
fn a_copy_outlives_its_reader() {
    let archives = {
        let _utf8 = Utf8Locale::enter();
        let items = || {
            [
                Item::file("größe", "data"),
                Item::symlink("zwei-ö", "größe"),
            ]
        };
        ["zip", "7zip", "pax", "ustar", "newc", "iso9660"]
            .map(|format| Spec::new(format).to_vec(items()).expect(format))
    };
    for archive in archives {
        let copies = copies(&archive);
        let again: Vec<EntryBuf> = copies.clone();
        let before: Vec<String> = copies.iter().map(|entry| everything(entry)).collect();
        drop(copies);
        let after: Vec<String> = again.iter().map(|entry| everything(entry)).collect();
        assert_eq!(before, after);
        assert!(
            again
                .iter()
                .any(|entry| entry.path_bytes() == "größe".as_bytes())
        );
    }
}

/// Contract 4: an entry has no thread affinity; it goes from thread to thread, also while others read.
#[test]
fn entries_move_between_threads() {
    let copies = copies(&not_utf8());
    let before: Vec<String> = copies.iter().map(|entry| everything(entry)).collect();
    let threads: Vec<_> = (0..4)
        .map(|n| {
            let mut copies = copies.clone();
            thread::spawn(move || {
                copies[0].set_ino(n).unwrap();
                copies
            })
        })
        .collect();
    for (n, thread) in threads.into_iter().enumerate() {
        let there = thread.join().unwrap();
        assert_eq!(there[0].ino(), Some(n as u64));
    }
    let after: Vec<String> = copies.iter().map(|entry| everything(entry)).collect();
    assert_eq!(before, after);
}

/// Contract 5.4: a stale `ENOMEM` makes C exit the process when a name cannot be converted.
#[test]
fn stale_enomem_ends_no_process() {
    if child_job().is_none() {
        for locale in ["C", "C.UTF-8"] {
            let name = "entry::stale_enomem_ends_no_process";
            let limit = Duration::from_secs(60);
            let child = run_as_child(name, "run", &[("LC_ALL", locale)], limit).unwrap();
            assert_eq!(child.problem(), None, "{locale}");
            // `exit` of C would not come so far.
            assert!(
                child.stdout.contains("all calls came back"),
                "{}",
                child.stdout
            );
        }
        return;
    }
    let stale = || errno::set_errno(errno::Errno(libc::ENOMEM));
    let archive = rar5::archive(b"not \xff UTF-8");
    let mut reader = Reader::from_bytes(&archive).unwrap();
    let entry = reader.next_entry().unwrap().unwrap();
    stale();
    assert_eq!(entry.path_bytes(), b"not \xff UTF-8");
    stale();
    let mut copy = entry.to_owned();
    stale();
    assert_eq!(copy.path_bytes(), b"not \xff UTF-8");
    copy.set_dev(1, 1).unwrap().set_ino(1).unwrap().set_nlink(3);
    for strategy in STRATEGIES {
        let mut resolver = LinkResolver::new(strategy).unwrap();
        for _ in 0..3 {
            stale();
            let entry = copy.clone();
            stale();
            let (Some(entry), _) = resolver.push(entry) else {
                continue;
            };
            let link = entry.hardlink_bytes().unwrap_or(b"not \xff UTF-8");
            assert_eq!(link, b"not \xff UTF-8");
        }
    }
    println!("all calls came back");
}

/// Contract 5.4: C exits or aborts when it gets no memory for a name, a value or a blob. What is far too
/// large is an error before C sees it.
#[test]
fn sizes_are_bounded_before_c_copies() {
    let mut entry = EntryBuf::file("a", 0).unwrap();
    let before = everything(&entry);
    let name = "n".repeat((1 << 20) + 1);
    let blob = vec![1; (1 << 26) + 1];
    let acl =
        AclEntry::new(AclKind::Access, AclTag::User, AclPermissions::READ).with_name(name.clone());
    for result in [
        entry.set_path(&name).err(),
        entry.set_hardlink(&name).err(),
        entry.set_symlink(&name).err(),
        entry.set_uname(&name).err(),
        entry.set_gname(&name).err(),
        entry.set_fflags_text(&name).err(),
        entry.set_xattr(&name, "").err(),
        entry.set_xattr("user.a", &blob).err(),
        entry.set_mac_metadata(&blob).err(),
        entry.set_acl(&[acl]).err(),
        EntryBuf::file(&name, 0).err(),
    ] {
        assert_eq!(result.expect("refused").kind(), ErrorKind::InvalidInput);
    }
    assert_eq!(everything(&entry), before);
    entry.set_path(&name[1..]).unwrap();
    entry.set_xattr("user.a", &blob[1..]).unwrap();
}

/// Contract 6.1: `sparse_reset` on one block that is the whole file frees it under the cursor, up to
/// 3.8.7; and `clear` after `reset` does in all releases. Maps and attributes are copied in one call.
#[test]
fn walks_over_lists_end_before_lists_change() {
    let mut entry = EntryBuf::file("a", 100).unwrap();
    for map in [
        vec![0..100],
        vec![0..50, 50..100],
        vec![0..10, 20..100],
        vec![],
    ] {
        entry.set_sparse_map(&map).unwrap();
        let first = entry.sparse_map();
        let copy = entry.clone();
        entry.set_sparse_map(&[]).unwrap();
        assert!(entry.sparse_map().is_empty());
        assert_eq!(copy.sparse_map(), first);
        assert_eq!(copy.sparse_map(), first);
    }
    let whole = EntryBuf::file("a", 0).unwrap();
    assert!(whole.sparse_map().is_empty());

    entry.set_xattr("user.a", "1").unwrap();
    entry.set_xattr("user.b", "2").unwrap();
    for xattr in entry.xattrs() {
        entry.remove_xattr(&xattr.name);
        entry.set_xattr(&xattr.name, "3").unwrap();
    }
    assert_eq!(entry.xattrs().len(), 2);

    entry
        .set_acl(&["user:a:r".parse().unwrap(), "user:b:r".parse().unwrap()])
        .unwrap();
    for line in entry.acl().iter().filter(|line| line.tag == AclTag::User) {
        entry.set_acl(std::slice::from_ref(line)).unwrap();
        assert_eq!(entry.acl().len(), 4);
    }
}

/// Contract 6.1: up to 3.8.7, a size below the sparse map leaves a cursor on freed memory, and copies
/// lose ranges in all releases. The size is refused instead.
#[test]
fn the_size_does_not_shrink_below_the_sparse_map() {
    let mut entry = EntryBuf::file("a", 100).unwrap();
    entry.set_sparse_map(&[0..10, 80..90]).unwrap();
    assert_eq!(
        entry.set_size(89).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    assert_eq!(
        entry.set_size(None).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    assert_eq!(
        (entry.size(), entry.sparse_map()),
        (Some(100), vec![0..10, 80..90])
    );
    entry.set_size(90).unwrap();
    assert_eq!(entry.clone().sparse_map(), [0..10, 80..90]);
    // A link has no data, and no map.
    entry.set_symlink("b").unwrap();
    assert!(entry.sparse_map().is_empty());
}

/// Contract 6.1: writers read through NULL when a symbolic link has no target. The type comes with a
/// target, and goes with it.
#[test]
fn no_symbolic_link_is_without_target() {
    let mut entry = EntryBuf::file("a", 0).unwrap();
    assert!(entry.set_file_type(FileType::Symlink).is_err());
    assert!(entry.set_symlink("").is_err());
    assert_eq!(entry.file_type(), FileType::File);
    type Change = fn(&mut EntryBuf) -> &mut EntryBuf;
    let changes: [(&str, Change); 4] = [
        ("hard link", |entry| entry.set_hardlink("b").unwrap()),
        ("type", |entry| entry.set_file_type(FileType::Fifo).unwrap()),
        ("unknown", |entry| {
            entry.set_file_type(FileType::Unknown).unwrap()
        }),
        ("removed", EntryBuf::remove_link),
    ];
    for (name, change) in changes {
        entry.set_symlink("target").unwrap();
        assert_eq!(entry.file_type(), FileType::Symlink);
        change(&mut entry);
        assert_ne!(entry.file_type(), FileType::Symlink, "{name}");
        assert_eq!(entry.symlink_bytes(), None, "{name}");
    }
}

/// Contract 6.2: NULL and what stands for nothing. Names that C could not hold or tell from "unset" are
/// refused, and change nothing.
#[test]
fn names_that_c_cannot_hold_are_refused() {
    let mut entry = EntryBuf::hardlink("a", "b").unwrap();
    entry.set_uname("u").unwrap().set_gname("g").unwrap();
    let before = everything(&entry);
    for bad in ["nul\0inside", "\0", "end\0"] {
        for result in [
            entry.set_path(bad).err(),
            entry.set_path_bytes(bad).err(),
            entry.set_hardlink(bad).err(),
            entry.set_hardlink_bytes(bad).err(),
            entry.set_symlink(bad).err(),
            entry.set_symlink_bytes(bad).err(),
            entry.set_uname(bad).err(),
            entry.set_gname(bad).err(),
            entry.set_fflags_text(bad).err(),
            entry.set_xattr(bad, "").err(),
        ] {
            assert_eq!(result.expect(bad).kind(), ErrorKind::InvalidInput);
        }
    }
    for result in [
        entry.set_path("").err(),
        entry.set_hardlink("").err(),
        entry.set_symlink("").err(),
        entry.set_xattr("", "").err(),
    ] {
        assert_eq!(result.expect("empty").kind(), ErrorKind::InvalidInput);
    }
    assert_eq!(everything(&entry), before);
    // Nothing at all is a value of an attribute.
    entry.set_xattr("user.empty", "").unwrap();
    assert_eq!(entry.xattrs()[0].value, b"");
}

/// Contract 6.3: up to 3.7.4 both kinds of links can be set, and later both flags. There is one.
#[test]
fn an_entry_is_one_kind_of_link() {
    let mut entry = EntryBuf::file("a", 0).unwrap();
    for _ in 0..2 {
        entry.set_hardlink("hard").unwrap();
        assert_eq!(
            (entry.hardlink_bytes(), entry.symlink_bytes()),
            (Some(&b"hard"[..]), None)
        );
        entry.set_symlink("soft").unwrap();
        assert_eq!(
            (entry.hardlink_bytes(), entry.symlink_bytes()),
            (None, Some(&b"soft"[..]))
        );
        assert_eq!(everything(&entry.clone()), everything(&entry));
    }
}

/// Contract 6.3: from 3.7.5 on negative numbers become 0 or unset, before they are stored. What C would
/// take for negative is refused, and so are times beyond its range.
#[test]
fn numbers_that_turn_negative_are_refused() {
    let mut entry = EntryBuf::file("a", 1).unwrap();
    let before = everything(&entry);
    let last = Timestamp {
        seconds: i64::MAX,
        nanoseconds: 1_000_000_000,
    };
    for result in [
        entry.set_size(1 << 63).err(),
        entry.set_uid(u64::MAX).err(),
        entry.set_gid(1 << 63).err(),
        entry.set_ino(u64::MAX).err(),
        entry.set_dev(1 << 32, 0).err(),
        entry.set_dev(0, 1 << 32).err(),
        entry.set_rdev(0, 0).err(),
        entry.set_mode(0o10_000).err(),
        entry.set_mtime(last).err(),
        entry.set_atime(last).err(),
        entry.set_ctime(last).err(),
        entry.set_birthtime(last).err(),
    ] {
        assert_eq!(result.expect("refused").kind(), ErrorKind::InvalidInput);
    }
    assert_eq!(everything(&entry), before);
    let carried = Timestamp {
        seconds: -5,
        nanoseconds: 2_500_000_000,
    };
    entry.set_mtime(carried).unwrap();
    let expected = Timestamp {
        seconds: -3,
        nanoseconds: 500_000_000,
    };
    assert_eq!(entry.mtime(), Some(expected));
}

/// Contract 6.3: C drops ranges without a word that overlap, are out of order, or go beyond the size.
#[test]
fn no_range_of_a_sparse_map_is_dropped() {
    let mut entry = EntryBuf::file("a", 100).unwrap();
    entry.set_sparse_map(&[5..10, 20..30]).unwrap();
    let backwards = 10..5;
    for bad in [
        &[20..30, 5..10][..],
        &[5..10, 9..20],
        &[90..101],
        &[0..u64::MAX],
        &[u64::MAX..u64::MAX],
        &[backwards],
    ] {
        let error = entry.set_sparse_map(bad).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{bad:?}");
        assert_eq!(entry.sparse_map(), [5..10, 20..30]);
    }
    entry.set_sparse_map(&[100..100]).unwrap();
    assert_eq!(entry.sparse_map(), [100..100]);
    entry.set_sparse_map(&[0..10, 10..20]).unwrap();
    assert_eq!(entry.sparse_map(), [0..20]);
    let mut unknown = EntryBuf::file("a", 0).unwrap();
    unknown.set_size(None).unwrap();
    assert!(unknown.set_sparse_map(&[0..1]).is_err());
}

/// Contract 2 and 6.3: a clone turns the order of extended attributes around; C keeps attributes of one
/// name beside each other.
#[test]
fn extended_attributes_keep_their_order() {
    let mut entry = EntryBuf::file("a", 0).unwrap();
    for name in ["user.c", "user.a", "user.b"] {
        entry.set_xattr(name, name).unwrap();
    }
    entry.set_xattr("user.a", "new").unwrap();
    let copy = entry.clone().clone();
    for entry in [entry, copy] {
        let found: Vec<_> = entry
            .xattrs()
            .into_iter()
            .map(|x| (x.name, x.value))
            .collect();
        let expected = [
            ("user.c", "user.c"),
            ("user.a", "new"),
            ("user.b", "user.b"),
        ];
        let expected = expected.map(|(n, v)| (n.as_bytes().to_vec(), v.as_bytes().to_vec()));
        assert_eq!(found, expected);
    }
}
