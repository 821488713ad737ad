//! Names of one file, wherever its data is.

use std::collections::BTreeMap;

use anyarchive::{
    ConvertReport, EntryBuf, FileType, Format, Limit, Limits, Loss, MetadataFields, Reader, Result,
    WriteFormat, Writer, convert,
};

use crate::{contents, file, run, write};

/// A cpio with names of one file, the data with the last one, between two other files.
fn late_data(names: &[&str], nlink: u32, data: &'static [u8]) -> Vec<u8> {
    let mut entries = vec![file("before", b"1")];
    for (at, name) in names.iter().enumerate() {
        let (mut entry, _) = file(name, b"");
        if at > 0 {
            entry.set_hardlink(names[0]).unwrap();
        }
        entry.set_ino(7).unwrap().set_nlink(nlink);
        let data = if at + 1 == names.len() { data } else { b"" };
        entry.set_size(data.len() as u64).unwrap();
        entries.push((entry, data));
    }
    entries.push(file("after", b"2"));
    write(WriteFormat::CpioNewc, &entries)
}

/// What is found under each name, links followed.
fn found(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let text = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes)
            .trim_start_matches("./")
            .to_owned()
    };
    let contents = contents(archive);
    for (entry, data) in &contents {
        if entry.file_type() == FileType::File && entry.hardlink_bytes().is_none() {
            found.insert(text(entry.path_bytes()), data.clone());
        }
    }
    // In cpio the last name has the data of all.
    for (entry, data) in contents.iter().filter(|(_, data)| !data.is_empty()) {
        if let Some(target) = entry.hardlink_bytes() {
            found.insert(text(target), data.clone());
        }
    }
    for (entry, _) in &contents {
        if let Some(target) = entry.hardlink_bytes() {
            let data = found.get(&text(target)).expect("a file that is there");
            found.insert(text(entry.path_bytes()), data.clone());
        }
    }
    found
}

fn left_out(report: &ConvertReport) -> Vec<&[u8]> {
    let issues = report.issues().iter();
    let left_out = issues.filter(|issue| matches!(issue.loss(), Loss::LeftOut(_)));
    left_out.map(|issue| issue.path_bytes()).collect()
}

/// The first names were empty files in other formats, without a word.
#[test]
fn data_that_comes_with_the_last_name_is_of_all_names() {
    let cpio = late_data(&["b", "c", "a"], 3, b"data");
    let formats = [
        WriteFormat::Pax,
        WriteFormat::Ustar,
        WriteFormat::CpioNewc,
        WriteFormat::Iso9660,
        WriteFormat::Zip,
        WriteFormat::SevenZip,
    ];
    for format in formats {
        if !format.is_available().unwrap() {
            continue;
        }
        let (archive, report) = run(&cpio, format).unwrap();
        let found = found(&archive);
        let get = |name: &str| found.get(name).map(Vec::as_slice);
        let has_links = !matches!(format, WriteFormat::Zip | WriteFormat::SevenZip);
        assert_eq!(get("a"), Some(&b"data"[..]), "{format}");
        for name in ["b", "c"] {
            let expected = has_links.then_some(&b"data"[..]);
            assert_eq!(get(name), expected, "{format}, {name}");
        }
        assert_eq!(
            (get("before"), get("after")),
            (Some(&b"1"[..]), Some(&b"2"[..]))
        );
        let told: &[&[u8]] = if has_links { &[] } else { &[b"b", b"c"] };
        assert_eq!(left_out(&report), told, "{format}");
        assert_eq!(report.entries(), 5 - told.len() as u64, "{format}");
    }
}

#[test]
fn names_without_data_stay_empty() {
    // All names are there; or some are missing, as the count has it.
    for nlink in [3, 9] {
        let cpio = late_data(&["b", "c", "a"], nlink, b"");
        let (tar, report) = run(&cpio, WriteFormat::Pax).unwrap();
        let found = found(&tar);
        assert_eq!(found.len(), 5, "{found:?}");
        assert!(["a", "b", "c"].iter().all(|name| found[*name].is_empty()));
        assert_eq!((report.entries(), report.issues().len()), (5, 0));
    }
}

