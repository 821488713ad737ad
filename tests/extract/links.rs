//! Links within the destination.

use std::{fs, os::unix::fs::MetadataExt as _, path::Path};

use anyarchive::{ErrorKind, Existing, Extractor, Outcome, Reader};
use anyarchive_test_support::{
    samples::{Item, Spec},
    tar::{Member, Tar},
    world::{World, is_silent, only_item},
};

fn same_file(world: &World, paths: &[&str]) {
    let inodes: Vec<_> = paths
        .iter()
        .map(|path| world.metadata(path).ino())
        .collect();
    assert!(
        inodes.iter().all(|ino| *ino == inodes[0]),
        "{paths:?} {inodes:?}"
    );
    assert_eq!(world.metadata(paths[0]).nlink() as usize, paths.len());
}

#[test]
fn links_are_made_as_they_are() {
    let world = World::new();
    let report = world.extract([
        Item::file("dir/file", "data").mtime(1_000_000_000, 5),
        Item::hard_link("other/hard", "dir/file"),
        Item::symlink("other/soft", "../dir/file").mtime(1_100_000_000, 6),
        Item::symlink("dangling", "not/there"),
        Item::symlink("here", "."),
    ]);
    is_silent(&report);
    assert_eq!(report.entries(), 5);
    same_file(&world, &["dir/file", "other/hard"]);
    assert_eq!(
        fs::read_link(world.d("other/soft")).unwrap(),
        Path::new("../dir/file")
    );
    assert_eq!(fs::read_to_string(world.d("other/soft")).unwrap(), "data");
    let time = |path| {
        let metadata = world.metadata(path);
        (metadata.mtime(), metadata.mtime_nsec())
    };
    assert_eq!(time("dir/file"), (1_000_000_000, 5));
    assert_eq!(time("other/soft"), (1_100_000_000, 6));
}

#[test]
fn hard_links_can_be_to_files_that_were_there() {
    let world = World::with(|top| fs::write(top.join("d/old"), "old").unwrap());
    is_silent(&world.extract([Item::hard_link("new", "old")]));
    same_file(&world, &["old", "new"]);
}

#[test]
fn a_link_to_itself_changes_nothing() {
    let world = World::new();
    let report = world.extract([
        Item::file("a", "data"),
        Item::hard_link("a", "a"),
        Item::hard_link("./a", "a"),
        Item::hard_link("b", "b"),
    ]);
    assert!(only_item(&report).starts_with("b: cannot find the file that it links to"));
    assert_eq!(world.read("a"), "data");
}

#[test]
fn a_target_that_is_missing_fails() {
    let world = World::new();
    let report = world.extract([
        Item::hard_link("a", "missing"),
        Item::hard_link("new/b", "not/there/either"),
    ]);
    assert_eq!(report.failed().count(), 2);
    assert_eq!(world.names(), [""; 0]);
}

#[test]
fn stripping_goes_for_hard_links() {
    let world = World::new();
    let items = [
        Item::file("top/a", "data"),
        Item::hard_link("top/b", "top/a"),
    ];
    let mut extractor = Extractor::new().strip_components(1);
    is_silent(&world.extract_with(&mut extractor, "pax", items));
    same_file(&world, &["a", "b"]);
}

/// cpio tells hard links by inode number; "newc" stores the data with the last name only.
#[test]
fn data_that_comes_with_the_last_name_goes_to_all() {
    let world = World::new();
    let report = world.extract_from(
        "newc",
        [
            Item::file("a", "").inode(7, 3),
            Item::file("dir/b", "").inode(7, 3),
            Item::file("other", "other").inode(8, 1),
            Item::file("c", "data").inode(7, 3).mode(0o640),
        ],
    );
    is_silent(&report);
    assert_eq!((report.entries(), report.bytes()), (4, 9));
    same_file(&world, &["a", "dir/b", "c"]);
    assert_eq!((world.read("a"), world.mode("a")), ("data".into(), 0o640));
}

/// "odc" stores it with each.
#[test]
fn data_that_comes_with_each_name_goes_to_all() {
    let world = World::new();
    let report = world.extract_from(
        "odc",
        ["a", "b", "c"].map(|path| Item::file(path, "data").inode(7, 3)),
    );
    is_silent(&report);
    same_file(&world, &["a", "b", "c"]);
    assert_eq!(world.read("a"), "data");
}

#[test]
fn a_name_that_was_taken_since_is_left_alone() {
    let world = World::new();
    let report = world.extract_from(
        "newc",
        [
            Item::file("a", "").inode(7, 4),
            Item::file("b", "").inode(7, 4),
            Item::file("b", "another file"),
            Item::file("c", "data").inode(7, 4),
        ],
    );
    is_silent(&report);
    same_file(&world, &["a", "c"]);
    assert_eq!(
        (world.read("b"), world.read("c")),
        ("another file".into(), "data".into())
    );
}

