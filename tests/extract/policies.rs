//! What is done when somebody asks for it, and only then.

use std::{
    fs,
    os::unix::fs::{FileTypeExt as _, MetadataExt as _},
    panic::{AssertUnwindSafe, catch_unwind},
};

use anyarchive::{
    AbsolutePaths, Allow, Duplicates, Existing, Extractor, HardLinks, Limit, Limits, Outcome,
    PathRules, Permissions, Reader, Refusal, Report, Skip, Symlinks,
};
use anyarchive_test_support::samples::{Content, Item, Spec};

use anyarchive_test_support::world::{World, is_silent, only_item, refusals};

fn with(world: &World, extractor: Extractor, items: impl IntoIterator<Item = Item>) -> Report {
    let mut extractor = extractor;
    world.extract_with(&mut extractor, "pax", items)
}

fn reasons(report: &Report) -> Vec<Refusal> {
    refusals(report).into_iter().map(|(_, why)| why).collect()
}

#[test]
fn symbolic_links_are_as_asked_for() {
    let items = || {
        [
            Item::symlink("inside", "x"),
            Item::symlink("outside", "../outside/secret"),
            Item::symlink("absolute", "/etc/passwd"),
            Item::file("outside", "not through the link"),
        ]
    };
    let world = World::new();
    let extractor = Extractor::new().symlinks(Symlinks::Allow);
    is_silent(&with(&world, extractor, items()));
    assert_eq!(world.names(), ["absolute", "inside", "outside"]);
    assert_eq!(world.read("outside"), "not through the link");

    let world = World::new();
    let report = with(&world, Extractor::new().symlinks(Symlinks::Skip), items());
    assert!(
        report
            .skipped()
            .all(|item| matches!(item.outcome(), Outcome::Skipped(Skip::Symlink)))
    );
    assert_eq!((report.skipped_count(), report.is_clean()), (3, true));

    let world = World::new();
    let report = with(&world, Extractor::new().symlinks(Symlinks::Refuse), items());
    assert_eq!(reasons(&report), [Refusal::Symlink; 3]);
    assert_eq!(world.names(), ["outside"]);
}

/// Links that are allowed are still never followed in order to write.
#[test]
fn allowed_links_are_not_followed() {
    let world = World::new();
    let extractor = Extractor::new().symlinks(Symlinks::Allow);
    let report = with(
        &world,
        extractor,
        [
            Item::symlink("out", "../outside"),
            Item::file("out/new", "evil"),
            Item::hard_link("h", "out/secret"),
        ],
    );
    assert_eq!(
        reasons(&report),
        [Refusal::SymlinkInPath, Refusal::UnsafeHardLink]
    );
}

#[test]
fn hard_links_are_as_asked_for() {
    let items = || [Item::file("a", "x"), Item::hard_link("b", "a")];
    let world = World::new();
    let report = with(
        &world,
        Extractor::new().hard_links(HardLinks::Skip),
        items(),
    );
    assert_eq!(only_item(&report), "b: skipped, it is a hard link");
    let report = with(
        &world,
        Extractor::new().hard_links(HardLinks::Refuse),
        items(),
    );
    assert_eq!(reasons(&report), [Refusal::HardLink]);
    assert_eq!(world.names(), ["a"]);
}

#[test]
fn pipes_and_sockets_are_made_by_name() {
    let items = || {
        [
            Item::new("fifo", Content::Fifo)
                .mode(0o620)
                .mtime(1_000_000_000, 5),
            Item::new("socket", Content::Socket),
        ]
    };
    let world = World::new();
    let mut extractor = Extractor::new().allow(Allow::FIFOS);
    let report = world.extract_with(&mut extractor, "newc", items());
    assert_eq!(reasons(&report), [Refusal::Socket]);
    let fifo = world.metadata("fifo");
    assert!(fifo.file_type().is_fifo());
    assert_eq!((fifo.mode() & 0o7777, fifo.mtime()), (0o600, 1_000_000_000));
    let mut extractor = Extractor::new().allow(Allow::FIFOS | Allow::SOCKETS);
    is_silent(&world.extract_with(&mut extractor, "newc", items()));
    assert!(world.metadata("socket").file_type().is_socket());
    // What only a handle could give it is told, in a dry run too.
    let setuid = Item::new("setuid", Content::Fifo).mode(0o4700);
    let mut extractor = Extractor::new().allow(Allow::FIFOS | Allow::SETUID);
    let report = world.extract_with(&mut extractor, "newc", [setuid]);
    let told = "setuid: made without setuid, setgid or sticky: it is no file or directory";
    assert_eq!(only_item(&report), told);
}

