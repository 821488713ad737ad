use std::{
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    path::PathBuf,
};

use super::*;
use crate::{
    Timestamp,
    extract::{
        Outcome,
        apply::Restorer,
        path::{Place, RelPath, place},
        policy::Policy,
        restore::Attributes,
    },
};

/// A directory with a destination `d` in it and something outside, once for each way to resolve.
fn each(test: impl Fn(&Path, Destination)) {
    for resolver in [Resolver::best(), Resolver::Walk] {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("outside")).unwrap();
        let destination = Destination::open(&dir.path().join("d"), resolver).unwrap();
        test(dir.path(), destination);
        // So that the directory can be removed, without being root too.
        unlock(&dir.path().join("d"));
        let outside = fs::read_dir(dir.path().join("outside")).unwrap();
        assert_eq!(outside.count(), 0, "{resolver:?}");
    }
}

fn unlock(dir: &Path) {
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            unlock(&entry.path());
        }
    }
}

fn restorer() -> Restorer {
    Restorer::new(&Policy::default())
}

fn rel(path: &str) -> RelPath {
    match place(path.as_bytes(), &Policy::default()) {
        Ok(Place::Below(path)) => path,
        other => panic!("{other:?}"),
    }
}

fn is_at(dir: &Dir, path: PathBuf) {
    let metadata = fs::symlink_metadata(&path).unwrap();
    let stat = rustix::fs::fstat(dir).unwrap();
    assert_eq!(id_of(&stat), (metadata.dev(), metadata.ino()), "{path:?}");
}

fn is_refused(result: Result<Dir, Halt>) {
    let Err(Halt::Entry(Outcome::Refused(Refusal::SymlinkInPath))) = result else {
        panic!("{result:?}");
    };
}

fn mode_at(path: impl AsRef<Path>) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn make(destination: &mut Destination, path: &str, mode: u32, adopt: bool) -> MakeDirectory {
    let path = rel(path);
    let parent = destination.directory(path.parent()).unwrap();
    let mtime = Some(Timestamp {
        seconds: 1_000_000_000,
        nanoseconds: 123_456_789,
    });
    let attributes = Attributes {
        mtime,
        ..Attributes::default()
    };
    destination
        .make_directory(&parent, &path, mode, &attributes, adopt)
        .unwrap()
}

#[test]
fn directories_are_made_with_all_above_and_found_again() {
    each(|top, mut destination| {
        is_at(&destination.directory(b"").unwrap(), top.join("d"));
        let deep = destination.directory(b"a/b/c").unwrap();
        is_at(&deep, top.join("d/a/b/c"));
        is_at(&destination.directory(b"a/b").unwrap(), top.join("d/a/b"));
        // Through the cache, and without it.
        is_at(
            &destination.directory(b"a/b/c").unwrap(),
            top.join("d/a/b/c"),
        );
        destination.open.clear();
        is_at(
            &destination.directory(b"a/b/c").unwrap(),
            top.join("d/a/b/c"),
        );
        fs::create_dir(top.join("d/a/b/c/e")).unwrap();
        is_at(
            &destination.directory(b"a/b/c/e").unwrap(),
            top.join("d/a/b/c/e"),
        );
        assert_eq!(
            destination.existing_directory(b"a/x/y").unwrap_err(),
            Errno::NOENT
        );
        assert!(!top.join("d/a/x").exists());
    });
}

