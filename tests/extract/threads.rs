//! Whatever the number of threads: one tree, one report, one error.

use std::{
    fs,
    io::{self, Read},
    os::unix::fs::MetadataExt as _,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{Arc, Mutex, mpsc},
};

use anyarchive::{
    CancelToken, Duplicates, ErrorKind, Existing, Extractor, Flow, Limits, Reader, Report,
};
use anyarchive_test_support::samples::{Item, Spec};

use anyarchive_test_support::world::{World, names};

/// Everything below a directory, with the number of the first of the paths that are one file.
fn tree(dir: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    let mut inodes = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(path) = open.pop() {
        let metadata = fs::symlink_metadata(&path).unwrap();
        let (kind, content) = if metadata.is_dir() {
            open.extend(names(&path).into_iter().map(|name| path.join(name)));
            ("directory", Vec::new())
        } else if metadata.is_symlink() {
            let target = fs::read_link(&path).unwrap();
            ("symlink", target.into_os_string().into_encoded_bytes())
        } else {
            ("file", fs::read(&path).unwrap())
        };
        let inode = inodes.iter().position(|inode| *inode == metadata.ino());
        let inode = inode.unwrap_or_else(|| {
            inodes.push(metadata.ino());
            inodes.len()
        });
        lines.push(format!(
            "{:?} {kind} {inode} {:o} {} {} {:x?}",
            path.strip_prefix(dir).unwrap(),
            metadata.mode(),
            // Those of the destination itself and of parents without an entry are of today.
            if metadata.mtime() < 1_700_000_000 {
                metadata.mtime()
            } else {
                0
            },
            content.len(),
            content
                .iter()
                .fold(0_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(*byte)),
        ));
    }
    lines.sort();
    lines
}

fn told(report: &Report) -> Vec<String> {
    let counts = format!("{} entries, {} bytes", report.entries(), report.bytes());
    let items = report.items().iter().map(ToString::to_string);
    [counts].into_iter().chain(items).collect()
}

/// Extracts with several numbers of threads and compares all that can be seen.
fn compare(archive: &[u8], settings: impl Fn(Extractor) -> Extractor) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("archive");
    fs::write(&path, archive).unwrap();
    let mut first = None;
    for threads in [1, 2, 3, 8] {
        let world = World::new();
        let items = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&items);
        let mut extractor = settings(Extractor::new().threads(threads))
            .on_item(move |item| seen.lock().unwrap().push(item.to_string()));
        // By path, so that several threads can read it.
        let mut reader = Reader::open(&path).unwrap();
        let result = extractor.extract(&mut reader, world.d(""));
        let result = result.map(drop).map_err(|error| format!("{error:#}"));
        let told = told(extractor.report());
        assert_eq!(told[1..], *items.lock().unwrap(), "{threads} threads");
        let now = (result, told, tree(&world.d("")));
        let one = first.get_or_insert_with(|| now.clone());
        assert_eq!(now, *one, "{threads} threads");
    }
    first.unwrap().1
}

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % end
    }

    fn name(&mut self) -> String {
        ["a", "b", "A", "d", "é", "e\u{301}"][self.below(6) as usize].into()
    }

    fn path(&mut self) -> String {
        let mut path = self.name();
        for _ in 0..self.below(3) {
            path = format!("{path}/{}", self.name());
        }
        path
    }

    fn item(&mut self) -> Item {
        let path = self.path();
        let item = match self.below(10) {
            0 => Item::directory(path).mode([0o755, 0o555, 0o700][self.below(3) as usize]),
            1 => Item::symlink(path, self.name()),
            2 => Item::hard_link(path, self.path()),
            3 => Item::file(format!("../{path}"), "evil"),
            4 => {
                let len = self.below(900_000) as usize;
                Item::file(path, vec![self.below(256) as u8; len])
            }
            _ => Item::file(path, format!("{} ", self.below(1000)).repeat(20)),
        };
        item.mtime(1_000_000_000 + self.below(1000) as i64, 0)
    }
}

#[test]
fn entries_that_get_in_each_others_way_end_as_with_one_thread() {
    let mut outcomes = 0;
    for seed in 0..15 {
        let mut numbers = Numbers(seed);
        let items: Vec<_> = (0..60).map(|_| numbers.item()).collect();
        let archive = Spec::new("pax").to_vec(items).unwrap();
        for existing in [Existing::Overwrite, Existing::Keep] {
            outcomes += compare(&archive, |extractor| extractor.existing(existing)).len();
        }
    }
    assert!(outcomes > 300, "{outcomes}: too little goes wrong here");
}

