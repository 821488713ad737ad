//! What is told of an archive beside its entries: how it ends, remarks, what was verified.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use anyarchive::{ArchiveEnd, ErrorKind, Format, ReadReport, Reader, ReaderBuilder, Result};
use anyarchive_test_support::{
    is_older_than, reference_archives,
    samples::{Item, Spec, formats},
};

/// All that can be had of an archive without its data; errors that leave the next entry count.
fn read(settings: &ReaderBuilder, archive: &[u8]) -> (u64, Result<ReadReport>) {
    let mut reader = match settings.from_bytes(archive) {
        Ok(reader) => reader,
        Err(error) => return (0, Err(error)),
    };
    loop {
        match reader.advance() {
            Ok(true) => {}
            Ok(false) => return (reader.entries_read(), Ok(reader.report())),
            Err(error) if error.is_recoverable() => {}
            Err(error) => return (reader.entries_read(), Err(error)),
        }
    }
}

/// An archive that is read to its end without a failure.
struct Whole {
    name: String,
    archive: Vec<u8>,
    format: Format,
    report: ReadReport,
}

fn whole(name: &str, archive: Vec<u8>) -> Option<Whole> {
    let mut reader = Reader::from_bytes(&*archive).ok()?;
    while let Ok(true) = reader.advance() {}
    let (format, report) = (reader.format()?, reader.report());
    drop(reader);
    let name = name.to_owned();
    (report.end() != ArchiveEnd::NotReached).then_some(Whole {
        name,
        archive,
        format,
        report,
    })
}

/// Those of upstream's that are whole, and short enough to be cut often.
fn whole_references() -> Vec<Whole> {
    let archives = reference_archives().unwrap_or_else(|missing| panic!("{missing}"));
    let read = |path: PathBuf| {
        let archive = fs::read(&path).unwrap();
        let name = path.file_name()?.to_string_lossy();
        (archive.len() < 1 << 20).then(|| whole(&name, archive))?
    };
    archives.into_iter().filter_map(read).collect()
}

#[test]
fn what_is_whole_ends_as_its_format_does() {
    if is_older_than(3_008_009, "reads less of some of them") {
        return;
    }
    let mut ends = BTreeMap::<_, BTreeSet<_>>::new();
    for whole in whole_references() {
        let (name, format, end) = (&whole.name, whole.format, whole.report.end());
        ends.entry(format.name())
            .or_default()
            .insert(format!("{end:?}"));
        let strict = Reader::builder().strict(true).format(format);
        let (strict_entries, outcome) = read(&strict, &whole.archive);
        assert_eq!(strict_entries, whole.report.entries(), "{name}");
        match outcome {
            Ok(report) => assert_eq!(report.end(), end, "{name}"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Truncated, "{name}: {error:#}");
                let told = [ArchiveEnd::Unmarked, ArchiveEnd::Continued];
                assert!(told.contains(&end), "{name}");
            }
        }
        if end == ArchiveEnd::Unmarked {
            // Those that are made without, or cut; no other.
            let known = [
                "hardlink_1.tar",
                "noeof.rar",
                "rar_overflow.rar",
                "zip_extra_padding.zip",
            ];
            assert!(known.iter().any(|known| name.ends_with(known)), "{name}");
        }
    }
    let of = |format| Vec::from_iter(ends[format].iter().map(String::as_str));
    for format in ["7zip", "cab", "cpio"] {
        assert_eq!(of(format), ["Marked"], "{format}");
    }
    assert_eq!(of("zip"), ["Marked", "Unmarked"]);
    assert_eq!(of("rar"), ["Continued", "Marked", "Unmarked"]);
    assert_eq!(of("rar5"), ["Continued", "Marked"]);
    // A git archive without an entry, within xz.
    assert_eq!(of("tar"), ["Marked", "Unknown", "Unmarked"]);
    // An image within compress, whose length nobody knows; a last name that is damaged.
    for format in ["iso9660", "lha"] {
        assert_eq!(of(format), ["Marked", "Unknown"], "{format}");
    }
    for format in ["ar", "mtree", "warc"] {
        assert_eq!(of(format), ["Unknown"], "{format}");
    }
}