#[test]
fn devices_are_made_by_name_if_the_system_lets_us() {
    let world = World::new();
    let mut extractor = Extractor::new().allow(Allow::DEVICES);
    let items = [Item::new("null", Content::CharDevice(1, 3))];
    let report = world.extract_with(&mut extractor, "newc", items);
    if report.is_clean() {
        let null = world.metadata("null");
        assert!(null.file_type().is_char_device());
        assert_eq!(null.rdev(), rustix::fs::makedev(1, 3));
    } else {
        assert!(only_item(&report).starts_with("null: cannot create this special file"));
    }
}

#[test]
fn privilege_bits_are_set_by_name() {
    let world = World::new();
    let extractor = Extractor::new().allow(Allow::SETUID | Allow::STICKY);
    let report = with(
        &world,
        extractor,
        [
            Item::file("f", "x").mode(0o6751),
            Item::directory("d").mode(0o1777),
        ],
    );
    assert_eq!(only_item(&report), "f: made without setgid");
    assert_eq!((world.mode("f"), world.mode("d")), (0o4751, 0o1755));
}

#[test]
fn permissions_are_as_asked_for() {
    let items = || {
        [
            Item::file("f", "x").mode(0o767),
            Item::directory("d").mode(0o577),
        ]
    };
    for (permissions, file, directory) in [
        (Permissions::Umask, 0o745, 0o555),
        (Permissions::Exact, 0o767, 0o577),
        (Permissions::Ignore, 0o644, 0o755),
    ] {
        let world = World::new();
        let extractor = Extractor::new().permissions(permissions);
        is_silent(&with(&world, extractor, items()));
        assert_eq!(
            (world.mode("f"), world.mode("d")),
            (file, directory),
            "{permissions:?}"
        );
    }
}

#[test]
fn absolute_paths_are_made_relative_with_a_remark() {
    let world = World::new();
    let secret = world.outside().join("secret");
    let extractor = Extractor::new().absolute_paths(AbsolutePaths::MakeRelative);
    let path = secret.to_str().unwrap();
    let report = with(
        &world,
        extractor,
        [
            Item::file(path, "mine"),
            Item::hard_link("/link", path),
            Item::file("/../x", "x"),
        ],
    );
    assert_eq!(reasons(&report), [Refusal::ParentComponent]);
    assert_eq!((report.warning_count(), report.entries()), (2, 2));
    assert_eq!(world.read("link"), "mine");
    assert_eq!(world.read(secret.strip_prefix("/").unwrap()), "mine");
}

#[test]
fn names_that_windows_takes_otherwise_are_names_here_unless_asked() {
    let paths = [
        "C:\\x",
        "c:/x",
        "\\\\host\\share",
        "\\\\?\\C:\\x",
        "..\\..\\x",
        "nul",
        "com1.txt",
        "a.",
        "b ",
        "d/x:y",
    ];
    let items = || paths.map(|path| Item::file(path, "x"));
    let world = World::new();
    is_silent(&world.extract(items()));
    assert_eq!(world.read("..\\..\\x"), "x");
    let world = World::new();
    let extractor = Extractor::new().path_rules(PathRules::Portable);
    let report = with(&world, extractor, items());
    assert_eq!(reasons(&report), [Refusal::NotPortable; 10]);
    assert_eq!(world.names(), [""; 0]);
}

#[test]
fn names_that_come_twice_are_refused_when_asked() {
    let items = || {
        [
            Item::file("a", "first"),
            Item::file("./a", "second"),
            Item::file("A", "upper"),
            Item::directory("d"),
            Item::directory("d/"),
            Item::file("D/x", "x"),
            Item::file("\u{e9}", "composed"),
            Item::file("e\u{301}", "decomposed"),
        ]
    };
    let world = World::new();
    // Readers of pax and ustar compose the characters: there both would be one name.
    let mut extractor = Extractor::new().duplicates(Duplicates::Refuse);
    let report = world.extract_with(&mut extractor, "newc", items());
    assert_eq!(reasons(&report), [Refusal::Duplicate]);
    assert_eq!(world.read("a"), "first");
    let world = World::new();
    let mut extractor = Extractor::new().duplicates(Duplicates::RefuseTwins);
    let report = world.extract_with(&mut extractor, "newc", items());
    let twin = Refusal::Twin;
    assert_eq!(reasons(&report), [Refusal::Duplicate, twin, twin, twin]);
    assert_eq!(world.names(), ["a", "d", "\u{e9}"]);
}

