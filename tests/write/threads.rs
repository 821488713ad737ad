//! Several threads write what one writes, with the same bytes for every number of them.

use std::{
    fs,
    io::{Read as _, Write as _},
    panic::{AssertUnwindSafe, catch_unwind},
    process::{Command, Stdio},
    sync::atomic::Ordering,
};

use anyarchive::{
    Decoder, ErrorKind, Flow, Walk, WriteFilter, WriteFormat, WriterBuilder, capabilities,
};
use anyarchive_test_support::is_older_than;

use crate::{
    sinks::{FAULTS, Fault, Sink, Thrown, assert_is_of_sink},
    world::{Item, builtin, formats, plain, read, write},
};

/// What one thread compresses at once.
pub(crate) const BLOCK: u64 = 256 * 1024;

fn gzip() -> Option<WriterBuilder> {
    let gzip = builtin().contains(&WriteFilter::Gzip);
    if !gzip {
        eprintln!("the library in use does not write gzip by itself");
    }
    gzip.then(|| {
        plain(WriteFormat::Pax)
            .filter(WriteFilter::Gzip)
            .reproducible()
    })
}

/// Bytes that do not compress at all.
pub(crate) fn noise(len: u64) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..len).map(|_| next()).collect()
}

/// Some blocks, of which one half compresses.
fn items() -> Vec<Item> {
    vec![
        Item::file("text", "so many words, one like the other\n".repeat(20_000)),
        Item::file("empty", ""),
        Item::file("noise", noise(5 * BLOCK + 1)),
        Item::directory("directory"),
        Item::file("block", noise(BLOCK)),
        Item::file("lines", text()),
        Item::symlink("link", "text"),
    ]
}

pub(crate) fn assert_same_content(archive: &[u8], items: &[Item]) {
    let read = read(archive).unwrap();
    assert_eq!(read.len(), items.len());
    for (read, item) in read.iter().zip(items) {
        assert_eq!(read.path.as_bytes(), item.entry.path_bytes());
        assert!(read.data == item.data, "{}", read.path);
    }
}

#[test]
fn the_bytes_do_not_depend_on_the_number_of_threads() {
    for filter in builtin() {
        if filter == WriteFilter::Lzop {
            // It has the time.
            continue;
        }
        let settings = plain(WriteFormat::Pax).filter(filter).reproducible();
        let two = write(&settings.clone().threads(2), &items()).unwrap();
        assert_same_content(&two, &items());
        let more: &[u32] = match filter {
            WriteFilter::Gzip => &[0, 3, 8, 1000],
            _ => &[3],
        };
        for &threads in more {
            let more = write(&settings.clone().threads(threads), &items()).unwrap();
            assert!(more == two, "{filter} by {threads}");
        }
    }
}

#[test]
fn nor_do_they_in_any_format() {
    let compressions = &capabilities().unwrap().compressions;
    let compressed = compressions
        .iter()
        .map(|(format, compression)| (*format, plain(*format).compression(*compression)));
    let all = formats().into_iter().map(|format| (format, plain(format)));
    let mut compared = 0;
    for (format, settings) in all.chain(compressed) {
        let settings = settings.reproducible();
        if settings.to_vec().is_err() {
            // It has the time.
            continue;
        }
        // Most hold more; it is about the data.
        let items: Vec<_> = match format {
            WriteFormat::Raw => vec![Item::file("lines", text())],
            _ => vec![
                Item::file("lines", text()),
                Item::file("noise", noise(BLOCK + 1)),
                Item::file("empty", ""),
            ],
        };
        let write = |threads| write(&settings.clone().threads(threads), &items).unwrap();
        let two = write(2);
        for threads in [3, 8] {
            assert!(write(threads) == two, "{settings:?} by {threads}");
        }
        compared += 1;
    }
    assert!(compared > 12, "{compared}");
}

#[test]
fn progress_of_files_from_disk_tells_what_the_sink_has_taken() {
    let dir = tempfile::tempdir().unwrap();
    for number in 0..24 {
        fs::write(dir.path().join(format!("{number:02}")), noise(2 * BLOCK)).unwrap();
    }
    let settings = [gzip(), Some(plain(WriteFormat::Zip))];
    for settings in settings.into_iter().flatten() {
        for threads in [1, 2, 3] {
            let mut writer = settings.clone().threads(threads).to_vec().unwrap();
            let mut walk = Walk::builder().sorted(true).open(dir.path()).unwrap();
            let mut told = Vec::new();
            let report = writer
                .append_walk_with(&mut walk, |progress| {
                    told.push((progress.bytes_read(), progress.bytes_written()));
                    Flow::Continue
                })
                .unwrap();
            assert!(report.problems().is_empty(), "{report:?}");
            let what = format!("{settings:?} by {threads}: {told:?}");
            let (read, written) = *told.last().unwrap();
            assert!(told.is_sorted(), "{what}");
            assert_eq!(read, 48 * BLOCK, "{what}");
            // What is on its way does not grow with the archive.
            assert!(written > 24 * BLOCK, "{what}");
            let archive = writer.finish().unwrap();
            assert!(archive.len() as u64 >= written, "{what}");
        }
    }
}