#[test]
fn symbolic_links_are_never_followed() {
    each(|top, mut destination| {
        fs::create_dir_all(top.join("d/real/sub")).unwrap();
        symlink("../outside", top.join("d/out")).unwrap();
        symlink("real", top.join("d/in")).unwrap();
        symlink("sub", top.join("d/real/link")).unwrap();
        symlink("nowhere", top.join("d/dangling")).unwrap();
        symlink("/proc/self/cwd", top.join("d/magic")).unwrap();
        for path in [
            "out",
            "out/x",
            "out/x/y",
            "in",
            "in/sub",
            "in/new",
            "real/link",
            "real/link/new",
            "dangling",
            "dangling/x",
            "magic",
            "magic/x",
        ] {
            is_refused(destination.directory(path.as_bytes()));
            let error = destination.existing_directory(path.as_bytes()).unwrap_err();
            assert_eq!(error, Errno::LOOP, "{path}");
        }
        // Also from a handle in the cache.
        destination.directory(b"real").unwrap();
        is_refused(destination.directory(b"real/link/new"));
        let names: Vec<_> = fs::read_dir(top.join("d/real")).unwrap().collect();
        assert_eq!(names.len(), 2);
    });
}

#[test]
fn what_is_no_directory_is_in_the_way() {
    each(|top, mut destination| {
        fs::write(top.join("d/file"), "").unwrap();
        for path in [&b"file"[..], b"file/x", b"file/x/y"] {
            let result = destination.directory(path);
            let Err(Halt::Entry(Outcome::Failed(error))) = result else {
                panic!("{result:?}");
            };
            assert_eq!(error.os_error(), Some(Errno::NOTDIR.raw_os_error()));
        }
    });
}

#[test]
fn a_directory_that_became_a_link_is_refused_once_it_is_forgotten() {
    each(|top, mut destination| {
        let open = destination.directory(b"a/b").unwrap();
        destination.directory(b"a/b/c").unwrap();
        destination.directory(b"ab").unwrap();
        fs::rename(top.join("d/a/b"), top.join("d/moved")).unwrap();
        symlink("../../outside", top.join("d/a/b")).unwrap();
        // The handle stays what it was, wherever it is now.
        is_at(&open, top.join("d/moved"));
        is_at(&destination.directory(b"a/b").unwrap(), top.join("d/moved"));
        destination.forget(b"a/b");
        is_refused(destination.directory(b"a/b"));
        is_refused(destination.directory(b"a/b/c"));
        assert!(destination.open.iter().any(|(path, _)| **path == *b"ab"));
    });
}

#[test]
fn the_cache_is_bounded_and_keeps_what_is_used() {
    each(|_, mut destination| {
        destination.directory(b"kept").unwrap();
        for number in 0..3 * MAX_OPEN {
            destination
                .directory(format!("n{number}").as_bytes())
                .unwrap();
            destination.directory(b"kept").unwrap();
            assert!(destination.open.len() <= MAX_OPEN);
        }
        let cached = |path: &str| {
            destination
                .open
                .iter()
                .any(|(p, _)| **p == *path.as_bytes())
        };
        assert!(cached("kept") && !cached("n0"));
        assert!(cached(&format!("n{}", 3 * MAX_OPEN - 1)));
    });
}

#[test]
fn modes_and_times_of_directories_come_last() {
    each(|top, mut destination| {
        make(&mut destination, "ro", 0o555, true);
        make(&mut destination, "ro/none", 0, true);
        make(&mut destination, "rw", 0o755, true);
        destination.directory(b"implied/sub").unwrap();
        make(&mut destination, "implied", 0o700, true);
        for path in ["ro", "ro/none", "rw", "implied"] {
            assert_eq!(mode_at(top.join("d").join(path)) & 0o700, 0o700, "{path}");
        }
        fs::write(top.join("d/ro/none/file"), "").unwrap();
        assert_eq!(destination.finish(&mut restorer()), []);
        let umask = destination.umask();
        assert_eq!(mode_at(top.join("d/ro")), 0o555 & !umask);
        assert_eq!(mode_at(top.join("d/ro/none")), 0);
        assert_eq!(mode_at(top.join("d/rw")), 0o755 & !umask);
        assert_eq!(mode_at(top.join("d/implied")), 0o700 & !umask);
        assert_eq!(mode_at(top.join("d/implied/sub")), 0o777 & !umask);
        for path in ["ro", "ro/none", "rw", "implied"] {
            let metadata = fs::metadata(top.join("d").join(path)).unwrap();
            let mtime = (metadata.mtime(), metadata.mtime_nsec());
            assert_eq!(mtime, (1_000_000_000, 123_456_789), "{path}");
        }
    });
}

