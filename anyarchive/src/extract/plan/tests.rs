use super::*;
use crate::{AbsolutePaths, Limits, Timestamp};

fn entry(path: &str, file_type: FileType) -> Metadata<'_> {
    Metadata {
        path: path.as_bytes(),
        file_type,
        hard_link: None,
        symlink: None,
        mode: 0o644,
        size: Some(3),
        nlink: 1,
        device: None,
        attributes: Attributes::default(),
    }
}

fn strip(count: usize) -> Policy {
    Policy {
        strip_components: count,
        ..Policy::default()
    }
}

fn action(entry: &Metadata<'_>, policy: &Policy) -> Action {
    match plan(entry, policy) {
        Plan::Do(action) => action,
        other => panic!("{other:?}"),
    }
}

fn refusal(entry: &Metadata<'_>) -> Refusal {
    match plan(entry, &Policy::default()) {
        Plan::Refuse(reason) => reason,
        other => panic!("{other:?}"),
    }
}

fn rel(path: &str) -> RelPath {
    match place(path.as_bytes(), &Policy::default()) {
        Ok(Place::Below(path)) => path,
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_and_directories_lose_privileges_and_nothing_else() {
    let mtime = Timestamp {
        seconds: -5,
        nanoseconds: 7,
    };
    let attributes = Attributes {
        mtime: Some(mtime),
        ..Attributes::default()
    };
    let file = Metadata {
        mode: 0o7751,
        attributes: attributes.clone(),
        size: None,
        nlink: 2,
        ..entry("./a//b", FileType::File)
    };
    let expected = Action {
        path: rel("a/b"),
        kind: Kind::File(FileSpec {
            mode: 0o751,
            size: None,
            has_more_names: true,
        }),
        attributes,
        made_relative: false,
        dropped_bits: 0o7000,
        guessed: false,
    };
    assert_eq!(action(&file, &Policy::default()), expected);

    let directory = Metadata {
        mode: 0o2700,
        ..entry("d/", FileType::Directory)
    };
    let planned = action(&directory, &Policy::default());
    assert_eq!(planned.kind, Kind::Directory { mode: 0o700 });
    assert_eq!(planned.dropped_bits, 0o2000);
    let plain = action(&entry("f", FileType::File), &Policy::default());
    assert_eq!(plain.dropped_bits, 0);
}

#[test]
fn special_files_are_refused_whatever_their_name() {
    for (file_type, reason) in [
        (FileType::CharDevice, Refusal::Device),
        (FileType::BlockDevice, Refusal::Device),
        (FileType::Fifo, Refusal::Fifo),
        (FileType::Socket, Refusal::Socket),
    ] {
        assert_eq!(refusal(&entry("a", file_type)), reason);
        assert_eq!(refusal(&entry("../a", file_type)), reason);
    }
    let linked = Metadata {
        hard_link: Some(b"b"),
        ..entry("a", FileType::CharDevice)
    };
    assert_eq!(refusal(&linked), Refusal::Device);
}

#[test]
fn data_without_a_type_is_a_file() {
    let unknown = |mode, size| Metadata {
        mode,
        size,
        ..entry("a", FileType::Unknown)
    };
    assert_eq!(refusal(&unknown(0o644, Some(0))), Refusal::UnknownType);
    for (mode, size, expected) in [
        (0, None, 0o666),
        (0, Some(1), 0o666),
        (0o600, Some(1), 0o600),
    ] {
        let planned = action(&unknown(mode, size), &Policy::default());
        let Kind::File(spec) = planned.kind else {
            panic!("{planned:?}");
        };
        assert_eq!(
            (spec.mode, spec.size, planned.guessed),
            (expected, size, true)
        );
    }
    let no_mode = Metadata {
        mode: 0,
        ..entry("a", FileType::File)
    };
    let planned = action(&no_mode, &Policy::default());
    assert!(matches!(planned.kind, Kind::File(FileSpec { mode: 0, .. })) && !planned.guessed);
}

#[test]
fn indexes_of_ar_archives_are_no_files() {
    for path in ["/", "//", "/SYM64/"] {
        let index = entry(path, FileType::File);
        assert_eq!(plan(&index, &Policy::default()), Plan::Skip(Skip::Index));
        assert_eq!(
            refusal(&entry(path, FileType::Directory)),
            Refusal::AbsolutePath
        );
    }
    assert_eq!(
        refusal(&entry("///", FileType::File)),
        Refusal::AbsolutePath
    );
}

#[test]
fn paths_are_judged() {
    for (path, reason) in [
        ("", Refusal::EmptyPath),
        (".", Refusal::EmptyPath),
        ("/a", Refusal::AbsolutePath),
        ("a/../b", Refusal::ParentComponent),
        ("a\0", Refusal::NulByte),
    ] {
        assert_eq!(refusal(&entry(path, FileType::File)), reason, "{path:?}");
    }
    for path in [".", "./", "././/"] {
        let root = entry(path, FileType::Directory);
        assert_eq!(plan(&root, &Policy::default()), Plan::Nothing);
        assert_eq!(plan(&root, &strip(2)), Plan::Nothing);
    }
    let root = entry("", FileType::Directory);
    assert_eq!(refusal(&root), Refusal::EmptyPath);
}

#[test]
fn stripping_concerns_paths_and_hard_links_but_not_symlinks() {
    let file = entry("top/a/b", FileType::File);
    assert_eq!(action(&file, &strip(2)).path, rel("b"));
    assert_eq!(plan(&file, &strip(3)), Plan::Skip(Skip::Stripped));

    let link = Metadata {
        hard_link: Some(b"top/x"),
        ..entry("top/y", FileType::Unknown)
    };
    let planned = action(&link, &strip(1));
    assert_eq!(planned.path, rel("y"));
    assert!(matches!(planned.kind, Kind::HardLink { target, .. } if target == rel("x")));

    let symlink = Metadata {
        symlink: Some(b"top/x"),
        ..entry("top/y", FileType::Symlink)
    };
    let planned = action(&symlink, &strip(1));
    let target = b"top/x".to_vec();
    assert_eq!(planned.kind, Kind::Symlink { target });
    // What was inside is outside once the link moves up.
    let climbing = Metadata {
        symlink: Some(b"../x"),
        ..entry("top/y", FileType::Symlink)
    };
    action(&climbing, &Policy::default());
    assert_eq!(
        plan(&climbing, &strip(1)),
        Plan::Refuse(Refusal::OutsideSymlink)
    );
}

#[test]
fn symlinks_are_judged_from_their_own_directory() {
    let link = |path, target: &'static [u8]| Metadata {
        symlink: Some(target),
        mode: 0o7777,
        ..entry(path, FileType::Symlink)
    };
    assert_eq!(refusal(&link("l", b"..")), Refusal::OutsideSymlink);
    assert_eq!(refusal(&link("l", b"/")), Refusal::AbsoluteSymlink);
    assert_eq!(refusal(&link("a/l", b"x/..")), Refusal::WindingSymlink);
    assert_eq!(refusal(&link("l", b"")), Refusal::NoTarget);
    assert_eq!(refusal(&link("../l", b"x")), Refusal::ParentComponent);
    assert_eq!(
        action(&link("a/l", b".."), &Policy::default()).dropped_bits,
        0
    );
    let no_target = entry("l", FileType::Symlink);
    assert_eq!(refusal(&no_target), Refusal::NoTarget);
}

#[test]
fn hard_links_stay_inside() {
    for target in [
        &b"../x"[..],
        b"/etc/passwd",
        b"a/../../x",
        b"",
        b".",
        b"x\0",
    ] {
        let link = Metadata {
            hard_link: Some(target),
            ..entry("l", FileType::Unknown)
        };
        assert_eq!(refusal(&link), Refusal::UnsafeHardLink, "{target:?}");
    }
    let stripped = Metadata {
        hard_link: Some(b"x"),
        ..entry("top/l", FileType::File)
    };
    assert_eq!(
        plan(&stripped, &strip(1)),
        Plan::Refuse(Refusal::UnsafeHardLink)
    );
}

#[test]
fn what_cannot_be_a_hard_link_is_what_it_says() {
    let directory = Metadata {
        hard_link: Some(b"other"),
        ..entry("d", FileType::Directory)
    };
    assert!(matches!(
        action(&directory, &Policy::default()).kind,
        Kind::Directory { .. }
    ));
    let symlink = Metadata {
        hard_link: Some(b"other"),
        symlink: Some(b"target"),
        ..entry("s", FileType::Symlink)
    };
    let target = b"target".to_vec();
    assert_eq!(
        action(&symlink, &Policy::default()).kind,
        Kind::Symlink { target }
    );
}

#[test]
fn special_files_are_made_by_name_only() {
    let device = |file_type| Metadata {
        device: Some((1, 3)),
        mode: 0o4620,
        ..entry("null", file_type)
    };
    let policy = |allow| Policy {
        allow,
        ..Policy::default()
    };
    for (file_type, allow) in [
        (FileType::CharDevice, Allow::DEVICES),
        (FileType::BlockDevice, Allow::DEVICES),
        (FileType::Fifo, Allow::FIFOS),
        (FileType::Socket, Allow::SOCKETS),
    ] {
        let planned = action(&device(file_type), &policy(allow));
        let special = Special {
            file_type,
            mode: 0o620,
            device: (1, 3),
        };
        assert_eq!(planned.kind, Kind::Special(special));
        assert_eq!(planned.dropped_bits, 0o4000);
        let others = policy(Allow::all() - allow);
        assert!(matches!(plan(&device(file_type), &others), Plan::Refuse(_)));
        let linked = Metadata {
            hard_link: Some(b"other"),
            ..device(file_type)
        };
        assert_eq!(
            plan(&linked, &policy(allow)),
            Plan::Refuse(Refusal::HardLinkToSpecial)
        );
    }
}

#[test]
fn permissions_and_privileges_are_as_the_policy_says() {
    let file = Metadata {
        mode: 0o7751,
        ..entry("a", FileType::File)
    };
    for (permissions, allow, mode, exact, privileges, dropped) in [
        (Permissions::Umask, Allow::empty(), 0o751, None, 0, 0o7000),
        (
            Permissions::Umask,
            Allow::SETUID,
            0o751,
            None,
            0o4000,
            0o3000,
        ),
        (
            Permissions::Exact,
            Allow::empty(),
            0o751,
            Some(0o751),
            0,
            0o7000,
        ),
        (
            Permissions::Exact,
            Allow::STICKY,
            0o751,
            Some(0o751),
            0o1000,
            0o6000,
        ),
        (Permissions::Ignore, Allow::all(), 0o666, None, 0, 0),
    ] {
        let policy = Policy {
            permissions,
            allow,
            ..Policy::default()
        };
        let planned = action(&file, &policy);
        let Kind::File(spec) = planned.kind else {
            panic!("{planned:?}");
        };
        let more = planned.attributes.more.unwrap_or_default();
        assert_eq!(
            (
                spec.mode,
                more.permissions,
                more.privileges,
                planned.dropped_bits
            ),
            (mode, exact, privileges, dropped)
        );
    }
}

#[test]
fn links_are_as_the_policy_says() {
    let link = Metadata {
        symlink: Some(b"/etc/passwd"),
        ..entry("l", FileType::Symlink)
    };
    let with = |symlinks| Policy {
        symlinks,
        ..Policy::default()
    };
    assert!(matches!(plan(&link, &with(Symlinks::Allow)), Plan::Do(_)));
    assert_eq!(
        plan(&link, &with(Symlinks::Skip)),
        Plan::Skip(Skip::Symlink)
    );
    assert_eq!(
        plan(&link, &with(Symlinks::Refuse)),
        Plan::Refuse(Refusal::Symlink)
    );
    let hard = Metadata {
        hard_link: Some(b"x"),
        ..entry("l", FileType::File)
    };
    let with = |hard_links| Policy {
        hard_links,
        ..Policy::default()
    };
    assert_eq!(
        plan(&hard, &with(HardLinks::Skip)),
        Plan::Skip(Skip::HardLink)
    );
    assert_eq!(
        plan(&hard, &with(HardLinks::Refuse)),
        Plan::Refuse(Refusal::HardLink)
    );
}

#[test]
fn long_files_are_refused_before_a_byte_is_read() {
    let policy = Policy {
        limits: Limits::none().file_bytes(3),
        absolute_paths: AbsolutePaths::MakeRelative,
        ..Policy::default()
    };
    let file = entry("/a", FileType::File);
    assert!(action(&file, &policy).made_relative);
    for hard_link in [None, Some(&b"b"[..])] {
        let file = Metadata {
            size: Some(4),
            hard_link,
            ..file.clone()
        };
        assert_eq!(plan(&file, &policy), Plan::Refuse(Refusal::FileTooLong(3)));
    }
}
