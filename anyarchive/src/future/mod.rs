//! Archives for futures: features `tokio` and `futures`.
//!
//! The C library waits for its input and output in the middle of its work, so it runs on a thread. Everything
//! else is done by the future that is polled: it serves that thread from the asynchronous source or sink, one
//! request at a time. No runtime is involved, so `tokio`, `async-std`, `smol` and a plain
//! `block_on` are all the same.

#[cfg(unix)]
mod append;
mod bridge;
mod entry;
mod entry_writer;
mod reader;
mod remote;
mod sink;
mod source;
mod writer;

pub use self::{
    entry::{AsyncEntry, Blocks, DataBlock},
    entry_writer::AsyncEntryWriter,
    reader::{AsyncReader, Entries},
    sink::*,
    source::*,
    writer::AsyncWriter,
};
use crate::{ReaderBuilder, Result, WriterBuilder};

/// The ways to open an archive for futures of `tokio`.
#[cfg(feature = "tokio")]
impl ReaderBuilder {
    /// Reads from something asynchronous of `tokio` that goes forward only.
    ///
    /// # Errors
    ///
    /// As for [`from_reader`](Self::from_reader).
    ///
    /// # Examples
    ///
    /// ```
    /// # let archive = &include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"))[..];
    /// use anyarchive::Reader;
    /// use tokio::io::AsyncReadExt as _;
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// # runtime.block_on(async {
    /// let mut reader = Reader::builder().from_tokio(archive).await?;
    /// let mut entry = reader.next_entry().await?.expect("an entry");
    /// let mut text = String::new();
    /// entry.read_to_string(&mut text).await?;
    /// assert_eq!(text, "hello\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn from_tokio<R>(&self, reader: R) -> Result<AsyncReader<TokioRead<R>>>
    where
        R: tokio::io::AsyncRead + Unpin,
    {
        AsyncReader::open(TokioRead(reader), self.clone(), false).await
    }

    /// Reads from something asynchronous of `tokio` that can seek: 7-Zip and some others need that.
    ///
    /// # Errors
    ///
    /// As for [`from_seekable`](Self::from_seekable).
    ///
    /// # Examples
    ///
    /// ```
    /// # let archive = &include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"))[..];
    /// use anyarchive::Reader;
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// # runtime.block_on(async {
    /// let source = std::io::Cursor::new(archive);
    /// let mut reader = Reader::builder().from_tokio_seekable(source).await?;
    /// assert!(reader.next_entry().await?.is_some());
    /// # Ok::<(), anyarchive::Error>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn from_tokio_seekable<R>(&self, reader: R) -> Result<AsyncReader<TokioSeek<R>>>
    where
        R: tokio::io::AsyncRead + tokio::io::AsyncSeek + Unpin,
    {
        AsyncReader::open(TokioSeek::new(reader), self.clone(), true).await
    }
}

/// The ways to open an archive for futures of anything but `tokio`.
#[cfg(feature = "futures")]
impl ReaderBuilder {
    /// Reads from something asynchronous of `futures-io` that goes forward only.
    ///
    /// # Errors
    ///
    /// As for [`from_reader`](Self::from_reader).
    ///
    /// # Examples
    ///
    /// ```
    /// # let archive = &include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"))[..];
    /// use anyarchive::Reader;
    /// use futures::AsyncReadExt as _;
    ///
    /// # futures::executor::block_on(async {
    /// let mut reader = Reader::builder().from_futures(archive).await?;
    /// let mut entry = reader.next_entry().await?.expect("an entry");
    /// let mut text = String::new();
    /// entry.read_to_string(&mut text).await?;
    /// assert_eq!(text, "hello\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn from_futures<R>(&self, reader: R) -> Result<AsyncReader<FuturesRead<R>>>
    where
        R: futures_io::AsyncRead + Unpin,
    {
        AsyncReader::open(FuturesRead(reader), self.clone(), false).await
    }

    /// Reads from something asynchronous of `futures-io` that can seek: 7-Zip and some others need
    /// that.
    ///
    /// # Errors
    ///
    /// As for [`from_seekable`](Self::from_seekable).
    ///
    /// # Examples
    ///
    /// ```
    /// # let archive = &include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"))[..];
    /// use anyarchive::Reader;
    /// use futures::io::Cursor;
    ///
    /// # futures::executor::block_on(async {
    /// let mut reader = Reader::builder().from_futures_seekable(Cursor::new(archive)).await?;
    /// assert!(reader.next_entry().await?.is_some());
    /// # Ok::<(), anyarchive::Error>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn from_futures_seekable<R>(&self, reader: R) -> Result<AsyncReader<FuturesSeek<R>>>
    where
        R: futures_io::AsyncRead + futures_io::AsyncSeek + Unpin,
    {
        AsyncReader::open(FuturesSeek(reader), self.clone(), true).await
    }
}

/// Writing by futures.
impl WriterBuilder {
    /// Writes to something asynchronous of `tokio`; see [`AsyncWriter`] for an example.
    ///
    /// # Errors
    ///
    /// As for [`to_writer`](Self::to_writer).
    #[cfg(feature = "tokio")]
    pub async fn to_tokio<W>(&self, sink: W) -> Result<AsyncWriter<TokioWrite<W>>>
    where
        W: tokio::io::AsyncWrite + Unpin,
    {
        AsyncWriter::open(TokioWrite(sink), self.clone()).await
    }

    /// Writes to something asynchronous of `futures-io`; see [`AsyncEntryWriter`] for an example.
    ///
    /// # Errors
    ///
    /// As for [`to_writer`](Self::to_writer).
    #[cfg(feature = "futures")]
    pub async fn to_futures<W>(&self, sink: W) -> Result<AsyncWriter<FuturesWrite<W>>>
    where
        W: futures_io::AsyncWrite + Unpin,
    {
        AsyncWriter::open(FuturesWrite(sink), self.clone()).await
    }
}
