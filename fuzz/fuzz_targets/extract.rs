//! Any bytes as an archive to extract: nothing outside the destination changes.

#![no_main]

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::LazyLock,
    time::Duration,
};

use anyarchive::{Extractor, Limits, Reader, Symlinks};
use libfuzzer_sys::fuzz_target;

/// What is around the destination.
struct World {
    outside: PathBuf,
    destination: PathBuf,
    _dir: tempfile::TempDir,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a directory");
    let outside = dir.path().join("outside");
    fs::create_dir(&outside).expect("a directory");
    fs::write(outside.join("canary"), "alive").expect("a file");
    World {
        destination: dir.path().join("destination"),
        outside,
        _dir: dir,
    }
});

fuzz_target!(|input: &[u8]| {
    let Some((&mode, archive)) = input.split_last() else {
        return;
    };
    let world = &*WORLD;
    let limits = Limits::server()
        .entries(200)
        .total_bytes(4 << 20)
        .time(Duration::from_secs(5));
    let mut extractor = Extractor::new()
        .limits(limits)
        .threads(1 + usize::from(mode & 1))
        .atomic(mode & 2 != 0)
        .symlinks(if mode & 4 == 0 { Symlinks::default() } else { Symlinks::Allow })
        .strip_components(usize::from(mode >> 4) % 3);
    if let Ok(mut reader) = Reader::from_bytes(archive) {
        let _ = extractor.extract(&mut reader, &world.destination);
    }
    let state = state_of(&world.outside);
    assert_eq!(state, (b"alive".to_vec(), 1, 0o666 & !umask()), "outside has changed");
    let around: Vec<_> = fs::read_dir(world.outside.parent().expect("a parent"))
        .expect("a directory")
        .map(|item| item.expect("an item").file_name())
        .collect();
    assert!(around.len() <= 2, "{around:?}");
    remove(&world.destination);
});

/// Content of the canary, the files beside it, and its mode.
fn state_of(outside: &Path) -> (Vec<u8>, usize, u32) {
    let canary = outside.join("canary");
    let count = fs::read_dir(outside).expect("a directory").count();
    let mode = fs::symlink_metadata(&canary).expect("the canary").mode();
    (fs::read(&canary).expect("the canary"), count, mode & 0o7777)
}

/// What a new file lacks, found out once.
fn umask() -> u32 {
    static UMASK: LazyLock<u32> = LazyLock::new(|| {
        let file = tempfile::tempdir().expect("a directory");
        let path = file.path().join("file");
        fs::write(&path, "").expect("a file");
        0o666 & !fs::metadata(&path).expect("a file").mode()
    });
    *UMASK
}

/// Removes a tree in which directories can be closed to their owner.
fn remove(path: &Path) {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return;
    };
    if metadata.is_dir() {
        let mut open = metadata.permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut open, 0o700);
        let _ = fs::set_permissions(path, open);
        for item in fs::read_dir(path).into_iter().flatten().flatten() {
            remove(&item.path());
        }
        let _ = fs::remove_dir(path);
    } else {
        let _ = fs::remove_file(path);
    }
}
