//! Readers: opening, headers, data, the end.

use std::{
    io::{self, Cursor, Read, Seek, SeekFrom},
    sync::{
        Arc, Barrier,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use anyarchive::{Error, ErrorKind, Filter, Format, Reader, version_string};
use anyarchive_test_support::{
    child_job, run_as_child,
    samples::{Item, Spec},
    sources::{Fault, Source},
};

fn archive(format: &str) -> Vec<u8> {
    let data: Vec<u8> = (0..200_000_u32).map(|i| (i % 253) as u8).collect();
    let items = [
        Item::file("a", "alpha\n"),
        Item::file("b", data),
        Item::file("c", ""),
    ];
    Spec::new(format).to_vec(items).unwrap()
}

fn names(reader: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, Error> {
    let mut names = Vec::new();
    while let Some(entry) = reader.next_entry()? {
        names.push(entry.path_bytes().to_vec());
    }
    Ok(names)
}

/// Seeks that fail from some call on, and are counted.
struct Stubborn {
    inner: Cursor<Vec<u8>>,
    seeks: Arc<AtomicU64>,
    fail_from: u64,
}

impl Read for Stubborn {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer)
    }
}

impl Seek for Stubborn {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if self.seeks.fetch_add(1, Ordering::Relaxed) >= self.fail_from {
            return Err(io::Error::other("stuck"));
        }
        self.inner.seek(to)
    }
}

/// Contract 3: a skip callback that answers less than 0 is asked again for ever. Ours answers 0, is not
/// asked again, and the failure comes out whole.
#[test]
fn failing_skips_end() {
    const NAME: &str = "reader::failing_skips_end";
    if child_job().is_none() {
        let finished = run_as_child(NAME, "skip", &[], Duration::from_secs(60)).unwrap();
        return assert_eq!(finished.problem(), None);
    }
    let large = Item::file("large", vec![1; 3 << 20]);
    for format in ["pax", "newc", "zip", "7zip", "iso9660"] {
        let archive = Spec::new(format)
            .to_vec([large.clone(), Item::file("z", "z")])
            .unwrap();
        let mut failed = 0;
        for fail_from in 1..12 {
            let seeks = Arc::new(AtomicU64::new(0));
            let source = Stubborn {
                inner: Cursor::new(archive.clone()),
                seeks: Arc::clone(&seeks),
                fail_from,
            };
            let result = Reader::from_seekable(source).and_then(|mut reader| names(&mut reader));
            if let Err(error) = result {
                assert_eq!(error.kind(), ErrorKind::Io, "{format}: {error:?}");
                let cause = std::error::Error::source(&error).unwrap();
                assert_eq!(cause.to_string(), "stuck", "{format}");
                failed += 1;
                assert_eq!(seeks.load(Ordering::Relaxed), fail_from + 1, "{format}");
            }
        }
        assert!(failed > 0, "{format} never moves");
    }
}

/// Contract 5.1: after a failure for good and after the end C answers with failures of its own; a reader
/// answers that there is nothing more, however often it is asked.
#[test]
fn nothing_follows_the_end() {
    for format in ["pax", "zip", "7zip", "newc", "iso9660"] {
        let archive = archive(format);
        let mut reader = Reader::from_bytes(&archive).unwrap();
        while reader.next_entry().unwrap().is_some() {}
        for _ in 0..3 {
            assert!(reader.next_entry().unwrap().is_none(), "{format}");
            assert!(reader.current_entry().is_none(), "{format}");
            assert!(!reader.advance().unwrap(), "{format}");
        }
        let cut = &archive[..archive.len() / 3];
        let Ok(mut reader) = Reader::from_reader(cut) else {
            continue;
        };
        let mut failures = 0;
        for _ in 0..20 {
            match reader.next_entry() {
                Ok(None) => break,
                Ok(Some(mut entry)) => drop(entry.read_to_vec()),
                Err(error) => failures += u32::from(!error.is_recoverable()),
            }
        }
        assert!(failures <= 1, "{format}");
        assert!(reader.next_entry().unwrap().is_none(), "{format}");
    }
}

