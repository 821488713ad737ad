//! `anyarchive convert`

use std::fs;

use anyarchive_test_support::samples::{Item, Spec};
use predicates::{prelude::PredicateBooleanExt, str::contains};

use crate::support::{Dir, anyarchive, damaged_zip, three_files};

/// What `anyarchive list` shows.
fn names(dir: &Dir, archive: &str) -> String {
    let output = anyarchive()
        .current_dir(dir.path())
        .args(["list", archive])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_name_tells_format_and_filter() {
    let dir = Dir::new();
    dir.archive("a.zip", &Spec::new("zip"), three_files());
    for (to, format, filters) in [
        ("a.tar.gz", "tar", "gzip"),
        ("a.cpio", "cpio", ""),
        ("a.7z", "7zip", ""),
        ("b.zip", "zip", ""),
    ] {
        anyarchive()
            .current_dir(dir.path())
            .args(["convert", "a.zip", to])
            .assert()
            .success()
            .stdout("");
        let names = names(&dir, to).replace('/', "");
        // 7-Zip has directories at its end.
        let mut names: Vec<_> = names.lines().collect();
        names.sort_unstable();
        assert_eq!(names, ["a.txt", "c.txt", "dir", "dirb.txt"], "{to}");
        anyarchive()
            .current_dir(dir.path())
            .args(["info", to])
            .assert()
            .success()
            .stdout(contains(format).and(contains(filters)));
        anyarchive()
            .current_dir(dir.path())
            .args(["cat", to, "dir/b.txt"])
            .assert()
            .success()
            .stdout("beta\n");
    }
}

#[test]
fn flags_tell_format_filter_and_level() {
    let dir = Dir::new();
    dir.archive("a.tar", &Spec::new("pax"), three_files());
    anyarchive()
        .current_dir(dir.path())
        .args(["convert", "a.tar", "new", "--format", "ustar"])
        .args(["--filter", "gzip", "--filter", "b64encode"])
        .assert()
        .success();
    let text = fs::read(dir.path().join("new")).unwrap();
    assert!(text.starts_with(b"begin-base64 "));
    assert_eq!(names(&dir, "new").lines().count(), 4);
    anyarchive()
        .current_dir(dir.path())
        .args(["convert", "a.tar", "new.tgz", "--level", "9"])
        .assert()
        .success();
    for (wrong, words) in [
        (&["a.tar", "new.tgz", "--level", "10"][..], "10"),
        (&["a.tar", "b.tar", "--level", "1"], "no levels"),
        (&["a.tar", "b.xyz"], "--format"),
        (&["a.tar", "b.tar", "--format", "rar"], "does not write"),
        (&["a.tar", "b.tar", "--filter", "lrzip"], "--capabilities"),
    ] {
        anyarchive()
            .current_dir(dir.path())
            .arg("convert")
            .args(wrong)
            .assert()
            .code(2)
            .stderr(contains(words));
    }
    assert!(!dir.path().join("b.tar").exists());
}

#[test]
fn pipes_work_on_both_sides() {
    let dir = Dir::new();
    let tar = fs::read(dir.archive("a.tar", &Spec::new("pax"), three_files())).unwrap();
    let output = anyarchive()
        .args(["convert", "-", "-", "--format", "cpio"])
        .write_stdin(tar)
        .assert()
        .success();
    assert!(output.get_output().stdout.starts_with(b"070701"));
}

#[test]
fn an_archive_can_take_the_place_of_itself() {
    let dir = Dir::new();
    dir.archive("a.tar", &Spec::new("pax"), three_files());
    anyarchive()
        .current_dir(dir.path())
        .args(["convert", "a.tar", "a.tar", "--format", "ustar"])
        .assert()
        .success();
    assert_eq!(names(&dir, "a.tar").lines().count(), 4);
}

#[test]
fn what_is_lost_is_told() {
    let dir = Dir::new();
    let file = |name: &str| Item::file(name, "text\n");
    let items = [
        file("a.txt"),
        Item::hard_link("link", "a.txt"),
        file("b.txt"),
    ];
    dir.archive("a.tar", &Spec::new("pax"), items);
    anyarchive()
        .current_dir(dir.path())
        .args(["convert", "a.tar", "a.zip"])
        .assert()
        .code(1)
        .stderr(contains("link: left out: zip cannot hold hard links"))
        .stderr(contains("1 problem; 2 entries written to a.zip"));
    assert_eq!(names(&dir, "a.zip"), "a.txt\nb.txt\n");
}

#[test]
fn damage_is_told_and_the_rest_is_there() {
    let dir = Dir::new();
    dir.file("a.zip", damaged_zip());
    anyarchive()
        .current_dir(dir.path())
        .args(["convert", "a.zip", "a.tar"])
        .assert()
        .code(1)
        .stderr(contains("dir/b.txt: "));
    assert_eq!(names(&dir, "a.tar").lines().count(), 4);
}

#[test]
fn an_archive_that_ends_too_early_leaves_the_old_file_alone() {
    let dir = Dir::new();
    let mut tar = fs::read(dir.archive("a.tar", &Spec::new("pax"), three_files())).unwrap();
    tar.truncate(700);
    dir.file("cut.tar", tar);
    dir.file("old.zip", "precious");
    anyarchive()
        .current_dir(dir.path())
        .args(["convert", "cut.tar", "old.zip"])
        .assert()
        .code(1)
        .stderr(contains("cut.tar: "));
    assert_eq!(fs::read(dir.path().join("old.zip")).unwrap(), b"precious");
    // Nothing is left beside it.
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3);
}

