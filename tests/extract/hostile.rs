//! Archives that want out. Each case checks, when its `World` ends, that nothing outside changed.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, symlink},
    path::Path,
};

use anyarchive::{Extractor, Refusal};
use anyarchive_test_support::samples::{Content, Item};

use anyarchive_test_support::world::{World, only_item, refusals};

/// All of them, so that they can run under other conditions too.
pub(crate) const CASES: &[(&str, fn())] = &[
    ("parent components", parent_components_are_refused),
    ("absolute paths", absolute_paths_are_refused),
    ("through a link", nothing_goes_through_a_link_of_the_archive),
    (
        "through an old link",
        nothing_goes_through_a_link_that_was_there,
    ),
    ("chain of links", chains_of_links_are_not_followed),
    ("links out", links_that_lead_out_are_refused),
    ("winding links", no_set_of_links_leads_out),
    ("hard links out", hard_links_to_outside_are_refused),
    (
        "hard links to links",
        hard_links_to_symbolic_links_are_refused,
    ),
    (
        "hard links through links",
        hard_links_through_links_are_refused,
    ),
    ("special files", special_files_are_refused),
    ("privileges", privilege_bits_are_dropped),
    (
        "directory to link",
        a_directory_that_becomes_a_link_is_not_entered,
    ),
    (
        "link to directory",
        a_link_that_becomes_a_directory_is_entered,
    ),
    ("file is a link", files_are_never_written_through_a_link),
    (
        "shared inode",
        a_file_that_is_linked_elsewhere_keeps_its_content,
    ),
    ("the destination", the_destination_itself_is_left_alone),
    ("long names", names_beyond_the_limits_are_refused),
    (
        "directory through link",
        directories_never_get_mode_or_time_through_a_link,
    ),
];

#[test]
fn parent_components_are_refused() {
    let world = World::new();
    let paths = [
        "..",
        "../",
        "../outside/secret",
        "../outside/new",
        "a/../../outside/new",
        "a/..",
        "./../outside/new",
        "a/b/../../../outside/secret",
        "..//outside/new",
    ];
    let items = paths.iter().flat_map(|path| {
        [
            Item::file(*path, "evil"),
            Item::directory(*path),
            Item::symlink(*path, "x"),
            Item::hard_link(*path, "x"),
        ]
    });
    let report = world.extract(items);
    let refused = refusals(&report);
    assert_eq!(refused.len(), paths.len() * 4);
    assert!(
        refused
            .iter()
            .all(|(_, reason)| *reason == Refusal::ParentComponent)
    );
    assert_eq!(report.entries(), 0);
    assert_eq!(world.names(), [""; 0]);
}

#[test]
fn absolute_paths_are_refused() {
    let world = World::new();
    let secret = world.outside().join("secret");
    let new = world.outside().join("new");
    let paths = [
        secret.to_str().unwrap(),
        new.to_str().unwrap(),
        "///",
        "//x",
    ];
    for format in ["pax", "newc"] {
        for strip in [0, 1] {
            let report = world.extract_with(
                &mut Extractor::new().strip_components(strip),
                format,
                paths.map(|path| Item::file(path, "evil")),
            );
            let reasons: Vec<_> = refusals(&report).into_iter().map(|(_, why)| why).collect();
            assert_eq!(reasons, [Refusal::AbsolutePath; 4], "{format}");
        }
    }
    assert_eq!(world.names(), [""; 0]);
}

#[test]
fn nothing_goes_through_a_link_of_the_archive() {
    let world = World::new();
    let report = world.extract([
        Item::directory("real"),
        Item::symlink("link", "real"),
        Item::file("link/file", "x"),
        Item::directory("link/dir"),
        Item::symlink("link/symlink", "x"),
        Item::hard_link("link/hard", "ok"),
        Item::file("link/deep/er/file", "x"),
        Item::file("ok", "fine"),
        Item::hard_link("link/hard", "ok"),
    ]);
    let refused = refusals(&report);
    // The first hard link has no target yet either, which is found out first.
    assert_eq!(refused.len(), 5, "{refused:?}");
    assert!(
        refused
            .iter()
            .all(|(_, reason)| *reason == Refusal::SymlinkInPath)
    );
    assert_eq!(report.failed().count(), 1);
    assert_eq!(fs::read_dir(world.d("real")).unwrap().count(), 0);
    assert_eq!(world.read("ok"), "fine");
}