#[test]
fn many_files_and_some_that_are_cut_or_compressed() {
    let items = || {
        (0..300).map(|number| {
            let size = [0, 1, 900, 20_000, 262_144, 262_145][number % 6];
            Item::file(
                format!("d{}/f{number}", number / 50),
                vec![number as u8; size],
            )
            .mode(if number % 97 == 0 { 0o4755 } else { 0o640 })
        })
    };
    for spec in [
        Spec::new("pax"),
        Spec::new("pax").filter("gzip"),
        Spec::new("pax").filter("zstd"),
        Spec::new("zip"),
        Spec::new("7zip"),
        Spec::new("newc"),
    ] {
        let archive = spec.to_vec(items()).unwrap();
        let told = compare(&archive, |extractor| extractor);
        assert_eq!(told.len(), 1 + 4, "{told:?}");
        compare(&archive[..archive.len() / 2], |extractor| extractor);
    }
}

#[test]
fn long_streams_that_are_whole_or_cut() {
    const READ_AT_ONCE: usize = 512 << 10;
    let mut numbers = Numbers(7);
    let noise: Vec<u8> = (0..5 << 19).map(|_| numbers.below(256) as u8).collect();
    for filter in ["gzip", "bzip2", "xz", "zstd", "compress"] {
        let items = [
            Item::file("noise", noise.clone()),
            Item::file("behind", "it"),
        ];
        let spec = Spec::new("pax").filter(filter);
        let archive = spec.to_vec(items).unwrap();
        assert!(archive.len() > 4 * READ_AT_ONCE, "{filter}");
        assert_eq!(compare(&archive, |extractor| extractor).len(), 1);
        let limited = |extractor: Extractor| extractor.limits(Limits::none().total_bytes(2 << 20));
        compare(&archive, limited);
        for end in [
            2 * READ_AT_ONCE,
            3 * READ_AT_ONCE + 1,
            archive.len() - 2,
            archive.len() - 700,
        ] {
            compare(&archive[..end], |extractor| extractor);
        }
    }
}

/// Gives an archive until it has given so much, then fails.
struct Failing {
    archive: Vec<u8>,
    position: usize,
    end: usize,
}

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.end {
            return Err(io::Error::other("the line is dead"));
        }
        let rest = &self.archive[self.position..self.end];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.position += count;
        Ok(count)
    }
}

fn two_large_files() -> Vec<u8> {
    let items = [
        Item::file("small", "small"),
        Item::file("large", vec![7; 9 << 20]),
        Item::file("last", vec![8; 5 << 20]),
    ];
    Spec::new("pax").to_vec(items).unwrap()
}

#[test]
fn a_source_that_fails_leaves_whole_files_only() {
    for threads in [1, 2, 8] {
        let world = World::new();
        let source = Failing {
            archive: two_large_files(),
            position: 0,
            end: 6 << 20,
        };
        let mut extractor = Extractor::new().threads(threads);
        let mut reader = Reader::from_reader(source).unwrap();
        let error = extractor.extract(&mut reader, world.d("")).unwrap_err();
        assert!(
            format!("{error:#}").contains("the line is dead"),
            "{error:#}"
        );
        assert_eq!(error.entry_bytes(), Some(&b"large"[..]));
        assert_eq!(world.names(), ["small"]);
        assert_eq!(
            (extractor.report().entries(), extractor.report().bytes()),
            (1, 5)
        );
    }
}

#[test]
fn another_thread_can_cancel() {
    for threads in [1, 2, 8] {
        let world = World::new();
        let token = CancelToken::new();
        let (reached, wait) = mpsc::channel();
        let (go_on, cancelled) = mpsc::channel();
        let canceller = std::thread::spawn({
            let token = token.clone();
            move || {
                wait.recv().unwrap();
                token.cancel();
                go_on.send(()).unwrap();
            }
        });
        let mut extractor = Extractor::new()
            .threads(threads)
            .cancel_token(&token)
            .on_progress(move |progress| {
                if progress.bytes_written() > 2 << 20 && reached.send(()).is_ok() {
                    let _ = cancelled.recv();
                }
                Flow::Continue
            });
        let archive = two_large_files();
        let mut reader = Reader::from_bytes(&archive).unwrap();
        let error = extractor.extract(&mut reader, world.d("")).unwrap_err();
        canceller.join().unwrap();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert_eq!(world.names(), ["small"], "{threads} threads");
    }
}

#[test]
fn a_panic_of_a_callback_comes_out_and_leaves_no_half_file() {
    for threads in [1, 2, 8] {
        let world = World::new();
        let mut extractor = Extractor::new().threads(threads).on_progress(|progress| {
            assert!(progress.bytes_written() < 3 << 20, "enough");
            Flow::Continue
        });
        let archive = two_large_files();
        let mut reader = Reader::from_bytes(&archive).unwrap();
        let result = catch_unwind(AssertUnwindSafe(|| {
            extractor.extract(&mut reader, world.d(""))
        }));
        let payload = result.unwrap_err();
        assert!(
            payload
                .downcast_ref::<&str>()
                .is_some_and(|text| *text == "enough")
        );
        assert_eq!(world.names(), ["small"], "{threads} threads");
    }
}

