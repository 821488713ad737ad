//! Writing into asynchronous sinks: the same bytes as into others, whatever the sink does and whichever
//! future is dropped.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use anyarchive::{
    Compression, EntryBuf, ErrorKind, Filter, Format, Reader, Timestamp, WriteFormat, Writer,
    WriterBuilder,
    future::{AsyncSink, AsyncWriter},
};
use anyarchive_test_support::poll_some;
use futures::{AsyncWrite, AsyncWriteExt, executor::block_on};

/// A sink that is not ready every other time, takes little at once, can fail, lie and panic.
#[derive(Debug, Default)]
struct Slow {
    taken: Arc<Mutex<Vec<u8>>>,
    calls: Arc<AtomicUsize>,
    flushed: Arc<AtomicUsize>,
    piece: usize,
    ready: bool,
    fail_at: Option<usize>,
    panic_at: Option<usize>,
    lie: usize,
}

impl Slow {
    fn new(piece: usize) -> Self {
        Self {
            piece,
            ..Self::default()
        }
    }

    fn is_pending(&mut self, cx: &Context<'_>) -> bool {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.ready = !self.ready;
        if self.ready {
            cx.waker().wake_by_ref();
        }
        self.ready
    }
}

impl AsyncWrite for Slow {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_pending(cx) {
            return Poll::Pending;
        }
        let mut taken = self.taken.lock().unwrap();
        if self.fail_at.is_some_and(|at| taken.len() >= at) {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::StorageFull, "no room")));
        }
        if self.panic_at.is_some_and(|at| taken.len() >= at) {
            drop(taken);
            panic!("the sink panics");
        }
        let count = bytes.len().min(self.piece);
        taken.extend_from_slice(&bytes[..count]);
        Poll::Ready(Ok(count + self.lie))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_pending(cx) {
            return Poll::Pending;
        }
        self.flushed.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        panic!("nobody asked to close it");
    }
}

fn time() -> Timestamp {
    Timestamp {
        seconds: 1_600_000_000,
        nanoseconds: 0,
    }
}

fn file(path: &str, size: usize) -> EntryBuf {
    let mut entry = EntryBuf::file(path, size as u64).unwrap();
    entry.set_mtime(time()).unwrap();
    entry
}

/// What goes into each archive.
fn samples() -> Vec<(EntryBuf, Vec<u8>)> {
    let mut directory = EntryBuf::directory("dir").unwrap();
    directory.set_mtime(time()).unwrap();
    let long: Vec<_> = (0..700_000_u32).map(|i| (i % 251) as u8).collect();
    vec![
        (file("a.txt", 6), b"alpha\n".to_vec()),
        (directory, Vec::new()),
        (file("dir/long", long.len()), long),
        (file("empty", 0), Vec::new()),
    ]
}

fn expected(settings: &WriterBuilder) -> Vec<u8> {
    let mut writer = settings.to_vec().unwrap();
    for (entry, data) in samples() {
        writer.append(&entry, &data[..]).unwrap();
    }
    writer.finish().unwrap()
}

async fn fill<S: AsyncSink>(mut writer: AsyncWriter<S>) -> anyarchive::Result<S::Inner> {
    for (entry, data) in samples() {
        let mut entry = writer.start_entry(entry).await?;
        entry.write_data(&data).await?;
        entry.finish().await?;
    }
    writer.finish().await
}

fn all_settings() -> Vec<WriterBuilder> {
    let formats = [
        WriteFormat::Pax,
        WriteFormat::CpioNewc,
        WriteFormat::Zip,
        WriteFormat::SevenZip,
    ];
    let formats = formats.into_iter().map(Writer::builder);
    let mut all: Vec<_> = formats.map(WriterBuilder::reproducible).collect();
    for filter in [Filter::Gzip, Filter::Zstd] {
        all.push(Writer::builder(Format::Tar).filter(filter).reproducible());
    }
    all
}