#[test]
fn what_was_there_is_taken_over_only_on_demand() {
    each(|top, mut destination| {
        for path in ["kept", "taken"] {
            fs::create_dir(top.join("d").join(path)).unwrap();
            let mode = fs::Permissions::from_mode(0o1711);
            fs::set_permissions(top.join("d").join(path), mode).unwrap();
        }
        make(&mut destination, "kept", 0o500, false);
        make(&mut destination, "taken", 0o500, true);
        assert_eq!(destination.finish(&mut restorer()), []);
        assert_eq!(mode_at(top.join("d/kept")), 0o1711);
        assert_eq!(mode_at(top.join("d/taken")), 0o1500);
        let mtime = |path| fs::metadata(top.join("d").join(path)).unwrap().mtime();
        assert_ne!(mtime("kept"), 1_000_000_000);
        assert_eq!(mtime("taken"), 1_000_000_000);
    });
}

#[test]
fn occupied_names_are_told_and_nothing_is_done() {
    each(|top, mut destination| {
        fs::write(top.join("d/file"), "").unwrap();
        symlink("../outside", top.join("d/link")).unwrap();
        for path in ["file", "link"] {
            let made = make(&mut destination, path, 0o777, true);
            assert_eq!(made, MakeDirectory::Occupied, "{path}");
        }
        assert_eq!(destination.finish(&mut restorer()), []);
        assert!(top.join("d/file").is_file() && top.join("d/link").is_symlink());
    });
}

#[test]
fn a_replaced_directory_does_not_get_mode_and_time() {
    each(|top, mut destination| {
        make(&mut destination, "a", 0o500, true);
        make(&mut destination, "b", 0o500, true);
        make(&mut destination, "c", 0o500, true);
        destination.open.clear();
        fs::rename(top.join("d/a"), top.join("d/moved")).unwrap();
        fs::create_dir(top.join("d/a")).unwrap();
        fs::remove_dir(top.join("d/b")).unwrap();
        symlink("../outside", top.join("d/b")).unwrap();
        let before = (mode_at(top.join("d/a")), mode_at(top.join("outside")));
        let problems = destination.finish(&mut restorer());
        let paths: Vec<_> = problems.iter().map(|(path, _)| &**path).collect();
        assert_eq!(paths, [b"b", b"a"]);
        let after = (mode_at(top.join("d/a")), mode_at(top.join("outside")));
        assert_eq!(after, before);
        assert_eq!(mode_at(top.join("d/c")), 0o500);
    });
}

#[test]
fn forgetting_takes_everything_below_and_nothing_else() {
    each(|_, mut destination| {
        for path in ["x", "x/y", "x/y/z", "x-", "xy", "x0/y"] {
            make(&mut destination, path, 0o500, true);
        }
        destination.forget(b"x");
        let left: Vec<_> = destination.records.keys().map(|path| &**path).collect();
        assert_eq!(left, [&b"x-"[..], b"x0", b"x0/y", b"xy"]);
        assert!(
            destination
                .open
                .iter()
                .all(|(path, _)| !path.starts_with(b"x/"))
        );
    });
}

#[test]
fn the_destination_can_be_a_link_but_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path();
    fs::create_dir(top.join("real")).unwrap();
    symlink("real", top.join("link")).unwrap();
    let mut destination = Destination::open(&top.join("link/new"), Resolver::best()).unwrap();
    is_at(
        &destination.directory(b"a").unwrap(),
        top.join("real/new/a"),
    );
    fs::write(top.join("file"), "").unwrap();
    for path in ["file", "file/x"] {
        let error = Destination::open(&top.join(path), Resolver::best()).unwrap_err();
        assert!(error.to_string().contains(path), "{error}");
    }
}
