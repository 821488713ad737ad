//! Walks over real directories.

use std::{
    collections::BTreeSet,
    fs,
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    path::Path,
};

use super::{DataChange, DiskEntry, FollowSymlinks, Walk, WalkBuilder};
use crate::{ErrorKind, FileType, Matcher};

fn paths(walk: Walk) -> Vec<String> {
    walk.map(|found| text(found.expect("readable").path_bytes()))
        .collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn sorted() -> WalkBuilder {
    Walk::builder().name("t").sorted(true)
}

fn tree() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    let at = |name: &str| dir.path().join(name);
    fs::create_dir_all(at("b/c")).expect("made");
    fs::write(at("a"), "alpha").expect("written");
    fs::write(at("b/c/d"), "delta").expect("written");
    fs::write(at("b/e.o"), "").expect("written");
    symlink("../a", at("b/link")).expect("linked");
    dir
}

fn find(walk: Walk, path: &str) -> DiskEntry {
    walk.map(|found| found.expect("readable"))
        .find(|found| found.path_bytes() == path.as_bytes())
        .expect("it is there")
}

#[test]
fn visits_everything_once_directories_first() {
    let dir = tree();
    let all = ["t", "t/a", "t/b", "t/b/c", "t/b/c/d", "t/b/e.o", "t/b/link"];
    assert_eq!(paths(sorted().open(dir.path()).expect("a walk")), all);
    // The file system's order, whatever that is.
    let unsorted = paths(Walk::builder().name("t").open(dir.path()).expect("a walk"));
    let place = |path: &str| unsorted.iter().position(|other| other == path);
    assert!(place("t/b") < place("t/b/c") && place("t/b/c") < place("t/b/c/d"));
    assert_eq!(
        unsorted.into_iter().collect::<BTreeSet<_>>(),
        all.map(String::from).into()
    );
    // Without a name the root is no entry.
    let nameless = Walk::builder().name("").sorted(true).open(dir.path());
    assert_eq!(paths(nameless.expect("a walk"))[..2], ["a", "b"]);
    let flat = sorted().recursive(false).open(dir.path()).expect("a walk");
    assert_eq!(paths(flat), ["t"]);
}

#[test]
fn names_that_lead_out_are_refused() {
    for name in ["../t", "/t", "t/../../u", "./t"] {
        let error = Walk::builder().name(name).open(".").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}");
    }
}

#[test]
fn entries_have_what_the_system_tells() {
    let dir = tree();
    let file = dir.path().join("a");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o4710)).expect("changed");
    let metadata = fs::metadata(&file).expect("metadata");
    let mut found = find(sorted().open(dir.path()).expect("a walk"), "t/a");
    assert_eq!(found.file_type(), FileType::File);
    assert_eq!((found.size(), found.mode()), (Some(5), 0o4710));
    assert_eq!(found.uid(), Some(metadata.uid().into()));
    assert_eq!(found.gid(), Some(metadata.gid().into()));
    assert_eq!(found.ino(), Some(metadata.ino()));
    let mtime = found.mtime().expect("a time");
    assert_eq!(mtime.seconds, metadata.mtime());
    assert_eq!(i64::from(mtime.nanoseconds), metadata.mtime_nsec());
    assert_eq!(found.atime(), None);
    let mut content = String::new();
    let data = found.data_mut().expect("data");
    data.read_to_string(&mut content).expect("readable");
    assert_eq!(content, "alpha");
    assert_eq!(data.change().expect("a stat"), None);

    let link = find(sorted().open(dir.path()).expect("a walk"), "t/b/link");
    assert_eq!(link.symlink_bytes(), Some(&b"../a"[..]));
    assert!(link.into_parts().1.is_none());
    let plain = sorted()
        .owners(false)
        .all_times(true)
        .open(&file)
        .expect("a walk");
    let found = find(plain, "t");
    assert_eq!(found.uname(), None);
    // Before, no release tells 0 from none.
    if crate::version_number() >= 3_007_003 {
        assert_eq!(found.uid(), None);
    }
    assert!(found.atime().is_some() && found.ctime().is_some());
    let created = fs::metadata(&file)
        .and_then(|metadata| metadata.created())
        .ok();
    let born = found.birthtime().and_then(crate::Timestamp::to_system_time);
    if cfg!(target_os = "linux") {
        assert_eq!(born, created);
    }
}

#[test]
fn root_knows_its_name() {
    if fs::metadata(".").expect("metadata").uid() == 0 {
        let found = Walk::open(".")
            .expect("a walk")
            .next()
            .expect("one")
            .expect("readable");
        assert_eq!(found.uname().as_deref(), Some("root"));
    }
}

