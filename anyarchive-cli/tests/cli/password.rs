//! Passwords: where they come from, and what happens without the right one.

use anyarchive_test_support::samples::{Item, Spec};
use predicates::{prelude::PredicateBooleanExt, str::contains};

use crate::support::{Dir, anyarchive};

fn encrypted(dir: &Dir, method: &str) {
    let spec = Spec::new("zip")
        .option(format!("zip:encryption={method}"))
        .password("s3cret");
    dir.archive("a.zip", &spec, [Item::file("a.txt", "alpha\n")]);
}

#[test]
fn a_file_or_the_environment_gives_it() {
    let dir = Dir::new();
    for method in ["aes128", "aes256", "traditional"] {
        encrypted(&dir, method);
        for content in ["s3cret", "s3cret\n", "s3cret\r\n"] {
            dir.file("password", content);
            anyarchive()
                .current_dir(dir.path())
                .args(["cat", "--password-file", "password", "a.zip", "a.txt"])
                .assert()
                .success()
                .stdout("alpha\n")
                .stderr("");
        }
        anyarchive()
            .current_dir(dir.path())
            .env("ANYARCHIVE_PASSWORD", "s3cret")
            .args(["test", "a.zip"])
            .assert()
            .success()
            .stdout("a.zip: 1 entry, 6 bytes: no problem\n");
    }
}

#[test]
fn the_file_goes_before_the_environment() {
    let dir = Dir::new();
    encrypted(&dir, "aes256");
    dir.file("password", "s3cret");
    anyarchive()
        .current_dir(dir.path())
        .env("ANYARCHIVE_PASSWORD", "wrong")
        .args(["--password-file", "password", "cat", "a.zip", "a.txt"])
        .assert()
        .success()
        .stdout("alpha\n");
}

#[test]
fn a_wrong_one_is_told_as_such() {
    let dir = Dir::new();
    for command in [&["cat", "a.zip", "a.txt"][..], &["test", "a.zip"]] {
        encrypted(&dir, "aes256");
        anyarchive()
            .current_dir(dir.path())
            .env("ANYARCHIVE_PASSWORD", "wrong")
            .args(command)
            .assert()
            .code(1)
            .stderr(
                "anyarchive: a.zip: a.txt: Incorrect passphrase; try again with another password\n",
            );
    }
}

#[test]
fn a_missing_one_is_told_with_the_ways_to_give_it() {
    let dir = Dir::new();
    encrypted(&dir, "aes256");
    // An empty variable is none, and without a terminal nobody is asked.
    for command in [&["cat", "a.zip", "a.txt"][..], &["test", "a.zip"]] {
        anyarchive()
            .current_dir(dir.path())
            .env("ANYARCHIVE_PASSWORD", "")
            .args(command)
            .assert()
            .code(1)
            .stderr(
                contains("anyarchive: a.zip: a.txt: ")
                    .and(contains("--password-file FILE, in ANYARCHIVE_PASSWORD")),
            );
    }
}

#[test]
fn names_are_listed_without_one() {
    let dir = Dir::new();
    encrypted(&dir, "aes256");
    anyarchive()
        .current_dir(dir.path())
        .args(["list", "a.zip"])
        .assert()
        .success()
        .stdout("a.txt\n")
        .stderr("");
}

#[test]
fn password_files_that_cannot_work_are_told() {
    let dir = Dir::new();
    encrypted(&dir, "aes256");
    dir.file("empty", "\n");
    dir.file("nul", "a\0b");
    dir.file("long", vec![b'x'; 70_000]);
    for (file, text) in [
        (
            "missing",
            "missing: cannot read the password: No such file or directory",
        ),
        ("empty", "empty: the password is empty"),
        ("nul", "nul: the password has a NUL byte"),
        ("long", "long: this is too long for a password"),
        (".", ".: cannot read the password: Is a directory"),
        ("/dev/zero", "/dev/zero: this is too long for a password"),
    ] {
        anyarchive()
            .current_dir(dir.path())
            .args(["test", "a.zip", "--password-file", file])
            .assert()
            .code(1)
            .stdout("")
            .stderr(contains(format!("anyarchive: {text}")));
    }
}

#[test]
fn it_cannot_be_an_argument() {
    anyarchive()
        .args(["test", "--password", "s3cret", "a.zip"])
        .assert()
        .code(2);
}
