//! Sources that go wrong under every reference archive of upstream: no crash, no hang, nothing asked of
//! them afterwards, and what they threw or answered comes out as it was.

use std::{
    any::Any,
    collections::BTreeSet,
    error::Error as _,
    fs, io,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use anyarchive::{Error, Reader, Result};
use anyarchive_test_support::{
    child_job, is_older_than, reference_archives, run_as_child,
    samples::{Item, Spec},
    sources::{Broken, Fault, Pace, Panicked, Source},
};

/// How long one archive may take, read in all ways.
const LIMIT: Duration = Duration::from_secs(60);

/// Calls that go wrong, of each way to read one archive.
const CALLS: u64 = 12;

/// Longer archives are read less often, and only in part.
const LONG: usize = 1 << 17;

/// What ended the reading.
enum End {
    Archive,
    Error(Error),
    Panic(Box<dyn Any + Send>),
}

impl End {
    fn text(&self) -> String {
        match self {
            Self::Archive => "the end".into(),
            Self::Error(error) => format!("{error:#}"),
            Self::Panic(_) => "a panic".into(),
        }
    }

    fn is_broken_at(&self, call: u64) -> bool {
        let Self::Error(error) = self else {
            return false;
        };
        let source = error
            .source()
            .and_then(|source| source.downcast_ref::<io::Error>());
        let cause = source.and_then(io::Error::get_ref);
        cause.and_then(|cause| cause.downcast_ref()) == Some(&Broken(call))
    }
}

/// Reads all data, goes on as long as that is said to be possible, and then asks for more.
fn read(source: Source, seekable: bool) -> (u64, End) {
    let calls = source.calls();
    let settings = Reader::builder().block_size(4096);
    let open = || {
        if seekable {
            settings.from_seekable(source)
        } else {
            settings.from_reader(source)
        }
    };
    let mut reader = match catch_unwind(AssertUnwindSafe(open)) {
        Ok(Ok(reader)) => reader,
        Ok(Err(error)) => return (0, End::Error(error)),
        Err(payload) => return (0, End::Panic(payload)),
    };
    let end = match catch_unwind(AssertUnwindSafe(|| drain(&mut reader))) {
        Ok(Ok(())) => End::Archive,
        Ok(Err(error)) => End::Error(error),
        Err(payload) => End::Panic(payload),
    };
    let before = calls.all();
    for _ in 0..3 {
        if let Ok(Some(entry)) = reader.next_entry() {
            panic!("{entry:?} after {}", end.text());
        }
    }
    let entries = reader.entries_read();
    drop(reader.report());
    drop(reader);
    assert_eq!(
        calls.all(),
        before,
        "the source was called after {}",
        end.text()
    );
    (entries, end)
}

/// The first error that ends it all.
fn drain(reader: &mut Reader<'_>) -> Result<()> {
    loop {
        match reader.next_entry() {
            Ok(None) => return Ok(()),
            Ok(Some(mut entry)) => loop {
                match entry.next_block() {
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(error) if error.is_recoverable() => break,
                    Err(error) => return Err(error),
                }
            },
            Err(error) if error.is_recoverable() => {}
            Err(error) => return Err(error),
        }
    }
}

fn attack(path: &Path) {
    let archive: std::sync::Arc<[u8]> = fs::read(path).unwrap().into();
    let source = || Source::new(archive.clone());
    for seekable in [false, true] {
        let plain = source();
        let calls = plain.calls();
        let (entries, end) = read(plain, seekable);
        let all = calls.all();
        let what = |how: &dyn std::fmt::Debug| format!("{how:?}, seekable: {seekable}");
        if archive.len() < LONG {
            for pace in [Pace::OneByte, Pace::Interrupted] {
                let (slow_entries, slow_end) = read(source().pace(pace), seekable);
                assert_eq!(slow_entries, entries, "{}", what(&pace));
                assert_eq!(slow_end.text(), end.text(), "{}", what(&pace));
            }
        }
        let count = if archive.len() < LONG { CALLS } else { 2 };
        for call in (0..all).step_by(usize::try_from(all / count + 1).unwrap()) {
            for fault in [Fault::Panic, Fault::Fail, Fault::Lie, Fault::End] {
                let what = what(&(fault, call));
                let faulty = source().fault(fault, call);
                let calls = faulty.calls();
                let (some, outcome) = read(faulty, seekable);
                match (fault, &outcome) {
                    (Fault::Panic, End::Panic(payload)) => {
                        assert_eq!(payload.downcast_ref(), Some(&Panicked(call)), "{what}");
                    }
                    (_, End::Panic(_)) => panic!("{what}: it did not panic"),
                    (Fault::Panic, _) => panic!("{what}: {}", outcome.text()),
                    (Fault::Fail, _) if outcome.is_broken_at(call) => {}
                    // Of bytes that nobody wanted: behind the end, or before a seek away from them.
                    (Fault::Fail, _) => {
                        assert_eq!((some, outcome.text()), (entries, end.text()), "{what}");
                        continue;
                    }
                    (Fault::Lie | Fault::End, _) => {}
                }
                if matches!(fault, Fault::Panic | Fault::Fail) {
                    assert_eq!(calls.after_fault(), 0, "{what}");
                    assert!(some <= entries, "{what}");
                }
            }
        }
    }
}

#[test]
fn reference_archives_survive_any_source() {
    const NAME: &str = "reference_archives_survive_any_source";
    if let Some(archive) = child_job() {
        return attack(Path::new(&archive));
    }
    if is_older_than(3_008_009, "crashes or hangs on archives that came later") {
        return;
    }
    let archives = reference_archives().unwrap_or_else(|missing| panic!("{missing}"));
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        let mut problems = Vec::new();
        while let Some(archive) = archives.get(next.fetch_add(1, Ordering::Relaxed)) {
            let job = archive.to_str().unwrap();
            let finished = run_as_child(NAME, job, &[], LIMIT).unwrap();
            problems.extend(
                finished
                    .problem()
                    .map(|problem| format!("{job}: {problem}")),
            );
        }
        problems
    };
    let problems: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let join = |worker: thread::ScopedJoinHandle<'_, Vec<String>>| worker.join().unwrap();
        workers.into_iter().flat_map(join).collect()
    });
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(archives.len() > 300);
}

