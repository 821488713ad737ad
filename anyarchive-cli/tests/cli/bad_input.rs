//! Every command on every input that is no good archive: one line, the right exit code.

use std::{fs, os::unix::fs::PermissionsExt};

use anyarchive_test_support::samples::{Item, Spec};
use predicates::{prelude::PredicateBooleanExt, str::contains};

use crate::support::{Dir, anyarchive, archive, noise, three_files};

const COMMANDS: &[&[&str]] = &[
    &["list"],
    &["list", "-l"],
    &["list", "--json"],
    &["info"],
    &["info", "--json"],
    &["test"],
    &["extract"],
    &["extract", "-q"],
    &["cat", "--"],
];

/// Runs every command on a file and expects one line with these words, and no more.
fn expect(dir: &Dir, name: &str, words: &[&str]) {
    for command in COMMANDS {
        let mut run = anyarchive();
        run.current_dir(dir.path()).args(*command).arg(name);
        if command[0] == "cat" {
            run.arg("a.txt");
        }
        let output = run.assert().code(1);
        let stderr = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        assert!(
            stderr.starts_with(&format!("anyarchive: {name}: ")),
            "{command:?}: {stderr}"
        );
        assert_eq!(stderr.matches('\n').count(), 1, "{command:?}: {stderr}");
        for word in words {
            assert!(stderr.contains(word), "{command:?}: {stderr}");
        }
    }
}

#[test]
fn a_missing_file() {
    let dir = Dir::new();
    expect(
        &dir,
        "nowhere.tar",
        &["cannot open: No such file or directory; check the name"],
    );
}

#[test]
fn a_directory() {
    let dir = Dir::new();
    fs::create_dir(dir.path().join("d")).unwrap();
    expect(&dir, "d", &["this is a directory, not an archive"]);
}

#[test]
fn a_file_that_may_not_be_read() {
    let dir = Dir::new();
    let path = dir.file("secret.tar", "x");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    // Root may read everything, so there is nothing to see then.
    if fs::File::open(&path).is_err() {
        expect(
            &dir,
            "secret.tar",
            &["cannot open: Permission denied; ask for access to it"],
        );
    }
}

#[test]
fn an_empty_file() {
    let dir = Dir::new();
    dir.file("empty", "");
    expect(&dir, "empty", &["is empty (0 bytes), not an archive"]);
}

#[test]
fn nothing_inside_a_filter() {
    let dir = Dir::new();
    let gzip_of_nothing = archive(&Spec::new("raw").filter("gzip"), [Item::file("x", "")]);
    dir.file("empty.gz", gzip_of_nothing);
    expect(
        &dir,
        "empty.gz",
        &["is empty (0 bytes) inside its gzip compression"],
    );
}

#[test]
fn an_unknown_format() {
    let dir = Dir::new();
    dir.file("text", "no archive at all\n");
    expect(
        &dir,
        "text",
        &[
            "Unrecognized archive format;",
            "'anyarchive --help' lists them",
        ],
    );
}

#[test]
fn a_compressed_file_that_is_no_archive() {
    let dir = Dir::new();
    let text = archive(
        &Spec::new("raw").filter("gzip"),
        [Item::file("x", "just text\n")],
    );
    dir.file("text.gz", text);
    expect(
        &dir,
        "text.gz",
        &["Unrecognized archive format inside gzip;"],
    );
}

#[test]
fn an_endless_file_of_nothing_useful() {
    let dir = Dir::new();
    let run = anyarchive()
        .current_dir(dir.path())
        .args(["list", "/dev/urandom"])
        .assert();
    run.code(1)
        .stdout("")
        .stderr(contains("anyarchive: /dev/urandom: "));
}

#[test]
fn a_cut_file_lists_what_is_there() {
    let dir = Dir::new();
    let items = [Item::file("a", "x"), Item::file("b", noise(500_000))];
    let bytes = archive(&Spec::new("pax").filter("gzip"), items);
    dir.file("a.tgz", &bytes[..bytes.len() / 2]);
    anyarchive()
        .current_dir(dir.path())
        .args(["list", "a.tgz"])
        .assert()
        .code(1)
        .stdout("a\nb\n")
        .stderr(contains("anyarchive: a.tgz: ").and(contains(
            "; the archive is cut short: get a complete copy\n",
        )));
}

#[test]
fn seven_zip_from_a_pipe() {
    let bytes = archive(&Spec::new("7zip"), [Item::file("a", noise(100_000))]);
    anyarchive()
        .args(["test", "-"])
        .write_stdin(bytes)
        .assert()
        .code(1)
        .stderr(contains("anyarchive: standard input: ").and(contains(
            "7zip cannot be read from a pipe: save the archive to a file first\n",
        )));
}

#[test]
fn seven_zip_inside_a_filter() {
    let dir = Dir::new();
    let inner = archive(&Spec::new("7zip"), [Item::file("a", noise(100_000))]);
    let outer = archive(&Spec::new("raw").filter("gzip"), [Item::file("x", inner)]);
    dir.file("a.7z.gz", outer);
    anyarchive()
        .current_dir(dir.path())
        .args(["test", "a.7z.gz"])
        .assert()
        .code(1)
        .stderr(contains(
            "7zip cannot be read through a filter: decompress the archive first\n",
        ));
}

#[test]
fn a_directory_as_standard_input() {
    let dir = Dir::new();
    let output = crate::support::plain()
        .args(["list", "-"])
        .stdin(fs::File::open(dir.path()).unwrap())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.starts_with("anyarchive: standard input: "),
        "{stderr}"
    );
    assert!(stderr.contains("Is a directory"), "{stderr}");
}

#[test]
fn an_empty_pipe() {
    anyarchive()
        .args(["list", "-"])
        .assert()
        .code(1)
        .stderr("anyarchive: standard input: is empty (0 bytes), not an archive\n");
}

#[test]
fn a_file_named_like_the_pipe_needs_its_directory() {
    let dir = Dir::new();
    let bytes = archive(&Spec::new("pax"), three_files());
    dir.file("-", bytes);
    anyarchive()
        .current_dir(dir.path())
        .args(["cat", "./-", "a.txt"])
        .assert()
        .success()
        .stdout("alpha\n");
}
