//! Sinks that panic, fail, lie, stutter or call back: what comes out is the panic or the error as it
//! was, and the sink is left alone afterwards.

use std::{
    cell::Cell,
    fs::OpenOptions,
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind, panic_any},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyarchive::{
    EntryBuf, Error, ErrorKind, Reader, WriteFilter, WriteFormat, Writer, WriterBuilder,
};
use anyarchive_test_support::{child_job, run_as_child};

use crate::world::{Item, builtin, formats, noise, plain, read, write};

/// How a sink goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    Fail,
    Panic,
    TakeNothing,
    Lie,
}

pub(crate) const FAULTS: [Fault; 4] = [Fault::Fail, Fault::Panic, Fault::TakeNothing, Fault::Lie];

/// What a broken sink throws.
pub(crate) struct Thrown;

/// Works for some calls, goes wrong once, and counts how often it was called after that.
#[derive(Debug)]
pub(crate) struct Sink {
    fault: Fault,
    good_calls: u64,
    calls: Arc<AtomicU64>,
    dropped: Arc<AtomicU64>,
}

impl Sink {
    pub(crate) fn new(fault: Fault, good_calls: u64) -> (Self, Arc<AtomicU64>, Arc<AtomicU64>) {
        let (calls, dropped) = <(Arc<AtomicU64>, Arc<AtomicU64>)>::default();
        let sink = Self {
            fault,
            good_calls,
            calls: calls.clone(),
            dropped: dropped.clone(),
        };
        (sink, calls, dropped)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        if call < self.good_calls {
            return Ok(bytes.len());
        }
        match self.fault {
            Fault::Fail => Err(io::Error::other("the disk is on fire")),
            Fault::Panic => panic_any(Thrown),
            Fault::TakeNothing => Ok(0),
            Fault::Lie => Ok(bytes.len() + 1),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes an archive into a sink; its data compresses badly, so that there are many calls.
fn fill(settings: &WriterBuilder, sink: Sink) -> anyarchive::Result<Sink> {
    let mut writer = settings.to_writer(sink)?;
    for item in items() {
        writer.append(&item.entry, &item.data[..])?;
    }
    writer.finish()
}

fn items() -> Vec<Item> {
    vec![
        Item::file("first", noise(20_000)),
        Item::file("second", "text\n".repeat(3000)),
    ]
}

/// Every format, and every filter.
fn all_settings() -> Vec<(String, WriterBuilder)> {
    let one_entry = |format| format == WriteFormat::Raw;
    let formats = formats().into_iter().filter(|&format| !one_entry(format));
    let mut all: Vec<(String, WriterBuilder)> = formats
        .map(|format| (format.to_string(), plain(format)))
        .collect();
    for filter in builtin() {
        let settings = plain(WriteFormat::Pax).filter(filter);
        all.push((format!("pax in {filter}"), settings.clone()));
        all.push((format!("pax in {filter}, by threads"), settings.threads(2)));
    }
    all.into_iter()
        .map(|(name, settings)| (name, settings.block_size(512)))
        .collect()
}

/// How often a whole archive calls its sink.
fn calls_of(settings: &WriterBuilder) -> u64 {
    let (sink, calls, _) = Sink::new(Fault::Fail, u64::MAX);
    fill(settings, sink).unwrap();
    calls.load(Ordering::Relaxed)
}

#[test]
fn the_first_failure_comes_out_whole_and_is_the_last_call() {
    for (name, settings) in all_settings() {
        let total = calls_of(&settings);
        assert!(total > 0, "{name}");
        let step = (total / 12).max(1) as usize;
        for good_calls in (0..total).step_by(step).chain([total - 1]) {
            for fault in FAULTS {
                let (sink, calls, dropped) = Sink::new(fault, good_calls);
                let result = catch_unwind(AssertUnwindSafe(|| fill(&settings, sink)));
                let at = format!("{name}, {fault:?} at call {good_calls} of {total}");
                match (fault, result) {
                    (Fault::Panic, Err(thrown)) => assert!(thrown.is::<Thrown>(), "{at}"),
                    (Fault::Panic, Ok(_)) => panic!("{at}: no panic"),
                    (_, Err(_)) => panic!("{at}: a panic"),
                    (_, Ok(Ok(_))) => panic!("{at}: no error"),
                    (_, Ok(Err(error))) => assert_is_of_sink(&error, fault, &at),
                }
                assert_eq!(calls.load(Ordering::Relaxed), good_calls + 1, "{at}");
                assert_eq!(dropped.load(Ordering::Relaxed), 1, "{at}");
            }
        }
    }
}

pub(crate) fn assert_is_of_sink(error: &Error, fault: Fault, at: &str) {
    assert_eq!(error.kind(), ErrorKind::Io, "{at}: {error:#}");
    assert!(error.op().is_some(), "{at}: {error:#}");
    assert!(!error.is_recoverable(), "{at}");
    let source = std::error::Error::source(error).unwrap();
    let source = source.downcast_ref::<io::Error>().unwrap();
    let kind = match fault {
        Fault::Fail => io::ErrorKind::Other,
        Fault::TakeNothing => io::ErrorKind::WriteZero,
        Fault::Lie => io::ErrorKind::InvalidData,
        Fault::Panic => unreachable!("it panics"),
    };
    assert_eq!(source.kind(), kind, "{at}");
    if matches!(fault, Fault::Fail) {
        assert_eq!(source.to_string(), "the disk is on fire", "{at}");
    }
}

#[test]
fn after_a_failure_every_call_says_so_and_none_reaches_the_sink() {
    let (sink, calls, _) = Sink::new(Fault::Fail, 0);
    let mut writer = plain(WriteFormat::Pax)
        .block_size(512)
        .to_writer(sink)
        .unwrap();
    let data = noise(5000);
    let entry = EntryBuf::file("file", data.len() as u64).unwrap();
    assert_eq!(
        writer.append(&entry, &data[..]).unwrap_err().kind(),
        ErrorKind::Io
    );
    for _ in 0..3 {
        let error = writer.append(&entry, &data[..]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Poisoned, "{error}");
    }
    assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::Poisoned);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[test]
fn a_writer_that_panicked_can_be_used_and_answers() {
    let (sink, calls, dropped) = Sink::new(Fault::Panic, 0);
    let mut writer = plain(WriteFormat::Zip)
        .block_size(16)
        .to_writer(sink)
        .unwrap();
    let append = |writer: &mut Writer<Sink>| writer.append_bytes("file", &noise(500));
    let thrown = catch_unwind(AssertUnwindSafe(|| append(&mut writer))).unwrap_err();
    assert!(thrown.is::<Thrown>());
    assert_eq!(append(&mut writer).unwrap_err().kind(), ErrorKind::Poisoned);
    drop(writer);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
}

#[test]
fn dropping_an_unfinished_writer_writes_nothing_more() {
    for (name, settings) in all_settings() {
        for entries in 0..=2 {
            let (sink, calls, dropped) = Sink::new(Fault::Panic, u64::MAX);
            let mut writer = settings.to_writer(sink).unwrap();
            for item in items().iter().take(entries) {
                writer.append(&item.entry, &item.data[..]).unwrap();
            }
            let before = calls.load(Ordering::Relaxed);
            drop(writer);
            assert_eq!(calls.load(Ordering::Relaxed), before, "{name}");
            assert_eq!(dropped.load(Ordering::Relaxed), 1, "{name}");
        }
    }
}

#[test]
fn a_writer_dropped_within_an_entry_writes_nothing_more() {
    for (name, settings) in all_settings() {
        let (sink, calls, _) = Sink::new(Fault::Panic, u64::MAX);
        let mut writer = settings.to_writer(sink).unwrap();
        let item = &items()[0];
        let mut entry = writer.start_entry(&item.entry).unwrap();
        entry.write_all(&item.data[..7000]).unwrap();
        drop(entry);
        let before = calls.load(Ordering::Relaxed);
        drop(writer);
        assert_eq!(calls.load(Ordering::Relaxed), before, "{name}");
    }
}

/// Takes one byte at a time, is interrupted every second time, and writes an archive of its own in
/// between.
struct Odd {
    bytes: Vec<u8>,
    calls: u64,
}

impl Write for Odd {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls += 1;
        if self.calls.is_multiple_of(2) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if self.calls.is_multiple_of(101) {
            let inner = write(&plain(WriteFormat::Zip), &[Item::file("grüße", "inner")])?;
            assert_eq!(read(&inner)?.len(), 1);
        }
        self.bytes.push(bytes[0]);
        Ok(1)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn short_interrupted_and_reentrant_writes_give_the_same_archive() {
    for filter in [None, Some(WriteFilter::Gzip), Some(WriteFilter::Compress)] {
        for format in [WriteFormat::Pax, WriteFormat::Zip, WriteFormat::SevenZip] {
            let mut settings = plain(format).block_size(64).reproducible();
            if let Some(filter) = filter {
                settings = settings.filter(filter);
            }
            let sink = Odd {
                bytes: Vec::new(),
                calls: 0,
            };
            let mut writer = settings.to_writer(sink).unwrap();
            for item in items() {
                writer.append(&item.entry, &item.data[..]).unwrap();
            }
            let bytes = writer.finish().unwrap().bytes;
            assert!(
                bytes == write(&settings, &items()).unwrap(),
                "{format} in {filter:?}"
            );
        }
    }
}

#[test]
fn a_full_disk_is_an_error_with_its_number() {
    let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else {
        return;
    };
    for (name, settings) in all_settings() {
        let mut writer = match settings.to_writer(full.try_clone().unwrap()) {
            Ok(writer) => writer,
            Err(error) => {
                assert_eq!(error.os_error(), Some(libc::ENOSPC), "{name}");
                continue;
            }
        };
        let mut result = Ok(());
        for item in items() {
            result = result.and_then(|()| writer.append(&item.entry, &item.data[..]));
        }
        let error = result.and_then(|()| writer.finish().map(drop)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{name}: {error:#}");
        assert_eq!(error.os_error(), Some(libc::ENOSPC), "{name}: {error:#}");
    }
}

thread_local! {
    static DROPS: Cell<u64> = const { Cell::new(0) };
}

/// Panics when it is dropped.
struct Grenade;

impl Drop for Grenade {
    fn drop(&mut self) {
        DROPS.set(DROPS.get() + 1);
        if !std::thread::panicking() {
            panic_any(Thrown);
        }
    }
}

impl Write for Grenade {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::Error::other("no flush"))
    }
}

#[test]
fn a_sink_that_panics_in_its_drop_does_so_after_everything_else() {
    let mut writer = plain(WriteFormat::Pax).to_writer(Grenade).unwrap();
    writer.append_bytes("file", b"data").unwrap();
    let thrown = catch_unwind(AssertUnwindSafe(|| drop(writer))).unwrap_err();
    assert!(thrown.is::<Thrown>());
    assert_eq!(DROPS.get(), 1);
}

#[test]
fn a_sink_that_cannot_flush_is_an_error_at_the_end() {
    #[derive(Debug)]
    struct NoFlush;
    impl Write for NoFlush {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::Error::other("no flush"))
        }
    }
    let writer = plain(WriteFormat::Pax).to_writer(NoFlush).unwrap();
    let error = writer.finish().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("no flush"), "{error}");
}

#[test]
fn the_sink_comes_back_and_can_stay_with_the_caller() {
    let mut sink = Vec::from(*b"before ");
    let mut writer = plain(WriteFormat::Pax).to_writer(&mut sink).unwrap();
    writer.append_bytes("file", b"data").unwrap();
    assert_eq!(writer.sink().len(), 7);
    writer.finish().unwrap();
    assert!(sink.starts_with(b"before "));
    let mut reader = Reader::from_bytes(&sink[7..]).unwrap();
    assert!(reader.next_entry().unwrap().is_some());
}

#[test]
fn a_writer_moves_between_threads() {
    let mut writer = plain(WriteFormat::Zip).to_vec().unwrap();
    writer.append_bytes("one", b"1").unwrap();
    let mut writer = std::thread::spawn(move || {
        writer.append_bytes("two", b"2").unwrap();
        writer
    })
    .join()
    .unwrap();
    writer.append_bytes("three", b"3").unwrap();
    assert_eq!(writer.entries_written(), 3);
    assert_eq!(read(&writer.finish().unwrap()).unwrap().len(), 3);
}

/// Bytes of memory that this process has for its data.
#[cfg(target_os = "linux")]
fn memory() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(5).unwrap().parse::<u64>().unwrap() * 4096
}

#[cfg(target_os = "linux")]
#[test]
fn a_zip_writer_dropped_within_an_entry_keeps_no_memory() {
    const NAME: &str = "sinks::a_zip_writer_dropped_within_an_entry_keeps_no_memory";
    if child_job().is_none() {
        let child = run_as_child(NAME, "drop", &[], Duration::from_secs(120)).unwrap();
        assert_eq!(child.problem(), None);
        return;
    }
    let drop_some = || {
        for _ in 0..300 {
            let mut writer = Writer::builder(WriteFormat::Zip)
                .to_writer(io::sink())
                .unwrap();
            let mut entry = writer
                .start_entry(EntryBuf::file("f", 1 << 20).unwrap())
                .unwrap();
            entry.write_all(b"begun").unwrap();
        }
    };
    drop_some();
    let before = memory();
    drop_some();
    // C forgets the state of deflate, which is a third of a megabyte, 300 times.
    let more = memory().saturating_sub(before);
    assert!(more < 32 << 20, "{more} bytes more");
}
