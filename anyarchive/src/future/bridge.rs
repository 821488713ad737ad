//! The two ends of a line between a future and the thread that runs the C library.
//!
//! They work in lock step: the future asks one thing at a time, and while it waits it serves what the
//! thread needs of the source. So nothing piles up, and a future that is dropped leaves nothing
//! behind but an answer that the next one takes or throws away.

use std::{
    io::{self, Read, Seek, SeekFrom},
    panic::resume_unwind,
    pin::Pin,
    sync::{Mutex, PoisonError, mpsc},
    task::{Context, Poll, ready},
    thread::{self, JoinHandle},
};

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_core::Stream;

use super::source::AsyncSource;
use crate::{Error, ErrorKind, Result};

/// What the future sends.
enum Call<Q> {
    /// Do this, and answer.
    Request(Q),
    /// The source filled this many bytes of its buffer, which comes back.
    Filled(Vec<u8>, io::Result<usize>),
    /// The source moved.
    Moved(io::Result<u64>),
}

/// What the thread sends.
enum Event<A> {
    /// The source is to fill this buffer.
    Fill(Vec<u8>),
    /// The source is to move.
    Move(SeekFrom),
    Answer(A),
}

/// The end of the future.
pub(super) struct Bridge<S, Q, A> {
    pub(super) source: S,
    calls: mpsc::Sender<Call<Q>>,
    events: UnboundedReceiver<Event<A>>,
    /// What the thread waits for.
    job: Option<Job>,
    /// A request is without its answer.
    waiting: bool,
    thread: Option<JoinHandle<()>>,
}

enum Job {
    Fill { buffer: Vec<u8>, filled: usize },
    Move(SeekFrom),
}

/// The end of the thread.
pub(super) struct Line<Q, A> {
    // One thread uses it, but it is borrowed by a source, which has to be `Send`.
    calls: Mutex<mpsc::Receiver<Call<Q>>>,
    events: UnboundedSender<Event<A>>,
}

impl<S: AsyncSource, Q: Send + 'static, A: Send + 'static> Bridge<S, Q, A> {
    /// Starts the thread.
    pub(super) fn new(source: S, run: impl FnOnce(Line<Q, A>) + Send + 'static) -> Result<Self> {
        let (calls, on_thread) = mpsc::channel();
        let (to_future, events) = unbounded();
        let line = Line {
            calls: Mutex::new(on_thread),
            events: to_future,
        };
        let thread = thread::Builder::new()
            .name("anyarchive".into())
            .spawn(move || run(line))
            .map_err(|error| Error::io("cannot start a thread for the archive", error))?;
        Ok(Self {
            source,
            calls,
            events,
            job: None,
            waiting: false,
            thread: Some(thread),
        })
    }

    /// Whether an answer is still to come.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting
    }

    /// Sends a request; the answer to the one before must be there.
    pub(super) fn ask(&mut self, request: Q) {
        debug_assert!(!self.waiting, "one request at a time");
        self.waiting = true;
        // A thread that is gone is noticed by who waits for the answer.
        let _ = self.calls.send(Call::Request(request));
    }

    /// The answer; serves the thread meanwhile.
    pub(super) fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Result<A>> {
        loop {
            if let Some(job) = &mut self.job {
                let reply = ready!(job.poll(&mut self.source, cx));
                self.job = None;
                let _ = self.calls.send(reply);
            }
            match ready!(Pin::new(&mut self.events).poll_next(cx)) {
                Some(Event::Fill(buffer)) => self.job = Some(Job::Fill { buffer, filled: 0 }),
                Some(Event::Move(to)) => self.job = Some(Job::Move(to)),
                Some(Event::Answer(answer)) => {
                    self.waiting = false;
                    return Poll::Ready(Ok(answer));
                }
                None => return Poll::Ready(Err(self.thread_ended())),
            }
        }
    }

    /// The thread is gone before its time: its panic goes on here.
    fn thread_ended(&mut self) -> Error {
        self.waiting = false;
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join) {
            resume_unwind(panic);
        }
        Error::new(ErrorKind::Poisoned, "the archive failed before")
    }
}

impl Job {
    fn poll<Q>(&mut self, source: &mut impl AsyncSource, cx: &mut Context<'_>) -> Poll<Call<Q>> {
        match self {
            Self::Move(to) => source.poll_seek(cx, *to).map(Call::Moved),
            Self::Fill { buffer, filled } => {
                // Whole buffers: the C library wants whole records of some formats in one block.
                let result = loop {
                    let space = &mut buffer[*filled..];
                    let len = space.len();
                    if len == 0 {
                        break Ok(*filled);
                    }
                    match ready!(source.poll_read(cx, space)) {
                        Ok(0) => break Ok(*filled),
                        Ok(count) if count > len => {
                            break Err(io::Error::new(
                                io::ErrorKind::InvalidData,
                                format!("the reader says it read {count} bytes into {len}"),
                            ));
                        }
                        Ok(count) => *filled += count,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        // The source is asked no more, so what came before is of no use.
                        Err(error) => break Err(error),
                    }
                };
                Poll::Ready(Call::Filled(std::mem::take(buffer), result))
            }
        }
    }
}

impl<Q, A> Line<Q, A> {
    /// The next request; `None` when nobody will ask any more.
    pub(super) fn request(&self) -> Option<Q> {
        match self.receive() {
            Some(Call::Request(request)) => Some(request),
            Some(_) | None => None,
        }
    }

    fn receive(&self) -> Option<Call<Q>> {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.recv().ok()
    }

    pub(super) fn answer(&self, answer: A) {
        // Nobody there to hear it is no problem of this thread: the next request does not come.
        let _ = self.events.unbounded_send(Event::Answer(answer));
    }

    fn call(&self, event: Event<A>) -> io::Result<Call<Q>> {
        let gone = || io::Error::other("the asynchronous reader was dropped");
        self.events.unbounded_send(event).map_err(|_| gone())?;
        self.receive().ok_or_else(gone)
    }
}

/// The source as the thread sees it.
pub(super) struct Remote<'l, Q, A> {
    line: &'l Line<Q, A>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl<'l, Q, A> Remote<'l, Q, A> {
    /// `size` is that of one piece, in bytes.
    pub(super) fn new(line: &'l Line<Q, A>, size: usize) -> Self {
        Self {
            line,
            buffer: vec![0; size.max(1)],
            start: 0,
            end: 0,
        }
    }
}

fn out_of_step<T>() -> io::Result<T> {
    Err(io::Error::other("the asynchronous reader is out of step"))
}

impl<Q, A> Read for Remote<'_, Q, A> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end {
            let buffer = std::mem::take(&mut self.buffer);
            let Call::Filled(buffer, filled) = self.line.call(Event::Fill(buffer))? else {
                return out_of_step();
            };
            self.buffer = buffer;
            (self.start, self.end) = (0, filled?);
        }
        let len = out.len().min(self.end - self.start);
        out[..len].copy_from_slice(&self.buffer[self.start..self.start + len]);
        self.start += len;
        Ok(len)
    }
}

impl<Q, A> Seek for Remote<'_, Q, A> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        // The source is ahead by what is left here.
        let to = match to {
            SeekFrom::Current(by) => {
                SeekFrom::Current(by.saturating_sub((self.end - self.start) as i64))
            }
            to => to,
        };
        (self.start, self.end) = (0, 0);
        match self.line.call(Event::Move(to))? {
            Call::Moved(position) => position,
            _ => out_of_step(),
        }
    }
}