#[test]
fn every_sink_gets_what_memory_gets() {
    for settings in all_settings() {
        let expected = expected(&settings);
        for piece in [1000, 4096, usize::MAX] {
            let sink = Slow::new(piece);
            let flushed = Arc::clone(&sink.flushed);
            let sink = block_on(async { fill(settings.to_futures(sink).await?).await });
            let sink = sink.unwrap();
            assert!(*sink.taken.lock().unwrap() == expected, "{settings:?}");
            assert_eq!(flushed.load(Ordering::Relaxed), 1);
        }
        let mut memory = Vec::new();
        block_on(async { fill(settings.to_futures(&mut memory).await?).await }).unwrap();
        assert!(memory == expected, "{settings:?}");
    }
}

#[test]
fn tokio_gets_what_memory_gets() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    for settings in all_settings() {
        let expected = expected(&settings);
        // Room for 100 bytes: the other side has to read meanwhile.
        let (sink, mut source) = tokio::io::duplex(100);
        let bytes = runtime.block_on(async {
            let read = tokio::spawn(async move {
                let mut bytes = Vec::new();
                let result = tokio::io::AsyncReadExt::read_to_end(&mut source, &mut bytes).await;
                result.map(|_| bytes)
            });
            let sink = fill(settings.to_tokio(sink).await.unwrap()).await.unwrap();
            drop(sink);
            read.await.unwrap().unwrap()
        });
        assert!(bytes == expected, "{settings:?}");
    }
}

#[test]
fn copy_of_tokio_fills_an_entry_and_shutdown_ends_it() {
    use tokio::io::AsyncWriteExt as _;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let data = vec![7; 300_000];
    let zip = runtime.block_on(async {
        let mut writer = Writer::builder(Format::Zip)
            .to_tokio(Vec::new())
            .await
            .unwrap();
        let mut entry = writer.start_entry(file("f", data.len())).await.unwrap();
        tokio::io::copy(&mut &data[..], &mut entry).await.unwrap();
        entry.shutdown().await.unwrap();
        entry.shutdown().await.unwrap();
        let more = tokio::io::AsyncWriteExt::write(&mut entry, b"more").await;
        assert!(more.is_err());
        entry.finish().await.unwrap();
        writer.finish().await.unwrap()
    });
    let mut reader = Reader::from_bytes(zip).unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    assert!(entry.read_to_vec().unwrap() == data);
}

#[test]
fn futures_can_move_between_threads() {
    fn send<T: Send>(value: T) -> T {
        value
    }
    // `EntryBuf` cannot be shared, but its borrow ends with the call.
    let future = send(async {
        let mut writer = Writer::builder(Format::Tar).to_futures(Vec::new()).await?;
        writer.append_bytes("a", b"alpha").await?;
        let mut entry = writer.start_entry(file("b", 1)).await?;
        entry.write_data(b"b").await?;
        entry.finish().await?;
        writer.append_entry(file("empty", 0)).await?;
        writer.finish().await
    });
    let tar = std::thread::spawn(|| block_on(future)).join().unwrap();
    let mut reader = Reader::from_bytes(tar.unwrap()).unwrap();
    let mut count = 0;
    while reader.next_entry().unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 3);
}

#[test]
fn dropped_writes_take_nothing_twice() {
    let mut dropped = 0;
    for settings in all_settings() {
        let expected = expected(&settings);
        let mut writer = block_on(settings.to_futures(Slow::new(3000))).unwrap();
        for (metadata, data) in samples() {
            let mut entry = block_on(writer.start_entry(metadata)).unwrap();
            let mut rest = &data[..];
            while !rest.is_empty() {
                match poll_some(entry.write(rest), 2) {
                    Some(count) => rest = &rest[count.unwrap()..],
                    None => dropped += 1,
                }
                if poll_some(entry.flush(), 1).is_none() {
                    dropped += 1;
                }
            }
            while poll_some(entry.close(), 1).is_none() {
                dropped += 1;
            }
        }
        let sink = block_on(writer.finish()).unwrap();
        assert!(*sink.taken.lock().unwrap() == expected, "{settings:?}");
    }
    assert!(dropped > 10, "{dropped}");
}

