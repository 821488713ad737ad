//! An entry of an asynchronous reader, and its data.

use std::{
    fmt,
    future::poll_fn,
    io,
    ops::Deref,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;

use super::{
    bridge::out_of_step,
    reader::{Answer, Head, ReadBridge, Request},
    source::AsyncSource,
};
use crate::{EntryBuf, EntryRef, Error, ErrorKind, Result};

/// Bytes asked for at once by who reads the data as a stream of bytes.
const CHUNK: usize = 64 * 1024;

/// A piece of an entry's data that belongs to who got it; dereferences to its bytes.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "futures")] {
/// # let archive = &include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"))[..];
/// use anyarchive::Reader;
///
/// # futures::executor::block_on(async {
/// let mut reader = Reader::builder().from_futures(archive).await?;
/// let mut entry = reader.next_entry().await?.expect("an entry");
/// let block = entry.next_block().await?.expect("data");
/// assert_eq!((block.offset(), block.into_vec()), (0, b"hello\n".to_vec()));
/// # Ok::<(), anyarchive::Error>(())
/// # })?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataBlock {
    offset: u64,
    data: Vec<u8>,
}

impl DataBlock {
    pub(super) fn new(offset: u64, data: Vec<u8>) -> Self {
        Self { offset, data }
    }

    /// Where the bytes belong in the file, in bytes from its start.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The bytes.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.data
    }
}

impl Deref for DataBlock {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.data
    }
}

/// The entry that an [`AsyncReader`](crate::future::AsyncReader) stands on.
///
/// Its metadata is a copy, so it is there without waiting. The data comes as blocks with their
/// places, by `AsyncRead` of `tokio` and `futures-io` with holes filled, or as a
/// [`Stream`](Self::into_stream); what one has read, the others do not give again.
pub struct AsyncEntry<'r, S: AsyncSource> {
    bridge: &'r mut ReadBridge<S>,
    metadata: EntryBuf,
    warning: Option<String>,
    /// Bytes that [`poll_read`](Self::poll_read) has not given yet.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl<S: AsyncSource> Deref for AsyncEntry<'_, S> {
    type Target = EntryRef;

    fn deref(&self) -> &EntryRef {
        &self.metadata
    }
}

impl<S: AsyncSource> fmt::Debug for AsyncEntry<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncEntry")
            .field("metadata", &self.metadata)
            .field("warning", &self.warning)
            .finish_non_exhaustive()
    }
}

impl<'r, S: AsyncSource> AsyncEntry<'r, S> {
    pub(super) fn new(bridge: &'r mut ReadBridge<S>, head: Head) -> Self {
        Self {
            bridge,
            metadata: head.metadata,
            warning: head.warning,
            buffer: Vec::new(),
            start: 0,
            end: 0,
        }
    }

    /// The metadata, to be kept.
    #[must_use]
    pub fn into_metadata(self) -> EntryBuf {
        self.metadata
    }

    /// What libarchive remarked while it read this entry's metadata: something of it may be lost.
    #[must_use]
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// The next piece of data; `None` at the end. Holes are as in
    /// [`Entry::next_block`](crate::Entry::next_block).
    ///
    /// # Errors
    ///
    /// As for [`Entry::next_block`](crate::Entry::next_block).
    pub async fn next_block(&mut self) -> Result<Option<DataBlock>> {
        poll_fn(|cx| self.poll_block(cx)).await
    }

