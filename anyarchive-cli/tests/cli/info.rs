//! `anyarchive info`

use std::os::unix::process::CommandExt as _;

use anyarchive_test_support::samples::{Item, Spec};
use predicates::{prelude::PredicateBooleanExt, str::contains};
use serde_json::{Value, json};

use crate::support::{Dir, anyarchive, archive, plain, three_files};

fn info(archive: &std::path::Path) -> Value {
    let output = anyarchive().args(["info", "--json"]).arg(archive).unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

#[test]
fn totals_are_right() {
    let dir = Dir::new();
    let items = three_files()
        .into_iter()
        .chain([Item::symlink("s", "a.txt"), Item::hard_link("h", "a.txt")]);
    let path = dir.archive("a.tgz", &Spec::new("pax").filter("gzip"), items);
    let length = path.metadata().unwrap().len();
    let info = info(&path);
    assert_eq!(info["format"], "tar");
    assert_eq!(info["filters"], json!(["gzip"]));
    assert_eq!(info["entries"], 6);
    let types = json!({"directory": 1, "file": 3, "hardlink": 1, "symlink": 1});
    assert_eq!(info["types"], types);
    assert_eq!(info["bytes"], 6 + 5 + 6);
    assert_eq!(info["archive_bytes"], length);
    assert_eq!(info["ratio"], length as f64 / 17.0);
    assert_eq!(info["encrypted"], 0);
    assert_eq!(info["complete"], true);
    assert_eq!(info["library"]["version"], anyarchive::version_string());
    assert_eq!(info["library"]["kind"], anyarchive::linkage().kind);
    assert_eq!(info["library"]["origin"], anyarchive::linkage().origin);
}

#[test]
fn a_pipe_is_measured_to_its_end() {
    // tar ends before its last block does, and a reader need not read on.
    let mut bytes = archive(&Spec::new("pax"), three_files());
    bytes.resize(bytes.len() + 1_000_000, 0);
    let length = bytes.len();
    let run = anyarchive()
        .args(["info", "--json", "-"])
        .write_stdin(bytes)
        .unwrap();
    let info: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(info["archive_bytes"], length);
    assert_eq!(info["archive"], "-");
}

#[test]
fn variants_of_the_format_are_told() {
    let dir = Dir::new();
    let items = [Item::file("a", "x".repeat(1000)), Item::directory("d")];
    let path = dir.archive("a.zip", &Spec::new("zip"), items);
    anyarchive()
        .arg("info")
        .arg(path)
        .assert()
        .success()
        .stdout(
            contains("format      zip (ZIP 2.0 (deflation); ZIP 2.0 (uncompressed))\n")
                .and(contains("filters     none\n"))
                .and(contains("entries     2 (directory 1, file 1)\n"))
                .and(contains("content     1000 bytes\n"))
                .and(contains("encrypted   no\n"))
                .and(contains(anyarchive::version_string())),
        );
}

#[test]
fn encrypted_entries_are_counted_without_a_password() {
    let dir = Dir::new();
    let spec = Spec::new("zip")
        .option("zip:encryption=aes256")
        .password("secret");
    let info = info(&dir.archive("a.zip", &spec, three_files()));
    assert_eq!(info["encrypted"], 3);
    assert_eq!(info["types"]["file"], 3);
}

#[test]
fn a_cut_archive_has_incomplete_totals() {
    let dir = Dir::new();
    let items = [Item::file("a", "x"), Item::file("b", "y".repeat(5000))];
    let mut bytes = archive(&Spec::new("ustar"), items);
    bytes.truncate(2048);
    let path = dir.file("a.tar", bytes);
    anyarchive()
        .arg("info")
        .arg(&path)
        .assert()
        .code(1)
        .stdout(contains("entries     2 (file 2)\n").and(contains("complete    no: ")))
        .stderr(contains("the archive is cut short: get a complete copy"));
}

#[test]
fn linkage_needs_no_archive() {
    let run = anyarchive().args(["info", "--linkage"]).assert().success();
    let text = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    let linkage = anyarchive::linkage();
    assert!(text.starts_with(&anyarchive::version_string()), "{text}");
    assert!(text.contains(linkage.reason), "{text}");
    for library in linkage.libraries {
        let line = text.lines().find(|line| line.contains(library.purl));
        let line = line.unwrap_or_else(|| panic!("{} in {text}", library.purl));
        assert!(line.starts_with(library.name), "{line}");
        assert!(line.contains(library.version.unwrap_or("-")), "{line}");
        assert!(line.ends_with(library.license.unwrap_or("-")), "{line}");
    }
}

#[test]
fn linkage_as_json_is_the_record_with_what_is_loaded() {
    // The name of the call is no path to the program.
    let output = plain()
        .arg0("some-name")
        .args(["info", "--json", "--linkage"])
        .output()
        .unwrap();
    let record: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    let linkage = anyarchive::linkage();
    assert_eq!(record["format"], 1);
    assert_eq!(record["kind"], linkage.kind);
    assert_eq!(record["codecs"], json!(linkage.codecs));
    assert_eq!(record["libraries"][0]["purl"], linkage.libraries[0].purl);
    let version = record["loaded"]["version"].as_str().expect("a version");
    assert_eq!(
        format!("libarchive {version}"),
        anyarchive::version_string()
    );
    if linkage.kind == "static" {
        let program = env!("CARGO_BIN_EXE_anyarchive");
        let path = record["loaded"]["path"].as_str().expect("a path");
        assert_eq!(
            std::fs::canonicalize(path).unwrap(),
            std::fs::canonicalize(program).unwrap()
        );
    }
}
