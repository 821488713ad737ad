//! Reading from asynchronous sources: the same as from others, whatever the source does and
//! whichever future is dropped.

use std::{
    fs,
    future::Future,
    io::{self, SeekFrom},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use anyarchive::{
    Error, ErrorKind, Extractor, Reader,
    future::{AsyncReader, AsyncSource},
};
use anyarchive_test_support::{
    poll_some,
    samples::{Item, Spec},
};
use futures::{StreamExt, TryStreamExt, executor::block_on};

const FORMATS: &[&str] = &["pax", "zip", "7zip", "newc", "iso9660"];

fn archive(format: &str) -> Vec<u8> {
    let items = [
        Item::file("a.txt", "alpha\n"),
        Item::directory("größe"),
        Item::file(
            "größe/big.bin",
            (0..300_000_u32)
                .map(|i| (i % 251) as u8)
                .collect::<Vec<_>>(),
        ),
        Item::file("empty", ""),
    ];
    Spec::new(format).to_vec(items).unwrap()
}

type Entries = Vec<(Vec<u8>, Option<u64>, Vec<u8>)>;

fn expected(archive: &[u8]) -> Entries {
    let mut reader = Reader::from_bytes(archive).unwrap();
    let mut entries = Entries::new();
    while let Some(mut entry) = reader.next_entry().unwrap() {
        let (path, size) = (entry.path_bytes().to_vec(), entry.size());
        entries.push((path, size, entry.read_to_vec().unwrap()));
    }
    entries
}

/// A source over memory that is not ready every other time, gives little at once, and can fail.
struct Slow<'a> {
    data: &'a [u8],
    position: usize,
    ready: bool,
    piece: usize,
    fail_at: usize,
    panic_at: usize,
}

impl<'a> Slow<'a> {
    fn new(data: &'a [u8], piece: usize) -> Self {
        Self {
            data,
            position: 0,
            ready: false,
            piece,
            fail_at: usize::MAX,
            panic_at: usize::MAX,
        }
    }

    fn is_pending(&mut self, cx: &Context<'_>) -> bool {
        self.ready = !self.ready;
        if self.ready {
            cx.waker().wake_by_ref();
        }
        self.ready
    }
}

impl futures::AsyncRead for Slow<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_pending(cx) {
            return Poll::Pending;
        }
        if self.position >= self.fail_at {
            return Poll::Ready(Err(io::Error::new(
                io::ErrorKind::ConnectionReset,
                "line cut",
            )));
        }
        assert!(self.position < self.panic_at, "the source panics");
        let data = self.data.get(self.position..).unwrap_or_default();
        let len = data.len().min(buffer.len()).min(self.piece);
        buffer[..len].copy_from_slice(&data[..len]);
        self.position += len;
        Poll::Ready(Ok(len))
    }
}

impl futures::AsyncSeek for Slow<'_> {
    fn poll_seek(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: SeekFrom,
    ) -> Poll<io::Result<u64>> {
        if self.is_pending(cx) {
            return Poll::Pending;
        }
        let mut cursor = io::Cursor::new(self.data);
        cursor.set_position(self.position as u64);
        let position = io::Seek::seek(&mut cursor, to)?;
        self.position = position as usize;
        Poll::Ready(Ok(position))
    }
}

async fn read_all<S: AsyncSource>(mut reader: AsyncReader<S>) -> Result<Entries, Error> {
    let mut entries = Entries::new();
    while let Some(mut entry) = reader.next_entry().await? {
        let (path, size) = (entry.path_bytes().to_vec(), entry.size());
        entries.push((path, size, entry.read_to_vec().await?));
    }
    assert!(reader.next_entry().await?.is_none());
    Ok(entries)
}

#[test]
fn every_source_gives_what_memory_gives() {
    for format in FORMATS {
        let archive = archive(format);
        let expected = expected(&archive);
        let builder = Reader::builder();
        block_on(async {
            let slow = builder
                .from_futures_seekable(Slow::new(&archive, 4096))
                .await
                .unwrap();
            assert_eq!(read_all(slow).await.unwrap(), expected, "{format}");
            if *format != "7zip" {
                let slow = builder
                    .from_futures(Slow::new(&archive, 999))
                    .await
                    .unwrap();
                // A stream of ZIP does not know every size before the data.
                let found = read_all(slow).await.unwrap();
                let parts = |entries: &Entries| -> Vec<_> {
                    entries
                        .iter()
                        .map(|(path, _, data)| (path.clone(), data.clone()))
                        .collect()
                };
                assert_eq!(parts(&found), parts(&expected), "{format}");
            }
        });
    }
}

#[test]
fn tokio_gives_what_memory_gives() {
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    for format in FORMATS {
        let archive = archive(format);
        let path = dir.path().join(format);
        fs::write(&path, &archive).unwrap();
        runtime.block_on(async {
            let file = tokio::fs::File::open(&path).await.unwrap();
            let reader = Reader::builder().from_tokio_seekable(file).await.unwrap();
            assert_eq!(
                read_all(reader).await.unwrap(),
                expected(&archive),
                "{format}"
            );
        });
    }
}

