//! Metadata that is restored when it is asked for.

use std::{fs, os::unix::fs::MetadataExt as _};

use anyarchive::{Allow, Extractor, Ownership, Permissions, Reader, Report, Restore};
use anyarchive_test_support::samples::Item;
use anyarchive_test_support::{
    tar::{Member, Tar},
    world::{World, is_silent, only_item},
};
use rustix::{fs::IFlags, process::geteuid};

fn extract(world: &World, extractor: Extractor, archive: &[u8]) -> Report {
    let mut extractor = extractor;
    let mut reader = Reader::from_bytes(archive).unwrap();
    extractor.extract(&mut reader, world.d("")).unwrap()
}

/// The same records for a file `f` and a directory `d`.
fn file_and_directory(records: &[(&str, &[u8])]) -> Vec<u8> {
    Tar::new()
        .pax(records)
        .file("f", b"data")
        .pax(records)
        .member(&Member::new(b'5', "d").mode(0o755), b"")
        .end()
}

fn told(report: &Report) -> Vec<String> {
    report.items().iter().map(ToString::to_string).collect()
}

#[test]
fn times_are_restored_to_the_nanosecond() {
    let archive = file_and_directory(&[("mtime", b"1000000000.123456789"), ("atime", b"5.5")]);
    for (restore, mtime, atime) in [
        (Restore::MTIME, true, false),
        (Restore::MTIME | Restore::ATIME, true, true),
        (Restore::ATIME, false, true),
        (Restore::empty(), false, false),
    ] {
        let world = World::new();
        is_silent(&extract(
            &world,
            Extractor::new().restore(restore),
            &archive,
        ));
        for path in ["f", "d"] {
            let metadata = world.metadata(path);
            let modified = (metadata.mtime(), metadata.mtime_nsec());
            assert_eq!(modified == (1_000_000_000, 123_456_789), mtime, "{path}");
            let accessed = (metadata.atime(), metadata.atime_nsec());
            assert_eq!(accessed == (5, 500_000_000), atime, "{path} {accessed:?}");
        }
    }
}

/// Whether the file system of the tests has what a test is about.
fn supports(world: &World, name: &str, value: &[u8]) -> bool {
    let probe = world.d("probe");
    fs::write(&probe, "").unwrap();
    let flags = rustix::fs::XattrFlags::empty();
    let result = rustix::fs::setxattr(&probe, name, value, flags);
    fs::remove_file(&probe).unwrap();
    if let Err(error) = result {
        eprintln!("left out: the file system has no {name}: {error}");
    }
    result.is_ok()
}

#[cfg(target_os = "linux")]
fn xattr(world: &World, path: &str, name: &str) -> Option<Vec<u8>> {
    let mut value = vec![0; 256];
    let len = rustix::fs::getxattr(world.d(path), name, &mut value[..]).ok()?;
    value.truncate(len);
    Some(value)
}