#[test]
fn symbolic_links_are_followed_when_asked() {
    let dir = tree();
    symlink("b", dir.path().join("z")).expect("linked");
    symlink("nowhere", dir.path().join("b/broken")).expect("linked");
    symlink("..", dir.path().join("b/up")).expect("linked");
    let root = dir.path().join("z");
    let types = |follow| {
        let walk = sorted()
            .follow_symlinks(follow)
            .open(&root)
            .expect("a walk");
        walk.map(|found| {
            let found = found.expect("readable");
            format!("{}{}", found.file_type().letter(), text(found.path_bytes()))
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(types(FollowSymlinks::Never), ["lt"]);
    assert_eq!(
        types(FollowSymlinks::Root),
        [
            "dt",
            "lt/broken",
            "dt/c",
            "-t/c/d",
            "-t/e.o",
            "lt/link",
            "lt/up"
        ]
    );
    let all = types(FollowSymlinks::Always);
    assert!(all.contains(&"-t/link".to_owned()), "{all:?}");
    assert!(all.contains(&"lt/broken".to_owned()), "{all:?}");
    // Down over "up" to the directory above, and there it ends.
    assert!(all.contains(&"dt/up".to_owned()), "{all:?}");
    assert!(all.contains(&"dt/up/b".to_owned()), "{all:?}");
    assert!(!all.iter().any(|path| path.contains("/up/b/")), "{all:?}");
    assert!(all.contains(&"lt/up/z".to_owned()), "{all:?}");
}

#[test]
fn further_names_are_hard_links() {
    let dir = tree();
    fs::hard_link(dir.path().join("a"), dir.path().join("b/c/other")).expect("linked");
    let found = find(sorted().open(dir.path()).expect("a walk"), "t/b/c/other");
    assert_eq!(found.hardlink_bytes(), Some(&b"t/a"[..]));
    assert_eq!(found.size().unwrap_or(0), 0);
    assert!(found.into_parts().1.is_none());
    let walk = sorted().hardlinks(false).open(dir.path()).expect("a walk");
    let found = find(walk, "t/b/c/other");
    assert_eq!(
        (found.hardlink_bytes(), found.size(), found.nlink()),
        (None, Some(5), 1)
    );
    // A name that is left out is no target.
    let mut matcher = Matcher::new().expect("memory");
    matcher.exclude_pattern("^t/a").expect("a pattern");
    let walk = sorted().matcher(matcher).open(dir.path()).expect("a walk");
    assert_eq!(find(walk, "t/b/c/other").hardlink_bytes(), None);
}

#[test]
fn one_walk_begins_at_several_places() {
    let dir = tree();
    fs::hard_link(dir.path().join("a"), dir.path().join("b/c/other")).expect("linked");
    let walk = Walk::builder().sorted(true).directory(dir.path());
    let walk = walk.open_all(["b/c", "missing", "a", "./b/../a"]);
    let found: Vec<_> = walk
        .expect("a walk")
        .map(|found| match found {
            Ok(found) => match found.hardlink_bytes() {
                Some(target) => format!("{} = {}", text(found.path_bytes()), text(target)),
                None => text(found.path_bytes()),
            },
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Io);
                "error".to_owned()
            }
        })
        .collect();
    let expected = ["b/c", "b/c/d", "b/c/other", "error", "a = b/c/other", "a"];
    assert_eq!(found, expected);
    let nothing: [&str; 0] = [];
    let mut walk = Walk::builder().open_all(nothing).expect("a walk");
    assert!(walk.next().is_none());
}

#[test]
fn matchers_leave_out() {
    let dir = tree();
    let walk = |set: &dyn Fn(&mut Matcher)| {
        let mut matcher = Matcher::new().expect("memory");
        set(&mut matcher);
        paths(sorted().matcher(matcher).open(dir.path()).expect("a walk"))
    };
    let exclude = |pattern: &'static str| {
        walk(&|matcher| {
            matcher.exclude_pattern(pattern).expect("a pattern");
        })
    };
    assert_eq!(exclude("b"), ["t", "t/a"]);
    assert_eq!(
        exclude("*.o"),
        ["t", "t/a", "t/b", "t/b/c", "t/b/c/d", "t/b/link"]
    );
    // What lies below a directory that is left out by `$` alone is taken.
    assert_eq!(
        exclude("c$"),
        ["t", "t/a", "t/b", "t/b/c/d", "t/b/e.o", "t/b/link"]
    );
    let include = walk(&|matcher| {
        matcher.include_pattern("t/b/c/d").expect("a pattern");
    });
    assert_eq!(include, ["t/b/c/d"]);
    let newer = walk(&|matcher| {
        let (field, order) = (crate::TimeField::Mtime, crate::TimeOrder::Newer);
        matcher
            .include_date(field, order, "2037-12-01 UTC")
            .expect("a date");
    });
    assert!(newer.is_empty(), "{newer:?}");
    let nobody = walk(&|matcher| {
        matcher.include_uname("nobody at all").expect("a name");
    });
    assert!(nobody.is_empty(), "{nobody:?}");
    let metadata = fs::metadata(dir.path().join("a")).expect("metadata");
    let skipped = sorted()
        .skip_file(metadata.dev(), metadata.ino())
        .open(dir.path());
    assert!(!paths(skipped.expect("a walk")).contains(&"t/a".to_owned()));
}

