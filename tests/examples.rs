//! The programs in `examples/`, each run as its first lines say.

use std::{
    ffi::OsStr,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::Once,
};

use anyarchive_test_support::{diff_trees, make_tree};

/// The program of an example; `cargo test` has built it, if it was not told to build this file alone.
fn program(name: &str) -> PathBuf {
    static BUILD: Once = Once::new();
    let tests = std::env::current_exe().unwrap();
    let directory = tests.ancestors().nth(2).unwrap().join("examples");
    let program = directory.join(name);
    BUILD.call_once(|| {
        if !program.exists() {
            let mut cargo = Command::new(env!("CARGO"));
            let built = cargo.args(["build", "--quiet", "--examples"]).status();
            assert!(built.unwrap().success());
        }
    });
    program
}

struct Run {
    dir: tempfile::TempDir,
}

impl Run {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        make_tree(dir.path().join("site"), 40, 5).unwrap();
        Self { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn output(&self, name: &str, args: &[&str], input: &[u8]) -> Output {
        let mut child = Command::new(program(name))
            .current_dir(self.dir.path())
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut stdin = child.stdin.take().unwrap();
        // More than a pipe holds, and nobody reads what the program writes meanwhile.
        let input = input.to_vec();
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().unwrap();
        let _ = writer.join().unwrap(); // a program may leave some of it
        output
    }

    /// What a run prints that succeeds.
    fn text(&self, name: &str, args: &[&str], input: &[u8]) -> String {
        let output = self.output(name, args, input);
        assert!(output.status.success(), "{name} {args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
fn a_directory_becomes_an_archive_and_comes_back() {
    let run = Run::new();
    for archive in ["site.tar.zst", "site.tar.xz"] {
        let text = run.text("create", &[archive, "site"], b"");
        assert!(
            text.ends_with(" bytes\n") && text.lines().count() == 1,
            "{text}"
        );
        let listed = run.text("list", &[archive], b"");
        assert!(
            listed.contains("\"site/\"") && listed.contains("POSIX pax"),
            "{listed}"
        );
        let text = run.text("extract", &[archive, "out"], b"");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert_eq!(
            diff_trees(run.path("site"), run.path("out/site")),
            Vec::<String>::new()
        );
        fs::remove_dir_all(run.path("out")).unwrap();
    }
    let text = run.text("create", &["none.tar", "missing"], b"");
    assert!(
        text.contains("missing") && text.ends_with("0 entries, 0 bytes\n"),
        "{text}"
    );
}

#[test]
fn one_file_is_read() {
    let run = Run::new();
    fs::write(run.path("motd"), "good morning\n").unwrap();
    run.text("create", &["a.tar.gz", "motd"], b"");
    assert_eq!(
        run.text("read_entry", &["a.tar.gz", "motd"], b""),
        "good morning\n"
    );
    let output = run.output("read_entry", &["a.tar.gz", "missing"], b"");
    assert!(!output.status.success() && !output.stderr.is_empty());
}

#[test]
fn streams_and_sources_of_ones_own_are_read() {
    let run = Run::new();
    fs::write(run.path("large"), vec![b'x'; 1 << 20]).unwrap();
    run.text("create", &["a.tar", "large"], b"");
    let archive = fs::read(run.path("a.tar")).unwrap();
    assert_eq!(
        run.text("stream", &[], &archive),
        "1 entries, 1048576 bytes\n"
    );
    let text = run.text("custom_source", &["a.tar"], b"");
    assert_eq!(text, "\"large\"\nthe panic arrived: true\n");
}

#[test]
fn archives_are_converted() {
    let run = Run::new();
    run.text("create", &["a.zip", "site"], b"");
    let entries = run.text("convert", &["a.zip", "b.tar.gz"], b"");
    assert_eq!(run.text("convert", &["b.tar.gz", "c.7z"], b""), entries);
    for archive in ["a.zip", "b.tar.gz", "c.7z"] {
        run.text("extract", &[archive, archive_out(archive)], b"");
    }
    let content = |out: &str| content(&run.path(out));
    assert!(!content("a").is_empty());
    assert_eq!(content("a"), content("b"));
    assert_eq!(content("a"), content("c"));
}

fn archive_out(archive: &str) -> &str {
    &archive[..1]
}

/// Path and content of every file, sorted.
fn content(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut directories = vec![root.to_path_buf()];
    while let Some(directory) = directories.pop() {
        for item in fs::read_dir(directory).unwrap() {
            let path = item.unwrap().path();
            let metadata = path.symlink_metadata().unwrap();
            if metadata.is_dir() {
                directories.push(path);
            } else if metadata.is_file() {
                let below = path.strip_prefix(root).unwrap().to_path_buf();
                found.push((below, fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_zip_is_encrypted_and_opened() {
    let run = Run::new();
    fs::write(run.path("notes.txt"), "the plan").unwrap();
    let text = run.text("encrypt", &["a.zip", "notes.txt"], b"s3cret\n");
    assert_eq!(text, "1 files\n");
    let archive = fs::read(run.path("a.zip")).unwrap();
    assert!(!archive.windows(8).any(|part| part == b"the plan"));
    let text = run.text("password", &["a.zip"], b"s3cret\n");
    assert_eq!(text, "\"notes.txt\": locked, 8 bytes\n");
    let text = run.text("password", &["a.zip"], b"wrong\n");
    assert!(text.contains("does not fit"), "{text}");
}

#[test]
fn progress_is_shown_and_stops() {
    let run = Run::new();
    fs::create_dir(run.path("big")).unwrap();
    for number in 0..8 {
        fs::write(run.path(&format!("big/{number}")), vec![b'x'; 1 << 20]).unwrap();
    }
    run.text("create", &["big.tar", "big"], b"");
    let output = run.output("progress", &["big.tar", "all", "100000000"], b"");
    assert_eq!(output.stdout, b"all 9 entries\n", "{output:?}");
    let shown = String::from_utf8(output.stderr).unwrap();
    let total = run.path("big.tar").metadata().unwrap().len();
    assert!(shown.contains(&format!(" of {total} bytes")), "{shown}");
    let text = run.text("progress", &["big.tar", "some", "2000000"], b"");
    assert!(text.starts_with("stopped after "), "{text}");
}

#[test]
fn limits_are_kept() {
    let run = Run::new();
    let text = |dir: &OsStr| {
        let dir = dir.to_str().unwrap();
        let archive = format!("{dir}.tar.gz");
        run.text("create", &[&archive, dir], b"");
        run.text("limits", &[&archive, "out"], b"")
    };
    let ordinary = text("site".as_ref());
    assert!(ordinary.contains(" entries, "), "{ordinary}");
    fs::create_dir(run.path("many")).unwrap();
    for number in 0..1_100 {
        fs::write(run.path(&format!("many/{number}")), "").unwrap();
    }
    let refused = text("many".as_ref());
    assert!(refused.starts_with("too much: "), "{refused}");
}

#[test]
fn samples_are_made() {
    let run = Run::new();
    let text = run.text("make_samples", &["samples"], b"");
    for line in text.lines().skip(1) {
        let path = line.split(' ').next().unwrap();
        assert!(run.path(path).exists(), "{line}");
    }
    assert!(text.lines().count() > 10, "{text}");
}

#[test]
fn every_example_is_run_here() {
    let own = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file!())).unwrap();
    let examples = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")).unwrap();
    let mut count = 0;
    for item in examples {
        let path = item.unwrap().path();
        if path.extension().is_none_or(|end| end != "rs") {
            continue; // a directory with a Makefile or a package of its own
        }
        let name = path.file_stem().unwrap().to_str().unwrap();
        let called = format!("(\"{name}\", ");
        assert!(own.contains(&called), "{name}");
        count += 1;
    }
    assert!(count >= 10, "{count}");
}