#[test]
fn one_thread_writes_what_is_written_unless_set() {
    for filter in builtin().into_iter().filter(|&f| f != WriteFilter::Lzop) {
        let settings = plain(WriteFormat::Pax).filter(filter).reproducible();
        let unset = write(&settings, &items()).unwrap();
        let one = write(&settings.threads(1), &items()).unwrap();
        assert!(one == unset, "{filter}");
    }
}

#[test]
fn gzip_of_any_length_is_one_whole_member() {
    let Some(_) = gzip() else { return };
    let raw = plain(WriteFormat::Raw).filter(WriteFilter::Gzip).threads(3);
    for len in [
        0,
        1,
        BLOCK - 1,
        BLOCK,
        BLOCK + 1,
        2 * BLOCK,
        3 * BLOCK + 12_345,
    ] {
        for data in [noise(len), vec![b'a'; len as usize]] {
            let archive = write(&raw, &[Item::file("data", data.clone())]).unwrap();
            let (rest, trailer) = archive.split_at(archive.len() - 4);
            assert_eq!(trailer, (len as u32).to_le_bytes());
            assert!(rest.starts_with(&[0x1f, 0x8b, 8, 0]));
            let mut decoded = Vec::new();
            let mut decoder = Decoder::from_reader(&archive[..]).unwrap();
            decoder.read_to_end(&mut decoded).unwrap();
            assert!(decoded == data, "{len}");
            for (program, args) in [("gzip", "-dc"), ("pigz", "-dc"), ("python3", PYTHON)] {
                if let Some(decoded) = decode(program, args, &archive) {
                    assert!(decoded == data, "{program}, {len}");
                }
            }
        }
    }
}

/// The arguments, where the program takes no others.
const PYTHON: &str =
    "-cimport gzip,sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))";

/// What a program makes of the bytes; `None` when there is no such program.
fn decode(program: &str, args: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut command = Command::new(program);
    command
        .arg(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        eprintln!("skipped: no {program} here");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let out = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(bytes).unwrap());
        child.wait_with_output().unwrap()
    });
    assert!(out.status.success(), "{program}");
    Some(out.stdout)
}

#[test]
fn gzip_in_parts_is_hardly_longer() {
    let Some(settings) = gzip() else { return };
    if is_older_than(3_008_009, "compresses with a zlib that is not ours") {
        return;
    }
    for level in [1, 6, 9] {
        let settings = settings.clone().level(level);
        let items = [Item::file("text", text())];
        let one = write(&settings, &items).unwrap().len();
        let more = write(&settings.threads(2), &items).unwrap().len();
        assert!(
            more < one + one / 50,
            "level {level}: {more} instead of {one}"
        );
    }
}

/// Lines that have something in common, a few blocks.
fn text() -> Vec<u8> {
    let mut number = 1_u32;
    let mut text = String::new();
    while text.len() < 4 * BLOCK as usize {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text += &format!(
            "line {}: value {}, {:x}\n",
            text.len(),
            number % 1000,
            number >> 16
        );
    }
    text.into_bytes()
}