/// An archive in frames, one behind the other, that decode each on its own.
fn in_frames() -> Vec<u8> {
    let mut numbers = Numbers(7);
    let items: Vec<_> = (0..60)
        .map(|number| {
            let mut data = vec![0; numbers.below(200_000) as usize];
            data.fill_with(|| [b'a', b'b', numbers.below(256) as u8][numbers.below(3) as usize]);
            Item::file(format!("f{number}"), data)
        })
        .collect();
    let tar = Spec::new("pax").to_vec(items).unwrap();
    let frame = |data: &[u8]| {
        let item = Item::file("part", data);
        Spec::new("raw").filter("zstd").to_vec([item]).unwrap()
    };
    tar.chunks(1_500_000).flat_map(frame).collect()
}

#[test]
fn parts_of_a_stream_are_decoded_as_one_stream() {
    let archive = in_frames();
    let told = compare(&archive, |extractor| extractor);
    assert!(told[0].starts_with("60 entries"), "{told:?}");
    for place in [1_100_000, 2_000_000, archive.len() - 100] {
        let mut damaged = archive.clone();
        damaged[place] ^= 0x55;
        compare(&damaged, |extractor| extractor);
        compare(&archive[..place], |extractor| extractor);
    }
}

/// A ZIP archive of long files, and of short ones between.
fn long_files(compression: &str) -> Vec<u8> {
    let long = |name: &str, byte: u8, len: usize| {
        let mut data = vec![byte; len];
        data[len / 2] = b'~';
        Item::file(name, data)
    };
    let items = [
        Item::directory("d"),
        long("d/long", b'1', 1 << 20),
        Item::file("d/short", "short"),
        long("d/longer", b'2', 5 << 20),
        long("d/long", b'3', 3 << 20),
        Item::directory("d/LONG"),
        long("d/LONG", b'4', 2 << 20),
        long("../evil", b'5', 2 << 20),
        Item::symlink("link", "d/longer"),
        long("link", b'6', 4 << 20),
        long("d/longer/x", b'7', 2 << 20),
        long("last", b'8', 4 << 20).mode(0o4755),
    ];
    let zip = Spec::new("zip").option(format!("zip:compression={compression}"));
    zip.to_vec(items).unwrap()
}

#[test]
fn long_files_are_read_by_several_readers() {
    let told = compare(&long_files("deflate"), |extractor| extractor);
    assert!(told[0].starts_with("10 entries"), "{told:?}");
    assert_eq!(told.len(), 4, "{told:?}");
    // What does not fit its checksum, in several places.
    let stored = long_files("store");
    let mut damaged = stored.clone();
    let marks = stored.iter().enumerate().filter(|(_, byte)| **byte == b'~');
    let marks: Vec<_> = marks.map(|(place, _)| place).collect();
    for place in marks.iter().step_by(2) {
        damaged[*place] = b'!';
    }
    let told = compare(&damaged, |extractor| extractor);
    assert_eq!(told.len(), 6, "{told:?}");
    for mebibytes in [1, 5, 8, 13, 17] {
        compare(&stored, |extractor| {
            extractor.limits(Limits::new().total_bytes(mebibytes << 20))
        });
        compare(&stored, |extractor| {
            extractor.limits(Limits::new().file_bytes(mebibytes << 20))
        });
    }
}

/// A ZIP archive whose directory is read in slices, as it is and when it has to be read as a whole.
#[test]
fn a_long_directory_is_one_directory() {
    let many = |twin: &str| {
        let mut items: Vec<_> = (0..2_000)
            .map(|number| match number {
                600 | 1_500 | 1_999 => {
                    Item::file(format!("long{number}"), vec![number as u8; 3 << 20])
                }
                900 | 1_800 => Item::file("../evil", "evil"),
                number if number % 200 == 7 => Item::symlink(format!("link{number}"), "long600"),
                number => {
                    let name = format!("directory{}/a name {number:0200}", number % 9);
                    Item::file(name, format!("{number}"))
                }
            })
            .collect();
        items.push(Item::file(twin, "the last").mode(0o600));
        Spec::new("zip").to_vec(items).unwrap()
    };
    let told = compare(
        &many(&format!("directory3/a name {:0200}", 3)),
        |extractor| extractor,
    );
    assert!(told[0].starts_with("1999 entries"), "{:?}", told[0]);
    assert_eq!(told.len(), 3, "{told:?}");
    let whole = many("__MACOSX/._long600");
    let told = compare(&whole, |extractor| extractor);
    assert!(told[0].starts_with("1999 entries"), "{:?}", told[0]);
}