#[test]
fn nothing_goes_through_a_link_that_was_there() {
    let world = World::with(|top| {
        symlink("../outside", top.join("d/out")).unwrap();
        symlink(top.join("outside"), top.join("d/absolute")).unwrap();
    });
    let report = world.extract([
        Item::file("out/secret", "evil"),
        Item::file("out/new", "evil"),
        Item::file("out/dir/inner", "evil"),
        Item::directory("out/dir").mode(0o777),
        Item::file("absolute/new", "evil"),
    ]);
    let reasons: Vec<_> = refusals(&report).into_iter().map(|(_, why)| why).collect();
    assert_eq!(reasons, [Refusal::SymlinkInPath; 5]);
}

#[test]
fn chains_of_links_are_not_followed() {
    let world = World::new();
    let report = world.extract([
        Item::symlink("a", "."),
        Item::symlink("a/b", ".."),
        Item::symlink("b", "a"),
        Item::symlink("c", "b"),
        Item::file("c/x", "evil"),
        Item::file("b/../outside/x", "evil"),
        Item::symlink("b/c", "../outside"),
    ]);
    assert_eq!(report.entries(), 3);
    assert_eq!(refusals(&report).len(), 4);
    assert_eq!(world.names(), ["a", "b", "c"]);
}

#[test]
fn links_that_lead_out_are_refused() {
    let world = World::new();
    let secret = world.outside().join("secret");
    let report = world.extract([
        Item::symlink("l1", "../outside"),
        Item::symlink("l2", secret.to_str().unwrap()),
        Item::symlink("d/e/l3", "../../../outside"),
        Item::symlink("l4", "d/../../outside"),
        Item::symlink("l5", "./.."),
        Item::symlink("d/l6", "../..//outside"),
        Item::symlink("d/fine", "../l7"),
    ]);
    use Refusal::{AbsoluteSymlink, OutsideSymlink, WindingSymlink};
    let reasons: Vec<_> = refusals(&report).into_iter().map(|(_, why)| why).collect();
    assert_eq!(
        reasons,
        [
            OutsideSymlink,
            AbsoluteSymlink,
            OutsideSymlink,
            WindingSymlink,
            OutsideSymlink,
            OutsideSymlink
        ]
    );
    assert_eq!(
        fs::read_link(world.d("d/fine")).unwrap(),
        Path::new("../l7")
    );
}

/// All targets of up to four components, from three depths, beside real directories: whatever is
/// accepted, following it stays inside.
#[test]
fn no_set_of_links_leads_out() {
    let world = World::with(|top| {
        // What links that lead out by one, two or three levels would find.
        fs::create_dir_all(top.join("outside/x/y/z")).unwrap();
    });
    let mut targets = vec![String::new()];
    for _ in 0..4 {
        let longer: Vec<_> = targets
            .iter()
            .flat_map(|target| {
                ["..", ".", "x", "l7", "l31", "l95"].map(|part| format!("{target}{part}/"))
            })
            .collect();
        targets.extend(longer);
        targets.sort();
        targets.dedup();
    }
    targets.retain(|target| !target.is_empty());
    let directories = ["x", "x/y", "x/y/x", "x/x"].map(Item::directory);
    let links = ["", "x/", "x/y/", "x/x/"].into_iter().flat_map(|parent| {
        targets.iter().enumerate().map(move |(number, target)| {
            Item::symlink(format!("{parent}l{number}"), target.as_str())
        })
    });
    let report = world.extract(directories.into_iter().chain(links));
    assert!(report.entries() > 500 && report.refused().count() > 500);
    assert_eq!(report.failed().count(), 0);
    let top = world.d("").canonicalize().unwrap();
    let mut resolved = 0;
    for parent in ["", "x", "x/y", "x/x"] {
        for name in fs::read_dir(world.d(parent)).unwrap() {
            // Loops and links to nothing lead nowhere.
            if let Ok(path) = name.unwrap().path().canonicalize() {
                assert!(path.starts_with(&top), "{path:?}");
                resolved += 1;
            }
        }
    }
    assert!(resolved > 100, "{resolved}");
}

