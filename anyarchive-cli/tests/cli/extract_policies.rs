//! The policies of `anyarchive extract`: each flag does what it says, and nothing without it.

use std::{
    fs,
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt},
    path::Path,
};

use anyarchive::{EntryBuf, Format, Reader, Timestamp, Writer};
use anyarchive_test_support::samples::{Content, Item, Spec};
use assert_cmd::assert::Assert;
use predicates::{
    prelude::PredicateBooleanExt,
    str::{contains, is_empty},
};

use crate::support::{Dir, anyarchive};

/// Extracts `a.tar` to `out` with these flags; `out` is empty before.
fn extract(dir: &Dir, flags: &[&str]) -> Assert {
    let out = dir.path().join("out");
    if out.exists() {
        fs::remove_dir_all(out).unwrap();
    }
    again(dir, flags)
}

/// The same onto what is there.
fn again(dir: &Dir, flags: &[&str]) -> Assert {
    let mut command = anyarchive();
    command.current_dir(dir.path());
    command.args(["extract", "a.tar", "-C", "out"]).args(flags);
    command.assert()
}

fn tar(dir: &Dir, items: impl IntoIterator<Item = Item>) {
    dir.archive("a.tar", &Spec::new("pax"), items);
}

fn text(dir: &Dir, path: &str) -> Option<String> {
    fs::read_to_string(dir.path().join("out").join(path)).ok()
}

fn metadata(dir: &Dir, path: &str) -> fs::Metadata {
    fs::symlink_metadata(dir.path().join("out").join(path)).unwrap()
}

