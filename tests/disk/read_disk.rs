//! C's walk, guarded.

use std::{env, fs, os::unix::fs::symlink};

use anyarchive::{ErrorKind, FileType, FollowSymlinks, Matcher, ReadDisk, ReadDiskBehavior, Walk};
use anyarchive_test_support::{child_job, run_as_child};

fn tree() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("b/c")).unwrap();
    fs::write(dir.path().join("a"), vec![b'a'; 300_000]).unwrap();
    fs::write(dir.path().join("b/c/d"), "delta").unwrap();
    symlink("b", dir.path().join("link")).unwrap();
    dir
}

/// Paths without the root, types and lengths of contents, in order of paths.
fn visit(walk: &mut ReadDisk<'_>, root: &str) -> Vec<(String, FileType, usize)> {
    let mut found = Vec::new();
    while let Some(mut entry) = walk.next_entry().unwrap() {
        let mut len = 0;
        while let Some((offset, data)) = entry.next_block().unwrap() {
            assert_eq!(offset, len as u64);
            len += data.len();
        }
        let path = entry.path().to_str().unwrap().to_owned();
        assert_eq!(
            entry.can_descend(),
            entry.file_type() == FileType::Directory
        );
        entry.descend().unwrap();
        found.push((path.replace(root, "t"), entry.file_type(), len));
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

#[test]
fn finds_what_our_own_walk_finds() {
    let dir = tree();
    let root = dir.path().to_str().unwrap();
    let mut walk = ReadDisk::builder().open(root).unwrap();
    let theirs = visit(&mut walk, root);
    assert!(walk.warnings().is_empty());
    assert!(walk.next_entry().unwrap().is_none());
    let ours: Vec<_> = Walk::builder()
        .name("t")
        .sorted(true)
        .open(root)
        .unwrap()
        .map(|found| {
            let found = found.unwrap();
            let (kind, size) = (found.file_type(), found.size().unwrap_or(0));
            let len = if kind == FileType::File { size } else { 0 };
            (
                found.path().to_str().unwrap().to_owned(),
                kind,
                len as usize,
            )
        })
        .collect();
    assert_eq!(theirs, ours);
}

#[test]
fn nothing_is_entered_unasked() {
    let dir = tree();
    let mut walk = ReadDisk::builder().open(dir.path()).unwrap();
    assert!(walk.next_entry().unwrap().is_some());
    assert!(walk.next_entry().unwrap().is_none());
}

#[test]
fn links_are_followed_as_asked() {
    let dir = tree();
    let link = dir.path().join("link");
    for (follow, kind) in [
        (FollowSymlinks::Never, FileType::Symlink),
        (FollowSymlinks::Root, FileType::Directory),
        (FollowSymlinks::Always, FileType::Directory),
    ] {
        let mut walk = ReadDisk::builder()
            .follow_symlinks(follow)
            .open(&link)
            .unwrap();
        let entry = walk.next_entry().unwrap().unwrap();
        assert_eq!(entry.file_type(), kind, "{follow:?}");
    }
}

#[test]
fn a_matcher_is_lent() {
    let dir = tree();
    let root = dir.path().to_str().unwrap();
    let mut matcher = Matcher::new().unwrap();
    matcher.exclude_pattern("c").unwrap();
    matcher.include_pattern("missing").unwrap();
    matcher.include_pattern(root).unwrap();
    let mut walk = ReadDisk::builder()
        .matcher(&mut matcher)
        .open(root)
        .unwrap();
    let paths: Vec<_> = visit(&mut walk, root)
        .into_iter()
        .map(|found| found.0)
        .collect();
    assert_eq!(paths, ["t", "t/a", "t/b", "t/link"]);
    drop(walk);
    assert_eq!(
        matcher.unmatched_inclusions().collect::<Vec<_>>(),
        [b"missing"]
    );
}

#[test]
fn what_is_missing_is_told_by_the_first_entry() {
    let dir = tree();
    let mut walk = ReadDisk::builder()
        .open(dir.path().join("missing"))
        .unwrap();
    let error = walk.next_entry().unwrap_err();
    assert_eq!(error.os_error(), Some(libc::ENOENT), "{error:?}");
    assert!(error.is_recoverable());
    for bad in ["", "a\0b"] {
        let error = ReadDisk::builder().open(bad).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

#[test]
fn file_systems_are_told() {
    let dir = tree();
    let mut walk = ReadDisk::builder().open(dir.path()).unwrap();
    let mut entry = walk.next_entry().unwrap().unwrap();
    assert_eq!(entry.file_system(), Some(0));
    assert_ne!(entry.is_remote(), Some(true));
    assert_ne!(entry.is_synthetic(), Some(true));
    entry.descend().unwrap();
    let mut below = walk.next_entry().unwrap().unwrap();
    assert_eq!(below.file_system(), Some(0));
}

/// Many at once: C's static variables would mix them up, and the directory would be anybody's.
#[test]
fn walks_on_many_threads_keep_the_working_directory() {
    const NAME: &str = "read_disk::walks_on_many_threads_keep_the_working_directory";
    if child_job().is_none() {
        // In a process of its own: the working directory is everybody's.
        let finished = run_as_child(NAME, "walk", &[], std::time::Duration::from_secs(120));
        assert_eq!(finished.unwrap().problem(), None);
        return;
    }
    let dir = tree();
    let here = env::current_dir().unwrap();
    let root = dir.path().to_str().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let everything = ReadDiskBehavior::empty();
                    let builder = ReadDisk::builder().behavior(everything);
                    let mut walk = builder.follow_symlinks(FollowSymlinks::Always).open(root);
                    let found = visit(walk.as_mut().unwrap(), root);
                    assert_eq!(found.len(), 8, "{found:?}");
                }
            });
        }
    });
    assert_eq!(env::current_dir().unwrap(), here);
}