/// A task of a runtime with threads wants futures that are `Send`.
#[test]
fn futures_can_move_between_threads() {
    let archive = archive("pax");
    let source = io::Cursor::new(archive.clone());
    fn is_send<F: Future + Send>(future: F) -> F {
        future
    }
    let future = is_send(async {
        let mut reader = Reader::builder().from_tokio(source).await?;
        let mut lengths = Vec::new();
        while let Some(mut entry) = reader.next_entry().await? {
            let mut data = Vec::new();
            let read = tokio::io::AsyncReadExt::read_to_end(&mut entry, &mut data);
            read.await.unwrap();
            lengths.push(data.len());
        }
        Ok::<_, Error>(lengths)
    });
    let lengths: Vec<_> = expected(&archive)
        .iter()
        .map(|entry| entry.2.len())
        .collect();
    assert_eq!(block_on(future).unwrap(), lengths);
}

#[test]
fn dropped_futures_lose_nothing() {
    let archive = archive("pax");
    let expected = expected(&archive);
    let mut dropped = 0;
    let mut reader = block_on(Reader::builder().from_futures(Slow::new(&archive, 700))).unwrap();
    let mut names = Vec::new();
    loop {
        let next = async {
            let entry = reader.next_entry().await?;
            Ok::<_, Error>(entry.map(|entry| entry.path_bytes().to_vec()))
        };
        match poll_some(next, 2) {
            None => dropped += 1,
            Some(name) => match name.unwrap() {
                Some(name) => names.push(name),
                None => break,
            },
        }
    }
    let wanted: Vec<_> = expected.into_iter().map(|entry| entry.0).collect();
    assert_eq!(names, wanted);
    assert!(dropped > 10, "{dropped}");
}

#[test]
fn dropped_reads_lose_no_data() {
    let archive = archive("pax");
    let expected = expected(&archive);
    let mut dropped = 0;
    let mut reader = block_on(Reader::builder().from_futures(Slow::new(&archive, 700))).unwrap();
    for (path, _, data) in &expected {
        let mut entry = block_on(reader.next_entry()).unwrap().unwrap();
        assert_eq!(entry.path_bytes(), path);
        let mut blocks = Vec::new();
        loop {
            match poll_some(entry.next_block(), 2) {
                None => dropped += 1,
                Some(block) => match block.unwrap() {
                    Some(block) => blocks.extend_from_slice(&block),
                    None => break,
                },
            }
        }
        assert_eq!(&blocks, data);
    }
    assert!(dropped > 10, "{dropped}");
}

/// A read that was dropped before its bytes came, then blocks: never wrong data as if it were right.
#[test]
fn what_was_not_waited_for_is_told() {
    let archive = archive("pax");
    let mut reader = block_on(Reader::builder().from_futures(Slow::new(&archive, 700))).unwrap();
    for _ in 0..2 {
        block_on(reader.next_entry()).unwrap().unwrap();
    }
    let mut entry = block_on(reader.next_entry()).unwrap().unwrap();
    let mut bytes = [0; 1000];
    // Until the source is needed, which is not ready.
    while let Some(read) = poll_some(futures::AsyncReadExt::read(&mut entry, &mut bytes), 1) {
        assert!(read.unwrap() > 0);
    }
    let error = block_on(entry.next_block()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
    // The reader itself goes on.
    assert_eq!(
        block_on(reader.next_entry()).unwrap().unwrap().path_bytes(),
        b"empty"
    );
}

#[test]
fn extraction_loses_nothing_that_a_dropped_future_came_to() {
    let archive = archive("pax");
    let dir = tempfile::tempdir().unwrap();
    block_on(async {
        let mut reader = loop {
            let builder = Reader::builder();
            let mut reader = builder
                .from_futures(Slow::new(&archive, 999))
                .await
                .unwrap();
            assert!(reader.next_entry().await.unwrap().is_some());
            // The entry can be there before it is asked for once.
            if poll_some(reader.next_entry(), 1).is_none() {
                break reader;
            }
        };
        for _ in 0..2 {
            let error = reader
                .extract(Extractor::new(), dir.path())
                .await
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        }
        let entry = reader.next_entry().await.unwrap().unwrap();
        assert_eq!(entry.path_bytes(), "größe/".as_bytes());
        let (_, report) = reader.extract(Extractor::new(), dir.path()).await.unwrap();
        assert_eq!(report.unwrap().entries(), 2);
        assert!(reader.next_entry().await.unwrap().is_none());
    });
    assert!(!dir.path().join("a.txt").exists());
    assert_eq!(
        fs::read(dir.path().join("größe/big.bin")).unwrap().len(),
        300_000
    );
}

#[test]
fn extraction_tells_what_a_dropped_future_failed_of() {
    let archive = archive("pax");
    let dir = tempfile::tempdir().unwrap();
    let mut slow = Slow::new(&archive, 999);
    slow.fail_at = 150_000;
    block_on(async {
        let mut reader = Reader::builder().from_futures(slow).await.unwrap();
        for _ in 0..3 {
            assert!(reader.next_entry().await.unwrap().is_some());
        }
        assert!(poll_some(reader.next_entry(), 1).is_none());
        let error = reader
            .extract(Extractor::new(), dir.path())
            .await
            .unwrap_err();
        assert!(format!("{error:#}").contains("line cut"), "{error:#}");
    });
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn what_a_dropped_extraction_failed_of_is_told() {
    // Its headers fail, which no data tells.
    let items = (0..800).map(|n| Item::file(format!("{n:03}"), ""));
    let archive = Spec::new("pax").to_vec(items).unwrap();
    let dir = tempfile::tempdir().unwrap();
    for ask_again in [false, true] {
        let mut slow = Slow::new(&archive, 999);
        slow.fail_at = 300_000;
        block_on(async {
            let mut reader = Reader::builder().from_futures(slow).await.unwrap();
            let extract = reader.extract(Extractor::new(), dir.path());
            assert!(poll_some(extract, 3).is_none());
            let error = if ask_again {
                reader
                    .extract(Extractor::new(), dir.path())
                    .await
                    .unwrap_err()
            } else {
                reader.next_entry().await.map(drop).unwrap_err()
            };
            assert!(format!("{error:#}").contains("line cut"), "{error:#}");
        });
    }
}

#[test]
fn errors_of_the_source_come_out_whole() {
    let archive = archive("pax");
    for fail_at in [0, 1500, 100_000] {
        let mut source = Slow::new(&archive, 512);
        source.fail_at = fail_at;
        let error = block_on(async {
            let reader = Reader::builder().from_futures(source).await?;
            read_all(reader).await
        })
        .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        let source = std::error::Error::source(&error)
            .unwrap()
            .downcast_ref::<io::Error>();
        assert_eq!(source.unwrap().kind(), io::ErrorKind::ConnectionReset);
    }
}

#[test]
fn panics_of_the_source_come_out() {
    let archive = archive("pax");
    let mut source = Slow::new(&archive, 512);
    source.panic_at = 100_000;
    let caught = catch_unwind(AssertUnwindSafe(|| {
        block_on(async { read_all(Reader::builder().from_futures(source).await?).await })
    }));
    let payload = caught.expect_err("the panic of the source");
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"the source panics"));
}

