//! `anyarchive list`

use std::os::unix::ffi::OsStrExt;

use anyarchive_test_support::samples::{Content, Item, Spec};
use serde_json::{Value, json};

use crate::support::{Dir, anyarchive, archive, three_files};

/// Runs `list --json` and parses every line.
fn json_lines(archive: &std::path::Path) -> Vec<Value> {
    let output = anyarchive().args(["list", "--json"]).arg(archive).unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    let parse = |line| serde_json::from_str(line).expect("each line is JSON");
    text.lines().map(parse).collect()
}

#[test]
fn names_come_one_per_line_in_every_format() {
    let dir = Dir::new();
    for format in ["pax", "gnutar", "zip", "7zip", "newc"] {
        let path = dir.archive(format, &Spec::new(format), three_files());
        let output = anyarchive().arg("list").arg(path).assert().success();
        let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
        let mut names: Vec<_> = text
            .lines()
            .map(|line| line.trim_end_matches('/'))
            .collect();
        names.sort_unstable(); // 7zip moves what is empty to the end
        assert_eq!(names, ["a.txt", "c.txt", "dir", "dir/b.txt"], "{format}");
    }
}

#[test]
fn standard_input_is_an_archive_too() {
    let bytes = archive(&Spec::new("pax").filter("gzip"), three_files());
    let expected = "a.txt\ndir/\ndir/b.txt\nc.txt\n";
    anyarchive()
        .args(["list", "-"])
        .write_stdin(bytes)
        .assert()
        .success()
        .stdout(expected)
        .stderr("");
}

#[test]
fn a_file_as_standard_input_can_seek() {
    let dir = Dir::new();
    let path = dir.archive("a.7z", &Spec::new("7zip"), three_files());
    // 7zip cannot be read without seeking.
    let file = std::fs::File::open(path).unwrap();
    let output = crate::support::plain()
        .args(["cat", "-", "c.txt"])
        .stdin(file)
        .output()
        .unwrap();
    assert_eq!(output.stdout, b"gamma\n", "{output:?}");
    assert!(output.status.success());
}

#[test]
fn a_named_pipe_is_opened_once() {
    let dir = Dir::new();
    let pipe = dir.path().join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).unwrap();
    let bytes = archive(&Spec::new("pax"), three_files());
    for _ in 0..30 {
        let (bytes, path) = (bytes.clone(), pipe.clone());
        let writer = std::thread::spawn(move || std::fs::write(path, bytes));
        anyarchive()
            .arg("list")
            .arg(&pipe)
            .timeout(std::time::Duration::from_secs(20))
            .assert()
            .success()
            .stdout("a.txt\ndir/\ndir/b.txt\nc.txt\n");
        writer
            .join()
            .unwrap()
            .expect("nobody closed the pipe early");
    }
}

#[test]
fn the_long_form_reads_like_tar_tv() {
    let dir = Dir::new();
    let items = [
        Item::file("a.txt", "alpha\n")
            .mode(0o4750)
            .owner(1000, 100)
            .owner_names("ann", "users")
            .mtime(1_600_000_000, 123_456_789),
        Item::directory("d").mtime(-1, 0),
        Item::symlink("s", "a.txt"),
        Item::hard_link("h", "a.txt"),
        Item::new("null", Content::CharDevice(1, 3)),
    ];
    let path = dir.archive("a.tar", &Spec::new("pax"), items);
    let expected = "\
-rwsr-x--- ann/users        6 2020-09-13T12:26:40Z a.txt
drwxr-xr-x 0/0              0 1969-12-31T23:59:59Z d/
lrwxrwxrwx 0/0              0 2020-09-13T12:26:40Z s -> a.txt
hrw-r--r-- 0/0              0 2020-09-13T12:26:40Z h link to a.txt
crw-r--r-- 0/0            1,3 2020-09-13T12:26:40Z null
";
    anyarchive()
        .args(["list", "-l"])
        .arg(path)
        .assert()
        .success()
        .stdout(expected)
        .stderr("");
}

