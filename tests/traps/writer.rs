//! Traps of writing.

use std::{
    io::{self, Write},
    time::Duration,
};

use anyarchive::{EntryBuf, ErrorKind, Format, Reader, WriteFilter, WriteFormat, Writer};
use anyarchive_test_support::{child_job, run_as_child};

fn formats() -> impl Iterator<Item = WriteFormat> {
    WriteFormat::all().filter(|format| format.is_available().unwrap())
}

/// Contract 6.1: names that the locale cannot tell make writers of pax and shar read through NULL, and that
/// of ZIP up to 3.8.5. Every format gets them, in both locales, and takes them or refuses them.
#[test]
fn names_crash_no_writer() {
    if child_job().is_none() {
        for locale in ["C", "C.UTF-8"] {
            let name = "writer::names_crash_no_writer";
            let limit = Duration::from_secs(120);
            let finished = run_as_child(name, "run", &[("LC_ALL", locale)], limit).unwrap();
            assert_eq!(finished.problem(), None, "{locale}");
        }
        return;
    }
    let mut taken = 0;
    for format in formats() {
        for name in ["größe".as_bytes(), b"not \xff UTF-8", b"\xf0\x9f", b"./"] {
            let mut entry = EntryBuf::file("x", 1).unwrap();
            entry.set_path_bytes(name).unwrap();
            entry.set_uname(name).unwrap().set_gname(name).unwrap();
            let mut link = EntryBuf::symlink("link", "x").unwrap();
            link.set_symlink_bytes(name).unwrap();
            let mut writer = Writer::builder(format).to_vec().unwrap();
            let entry = writer.append(&entry, &b"x"[..]);
            let link = writer.append_entry(&link);
            for error in [entry.err(), link.err()].into_iter().flatten() {
                assert_ne!(error.kind(), ErrorKind::Other, "{format}: {error}");
            }
            taken += u32::from(writer.finish().is_ok());
        }
    }
    assert!(taken > 0);
}

/// Contract 6.1: writers of shar, and that of ZIP up to 3.8.5, read through NULL where an entry has no path.
/// An entry can come without one from a reader or as data; no writer gets it.
#[test]
fn entries_without_path_reach_no_writer() {
    let nameless: EntryBuf = serde_json::from_str(r#"{ "size": 0, "mode": 420 }"#).unwrap();
    assert_eq!(nameless.path_bytes(), b"");
    for format in formats().filter(|&format| format != WriteFormat::Raw) {
        let mut writer = Writer::builder(format).to_vec().unwrap();
        let error = writer.append_entry(&nameless).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{format}: {error}");
    }
}

/// Fails at one write, or claims to have written more than there was.
struct Sink {
    good_calls: u32,
    lies: bool,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.good_calls.checked_sub(1) {
            Some(rest) => self.good_calls = rest,
            None if self.lies => return Ok(bytes.len() + 1),
            None => return Err(io::Error::other("the disk is on fire")),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How many writes went well before the writer said that one did not.
fn write_into(
    sink: Sink,
    filter: Option<WriteFilter>,
    format: WriteFormat,
) -> anyarchive::Result<()> {
    // Noise, of which no filter makes less.
    let mut state = 1_u32;
    let noise: Vec<u8> = (0..40_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect();
    let mut settings = Writer::builder(format).block_size(512);
    if let Some(filter) = filter {
        settings = settings.filter(filter);
    }
    let mut writer = settings.to_writer(sink)?;
    writer.append_bytes("noise", &noise)?;
    writer.finish().map(drop)
}

/// Contract 6.1, 3: an error of the write callback makes the filter `compress` write behind its buffer, in
/// all releases. C never hears of errors: the first is kept, and told after the call.
#[test]
fn errors_of_sinks_are_kept_from_c() {
    for good_calls in 0..40 {
        for filter in [None, Some(WriteFilter::Compress)] {
            let lies = false;
            let sink = Sink { good_calls, lies };
            let error = write_into(sink, filter, WriteFormat::Pax).unwrap_err();
            assert!(error.to_string().contains("on fire"), "{filter:?}: {error}");
        }
    }
}

/// Contract 6.1, 3: a write callback that answers more than it got makes C read behind its buffer. Such an
/// answer is an error.
#[test]
fn sinks_that_lie_are_told() {
    for good_calls in [0, 1, 5] {
        for format in [WriteFormat::Raw, WriteFormat::Pax] {
            let lies = true;
            let sink = Sink { good_calls, lies };
            assert!(write_into(sink, None, format).is_err(), "{format}");
        }
    }
}

/// Contract 5.1: `write_data` after a header that failed makes the handle fail for ever. A refused entry has
/// no writer of data, and the next entry goes through.
#[test]
fn refused_entries_take_no_data() {
    let mut writer = Writer::builder(WriteFormat::Ustar).to_vec().unwrap();
    let long = "n".repeat(300);
    assert!(writer.append_bytes(&long, b"lost").is_err());
    writer.append_bytes("kept", b"data").unwrap();
    let archive = writer.finish().unwrap();
    let mut reader = Reader::builder()
        .format(Format::Tar)
        .from_bytes(archive)
        .unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    assert_eq!(entry.path_bytes(), b"kept");
    assert_eq!(entry.read_to_vec().unwrap(), b"data");
    assert!(reader.next_entry().unwrap().is_none());
}