#[test]
fn a_strict_reader_loses_no_entry_of_an_archive_that_is_cut() {
    if is_older_than(3_008_009, "crashes or hangs on some of them") {
        return;
    }
    let mut archives = whole_references();
    for format in formats() {
        let archive = Spec::new(format).to_vec([
            Item::directory("dir"),
            Item::file("dir/a.txt", "the first file\n"),
            Item::file("b.txt", "the second file\n".repeat(99)),
        ]);
        let Ok(archive) = archive else { continue };
        archives.extend(whole(format, archive));
    }
    let (mut cuts, mut told) = (0, BTreeMap::<_, u64>::new());
    // Where the mark is not seen, or there is none, nobody can tell.
    let marked = |whole: &Whole| whole.report.end() == ArchiveEnd::Marked;
    for whole in archives.into_iter().filter(marked) {
        let (name, archive, format) = (whole.name, whole.archive, whole.format);
        let entries = whole.report.entries();
        let strict = Reader::builder().strict(true).format(format);
        let len = archive.len();
        let everywhere = (0..len).step_by((len / 40).max(1));
        for cut in everywhere.chain(len.saturating_sub(40)..len) {
            let (some, outcome) = read(&strict, &archive[..cut]);
            cuts += 1;
            match outcome {
                // Cut at the end of an archive within it, which is found from the end.
                Ok(_) if name.ends_with("zip_nested.zip") => {}
                Ok(report) if some < entries => panic!("{name}, {cut} of {len}: {report:?}"),
                Ok(_) => {}
                Err(error) if error.message().contains("mark that its format") => {
                    *told.entry(format.name()).or_default() += 1;
                }
                Err(_) => {}
            }
        }
    }
    assert!(cuts > 10_000, "{cuts}");
    // These are the formats of which libarchive itself tells nothing.
    for format in ["iso9660", "lha", "rar", "rar5", "tar", "zip"] {
        assert!(told.contains_key(format), "{format}: {told:?}");
    }
}

#[test]
fn a_volume_says_that_the_archive_goes_on() {
    let archives = reference_archives().unwrap_or_else(|missing| panic!("{missing}"));
    let directory = tempfile::tempdir().unwrap();
    for (set, last) in [
        ("test_read_format_rar5_multiarchive.part0", 8),
        ("test_rar_multivolume_multiple_files.part", 6),
    ] {
        let copy = |number: u32| {
            let name = format!("{set}{number}.rar");
            let from = archives.iter().find(|path| path.ends_with(&name)).unwrap();
            fs::copy(from, directory.path().join(name)).unwrap();
        };
        (1..last).for_each(copy);
        let strict = Reader::builder().strict(true);
        let read = || {
            let path = directory.path().join(format!("{set}1.rar"));
            let mut reader = strict.open_volumes(path).unwrap();
            let mut size = 0;
            while let Some(mut entry) = reader.next_entry()? {
                while let Some(block) = entry.next_block()? {
                    size += block.len();
                }
            }
            Ok::<_, anyarchive::Error>((size, reader.report().end()))
        };
        // The last one is missing, and then it is not.
        let error = read().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Truncated, "{error:#}");
        let remark = error.remark().expect("a remark");
        assert!(remark.contains(&format!("{set}{}", last - 1)), "{error:#}");
        copy(last);
        let (size, end) = read().unwrap();
        assert!(size > 0);
        assert_eq!(end, ArchiveEnd::Marked, "{set}");
    }
}

#[test]
fn a_file_that_is_shorter_than_the_archive_says_is_an_error() {
    let archives = reference_archives().unwrap_or_else(|missing| panic!("{missing}"));
    let name = "test_read_format_rar5_multiarchive.part01.rar";
    let archive = archives.iter().find(|path| path.ends_with(name)).unwrap();
    let mut reader = Reader::open(archive).unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    assert!(entry.size().unwrap() > 0);
    // To libarchive this is an empty file.
    let error = entry.read_to_vec().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Truncated);
    assert!(
        error.is_recoverable() && error.message().contains("only 0 of"),
        "{error:#}"
    );
    assert!(reader.next_entry().unwrap().is_none());
    assert_eq!(reader.report().end(), ArchiveEnd::Continued);
}

/// A ZIP archive with a place for the local headers of each entry, as its directory has them.
fn zip(items: impl IntoIterator<Item = Item>) -> Vec<u8> {
    let spec = Spec::new("zip").option("zip:compression=store");
    spec.to_vec(items).unwrap()
}

/// What is remarked at the end of an archive, from a stream or from bytes.
fn remark(archive: &[u8], is_stream: bool) -> (Option<String>, ReadReport) {
    let mut reader = match is_stream {
        true => Reader::from_reader(archive).unwrap(),
        false => Reader::from_bytes(archive).unwrap(),
    };
    while reader.advance().unwrap() {
        assert!(reader.warning().is_none());
    }
    let remark = reader.warning().map(|error| error.message().to_owned());
    let report = reader.report();
    assert_eq!(report.warning_count(), u64::from(remark.is_some()));
    (remark, report)
}

