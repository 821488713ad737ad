//! `anyarchive cat`

use std::process::Stdio;

use anyarchive_test_support::samples::{Content, Item, Spec};
use predicates::{prelude::PredicateBooleanExt, str::contains};

use crate::support::{Dir, anyarchive, damaged_zip, noise, plain, three_files};

#[test]
fn data_comes_out_as_it_went_in() {
    let dir = Dir::new();
    let data = noise(300_000);
    for (format, filter) in [
        ("pax", "zstd"),
        ("zip", ""),
        ("7zip", ""),
        ("newc", "bzip2"),
    ] {
        let spec = match filter {
            "" => Spec::new(format),
            filter => Spec::new(format).filter(filter),
        };
        let items = [Item::file("a", "first"), Item::file("d/data", data.clone())];
        let path = dir.archive(format, &spec, items);
        let output = anyarchive().arg("cat").arg(path).arg("d/data").unwrap();
        assert!(output.stdout == data, "{format} {filter}");
        assert!(output.stderr.is_empty());
    }
}

#[test]
fn holes_are_zeros() {
    let dir = Dir::new();
    let sparse = Content::Sparse {
        size: 100_000,
        pieces: vec![(40_000, b"middle".to_vec())],
    };
    let path = dir.archive("a.tar", &Spec::new("pax"), [Item::new("s", sparse)]);
    let output = anyarchive().arg("cat").arg(path).arg("s").unwrap();
    let mut expected = vec![0; 100_000];
    expected[40_000..40_006].copy_from_slice(b"middle");
    assert!(output.stdout == expected, "{} bytes", output.stdout.len());
}

#[test]
fn the_first_of_several_is_taken() {
    let dir = Dir::new();
    let items = [Item::file("a", "one"), Item::file("a", "two")];
    let path = dir.archive("a.tar", &Spec::new("pax"), items);
    anyarchive()
        .arg("cat")
        .arg(path)
        .arg("./a")
        .assert()
        .success()
        .stdout("one");
}

#[test]
fn an_unknown_entry_is_named() {
    let dir = Dir::new();
    let path = dir.archive("a.tar", &Spec::new("pax"), three_files());
    anyarchive()
        .current_dir(dir.path())
        .args(["cat", "a.tar", "no\nsuch"])
        .assert()
        .code(1)
        .stdout("")
        .stderr("anyarchive: a.tar: no\\nsuch: no such entry; 'anyarchive list' shows the names\n");
    drop(path);
}

#[test]
fn what_has_no_data_is_told_with_a_way_out() {
    let dir = Dir::new();
    let items = [
        Item::file("a", "text"),
        Item::directory("d"),
        Item::symlink("s", "a"),
        Item::hard_link("h", "a"),
        Item::new("p", Content::Fifo),
    ];
    let path = dir.archive("a.tar", &Spec::new("pax"), items);
    for (name, text) in [
        ("d", "d/: is a directory;"),
        ("s", "s: is a symbolic link to 'a'; show that one instead"),
        ("h", "h: is a hard link to 'a'; show that one instead"),
        ("p", "p: is a device, pipe or socket;"),
    ] {
        let run = anyarchive().arg("cat").arg(&path).arg(name).assert();
        run.code(1).stdout("").stderr(contains(text));
    }
}

#[test]
fn damaged_data_ends_with_a_problem() {
    let dir = Dir::new();
    let path = dir.file("a.zip", damaged_zip());
    anyarchive()
        .arg("cat")
        .arg(&path)
        .arg("dir/b.txt")
        .assert()
        .code(1)
        .stderr(contains("a.zip: dir/b.txt: ").and(contains("the archive is damaged")));
    anyarchive()
        .arg("cat")
        .arg(&path)
        .arg("c.txt")
        .assert()
        .success()
        .stdout("gamma\n");
}

#[test]
fn a_full_disk_is_told() {
    let dir = Dir::new();
    let path = dir.archive(
        "a.tar",
        &Spec::new("pax"),
        [Item::file("a", noise(200_000))],
    );
    for args in [
        &["cat", "a.tar", "a"][..],
        &["list", "a.tar"],
        &["list", "--json", "a.tar"],
        &["info", "a.tar"],
        &["test", "a.tar"],
    ] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = plain()
            .current_dir(path.parent().unwrap())
            .args(args)
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {stderr}");
        assert_eq!(
            stderr,
            "anyarchive: standard output: the disk is full; what was written so far is incomplete\n",
            "{args:?}"
        );
    }
}

#[test]
fn whoever_reads_may_stop() {
    let dir = Dir::new();
    let path = dir.archive(
        "a.tar",
        &Spec::new("pax"),
        [Item::file("a", noise(1 << 20))],
    );
    let mut child = plain()
        .arg("cat")
        .arg(path)
        .arg("a")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}