    /// The rest of the data, with holes filled.
    ///
    /// # Errors
    ///
    /// As for [`Entry::next_block`](crate::Entry::next_block).
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "futures")] {
    /// # let archive = &include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"))[..];
    /// use anyarchive::Reader;
    ///
    /// # futures::executor::block_on(async {
    /// let mut reader = Reader::builder().from_futures(archive).await?;
    /// let mut entry = reader.next_entry().await?.expect("an entry");
    /// assert_eq!(entry.read_to_vec().await?, b"hello\n");
    /// # Ok::<(), anyarchive::Error>(())
    /// # })?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn read_to_vec(&mut self) -> Result<Vec<u8>> {
        let mut data = Vec::new();
        poll_fn(|cx| {
            loop {
                match ready!(self.poll_fill(cx)) {
                    Ok(()) if self.start == self.end => return Poll::Ready(Ok(())),
                    Ok(()) => {
                        data.extend_from_slice(&self.buffer[self.start..self.end]);
                        self.start = self.end;
                    }
                    Err(error) => return Poll::Ready(Err(from_io(error))),
                }
            }
        })
        .await?;
        Ok(data)
    }

    /// The data as a stream of blocks.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "futures")] {
    /// # let archive = &include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"))[..];
    /// use anyarchive::Reader;
    /// use futures::TryStreamExt;
    ///
    /// # futures::executor::block_on(async {
    /// let mut reader = Reader::builder().from_futures(archive).await?;
    /// let entry = reader.next_entry().await?.expect("an entry");
    /// let blocks: Vec<_> = entry.into_stream().try_collect().await?;
    /// assert_eq!(&blocks[0][..], b"hello\n");
    /// # Ok::<(), anyarchive::Error>(())
    /// # })?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn into_stream(self) -> Blocks<'r, S> {
        Blocks(self)
    }

    fn poll_block(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<DataBlock>>> {
        if !self.bridge.is_waiting() {
            self.bridge.ask(Request::Block);
        }
        match ready!(self.bridge.poll_answer(cx))? {
            Answer::Block(block) => Poll::Ready(block),
            Answer::Read(..) => Poll::Ready(Err(two_ways())),
            _ => Poll::Ready(Err(out_of_step())),
        }
    }

    /// Makes sure that there are bytes in the buffer; none at the end.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.start < self.end {
            return Poll::Ready(Ok(()));
        }
        if !self.bridge.is_waiting() {
            let mut buffer = std::mem::take(&mut self.buffer);
            buffer.resize(CHUNK, 0);
            self.bridge.ask(Request::Read(buffer));
        }
        match ready!(self.bridge.poll_answer(cx))? {
            Answer::Read(buffer, result) => {
                self.buffer = buffer;
                (self.start, self.end) = (0, result?);
                Poll::Ready(Ok(()))
            }
            Answer::Block(_) => Poll::Ready(Err(two_ways().into())),
            _ => Poll::Ready(Err(out_of_step().into())),
        }
    }

    /// Gives bytes that are there, or the end.
    #[cfg(any(feature = "tokio", feature = "futures"))]
    fn poll_bytes(&mut self, cx: &mut Context<'_>, most: usize) -> Poll<io::Result<&[u8]>> {
        ready!(self.poll_fill(cx))?;
        let start = self.start;
        self.start += most.min(self.end - start);
        Poll::Ready(Ok(&self.buffer[start..self.start]))
    }
}

fn from_io(error: io::Error) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => error,
        Err(error) => Error::io("cannot read the data", error),
    }
}

/// A future was dropped before its data came, and now the data is wanted in the other way.
fn two_ways() -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        "the data was asked for as blocks and as bytes, and what came first was not waited for",
    )
}

/// The data of an entry as a stream of blocks; made by [`AsyncEntry::into_stream`].
#[derive(Debug)]
pub struct Blocks<'r, S: AsyncSource>(AsyncEntry<'r, S>);

impl<S: AsyncSource> Stream for Blocks<'_, S> {
    type Item = Result<DataBlock>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_block(cx).map(Result::transpose)
    }
}

#[cfg(feature = "tokio")]
impl<S: AsyncSource> tokio::io::AsyncRead for AsyncEntry<'_, S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let bytes = ready!(self.poll_bytes(cx, buffer.remaining()))?;
        buffer.put_slice(bytes);
        Poll::Ready(Ok(()))
    }
}

#[cfg(feature = "futures")]
impl<S: AsyncSource> futures_io::AsyncRead for AsyncEntry<'_, S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let bytes = ready!(self.poll_bytes(cx, buffer.len()))?;
        buffer[..bytes.len()].copy_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }
}