#[test]
fn hard_links_to_outside_are_refused() {
    let world = World::new();
    let secret = world.outside().join("secret");
    let report = world.extract([
        Item::hard_link("h1", "../outside/secret"),
        Item::hard_link("h2", secret.to_str().unwrap()),
        Item::hard_link("h3", "a/../../outside/secret"),
    ]);
    let reasons: Vec<_> = refusals(&report).into_iter().map(|(_, why)| why).collect();
    assert_eq!(reasons, [Refusal::UnsafeHardLink; 3]);
    assert_eq!(world.names(), [""; 0]);
}

#[test]
fn hard_links_to_symbolic_links_are_refused() {
    let world = World::with(|top| {
        symlink("../outside/secret", top.join("d/there")).unwrap();
        fs::create_dir(top.join("d/dir")).unwrap();
    });
    let report = world.extract([
        Item::symlink("deep/link", "../x"),
        // Moved up by a level, it would lead out.
        Item::hard_link("moved", "deep/link"),
        Item::hard_link("h", "there"),
        Item::hard_link("h", "dir"),
    ]);
    let reasons: Vec<_> = refusals(&report).into_iter().map(|(_, why)| why).collect();
    assert_eq!(reasons, [Refusal::HardLinkToSpecial; 3]);
    assert_eq!(world.names(), ["deep", "dir", "there"]);
}

#[test]
fn hard_links_through_links_are_refused() {
    let world = World::with(|top| symlink("../outside", top.join("d/out")).unwrap());
    let report = world.extract([Item::hard_link("h", "out/secret")]);
    assert_eq!(refusals(&report), [("h".into(), Refusal::UnsafeHardLink)]);
}

#[test]
fn special_files_are_refused() {
    let world = World::new();
    let report = world.extract_from(
        "newc",
        [
            Item::new("null", Content::CharDevice(1, 3)),
            Item::new("disk", Content::BlockDevice(8, 0)),
            Item::new("fifo", Content::Fifo),
            Item::new("socket", Content::Socket),
            Item::file("file", "fine"),
        ],
    );
    assert_eq!(
        refusals(&report),
        [
            ("null".into(), Refusal::Device),
            ("disk".into(), Refusal::Device),
            ("fifo".into(), Refusal::Fifo),
            ("socket".into(), Refusal::Socket),
        ]
    );
    assert_eq!(world.names(), ["file"]);
}

#[test]
fn privilege_bits_are_dropped() {
    let world = World::new();
    let report = world.extract([
        Item::file("suid", "x").mode(0o4755),
        Item::directory("dir").mode(0o3755),
        Item::file("plain", "x").mode(0o755),
    ]);
    let warnings: Vec<_> = report.warnings().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "suid: made without setuid",
            "dir/: made without setgid, sticky"
        ]
    );
    assert!(report.is_clean());
    assert_eq!(world.mode("suid") & 0o7000, 0);
    assert_eq!(world.mode("dir") & 0o7000, 0);
}

#[test]
fn a_directory_that_becomes_a_link_is_not_entered() {
    let world = World::with(|top| fs::create_dir(top.join("d/in")).unwrap());
    let report = world.extract([
        Item::directory("d"),
        Item::symlink("d", "in"),
        Item::file("d/file", "evil"),
        Item::file("full/file", "x"),
        Item::symlink("full", "in"),
        Item::file("full/second", "y"),
    ]);
    assert_eq!(
        refusals(&report),
        [
            ("d/file".into(), Refusal::SymlinkInPath),
            ("full".into(), Refusal::DirectoryInTheWay),
        ]
    );
    assert!(world.metadata("d").is_symlink());
    assert_eq!(fs::read_dir(world.d("in")).unwrap().count(), 0);
    assert_eq!(world.read("full/second"), "y");
}

#[test]
fn a_link_that_becomes_a_directory_is_entered() {
    let world = World::with(|top| symlink("../outside", top.join("d/old")).unwrap());
    let report = world.extract([
        Item::symlink("link", "x"),
        Item::directory("link"),
        Item::file("link/file", "fine"),
        Item::directory("old").mode(0o700),
        Item::file("old/secret", "fine"),
    ]);
    assert!(report.is_clean());
    assert_eq!(world.read("link/file"), "fine");
    assert_eq!(world.read("old/secret"), "fine");
}