/// Contract 5.1: RETRY can follow RETRY as long as a source gives bytes. There is a bound.
#[test]
fn damaged_blocks_come_to_an_end() {
    let mut archive = archive("ustar");
    // A header with a wrong checksum, over and over, behind a good entry.
    let mut bad = archive[..512].to_vec();
    bad[0] ^= 1;
    archive.truncate(1024);
    let source = Cursor::new(archive).chain(Repeat {
        block: bad,
        position: 0,
    });
    let mut reader = Reader::from_reader(source).unwrap();
    assert!(reader.next_entry().unwrap().is_some());
    let error = reader.next_entry().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error:?}");
    assert!(reader.next_entry().unwrap().is_none());
}

struct Repeat {
    block: Vec<u8>,
    position: usize,
}

impl Read for Repeat {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for byte in &mut *buffer {
            *byte = self.block[self.position % self.block.len()];
            self.position += 1;
        }
        Ok(buffer.len())
    }
}

/// Contract 6.1: a format that is forced before it has looked at the data reads through NULL (cpio) or
/// divides by 0 (ar and RAR 5 on no bytes). Formats are restricted, never forced.
#[test]
fn one_format_alone_looks_first() {
    for format in Format::all() {
        let settings = Reader::builder().format(format);
        for bytes in [&b""[..], b"0", &[0; 600], b"070701 and no more"] {
            for mut reader in [settings.from_bytes(bytes), settings.from_reader(bytes)]
                .into_iter()
                .flatten()
            {
                let _ = names(&mut reader);
            }
        }
    }
    for (name, format) in [
        ("newc", Format::Cpio),
        ("pax", Format::Tar),
        ("zip", Format::Zip),
        ("7zip", Format::SevenZip),
        ("iso9660", Format::Iso9660),
        ("arbsd", Format::Ar),
    ] {
        let archive = archive(name);
        let mut reader = Reader::builder()
            .format(format)
            .from_bytes(&archive)
            .unwrap();
        assert!(names(&mut reader).unwrap().len() >= 3, "{name}");
    }
}

/// Contract 6.4: an option undoes a forced format without a word. A restricted one stays.
#[test]
fn options_leave_the_format_alone() {
    let settings = Reader::builder()
        .format(Format::Cpio)
        .options("hdrcharset=UTF-8");
    assert_eq!(
        settings.from_bytes(archive("ustar")).unwrap_err().kind(),
        ErrorKind::UnknownFormat
    );
    let mut reader = settings.from_bytes(archive("newc")).unwrap();
    assert_eq!(names(&mut reader).unwrap().len(), 3);
}

/// Contract 6.1: opening by path again, after that failed on a handle, frees twice. Each opening has a
/// handle of its own.
#[test]
fn settings_open_again_after_a_failure() {
    let settings = Reader::builder();
    for _ in 0..3 {
        assert_eq!(
            settings.open("/nonexistent/archive").unwrap_err().kind(),
            ErrorKind::Io
        );
        assert_eq!(
            settings.from_bytes("no archive").unwrap_err().kind(),
            ErrorKind::UnknownFormat
        );
    }
    let archive = archive("pax");
    assert_eq!(
        names(&mut settings.from_bytes(archive).unwrap())
            .unwrap()
            .len(),
        3
    );
}

/// Contract 6.4: each registration takes one of 16 slots, and the 17th fails. Naming something twice is
/// naming it once.
#[test]
fn naming_a_format_again_takes_no_slot() {
    let mut settings = Reader::builder();
    for _ in 0..40 {
        settings = settings.format(Format::Tar).filter(Filter::Gzip);
    }
    let archive = Spec::new("ustar")
        .filter("gzip")
        .to_vec([Item::file("a", "a")])
        .unwrap();
    let mut reader = settings.from_bytes(&archive).unwrap();
    assert_eq!(names(&mut reader).unwrap(), [b"a"]);
}

