//! The writer of archives for futures.

use std::{
    fmt,
    future::poll_fn,
    io::{self, Write},
    path::Path,
    task::{Context, Poll, ready},
    time::SystemTime,
};

#[cfg(unix)]
use super::append::Append;
use super::{
    bridge::{Bridge, Line, Protocol, Serve},
    entry_writer::AsyncEntryWriter,
    sink::AsyncSink,
};
#[cfg(unix)]
use crate::AppendReport;
use crate::{EntryBuf, EntryRef, Error, ErrorKind, Result, Timestamp, Writer, WriterBuilder};

/// The line of a writer.
pub(super) struct Writing;

impl Protocol for Writing {
    type Request = Request;
    type Answer = Answer;
    type Order = Order;
    type Reply = Reply;
}

/// What the writer asks its thread for.
pub(super) enum Request {
    Start(EntryBuf),
    Data(Vec<u8>),
    Zeros(u64),
    FinishEntry,
    #[cfg(unix)]
    Append(Append),
    Finish,
}

/// What the thread answers, to everything.
pub(super) struct Answer {
    result: Result<()>,
    warnings: Vec<Error>,
    /// Entries in the archive so far.
    entries: u64,
    /// The buffer of a [`Request::Data`], to be used again.
    buffer: Vec<u8>,
    #[cfg(unix)]
    report: Option<AppendReport>,
}

/// What the thread needs of the sink.
pub(super) enum Order {
    Write { buffer: Vec<u8>, written: usize },
    Flush,
}

/// What came of it, and the buffer.
pub(super) struct Reply(Vec<u8>, io::Result<()>);

impl<S: AsyncSink> Serve<Writing> for S {
    fn poll(&mut self, order: &mut Order, cx: &mut Context<'_>) -> Poll<Reply> {
        let Order::Write { buffer, written } = order else {
            return self.poll_flush(cx).map(|result| Reply(Vec::new(), result));
        };
        let result = loop {
            let rest = &buffer[*written..];
            let len = rest.len();
            if len == 0 {
                break Ok(());
            }
            match ready!(self.poll_write(cx, rest)) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(count) if count > len => {
                    break Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        format!("the writer says it wrote {count} bytes of {len}"),
                    ));
                }
                Ok(count) => *written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        Poll::Ready(Reply(std::mem::take(buffer), result))
    }
}

/// Writes an archive into an asynchronous sink; made by [`WriterBuilder::to_tokio`] and
/// [`WriterBuilder::to_futures`].
///
/// The C library runs on a thread of its own, which this writer starts and which ends with it: what is
/// compressed keeps nobody waiting who is polled by the same thread. The sink stays with the writer: it
/// is polled while one of the futures here is. So there is back-pressure, no runtime is needed to make
/// one, and memory is bounded by a few buffers: one piece of data is compressed while the next one is
/// made, and no more.
///
/// Every future here can be dropped before it is done. What it asked for is done all the same, or not
/// even begun; if it fails, the next call tells that and does nothing else. A writer that is dropped
/// before [`finish`](Self::finish) leaves an incomplete archive in the sink, which is not touched any
/// more.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "tokio")] {
/// use anyarchive::{EntryBuf, Filter, Format, Writer};
/// use tokio::io::AsyncWriteExt as _;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let settings = Writer::builder(Format::Tar).filter(Filter::Gzip);
/// let mut writer = settings.to_tokio(Vec::new()).await?;
/// writer.append_bytes("hello.txt", b"hello\n").await?;
/// let mut entry = writer.start_entry(EntryBuf::file("data", 9)?).await?;
/// entry.write_all(b"in pieces").await?;
/// entry.finish().await?;
/// let tar: Vec<u8> = writer.finish().await?;
/// assert!(tar.starts_with(b"\x1f\x8b"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a writer must be finished"]
pub struct AsyncWriter<S: AsyncSink> {
    bridge: Bridge<Writing, S>,
    /// Of something whose future nobody waits for any more.
    failure: Option<Error>,
    warnings: Vec<Error>,
    entries: u64,
    /// For the next piece of data.
    buffer: Vec<u8>,
    /// Of the last walk, if nobody took it yet.
    #[cfg(unix)]
    pub(super) report: Option<AppendReport>,
}

impl<S: AsyncSink> fmt::Debug for AsyncWriter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncWriter")
            .field("entries_written", &self.entries)
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}