#[test]
fn newer_files_are_kept() {
    let world = World::with(|top| fs::write(top.join("d/old"), "mine").unwrap());
    let now = world.metadata("old").mtime();
    let extractor = || Extractor::new().existing(Existing::KeepNewer);
    let report = with(
        &world,
        extractor(),
        [
            Item::file("old", "older").mtime(now - 1, 0),
            Item::symlink("old", "older").mtime(now - 1, 0),
            Item::file("new", "new").mtime(now, 0),
        ],
    );
    assert_eq!((report.skipped_count(), report.entries()), (2, 1));
    assert!(
        report
            .skipped()
            .all(|item| matches!(item.outcome(), Outcome::Skipped(Skip::Newer)))
    );
    assert_eq!(world.read("old"), "mine");
    is_silent(&with(
        &world,
        extractor(),
        [Item::file("old", "newer").mtime(now + 10, 0)],
    ));
    assert_eq!(world.read("old"), "newer");
}

#[test]
fn entries_get_free_names() {
    let world = World::with(|top| {
        fs::write(top.join("d/a"), "mine").unwrap();
        fs::write(top.join("d/a.2"), "mine too").unwrap();
        fs::write(top.join("d/dir"), "a file").unwrap();
    });
    let extractor = Extractor::new().existing(Existing::Rename);
    let report = with(
        &world,
        extractor,
        [
            Item::file("a", "first"),
            Item::hard_link("link", "a"),
            Item::file("a", "second"),
            Item::symlink("a", "x"),
            Item::directory("dir"),
        ],
    );
    let told: Vec<_> = report.items().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "a: made as 'a.1', because its name is taken",
            "a: made as 'a.3', because its name is taken",
            "a: made as 'a.4', because its name is taken",
            "dir/: it exists already",
        ]
    );
    assert_eq!(world.read("a"), "mine");
    assert_eq!(world.read("a.2"), "mine too");
    assert_eq!(
        (world.read("a.1"), world.read("link")),
        ("first".into(), "first".into())
    );
    assert_eq!(world.read("a.3"), "second");
    assert!(world.metadata("a.4").is_symlink());
}

/// A zip archive whose only file has a wrong checksum.
fn damaged(path: &str) -> Vec<u8> {
    let spec = Spec::new("zip").option("zip:compression=store");
    let mut archive = spec.to_vec([Item::file(path, "the content")]).unwrap();
    let at = archive
        .windows(11)
        .position(|bytes| bytes == b"the content");
    archive[at.unwrap()] ^= 1;
    archive
}

#[test]
fn what_is_there_stays_until_the_new_file_is_whole() {
    for atomic in [false, true] {
        for existing in [
            Existing::Overwrite,
            Existing::KeepNewer,
            Existing::Keep,
            Existing::Rename,
            Existing::Error,
        ] {
            let world = World::with(|top| {
                fs::write(top.join("d/a"), "mine").unwrap();
                fs::File::open(top.join("d/a"))
                    .unwrap()
                    .set_modified(std::time::SystemTime::UNIX_EPOCH)
                    .unwrap();
            });
            let mut extractor = Extractor::new().atomic(atomic).existing(existing);
            for path in ["a", "b"] {
                let archive = damaged(path);
                let mut reader = Reader::from_bytes(&archive).unwrap();
                extractor.extract(&mut reader, world.d("")).unwrap();
            }
            assert_eq!(world.names(), ["a"], "{existing:?}");
            assert_eq!(world.read("a"), "mine");
        }
    }
}

