//! The entry that an asynchronous writer is writing.

use std::{
    fmt,
    future::poll_fn,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use super::{
    sink::AsyncSink,
    writer::{AsyncWriter, Request},
};
use crate::{Error, ErrorKind, Result};

/// Takes the data of an entry; made by [`AsyncWriter::start_entry`].
///
/// It is `AsyncWrite` of `tokio` and `futures-io`, so `copy` of both fills it. It keeps one piece of
/// data that is being compressed, so a failure can come with the next piece, when it is flushed, or at
/// the end. [`finish`](Self::finish), as shutting down or closing, ends the entry and says whether it
/// is whole. If nobody does, the next entry or the end of the archive ends it, and tells it as an error
/// unless all bytes of the declared size were there.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "futures")] {
/// use anyarchive::{EntryBuf, Format, Writer};
/// use futures::io::{AsyncWriteExt as _, Cursor, copy};
///
/// # futures::executor::block_on(async {
/// let mut writer = Writer::builder(Format::Tar).to_futures(Vec::new()).await?;
/// let mut entry = writer.start_entry(EntryBuf::file("copy", 5)?).await?;
/// copy(Cursor::new(b"from "), &mut entry).await?;
/// entry.finish().await?;
///
/// let mut entry = writer.start_entry(EntryBuf::file("short", 5)?).await?;
/// entry.write_all(b"shor").await?;
/// assert!(entry.finish().await.is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "an entry with data must be written and finished"]
pub struct AsyncEntryWriter<'w, S: AsyncSink> {
    writer: &'w mut AsyncWriter<S>,
    /// The end was asked for, and is there.
    ending: bool,
    ended: bool,
}

impl<S: AsyncSink> fmt::Debug for AsyncEntryWriter<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncEntryWriter")
            .field("writer", &self.writer)
            .finish_non_exhaustive()
    }
}

impl<'w, S: AsyncSink> AsyncEntryWriter<'w, S> {
    pub(super) fn new(writer: &'w mut AsyncWriter<S>) -> Self {
        Self {
            writer,
            ending: false,
            ended: false,
        }
    }

    /// Writes all of `data`. When the future is dropped, some of it can be written.
    ///
    /// # Errors
    ///
    /// Those of the sink and of the format, and [`InvalidInput`](ErrorKind::InvalidInput) when there
    /// is more data than the header says.
    pub async fn write_data(&mut self, mut data: &[u8]) -> Result<()> {
        while !data.is_empty() {
            let count = poll_fn(|cx| self.poll_data(cx, data)).await?;
            data = &data[count..];
        }
        poll_fn(|cx| self.writer.poll_ready(cx)).await
    }

    /// Writes `count` zeros; as [`EntryWriter::write_zeros`](crate::EntryWriter::write_zeros).
    ///
    /// # Errors
    ///
    /// As for [`write_data`](Self::write_data).
    pub async fn write_zeros(&mut self, count: u64) -> Result<()> {
        self.writer.call(Request::Zeros(count)).await
    }

    /// Ends the entry.
    ///
    /// # Errors
    ///
    /// As for [`EntryWriter::finish`](crate::EntryWriter::finish).
    pub async fn finish(mut self) -> Result<()> {
        poll_fn(|cx| self.poll_finish(cx)).await
    }

    fn poll_data(&mut self, cx: &mut Context<'_>, data: &[u8]) -> Poll<Result<usize>> {
        ready!(self.writer.poll_ready(cx))?;
        if self.ending {
            let error = Error::new(ErrorKind::InvalidInput, "the entry was ended before");
            return Poll::Ready(Err(error));
        }
        Poll::Ready(Ok(self.writer.ask_data(data)))
    }

    fn poll_finish(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        if !self.ending {
            // What failed before is the reason for what fails now; the entry is to end all the same.
            ready!(self.writer.poll_free(cx));
            self.writer.ask(Request::FinishEntry);
            self.ending = true;
        }
        if self.ended {
            return Poll::Ready(Ok(()));
        }
        ready!(self.writer.poll_free(cx));
        self.ended = true;
        self.writer.poll_ready(cx)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        if data.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.poll_data(cx, data).map_err(io::Error::from)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer.poll_ready(cx).map_err(io::Error::from)
    }

    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_finish(cx).map_err(io::Error::from)
    }
}

/// The [`io::Error`] holds an [`Error`]. Flushing waits for the data to be compressed; what fills no
/// block of the archive is not in the sink before the end.
#[cfg(feature = "tokio")]
impl<S: AsyncSink> tokio::io::AsyncWrite for AsyncEntryWriter<'_, S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        Self::poll_write(&mut self, cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Self::poll_flush(&mut self, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_end(cx)
    }
}

/// The [`io::Error`] holds an [`Error`]. Flushing waits for the data to be compressed; what fills no
/// block of the archive is not in the sink before the end.
#[cfg(feature = "futures")]
impl<S: AsyncSink> futures_io::AsyncWrite for AsyncEntryWriter<'_, S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        Self::poll_write(&mut self, cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Self::poll_flush(&mut self, cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_end(cx)
    }
}