impl<S: AsyncSink> AsyncWriter<S> {
    pub(super) async fn open(sink: S, builder: WriterBuilder) -> Result<Self> {
        let mut writer = Self {
            bridge: Bridge::new(sink, move |line| serve(&line, &builder))?,
            failure: None,
            warnings: Vec::new(),
            entries: 0,
            buffer: Vec::new(),
            #[cfg(unix)]
            report: None,
        };
        poll_fn(|cx| writer.poll_answer(cx)).await?;
        Ok(writer)
    }

    /// Writes the metadata of an entry and lends what takes its data; as
    /// [`Writer::start_entry`](crate::Writer::start_entry).
    ///
    /// # Errors
    ///
    /// As there, and what a call failed with whose future was dropped.
    ///
    /// # Panics
    ///
    /// A panic of the sink comes out of the future that polls it.
    pub fn start_entry(
        &mut self,
        entry: impl AsRef<EntryRef>,
    ) -> impl Future<Output = Result<AsyncEntryWriter<'_, S>>> {
        // Copied at once: what lends an entry cannot go to another thread.
        let entry = entry.as_ref().to_owned();
        async move {
            self.call(Request::Start(entry)).await?;
            Ok(AsyncEntryWriter::new(self))
        }
    }

    /// Writes an entry without data: a directory, a link, a device, an empty file.
    ///
    /// # Errors
    ///
    /// As for [`start_entry`](Self::start_entry), and for a file whose size is not 0.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "futures")] {
    /// use anyarchive::{EntryBuf, Format, Writer};
    ///
    /// # futures::executor::block_on(async {
    /// let mut writer = Writer::builder(Format::Zip).to_futures(Vec::new()).await?;
    /// writer.append_entry(EntryBuf::directory("dir")?).await?;
    /// writer.append_entry(EntryBuf::symlink("dir/link", "file")?).await?;
    /// let zip: Vec<u8> = writer.finish().await?;
    /// assert!(zip.starts_with(b"PK"));
    /// # Ok::<(), anyarchive::Error>(())
    /// # })?;
    /// # }
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    pub fn append_entry(
        &mut self,
        entry: impl AsRef<EntryRef>,
    ) -> impl Future<Output = Result<()>> {
        let started = self.start_entry(entry);
        async move { started.await?.finish().await }
    }

    /// Writes a regular file with mode `0o644`, this content, and the present time.
    ///
    /// # Errors
    ///
    /// As for [`start_entry`](Self::start_entry).
    pub async fn append_bytes(&mut self, path: impl AsRef<Path>, data: &[u8]) -> Result<()> {
        let mut entry = EntryBuf::file(path, data.len() as u64)?;
        entry.set_mtime(Timestamp::from(SystemTime::now()))?;
        let mut writer = self.start_entry(entry).await?;
        writer.write_data(data).await?;
        writer.finish().await
    }

    /// Completes the archive and gives the sink back, flushed but not shut down.
    ///
    /// # Errors
    ///
    /// As for [`Writer::finish`](crate::Writer::finish), and what a call failed with whose future was
    /// dropped: the archive is completed all the same. The sink is dropped then; give `&mut sink` to
    /// keep it.
    ///
    /// # Panics
    ///
    /// A panic of the sink comes out here.
    pub async fn finish(mut self) -> Result<S::Inner> {
        poll_fn(|cx| self.poll_free(cx)).await;
        let failure = self.failure.take();
        let result = self.call(Request::Finish).await;
        match (failure, result) {
            (None, Ok(())) => Ok(self.bridge.side.into_inner()),
            (Some(error), Err(also)) => Err(error.with_remark(also.message().to_owned())),
            (Some(error), Ok(())) | (None, Err(error)) => Err(error),
        }
    }

    /// Entries that are in the archive so far, with one whose data is being written.
    #[must_use]
    pub fn entries_written(&self) -> u64 {
        self.entries
    }

    /// What libarchive remarked so far, each with its entry; as
    /// [`Writer::warnings`](crate::Writer::warnings).
    #[must_use]
    pub fn warnings(&self) -> &[Error] {
        &self.warnings
    }

    /// Takes the [`warnings`](Self::warnings) out; new ones are collected again.
    #[must_use]
    pub fn take_warnings(&mut self) -> Vec<Error> {
        std::mem::take(&mut self.warnings)
    }

    /// The sink, to look at. What was written is not all there before [`finish`](Self::finish).
    #[must_use]
    pub fn sink(&self) -> &S {
        &self.bridge.side
    }

    /// Asks for something and waits for it.
    pub(super) async fn call(&mut self, request: Request) -> Result<()> {
        poll_fn(|cx| self.poll_ready(cx)).await?;
        self.bridge.ask(request);
        poll_fn(|cx| self.poll_answer(cx)).await
    }

    /// Until something can be asked for; what failed before is told instead.
    pub(super) fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        ready!(self.poll_free(cx));
        Poll::Ready(self.failure.take().map_or(Ok(()), Err))
    }

    /// Until nothing is being done; failures stay here.
    pub(super) fn poll_free(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.bridge.is_waiting() {
            if let Err(error) = ready!(self.poll_answer(cx)) {
                self.failure.get_or_insert(error);
            }
            // Nobody waits for it any more.
            #[cfg(unix)]
            if let Some(problem) = self.report.take().and_then(AppendReport::into_problem) {
                self.failure.get_or_insert(problem);
            }
        }
        Poll::Ready(())
    }

    /// What came of the last request.
    pub(super) fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let mut answer = ready!(self.bridge.poll_answer(cx))?;
        self.warnings.append(&mut answer.warnings);
        self.entries = answer.entries;
        if answer.buffer.capacity() > 0 {
            self.buffer = answer.buffer;
        }
        #[cfg(unix)]
        {
            self.report = answer.report;
        }
        Poll::Ready(answer.result)
    }

    /// Asks for something that a later call waits for. Only when [ready](Self::poll_ready).
    pub(super) fn ask(&mut self, request: Request) {
        self.bridge.ask(request);
    }

    /// A piece of data on its way; how much of it was taken.
    pub(super) fn ask_data(&mut self, data: &[u8]) -> usize {
        let piece = &data[..data.len().min(PIECE)];
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        buffer.extend_from_slice(piece);
        self.bridge.ask(Request::Data(buffer));
        piece.len()
    }
}

