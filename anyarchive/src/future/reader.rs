//! The reader of archives for futures.

use std::{
    fmt,
    future::poll_fn,
    io,
    path::PathBuf,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;

use super::{
    bridge::{Bridge, Line, out_of_step},
    entry::{AsyncEntry, DataBlock},
    remote::{Reading, Remote},
    source::AsyncSource,
};
use crate::{
    Entry, EntryBuf, Error, ErrorKind, Extractor, Filter, Format, ReadReport, Reader,
    ReaderBuilder, Report, Result,
};

/// What the reader asks its thread for.
pub(super) enum Request {
    Entry,
    Block,
    /// To fill a buffer, holes included.
    Read(Vec<u8>),
    Extract(Box<Extractor>, PathBuf),
}

/// What the thread answers.
pub(super) enum Answer {
    Opened(Result<()>),
    Entry(Head),
    /// The end, or a failure, and what was seen up to there.
    NoEntry(Result<()>, Box<ReadReport>),
    Block(Result<Option<DataBlock>>),
    /// The buffer, and how much of it is filled.
    Read(Vec<u8>, io::Result<usize>),
    Extracted(Box<Extractor>, Result<Report>),
}

/// An entry without its data.
pub(super) struct Head {
    pub(super) metadata: EntryBuf,
    pub(super) warning: Option<String>,
    format: Option<Format>,
    filters: Vec<Filter>,
}

pub(super) type ReadBridge<S> = Bridge<Reading, S>;

/// Reads an archive from an asynchronous source; made by the `from_…` methods of
/// [`ReaderBuilder`](crate::ReaderBuilder) for `tokio` and `futures`.
///
/// The C library runs on a thread of its own, which this reader starts and which ends with it. The
/// source stays with the reader: it is polled while one of the futures here is, so there is
/// back-pressure, no runtime is needed to make one, and memory is bounded by a few buffers.
///
/// Every future here can be dropped before it is done: the next call goes on where it stopped. Only
/// what a dropped [`AsyncEntry::read_to_vec`] has read, and the report of a dropped
/// [`extract`](Self::extract), are gone.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "tokio")] {
/// # let archive = &include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"))[..];
/// use anyarchive::Reader;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let mut reader = Reader::builder().from_tokio(archive).await?;
/// while let Some(mut entry) = reader.next_entry().await? {
///     println!("{:?}", entry.path());
///     while let Some(block) = entry.next_block().await? {
///         println!("{} bytes at {}", block.len(), block.offset());
///     }
/// }
/// # Ok::<(), anyarchive::Error>(())
/// # })?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct AsyncReader<S: AsyncSource> {
    bridge: ReadBridge<S>,
    /// What the answer that is still to come is about.
    format: Option<Format>,
    filters: Vec<Filter>,
    report: Option<Box<ReadReport>>,
    /// The request that was sent last asked for an entry.
    asked_for_entry: bool,
    /// The entry that a dropped `next_entry` came to, when `extract` found it.
    waiting: Option<Head>,
    ended: bool,
}

impl<S: AsyncSource> AsyncReader<S> {
    /// Opens on the thread; `source` is served from here on.
    pub(super) async fn open(source: S, builder: ReaderBuilder, can_seek: bool) -> Result<Self> {
        let bridge = Bridge::new(source, move |line| serve(&line, &builder, can_seek))?;
        let mut reader = Self {
            bridge,
            format: None,
            filters: Vec::new(),
            report: None,
            asked_for_entry: false,
            waiting: None,
            ended: false,
        };
        match poll_fn(|cx| reader.bridge.poll_answer(cx)).await? {
            Answer::Opened(result) => result.map(|()| reader),
            _ => Err(out_of_step()),
        }
    }

