//! The two ends of a line between a future and the thread that runs the C library.
//!
//! They work in lock step: the future asks one thing at a time, and while it waits it serves what the
//! thread needs of the source or sink. So nothing piles up, and a future that is dropped leaves
//! nothing behind but an answer that the next one takes or throws away.

use std::{
    io,
    panic::resume_unwind,
    pin::Pin,
    sync::{Mutex, PoisonError, mpsc},
    task::{Context, Poll, ready},
    thread::{self, JoinHandle},
};

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_core::Stream;

use crate::{Error, ErrorKind, Result};

/// What goes over a line.
pub(super) trait Protocol: 'static {
    /// What the future asks for, and what the thread answers.
    type Request: Send + 'static;
    type Answer: Send + 'static;
    /// What the thread needs of the source or sink meanwhile, and what came of it.
    type Order: Send + 'static;
    type Reply: Send + 'static;
}

/// A source or sink that does what the thread orders.
pub(super) trait Serve<P: Protocol>: Unpin {
    fn poll(&mut self, order: &mut P::Order, cx: &mut Context<'_>) -> Poll<P::Reply>;
}

/// What the future sends.
enum Call<P: Protocol> {
    /// Do this, and answer.
    Request(P::Request),
    Reply(P::Reply),
}

/// What the thread sends.
enum Event<P: Protocol> {
    Order(P::Order),
    Answer(P::Answer),
}

/// The end of the future.
pub(super) struct Bridge<P: Protocol, S> {
    /// The source or sink.
    pub(super) side: S,
    calls: mpsc::Sender<Call<P>>,
    events: UnboundedReceiver<Event<P>>,
    /// What the thread waits for.
    order: Option<P::Order>,
    /// A request is without its answer.
    waiting: bool,
    thread: Option<JoinHandle<()>>,
}

/// The end of the thread.
pub(super) struct Line<P: Protocol> {
    // One thread uses it, but it is borrowed by a source or sink, which has to be `Send`.
    calls: Mutex<mpsc::Receiver<Call<P>>>,
    events: UnboundedSender<Event<P>>,
}

impl<P: Protocol, S: Serve<P>> Bridge<P, S> {
    /// Starts the thread, which answers before it is asked for the first time.
    pub(super) fn new(side: S, run: impl FnOnce(Line<P>) + Send + 'static) -> Result<Self> {
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
            side,
            calls,
            events,
            order: None,
            waiting: false,
            thread: Some(thread),
        })
    }

    /// Whether an answer is still to come.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting
    }

    /// Sends a request; the answer to the one before must be there.
    pub(super) fn ask(&mut self, request: P::Request) {
        debug_assert!(!self.waiting, "one request at a time");
        self.waiting = true;
        // A thread that is gone is noticed by who waits for the answer.
        let _ = self.calls.send(Call::Request(request));
    }

    /// The answer; serves the thread meanwhile.
    pub(super) fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Result<P::Answer>> {
        loop {
            if let Some(order) = &mut self.order {
                let reply = ready!(self.side.poll(order, cx));
                self.order = None;
                let _ = self.calls.send(Call::Reply(reply));
            }
            match ready!(Pin::new(&mut self.events).poll_next(cx)) {
                Some(Event::Order(order)) => self.order = Some(order),
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

impl<P: Protocol> Line<P> {
    /// The next request; `None` when nobody will ask any more.
    pub(super) fn request(&self) -> Option<P::Request> {
        match self.receive() {
            Some(Call::Request(request)) => Some(request),
            Some(Call::Reply(_)) | None => None,
        }
    }

    fn receive(&self) -> Option<Call<P>> {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.recv().ok()
    }

    pub(super) fn answer(&self, answer: P::Answer) {
        // Nobody there to hear it is no problem of this thread: the next request does not come.
        let _ = self.events.unbounded_send(Event::Answer(answer));
    }

    /// Has something done by the source or sink.
    pub(super) fn order(&self, order: P::Order) -> io::Result<P::Reply> {
        let gone = || io::Error::other("the asynchronous archive was dropped");
        let event = Event::Order(order);
        self.events.unbounded_send(event).map_err(|_| gone())?;
        match self.receive() {
            Some(Call::Reply(reply)) => Ok(reply),
            Some(Call::Request(_)) => Err(io::Error::other("the archive is out of step")),
            None => Err(gone()),
        }
    }
}

/// The line has a fault: an answer to another question.
pub(super) fn out_of_step() -> Error {
    Error::new(
        ErrorKind::Other,
        "the thread of the archive answers something else",
    )
}
