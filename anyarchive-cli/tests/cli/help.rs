//! Help, version, and command lines that make no sense.

use predicates::{prelude::PredicateBooleanExt, str::contains};

use crate::support::anyarchive;

#[test]
fn help_names_commands_codes_environment_and_examples() {
    let words = [
        "list",
        "create",
        "cat",
        "convert",
        "info",
        "test",
        "Exit codes:",
        "ANYARCHIVE_PASSWORD",
        "Examples:",
    ];
    for word in words {
        for flag in ["-h", "--help"] {
            anyarchive()
                .arg(flag)
                .assert()
                .success()
                .stdout(contains(word))
                .stderr("");
        }
    }
}

#[test]
fn help_lists_every_format() {
    for format in anyarchive::Format::all() {
        if matches!(format, anyarchive::Format::Empty | anyarchive::Format::Raw) {
            continue; // no archive to look for
        }
        anyarchive()
            .arg("--help")
            .assert()
            .stdout(contains(format.name()));
    }
    for filter in anyarchive::Filter::builtin().unwrap() {
        anyarchive()
            .arg("--help")
            .assert()
            .stdout(contains(filter.name()));
    }
}

#[test]
fn help_of_list_documents_the_fields() {
    for field in [
        "path_bytes",
        "linkname",
        "mtime",
        "nanoseconds",
        "encrypted",
        "device",
    ] {
        anyarchive()
            .args(["list", "--help"])
            .assert()
            .success()
            .stdout(contains(field));
    }
}

#[test]
fn version_tells_which_library_and_how_it_is_linked() {
    anyarchive()
        .arg("--version")
        .assert()
        .success()
        .stderr("")
        .stdout(
            contains(format!("anyarchive {}\n", env!("CARGO_PKG_VERSION")))
                .and(contains(anyarchive::version_string()))
                .and(contains(anyarchive::linkage().kind))
                .and(contains(anyarchive::linkage().origin)),
        );
}

#[test]
fn wrong_usage_is_2() {
    for args in [
        &[][..],
        &["frobnicate"],
        &["list"],
        &["list", "--no-such-flag", "a.tar"],
        &["list", "-l", "--json", "a.tar"],
        &["cat", "a.tar"],
        &["info"],
        &["info", "--linkage", "a.tar"],
        &["info", "--capabilities", "a.tar"],
        &["info", "--capabilities", "--linkage"],
        &["create", "a.tar"],
        &["create", "a.tar", "--level", "high", "a"],
        &["test", "--password-file"],
    ] {
        let run = anyarchive().args(args).assert();
        run.code(2).stdout("").stderr(contains("help"));
    }
}

#[test]
fn help_onto_a_full_disk_is_told_by_the_exit_code() {
    for flag in ["--help", "--version"] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = crate::support::plain()
            .arg(flag)
            .stdout(full)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{flag}");
    }
}
