//! Sizes are what the header says, or the caller hears of it.

use std::io::{self, Read, Write};

use anyarchive::{EntryBuf, Error, ErrorKind, WriteFormat};
use anyarchive_test_support::is_older_than;

use crate::world::{containers, noise, plain, read};

fn error(error: io::Error) -> Error {
    error.downcast::<Error>().unwrap()
}

#[test]
fn too_little_data_is_an_error_and_the_next_entry_is_whole() {
    for format in containers() {
        let mut writer = plain(format).to_vec().unwrap();
        let short = writer.append(EntryBuf::file("short", 1000).unwrap(), &[7; 10][..]);
        let short = short.unwrap_err();
        assert_eq!(short.entry_bytes(), Some(&b"short"[..]), "{format}");
        if matches!(
            format,
            WriteFormat::Warc | WriteFormat::ArBsd | WriteFormat::ArSvr4
        ) {
            // Nothing can be filled up there.
            assert!(!short.is_recoverable(), "{short:#}");
            continue;
        }
        assert_eq!(short.kind(), ErrorKind::InvalidInput, "{format}: {short:#}");
        assert!(short.is_recoverable(), "{format}");
        writer.append_bytes("next", b"whole").unwrap();
        let archive = writer.finish().unwrap();
        let defect = "does not fill files up in ZIP";
        if format == WriteFormat::Zip && is_older_than(3_008_009, defect) {
            continue;
        }
        let entries = read(&archive).unwrap_or_else(|error| panic!("{format}: {error:#}"));
        let next = entries.iter().find(|seen| seen.path == "next").unwrap();
        assert_eq!(next.data, b"whole", "{format}");
    }
}

#[test]
fn too_much_data_is_an_error_and_the_next_entry_is_whole() {
    for format in containers() {
        let mut writer = plain(format).to_vec().unwrap();
        let long = writer.append(EntryBuf::file("long", 1000).unwrap(), &[7; 1001][..]);
        let long = long.unwrap_err();
        assert_eq!(long.kind(), ErrorKind::InvalidInput, "{format}: {long:#}");
        assert!(long.is_recoverable(), "{format}");
        writer.append_bytes("next", b"whole").unwrap();
        let archive = writer.finish().unwrap();
        let entries = read(&archive).unwrap();
        let next = entries.iter().find(|seen| seen.path == "next").unwrap();
        assert_eq!(next.data, b"whole", "{format}");
    }
}

#[test]
fn a_dropped_entry_is_told_by_the_next_call_and_only_once() {
    for format in [WriteFormat::Pax, WriteFormat::Zip, WriteFormat::SevenZip] {
        let mut writer = plain(format).to_vec().unwrap();
        let entry = writer.start_entry(EntryBuf::file("dropped", 5).unwrap());
        entry.unwrap().write_all(b"abc").unwrap();
        let error = writer.append_bytes("next", b"whole").unwrap_err();
        assert_eq!(error.entry_bytes(), Some(&b"dropped"[..]), "{error}");
        assert!(error.is_recoverable());
        writer.append_bytes("next", b"whole").unwrap();

        let entry = writer.start_entry(EntryBuf::file("complete", 5).unwrap());
        entry.unwrap().write_all(b"abcde").unwrap();
        writer.append_bytes("last", b"whole").unwrap();

        let entry = writer.start_entry(EntryBuf::file("at the end", 5).unwrap());
        drop(entry.unwrap());
        let error = writer.finish().unwrap_err();
        assert_eq!(error.entry_bytes(), Some(&b"at the end"[..]), "{error}");
    }
}

#[test]
fn an_unset_size_is_refused_streamed_or_spooled() {
    let mut entry = EntryBuf::file("stream", 0).unwrap();
    entry.set_size(None).unwrap();
    let data = noise(3 << 20);
    for format in containers() {
        let mut writer = plain(format).to_vec().unwrap();
        match writer.append(&entry, &data[..]) {
            Ok(()) => assert_eq!(format, WriteFormat::Zip),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::InvalidInput, "{format}: {error:#}");
                assert_eq!(writer.bytes_written(), 0, "{format}");
            }
        }

        let mut writer = plain(format).spool_unknown_sizes().to_vec().unwrap();
        writer.append(&entry, &data[..]).unwrap();
        let mut streamed = writer.start_entry(&entry).unwrap();
        streamed.write_all(b"little").unwrap();
        streamed.finish().unwrap();
        writer.append_bytes("next", b"whole").unwrap();
        let entries = read(&writer.finish().unwrap()).unwrap();
        let lengths: Vec<usize> = entries
            .iter()
            .filter(|seen| seen.path != ".")
            .map(|seen| seen.data.len())
            .collect();
        // The image has one file of a path, the last.
        if format == WriteFormat::Iso9660 {
            assert!(lengths.contains(&5), "{format}: {lengths:?}");
        } else {
            assert_eq!(lengths, [data.len(), 6, 5], "{format}");
        }
    }
}

#[test]
fn a_failing_reader_is_an_error_and_the_next_entry_is_whole() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("unreadable"))
        }
    }
    let mut writer = plain(WriteFormat::Pax).to_vec().unwrap();
    let file = EntryBuf::file("failing", 100).unwrap();
    let failed = writer
        .append(&file, (&b"some"[..]).chain(Failing))
        .unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Io);
    assert!(failed.is_recoverable());
    assert!(failed.to_string().contains("unreadable"), "{failed}");
    writer.append_bytes("next", b"whole").unwrap();
    let entries = read(&writer.finish().unwrap()).unwrap();
    assert_eq!(entries[1].data, b"whole");
}

#[test]
fn entries_without_data_take_none() {
    let mut writer = plain(WriteFormat::Pax).to_vec().unwrap();
    let mut directory = EntryBuf::directory("dir").unwrap();
    // As `stat` tells it.
    directory.set_size(4096).unwrap();
    let mut entry = writer.start_entry(&directory).unwrap();
    let refused = error(entry.write(b"x").unwrap_err());
    assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{refused}");
    drop(entry);
    writer.append_entry(&directory).unwrap();
    let mut link = EntryBuf::hardlink("b", "a").unwrap();
    link.set_size(100).unwrap();
    writer.append_entry(&link).unwrap();
    let file = EntryBuf::file("file", 1).unwrap();
    assert!(writer.append_entry(&file).is_err());
    let entries = read(&writer.finish().unwrap()).unwrap();
    assert_eq!(entries.len(), 4);
}

#[test]
fn a_failed_entry_stays_failed() {
    let mut writer = plain(WriteFormat::Pax).to_vec().unwrap();
    let mut entry = writer
        .start_entry(EntryBuf::file("file", 3).unwrap())
        .unwrap();
    entry.write_all(b"abc").unwrap();
    assert!(entry.write(b"d").is_err());
    let again = error(entry.write(b"d").unwrap_err());
    assert_eq!(again.kind(), ErrorKind::Poisoned);
    assert_eq!(entry.finish().unwrap_err().kind(), ErrorKind::Poisoned);
    writer.append_bytes("next", b"whole").unwrap();
    writer.finish().unwrap();
}