#[test]
fn json_has_every_field_with_nanoseconds() {
    let dir = Dir::new();
    let items = [
        Item::file("a.txt", "alpha\n")
            .mode(0o640)
            .owner(1000, 100)
            .owner_names("ann", "users")
            .mtime(-5, 123_456_789),
        Item::symlink("s", "a.txt"),
        Item::hard_link("h", "a.txt"),
        Item::new("null", Content::CharDevice(1, 3)),
    ];
    let lines = json_lines(&dir.archive("a.tar", &Spec::new("pax"), items));
    let expected = json!({
        "path": "a.txt", "type": "file", "size": 6, "mode": 0o640, "uid": 1000, "gid": 100,
        "uname": "ann", "gname": "users",
        "mtime": {"seconds": -5, "nanoseconds": 123_456_789},
        "linkname": null, "encrypted": false,
    });
    assert_eq!(lines[0], expected);
    let get = |index: usize, key: &str| lines[index][key].clone();
    assert_eq!(
        (get(1, "type"), get(1, "linkname")),
        (json!("symlink"), json!("a.txt"))
    );
    assert_eq!(
        (get(2, "type"), get(2, "linkname")),
        (json!("hardlink"), json!("a.txt"))
    );
    assert_eq!(
        (get(3, "type"), get(3, "device")),
        (json!("char-device"), json!([1, 3]))
    );
}

#[test]
fn json_keeps_names_that_are_not_utf8() {
    let dir = Dir::new();
    let items = [
        Item::file(&b"f\xfcr.txt"[..], "x"),
        Item::symlink(&b"l"[..], &b"\xff"[..]),
        Item::file("gr\u{fc}n", "x"),
    ];
    let lines = json_lines(&dir.archive("a.cpio", &Spec::new("newc"), items));
    assert_eq!(lines[0]["path"], "f\u{fffd}r.txt");
    assert_eq!(lines[0]["path_bytes"], "ZvxyLnR4dA==");
    assert_eq!(lines[1]["linkname"], "\u{fffd}");
    assert_eq!(lines[1]["linkname_bytes"], "/w==");
    assert_eq!(lines[2]["path"], "grün");
    assert_eq!(lines[2].get("path_bytes"), None);
}

#[test]
fn json_tells_what_is_encrypted() {
    let dir = Dir::new();
    let spec = Spec::new("zip")
        .option("zip:encryption=aes256")
        .password("secret");
    let lines = json_lines(&dir.archive("a.zip", &spec, [Item::file("a.txt", "alpha")]));
    assert_eq!(lines[0]["encrypted"], true);
}

#[test]
fn names_pass_through_pipes_byte_for_byte() {
    let dir = Dir::new();
    let name = b"\x1b[31mred\\ \xff\nline";
    let path = dir.archive("a.cpio", &Spec::new("newc"), [Item::file(&name[..], "x")]);
    let output = anyarchive().arg("list").arg(path).unwrap();
    assert_eq!(output.stdout, [&name[..], b"\n"].concat());
}

#[test]
fn an_archive_of_any_name_can_be_listed_and_is_shown_safely() {
    let dir = Dir::new();
    let odd = std::ffi::OsStr::from_bytes(b"odd\x1b[2J\xff.tar");
    let path = dir.path().join(odd);
    std::fs::write(&path, "no archive").unwrap();
    let output = anyarchive().arg("list").arg(&path).assert().code(1);
    let stderr = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(stderr.contains(r"odd\x1b[2J\xff.tar: "), "{stderr}");
    assert!(!stderr.contains('\x1b'), "{stderr}");
}

#[test]
fn whoever_reads_may_stop() {
    let dir = Dir::new();
    let names = (0..20_000).map(|n| Item::file(format!("a/rather/long/name/{n:08}"), ""));
    let path = dir.archive("a.tar", &Spec::new("ustar"), names);
    let mut child = crate::support::plain()
        .arg("list")
        .arg(path)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}
