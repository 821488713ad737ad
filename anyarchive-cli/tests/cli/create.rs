//! `anyarchive create`

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    process::Stdio,
};

use anyarchive_test_support::{diff_trees, make_tree};
use assert_cmd::assert::Assert;
use predicates::{
    prelude::PredicateBooleanExt,
    str::{contains, starts_with},
};

use crate::support::{Dir, anyarchive, plain};

fn create(dir: &Dir, args: &[&str]) -> Assert {
    let mut command = anyarchive();
    command.current_dir(dir.path()).arg("create").args(args);
    command.assert()
}

/// Names as `list` prints them.
fn list(dir: &Dir, archive: &str) -> Vec<String> {
    let output = anyarchive()
        .current_dir(dir.path())
        .args(["list", archive])
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(String::from).collect()
}

fn info(dir: &Dir, archive: &str) -> serde_json::Value {
    let output = anyarchive()
        .current_dir(dir.path())
        .args(["info", "--json", archive])
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// `t` with `a.txt`, `b.o`, `sub/c.txt` and a link.
fn tree(dir: &Dir) {
    fs::create_dir_all(dir.path().join("t/sub")).unwrap();
    dir.file("t/a.txt", "alpha\n");
    dir.file("t/b.o", "beta\n");
    dir.file("t/sub/c.txt", "gamma\n");
    symlink("a.txt", dir.path().join("t/link")).unwrap();
}

/// What is in the directory beside the tree.
fn others(dir: &Dir) -> Vec<String> {
    let names = fs::read_dir(dir.path()).unwrap();
    let names = names.map(|item| item.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "t").collect()
}

#[test]
fn a_tree_goes_in_and_comes_out_as_it_was() {
    let dir = Dir::new();
    make_tree(dir.path().join("t"), 100, 3).unwrap();
    for archive in ["a.tar", "a.tar.gz", "a.tar.zst", "a.tar.xz", "a.tbz2"] {
        create(&dir, &[archive, "t"])
            .success()
            .stdout("")
            .stderr("");
        let out = dir.path().join("out");
        anyarchive()
            .current_dir(dir.path())
            .args(["extract", archive, "-C", "out"])
            .assert()
            .success();
        let different = diff_trees(dir.path().join("t"), out.join("t"));
        assert_eq!(different, Vec::<String>::new(), "{archive}");
        fs::remove_dir_all(out).unwrap();
    }
}

#[test]
fn the_name_or_flags_tell_the_format() {
    let dir = Dir::new();
    tree(&dir);
    for (args, format, filters) in [
        (&["x.zip"][..], "zip", &[][..]),
        (&["x.7z"], "7zip", &[]),
        (&["x.cpio.gz"], "cpio", &["gzip"]),
        (&["x.tar.gz", "--format", "gnutar"], "tar", &["gzip"]),
        (
            &["x", "--format", "tar", "--filter", "zstd"],
            "tar",
            &["zstd"],
        ),
        (&["x.tar.gz", "--filter", "none"], "tar", &[]),
        (
            &["x.tar", "--filter", "gzip", "--filter", "uuencode"],
            "tar",
            &["gzip", "uu"],
        ),
    ] {
        let args: Vec<_> = args.iter().copied().chain(["t"]).collect();
        create(&dir, &args).success().stdout("").stderr("");
        let info = info(&dir, args[0]);
        assert_eq!(info["format"], format, "{args:?}");
        assert_eq!(info["filters"], serde_json::json!(filters), "{args:?}");
        assert_eq!(info["entries"], 6, "{args:?}");
    }
}

#[test]
fn what_cannot_work_is_wrong_usage_and_touches_nothing() {
    let dir = Dir::new();
    tree(&dir);
    for (args, word) in [
        (&["notes.txt", "t"][..], "--format"),
        (&["a.rar", "t"], "--format"),
        (&["a", "--format", "rar", "t"], "does not write"),
        (&["a", "--format", "nonsense", "t"], "--capabilities"),
        (&["a.tar", "--filter", "nonsense", "t"], "--capabilities"),
        (&["a.tar", "--level", "9", "t"], "levels"),
        (&["a.tar.gz", "--level", "99", "t"], "compression-level"),
        (
            &["a.tar", "--option", "compresion=store", "t"],
            "compresion",
        ),
        (&["a.tar", "--encrypt", "t"], "encrypt"),
        (&["a.zip", "--encrypt", "t"], "--password-file"),
        (&["a.iso", "--reproducible", "t"], "reproduce"),
        (&["a.zip", "--exclude", "", "t"], "--exclude"),
        (&["a.zip", "--password-file", "t/a.txt", "t"], "--encrypt"),
        (&["a.zip"], "PATH"),
    ] {
        create(&dir, args).code(2).stdout("").stderr(contains(word));
        assert_eq!(others(&dir), Vec::<String>::new(), "{args:?}");
    }
}

#[test]
fn patterns_leave_out() {
    let dir = Dir::new();
    tree(&dir);
    let args = ["a.tar", "--exclude", "*.o", "--exclude", "^t/sub", "t"];
    create(&dir, &args).success().stderr("");
    assert_eq!(list(&dir, "a.tar"), ["t/", "t/a.txt", "t/link"]);
}

#[test]
fn paths_begin_elsewhere_and_have_no_root() {
    let dir = Dir::new();
    tree(&dir);
    create(&dir, &["a.tar", "-C", "t", "sub", "a.txt"]).success();
    assert_eq!(list(&dir, "a.tar"), ["sub/", "sub/c.txt", "a.txt"]);
    create(&dir, &["a.tar", "-C", "t/sub", "."]).success();
    assert_eq!(list(&dir, "a.tar"), ["c.txt"]);
    let absolute = dir.path().join("t/a.txt");
    create(&dir, &["a.tar", absolute.to_str().unwrap()]).success();
    let names = list(&dir, "a.tar");
    assert_eq!(format!("/{}", names[0]), absolute.to_str().unwrap());
}

#[test]
fn two_names_of_a_file_are_one_wherever_they_are_given() {
    let dir = Dir::new();
    dir.file("a", "alpha");
    fs::hard_link(dir.path().join("a"), dir.path().join("b")).unwrap();
    create(&dir, &["x.tar", "a", "b"]).success();
    let types = &info(&dir, "x.tar")["types"];
    assert_eq!(*types, serde_json::json!({"file": 1, "hardlink": 1}));
}

#[test]
fn the_archive_takes_neither_itself_nor_the_one_it_replaces() {
    let dir = Dir::new();
    tree(&dir);
    for _ in 0..2 {
        create(&dir, &["t/all.tar.gz", "t"]).success().stderr("");
        assert_eq!(list(&dir, "t/all.tar.gz").len(), 6);
    }
    // Into a file that the shell has opened.
    let path = dir.path().join("t/out.tar");
    let out = fs::File::create(&path).unwrap();
    let status = plain()
        .current_dir(dir.path())
        .args(["create", "-", "--format", "tar", "--exclude", "*.gz", "t"])
        .stdout(out)
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(list(&dir, "t/out.tar").len(), 6);
}

#[test]
fn what_cannot_be_archived_is_told_and_the_rest_is_there() {
    let dir = Dir::new();
    tree(&dir);
    let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("t/sock")).unwrap();
    create(&dir, &["a.tar", "missing", "t"])
        .code(1)
        .stdout("")
        .stderr(
            contains("anyarchive: a.tar: missing: ")
                .and(contains("check the name"))
                .and(contains("anyarchive: a.tar: t/sock: "))
                .and(contains("2 problems; 6 entries archived")),
        );
    assert_eq!(list(&dir, "a.tar").len(), 6);
}

