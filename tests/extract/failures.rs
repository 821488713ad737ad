//! What cannot be read or written: told once, and nothing half is left.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    panic::{AssertUnwindSafe, catch_unwind},
};

use anyarchive::{ErrorKind, Extractor, Flow, Outcome, Password, Reader};
use anyarchive_test_support::{
    is_older_than,
    samples::{Item, Spec},
};

use anyarchive_test_support::world::{World, is_silent, only_item};

/// A zip archive whose second file is stored, and has one byte wrong.
fn damaged_zip() -> Vec<u8> {
    let mut archive = Spec::new("zip")
        .option("zip:compression=store")
        .to_vec([
            Item::file("first", "first"),
            Item::file("second", "the second file"),
            Item::file("third", "third"),
        ])
        .unwrap();
    let text = b"the second file";
    let at = archive
        .windows(text.len())
        .position(|bytes| bytes == text)
        .unwrap();
    archive[at] ^= 1;
    archive
}

#[test]
fn a_damaged_file_is_removed_and_the_next_follows() {
    let world = World::new();
    let archive = damaged_zip();
    let report = Reader::from_bytes(&archive)
        .unwrap()
        .extract(world.d(""))
        .unwrap();
    let failed: Vec<_> = report.failed().collect();
    let Outcome::Failed(error) = failed[0].outcome() else {
        panic!("{failed:?}");
    };
    assert_eq!((failed.len(), failed[0].path_bytes()), (1, &b"second"[..]));
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert_eq!(error.entry_bytes(), Some(&b"second"[..]));
    assert_eq!(world.names(), ["first", "third"]);
    assert_eq!((report.entries(), report.bytes()), (2, 10));
}

#[test]
fn an_entry_with_a_damaged_header_is_a_failure_and_the_next_follows() {
    let items = ["first", "second", "third"].map(|name| Item::file(name, name));
    let mut archive = Spec::new("ustar").to_vec(items).unwrap();
    // The name in the second header: its checksum is wrong now.
    archive[1024] ^= 1;
    for threads in [1, 2] {
        let world = World::new();
        let mut reader = Reader::from_bytes(&archive).unwrap();
        let mut extractor = Extractor::new().threads(threads);
        let report = extractor.extract(&mut reader, world.d("")).unwrap();
        let [item] = report.items() else {
            panic!("{:?}", report.items());
        };
        let Outcome::Failed(error) = item.outcome() else {
            panic!("{item}");
        };
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.message().contains("lost here"), "{error}");
        assert_eq!(world.names(), ["first", "third"]);
        assert_eq!(report.entries(), 2);
    }
}

#[test]
fn a_cut_archive_ends_the_extraction() {
    let items = [
        Item::directory("d").mode(0o555).mtime(1_000_000_000, 0),
        Item::file("d/whole", "whole"),
        Item::file("d/cut", vec![7; 100_000]),
        Item::file("lost", "lost"),
    ];
    let mut archive = Spec::new("ustar").to_vec(items).unwrap();
    archive.truncate(50_000);
    let world = World::new();
    let mut extractor = Extractor::new();
    let mut reader = Reader::from_bytes(&archive).unwrap();
    let error = extractor.extract(&mut reader, world.d("")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Truncated);
    assert_eq!(error.entry_bytes(), Some(&b"d/cut"[..]));
    assert_eq!(extractor.report().entries(), 2);
    assert_eq!(world.names(), ["d"]);
    assert_eq!(world.read("d/whole"), "whole");
    assert!(!world.d("d/cut").exists());
    // The directory is finished all the same.
    assert_eq!(
        (world.mode("d"), world.metadata("d").mtime()),
        (0o555, 1_000_000_000)
    );
}

#[test]
fn directories_are_finished_when_a_callback_panics() {
    let items = [
        Item::directory("d").mode(0o555).mtime(1_000_000_000, 0),
        Item::file("d/whole", "whole"),
        Item::file("../d/outside", "refused"),
    ];
    let archive = Spec::new("ustar").to_vec(items).unwrap();
    let callbacks: [fn() -> Extractor; 3] = [
        || {
            Extractor::new().filter(|entry| match entry.path_bytes() {
                b"../d/outside" => panic!("by the filter"),
                _ => true,
            })
        },
        || Extractor::new().on_item(|_| panic!("by the item")),
        || {
            Extractor::new().on_progress(|progress| match progress.path_bytes() {
                b"../d/outside" => panic!("by the progress"),
                _ => Flow::Continue,
            })
        },
    ];
    for extractor in callbacks {
        for threads in [1, 2] {
            let world = World::new();
            let thrown = catch_unwind(AssertUnwindSafe(|| {
                let mut reader = Reader::from_bytes(&archive).unwrap();
                extractor()
                    .threads(threads)
                    .extract(&mut reader, world.d(""))
            }));
            let thrown = thrown.unwrap_err();
            let text = thrown.downcast_ref::<&str>().unwrap();
            assert!(text.starts_with("by the "), "{text}");
            assert_eq!(
                (world.mode("d"), world.metadata("d").mtime()),
                (0o555, 1_000_000_000),
                "{text}, {threads} threads"
            );
        }
    }
}