#[test]
fn a_name_that_is_left_out_takes_no_data_with_it() {
    let cpio = late_data(&["b", "c", "a"], 3, b"data");
    for (name, rest) in [("b", ["a", "c"]), ("c", ["a", "b"])] {
        let mut reader = Reader::from_bytes(&cpio[..]).unwrap();
        let mut writer = Writer::builder(Format::Tar).to_vec().unwrap();
        let report = convert(&mut reader, &mut writer)
            .filter(|entry| entry.path_bytes() != name.as_bytes())
            .rename(|path| [b"new-", path].concat())
            .run()
            .unwrap();
        assert!(left_out(&report).is_empty(), "{:?}", report.issues());
        let found = found(&writer.finish().unwrap());
        for name in rest {
            assert_eq!(found[&format!("new-{name}")], b"data", "{found:?}");
        }
        assert_eq!(found.len(), 4);
    }
    // Nor can the others be there without the one that has the data.
    let mut reader = Reader::from_bytes(&cpio[..]).unwrap();
    let mut writer = Writer::builder(Format::Tar).to_vec().unwrap();
    let report = convert(&mut reader, &mut writer)
        .limits(Limits::none().file_bytes(3))
        .run()
        .unwrap();
    let mut told = left_out(&report);
    told.sort_unstable();
    assert_eq!(told, [b"a", b"b", b"c"], "{:?}", report.issues());
    assert_eq!(found(&writer.finish().unwrap()).len(), 2);
}

fn with_copies(
    archive: &[u8],
    format: WriteFormat,
    limits: Limits,
) -> Result<(Vec<u8>, ConvertReport)> {
    let mut reader = Reader::from_bytes(archive)?;
    let mut writer = Writer::builder(format).to_vec()?;
    let report = convert(&mut reader, &mut writer)
        .copy_hard_links()
        .limits(limits)
        .run()?;
    Ok((writer.finish()?, report))
}

fn link(path: &str, target: &str) -> (EntryBuf, &'static [u8]) {
    let (mut entry, _) = file(path, b"");
    entry.set_hardlink(target).unwrap();
    (entry, b"")
}

/// Formats without hard links.
fn linkless() -> [WriteFormat; 2] {
    [WriteFormat::Zip, WriteFormat::SevenZip]
}

#[test]
fn further_names_are_copies_when_asked() {
    static LARGE: [u8; 3 << 20] = [b'x'; 3 << 20];
    let tar = write(
        WriteFormat::Pax,
        &[
            file("a", &LARGE),
            file("b", b"other"),
            link("a-2", "a"),
            file("empty", b""),
            link("b-2", "b"),
            // To a link, which is a name of the same file.
            link("a-3", "a-2"),
            link("empty-2", "empty"),
        ],
    );
    for format in linkless() {
        let (archive, report) = with_copies(&tar, format, Limits::default()).unwrap();
        let found = found(&archive);
        for name in ["a", "a-2", "a-3"] {
            assert!(found[name] == LARGE, "{format}, {name}");
        }
        assert_eq!(found["b-2"], b"other", "{format}");
        assert_eq!(found["empty-2"], b"", "{format}");
        assert_eq!((found.len(), report.entries()), (7, 7), "{format}");
        let lost = report.issues().iter().filter(|issue| {
            let lost = MetadataFields::HARD_LINK;
            matches!(issue.loss(), Loss::Metadata(fields) if fields.contains(lost))
        });
        let paths: Vec<_> = lost.map(|issue| issue.path_bytes()).collect();
        assert_eq!(paths, [&b"a-2"[..], b"b-2", b"a-3", b"empty-2"], "{format}");
        assert_eq!(report.problems(), 0, "{format}");
        // Without being asked.
        let (archive, report) = run(&tar, format).unwrap();
        assert_eq!(left_out(&report), [&b"a-2"[..], b"b-2", b"a-3", b"empty-2"]);
        assert_eq!(contents(&archive).len(), 3);
    }
    // Where there are links, they stay links.
    let (archive, report) = with_copies(&tar, WriteFormat::Ustar, Limits::default()).unwrap();
    let links = contents(&archive).into_iter();
    let links = links.filter(|(entry, _)| entry.hardlink_bytes().is_some());
    assert_eq!((links.count(), report.issues().len()), (4, 0));
}