#[test]
fn a_new_archive_has_the_mode_of_new_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = Dir::new();
    dir.archive("a.tar", &Spec::new("pax"), three_files());
    anyarchive()
        .current_dir(dir.path())
        .args(["convert", "a.tar", "a.zip"])
        .assert()
        .success();
    let mode = |name: &str| {
        dir.path()
            .join(name)
            .metadata()
            .unwrap()
            .permissions()
            .mode()
    };
    assert_eq!(mode("a.zip"), mode("a.tar"));
}

#[test]
fn passwords_open_the_old_archive() {
    let dir = Dir::new();
    let spec = Spec::new("zip")
        .option("zip:encryption=aes256")
        .password("s3cret");
    dir.archive("a.zip", &spec, [Item::file("a.txt", "alpha\n")]);
    dir.file("password", "s3cret");
    anyarchive()
        .current_dir(dir.path())
        .args(["convert", "a.zip", "a.tar", "--password-file", "password"])
        .assert()
        .success();
    anyarchive()
        .current_dir(dir.path())
        .args(["cat", "a.tar", "a.txt"])
        .assert()
        .success()
        .stdout("alpha\n");
    anyarchive()
        .current_dir(dir.path())
        .args(["convert", "a.zip", "b.tar"])
        .assert()
        .code(1)
        .stderr(contains("a.txt: left out: ").and(contains("--password-file")));
}

#[test]
fn hard_links_become_copies_when_asked() {
    let dir = Dir::new();
    let items = [
        Item::file("a.txt", "alpha\n"),
        Item::hard_link("b.txt", "a.txt"),
    ];
    dir.archive("a.tar", &Spec::new("pax"), items);
    let convert = |args: &[&str]| {
        anyarchive()
            .current_dir(dir.path())
            .args(["convert", "a.tar", "a.zip"])
            .args(args)
            .assert()
    };
    convert(&[]).code(1).stderr(contains("b.txt: left out: "));
    assert_eq!(names(&dir, "a.zip"), "a.txt\n");
    convert(&["--copy-hard-links"])
        .success()
        .stderr(contains("not kept by the format").and(contains("hard links")));
    anyarchive()
        .current_dir(dir.path())
        .args(["cat", "a.zip", "b.txt"])
        .assert()
        .success()
        .stdout("alpha\n");
}

/// Reads `a.txt` with this password, or without one.
fn cat(dir: &Dir, archive: &str, password: &str) -> assert_cmd::assert::Assert {
    anyarchive()
        .current_dir(dir.path())
        .env("ANYARCHIVE_PASSWORD", password)
        .args(["cat", archive, "a.txt"])
        .assert()
}

