//! The limits of `anyarchive extract` and of `convert`.

use std::fs;

use anyarchive_test_support::samples::{Content, Item, Spec};
use assert_cmd::assert::Assert;
use predicates::{prelude::PredicateBooleanExt, str::contains};

use crate::support::{Dir, anyarchive, three_files};

fn run(dir: &Dir, args: &[&str]) -> Assert {
    let mut command = anyarchive();
    command.current_dir(dir.path()).args(args);
    command.assert()
}

/// Whether `out`, which is gone then, holds a file.
fn came_out(dir: &Dir, file: &str) -> bool {
    let out = dir.path().join("out");
    let found = out.join(file).exists();
    if out.exists() {
        fs::remove_dir_all(out).unwrap();
    }
    found
}

#[test]
fn each_limit_holds_is_named_and_can_be_raised_or_taken_off() {
    let dir = Dir::new();
    let deep = "d/".repeat(12);
    let items = [
        Item::file("first", "0123456789"),
        Item::file("long-name", "0123456789"),
        Item::file(format!("{deep}deep"), "0123456789"),
        Item::file("last", "0123456789"),
    ];
    dir.archive("a.tgz", &Spec::new("pax").filter("gzip"), items);
    // Whether the first file and the last one come out in spite of it.
    for (flag, low, enough, first, last) in [
        ("--max-bytes", "39", "40", true, false),
        ("--max-file-bytes", "9b", "1K", false, false),
        ("--max-entries", "3", "4", true, false),
        ("--max-depth", "12", "13", true, true),
        ("--max-path-bytes", "8", "28", true, true),
        ("--max-filters", "0", "1", false, false),
        ("--timeout", "0", "1h", false, false),
    ] {
        run(&dir, &["extract", "a.tgz", "-C", "out", flag, low])
            .code(1)
            .stdout("")
            .stderr(contains(format!("raise it with {flag}\n")));
        let out = dir.path().join("out");
        assert_eq!(out.join("last").exists(), last, "{flag}");
        assert_eq!(came_out(&dir, "first"), first, "{flag}");
        for value in [enough, "none"] {
            run(&dir, &["extract", "a.tgz", "-C", "out", flag, value])
                .success()
                .stderr("");
            assert!(came_out(&dir, "last"), "{flag} {value}");
        }
    }
}

#[test]
fn the_ratio_counts_once_there_is_much() {
    let dir = Dir::new();
    let items = [Item::file("zeros", vec![0; 65 << 20])];
    dir.archive("a.tar.zst", &Spec::new("pax").filter("zstd"), items);
    run(&dir, &["extract", "a.tar.zst", "-C", "out"])
        .code(1)
        .stderr(contains("raise it with --max-ratio"));
    assert!(!came_out(&dir, "zeros"));
    let none = ["extract", "a.tar.zst", "-C", "out", "--max-ratio", "none"];
    run(&dir, &none).success().stderr("");
    assert!(came_out(&dir, "zeros"));
}

#[test]
fn holes_count() {
    let dir = Dir::new();
    let content = Content::Sparse {
        size: 20 << 20,
        pieces: vec![(0, b"head".to_vec())],
    };
    let items = [Item::new("holes", content), Item::file("last", "x")];
    dir.archive("a.tar", &Spec::new("pax"), items);
    run(
        &dir,
        &["extract", "a.tar", "-C", "out", "--max-file-bytes", "16M"],
    )
    .code(1)
    .stderr(contains("holes: refused").and(contains("raise it with --max-file-bytes")));
    assert!(came_out(&dir, "last"));
}

#[test]
fn decoders_get_no_more_memory_in_any_command() {
    let dir = Dir::new();
    // A window of 8 MiB.
    dir.archive("a.txz", &Spec::new("pax").filter("xz"), three_files());
    for command in [
        &["list", "a.txz"][..],
        &["test", "a.txz"],
        &["info", "a.txz"],
        &["cat", "a.txz", "a.txt"],
        &["extract", "a.txz", "-C", "out"],
        &["convert", "a.txz", "new.zip"],
    ] {
        let with = |value| [command, &["--max-memory", value]].concat();
        run(&dir, &with("8191KiB"))
            .code(1)
            .stderr(contains("raise it with --max-memory"));
        assert!(!came_out(&dir, "a.txt"));
        assert!(!dir.path().join("new.zip").exists());
        run(&dir, &with("8M")).success().stderr("");
        run(&dir, &with("none")).success().stderr("");
        assert_eq!(came_out(&dir, "a.txt"), command[0] == "extract");
    }
}

#[test]
fn a_conversion_is_limited_too() {
    let dir = Dir::new();
    dir.archive("a.tar", &Spec::new("pax"), three_files());
    for (flag, value) in [
        ("--max-bytes", "10"),
        ("--max-entries", "1"),
        ("--timeout", "0"),
    ] {
        run(&dir, &["convert", "a.tar", "new.zip", flag, value])
            .code(1)
            .stderr(contains(format!("raise it with {flag}\n")));
        assert!(!dir.path().join("new.zip").exists());
    }
    let entry = ["convert", "a.tar", "new.zip", "--max-file-bytes", "5"];
    run(&dir, &entry)
        .code(1)
        .stderr(contains("a.txt: left out").and(contains("c.txt: left out")));
    run(&dir, &["cat", "new.zip", "dir/b.txt"])
        .success()
        .stdout("beta\n");
}

#[test]
fn what_is_no_amount_is_wrong_usage() {
    let dir = Dir::new();
    for (flag, value) in [
        ("--max-bytes", "lots"),
        ("--max-bytes", "-1"),
        ("--max-file-bytes", "1.5G"),
        ("--max-entries", "10K"),
        ("--max-ratio", ""),
        ("--max-depth", "99999999999999999999"),
        ("--max-path-bytes", "-5"),
        ("--max-filters", "None"),
        ("--max-memory", "1Q"),
        ("--timeout", "1d"),
    ] {
        run(&dir, &["extract", "a.tar", &format!("{flag}={value}")])
            .code(2)
            .stdout("")
            .stderr(contains(flag));
    }
}

#[test]
fn help_has_every_number() {
    for command in ["extract", "convert"] {
        let help = run(&Dir::new(), &[command, "--help"]).success();
        let help = String::from_utf8(help.get_output().stdout.clone()).unwrap();
        for (flag, number) in [
            ("--max-bytes", "64GiB"),
            ("--max-file-bytes", "16GiB"),
            ("--max-entries", "1000000"),
            ("--max-ratio", "1000"),
            ("--max-depth", "256"),
            ("--max-path-bytes", "4096"),
            ("--max-filters", "8"),
            ("--max-memory", "1GiB"),
            ("--timeout", "none"),
        ] {
            let (_, behind) = help.split_once(&format!("{flag} <")).unwrap();
            let (_, default) = behind.split_once("[default: ").unwrap();
            assert!(default.starts_with(&format!("{number}]")), "{flag}");
        }
    }
}
