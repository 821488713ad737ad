//! Files from disk into asynchronous sinks: the same bytes as by the ordinary writer, whatever the sink
//! does and whichever future is dropped.

#![cfg(unix)]

use std::{
    fs, io,
    path::Path,
    pin::Pin,
    task::{Context, Poll},
};

use anyarchive::{
    AppendReport, ErrorKind, Filter, Format, Reader, Walk, WriteFormat, Writer, WriterBuilder,
};
use anyarchive_test_support::poll_some;
use futures::{AsyncWrite, executor::block_on};
use tempfile::TempDir;

/// A sink that is not ready every other time, takes little at once, and can fail.
struct Slow {
    taken: Vec<u8>,
    ready: bool,
    room: usize,
}

impl Slow {
    fn new(room: usize) -> Self {
        Self {
            taken: Vec::new(),
            ready: false,
            room,
        }
    }
}

impl AsyncWrite for Slow {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.ready = !self.ready;
        if self.ready {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.taken.len() >= self.room {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::StorageFull, "no room")));
        }
        let count = bytes.len().min(3_000);
        self.taken.extend_from_slice(&bytes[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Directories, links, large and small files.
fn tree() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("sub")).unwrap();
    fs::write(at("sub/large"), vec![b'x'; 700_000]).unwrap();
    for number in 0..30 {
        fs::write(
            at(&format!("sub/{number}")),
            format!("{number}").repeat(number),
        )
        .unwrap();
    }
    fs::hard_link(at("sub/7"), at("sub/seven")).unwrap();
    std::os::unix::fs::symlink("sub/7", at("link")).unwrap();
    dir
}

fn settings() -> [WriterBuilder; 3] {
    [
        Writer::builder(Format::Tar),
        Writer::builder(Format::Tar)
            .filter(Filter::Gzip)
            .reproducible(),
        Writer::builder(WriteFormat::CpioNewc),
    ]
}

fn walk(path: &Path) -> Walk {
    Walk::builder().name("src").sorted(true).open(path).unwrap()
}

fn counts(report: &AppendReport) -> (u64, u64, usize) {
    (report.entries(), report.bytes(), report.problems().len())
}

#[test]
fn slow_sinks_get_what_memory_gets() {
    let dir = tree();
    for settings in settings() {
        let mut writer = settings.to_vec().unwrap();
        writer.append_path(dir.path().join("link")).unwrap();
        writer.append_dir_all(dir.path().join("sub")).unwrap();
        let expected_report = writer.append_walk(&mut walk(dir.path())).unwrap();
        let entries = writer.entries_written();
        let expected = writer.finish().unwrap();

        let written = block_on(async {
            let mut writer = settings.to_futures(Slow::new(usize::MAX)).await?;
            writer.append_path(dir.path().join("link")).await?;
            assert_eq!(writer.entries_written(), 1);
            writer.append_dir_all(dir.path().join("sub")).await?;
            let report = writer.append_walk(walk(dir.path())).await?;
            assert_eq!(counts(&report), counts(&expected_report));
            assert_eq!(writer.entries_written(), entries);
            writer.finish().await
        });
        assert!(written.unwrap().taken == expected, "{settings:?}");
    }
}

#[test]
fn futures_can_move_between_threads() {
    fn send<T: Send>(value: T) -> T {
        value
    }
    let dir = tree();
    block_on(async {
        let settings = Writer::builder(Format::Tar);
        let mut writer = settings.to_futures(Vec::new()).await.unwrap();
        send(writer.append_path(dir.path().join("link")))
            .await
            .unwrap();
        send(writer.append_dir_all(dir.path())).await.unwrap();
        let report = send(writer.append_walk(walk(dir.path()))).await.unwrap();
        assert!(report.problems().is_empty());
    });
}

/// Readers of ZIP would take the name for a path.
fn tree_with_a_problem() -> TempDir {
    let dir = tree();
    fs::write(dir.path().join(r"back\slash"), "x").unwrap();
    dir
}