#[test]
fn an_old_archive_stays_until_the_new_one_is_whole() {
    let dir = Dir::new();
    tree(&dir);
    let old = dir.file("a.tar", "old");
    create(&dir, &["a.tar", "missing"])
        .code(1)
        .stderr(contains("no archive was made"));
    assert_eq!(fs::read(&old).unwrap(), b"old");
    fs::set_permissions(&old, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("a.tar", dir.path().join("link.tar")).unwrap();
    create(&dir, &["link.tar", "t"]).success();
    assert_eq!(list(&dir, "a.tar").len(), 6);
    assert_eq!(old.metadata().unwrap().mode() & 0o777, 0o640);
    let link = dir.path().join("link.tar").symlink_metadata().unwrap();
    assert!(link.is_symlink());
    let mut left = others(&dir);
    left.sort();
    assert_eq!(left, ["a.tar", "link.tar"]);
}

#[test]
fn a_full_or_closed_output_is_no_success_in_silence() {
    let dir = Dir::new();
    tree(&dir);
    dir.file("t/big", vec![b'x'; 1 << 20]);
    create(&dir, &["/dev/full", "--format", "tar", "t"])
        .code(1)
        .stderr(starts_with("anyarchive: /dev/full: ").and(contains("could not be completed")));
    create(&dir, &["nowhere/a.tar", "t"])
        .code(1)
        .stderr(contains("cannot write"));
    create(&dir, &["t", "--format", "tar", "t"])
        .code(1)
        .stderr(contains("cannot write"));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = plain()
        .current_dir(dir.path())
        .args(["create", "-", "--format", "tar", "t"])
        .stdout(Stdio::from(writer))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stderr, b"");
}

