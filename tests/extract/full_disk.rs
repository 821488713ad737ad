//! A destination that is full, or read-only. Both are made in a mount namespace of a child process.

use std::{env, fs, path::PathBuf, process::Command};

use anyarchive::{ErrorKind, Extractor, Reader};
use anyarchive_test_support::samples::{Item, Spec};

use anyarchive_test_support::world::names;

/// Tells the child where the small file system is.
const DESTINATION: &str = "ARCHIVE_SYS_TEST_DESTINATION";

/// Runs a test again, alone, with the mount made by `mount` at the directory that is its `$1`.
fn run_with_mount(test: &str, mount: &str) {
    let unshare = || {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount"]);
        command
    };
    if !unshare()
        .arg("true")
        .status()
        .is_ok_and(|status| status.success())
    {
        eprintln!("not tested: this system lets nobody make a mount namespace");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let script = format!("{mount} && exec \"$2\" --exact {test} --nocapture");
    let output = unshare()
        .args(["sh", "-c", &script, "sh"])
        .arg(dir.path())
        .arg(env::current_exe().unwrap())
        .env(DESTINATION, dir.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && told.contains("1 passed"),
        "{told}"
    );
}

#[test]
fn a_full_disk_ends_the_extraction() {
    let Some(mount) = env::var_os(DESTINATION).map(PathBuf::from) else {
        let mount = "mount -t tmpfs -o size=1m none \"$1\"";
        return run_with_mount("full_disk::a_full_disk_ends_the_extraction", mount);
    };
    let archive = Spec::new("pax")
        .to_vec([
            Item::file("small", "small"),
            Item::file("big", vec![7; 3 << 20]),
            Item::file("last", "last"),
        ])
        .unwrap();
    for threads in [1, 2, 8] {
        let mut extractor = Extractor::new().threads(threads);
        let mut reader = Reader::from_bytes(&archive).unwrap();
        let error = extractor.extract(&mut reader, &mount).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        assert_eq!(error.os_error(), Some(libc::ENOSPC));
        assert_eq!(error.entry_bytes(), Some(&b"big"[..]));
        assert!(
            error
                .to_string()
                .contains("free some space and extract again"),
            "{error}"
        );
        // With more threads the entry behind it can be there, too.
        let names = names(&mount);
        assert!(names == ["small"] || threads > 1 && names == ["last", "small"]);
        assert_eq!(extractor.report().entries(), names.len() as u64);
        for name in names {
            fs::remove_file(mount.join(name)).unwrap();
        }
    }
}

#[test]
fn a_read_only_destination_ends_the_extraction() {
    let Some(mount) = env::var_os(DESTINATION).map(PathBuf::from) else {
        let mount = "mount -t tmpfs -o ro none \"$1\"";
        return run_with_mount(
            "full_disk::a_read_only_destination_ends_the_extraction",
            mount,
        );
    };
    let archive = Spec::new("pax")
        .to_vec([Item::file("a", "x"), Item::file("b", "x")])
        .unwrap();
    let mut reader = Reader::from_bytes(&archive).unwrap();
    let error = reader.extract(&mount).unwrap_err();
    assert_eq!(error.os_error(), Some(libc::EROFS));
    assert_eq!(error.entry_bytes(), Some(&b"a"[..]));
    assert!(error.to_string().contains("extract elsewhere"), "{error}");
}