#[test]
fn the_header_and_the_options_are_those_of_libarchive() {
    let Some(settings) = gzip() else { return };
    let header = |settings: &WriterBuilder| write(settings, &items()).unwrap()[..10].to_vec();
    for level in [0, 1, 5, 9] {
        let settings = settings.clone().level(level);
        assert_eq!(
            header(&settings.clone().threads(2)),
            header(&settings),
            "{level}"
        );
        let archive = write(&settings.threads(2), &items()).unwrap();
        assert_same_content(&archive, &items());
    }
    let long = |settings: &WriterBuilder| write(settings, &items()).unwrap().len();
    let best = settings.clone().threads(2).level(9);
    let named = settings
        .clone()
        .threads(2)
        .option("gzip", "compression-level", "9");
    assert_eq!(long(&best), long(&named));
    assert!(long(&best) < long(&settings.clone().threads(2).level(0)));

    let with_time = plain(WriteFormat::Pax).filter(WriteFilter::Gzip).threads(2);
    assert_ne!(header(&with_time)[4..8], [0; 4]);
    let without = with_time.clone().options("gzip:!timestamp");
    assert_eq!(header(&without)[4..8], [0; 4]);
    let named = with_time
        .clone()
        .option("gzip", "original-filename", "a.tar");
    if let Ok(archive) = write(&named, &items()) {
        assert_eq!(archive[3], 8);
        assert_eq!(&archive[10..16], b"a.tar\0");
        assert_same_content(&archive, &items());
    }
    for bad in ["gzip:nonsense", "nonsense=1", "gzip:compression-level=10"] {
        let one = with_time.clone().threads(1).options(bad).to_vec();
        let more = with_time.clone().options(bad).to_vec();
        assert_eq!(
            one.unwrap_err().to_string(),
            more.unwrap_err().to_string(),
            "{bad}"
        );
    }
    let bad = with_time.option("gzip", "nonsense", "1").to_vec();
    assert_eq!(bad.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn gzip_may_be_inside_other_filters_and_around_them() {
    let Some(settings) = gzip() else { return };
    for (settings, items) in [
        (settings.clone().filter(WriteFilter::Uuencode), items()),
        (
            plain(WriteFormat::Pax)
                .filter(WriteFilter::Compress)
                .filter(WriteFilter::Gzip),
            items(),
        ),
        (
            settings
                .filter(WriteFilter::Gzip)
                .options("gzip:!timestamp"),
            items(),
        ),
    ] {
        let archive = write(&settings.threads(3), &items).unwrap();
        assert_same_content(&archive, &items);
    }
}

/// Settings whose sink is called by what is behind the threads.
fn threaded() -> Vec<(&'static str, WriterBuilder)> {
    gzip()
        .map(|gzip| ("gzip", gzip))
        .into_iter()
        .chain([("zip", plain(WriteFormat::Zip))])
        .map(|(name, settings)| (name, settings.threads(3).block_size(4096)))
        .collect()
}

fn fill(settings: &WriterBuilder, sink: Sink) -> anyarchive::Result<Sink> {
    let mut writer = settings.to_writer(sink)?;
    for item in items() {
        writer.append(&item.entry, &item.data[..])?;
    }
    writer.finish()
}

#[test]
fn blocks_and_padding_are_as_asked_for() {
    for (name, settings) in threaded() {
        let whole = write(&settings, &items()).unwrap();
        for (block, padding) in [(1, 1), (4096, 1), (100, 512), (70_000, 10_240)] {
            let settings = settings.clone().block_size(block).pad_to(padding);
            let padded = write(&settings, &items()).unwrap();
            assert_eq!(padded.len() % padding, 0, "{name}");
            assert!(padded.len() - whole.len() < padding, "{name}");
            assert_same_content(&padded, &items());
            let (sink, calls, _) = Sink::new(Fault::Fail, u64::MAX);
            let writer = settings.to_writer(sink).unwrap();
            assert_eq!(writer.bytes_written(), 0, "{name}");
            drop(writer);
            assert_eq!(calls.load(Ordering::Relaxed), 0, "{name}");
            fill(&settings, Sink::new(Fault::Fail, u64::MAX).0).unwrap();
        }
    }
}

#[test]
fn a_sink_that_fails_is_told_as_it_was_and_left_alone() {
    for (name, settings) in threaded() {
        let (sink, calls, _) = Sink::new(Fault::Fail, u64::MAX);
        drop(fill(&settings, sink).unwrap());
        let total = calls.load(Ordering::Relaxed);
        assert!(total > 100, "{name}: {total}");
        for good_calls in (0..total).step_by(7).chain([total - 1]) {
            let fault = FAULTS[good_calls as usize % FAULTS.len()];
            let (sink, calls, dropped) = Sink::new(fault, good_calls);
            let result = catch_unwind(AssertUnwindSafe(|| fill(&settings, sink)));
            let at = format!("{name}, {fault:?} at call {good_calls} of {total}");
            match result {
                Err(thrown) => {
                    assert!(matches!(fault, Fault::Panic), "{at}");
                    assert!(thrown.is::<Thrown>(), "{at}");
                }
                Ok(Ok(_)) => panic!("{at}: no error"),
                Ok(Err(error)) => assert_is_of_sink(&error, fault, &at),
            }
            assert_eq!(calls.load(Ordering::Relaxed), good_calls + 1, "{at}");
            assert_eq!(dropped.load(Ordering::Relaxed), 1, "{at}");
        }
    }
}

#[test]
fn a_writer_dropped_anywhere_writes_nothing_more() {
    for (name, settings) in threaded() {
        let mut len = 0;
        for step in 0..40_u64 {
            let (sink, calls, dropped) = Sink::new(Fault::Panic, u64::MAX);
            let mut writer = settings.to_writer(sink).unwrap();
            let mut left = step * 90_000;
            for item in items() {
                let some = left.min(item.data.len() as u64);
                left -= some;
                let mut entry = writer.start_entry(&item.entry).unwrap();
                entry.write_all(&item.data[..some as usize]).unwrap();
                if some < item.data.len() as u64 {
                    drop(entry);
                    break;
                }
                entry.finish().unwrap();
            }
            let before = calls.load(Ordering::Relaxed);
            len = len.max(writer.bytes_written());
            drop(writer);
            assert_eq!(calls.load(Ordering::Relaxed), before, "{name}");
            assert_eq!(dropped.load(Ordering::Relaxed), 1, "{name}");
        }
        assert!(len > 0, "{name}");
    }
}
