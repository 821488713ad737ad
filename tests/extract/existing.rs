//! What is there already, or was made by an earlier entry.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
};

use anyarchive::{Existing, Extractor, Outcome, Refusal, Skip};
use anyarchive_test_support::samples::Item;

use anyarchive_test_support::world::{World, is_silent, only_item, refusals};

fn with_everything() -> World {
    World::with(|top| {
        fs::write(top.join("d/file"), "old").unwrap();
        fs::create_dir(top.join("d/dir")).unwrap();
        fs::write(top.join("d/dir/inner"), "old").unwrap();
        fs::create_dir(top.join("d/empty")).unwrap();
        fs::set_permissions(top.join("d/dir"), fs::Permissions::from_mode(0o711)).unwrap();
    })
}

#[test]
fn files_are_replaced_by_default() {
    let world = with_everything();
    let old = world.metadata("file").ino();
    // A second name keeps the inode from being used again.
    fs::hard_link(world.d("file"), world.d("second")).unwrap();
    let report = world.extract([Item::file("file", "new").mode(0o600)]);
    is_silent(&report);
    assert_eq!(
        (world.read("file"), world.mode("file")),
        ("new".into(), 0o600)
    );
    assert_ne!(world.metadata("file").ino(), old);
    assert_eq!(world.read("second"), "old");
}

#[test]
fn of_two_entries_with_one_name_the_last_stays() {
    let world = World::new();
    let report = world.extract([
        Item::file("a", "first"),
        Item::hard_link("b", "a"),
        Item::file("./a", "second"),
        Item::directory("d").mode(0o700),
        Item::directory("d/").mode(0o750),
    ]);
    is_silent(&report);
    assert_eq!(
        (world.read("a"), world.read("b")),
        ("second".into(), "first".into())
    );
    assert_eq!(world.mode("d"), 0o750);
}

#[test]
fn types_replace_each_other_but_full_directories_stay() {
    let world = with_everything();
    let report = world.extract([
        Item::file("empty", "file over directory"),
        Item::directory("file"),
        Item::file("dir", "file over full directory"),
        Item::symlink("dir", "x"),
        Item::hard_link("dir", "empty"),
        Item::file("file/below", "fine"),
    ]);
    assert_eq!(
        refusals(&report),
        ["dir", "dir", "dir"].map(|path| (path.into(), Refusal::DirectoryInTheWay))
    );
    assert_eq!(report.failed().count(), 0);
    assert_eq!(world.read("empty"), "file over directory");
    assert_eq!(world.read("dir/inner"), "old");
    assert_eq!(world.read("file/below"), "fine");
}

#[test]
fn a_file_is_no_parent() {
    let world = World::new();
    let report = world.extract([Item::file("a", "x"), Item::file("a/b", "y")]);
    let item = only_item(&report);
    assert!(
        item.starts_with("a/b: cannot open the directory that it belongs in"),
        "{item}"
    );
    assert_eq!(report.failed().count(), 1);
    assert_eq!(world.read("a"), "x");
}

#[test]
fn keep_keeps_and_tells() {
    let world = with_everything();
    let report = world.extract_with(
        &mut Extractor::new().existing(Existing::Keep),
        "pax",
        [
            Item::file("file", "new"),
            Item::symlink("file", "x"),
            Item::hard_link("file", "dir/inner"),
            Item::directory("file"),
            Item::file("empty", "x"),
            Item::directory("dir").mode(0o777),
            Item::file("dir/inner", "new"),
            Item::file("dir/new", "new"),
            Item::directory("made").mode(0o700),
            Item::directory("made").mode(0o750),
        ],
    );
    assert!(report.is_clean());
    let kept: Vec<_> = report
        .skipped()
        .map(|item| {
            assert!(matches!(item.outcome(), Outcome::Skipped(Skip::Exists)));
            item.path().to_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(
        kept,
        ["file", "file", "file", "file/", "empty", "dir/inner"]
    );
    assert_eq!(report.entries(), 4);
    assert_eq!(
        (world.read("file"), world.read("dir/inner")),
        ("old".into(), "old".into())
    );
    assert_eq!(world.read("dir/new"), "new");
    assert_eq!((world.mode("dir"), world.mode("made")), (0o711, 0o750));
}

#[test]
fn error_fails_and_goes_on() {
    let world = with_everything();
    let report = world.extract_with(
        &mut Extractor::new().existing(Existing::Error),
        "pax",
        [
            Item::file("file", "new"),
            Item::directory("dir").mode(0o777),
            Item::file("dir/new", "new"),
        ],
    );
    assert_eq!(only_item(&report), "file: it exists already");
    assert_eq!(report.failed().count(), 1);
    assert_eq!(world.read("file"), "old");
    assert_eq!(
        (world.read("dir/new"), world.mode("dir")),
        ("new".into(), 0o711)
    );
}

#[test]
fn directories_that_are_there_get_what_the_archive_says() {
    let world = with_everything();
    let report = world.extract([
        Item::directory("dir").mode(0o500).mtime(1_000_000_000, 5),
        Item::file("dir/new", "new"),
    ]);
    is_silent(&report);
    let metadata = world.metadata("dir");
    assert_eq!(metadata.mode() & 0o7777, 0o500);
    assert_eq!(
        (metadata.mtime(), metadata.mtime_nsec()),
        (1_000_000_000, 5)
    );
    assert_eq!(
        (world.read("dir/new"), world.read("dir/inner")),
        ("new".into(), "old".into())
    );
}

#[test]
fn the_same_archive_can_be_extracted_twice() {
    let world = World::new();
    let items = || {
        [
            Item::directory("d").mode(0o555),
            Item::file("d/a", "data").mode(0o400),
            Item::hard_link("d/b", "d/a"),
            Item::symlink("d/c", "a"),
        ]
    };
    for _ in 0..2 {
        let report = world.extract(items());
        is_silent(&report);
        assert_eq!(report.entries(), 4);
        assert_eq!(world.metadata("d/a").ino(), world.metadata("d/b").ino());
        assert_eq!((world.mode("d"), world.read("d/b")), (0o555, "data".into()));
    }
}
