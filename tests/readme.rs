//! The tables of the README are what the code has, in both directions.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(path: impl AsRef<Path>) -> String {
    let path = Path::new(ROOT).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Rows of the README's table whose head begins with this cell: the name in the first column
/// without its backquotes, and the cells behind it.
fn table(head: &str) -> BTreeMap<String, Vec<String>> {
    let text = read("README.md");
    let cells = |line: &str| -> Vec<String> {
        let line = line.trim().trim_start_matches('|').trim_end_matches('|');
        line.split(" | ")
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    let mut lines = text
        .lines()
        .skip_while(|line| !line.starts_with(&format!("| {head} |")));
    let columns = cells(lines.next().expect(head)).len();
    assert!(lines.next().is_some_and(|line| line.starts_with("| ---")));
    let mut rows = BTreeMap::new();
    for line in lines.take_while(|line| line.starts_with('|')) {
        let row = cells(line);
        assert_eq!(row.len(), columns, "{line}");
        assert!(row.iter().all(|cell| !cell.is_empty()), "{line}");
        let name = row[0].trim_matches('`').to_owned();
        assert_eq!(row[0], format!("`{name}`"), "{line}");
        let before = rows.insert(name, row[1..].to_vec());
        assert!(before.is_none(), "twice: {line}");
    }
    rows
}

fn names<V>(rows: &BTreeMap<String, V>) -> BTreeSet<&str> {
    rows.keys().map(String::as_str).collect()
}

/// Features of a crate and what each turns on.
fn features(name: &str) -> BTreeMap<String, Vec<String>> {
    let manifest: toml::Table = read(format!("{name}/Cargo.toml")).parse().expect(name);
    let table = manifest["features"].as_table().expect(name);
    let words = |value: &toml::Value| -> Vec<String> {
        let values = value.as_array().expect(name).iter();
        values
            .map(|value| value.as_str().expect(name).to_owned())
            .collect()
    };
    table
        .iter()
        .map(|(feature, on)| (feature.clone(), words(on)))
        .collect()
}

#[test]
fn features_are_those_of_the_crates() {
    let rows = table("feature");
    let (safe, raw) = (features("anyarchive"), features("archive-sys"));
    let both: BTreeSet<&str> = names(&safe).union(&names(&raw)).copied().collect();
    let described = names(&rows);
    let documented: BTreeSet<&str> = described.iter().copied().chain(["default"]).collect();
    assert_eq!(documented, both);

    for (name, cells) in &rows {
        let is_default = safe["default"].contains(name);
        assert_eq!(cells[0], if is_default { "on" } else { "off" }, "{name}");
        for (features, other) in [(&safe, "archive-sys"), (&raw, "anyarchive")] {
            let only = cells[1].ends_with(&format!("`{other}` only"));
            assert_eq!(only, !features.contains_key(name), "{name}: {}", cells[1]);
        }
    }
}

#[test]
fn features_reach_the_raw_crate() {
    let (safe, raw) = (features("anyarchive"), features("archive-sys"));
    for name in names(&safe).intersection(&names(&raw)) {
        if *name != "default" {
            let forwarded = format!("archive-sys/{name}");
            assert!(safe[*name].contains(&forwarded), "{name} is not forwarded");
        }
    }
    let by_default = |features: &BTreeMap<String, Vec<String>>| -> BTreeSet<String> {
        let names = features["default"].iter();
        names.filter(|name| *name != "vendored").cloned().collect()
    };
    assert!(safe["default"].iter().any(|name| name == "vendored"));
    let missing: Vec<_> = by_default(&raw)
        .difference(&by_default(&safe))
        .cloned()
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Rust files below a directory.
fn sources(directory: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![Path::new(ROOT).join(directory)];
    while let Some(directory) = directories.pop() {
        for item in fs::read_dir(&directory).expect("a directory") {
            let path = item.expect("an entry").path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    assert!(!files.is_empty(), "{directory}");
    files
}

/// Words that begin with the prefix of our variables.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("ARCHIVE_SYS_") && *word != "ARCHIVE_SYS_")
}

/// Names with the prefix that are no variables of a user: macros of the C code, and what the build
/// script tells the compiler.
const INTERNAL: [&str; 5] = [
    "ARCHIVE_SYS_HIDDEN",
    "ARCHIVE_SYS_ICONV",
    "ARCHIVE_SYS_LINKED_",
    "ARCHIVE_SYS_RANDOM",
    "ARCHIVE_SYS_TIME_BITS",
];

fn is_internal(word: &str) -> bool {
    INTERNAL.iter().any(|internal| {
        word == *internal || (internal.ends_with('_') && word.starts_with(internal))
    })
}

#[test]
fn variables_are_those_of_the_code() {
    let rows = table("variable");
    let described = names(&rows);
    let mut read_by_code = BTreeSet::new();
    let mut internal = BTreeSet::new();
    for file in ["archive-sys/build", "archive-sys/src"]
        .map(sources)
        .concat()
    {
        let text = read(&file);
        for method in ["dir", "switch", "path", "text"] {
            for rest in text.split(&format!("env.{method}(\"")).skip(1) {
                let name = rest.split('"').next().unwrap_or_default();
                read_by_code.insert(format!("ARCHIVE_SYS_{name}"));
            }
        }
        for rest in text.split("var_os(\"").skip(1) {
            read_by_code
                .extend(words(rest.split('"').next().unwrap_or_default()).map(String::from));
        }
        // Messages and comments must not name a variable that does nothing.
        for word in words(&text) {
            if is_internal(word) {
                internal.insert(word.to_owned());
            } else {
                assert!(described.contains(word), "{word} in {}", file.display());
            }
        }
    }
    let read_by_code: BTreeSet<&str> = read_by_code.iter().map(String::as_str).collect();
    assert_eq!(described, read_by_code);
    for name in INTERNAL {
        assert!(internal.iter().any(|word| word.starts_with(name)), "{name}");
    }
}

#[test]
fn variables_in_prose_exist() {
    let rows = table("variable");
    for file in ["README.md", "CONTRIBUTING.md", "SECURITY.md"] {
        let text = read(file);
        for word in words(&text) {
            let known = rows.keys().any(|name| {
                // With the name of a target behind it.
                let target = word.strip_prefix(name.as_str());
                target.is_some_and(|target| target.is_empty() || target.starts_with("_aarch64"))
            });
            assert!(known, "{word} in {file}");
        }
    }
}

#[test]
fn keys_are_those_of_the_build_script() {
    let rows = table("key");
    let text = read("archive-sys/build/emit.rs");
    let (_, metadata) = text
        .split_once("let metadata = [")
        .expect("the list of keys");
    let (metadata, _) = metadata.split_once("];").expect("the end of the list");
    let keys: BTreeSet<String> = metadata
        .lines()
        .filter_map(|line| line.trim().strip_prefix("(\"")?.split_once('"'))
        .map(|(key, _)| format!("DEP_ARCHIVE_{key}"))
        .collect();
    assert!(keys.contains("DEP_ARCHIVE_INCLUDE"), "{keys:?}");
    assert_eq!(names(&rows), keys.iter().map(String::as_str).collect());
}