    /// Moves to the next entry; `None` at the end of the archive.
    ///
    /// # Errors
    ///
    /// As for [`Reader::next_entry`](crate::Reader::next_entry).
    pub async fn next_entry(&mut self) -> Result<Option<AsyncEntry<'_, S>>> {
        let head = poll_fn(|cx| self.poll_head(cx)).await?;
        Ok(head.map(|head| AsyncEntry::new(&mut self.bridge, head)))
    }

    /// The entries without their data, as a stream.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "futures")] {
    /// # let archive = &include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"))[..];
    /// use anyarchive::Reader;
    /// use futures::StreamExt;
    ///
    /// # futures::executor::block_on(async {
    /// let mut reader = Reader::builder().from_futures(archive).await?;
    /// let mut entries = reader.entries();
    /// while let Some(entry) = entries.next().await {
    ///     println!("{:?}", entry?.path());
    /// }
    /// # Ok::<(), anyarchive::Error>(())
    /// # })?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn entries(&mut self) -> Entries<'_, S> {
        Entries(self)
    }

    /// Extracts the entries that were not read yet into a directory, with these settings, which come
    /// back with the result: [`Extractor::report`] tells what was done also when it failed. Files are
    /// written on the reader's thread.
    ///
    /// Dropping the future stops the extraction only until the reader is asked for something else: that
    /// call first brings it to its end, and fails as it failed.
    ///
    /// # Errors
    ///
    /// When the thread is gone. [`InvalidInput`](ErrorKind::InvalidInput) when a dropped
    /// [`next_entry`](Self::next_entry) has come to an entry that nobody took: the next `next_entry` gives
    /// it. Errors of what a dropped future began. Those of [`Extractor::extract`] are in the result
    /// beside the settings.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "futures")] {
    /// # let dir = tempfile::tempdir()?;
    /// # let archive = &include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"))[..];
    /// use anyarchive::{Extractor, Reader};
    ///
    /// # futures::executor::block_on(async {
    /// let mut reader = Reader::builder().from_futures(archive).await?;
    /// let (_, report) = reader.extract(Extractor::new(), dir.path()).await?;
    /// assert_eq!(report?.entries(), 1);
    /// # Ok::<(), anyarchive::Error>(())
    /// # })?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn extract(
        &mut self,
        extractor: Extractor,
        destination: impl Into<PathBuf>,
    ) -> Result<(Extractor, Result<Report>)> {
        let mut request = Some(Request::Extract(Box::new(extractor), destination.into()));
        poll_fn(|cx| {
            if request.is_some() {
                ready!(self.poll_left_behind(cx))?;
            }
            if let Some(request) = request.take() {
                self.asked_for_entry = false;
                self.bridge.ask(request);
            }
            match ready!(self.bridge.poll_answer(cx))? {
                Answer::Extracted(extractor, result) => Poll::Ready(Ok((*extractor, result))),
                _ => Poll::Ready(Err(out_of_step())),
            }
        })
        .await
    }

    /// The format, known from the first entry on.
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        self.format
    }

    /// The filters around the archive, the innermost first; known from the first entry on.
    #[must_use]
    pub fn filters(&self) -> &[Filter] {
        &self.filters
    }

    /// What was seen of the archive, as [`Reader::report`](crate::Reader::report) tells it: known from
    /// the end, or from the last failure.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "futures")] {
    /// # let archive = &include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"))[..];
    /// use anyarchive::{ArchiveEnd, Reader};
    ///
    /// # futures::executor::block_on(async {
    /// let mut reader = Reader::builder().from_futures(archive).await?;
    /// while let Some(_) = reader.next_entry().await? {}
    /// let report = reader.report().expect("this is the end");
    /// assert_eq!((report.end(), report.entries()), (ArchiveEnd::Marked, 1));
    /// # Ok::<(), anyarchive::Error>(())
    /// # })?;
    /// # }
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[must_use]
    pub fn report(&self) -> Option<&ReadReport> {
        self.report.as_deref()
    }

    /// Gives the source back. How far it was read depends on the format and on the size of blocks.
    pub fn into_inner(self) -> S::Inner {
        self.bridge.side.into_inner()
    }

    /// Data and extractions that nobody waits for any more; an error of these is still told.
    fn poll_unwanted(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        while self.bridge.is_waiting() && !self.asked_for_entry {
            if let Answer::Extracted(_, Err(error)) = ready!(self.bridge.poll_answer(cx))? {
                return Poll::Ready(Err(error));
            }
        }
        Poll::Ready(Ok(()))
    }

    /// What dropped futures left behind, before something else than an entry is asked for.
    fn poll_left_behind(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        ready!(self.poll_unwanted(cx))?;
        if self.bridge.is_waiting() {
            self.waiting = ready!(self.poll_head(cx))?;
        }
        Poll::Ready(match self.waiting {
            Some(_) => Err(Error::new(
                ErrorKind::InvalidInput,
                "a call of next_entry that was dropped has come to an entry: take it with another",
            )),
            None => Ok(()),
        })
    }

    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Head>>> {
        if let Some(head) = self.waiting.take() {
            return Poll::Ready(Ok(Some(head)));
        }
        if self.ended {
            return Poll::Ready(Ok(None));
        }
        // An entry that was asked for before is the next one.
        ready!(self.poll_unwanted(cx))?;
        if !self.bridge.is_waiting() {
            self.asked_for_entry = true;
            self.bridge.ask(Request::Entry);
        }
        let answer = ready!(self.bridge.poll_answer(cx));
        self.asked_for_entry = false;
        Poll::Ready(match answer? {
            Answer::Entry(head) => {
                self.format = head.format;
                self.filters.clone_from(&head.filters);
                Ok(Some(head))
            }
            Answer::NoEntry(result, report) => {
                self.ended = result.is_ok();
                self.report = Some(report);
                result.map(|()| None)
            }
            _ => Err(out_of_step()),
        })
    }
}

