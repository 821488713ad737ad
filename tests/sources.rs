//! Sources that panic, fail, lie, stutter or never end: what comes out is the panic or the error as
//! it was, what was read before it, and nothing after it.

use std::{
    any::Any,
    error::Error as _,
    io::{self, Read, Seek},
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::Duration,
};

use anyarchive::{Error, ErrorKind, Reader, ReaderBuilder};
use anyarchive_test_support::{
    child_job, run_as_child,
    samples::{Item, Spec},
    sources::{Broken, Calls, Fault, Pace, Panicked, Source},
};

/// Most calls of a source that are made to go wrong, one after the other.
const MAX_CALLS: u64 = 150;

/// What was read: paths and data.
type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// What ended the reading.
enum End {
    Archive,
    Error(Error),
    Panic(Box<dyn Any + Send>),
}

fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let items = [
        Item::file("first.txt", "the first file\n"),
        Item::directory("dir"),
        Item::file("dir/noise.bin", noise(6000)),
        Item::file("dir/grüße.txt", "the last file\n"),
    ];
    let spec = |format: &str, filter: &str| Spec::new(format).filter(filter);
    [
        ("pax", Spec::new("pax")),
        ("newc", Spec::new("newc")),
        ("zip", Spec::new("zip")),
        ("7zip", Spec::new("7zip")),
        ("iso9660", Spec::new("iso9660")),
        ("pax, gzip", spec("pax", "gzip")),
        ("pax, xz", spec("pax", "xz")),
        ("pax, zstd", spec("pax", "zstd")),
        ("pax, compress", spec("pax", "compress")),
    ]
    .map(|(name, spec)| (name, spec.to_vec(items.clone()).unwrap()))
    .into()
}

/// Bytes that do not compress much.
fn noise(len: u64) -> Vec<u8> {
    (0..len).map(|n| (n.wrapping_mul(n) % 251) as u8).collect()
}

fn builder() -> ReaderBuilder {
    // Many small reads: each is a place where something can go wrong.
    Reader::builder().block_size(512)
}

fn open(source: Source, seekable: bool) -> anyarchive::Result<Reader<'static>> {
    if seekable {
        builder().from_seekable(source)
    } else {
        builder().from_reader(source)
    }
}

/// Reads into `entries`, data as it comes, until the end or an error.
fn read(reader: &mut Reader<'_>, entries: &mut Entries) -> anyarchive::Result<()> {
    while let Some(mut entry) = reader.next_entry()? {
        entries.push((entry.path_bytes().to_vec(), Vec::new()));
        let data = &mut entries.last_mut().unwrap().1;
        while let Some(block) = entry.next_block()? {
            data.extend_from_slice(&block);
        }
    }
    Ok(())
}

/// Reads everything; asks the reader again after the end, which must not reach the source.
fn run(source: Source, seekable: bool) -> (Entries, End) {
    let calls = source.calls();
    let mut entries = Entries::new();
    let reader = match catch_unwind(AssertUnwindSafe(|| open(source, seekable))) {
        Ok(Ok(reader)) => reader,
        Ok(Err(error)) => return (entries, End::Error(error)),
        Err(payload) => return (entries, End::Panic(payload)),
    };
    let mut reader = reader;
    let result = catch_unwind(AssertUnwindSafe(|| read(&mut reader, &mut entries)));
    let before = calls.all();
    let end = match result {
        Ok(Ok(())) => End::Archive,
        Ok(Err(error)) => End::Error(error),
        Err(payload) => End::Panic(payload),
    };
    match (reader.next_entry(), &end) {
        (Ok(None), End::Archive | End::Error(_)) => {}
        // Once, so that nobody takes this for the end of the archive.
        (Err(error), End::Panic(_) | End::Error(_)) => {
            assert_eq!(error.kind(), ErrorKind::Poisoned, "{error:?}");
        }
        (other, _) => panic!("{other:?} after the end"),
    }
    for _ in 0..2 {
        assert!(reader.next_entry().unwrap().is_none());
    }
    drop(reader);
    assert_eq!(calls.all(), before, "the source was called after its end");
    (entries, end)
}

/// What came before a failure must be what comes without it, each entry once and in order.
fn assert_prefix(part: &Entries, whole: &Entries, what: &str) {
    assert!(part.len() <= whole.len(), "{what}: too many entries");
    for (index, (mine, theirs)) in part.iter().zip(whole).enumerate() {
        assert_eq!(mine.0, theirs.0, "{what}: entry {index}");
        if index + 1 < part.len() {
            assert_eq!(mine.1, theirs.1, "{what}: data of entry {index}");
        } else {
            assert!(
                theirs.1.starts_with(&mine.1),
                "{what}: data of entry {index}"
            );
        }
    }
}

