//! A tree of many files, packed in six formats and extracted, is the same tree again.
//!
//! `ANYARCHIVE_TREE_FILES=20000 cargo test --release --test extract_tree` does it at full size.

use std::{env, fs, time::Duration};

use anyarchive::Reader;
use anyarchive_test_support::{Compare, diff_trees_with, make_tree, samples::Spec};

/// File name, format, filter.
const ARCHIVES: &[(&str, &str, Option<&str>)] = &[
    ("tree.tar", "pax", None),
    ("tree.tar.gz", "pax", Some("gzip")),
    ("tree.tar.zst", "pax", Some("zstd")),
    ("tree.tar.xz", "pax", Some("xz")),
    ("tree.zip", "zip", None),
    ("tree.7z", "7zip", None),
];

#[test]
fn six_formats_give_the_tree_back() {
    let files = env::var("ANYARCHIVE_TREE_FILES").map_or(500, |files| files.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    make_tree(&tree, files, 7).unwrap();
    for &(name, format, filter) in ARCHIVES {
        let mut spec = Spec::new(format);
        if let Some(filter) = filter {
            spec = spec.filter(filter);
        }
        let archive = dir.path().join(name);
        spec.write_tree(&tree, &archive).unwrap();
        let out = dir.path().join("out");
        let report = Reader::open(&archive).unwrap().extract(&out).unwrap();
        assert!(report.items().is_empty(), "{name}: {:?}", report.items());
        assert!(report.entries() >= files as u64, "{name}");
        // ZIP and 7-Zip hold no hard links and coarser times.
        let compare = Compare {
            mtime_tolerance: if format == "pax" {
                Duration::ZERO
            } else {
                Duration::from_secs(2)
            },
            hard_links: format == "pax",
        };
        let differences = diff_trees_with(&tree, &out, compare);
        assert_eq!(differences, Vec::<String>::new(), "{name}");
        fs::remove_dir_all(&out).unwrap();
    }
}
