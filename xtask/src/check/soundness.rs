//! `docs/soundness.md`: each trap of the C library with the tests that prove it unreachable. The tests are
//! there, and each test of `tests/traps` stands in it.

use std::collections::BTreeSet;

use super::{File, Finding};

const TABLE: &str = "docs/soundness.md";
/// Tests of this directory are all about traps.
const TRAPS: &str = "tests/traps/";
/// Programs that must not compile, one file each.
const UI: &str = "anyarchive/tests/ui/";

pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let Some(table) = files.iter().find(|file| file.path == TABLE) else {
        return vec![finding(None, format!("{TABLE} is missing"))];
    };
    let tests: BTreeSet<(String, String)> = files.iter().flat_map(tests_of).collect();
    let named = named_in(table.text().unwrap_or_default());
    let mut findings = Vec::new();
    for (line, name) in &named {
        let found = match name {
            Name::File(path) => files.iter().any(|file| file.path == *path),
            Name::Test(path, test) => tests.contains(&(path.clone(), test.clone())),
        };
        if !found {
            findings.push(finding(Some(*line), format!("there is no {name:?}")));
        }
    }
    let is_named = |path: &str, test: &str| {
        named
            .iter()
            .any(|(_, name)| *name == Name::Test(path.to_owned(), test.to_owned()))
    };
    for (path, test) in &tests {
        if path.starts_with(TRAPS) && !is_named(path, test) {
            findings.push(finding(None, format!("{path}: {test} stands in no row")));
        }
    }
    findings
}

fn finding(line: Option<usize>, rule: String) -> Finding {
    Finding {
        path: TABLE.to_owned(),
        line,
        rule,
    }
}

/// What a row cites.
#[derive(Debug, PartialEq, Eq)]
enum Name {
    File(String),
    Test(String, String),
}

/// The last column of each row: a file, and behind it the tests in it. Files without a directory are of
/// `tests/traps`, and those of `ui/` need no test.
fn named_in(table: &str) -> Vec<(usize, Name)> {
    let mut named = Vec::new();
    for (index, row) in table.lines().enumerate() {
        let Some(row) = row.strip_prefix('|').and_then(|row| row.strip_suffix('|')) else {
            continue;
        };
        let cell = row.rsplit('|').next().unwrap_or_default();
        let mut path = String::new();
        for quoted in cell.split('`').skip(1).step_by(2) {
            if let Some(program) = quoted.strip_prefix("ui/") {
                named.push((index + 1, Name::File(format!("{UI}{program}"))));
            } else if quoted.ends_with(".rs") {
                let prefix = if quoted.contains('/') { "" } else { TRAPS };
                path = format!("{prefix}{quoted}");
                named.push((index + 1, Name::File(path.clone())));
            } else {
                named.push((index + 1, Name::Test(path.clone(), quoted.to_owned())));
            }
        }
    }
    named
}

/// Names of the functions below `#[test]`, with their file.
fn tests_of(file: &File) -> Vec<(String, String)> {
    if !file.path.ends_with(".rs") {
        return Vec::new();
    }
    let mut lines = file.text().unwrap_or_default().lines().map(str::trim);
    let mut tests = Vec::new();
    while lines.any(|line| line == "#[test]") {
        let name = lines
            .find_map(|line| line.strip_prefix("fn "))
            .and_then(|line| line.split('(').next());
        tests.extend(name.map(|name| (file.path.clone(), name.to_owned())));
    }
    tests
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File {
            path: path.to_owned(),
            bytes: text.as_bytes().to_vec(),
        }
    }

    #[test]
    fn tests_and_rows_must_agree() {
        let traps = "#[test]\nfn one() {}\n#[test]\n#[cfg(unix)]\nfn two() {}\nfn helper() {}\n";
        let rules = |table: &str| -> Vec<String> {
            let files = [
                file(TABLE, table),
                file("tests/traps/a.rs", traps),
                file("anyarchive/tests/ui/b.rs", ""),
            ];
            check(&files).into_iter().map(|f| f.rule).collect()
        };
        let empty: [&str; 0] = [];
        assert_eq!(
            rules("| 3 | trap | `a.rs`: `one`, `two`; `ui/b.rs` |"),
            empty
        );
        assert_eq!(rules("| 3 | `two` | `a.rs`: `one` |").len(), 1);
        assert_eq!(rules("| 3 | x | `a.rs`: `one`, `two`, `helper` |").len(), 1);
        assert_eq!(
            rules("| 3 | x | `a.rs`: `one`, `two`; `ui/c.rs` |").len(),
            1
        );
        assert_eq!(
            rules("| 3 | x | `c.rs`: `one`; `a.rs`: `one`, `two` |").len(),
            2
        );
        assert_eq!(rules("").len(), 2);
    }
}