/// Runs a check for each sample, each way to open it that works, and each of its first calls.
fn at_every_call(check: impl Fn(&str, &[u8], bool, u64, &Entries)) {
    for (name, archive) in samples() {
        for seekable in [false, true] {
            if name == "7zip" && !seekable {
                continue;
            }
            let source = Source::new(archive.as_slice());
            let calls: Calls = source.calls();
            let (whole, end) = run(source, seekable);
            assert!(matches!(end, End::Archive), "{name}");
            assert_eq!(
                whole.iter().filter(|(_, data)| !data.is_empty()).count(),
                3,
                "{name}"
            );
            assert!(calls.all() > 1, "{name}");
            for call in 0..calls.all().min(MAX_CALLS) {
                let what = format!("{name}, seekable {seekable}, call {call}");
                check(&what, &archive, seekable, call, &whole);
            }
        }
    }
}

#[test]
fn a_panic_comes_out_as_it_was() {
    at_every_call(|what, archive, seekable, call, whole| {
        let source = Source::new(archive).fault(Fault::Panic, call);
        let (entries, end) = run(source, seekable);
        let End::Panic(payload) = end else {
            panic!("{what}: no panic");
        };
        assert_eq!(payload.downcast_ref(), Some(&Panicked(call)), "{what}");
        assert_prefix(&entries, whole, what);
    });
}

#[test]
fn an_error_comes_out_as_it_was() {
    at_every_call(|what, archive, seekable, call, whole| {
        let source = Source::new(archive).fault(Fault::Fail, call);
        let (entries, end) = run(source, seekable);
        let error = match end {
            End::Error(error) => error,
            // It failed behind all that was needed.
            End::Archive if entries == *whole => return,
            _ => panic!("{what}: no error"),
        };
        assert_eq!(error.kind(), ErrorKind::Io, "{what}: {error:?}");
        assert!(!error.is_recoverable(), "{what}");
        let cause = error
            .source()
            .and_then(|cause| cause.downcast_ref::<io::Error>());
        let broken = cause.and_then(|cause| cause.get_ref()?.downcast_ref::<Broken>());
        assert_eq!(broken, Some(&Broken(call)), "{what}");
        assert_prefix(&entries, whole, what);
    });
}

#[test]
fn a_lie_is_an_error() {
    at_every_call(|what, archive, seekable, call, whole| {
        let source = Source::new(archive).fault(Fault::Lie, call);
        let (entries, end) = run(source, seekable);
        // The first calls of a source that seeks ask where it is and where it ends: nothing can
        // tell that these answers are wrong.
        if seekable && call < 2 {
            assert!(!matches!(end, End::Panic(_)), "{what}");
            return;
        }
        let End::Error(error) = end else {
            panic!("{what}: no error");
        };
        assert_eq!(error.kind(), ErrorKind::Io, "{what}: {error:?}");
        assert_eq!(
            io::Error::from(error).kind(),
            io::ErrorKind::InvalidData,
            "{what}"
        );
        assert_prefix(&entries, whole, what);
    });
}

#[test]
fn an_early_end_gives_nothing_wrong() {
    at_every_call(|what, archive, seekable, call, whole| {
        let source = Source::new(archive).fault(Fault::End, call);
        let (entries, end) = run(source, seekable);
        assert!(!matches!(end, End::Panic(_)), "{what}");
        assert_prefix(&entries, whole, what);
    });
}

#[test]
fn short_and_interrupted_reads_lose_nothing() {
    for (name, archive) in samples() {
        for seekable in [false, true] {
            let (whole, end) = run(Source::new(archive.as_slice()), seekable);
            assert!(matches!(end, End::Archive) || name == "7zip", "{name}");
            for pace in [Pace::OneByte, Pace::Interrupted] {
                let source = Source::new(archive.as_slice()).pace(pace);
                let (entries, _) = run(source, seekable);
                assert_eq!(entries, whole, "{name}, seekable {seekable}, {pace:?}");
            }
        }
    }
}

/// Cannot seek at all, though it says it can.
struct NoSeek(Source);