#[test]
fn what_is_missing_is_an_error_among_the_items() {
    let dir = tree();
    let mut walk = Walk::open(dir.path().join("missing")).expect("a walk");
    let error = walk.next().expect("an item").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("missing"), "{error}");
    assert!(walk.next().is_none());
}

#[test]
fn unreadable_files_do_not_end_the_walk() {
    let dir = tree();
    for name in ["a", "b/c"] {
        fs::set_permissions(dir.path().join(name), fs::Permissions::from_mode(0o000))
            .expect("changed");
    }
    if fs::read(dir.path().join("a")).is_ok() {
        return; // The superuser reads everything.
    }
    let found: Vec<_> = sorted().open(dir.path()).expect("a walk").collect();
    let errors: Vec<_> = found
        .iter()
        .filter_map(|found| found.as_ref().err())
        .collect();
    assert_eq!(errors.len(), 2);
    assert_eq!(errors[0].entry_bytes(), Some(&b"t/a"[..]));
    assert_eq!(errors[0].os_error(), Some(libc::EACCES));
    assert_eq!(found.len(), 6);
    fs::set_permissions(dir.path().join("b/c"), fs::Permissions::from_mode(0o700))
        .expect("changed");
}

#[test]
fn deep_trees_and_long_paths() {
    const DEPTH: usize = 300;
    let dir = tempfile::tempdir().expect("a directory");
    // Each name is long, so that the path is far beyond what the system takes at once.
    let name = "n".repeat(50);
    let flags = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::DIRECTORY;
    let open = |from: &dyn AsRef<Path>| {
        rustix::fs::open(from.as_ref(), flags, rustix::fs::Mode::empty()).expect("open")
    };
    let mut at = open(&dir.path());
    for _ in 0..DEPTH {
        rustix::fs::mkdirat(&at, &name, 0o700.into()).expect("made");
        // Visited on the way back, when the directory had been closed.
        rustix::fs::mkdirat(&at, "z", 0o700.into()).expect("made");
        at = rustix::fs::openat(&at, &name, flags, rustix::fs::Mode::empty()).expect("open");
    }
    for is_sorted in [true, false] {
        let walk = Walk::builder()
            .name("")
            .sorted(is_sorted)
            .open(dir.path())
            .expect("a walk");
        let mut longest = 0;
        let mut count = 0;
        for found in walk {
            let found = found.expect("readable");
            longest = longest.max(found.path_bytes().len());
            count += 1;
        }
        assert_eq!((count, longest), (2 * DEPTH, DEPTH * 51 - 1));
    }
}

#[test]
fn holes_are_found_and_read_as_zeros() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("holes");
    let mut file = fs::File::create(&path).expect("made");
    file.seek(SeekFrom::Start(1 << 20)).expect("moved");
    file.write_all(b"middle").expect("written");
    file.set_len(3 << 20).expect("cut");
    drop(file);
    let mut found = Walk::open(&path)
        .expect("a walk")
        .next()
        .expect("one")
        .expect("readable");
    let map = found.sparse_map();
    let mut content = Vec::new();
    found
        .data_mut()
        .expect("data")
        .read_to_end(&mut content)
        .expect("readable");
    assert_eq!(content, fs::read(&path).expect("readable"));
    if fs::metadata(&path).expect("metadata").blocks() * 512 < 3 << 20 {
        assert_eq!(map.len(), 1, "{map:?}");
        assert!(
            map[0].start <= 1 << 20 && map[0].end >= (1 << 20) + 6,
            "{map:?}"
        );
        assert!(map[0].start > 0 && map[0].end < 3 << 20, "{map:?}");
    }
    // One hole, and no data at all.
    fs::File::create(&path)
        .expect("made")
        .set_len(1 << 20)
        .expect("cut");
    let found = Walk::open(&path)
        .expect("a walk")
        .next()
        .expect("one")
        .expect("readable");
    if fs::metadata(&path).expect("metadata").blocks() == 0 {
        assert_eq!(
            found.sparse_map().as_slice(),
            std::slice::from_ref(&(1 << 20..1 << 20))
        );
    }
}