fn names(path: &Path) -> Vec<String> {
    let names = fs::read_dir(path).unwrap();
    let mut names: Vec<_> = names
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn existing_files_are_kept_when_newer_or_get_company() {
    let dir = Dir::new();
    tar(
        &dir,
        [Item::file("f", "from the archive").mtime(1_600_000_000, 0)],
    );
    let older = || {
        fs::write(dir.path().join("out/f"), "here before").unwrap();
        let path = dir.path().join("out/f");
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
    };
    extract(&dir, &[]).success();
    fs::write(dir.path().join("out/f"), "here before").unwrap();
    again(&dir, &["--existing", "keep-newer"])
        .success()
        .stderr(contains("f: skipped: "));
    assert_eq!(text(&dir, "f").as_deref(), Some("here before"));
    older();
    again(&dir, &["--existing", "keep-newer"])
        .success()
        .stderr("");
    assert_eq!(text(&dir, "f").as_deref(), Some("from the archive"));
    older();
    again(&dir, &["--existing", "rename"])
        .success()
        .stderr(contains("f: warning: "));
    assert_eq!(text(&dir, "f").as_deref(), Some("here before"));
    assert_eq!(text(&dir, "f.1").as_deref(), Some("from the archive"));
}

#[test]
fn symlinks_are_made_skipped_or_refused() {
    let dir = Dir::new();
    let items = [
        Item::file("f", "x"),
        Item::symlink("in", "f"),
        Item::symlink("out", "/etc/hostname"),
    ];
    tar(&dir, items);
    let links = |dir: &Dir| {
        let names = names(&dir.path().join("out"));
        names.join(" ")
    };
    extract(&dir, &[])
        .code(1)
        .stderr(contains("out: refused").and(contains("in: ").not()));
    assert_eq!(links(&dir), "f in");
    extract(&dir, &["--symlinks", "allow"]).success().stderr("");
    assert_eq!(links(&dir), "f in out");
    extract(&dir, &["--symlinks", "skip"])
        .success()
        .stderr(contains("in: skipped").and(contains("out: skipped")));
    assert_eq!(links(&dir), "f");
    extract(&dir, &["--symlinks", "refuse"])
        .code(1)
        .stderr(contains("in: refused").and(contains("out: refused")));
    assert_eq!(links(&dir), "f");
}

#[test]
fn hard_links_are_made_skipped_or_refused() {
    let dir = Dir::new();
    tar(&dir, [Item::file("f", "x"), Item::hard_link("link", "f")]);
    extract(&dir, &[]).success().stderr("");
    assert_eq!(metadata(&dir, "link").nlink(), 2);
    extract(&dir, &["--hard-links", "skip"])
        .success()
        .stderr(contains("link: skipped"));
    assert_eq!(metadata(&dir, "f").nlink(), 1);
    extract(&dir, &["--hard-links", "refuse"])
        .code(1)
        .stderr(contains("link: refused"));
    assert_eq!(text(&dir, "link"), None);
}

#[test]
fn absolute_paths_are_refused_or_made_relative() {
    let dir = Dir::new();
    let spec = Spec::new("gnutar");
    dir.archive("a.tar", &spec, [Item::file("/no/such/place/f", "x")]);
    extract(&dir, &[]).code(1).stderr(contains("refused"));
    extract(&dir, &["--absolute-paths", "relative"])
        .success()
        .stderr(contains("warning"));
    assert_eq!(text(&dir, "no/such/place/f").as_deref(), Some("x"));
    assert!(!Path::new("/no/such/place").exists());
}

#[test]
fn names_that_windows_does_not_take_are_refused_when_asked() {
    let dir = Dir::new();
    tar(&dir, [Item::file("NUL", "x"), Item::file("fine", "x")]);
    extract(&dir, &[]).success().stderr("");
    extract(&dir, &["--path-rules", "portable"])
        .code(1)
        .stderr(contains("NUL: refused"));
    assert_eq!(names(&dir.path().join("out")), ["fine"]);
}

#[test]
fn twins_are_refused_when_asked() {
    let dir = Dir::new();
    let items = [
        Item::file("f", "first"),
        Item::file("f", "second"),
        Item::file("F", "third"),
    ];
    tar(&dir, items);
    extract(&dir, &[]).success().stderr("");
    assert_eq!(text(&dir, "f").as_deref(), Some("second"));
    extract(&dir, &["--duplicates", "refuse"])
        .code(1)
        .stderr(contains("1 problem; 2 entries"));
    assert_eq!(text(&dir, "f").as_deref(), Some("first"));
    assert_eq!(text(&dir, "F").as_deref(), Some("third"));
    extract(&dir, &["--duplicates", "refuse-twins"])
        .code(1)
        .stderr(contains("2 problems; 1 entry"));
    assert_eq!(names(&dir.path().join("out")), ["f"]);
}

#[test]
fn dangerous_things_are_made_by_name_only() {
    let dir = Dir::new();
    let items = [
        Item::new("pipe", Content::Fifo),
        Item::file("su", "x").mode(0o6755),
        Item::file("sticky", "x").mode(0o1644),
    ];
    tar(&dir, items);
    let bits = |path: &str| metadata(&dir, path).permissions().mode() & 0o7000;
    extract(&dir, &[]).code(1).stderr(
        contains("pipe: refused")
            .and(contains("su: warning: made without setuid, setgid"))
            .and(contains("sticky: warning: made without sticky")),
    );
    assert_eq!((bits("su"), bits("sticky")), (0, 0));
    extract(&dir, &["--allow", "fifos,setuid"])
        .success()
        .stderr(contains("made without setgid").and(contains("pipe").not()));
    assert_eq!((bits("su"), bits("sticky")), (0o4000, 0));
    assert!(metadata(&dir, "pipe").file_type().is_fifo());
    // Given twice it is the same as with a comma.
    let all = ["--allow", "fifos,setuid,setgid", "--allow", "sticky"];
    extract(&dir, &all).success().stderr("");
    assert_eq!((bits("su"), bits("sticky")), (0o6000, 0o1000));
    extract(&dir, &["--allow", "everything"]).code(2);
}

#[test]
fn sockets_and_devices_are_made_by_name_only() {
    let dir = Dir::new();
    // No tar holds a socket.
    let spec = Spec::new("newc");
    dir.archive("a.tar", &spec, [Item::new("socket", Content::Socket)]);
    extract(&dir, &[])
        .code(1)
        .stderr(contains("socket: refused"));
    extract(&dir, &["--allow", "sockets"]).success().stderr("");
    assert!(metadata(&dir, "socket").file_type().is_socket());
    tar(&dir, [Item::new("null", Content::CharDevice(1, 3))]);
    extract(&dir, &[]).code(1).stderr(contains("null: refused"));
    let run = extract(&dir, &["--allow", "devices"]);
    let output = run.get_output();
    if output.status.success() {
        assert!(metadata(&dir, "null").file_type().is_char_device());
    } else {
        // Not everybody may; then it is tried all the same.
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            told.contains("null: ") && !told.contains("refused"),
            "{told}"
        );
    }
}