#[test]
fn the_new_archive_is_encrypted_when_asked() {
    let dir = Dir::new();
    let item = || [Item::file("a.txt", "alpha\n")];
    let spec = Spec::new("zip")
        .option("zip:encryption=aes256")
        .password("old");
    dir.archive("locked.zip", &spec, item());
    dir.archive("open.tar", &Spec::new("pax"), item());
    dir.file("old", "old\n");
    dir.file("new", "new\n");
    let convert = |args: &[&str]| {
        anyarchive()
            .current_dir(dir.path())
            .arg("convert")
            .args(args)
            .assert()
    };
    for (args, password) in [
        // The one of the old archive.
        (
            &["locked.zip", "a.zip", "--encrypt", "--password-file", "old"][..],
            "old",
        ),
        // One of its own.
        (
            &[
                "locked.zip",
                "a.zip",
                "--encrypt=aes128",
                "--password-file",
                "old",
                "--new-password-file",
                "new",
            ],
            "new",
        ),
        (
            &[
                "open.tar",
                "a.zip",
                "--encrypt=traditional",
                "--new-password-file",
                "new",
            ],
            "new",
        ),
        // What is given without need for the old archive counts for the new one.
        (
            &["open.tar", "a.zip", "--encrypt", "--password-file", "old"],
            "old",
        ),
    ] {
        convert(args).success().stderr("");
        cat(&dir, "a.zip", password).success().stdout("alpha\n");
        cat(&dir, "a.zip", "").code(1).stdout("");
        cat(&dir, "a.zip", "other").code(1).stdout("");
    }
}

#[test]
fn what_is_no_longer_encrypted_is_told() {
    let dir = Dir::new();
    let spec = Spec::new("zip")
        .option("zip:encryption=aes256")
        .password("s3cret");
    dir.archive("a.zip", &spec, [Item::file("a.txt", "alpha\n")]);
    let convert = |args: &[&str]| {
        anyarchive()
            .current_dir(dir.path())
            .env("ANYARCHIVE_PASSWORD", "s3cret")
            .args(["convert", "a.zip"])
            .args(args)
            .assert()
            .success()
    };
    convert(&["b.zip"]).stderr(contains("not encrypted").and(contains("--encrypt")));
    convert(&["b.zip", "--quiet"]).stderr("");
    cat(&dir, "b.zip", "").success().stdout("alpha\n");
}

#[test]
fn encryption_that_cannot_be_is_refused_before_anything_is_written() {
    let dir = Dir::new();
    dir.archive("a.tar", &Spec::new("pax"), [Item::file("a.txt", "alpha\n")]);
    dir.file("new", "new\n");
    for (args, told) in [
        (&["b.zip", "--encrypt"][..], "--new-password-file"),
        (
            &["b.tar.gz", "--encrypt", "--new-password-file", "new"],
            "only zip",
        ),
        (
            &["b.7z", "--encrypt", "--new-password-file", "new"],
            "only zip",
        ),
        (&["b.zip", "--new-password-file", "new"], "--encrypt"),
        (
            &["b.zip", "--encrypt=rot13", "--new-password-file", "new"],
            "rot13",
        ),
    ] {
        anyarchive()
            .current_dir(dir.path())
            .args(["convert", "a.tar"])
            .args(args)
            .assert()
            .code(2)
            .stderr(contains(told));
        assert!(!dir.path().join(args[0]).exists(), "{args:?}");
    }
    let args = [
        "a.tar",
        "b.zip",
        "--encrypt",
        "--new-password-file",
        "nowhere",
    ];
    let assert = anyarchive()
        .current_dir(dir.path())
        .arg("convert")
        .args(args)
        .assert();
    assert
        .code(1)
        .stderr(contains("nowhere: cannot read the password"));
    assert!(!dir.path().join("b.zip").exists());
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_of_the_new_archive() {
    let dir = Dir::new();
    dir.archive("a.tar", &Spec::new("pax"), three_files());
    anyarchive()
        .current_dir(dir.path())
        .args(["convert", "a.tar", "/dev/full", "--format", "zip"])
        .assert()
        .code(1)
        .stderr(contains("/dev/full: ").and(contains("No space left")));
}

#[test]
fn no_name_can_control_the_terminal() {
    let dir = Dir::new();
    let items = [Item::file("a", "x"), Item::hard_link("\x1b[2Jlink", "a")];
    dir.archive("a.tar", &Spec::new("pax"), items);
    anyarchive()
        .current_dir(dir.path())
        .args(["convert", "a.tar", "a.zip"])
        .assert()
        .code(1)
        .stderr(contains("\\x1b[2Jlink: left out").and(contains("\x1b").not()));
}