#[test]
fn what_a_dropped_future_began_is_done_and_its_failure_told() {
    let mut writer = block_on(Writer::builder(Format::Zip).to_futures(Slow::new(3000))).unwrap();
    // It is in the archive, whoever waits for it.
    let _ = poll_some(writer.append_entry(file("empty", 0)), 1);
    // What follows begins at its first poll: nothing is under way any more.
    block_on(writer.append_entry(file("idle", 0))).unwrap();
    // Zip holds no hard links, which the next call tells instead of doing anything.
    let link = EntryBuf::hardlink("link", "empty").unwrap();
    assert!(poll_some(writer.start_entry(link), 0).is_none());
    let link = EntryBuf::hardlink("link", "empty").unwrap();
    let error = match poll_some(writer.start_entry(link), 1) {
        Some(started) => started.map(drop).unwrap_err(),
        None => block_on(writer.start_entry(file("a", 1)))
            .map(drop)
            .unwrap_err(),
    };
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(error.entry_bytes(), Some(&b"link"[..]));
    // An entry that nobody gave its data.
    let _ = poll_some(writer.start_entry(file("a", 1)), 1);
    let error = block_on(writer.append_bytes("b", b"b")).unwrap_err();
    assert_eq!(error.entry_bytes(), Some(&b"a"[..]), "{error}");
    block_on(writer.append_bytes("b", b"b")).unwrap();
    // The last one is told at the end.
    let _ = poll_some(writer.start_entry(file("c", 1)), 1);
    let error = block_on(writer.finish()).unwrap_err();
    assert_eq!(error.entry_bytes(), Some(&b"c"[..]), "{error}");
}

#[test]
fn errors_of_the_sink_come_out_whole() {
    for settings in all_settings() {
        let whole = expected(&settings).len();
        for fail_at in [0, whole / 2, whole - 1] {
            let mut sink = Slow::new(1000);
            sink.fail_at = Some(fail_at);
            let result = block_on(async { fill(settings.to_futures(sink).await?).await });
            let Err(error) = result else {
                // All was taken before the sink could fail.
                assert!(fail_at + 1000 > whole, "{settings:?} {fail_at}");
                continue;
            };
            assert_eq!(error.kind(), ErrorKind::Io, "{error:#}");
            let source = std::error::Error::source(&error).unwrap();
            let source = source.downcast_ref::<io::Error>().unwrap();
            assert_eq!(source.kind(), io::ErrorKind::StorageFull);
            assert_eq!(source.to_string(), "no room");
        }
    }
}

#[test]
fn a_failure_of_the_sink_is_told_while_data_is_written() {
    let settings = Writer::builder(Format::Tar).block_size(512);
    let mut sink = Slow::new(1000);
    sink.fail_at = Some(10_000);
    let mut writer = block_on(settings.to_futures(sink)).unwrap();
    let mut entry = block_on(writer.start_entry(file("long", 1 << 40))).unwrap();
    let mut pieces = 0;
    let error = loop {
        match block_on(entry.write_all(&[0; 4096])) {
            Ok(()) => pieces += 1,
            Err(error) => break error,
        }
        assert!(pieces < 20, "writing on and on");
    };
    let error = error.downcast::<anyarchive::Error>().unwrap();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(block_on(entry.finish()).is_err());
    assert!(block_on(writer.finish()).is_err());
}

#[test]
fn sinks_that_lie_or_take_nothing_are_errors() {
    for (piece, lie, kind) in [
        (usize::MAX, 1, io::ErrorKind::InvalidData),
        (0, 0, io::ErrorKind::WriteZero),
    ] {
        let mut sink = Slow::new(piece);
        sink.lie = lie;
        let settings = Writer::builder(Format::Tar);
        let error = block_on(async { fill(settings.to_futures(sink).await?).await });
        let error = error.map(drop).unwrap_err();
        let source = std::error::Error::source(&error).unwrap();
        let source = source.downcast_ref::<io::Error>().unwrap();
        assert_eq!(source.kind(), kind);
    }
}