#[test]
fn names_whose_data_does_not_arrive_are_removed() {
    let world = World::with(|top| fs::write(top.join("d/c"), "kept").unwrap());
    let report = world.extract_with(
        &mut Extractor::new().existing(Existing::Keep),
        "newc",
        [
            Item::file("a", "").inode(7, 3),
            Item::file("b", "").inode(7, 3),
            Item::file("c", "data").inode(7, 3),
            Item::file("x", "").inode(8, 2),
            Item::file("../x", "data").inode(8, 2),
        ],
    );
    let items: Vec<_> = report.items().iter().map(ToString::to_string).collect();
    let lost = "its data was to come with a hard link to it that was";
    assert_eq!(
        items,
        [
            format!("a: {lost} left out"),
            format!("b: {lost} left out"),
            "c: skipped, it exists already".into(),
            format!("x: {lost} refused"),
            "../x: refused, its path contains `..`".into(),
        ]
    );
    assert_eq!((report.entries(), report.failed().count()), (0, 3));
    assert_eq!(world.names(), ["c"]);
    assert_eq!(world.read("c"), "kept");
}

#[test]
fn names_whose_data_is_filtered_out_blame_nobody_else() {
    let world = World::new();
    let items = [
        Item::file("a", "").inode(7, 2),
        Item::file("b", "data").inode(7, 2),
    ];
    let archive = Spec::new("newc").to_vec(items).unwrap();
    let mut reader = Reader::from_bytes(&archive).unwrap();
    let mut extractor = Extractor::new().filter(|entry| entry.path_bytes() != b"b");
    let report = extractor.extract(&mut reader, world.d(""));
    let report = report.unwrap();
    let [item] = report.items() else {
        panic!("{:?}", report.items());
    };
    let lost = "a: its data was to come with a hard link to it that was left out";
    assert_eq!(item.to_string(), lost);
    // Nothing is missing from the archive.
    assert!(
        matches!(item.outcome(), Outcome::Failed(error) if error.kind() == ErrorKind::Other),
        "{item:?}"
    );
    assert_eq!((report.entries(), report.filtered()), (0, 1));
    assert!(world.names().is_empty());
}

#[test]
fn existing_files_get_no_data_from_a_link_unless_overwritten() {
    let prepare = |top: &Path| fs::write(top.join("d/a"), "kept").unwrap();
    let items = || {
        [
            Item::file("a", "").inode(7, 2),
            Item::file("b", "data").inode(7, 2),
        ]
    };
    let world = World::with(prepare);
    let mut extractor = Extractor::new().existing(Existing::Keep);
    let report = world.extract_with(&mut extractor, "newc", items());
    let told: Vec<_> = report.items().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "a: skipped, it exists already",
            "b: the file that it links to is not there: it became a file of its own"
        ]
    );
    assert_eq!(
        (world.read("a"), world.read("b")),
        ("kept".into(), "data".into())
    );

    let world = World::with(prepare);
    is_silent(&world.extract_from("newc", items()));
    same_file(&world, &["a", "b"]);
    assert_eq!(world.read("a"), "data");
}

/// pax may store the data again with a hard link.
#[test]
fn pax_links_can_bring_data() {
    let archive = Tar::new()
        .pax(&[("path", b"one")])
        .file("ignored", b"data")
        .pax(&[("path", b"two")])
        .member(&Member::new(b'1', "ignored").link("one"), b"DATA!")
        .end();
    let mut reader = Reader::from_bytes(&archive).unwrap();
    let world = World::new();
    let report = reader.extract(world.d("")).unwrap();
    is_silent(&report);
    same_file(&world, &["one", "two"]);
    assert_eq!(world.read("one"), "DATA!");
}

#[test]
fn damaged_data_of_a_link_leaves_the_good_names() {
    let spec = Spec::new("odc");
    let mut archive = spec
        .to_vec(["a", "b"].map(|path| Item::file(path, "data").inode(7, 2)))
        .unwrap();
    // Cut within the data of the second name.
    let at = archive
        .windows(4)
        .rposition(|bytes| bytes == b"data")
        .unwrap();
    archive.truncate(at + 2);
    let world = World::new();
    let mut extractor = Extractor::new();
    let mut reader = Reader::from_bytes(&archive).unwrap();
    extractor.extract(&mut reader, world.d("")).unwrap_err();
    assert_eq!(world.names(), ["a"]);
    assert_eq!(world.read("a"), "data");
    assert_eq!(extractor.report().entries(), 1);
}