#[test]
fn data_of_the_last_name_is_copied_to_those_before() {
    let cpio = late_data(&["b", "c", "a"], 3, b"data");
    for format in linkless() {
        let (archive, report) = with_copies(&cpio, format, Limits::default()).unwrap();
        let found = found(&archive);
        for name in ["a", "b", "c"] {
            assert_eq!(found[name], b"data", "{format}, {name}");
        }
        assert_eq!((report.entries(), report.problems()), (5, 0), "{format}");
    }
    // And of those that have none.
    let cpio = late_data(&["b", "c", "a"], 3, b"");
    for format in linkless() {
        let (archive, report) = with_copies(&cpio, format, Limits::default()).unwrap();
        assert_eq!(found(&archive).len(), 5, "{format}");
        assert_eq!((report.entries(), report.problems()), (5, 0), "{format}");
    }
}

#[test]
fn holes_are_copied() {
    let mut sparse = EntryBuf::file("sparse", 300_000).unwrap();
    sparse
        .set_sparse_map(&[100_000..100_004, 200_000..200_004])
        .unwrap();
    let mut data = vec![0; 300_000];
    data[100_000..100_004].copy_from_slice(b"head");
    data[200_000..200_004].copy_from_slice(b"tail");
    let tar = write(WriteFormat::Pax, &[(sparse, &data), link("copy", "sparse")]);
    let (zip, report) = with_copies(&tar, WriteFormat::Zip, Limits::default()).unwrap();
    assert!(found(&zip)["copy"] == data);
    assert_eq!(report.problems(), 0, "{:?}", report.issues());
}

/// A link means the entry of its target's name that came last.
#[test]
fn a_link_is_a_copy_of_the_right_file() {
    let tar = write(
        WriteFormat::Pax,
        &[
            file("a", b"first"),
            link("one", "a"),
            file("a", b"second"),
            link("two", "a"),
        ],
    );
    let (zip, _) = with_copies(&tar, WriteFormat::Zip, Limits::default()).unwrap();
    let found = found(&zip);
    assert_eq!(
        (&found["one"][..], &found["two"][..]),
        (&b"first"[..], &b"second"[..])
    );
    // One that was left out is no copy of what was there before.
    let limits = || Limits::none().file_bytes(5);
    let (zip, report) = with_copies(&tar, WriteFormat::Zip, limits()).unwrap();
    assert_eq!(
        left_out(&report),
        [&b"a"[..], b"two"],
        "{:?}",
        report.issues()
    );
    assert_eq!(contents(&zip).len(), 2);
}

/// A small archive with many names of one file would be a bomb.
#[test]
fn copies_count_for_the_limits() {
    static DATA: [u8; 100_000] = [b'x'; 100_000];
    let mut entries = vec![file("a", &DATA)];
    let names: Vec<_> = (0..800).map(|number| format!("link-{number}")).collect();
    entries.extend(names.iter().map(|name| link(name, "a")));
    let tar = write(WriteFormat::Pax, &entries);
    for (limits, limit) in [
        (Limits::none().total_bytes(1_000_000), Limit::TotalBytes),
        (Limits::none().ratio(10), Limit::Ratio),
    ] {
        let error = with_copies(&tar, WriteFormat::Zip, limits)
            .map(drop)
            .unwrap_err();
        assert_eq!(error.limit(), Some(limit), "{error:#}");
    }
}