/// Bytes that go to the thread at once: as many as [`Writer::append`] copies at once, so that codecs
/// whose output depends on that make the same bytes.
const PIECE: usize = 64 * 1024;

/// The sink as the thread sees it.
struct Remote<'l> {
    line: &'l Line<Writing>,
    buffer: Vec<u8>,
}

impl Remote<'_> {
    fn order(&mut self, order: Order) -> io::Result<()> {
        let Reply(buffer, result) = self.line.order(order)?;
        if buffer.capacity() > 0 {
            self.buffer = buffer;
        }
        result
    }
}

impl Write for Remote<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        buffer.extend_from_slice(bytes);
        self.order(Order::Write { buffer, written: 0 })?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.order(Order::Flush)
    }
}

/// What came of a request beside the result.
#[derive(Default)]
struct More {
    buffer: Vec<u8>,
    #[cfg(unix)]
    report: Option<AppendReport>,
}

/// What the thread does.
fn serve(line: &Line<Writing>, builder: &WriterBuilder) {
    let remote = Remote {
        line,
        buffer: Vec::new(),
    };
    let answer = |result, warnings, entries, more: More| {
        line.answer(Answer {
            result,
            warnings,
            entries,
            buffer: more.buffer,
            #[cfg(unix)]
            report: more.report,
        });
    };
    let mut writer = match builder.to_writer(remote) {
        Ok(writer) => writer,
        Err(error) => return answer(Err(error), Vec::new(), 0, More::default()),
    };
    answer(Ok(()), writer.take_warnings(), 0, More::default());
    while let Some(request) = line.request() {
        let mut more = More::default();
        let result = match request {
            Request::Start(entry) => writer.start_entry(entry).map(drop),
            Request::Data(data) => {
                let result = entry(&mut writer, |entry| entry.write_data(&data));
                more.buffer = data;
                result
            }
            Request::Zeros(count) => entry(&mut writer, |entry| entry.write_zeros(count)),
            Request::FinishEntry => match writer.current_entry() {
                Some(entry) => entry.finish(),
                None => Err(no_entry()),
            },
            #[cfg(unix)]
            Request::Append(what) => {
                let (result, report) = what.run(&mut writer);
                more.report = report;
                result
            }
            Request::Finish => {
                let entries = writer.entries_written();
                let warnings = writer.take_warnings();
                return answer(writer.finish().map(drop), warnings, entries, more);
            }
        };
        answer(
            result,
            writer.take_warnings(),
            writer.entries_written(),
            more,
        );
    }
}

fn entry(
    writer: &mut Writer<Remote<'_>>,
    act: impl FnOnce(&mut crate::EntryWriter<'_>) -> Result<()>,
) -> Result<()> {
    act(&mut writer.current_entry().ok_or_else(no_entry)?)
}

fn no_entry() -> Error {
    Error::new(ErrorKind::InvalidInput, "there is no open entry")
}