#[test]
fn panics_of_the_sink_come_out() {
    let mut sink = Slow::new(1000);
    sink.panic_at = Some(5000);
    let settings = Writer::builder(Format::Tar);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        block_on(async { fill(settings.to_futures(sink).await?).await.map(drop) })
    }));
    assert_eq!(
        caught.unwrap_err().downcast_ref(),
        Some(&"the sink panics"),
        "its own panic"
    );
}

#[test]
fn a_writer_that_is_dropped_touches_its_sink_no_more() {
    for settings in all_settings() {
        for times in [0, 1, 2, 5, 50] {
            let sink = Slow::new(700);
            let (taken, calls) = (Arc::clone(&sink.taken), Arc::clone(&sink.calls));
            let mut writer = block_on(settings.to_futures(sink)).unwrap();
            block_on(writer.append_bytes("first", &[b'x'; 100_000])).unwrap();
            let data = vec![b'y'; 300_000];
            let mut entry = block_on(writer.start_entry(file("second", data.len()))).unwrap();
            let _ = poll_some(entry.write_data(&data), times);
            drop(writer);
            let (bytes, count) = (taken.lock().unwrap().len(), calls.load(Ordering::Relaxed));
            // The thread has time to do what it must not.
            std::thread::sleep(std::time::Duration::from_millis(2));
            assert_eq!(calls.load(Ordering::Relaxed), count);
            assert_eq!(taken.lock().unwrap().len(), bytes);
        }
    }
}

#[test]
fn a_sink_that_is_never_ready_holds_everything_back() {
    struct Never;
    impl AsyncWrite for Never {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Pending
        }
        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }
    let settings = Writer::builder(Format::Tar);
    let mut writer = block_on(settings.to_futures(Never)).unwrap();
    let mut entry = block_on(writer.start_entry(file("long", 1 << 40))).unwrap();
    let mut taken = 0;
    let mut idle = 0;
    // Whoever writes is stopped as soon as a few buffers are full.
    while idle < 1000 {
        match poll_some(entry.write(&[0; 64 * 1024]), 1) {
            Some(count) => taken += count.unwrap(),
            None => idle += 1,
        }
        assert!(taken <= 1 << 20, "{taken} bytes taken, and none written");
    }
    drop(writer);
}

#[test]
fn holes_and_warnings_go_through() {
    let settings = Writer::builder(WriteFormat::Ustar);
    let tar = block_on(async {
        let mut writer = settings.to_futures(Vec::new()).await?;
        let mut entry = writer.start_entry(file("zeros", 1 << 20)).await?;
        entry.write_zeros(1 << 20).await?;
        entry.finish().await?;
        assert_eq!(writer.entries_written(), 1);
        assert!(writer.warnings().is_empty());
        // A time that the format rounds is none; a name in no character set is.
        let mut odd = file("odd", 0);
        odd.set_path_bytes(*b"caf\xe9")?;
        writer.append_entry(odd).await?;
        writer.finish().await
    });
    let tar = tar.unwrap();
    let mut reader = Reader::from_bytes(tar).unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    assert!(entry.read_to_vec().unwrap() == vec![0; 1 << 20]);
    // Pax says how names are written, so it remarks one that is not.
    let warnings = block_on(async {
        let mut writer = Writer::builder(Format::Tar).to_futures(Vec::new()).await?;
        let mut odd = file("odd", 0);
        odd.set_path_bytes(*b"caf\xe9")?;
        writer.append_entry(odd).await?;
        let warnings = writer.take_warnings();
        assert!(writer.warnings().is_empty());
        writer.finish().await.map(|_| warnings)
    });
    let warnings = warnings.unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0].entry_bytes(), Some(&b"caf\xe9"[..]));
}

#[test]
fn settings_that_cannot_work_are_told_before_anything_is_written() {
    let sink = Slow::new(1000);
    let calls = Arc::clone(&sink.calls);
    let settings = Writer::builder(Format::Tar).compression(Compression::Store);
    let error = block_on(settings.to_futures(sink)).unwrap_err();
    assert!(matches!(
        error.kind(),
        ErrorKind::InvalidInput | ErrorKind::Unsupported
    ));
    assert_eq!(calls.load(Ordering::Relaxed), 0);
}