/// A 7z archive of which libarchive gets a slice of the header after the other.
#[test]
fn a_long_header_is_one_header() {
    let items = (0..2_000).map(|number| match number {
        600 | 1_500 => Item::file(format!("long{number}"), vec![number as u8; 3 << 20]),
        900 | 1_800 => Item::file("../evil", "evil"),
        number if number % 200 == 7 => Item::symlink(format!("link{number}"), "long600"),
        number if number % 300 == 9 => Item::directory(format!("empty{number}")),
        number => {
            let name = format!("directory{}/a name {number:0200}", number % 9);
            let data = if number % 5 == 0 { "some data" } else { "" };
            Item::file(name, data).mode(0o600 | number & 0o77)
        }
    });
    let archive = Spec::new("7zip").to_vec(items).unwrap();
    let told_of_slices = compare(&archive, |extractor| extractor);
    assert!(
        told_of_slices[0].starts_with("1998 entries"),
        "{told_of_slices:?}"
    );
    assert_eq!(told_of_slices.len(), 3, "{told_of_slices:?}");
    let extracted = |reader: &mut Reader<'_>| {
        let world = World::new();
        let mut extractor = Extractor::new().threads(1);
        extractor.extract(reader, world.d("")).unwrap();
        (told(extractor.report()), tree(&world.d("")))
    };
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("archive");
    fs::write(&path, &archive).unwrap();
    // Only a file is read in slices.
    let whole = extracted(&mut Reader::from_bytes(&archive).unwrap());
    assert_eq!(extracted(&mut Reader::open(&path).unwrap()), whole);
    assert_eq!(told_of_slices, whole.0);
}

/// Names that come twice, links of both kinds, and entries that are refused, skipped or cut down.
fn everything_at_once() -> Vec<Item> {
    let mut numbers = Numbers(99);
    let mut items = vec![
        Item::directory("d").mode(0o555),
        Item::symlink("d/inside", "kept"),
        Item::symlink("d/outside", "../../canary"),
        Item::symlink("absolute", "/etc"),
        Item::hard_link("d/hard", "d/kept"),
        Item::hard_link("d/hard-outside", "../canary"),
    ];
    for number in 0..80_u64 {
        let len = [0, 1, 700, 30_000, 300_000, 1_100_000][numbers.below(6) as usize];
        let mut data = vec![number as u8; len];
        data.iter_mut()
            .step_by(97)
            .for_each(|byte| *byte = numbers.below(256) as u8);
        // Every third name comes again.
        let name = format!("d{}/f{}", number / 3 % 4, number / 3);
        items.push(match number % 40 {
            7 => Item::file(format!("../{name}"), data),
            8 => Item::file(format!("/{name}"), data),
            9 => Item::symlink(name, "f0"),
            10 => Item::hard_link(name, "d0/f0"),
            11 => Item::directory(name),
            12 => Item::file(name, data).mode(0o6755),
            _ => Item::file(name, data).mtime(1_000_000_000 + number as i64, 5),
        });
    }
    items.insert(1, Item::file("d/kept", "kept"));
    items
}

/// A tar archive that is compressed in parts, each of which decodes on its own.
fn in_parts(filter: &str) -> Vec<u8> {
    let tar = Spec::new("pax").to_vec(everything_at_once()).unwrap();
    let part = |data: &[u8]| {
        let item = Item::file("part", data);
        Spec::new("raw").filter(filter).to_vec([item]).unwrap()
    };
    tar.chunks(1_000_000).flat_map(part).collect()
}

#[test]
fn one_tree_and_one_report_in_each_format() {
    let pax = Spec::new("pax").to_vec(everything_at_once()).unwrap();
    let zip = Spec::new("zip").to_vec(everything_at_once()).unwrap();
    for (archive, refused) in [
        (&pax, 7),
        (&in_parts("gzip"), 7),
        (&in_parts("zstd"), 7),
        (&in_parts("xz"), 7),
        // These have no hard links.
        (&zip, 6),
        (&Spec::new("7zip").to_vec(everything_at_once()).unwrap(), 6),
    ] {
        let told = compare(archive, |extractor| extractor);
        let refusals = told.iter().filter(|line| line.contains("refused"));
        assert_eq!(refusals.count(), refused, "{told:#?}");
    }
    for archive in [pax, zip] {
        for existing in [Existing::Keep, Existing::Rename, Existing::KeepNewer] {
            compare(&archive, |extractor| extractor.existing(existing));
        }
        let told = compare(&archive, |extractor| {
            extractor.duplicates(Duplicates::RefuseTwins)
        });
        assert!(told.len() > 30, "{told:#?}");
    }
}
