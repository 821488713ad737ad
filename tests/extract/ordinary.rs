//! Archives that mean well come out as they went in.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    time::Duration,
};

use anyarchive::{Extractor, Flow, Reader, Report};
use anyarchive_test_support::{
    Compare, diff_trees_with, make_tree,
    samples::{Content, Item, Spec},
};
use static_assertions::assert_impl_all;

use anyarchive_test_support::world::{World, is_silent, usual_umask};

assert_impl_all!(Extractor: Send);
assert_impl_all!(Report: Send, Sync, Clone);
assert_impl_all!(anyarchive::Item: Send, Sync);

/// How exactly each format stores a tree, in nanoseconds of times and in hard links.
const FORMATS: &[(&str, u64, bool)] = &[
    ("pax", 0, true),
    ("gnutar", 1_000_000_000, true),
    ("newc", 1_000_000_000, true),
    ("odc", 1_000_000_000, true),
    ("zip", 1_000_000_000, false),
    ("7zip", 100, false),
];

#[test]
fn trees_come_out_as_they_went_in() {
    usual_umask();
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    make_tree(&tree, 300, 1).unwrap();
    for (format, nanoseconds, hard_links) in FORMATS {
        let archive = dir.path().join(format);
        Spec::new(*format).write_tree(&tree, &archive).unwrap();
        let out = dir.path().join(format!("{format}.out"));
        let report = Reader::open(&archive).unwrap().extract(&out).unwrap();
        is_silent(&report);
        let compare = Compare {
            mtime_tolerance: Duration::from_nanos(*nanoseconds),
            hard_links: *hard_links,
        };
        let differences = diff_trees_with(&tree, &out, compare);
        assert_eq!(differences, Vec::<String>::new(), "{format}");
    }
}

#[test]
fn missing_parents_are_made() {
    let world = World::new();
    is_silent(&world.extract([
        Item::file("a/b/c/file", "x"),
        Item::symlink("s/t/link", "x"),
        Item::hard_link("h/i/hard", "a/b/c/file"),
        Item::directory("d/e/f"),
        // After what is in it.
        Item::directory("a/b").mode(0o700).mtime(1_000_000_000, 0),
    ]));
    assert_eq!(world.read("h/i/hard"), "x");
    assert_eq!(
        (world.mode("a/b"), world.metadata("a/b").mtime()),
        (0o700, 1_000_000_000)
    );
    assert!(world.metadata("d/e/f").is_dir());
}

#[test]
fn directories_without_permissions_are_filled_first() {
    let world = World::new();
    is_silent(&world.extract([
        Item::directory("ro").mode(0o555).mtime(1_000_000_000, 7),
        Item::directory("ro/none").mode(0),
        Item::file("ro/none/file", "x").mode(0),
        Item::file("ro/file", "y").mode(0o444),
    ]));
    assert_eq!((world.mode("ro"), world.mode("ro/none")), (0o555, 0));
    assert_eq!(world.metadata("ro").mtime_nsec(), 7);
    assert_eq!(world.mode("ro/file"), 0o444);
    // So that others than root can look into it.
    fs::set_permissions(world.d("ro/none"), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(world.mode("ro/none/file"), 0);
}

#[test]
fn holes_stay_holes() {
    let world = World::new();
    let pieces = vec![(1 << 20, b"middle".to_vec())];
    let sparse = Content::Sparse {
        size: 3 << 20,
        pieces,
    };
    is_silent(&world.extract([
        Item::new("sparse", sparse),
        Item::new(
            "hole",
            Content::Sparse {
                size: 1 << 20,
                pieces: Vec::new(),
            },
        ),
    ]));
    let data = fs::read(world.d("sparse")).unwrap();
    assert_eq!(data.len(), 3 << 20);
    assert_eq!(&data[1 << 20..(1 << 20) + 6], b"middle");
    assert_eq!(data.iter().filter(|&&byte| byte != 0).count(), 6);
    assert_eq!(fs::read(world.d("hole")).unwrap(), vec![0; 1 << 20]);
}

#[test]
fn names_in_any_encoding_are_kept() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};

    let world = World::new();
    let names: [&[u8]; 4] = [
        b"caf\xe9",
        "grüße/文件".as_bytes(),
        b" -rf * ",
        b"a\\b\nc\x1b[0m",
    ];
    is_silent(&world.extract_from("newc", names.map(|name| Item::file(name, "x"))));
    for name in names {
        assert_eq!(world.read(OsStr::from_bytes(name)), "x");
    }
}

#[test]
fn reading_can_start_before_extracting() {
    let archive = Spec::new("pax")
        .to_vec(["a", "b", "c"].map(|path| Item::file(path, path)))
        .unwrap();
    let world = World::new();
    let mut reader = Reader::from_bytes(&archive).unwrap();
    reader.next_entry().unwrap().unwrap();
    let report = reader.extract(world.d("deep/er")).unwrap();
    assert_eq!(report.entries(), 2);
    assert_eq!(world.read("deep/er/c"), "c");
    assert!(!world.d("deep/er/a").exists());
}

#[test]
fn progress_is_told_for_each_entry_and_each_mebibyte() {
    use std::sync::{Arc, Mutex};

    let told = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&told);
    // With others, long files are read beside the entries behind them.
    let extractor = Extractor::new().threads(1);
    let mut extractor = extractor.on_progress(move |progress| {
        let path = progress.path().to_str().unwrap().to_owned();
        assert!(progress.bytes_read() > 0);
        assert!(
            progress
                .total_bytes()
                .is_some_and(|total| progress.bytes_read() <= total)
        );
        let mut log = log.lock().unwrap();
        log.push((path, progress.entries(), progress.bytes_written()));
        Flow::Continue
    });
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("archive");
    let items = [
        Item::directory("d"),
        Item::file("d/big", vec![7; (5 << 20) / 2]),
        Item::file("../refused", "x"),
    ];
    fs::write(&archive, Spec::new("pax").to_vec(items).unwrap()).unwrap();
    let mut reader = Reader::open(&archive).unwrap();
    extractor
        .extract(&mut reader, dir.path().join("out"))
        .unwrap();
    let told = told.lock().unwrap();
    let of = |path: &str| told.iter().filter(|(p, ..)| p == path).count();
    assert_eq!(
        (of("d/"), of("d/big"), of("../refused")),
        (1, 3, 1),
        "{told:?}"
    );
    assert!(
        told.iter()
            .rev()
            .map_while(|(.., bytes)| Some(bytes))
            .is_sorted_by(|a, b| a >= b)
    );
    assert_eq!(
        told.last().map(|(_, entries, bytes)| (*entries, *bytes)),
        Some((3, (5 << 20) / 2))
    );
}

#[test]
fn items_are_told_as_they_happen() {
    use std::sync::{Arc, Mutex};

    let told = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&told);
    let mut extractor =
        Extractor::new().on_item(move |item| log.lock().unwrap().push(item.to_string()));
    let world = World::new();
    let items = [Item::file("/a", ""), Item::file("b", "").mode(0o4755)];
    let archive = Spec::new("pax").to_vec(items).unwrap();
    let mut reader = Reader::from_bytes(&archive).unwrap();
    let report = extractor.extract(&mut reader, world.d("")).unwrap();
    let items: Vec<_> = report.items().iter().map(ToString::to_string).collect();
    assert_eq!(items.len(), 2);
    assert_eq!(*told.lock().unwrap(), items);
    assert_eq!(extractor.report().items().len(), 2);
}