#[test]
fn owners_are_restored_when_asked() {
    let dir = Dir::new();
    tar(&dir, [Item::file("f", "x").owner(4242, 2424)]);
    let me = fs::metadata(dir.path()).unwrap().uid();
    extract(&dir, &[]).success().stderr("");
    assert_eq!(metadata(&dir, "f").uid(), me);
    for how in ["numeric", "names"] {
        let run = extract(&dir, &["--ownership", how]).success();
        let told = run.get_output().stderr.clone();
        // Only root may give files away; others are told.
        assert_eq!(told.is_empty(), metadata(&dir, "f").uid() == 4242, "{how}");
        assert_eq!(me == 0, told.is_empty(), "{how}");
    }
}

#[test]
fn permissions_are_those_of_the_archive_or_of_new_files() {
    let dir = Dir::new();
    tar(&dir, [Item::file("f", "x").mode(0o777)]);
    let mode = |flags: &[&str]| {
        let out = dir.path().join("out");
        if out.exists() {
            fs::remove_dir_all(out).unwrap();
        }
        // With an umask that takes something.
        let script = "umask 027; exec \"$0\" extract a.tar -C out \"$@\"";
        let status = std::process::Command::new("sh")
            .current_dir(dir.path())
            .args(["-c", script, env!("CARGO_BIN_EXE_anyarchive")])
            .args(flags)
            .status()
            .unwrap();
        assert!(status.success());
        metadata(&dir, "f").permissions().mode() & 0o777
    };
    assert_eq!(mode(&[]), 0o750);
    assert_eq!(mode(&["--permissions", "umask"]), 0o750);
    assert_eq!(mode(&["--permissions", "exact"]), 0o777);
    assert_eq!(mode(&["--permissions", "ignore"]), 0o640);
}

/// `a.tar` with a file that has a bit of everything.
fn rich(dir: &Dir) {
    let time = |seconds| Timestamp {
        seconds,
        nanoseconds: 0,
    };
    let mut entry = EntryBuf::file("f", 1).unwrap();
    entry
        .set_mtime(time(1_500_000_000))
        .and_then(|entry| entry.set_atime(time(1_400_000_000)))
        .and_then(|entry| entry.set_xattr("user.note", "hello"))
        .and_then(|entry| entry.set_fflags_text("nodump"))
        .unwrap();
    let mut writer = Writer::builder(Format::Tar).to_vec().unwrap();
    writer.append(&entry, &b"x"[..]).unwrap();
    dir.file("a.tar", writer.finish().unwrap());
}

/// `f` as an archive has it that is made of the directory.
fn taken(dir: &Dir) -> EntryBuf {
    anyarchive()
        .current_dir(dir.path().join("out"))
        .args(["create", "../back.tar", "f"])
        .assert()
        .success();
    let mut reader = Reader::open(dir.path().join("back.tar")).unwrap();
    let entry = reader.next_entry().unwrap().unwrap();
    (*entry).to_owned()
}

#[test]
fn metadata_is_restored_as_far_as_asked() {
    let dir = Dir::new();
    rich(&dir);
    let mtime = 1_500_000_000;
    extract(&dir, &[]).success().stderr("");
    // Before anything is read of it, which would be one more access.
    assert_ne!(metadata(&dir, "f").atime(), 1_400_000_000);
    assert_eq!(metadata(&dir, "f").mtime(), mtime);
    assert!(taken(&dir).xattrs().is_empty());
    assert_eq!(taken(&dir).fflags_text(), None);

    extract(&dir, &["--restore", "none"]).success().stderr("");
    assert_ne!(metadata(&dir, "f").mtime(), mtime);

    extract(&dir, &["--restore", "atime"]).success().stderr("");
    assert_eq!(metadata(&dir, "f").atime(), 1_400_000_000);
    assert_ne!(metadata(&dir, "f").mtime(), mtime);

    // What the file system does not have is told.
    let run = extract(&dir, &["--restore", "mtime,xattrs"]).success();
    let told = String::from_utf8(run.get_output().stderr.clone()).unwrap();
    assert_eq!(metadata(&dir, "f").mtime(), mtime);
    let xattrs = taken(&dir).xattrs();
    assert_eq!(xattrs.len() == 1, told.is_empty(), "{told}");

    let run = extract(&dir, &["--restore", "flags"]).success();
    let told = String::from_utf8(run.get_output().stderr.clone()).unwrap();
    assert_eq!(
        taken(&dir).fflags_text().is_some(),
        told.is_empty(),
        "{told}"
    );

    let all = extract(&dir, &["--restore", "all"]).success();
    assert_eq!(metadata(&dir, "f").mtime(), mtime);
    all.stderr(is_empty().or(contains("f: warning: ")));
}