#[cfg(target_os = "linux")]
#[test]
fn attributes_of_users_are_restored_and_others_never() {
    let archive = file_and_directory(&[
        ("SCHILY.xattr.user.note", b"text\0more"),
        (
            "SCHILY.xattr.security.capability",
            b"\x01\0\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        ),
        ("SCHILY.xattr.system.posix_acl_access", b"\x02\0\0\0"),
        ("SCHILY.xattr.trusted.overlay", b"y"),
    ]);
    let world = World::new();
    is_silent(&extract(&world, Extractor::new(), &archive));
    assert_eq!(xattr(&world, "f", "user.note"), None);
    if !supports(&world, "user.probe", b"x") {
        return;
    }
    let extractor = Extractor::new().restore(Restore::XATTRS);
    let report = extract(&world, extractor, &archive);
    for path in ["f", "d"] {
        assert_eq!(xattr(&world, path, "user.note").unwrap(), b"text\0more");
        assert_eq!(xattr(&world, path, "security.capability"), None);
        assert_eq!(xattr(&world, path, "trusted.overlay"), None);
    }
    for name in [
        "security.capability",
        "system.posix_acl_access",
        "trusted.overlay",
    ] {
        for path in ["f", "d/"] {
            let text = format!(
                "{}: made without the extended attribute {name}",
                path.trim_end_matches('/')
            );
            let found = told(&report)
                .into_iter()
                .any(|line| line.replace("/:", ":") == text);
            assert!(found, "{text}: {:?}", told(&report));
        }
    }
    assert!(report.is_clean());
    // Privileged: set, or told.
    let extractor = Extractor::new()
        .restore(Restore::XATTRS)
        .allow(Allow::TRUSTED_XATTRS);
    let report = extract(&world, extractor, &archive);
    let failed = told(&report)
        .iter()
        .any(|line| line.contains("cannot set the extended attribute trusted.overlay"));
    assert_ne!(failed, xattr(&world, "f", "trusted.overlay").is_some());
    assert_eq!(xattr(&world, "f", "security.capability"), None);
}

#[cfg(target_os = "linux")]
#[test]
fn access_control_lists_are_restored() {
    let archive = Tar::new()
        .pax(&[(
            "SCHILY.acl.access",
            b"user::rw-,user:somebody:r-x:4321,group::r--,mask::rwx,other::---",
        )])
        .file("f", b"data")
        .pax(&[("SCHILY.acl.default", b"user::rwx,group::r-x,other::---")])
        .member(&Member::new(b'5', "d").mode(0o755), b"")
        .file("d/inner", b"data")
        .pax(&[(
            "SCHILY.acl.access",
            b"user::rw-,user:no such user:r-x,group::r--,mask::rwx,other::---",
        )])
        .file("stranger", b"data")
        .end();
    let list = [
        &[2, 0, 0, 0][..],
        &[1, 0, 6, 0, 255, 255, 255, 255],
        &[2, 0, 5, 0, 225, 16, 0, 0],
        &[4, 0, 4, 0, 255, 255, 255, 255],
        &[16, 0, 7, 0, 255, 255, 255, 255],
        &[32, 0, 0, 0, 255, 255, 255, 255],
    ]
    .concat();
    let world = World::new();
    if !supports(&world, "system.posix_acl_access", &list) {
        return;
    }
    is_silent(&extract(&world, Extractor::new(), &archive));
    assert_eq!(xattr(&world, "f", "system.posix_acl_access"), None);
    let extractor = Extractor::new().restore(Restore::ACLS);
    let report = extract(&world, extractor, &archive);
    assert!(
        only_item(&report).starts_with("stranger: made without its access control list"),
        "{:?}",
        told(&report)
    );
    assert_eq!(xattr(&world, "f", "system.posix_acl_access"), Some(list));
    assert!(xattr(&world, "d", "system.posix_acl_default").is_some());
    // The list of the directory came last.
    assert_eq!(xattr(&world, "d/inner", "system.posix_acl_access"), None);
    assert_eq!(xattr(&world, "stranger", "system.posix_acl_access"), None);
}

#[cfg(target_os = "linux")]
#[test]
fn file_flags_are_restored_where_there_are_any() {
    let archive = file_and_directory(&[("SCHILY.fflags", b"nodump,opaque")]);
    let world = World::new();
    is_silent(&extract(&world, Extractor::new(), &archive));
    let extractor = Extractor::new().restore(Restore::FILE_FLAGS);
    let report = extract(&world, extractor, &archive);
    let failed = told(&report)
        .iter()
        .any(|line| line.contains("cannot set the file flags"));
    for path in ["f", "d"] {
        let file = fs::File::open(world.d(path)).unwrap();
        let flags = rustix::fs::ioctl_getflags(&file).unwrap_or(IFlags::empty());
        assert_ne!(
            flags.contains(IFlags::NODUMP),
            failed,
            "{path} {:?}",
            told(&report)
        );
    }
    assert!(report.is_clean());
}

#[test]
fn owners_are_restored_by_number_or_name_or_told() {
    let items = || {
        [
            Item::file("f", "x")
                .owner(4321, 8765)
                .owner_names("root", "no such group")
                .mode(0o4755),
            Item::directory("d")
                .owner(4321, 8765)
                .owner_names("no such user", "root"),
            Item::symlink("l", "f")
                .owner(4321, 8765)
                .owner_names("root", "root"),
        ]
    };
    let is_root = geteuid().is_root();
    for (ownership, file, directory, link) in [
        (Ownership::Numeric, (4321, 8765), (4321, 8765), (4321, 8765)),
        (Ownership::Names, (0, 8765), (4321, 0), (0, 0)),
    ] {
        let world = World::new();
        let mut extractor = Extractor::new()
            .ownership(ownership)
            .allow(Allow::SETUID)
            .permissions(Permissions::Exact);
        let report = world.extract_with(&mut extractor, "pax", items());
        assert!(report.is_clean());
        let owner = |path| (world.metadata(path).uid(), world.metadata(path).gid());
        if is_root {
            assert_eq!(
                (owner("f"), owner("d"), owner("l")),
                (file, directory, link)
            );
            assert_eq!(world.mode("f"), 0o4755);
            is_silent(&report);
        } else {
            assert!(report.warning_count() >= 3, "{:?}", told(&report));
            // Setuid is for the owner that it did not get.
            assert_eq!(world.mode("f"), 0o755);
        }
    }
    let world = World::new();
    world.extract(items());
    assert_eq!(world.metadata("f").uid(), geteuid().as_raw());
}