#[test]
fn changes_while_reading_are_told() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("log");
    let read_after = |change: &dyn Fn()| {
        fs::write(&path, vec![b'x'; 100_000]).expect("written");
        let mut found = Walk::open(&path)
            .expect("a walk")
            .next()
            .expect("one")
            .expect("readable");
        change();
        let mut content = Vec::new();
        let data = found.data_mut().expect("data");
        data.read_to_end(&mut content).expect("readable");
        (content.len(), data.change().expect("a stat"))
    };
    let file = || {
        fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .expect("open")
    };
    assert_eq!(read_after(&|| ()), (100_000, None));
    assert_eq!(
        read_after(&|| file().set_len(60_000).expect("cut")),
        (60_000, Some(DataChange::Shrunk { missing: 40_000 }))
    );
    assert_eq!(
        read_after(&|| file().write_all(b"more").expect("written")),
        (100_000, Some(DataChange::Grown))
    );
    // Another file by the same name is none of our business.
    assert_eq!(
        read_after(&|| {
            fs::remove_file(&path).expect("removed");
            fs::write(&path, "new").expect("written");
        }),
        (100_000, None)
    );
}

#[test]
fn pipes_and_sockets_are_not_opened() {
    let dir = tempfile::tempdir().expect("a directory");
    let mode = rustix::fs::Mode::RUSR;
    rustix::fs::mknodat(
        rustix::fs::CWD,
        dir.path().join("pipe"),
        rustix::fs::FileType::Fifo,
        mode,
        0,
    )
    .expect("made");
    let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).expect("bound");
    let walk = sorted().open(dir.path()).expect("a walk");
    let types: Vec<_> = walk
        .map(|found| found.expect("readable").file_type())
        .collect();
    assert_eq!(
        types,
        [FileType::Directory, FileType::Fifo, FileType::Socket]
    );
}

#[cfg(target_os = "linux")]
#[test]
fn extended_attributes_access_lists_and_flags() {
    use rustix::fs::{IFlags, XattrFlags, ioctl_setflags, setxattr};

    let dir = tree();
    let path = dir.path().join("a");
    let walk = |builder: WalkBuilder| find(builder.open(dir.path()).expect("a walk"), "t/a");
    // Each only where the file system has it.
    let big = vec![b'v'; 3000];
    if setxattr(&path, "user.big", &big, XattrFlags::empty()).is_ok() {
        let xattrs = walk(sorted()).xattrs();
        assert!(
            xattrs
                .iter()
                .any(|xattr| xattr.name == b"user.big" && xattr.value == big)
        );
        assert!(walk(sorted().xattrs(false)).xattrs().is_empty());
    }
    let mut acl = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in [
        (1_u16, 6_u16, u32::MAX),
        (2, 4, 0),
        (4, 4, u32::MAX),
        (16, 4, u32::MAX),
        (32, 0, u32::MAX),
    ] {
        acl.extend(tag.to_le_bytes());
        acl.extend(permissions.to_le_bytes());
        acl.extend(id.to_le_bytes());
    }
    if setxattr(&path, "system.posix_acl_access", &acl, XattrFlags::empty()).is_ok() {
        let found = walk(sorted());
        let lines: Vec<_> = found.acl().iter().map(ToString::to_string).collect();
        let root = &lines[3];
        assert!(
            root == "user:root:r--:0" || root == "user:0:r--",
            "{lines:?}"
        );
        assert_eq!(lines[4], "mask::r--");
        assert!(
            !found
                .xattrs()
                .iter()
                .any(|xattr| xattr.name.starts_with(b"system."))
        );
        assert!(walk(sorted().acls(false)).acl().is_empty());
    }
    let file = fs::File::open(&path).expect("open");
    if ioctl_setflags(&file, IFlags::NODUMP).is_ok() {
        assert_eq!(walk(sorted()).fflags_text().as_deref(), Some("nodump"));
        assert_eq!(walk(sorted().flags(false)).fflags_text(), None);
    }
}