/// Contract 6.4: C's own read drops the bytes that came before a failure in the same call. Ours gives
/// them, then the failure.
#[test]
fn bytes_before_a_failure_are_not_lost() {
    let data: Vec<u8> = (0..20_000_u32).map(|i| (i % 251) as u8).collect();
    let archive = Spec::new("ustar")
        .to_vec([Item::file("a", data.clone())])
        .unwrap();
    let cut = &archive[..9_000];
    for size in [20_000, 4_096, 100, 1] {
        let mut reader = Reader::from_reader(cut).unwrap();
        let mut entry = reader.next_entry().unwrap().unwrap();
        let (mut read, mut buffer) = (Vec::new(), vec![0; size]);
        let error = loop {
            match entry.read(&mut buffer) {
                Ok(0) => panic!("the end, with buffers of {size}"),
                Ok(count) => read.extend_from_slice(&buffer[..count]),
                Err(error) => break error.downcast::<Error>().unwrap(),
            }
        };
        assert_eq!(error.kind(), ErrorKind::Truncated, "{error:?}");
        assert_eq!(read, data[..read.len()], "buffers of {size}");
        assert!(
            read.len() >= 9_000 - 512 - 512,
            "{} with buffers of {size}",
            read.len()
        );
    }
}

/// Contract 6.4: the reader of WARC wants a record in one block. Small blocks lose nothing.
#[test]
fn small_blocks_lose_no_records() {
    let items: Vec<_> = (0..5)
        .map(|i| Item::file(format!("{i}"), "text ".repeat(700)))
        .collect();
    let archive = Spec::new("warc").to_vec(items).unwrap();
    let expected = names(&mut Reader::from_bytes(&archive).unwrap()).unwrap();
    assert!(expected.len() >= 5);
    for size in [512, 4096, 65_536] {
        let mut reader = Reader::builder()
            .block_size(size)
            .from_bytes(&archive)
            .unwrap();
        assert_eq!(names(&mut reader).unwrap(), expected, "{size}");
    }
}

/// Contract 2: the name of a filter is freed with the handle, or at its close. A copy is not.
#[test]
fn names_outlive_the_reader() {
    let archive = Spec::new("zip").to_vec([Item::file("a", "a")]).unwrap();
    let (format, filters) = {
        let mut reader = Reader::from_bytes(&archive).unwrap();
        assert!(reader.next_entry().unwrap().is_some());
        (reader.format_name(), reader.filters())
    };
    assert!(format.unwrap().starts_with("ZIP"), "{filters:?}");
}

/// Contract 3: a negative answer of the skip callback makes C ask for more and more, for ever. Whatever call
/// of the source fails, lies or ends: reading ends, and a failure is told.
#[test]
fn sources_that_cannot_skip_end_the_reading() {
    if child_job().is_none() {
        let name = "reader::sources_that_cannot_skip_end_the_reading";
        let finished = run_as_child(name, "run", &[], Duration::from_secs(300)).unwrap();
        assert_eq!(finished.problem(), None);
        return;
    }
    // Data beyond the size from which C seeks instead of reading.
    let large = vec![7; 300_000];
    let items = [Item::file("large", large), Item::file("small", "data")];
    for format in ["pax", "newc", "zip", "7zip", "iso9660"] {
        let archive = Spec::new(format).to_vec(items.clone()).unwrap();
        for fault in [Fault::Fail, Fault::Lie, Fault::End] {
            for call in 0.. {
                let source = Source::new(archive.clone()).fault(fault, call);
                let calls = source.calls();
                let mut skipped = Reader::from_seekable(source);
                let end = match &mut skipped {
                    Ok(reader) => loop {
                        match reader.next_entry() {
                            Ok(Some(_)) => {}
                            Ok(None) => break Ok(()),
                            Err(error) if error.is_recoverable() => {}
                            Err(error) => break Err(error.to_string()),
                        }
                    },
                    Err(error) => Err(error.to_string()),
                };
                drop(skipped);
                if calls.all() <= call {
                    assert_eq!(end, Ok(()), "{format}, {fault:?}");
                    break;
                }
            }
        }
    }
}

/// Contract 4: what describes the library is made in one static buffer at the first call, without a lock.
#[test]
fn threads_ask_for_the_version_at_once() {
    if child_job().is_none() {
        let name = "reader::threads_ask_for_the_version_at_once";
        let finished = run_as_child(name, "run", &[], Duration::from_secs(60)).unwrap();
        assert_eq!(finished.problem(), None);
        return;
    }
    let start = Barrier::new(8);
    let texts: Vec<_> = thread::scope(|scope| {
        let ask = || {
            start.wait();
            let all = anyarchive::capabilities().map(|found| format!("{found:?}"));
            (version_string(), all.map_err(|error| error.to_string()))
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
}