#[test]
fn what_only_the_directory_of_a_zip_says_is_missed_in_a_stream() {
    let plain = || Item::file("plain", "data").mode(0o664);
    let directory = || Item::directory("dir").mode(0o775);
    for (items, missed) in [
        (vec![plain(), directory()], None),
        (
            vec![plain(), Item::file("tool", "#!").mode(0o775)],
            Some("other types or permissions: read it from a file"),
        ),
        (
            vec![plain(), Item::directory("secret").mode(0o700)],
            Some("other types or permissions: read it from a file"),
        ),
        (
            vec![Item::symlink("link", "plain"), plain()],
            Some("(symbolic links: 1): read it from a file"),
        ),
    ] {
        let archive = zip(items);
        let (told, report) = remark(&archive, true);
        assert_eq!(report.end(), ArchiveEnd::Marked);
        match (told, missed) {
            (None, None) => {}
            (Some(told), Some(missed)) => assert!(told.contains(missed), "{told}"),
            (told, _) => panic!("{told:?}, and not {missed:?}"),
        }
        assert_eq!(remark(&archive, false).0, None);
        // Behind a comment that is so long, libarchive does not find the directory either.
        let mut archive = archive;
        let comment = archive.len() - 2;
        archive.splice(comment.., 20_000_u16.to_le_bytes());
        archive.resize(archive.len() + 20_000, b'.');
        let told = remark(&archive, false).0;
        assert_eq!(told.is_some(), missed.is_some(), "{told:?}");
    }
    // And an entry that the directory does not have, since it was taken out.
    let archive = zip([plain(), directory(), plain().with_path("gone")]);
    let last = archive
        .windows(4)
        .rposition(|bytes| bytes == b"PK\x01\x02")
        .unwrap();
    let end = archive.len() - 22;
    let mut less = [&archive[..last], &archive[end..]].concat();
    let record = last;
    less[record + 8] -= 1;
    less[record + 10] -= 1;
    let size = u32::from_le_bytes(less[record + 12..][..4].try_into().unwrap());
    let size = size - (end - last) as u32;
    less[record + 12..][..4].copy_from_slice(&size.to_le_bytes());
    let (told, report) = remark(&less, true);
    assert_eq!(report.entries(), 3);
    assert!(told.unwrap().contains("which has 2 entries, while 3 came"));
    let (told, report) = remark(&less, false);
    assert_eq!((told, report.entries()), (None, 2));
}

#[test]
fn a_directory_of_a_zip_that_is_cut_is_seen_in_a_stream() {
    let archive = zip([Item::file("a", "data"), Item::file("b", "data")]);
    let directory = archive
        .windows(4)
        .position(|bytes| bytes == b"PK\x01\x02")
        .unwrap();
    let record = archive.len() - 22;
    for cut in directory + 4..record + 4 {
        let (_, report) = remark(&archive[..cut], true);
        assert_eq!(
            (report.entries(), report.end()),
            (2, ArchiveEnd::Unmarked),
            "{cut}"
        );
    }
}

#[test]
fn entries_of_a_zip_at_one_place_are_told() {
    for before in [&b""[..], b"#!/bin/sh\nexit\n"] {
        let items = ["a", "b", "c"].map(|name| Item::file(name, "data"));
        let archive = zip(items);
        let headers = archive.windows(4).enumerate();
        let mut headers = headers.filter(|(_, bytes)| *bytes == b"PK\x01\x02");
        let last = headers.next_back().unwrap().0;
        let mut archive = [before, &archive[..]].concat();
        assert_eq!(remark(&archive, false).0, None);
        // Where its data begins: where that of the first one does.
        archive[before.len() + last + 42..][..4].fill(0);
        let (told, report) = remark(&archive, false);
        assert_eq!(report.entries(), 2);
        let told = told.expect("a remark");
        assert!(
            told.starts_with("its directory has 3 entries, and 2 came"),
            "{told}"
        );
    }
}

#[test]
fn what_follows_the_end_is_told() {
    let items = || [Item::file("a", "data")];
    for format in ["ustar", "pax", "gnutar", "newc", "odc"] {
        let archive = Spec::new(format).to_vec(items()).unwrap();
        let padded = [&archive[..], &[0; 70_000]].concat();
        assert_eq!(remark(&archive, false).0, None, "{format}");
        assert_eq!(remark(&padded, false).0, None, "{format}");
        for before in [&archive, &padded] {
            // Another archive, or a single byte.
            for behind in [&archive[..], b"x"] {
                let (told, report) = remark(&[before, behind].concat(), false);
                let told = told.unwrap_or_else(|| panic!("{format}: nothing is told"));
                assert!(told.contains("follows the end"), "{format}: {told}");
                assert_eq!(report.end(), ArchiveEnd::Marked, "{format}");
                assert_eq!(report.entries(), 1, "{format}");
            }
        }
    }
}

#[test]
fn an_ar_that_is_cut_within_a_header_is_told() {
    for format in ["arsvr4", "arbsd"] {
        let items = ["a", "b"].map(|name| Item::file(name, "data"));
        let archive = Spec::new(format).to_vec(items).unwrap();
        let whole = remark(&archive, false).1;
        assert_eq!((whole.entries(), whole.end()), (2, ArchiveEnd::Unknown));
        let second = archive.len() - 64;
        for cut in second + 1..second + 60 {
            for is_stream in [false, true] {
                let report = remark(&archive[..cut], is_stream).1;
                assert_eq!(
                    (report.entries(), report.end()),
                    (1, ArchiveEnd::Unmarked),
                    "{format}, {cut}"
                );
            }
            let (_, strict) = read(&Reader::builder().strict(true), &archive[..cut]);
            let error = strict.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Truncated);
            assert!(error.message().contains("header of an entry"), "{error}");
        }
    }
}
