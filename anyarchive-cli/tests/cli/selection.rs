//! `anyarchive extract` and `list` with PATHs and `--exclude`.

use std::fs;

use anyarchive_test_support::samples::{Item, Spec};
use predicates::str::contains;

use crate::support::{Dir, anyarchive};

fn run(dir: &Dir, args: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = anyarchive();
    command.current_dir(dir.path()).args(args);
    command.assert()
}

fn items() -> [Item; 6] {
    [
        Item::directory("src"),
        Item::file("src/main.rs", "main"),
        Item::file("src/main.o", "object"),
        Item::file("src/deep/lib.rs", "lib"),
        Item::file("README", "read me"),
        Item::file("docs/src", "not the directory"),
    ]
}

/// What an extraction made, as `list` of it would show it.
fn made(dir: &Dir) -> Vec<String> {
    let mut found = Vec::new();
    let mut todo = vec![dir.path().join("out")];
    while let Some(directory) = todo.pop() {
        for item in fs::read_dir(directory).into_iter().flatten() {
            let path = item.unwrap().path();
            match path.is_dir() {
                true => todo.push(path),
                false => found.push(
                    path.strip_prefix(dir.path().join("out"))
                        .unwrap()
                        .display()
                        .to_string(),
                ),
            }
        }
    }
    found.sort();
    found
}

#[test]
fn only_what_is_asked_for_is_extracted_and_listed() {
    let cases: [(&[&str], &[&str]); 6] = [
        (&["src"], &["src/deep/lib.rs", "src/main.o", "src/main.rs"]),
        (&["src/"], &["src/deep/lib.rs", "src/main.o", "src/main.rs"]),
        (
            &["src", "--exclude", "*.o"],
            &["src/deep/lib.rs", "src/main.rs"],
        ),
        (
            &["*.rs", "README"],
            &["README", "src/deep/lib.rs", "src/main.rs"],
        ),
        (&["--exclude", "src"], &["README"]),
        (&["--exclude", "^src"], &["README", "docs/src"]),
    ];
    for (name, spec) in [
        ("a.tar", Spec::new("pax")),
        ("a.tar.gz", Spec::new("pax").filter("gzip")),
        ("a.zip", Spec::new("zip")),
        ("a.7z", Spec::new("7zip")),
    ] {
        for (selection, files) in &cases {
            let dir = Dir::new();
            dir.archive(name, &spec, items());
            for threads in ["1", "4"] {
                let to = ["extract", name, "-C", "out", "--threads", threads];
                run(&dir, &[&to[..], selection].concat())
                    .success()
                    .stderr("");
                assert_eq!(made(&dir), *files, "{name} {selection:?}");
                fs::remove_dir_all(dir.path().join("out")).unwrap();
            }
            let listed = run(&dir, &[&["list", name][..], selection].concat()).success();
            let listed = String::from_utf8(listed.get_output().stdout.clone()).unwrap();
            let mut listed: Vec<_> = listed.lines().filter(|line| !line.ends_with('/')).collect();
            listed.sort_unstable();
            assert_eq!(listed, *files, "{name} {selection:?}");
        }
    }
}

#[test]
fn a_leading_dot_makes_no_difference() {
    let dir = Dir::new();
    let items = [
        Item::file("./etc/motd", "hello"),
        Item::file("./etc/passwd", ""),
    ];
    dir.archive("a.tar", &Spec::new("pax"), items);
    run(&dir, &["extract", "a.tar", "etc/motd", "-C", "out"]).success();
    assert_eq!(made(&dir), ["etc/motd"]);
}

#[test]
fn paths_that_are_not_there_are_told() {
    let dir = Dir::new();
    dir.archive("a.tar", &Spec::new("pax"), items());
    let missing = "missing";
    run(&dir, &["extract", "a.tar", "README", missing, "-C", "out"])
        .code(1)
        .stderr(contains("missing: not in the archive"));
    assert_eq!(made(&dir), ["README"]);
    run(&dir, &["list", "a.tar", "README", missing])
        .code(1)
        .stdout("README\n")
        .stderr(contains("missing: not in the archive"));
}

#[test]
fn patterns_that_are_none_are_wrong_usage() {
    let dir = Dir::new();
    dir.archive("a.tar", &Spec::new("pax"), items());
    run(&dir, &["extract", "a.tar", ""])
        .code(2)
        .stderr(contains("PATH"));
    run(&dir, &["list", "a.tar", "--exclude", ""])
        .code(2)
        .stderr(contains("--exclude"));
}

#[test]
fn a_hard_link_without_its_file_is_told() {
    let dir = Dir::new();
    let items = [Item::file("a", "data"), Item::hard_link("b", "a")];
    dir.archive("a.tar", &Spec::new("pax"), items);
    run(&dir, &["extract", "a.tar", "b", "-C", "out"])
        .code(1)
        .stderr(contains("b: "));
    assert!(made(&dir).is_empty());
}