#[test]
fn atomic_files_replace_or_keep_like_others() {
    for (existing, expected, clean) in [
        (Existing::Overwrite, "new", true),
        (Existing::KeepNewer, "mine", true),
        (Existing::Keep, "mine", true),
        (Existing::Rename, "mine", true),
        (Existing::Error, "mine", false),
    ] {
        let world = World::with(|top| {
            fs::write(top.join("d/a"), "mine").unwrap();
            fs::create_dir(top.join("d/empty")).unwrap();
            fs::create_dir_all(top.join("d/full/x")).unwrap();
        });
        let extractor = Extractor::new().atomic(true).existing(existing);
        let report = with(
            &world,
            extractor,
            [
                Item::file("a", "new").mtime(1_000_000_000, 5),
                Item::file("b/c", "new").mtime(1_000_000_000, 5).mode(0o640),
                Item::hard_link("b/d", "b/c"),
                Item::file("empty", "over a directory"),
                Item::file("full", "over a full directory"),
            ],
        );
        assert_eq!(world.read("a"), expected, "{existing:?}");
        let file = world.metadata("b/c");
        assert_eq!((file.mtime(), file.mtime_nsec()), (1_000_000_000, 5));
        assert_eq!((file.mode() & 0o7777, file.nlink()), (0o640, 2));
        assert_eq!(
            world.metadata("empty").is_file(),
            existing == Existing::Overwrite
        );
        let refused = report.refused_count() == 1;
        assert_eq!(refused, existing == Existing::Overwrite, "{existing:?}");
        assert_eq!(report.failed_count() == 0, clean, "{existing:?}");
        let left = world
            .names()
            .into_iter()
            .find(|name| name.starts_with(".any"));
        assert_eq!(left, None);
    }
}

#[test]
fn what_a_filter_leaves_out_is_counted_and_not_made() {
    for format in ["pax", "newc", "zip", "7zip"] {
        let items = || {
            [
                Item::file("a.txt", "alpha"),
                Item::file("b.o", "object"),
                Item::file("dir/c.txt", "gamma"),
            ]
        };
        for threads in [1, 4] {
            let world = World::new();
            let mut extractor = Extractor::new()
                .threads(threads)
                .filter(|entry| entry.path_bytes().ends_with(b".txt"));
            let report = world.extract_with(&mut extractor, format, items());
            is_silent(&report);
            assert_eq!((report.entries(), report.filtered()), (2, 1), "{format}");
            assert_eq!(world.names(), ["a.txt", "dir"], "{format}");
            assert_eq!(world.read("dir/c.txt"), "gamma", "{format}");
        }
    }
}

#[test]
fn what_a_filter_leaves_out_counts_as_an_entry_and_spoils_nothing_else() {
    let items = || {
        [
            Item::file("a", "1"),
            Item::file("b", "2"),
            Item::file("c", "3"),
        ]
    };
    let world = World::new();
    let mut extractor = Extractor::new()
        .limits(Limits::default().entries(2))
        .filter(|entry| entry.path_bytes() != b"a");
    let archive = Spec::new("pax").to_vec(items()).unwrap();
    let mut reader = Reader::from_bytes(archive).unwrap();
    let error = extractor.extract(&mut reader, world.d("")).unwrap_err();
    assert_eq!(error.limit(), Some(Limit::Entries), "{error}");
    assert_eq!(world.names(), ["b"]);

    // A name whose data would have come with a link that is left out.
    let world = World::new();
    let mut extractor = Extractor::new().filter(|entry| entry.path_bytes() != b"b");
    let report = world.extract_with(
        &mut extractor,
        "pax",
        [Item::file("b", "data"), Item::hard_link("a", "b")],
    );
    assert_eq!(
        report.failed_count() + report.refused_count(),
        1,
        "{report:?}"
    );
    assert!(world.names().is_empty());
}

#[test]
fn a_panic_of_a_filter_comes_out() {
    for threads in [1, 4] {
        let world = World::new();
        let mut extractor = Extractor::new().threads(threads).filter(|entry| {
            assert_ne!(entry.path_bytes(), b"b", "it panics");
            true
        });
        let items = [
            Item::directory("d").mode(0o555).mtime(1_000_000_000, 5),
            Item::file("d/in", "0"),
            Item::file("a", "1"),
            Item::file("b", "2"),
            Item::file("c", "3"),
        ];
        let archive = Spec::new("pax").to_vec(items).unwrap();
        let mut reader = Reader::from_bytes(&archive).unwrap();
        let run = AssertUnwindSafe(|| extractor.extract(&mut reader, world.d("")));
        let payload = catch_unwind(run).unwrap_err();
        let text = payload.downcast_ref::<String>().expect("its text");
        assert!(text.contains("it panics"), "{text}");
        // Whole files or none: what was in the air when it happened is gone.
        assert!(
            world
                .names()
                .iter()
                .all(|name| ["a", "d"].contains(&&**name))
        );
        // It has got what it was to have in the end.
        if threads == 1 || world.d("d").exists() {
            let directory = fs::metadata(world.d("d")).unwrap();
            assert_eq!(directory.mode() & 0o777, 0o555);
            assert_eq!(directory.mtime(), 1_000_000_000);
        }
    }
}