#[test]
fn files_are_never_written_through_a_link() {
    let world = World::with(|top| {
        symlink("../outside/secret", top.join("d/link")).unwrap();
        symlink("../outside/new", top.join("d/dangling")).unwrap();
    });
    let report = world.extract([
        Item::file("link", "mine"),
        Item::file("dangling", "mine"),
        Item::symlink("own", "link"),
        Item::file("own", "other"),
    ]);
    assert!(report.is_clean());
    assert_eq!(world.read("link"), "mine");
    assert_eq!(world.read("dangling"), "mine");
    assert_eq!(world.read("own"), "other");
}

#[test]
fn a_file_that_is_linked_elsewhere_keeps_its_content() {
    // Not in the world, where nothing may change: this file loses a name.
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "old").unwrap();
    let mode = fs::metadata(&file).unwrap().mode();
    let world = World::with(|top| {
        fs::hard_link(&file, top.join("d/shared")).unwrap();
        fs::hard_link(&file, top.join("d/target")).unwrap();
    });
    let report = world.extract([Item::file("shared", "evil").mode(0o777)]);
    assert!(report.is_clean());
    // cpio brings data with a hard link: that must not be written into what has the name.
    let report = world.extract_from(
        "newc",
        [
            Item::file("target", "").inode(7, 3),
            Item::file("link", "evil").inode(7, 3).mode(0o777),
        ],
    );
    assert!(report.is_clean());
    assert_eq!(
        (world.read("shared"), world.read("target")),
        ("evil".into(), "evil".into())
    );
    let after = fs::metadata(&file).unwrap();
    assert_eq!((after.mode(), after.nlink()), (mode, 1));
    assert_eq!(fs::read_to_string(&file).unwrap(), "old");
}

#[test]
fn the_destination_itself_is_left_alone() {
    let world = World::new();
    let before = world.metadata("");
    let report = world.extract_from(
        "newc",
        [
            Item::directory(".").mode(0o777).mtime(5, 0),
            Item::directory("./").mode(0),
            Item::file(".", "evil"),
            Item::symlink(".", "../outside"),
            Item::hard_link("./.", "x"),
        ],
    );
    assert_eq!(report.items().len(), 3);
    assert_eq!(refusals(&report).len(), 3);
    let after = world.metadata("");
    assert_eq!(
        (before.mode(), before.mtime()),
        (after.mode(), after.mtime())
    );
    assert_eq!(before.ino(), after.ino());
}

#[test]
fn names_beyond_the_limits_are_refused() {
    let world = World::new();
    let long = "n".repeat(256);
    let deep = "d/".repeat(257);
    let wide = [vec!["w".repeat(255); 16].join("/"), "xy".into()].join("/");
    let deepest = format!("{}e", "e/".repeat(255));
    let report = world.extract([
        Item::file(long.as_str(), "x"),
        Item::file(deep.as_str(), "x"),
        Item::file(wide.as_str(), "x"),
        Item::file(deepest.as_str(), "fine"),
        Item::file("f".repeat(255), "fine"),
    ]);
    let reasons: Vec<_> = refusals(&report).into_iter().map(|(_, why)| why).collect();
    assert_eq!(
        reasons,
        [
            Refusal::NameTooLong,
            Refusal::TooDeep(256),
            Refusal::PathTooLong(4096)
        ]
    );
    assert_eq!(report.entries(), 2);
    assert_eq!(world.read(deepest), "fine");
}

#[test]
fn directories_never_get_mode_or_time_through_a_link() {
    let world = World::with(|top| symlink("../outside/dir", top.join("d/out")).unwrap());
    let mut extractor = Extractor::new().existing(anyarchive::Existing::Keep);
    let items = [Item::directory("out").mode(0o777).mtime(5, 0)];
    let report = world.extract_with(&mut extractor, "pax", items);
    assert_eq!(only_item(&report), "out/: skipped, it exists already");
    assert!(world.metadata("out").is_symlink());
}