#[test]
fn problems_are_told() {
    let dir = tree_with_a_problem();
    block_on(async {
        let mut writer = Writer::builder(Format::Zip)
            .to_futures(Vec::new())
            .await
            .unwrap();
        let report = writer.append_walk(walk(dir.path())).await.unwrap();
        assert_eq!(report.problems().len(), 1, "{:?}", report.problems());
        let error = &report.problems()[0];
        assert_eq!(error.entry_bytes(), Some(&br"src/back\slash"[..]));
        // Without a report it is an error.
        let error = writer.append_dir_all(dir.path()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:#}");
        let error = writer
            .append_path(dir.path().join("nowhere"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error:#}");
        // And the archive is whole.
        let zip = writer.finish().await.unwrap();
        let mut reader = Reader::from_bytes(zip).unwrap();
        assert!(reader.find("src/sub/large").unwrap().is_some());
    });
}

#[test]
fn what_a_dropped_future_began_is_done_and_its_problem_told() {
    let dir = tree_with_a_problem();
    for times in [1, 2, 5, 20] {
        let settings = Writer::builder(Format::Zip);
        let mut writer = block_on(settings.to_futures(Slow::new(usize::MAX))).unwrap();
        if let Some(report) = poll_some(writer.append_walk(walk(dir.path())), times) {
            assert_eq!(report.unwrap().problems().len(), 1);
        } else {
            let error = block_on(writer.append_bytes("after", b"1")).unwrap_err();
            assert_eq!(
                error.entry_bytes(),
                Some(&br"src/back\slash"[..]),
                "{error:#}"
            );
        }
        block_on(writer.append_bytes("after", b"2")).unwrap();
        let zip = block_on(writer.finish()).unwrap().taken;
        let mut reader = Reader::from_bytes(zip).unwrap();
        let mut entry = reader.find("src/sub/large").unwrap().unwrap();
        assert_eq!(entry.read_to_vec().unwrap().len(), 700_000);
        assert!(reader.find("after").unwrap().is_some());
    }
}

#[test]
fn a_future_that_was_never_polled_does_nothing() {
    let dir = tree();
    let mut writer = block_on(Writer::builder(Format::Tar).to_futures(Vec::new())).unwrap();
    drop(writer.append_dir_all(dir.path()));
    drop(writer.append_walk(walk(dir.path())));
    block_on(writer.append_bytes("only", b"1")).unwrap();
    assert_eq!(writer.entries_written(), 1);
    block_on(writer.finish()).unwrap();
}

#[test]
fn errors_of_the_sink_come_out_whole() {
    let dir = tree();
    for room in [0, 10_000, 500_000] {
        let settings = Writer::builder(Format::Tar).block_size(512);
        let mut writer = block_on(settings.to_futures(Slow::new(room))).unwrap();
        let error = block_on(writer.append_walk(walk(dir.path()))).unwrap_err();
        let source = std::error::Error::source(&error).unwrap();
        let source = source.downcast_ref::<io::Error>().unwrap();
        assert_eq!(source.kind(), io::ErrorKind::StorageFull, "{error:#}");
        assert_eq!(source.to_string(), "no room");
        assert!(block_on(writer.append_path(dir.path())).is_err());
        assert!(block_on(writer.finish()).is_err());
    }
}

/// The thread waits for the sink, and ends with the writer.
#[test]
fn a_writer_can_be_dropped_in_the_middle_of_a_tree() {
    let dir = tree();
    for times in [0, 1, 2, 10, 50] {
        let settings = Writer::builder(Format::Tar).block_size(512);
        let mut writer = block_on(settings.to_futures(Slow::new(usize::MAX))).unwrap();
        let done = poll_some(writer.append_dir_all(dir.path()), times);
        assert!(done.is_none(), "{times} polls of a slow sink were enough");
        drop(writer);
    }
}
