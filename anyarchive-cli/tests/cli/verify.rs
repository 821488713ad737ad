//! `anyarchive test`

use anyarchive_test_support::samples::{Item, Spec};
use predicates::{prelude::PredicateBooleanExt, str::contains};

use crate::support::{Dir, anyarchive, archive, damaged_zip, noise, three_files};

#[test]
fn a_good_archive_passes_in_every_format_and_filter() {
    let dir = Dir::new();
    for format in ["pax", "zip", "7zip", "newc"] {
        let path = dir.archive(format, &Spec::new(format), three_files());
        let run = anyarchive()
            .current_dir(dir.path())
            .arg("test")
            .arg(format)
            .assert();
        run.success()
            .stdout(format!("{format}: 4 entries, 17 bytes: no problem\n"))
            .stderr("");
        drop(path);
    }
    for filter in ["gzip", "bzip2", "xz", "zstd", "lz4", "compress", "uuencode"] {
        let bytes = archive(&Spec::new("pax").filter(filter), three_files());
        let run = anyarchive().args(["test", "-"]).write_stdin(bytes).assert();
        run.success()
            .stdout("standard input: 4 entries, 17 bytes: no problem\n")
            .stderr("");
    }
}

#[test]
fn a_bad_entry_is_told_and_the_next_is_tested() {
    let dir = Dir::new();
    let path = dir.file("a.zip", damaged_zip());
    anyarchive()
        .current_dir(dir.path())
        .args(["test", "a.zip"])
        .assert()
        .code(1)
        .stdout("a.zip: 4 entries, 17 bytes: 1 problem\n")
        .stderr(
            contains("anyarchive: a.zip: dir/b.txt: ")
                .and(contains("the archive is damaged: get a good copy\n")),
        );
    drop(path);
}

#[test]
fn a_cut_archive_is_told_with_what_was_read() {
    let dir = Dir::new();
    let items = [Item::file("a", "x"), Item::file("b", noise(500_000))];
    let bytes = archive(&Spec::new("pax").filter("gzip"), items);
    dir.file("a.tgz", &bytes[..bytes.len() / 2]);
    anyarchive()
        .current_dir(dir.path())
        .args(["test", "a.tgz"])
        .assert()
        .code(1)
        .stdout(contains("a.tgz: 2 entries, ").and(contains(
            ": 1 problem; what follows the last problem could not be read\n",
        )))
        .stderr(
            contains("anyarchive: a.tgz: b: ")
                .and(contains("the archive is cut short: get a complete copy\n")),
        );
}

#[test]
fn warnings_fail_a_test_but_not_a_listing() {
    let dir = Dir::new();
    // A pax time that is no number: the entry is there, its time is not.
    let spec = Spec::new("pax");
    let mut bytes = archive(&spec, [Item::file("a", "x").mtime(1_600_000_000, 5)]);
    let at = crate::support::position(&bytes, b"mtime=") + 6;
    bytes[at..at + 3].copy_from_slice(b"abc");
    dir.file("a.tar", bytes);
    let warned = || contains("anyarchive: a.tar: a: warning: ");
    let run = |command| {
        let mut run = anyarchive();
        run.current_dir(dir.path()).args([command, "a.tar"]);
        run.assert()
    };
    run("list").success().stdout("a\n").stderr(warned());
    run("test")
        .code(1)
        .stdout("a.tar: 1 entry, 1 byte: 1 warning\n")
        .stderr(warned());
}

#[test]
fn an_archive_without_its_end_is_warned_of_by_every_command() {
    let dir = Dir::new();
    let items = [Item::file("a", "x"), Item::file("b", "y")];
    let mut bytes = archive(&Spec::new("ustar"), items);
    // Behind the first entry: to libarchive this is whole.
    bytes.truncate(1024);
    dir.file("a.tar", &bytes);
    let run = |args: &[&str]| {
        let mut run = anyarchive();
        run.current_dir(dir.path()).args(args).assert()
    };
    let warned = || contains("anyarchive: a.tar: warning: the mark of its end is missing");
    run(&["test", "a.tar"])
        .code(1)
        .stdout("a.tar: 1 entry, 1 byte: 1 warning\n")
        .stderr(warned());
    run(&["list", "a.tar"]).success().stderr(warned());
    run(&["extract", "a.tar", "-C", "out"])
        .success()
        .stderr(warned());
    run(&["convert", "a.tar", "a.zip"])
        .success()
        .stderr(warned());

    let mut bytes = archive(&Spec::new("ustar").filter("gzip"), [Item::file("a", "x")]);
    bytes.extend(b"and more");
    dir.file("a.tgz", &bytes);
    run(&["test", "a.tgz"])
        .code(1)
        .stderr(contains("is no gzip"));
}

#[test]
fn all_volumes_are_read_whichever_is_named() {
    let dir = Dir::new();
    let bytes = archive(&Spec::new("7zip"), [Item::file("a", noise(10_000))]);
    for (number, part) in bytes.chunks(4000).enumerate() {
        dir.file(&format!("a.7z.00{}", number + 1), part);
    }
    let run = |args: &[&str]| {
        let mut run = anyarchive();
        run.current_dir(dir.path()).args(args).assert()
    };
    for name in ["a.7z.001", "a.7z.003"] {
        run(&["test", name])
            .success()
            .stdout(format!("{name}: 1 entry, 10000 bytes: no problem\n"));
    }
    std::fs::remove_file(dir.path().join("a.7z.002")).unwrap();
    run(&["test", "a.7z.003"])
        .code(1)
        .stderr(contains("a.7z.002"));
}

#[test]
fn what_follows_the_end_and_a_header_that_is_cut_are_told() {
    let dir = Dir::new();
    let tar = archive(&Spec::new("ustar"), three_files());
    let two = [&tar[..], &tar[..]].concat();
    let ar = archive(&Spec::new("arsvr4"), [Item::file("a", "data")]);
    let cut = [&ar[..], b"b/"].concat();
    for (bytes, told) in [
        (two, "follows the end of the archive"),
        (cut, "ends within the header of an entry: it is cut short"),
    ] {
        let path = dir.file("archive", bytes);
        let run = anyarchive().arg("list").arg(&path).assert();
        run.success().stderr(contains(told));
        let run = anyarchive().arg("test").arg(&path).assert();
        run.code(1).stderr(contains(told));
    }
}