impl<S: AsyncSource> fmt::Debug for AsyncReader<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncReader")
            .field("format", &self.format)
            .field("filters", &self.filters)
            .finish_non_exhaustive()
    }
}

/// The entries of an archive without their data; made by [`AsyncReader::entries`].
#[derive(Debug)]
pub struct Entries<'r, S: AsyncSource>(&'r mut AsyncReader<S>);

impl<S: AsyncSource> Stream for Entries<'_, S> {
    type Item = Result<EntryBuf>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let head = ready!(self.0.poll_head(cx));
        Poll::Ready(head.map(|head| head.map(|head| head.metadata)).transpose())
    }
}

/// What the thread does.
fn serve(line: &Line<Reading>, builder: &ReaderBuilder, can_seek: bool) {
    let remote = Remote::new(line, builder.block_bytes());
    let opened = if can_seek {
        builder.from_seekable(remote)
    } else {
        builder.from_reader(remote)
    };
    let mut reader = match opened {
        Ok(reader) => reader,
        Err(error) => return line.answer(Answer::Opened(Err(error))),
    };
    line.answer(Answer::Opened(Ok(())));
    let mut request = line.request();
    while let Some(now) = request {
        request = match now {
            Request::Entry => serve_entry(line, &mut reader),
            Request::Block => {
                line.answer(Answer::Block(Ok(None)));
                line.request()
            }
            Request::Read(buffer) => {
                line.answer(Answer::Read(buffer, Ok(0)));
                line.request()
            }
            Request::Extract(mut extractor, destination) => {
                let result = extractor.extract(&mut reader, destination);
                line.answer(Answer::Extracted(extractor, result));
                line.request()
            }
        };
    }
}

/// Tells the next entry and serves its data; the request that is about something else.
fn serve_entry(line: &Line<Reading>, reader: &mut Reader<'_>) -> Option<Request> {
    let result = match reader.advance() {
        Ok(true) => None,
        Ok(false) => Some(Ok(())),
        Err(error) => Some(Err(error)),
    };
    if let Some(result) = result {
        line.answer(Answer::NoEntry(result, Box::new(reader.report())));
        return line.request();
    }
    let (format, filters) = (reader.format(), reader.filters());
    let mut entry = reader.current_entry()?;
    let head = Head {
        metadata: (*entry).to_owned(),
        warning: entry.warning().map(|warning| warning.message().to_owned()),
        format,
        filters,
    };
    line.answer(Answer::Entry(head));
    loop {
        match line.request()? {
            Request::Block => line.answer(Answer::Block(next_block(&mut entry))),
            Request::Read(mut buffer) => {
                let result = io::Read::read(&mut entry, &mut buffer);
                line.answer(Answer::Read(buffer, result));
            }
            other => return Some(other),
        }
    }
}

fn next_block(entry: &mut Entry<'_>) -> Result<Option<DataBlock>> {
    let block = entry.next_block()?;
    Ok(block.map(|block| DataBlock::new(block.offset(), block.to_vec())))
}
