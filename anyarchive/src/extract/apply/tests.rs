use std::{
    fs::{self, FileTimes},
    os::{
        fd::AsFd as _,
        unix::fs::{MetadataExt as _, PermissionsExt as _},
    },
    time::{Duration, SystemTime},
};

use rustix::{
    fs::{CWD, Mode, mkfifoat, statat},
    io::Errno,
};

use super::*;
use crate::extract::{
    Outcome,
    destination::{Destination, Resolver, id_of},
    path::{Place, place},
    policy::Policy,
    report::Data,
};

fn rel(path: &str) -> RelPath {
    match place(path.as_bytes(), &Policy::default()) {
        Ok(Place::Below(path)) => path,
        other => panic!("{other:?}"),
    }
}

/// Where the file system refuses hard links, as FAT does.
#[test]
fn what_cannot_be_linked_is_copied() {
    let dir = tempfile::tempdir().unwrap();
    let content = "text ".repeat(1_000_000);
    fs::write(dir.path().join("source"), &content).unwrap();
    let source = fs::File::open(dir.path().join("source")).unwrap();
    source
        .set_permissions(fs::Permissions::from_mode(0o4640))
        .unwrap();
    let time = SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 5);
    source
        .set_times(FileTimes::new().set_modified(time))
        .unwrap();
    mkfifoat(CWD, dir.path().join("fifo"), Mode::RUSR | Mode::WUSR).unwrap();

    let (policy, mut report) = (Policy::default(), Data::default());
    let destination = Destination::open(dir.path(), Resolver::best()).unwrap();
    let mut run = Run::new(&policy, destination, &mut report);
    let root = run.destination.directory(b"").unwrap();
    let look = |name: &str| id_of(&statat(root.as_fd(), name, AtFlags::empty()).unwrap());

    let (path, target) = (rel("copy"), rel("source"));
    let id = run
        .copy_instead(&path, &root, &target, look("source"), Errno::PERM)
        .unwrap();
    assert_eq!(id, look("copy"));
    let warnings = std::mem::take(&mut run.warnings);
    assert!(
        warnings[0].starts_with("copied instead of linked: "),
        "{warnings:?}"
    );

    // Something else got the name meanwhile; a pipe would make an ordinary open wait for ever.
    for target in ["copy", "fifo"] {
        let result = run.copy_instead(
            &rel("second"),
            &root,
            &rel(target),
            look("source"),
            Errno::PERM,
        );
        assert!(
            matches!(result, Err(Halt::Entry(Outcome::Failed(_)))),
            "{target}: {result:?}"
        );
    }
    drop(run);
    assert_eq!(report.bytes, content.len() as u64);
    assert_eq!(
        fs::read_to_string(dir.path().join("copy")).unwrap(),
        content
    );
    let metadata = fs::metadata(dir.path().join("copy")).unwrap();
    assert_eq!(metadata.mode() & 0o7777 & !0o640, 0);
    assert_eq!(
        (metadata.mtime(), metadata.mtime_nsec()),
        (1_000_000_000, 5)
    );
    assert!(!dir.path().join("second").exists());
}