impl Read for NoSeek {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Seek for NoSeek {
    fn seek(&mut self, _: io::SeekFrom) -> io::Result<u64> {
        Err(io::Error::other(Broken(0)))
    }
}

#[test]
fn a_source_that_cannot_seek_is_refused_at_once() {
    let (_, archive) = samples().swap_remove(0);
    let error = Reader::from_seekable(NoSeek(Source::new(archive))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    let cause = error
        .source()
        .and_then(|cause| cause.downcast_ref::<io::Error>());
    assert!(cause.is_some_and(|cause| cause.get_ref().is_some_and(|c| c.is::<Broken>())));
}

#[test]
fn data_that_failed_stays_failed() {
    let (_, archive) = samples().swap_remove(0);
    // In the data of the second file.
    let source = Source::new(archive).fault(Fault::Fail, 9);
    let mut reader = builder().from_reader(source).unwrap();
    let mut entry = reader.find("dir/noise.bin").unwrap().expect("it is there");
    let mut data = Vec::new();
    let error = entry.read_to_end(&mut data).unwrap_err();
    assert!(!data.is_empty(), "what came before the failure");
    assert!(
        error
            .downcast::<Error>()
            .is_ok_and(|error| error.kind() == ErrorKind::Io)
    );
    for _ in 0..2 {
        assert_eq!(entry.next_block().unwrap_err().kind(), ErrorKind::Poisoned);
        let error = entry.read(&mut [0; 10]).unwrap_err().downcast::<Error>();
        assert_eq!(error.unwrap().kind(), ErrorKind::Poisoned);
    }
    let error = reader.next_entry().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Poisoned);
    assert!(reader.next_entry().unwrap().is_none());
}

/// Panics when it is dropped.
struct BadDrop(Source);

impl Read for BadDrop {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Drop for BadDrop {
    fn drop(&mut self) {
        if !thread::panicking() {
            std::panic::resume_unwind(Box::new(Panicked(7)));
        }
    }
}

#[test]
fn a_panic_while_dropping_the_source_comes_out() {
    for (name, archive) in samples() {
        let source = BadDrop(Source::new(archive));
        let payload = catch_unwind(AssertUnwindSafe(|| {
            if let Ok(mut reader) = Reader::from_reader(source) {
                let _ = reader.next_entry();
            }
        }));
        let payload = payload.expect_err(name);
        assert_eq!(payload.downcast_ref(), Some(&Panicked(7)), "{name}");
    }
}

/// An archive in an archive in an archive, the innermost with these items.
fn nested(items: &[Item]) -> Vec<u8> {
    let inner = Spec::new("zip").to_vec(items.to_vec()).unwrap();
    let middle = Spec::new("pax").filter("zstd");
    let middle = middle
        .to_vec([Item::file("mittlere Grüße.zip", inner)])
        .unwrap();
    let outer = [
        Item::file("äußere.tar.zst", middle),
        Item::file("danach-ß", "still here"),
    ];
    Spec::new("pax").to_vec(outer).unwrap()
}

#[test]
fn an_entry_is_a_source() {
    let archive = nested(&[Item::file("innerste Größe", "hello")]);
    let mut outer = Reader::from_bytes(archive).unwrap();
    {
        let entry = outer.next_entry().unwrap().expect("an entry");
        assert_eq!(entry.path_bytes(), "äußere.tar.zst".as_bytes());
        let mut middle = Reader::from_reader(entry).unwrap();
        let entry = middle.next_entry().unwrap().expect("an entry");
        assert_eq!(entry.path_bytes(), "mittlere Grüße.zip".as_bytes());
        let mut inner = Reader::from_reader(entry).unwrap();
        let mut entry = inner.next_entry().unwrap().expect("an entry");
        assert_eq!(entry.path_bytes(), "innerste Größe".as_bytes());
        assert_eq!(entry.read_to_vec().unwrap(), b"hello");
    }
    let mut entry = outer.next_entry().unwrap().expect("an entry");
    assert_eq!(entry.path_bytes(), "danach-ß".as_bytes());
    assert_eq!(entry.read_to_vec().unwrap(), b"still here");
}

#[test]
fn a_panic_goes_through_readers_of_readers() {
    let archive = nested(&[Item::file("noise", noise(100_000))]);
    let source = Source::new(archive).fault(Fault::Panic, 4);
    let payload = catch_unwind(AssertUnwindSafe(|| {
        let mut outer = builder().from_reader(source).unwrap();
        let mut middle = builder()
            .from_reader(outer.next_entry().unwrap().unwrap())
            .unwrap();
        let mut inner = builder()
            .from_reader(middle.next_entry().unwrap().unwrap())
            .unwrap();
        inner.next_entry().unwrap().unwrap().read_to_vec().unwrap()
    }));
    assert_eq!(payload.unwrap_err().downcast_ref(), Some(&Panicked(4)));
}

#[test]
fn endless_sources_come_to_an_end() {
    const NAME: &str = "endless_sources_come_to_an_end";
    let header = Spec::new("ustar").to_vec([Item::file("a", "")]).unwrap();
    let junk = [&header[..512], &[b'x'; 512]].concat();
    let jobs = ["zeros", "letters", "ones", "junk after a tar header"];
    let Some(job) = child_job() else {
        for job in jobs {
            let finished = run_as_child(NAME, job, &[], Duration::from_secs(60)).unwrap();
            assert_eq!(finished.problem(), None, "{job}");
        }
        return;
    };
    let endless: Box<dyn Read + Send> = match job.as_str() {
        "zeros" => Box::new(io::repeat(0)),
        "letters" => Box::new(io::repeat(b'a')),
        "ones" => Box::new(io::repeat(0xff)),
        _ => Box::new(io::Cursor::new(junk).chain(io::repeat(b'x'))),
    };
    let mut entries = Entries::new();
    let result =
        Reader::from_reader(endless).and_then(|mut reader| read(&mut reader, &mut entries));
    if job == "junk after a tar header" {
        assert_eq!(entries.len(), 1);
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Corrupt);
    } else {
        assert!(entries.is_empty());
        assert!(job == "zeros" || result.is_err());
    }
}