/// The thread ends with the reader, wherever it is.
#[test]
fn readers_are_dropped_at_any_time() {
    let archive = archive("zip");
    for polls in 0..40 {
        let builder = Reader::builder();
        let future = async {
            let mut reader = builder.from_futures(Slow::new(&archive, 512)).await?;
            while let Some(mut entry) = reader.next_entry().await? {
                entry.read_to_vec().await?;
            }
            Ok::<_, Error>(())
        };
        drop(poll_some(future, polls));
    }
}

#[test]
fn streams_give_entries_and_blocks() {
    let archive = archive("pax");
    let expected = expected(&archive);
    block_on(async {
        let mut reader = Reader::builder().from_futures(&archive[..]).await.unwrap();
        let names: Vec<_> = reader
            .entries()
            .map(|entry| entry.unwrap().path_bytes().to_vec())
            .collect()
            .await;
        let wanted: Vec<_> = expected.iter().map(|entry| entry.0.clone()).collect();
        assert_eq!(names, wanted);
        assert_eq!(reader.format(), Some(anyarchive::Format::Tar));

        let mut reader = Reader::builder().from_futures(&archive[..]).await.unwrap();
        for _ in 0..2 {
            reader.next_entry().await.unwrap().unwrap();
        }
        let entry = reader.next_entry().await.unwrap().unwrap();
        let blocks: Vec<_> = entry.into_stream().try_collect().await.unwrap();
        assert!(blocks.len() > 1);
        let mut end = 0;
        for block in &blocks {
            assert_eq!(block.offset(), end);
            end += block.len() as u64;
        }
        let data: Vec<_> = blocks.iter().flat_map(|block| block.to_vec()).collect();
        assert_eq!(data, expected[2].2);

        let mut reader = Reader::builder().from_futures(&archive[..]).await.unwrap();
        let mut entry = reader.next_entry().await.unwrap().unwrap();
        let mut text = String::new();
        let read = futures::AsyncReadExt::read_to_string(&mut entry, &mut text);
        read.await.unwrap();
        assert_eq!(text, "alpha\n");
    });
}

#[test]
fn extraction_works_from_an_asynchronous_source() {
    let archive = archive("pax");
    let dir = tempfile::tempdir().unwrap();
    block_on(async {
        let reader = Reader::builder()
            .from_futures(Slow::new(&archive, 4096))
            .await;
        let mut reader = reader.unwrap();
        let (_, report) = reader.extract(Extractor::new(), dir.path()).await.unwrap();
        assert_eq!(report.unwrap().entries(), 4);
    });
    assert_eq!(
        fs::read(dir.path().join("größe/big.bin")).unwrap(),
        expected(&archive)[2].2
    );
}

#[test]
fn what_is_no_archive_is_told_when_it_is_opened() {
    let error = block_on(Reader::builder().from_futures(&b"no archive at all"[..])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownFormat);
}