/// Memory that has another length each time it is asked for, and can panic at one of the times.
struct Fickle<'b> {
    bytes: &'b [u8],
    asked: AtomicUsize,
    shrinks: bool,
    panics_at: usize,
}

impl AsRef<[u8]> for Fickle<'_> {
    fn as_ref(&self) -> &[u8] {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        if asked == self.panics_at {
            resume_unwind(Box::new(Panicked(asked as u64)));
        }
        let less = match (self.shrinks, asked % 3) {
            (true, _) => asked * 7,
            (false, turn) => turn * self.bytes.len() / 4,
        };
        &self.bytes[..self.bytes.len().saturating_sub(less)]
    }
}

#[test]
fn memory_that_changes_its_length_harms_nobody() {
    let items = [
        Item::file("a", "text ".repeat(9999)),
        Item::file("b", "more"),
    ];
    let mut ends = BTreeSet::new();
    for spec in [
        Spec::new("ustar"),
        Spec::new("ustar").filter("gzip"),
        Spec::new("ustar").filter("xz"),
        Spec::new("ustar").filter("xz").filter("gzip"),
        Spec::new("zip"),
        Spec::new("7zip"),
    ] {
        let archive = spec.to_vec(items.clone()).unwrap();
        for (shrinks, panics_at) in (0..40).flat_map(|at| [(false, at), (true, at)]) {
            let memory = Fickle {
                bytes: &archive,
                asked: AtomicUsize::new(0),
                shrinks,
                panics_at,
            };
            let settings = Reader::builder().decoder_memory(64 << 20);
            let all = AssertUnwindSafe(|| drain(&mut settings.from_bytes(memory)?));
            ends.insert(match catch_unwind(all) {
                Ok(Ok(())) => "the end",
                Ok(Err(_)) => "an error",
                Err(payload) => {
                    assert_eq!(payload.downcast_ref(), Some(&Panicked(panics_at as u64)));
                    "a panic"
                }
            });
        }
    }
    assert_eq!(Vec::from_iter(ends), ["a panic", "an error", "the end"]);
}