#[test]
fn the_same_files_give_the_same_bytes() {
    let dir = Dir::new();
    let mut archives = Vec::new();
    for time in [1_000_000_000, 1_500_000_000] {
        tree(&dir);
        let file = fs::File::open(dir.path().join("t/a.txt")).unwrap();
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(time);
        file.set_modified(time).unwrap();
        create(&dir, &["a.tar.gz", "--reproducible", "t"]).success();
        archives.push(fs::read(dir.path().join("a.tar.gz")).unwrap());
        fs::remove_dir_all(dir.path().join("t")).unwrap();
    }
    assert!(archives[0] == archives[1]);
}

#[test]
fn zip_is_encrypted_when_asked() {
    let dir = Dir::new();
    tree(&dir);
    dir.file("password", "s3cret\n");
    for method in ["--encrypt", "--encrypt=aes128", "--encrypt=traditional"] {
        let args = ["a.zip", method, "--password-file", "password", "t"];
        create(&dir, &args).success().stderr("");
        assert_eq!(info(&dir, "a.zip")["encrypted"], 3, "{method}");
        anyarchive()
            .current_dir(dir.path())
            .env("ANYARCHIVE_PASSWORD", "s3cret")
            .args(["cat", "a.zip", "t/a.txt"])
            .assert()
            .success()
            .stdout("alpha\n");
    }
    // A password alone encrypts nothing, and that is told.
    anyarchive()
        .current_dir(dir.path())
        .env("ANYARCHIVE_PASSWORD", "s3cret")
        .args(["create", "a.zip", "t"])
        .assert()
        .success()
        .stderr(contains("not encrypted"));
    assert_eq!(info(&dir, "a.zip")["encrypted"], 0);
}

#[test]
fn links_are_followed_when_asked() {
    let dir = Dir::new();
    tree(&dir);
    create(&dir, &["a.tar", "-L", "t"]).success();
    let types = &info(&dir, "a.tar")["types"];
    assert_eq!(*types, serde_json::json!({"directory": 2, "file": 4}));
}

#[test]
fn capabilities_are_what_works() {
    let run = anyarchive().args(["info", "--capabilities"]).assert();
    run.success()
        .stderr("")
        .stdout(anyarchive::capabilities().unwrap().to_string());
    let output = anyarchive()
        .args(["info", "--capabilities", "--json"])
        .unwrap();
    let can: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let dir = Dir::new();
    dir.file("a", "alpha\n");
    let names = |key: &str| -> Vec<String> {
        serde_json::from_value(can[key].clone()).expect("a list of names")
    };
    for filter in names("write_filters") {
        create(&dir, &["x.tar", "--filter", &filter, "a"]).success();
        assert_eq!(list(&dir, "x.tar"), ["a"], "{filter}");
    }
    for format in names("write_formats") {
        create(&dir, &["x", "--format", &format, "a"]).success();
        assert!(dir.path().join("x").metadata().unwrap().len() > 0);
    }
    assert!(names("write_formats").contains(&"pax".to_owned()));
}