#[test]
fn the_result_is_the_same_with_any_number_of_threads() {
    let dir = Dir::new();
    let files = (0..200).map(|n| Item::file(format!("d{}/f{n}", n % 7), vec![b'x'; n * 10]));
    let bad = [Item::file("../evil", "x"), Item::file("last", "x")];
    tar(&dir, files.chain(bad));
    let mut told = Vec::new();
    for threads in ["1", "2", "8"] {
        let run = extract(&dir, &["--threads", threads]).code(1);
        told.push(run.get_output().stderr.clone());
        assert_eq!(names(&dir.path().join("out")).len(), 8, "{threads}");
        assert_eq!(metadata(&dir, "d3/f199").len(), 1990, "{threads}");
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0], told[2]);
    for wrong in ["0", "-1", "many", "70000"] {
        extract(&dir, &[&format!("--threads={wrong}")]).code(2);
    }
}

#[test]
fn a_dry_run_tells_all_and_does_nothing() {
    let dir = Dir::new();
    let items = [
        Item::file("f", "new"),
        Item::file("dir/g", "x"),
        Item::file("../evil", "x"),
    ];
    tar(&dir, items);
    let refused = contains("../evil: refused");
    let dry = contains("dry run: 1 problem; 2 entries would go to 'out'\n");
    extract(&dir, &["--dry-run"])
        .code(1)
        .stderr(refused.clone().and(dry));
    assert!(!dir.path().join("out").exists());
    extract(&dir, &["-n", "-q"])
        .code(1)
        .stderr(refused.clone().and(contains("dry run").not()));
    extract(&dir, &[]).code(1).stderr(refused);
    fs::write(dir.path().join("out/f"), "old").unwrap();
    again(&dir, &["-n", "--existing", "keep", "--max-entries", "2"])
        .code(1)
        .stderr(contains("f: skipped").and(contains("--max-entries")));
    assert_eq!(text(&dir, "f").as_deref(), Some("old"));
    tar(&dir, [Item::file("f", "x")]);
    extract(&dir, &["-n"])
        .success()
        .stderr(contains("dry run: 0 problems; 1 entry would go to 'out'"));
}

#[test]
fn atomic_extraction_leaves_only_what_is_whole() {
    let dir = Dir::new();
    let whole = Spec::new("pax");
    let items = [Item::file("f", "x"), Item::file("g", vec![b'y'; 5000])];
    let archive = whole.to_vec(items).unwrap();
    dir.file("a.tar", &archive);
    extract(&dir, &["--atomic"]).success().stderr("");
    assert_eq!(names(&dir.path().join("out")), ["f", "g"]);
    // It ends within the second file.
    dir.file("a.tar", &archive[..4000]);
    extract(&dir, &["--atomic"]).code(1);
    assert_eq!(names(&dir.path().join("out")), ["f"]);
}

#[test]
fn words_that_no_flag_knows_are_wrong_usage() {
    let dir = Dir::new();
    for flag in [
        "--existing",
        "--duplicates",
        "--symlinks",
        "--hard-links",
        "--absolute-paths",
        "--path-rules",
        "--allow",
        "--ownership",
        "--permissions",
        "--restore",
    ] {
        extract(&dir, &[flag, "perhaps"])
            .code(2)
            .stdout("")
            .stderr(contains(flag).and(contains("possible values")));
    }
}