#[test]
fn encrypted_entries_fail_without_touching_what_is_there() {
    let mut archive = Spec::new("zip")
        .option("zip:encryption=aes256")
        .password("secret");
    let items = [Item::file("a", "data"), Item::file("b", "data")];
    let world = World::with(|top| fs::write(top.join("d/a"), "old").unwrap());
    let bytes = archive.to_vec(items.clone()).unwrap();
    let report = Reader::from_bytes(&bytes)
        .unwrap()
        .extract(world.d(""))
        .unwrap();
    let kinds: Vec<_> = report
        .failed()
        .map(|item| match item.outcome() {
            Outcome::Failed(error) => error.kind(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, [ErrorKind::PasswordRequired; 2]);
    assert_eq!(world.names(), ["a"]);
    assert_eq!(world.read("a"), "old");
    archive = archive.password("secret");
    let bytes = archive.to_vec(items).unwrap();
    let mut reader = Reader::builder()
        .password(Password::new("secret").unwrap())
        .from_bytes(&bytes)
        .unwrap();
    is_silent(&reader.extract(world.d("")).unwrap());
    assert_eq!(world.read("a"), "data");
}

#[test]
fn less_data_than_the_archive_says_is_a_failure() {
    // A manifest has sizes, and no data at all.
    let world = World::new();
    let archive = "#mtree\nfile type=file size=10 mode=0644\nempty type=file size=0 mode=0644\n";
    let report = Reader::from_bytes(archive)
        .unwrap()
        .extract(world.d(""))
        .unwrap();
    let item = only_item(&report);
    assert!(item.contains("has only 0 of the 10 bytes"), "{item}");
    assert_eq!(world.names(), ["empty"]);
}

#[test]
fn more_data_than_the_archive_says_is_a_failure() {
    if is_older_than(3_008_009, "believes the data of a ZIP, not its directory") {
        return;
    }
    let mut archive = Spec::new("zip")
        .to_vec([
            Item::file("a", "text ".repeat(1000)),
            Item::file("b", "fine"),
        ])
        .unwrap();
    // The size in the directory at the end, which is what counts.
    let directory = archive
        .windows(4)
        .position(|bytes| bytes == b"PK\x01\x02")
        .unwrap();
    let size = &mut archive[directory + 24..directory + 28];
    assert_eq!(size, 5000_u32.to_le_bytes());
    size.copy_from_slice(&10_u32.to_le_bytes());
    let world = World::new();
    let report = Reader::from_bytes(&archive)
        .unwrap()
        .extract(world.d(""))
        .unwrap();
    assert_eq!(report.failed().count(), 1);
    assert_eq!(world.names(), ["b"]);
}

#[test]
fn a_stop_removes_the_file_being_written() {
    let world = World::new();
    let archive = Spec::new("pax")
        .to_vec([
            Item::file("first", "first"),
            Item::file("big", vec![7; 10 << 20]),
            Item::file("last", "last"),
        ])
        .unwrap();
    let mut extractor = Extractor::new().on_progress(|progress| {
        if progress.bytes_written() > 3 << 20 {
            Flow::Stop
        } else {
            Flow::Continue
        }
    });
    let mut reader = Reader::from_bytes(&archive).unwrap();
    let error = extractor.extract(&mut reader, world.d("")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(error.entry_bytes(), Some(&b"big"[..]));
    assert_eq!(world.names(), ["first"]);
    assert_eq!(extractor.report().entries(), 1);
}

#[test]
fn a_panic_of_a_callback_comes_out_and_leaves_nothing_half() {
    let world = World::new();
    let archive = Spec::new("pax")
        .to_vec([Item::file("big", vec![7; 4 << 20])])
        .unwrap();
    let mut extractor = Extractor::new().on_progress(|progress| {
        if progress.bytes_written() > 1 << 20 {
            // Without the message of the panic hook.
            std::panic::resume_unwind(Box::new("mine"));
        }
        Flow::Continue
    });
    let mut reader = Reader::from_bytes(&archive).unwrap();
    let run = AssertUnwindSafe(|| extractor.extract(&mut reader, world.d("")));
    let payload = catch_unwind(run).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"mine"));
    assert_eq!(world.names(), [""; 0]);
}

#[test]
fn an_unusable_destination_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let archive = Spec::new("pax").to_vec([Item::file("a", "x")]).unwrap();
    for destination in [file.clone(), file.join("below")] {
        let mut reader = Reader::from_bytes(&archive).unwrap();
        let error = reader.extract(&destination).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(
            error.to_string().contains(destination.to_str().unwrap()),
            "{error}"
        );
    }
    assert_eq!(fs::metadata(&file).unwrap().size(), 0);
}

/// What is on disk is whole, or not there.
#[test]
fn wherever_the_archive_is_cut_no_half_file_is_left() {
    let world = World::new();
    let items = || {
        [
            Item::directory("d"),
            Item::file("d/a", "first file"),
            Item::file("b", "second file").mode(0o400),
            Item::symlink("c", "b"),
        ]
    };
    for format in ["newc", "zip", "7zip", "ustar"] {
        let archive = Spec::new(format).to_vec(items()).unwrap();
        let mut whole = 0;
        for len in (0..archive.len().min(3000)).step_by(7) {
            let out = format!("{format}-{len}");
            // What cannot be opened at all is fine too.
            if let Ok(mut reader) = Reader::from_bytes(&archive[..len]) {
                let _ = reader.extract(world.d(&out));
            }
            for (path, text) in [("d/a", "first file"), ("b", "second file")] {
                let path = format!("{out}/{path}");
                if world.d(&path).exists() {
                    assert_eq!(world.read(&path), text, "{path}");
                    whole += 1;
                }
            }
        }
        // 7zip has its directory at the end: without it, there is nothing.
        assert_eq!(whole > 0, format != "7zip", "{format}");
    }
}
