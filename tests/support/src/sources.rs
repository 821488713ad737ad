//! Readers that misbehave in every way that safe code can.

use std::{
    error, fmt,
    io::{self, Cursor, Read, Seek, SeekFrom},
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// What goes wrong at one call of a [`Source`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It panics with [`Panicked`].
    Panic,
    /// It fails with an [`io::Error`] around [`Broken`].
    Fail,
    /// It claims to have read one byte more than there is space for, or to have gone to another
    /// place than it was told to.
    Lie,
    /// It ends, though there is more.
    End,
}

/// How much a call of [`Read::read`] gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// All that there is space for.
    Full,
    /// One byte.
    OneByte,
    /// Up to seven bytes, and [`io::ErrorKind::Interrupted`] before each of them.
    Interrupted,
}

/// The payload of a panic: the number of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panicked(pub u64);

/// The cause of a failure: the number of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken(pub u64);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call {} was made to fail", self.0)
    }
}

impl error::Error for Broken {}

/// How often a source was called; can be asked while and after a reader owns the source.
#[derive(Clone, Debug, Default)]
pub struct Calls(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    all: AtomicU64,
    after_fault: AtomicU64,
}

impl Calls {
    /// Calls of `read` and `seek`.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.0.all.load(Ordering::Relaxed)
    }

    /// Those after the fault.
    #[must_use]
    pub fn after_fault(&self) -> u64 {
        self.0.after_fault.load(Ordering::Relaxed)
    }
}

/// Bytes in memory, read with faults.
#[derive(Clone, Debug)]
pub struct Source {
    data: Cursor<Arc<[u8]>>,
    fault: Option<(Fault, u64)>,
    pace: Pace,
    interrupt_next: bool,
    over: bool,
    calls: Calls,
}

impl Source {
    /// A source without a fault.
    pub fn new(data: impl Into<Arc<[u8]>>) -> Self {
        Self {
            data: Cursor::new(data.into()),
            fault: None,
            pace: Pace::Full,
            interrupt_next: true,
            over: false,
            calls: Calls::default(),
        }
    }

    /// Goes wrong at this call, counted from 0 over `read` and `seek` together.
    #[must_use]
    pub fn fault(mut self, fault: Fault, call: u64) -> Self {
        self.fault = Some((fault, call));
        self
    }

    /// Reads at this pace.
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// The counters of this source.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.calls.clone()
    }

    /// Counts the call; whether it is the one that lies.
    fn lies(&mut self) -> io::Result<bool> {
        let call = self.calls.0.all.fetch_add(1, Ordering::Relaxed);
        let Some((fault, at)) = self.fault else {
            return Ok(false);
        };
        if call > at {
            self.calls.0.after_fault.fetch_add(1, Ordering::Relaxed);
        }
        if call != at {
            return Ok(false);
        }
        match fault {
            // Without the message that the panic hook would print, thousands of times.
            Fault::Panic => resume_unwind(Box::new(Panicked(call))),
            Fault::Fail => Err(io::Error::other(Broken(call))),
            Fault::Lie => Ok(true),
            Fault::End => {
                self.over = true;
                Ok(false)
            }
        }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.lies()? {
            return Ok(buffer.len() + 1);
        }
        if self.over {
            return Ok(0);
        }
        let most = match self.pace {
            Pace::Full => buffer.len(),
            Pace::OneByte => 1,
            Pace::Interrupted if std::mem::replace(&mut self.interrupt_next, false) => {
                return Err(io::ErrorKind::Interrupted.into());
            }
            Pace::Interrupted => {
                self.interrupt_next = true;
                7
            }
        };
        let len = buffer.len().min(most);
        self.data.read(&mut buffer[..len])
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let lies = self.lies()?;
        let position = self.data.seek(to)?;
        Ok(if lies { position + 1 } else { position })
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn faults_come_at_their_call() {
        let read = |source: &mut Source| source.read(&mut [0; 4]);
        let mut source = Source::new(*b"0123456789").fault(Fault::Fail, 1);
        assert_eq!(read(&mut source).unwrap(), 4);
        let error = read(&mut source).unwrap_err();
        assert_eq!(error.downcast::<Broken>().unwrap(), Broken(1));
        assert_eq!(read(&mut source).unwrap(), 4);
        assert_eq!((source.calls().all(), source.calls().after_fault()), (3, 1));

        let mut source = Source::new(*b"0123456789").fault(Fault::Panic, 0);
        let payload = catch_unwind(AssertUnwindSafe(|| read(&mut source))).unwrap_err();
        assert_eq!(*payload.downcast::<Panicked>().unwrap(), Panicked(0));

        let mut source = Source::new(*b"0123456789").fault(Fault::Lie, 0);
        assert_eq!(read(&mut source).unwrap(), 5);
        let mut source = Source::new(*b"0123456789").fault(Fault::End, 1);
        assert_eq!(read(&mut source).unwrap(), 4);
        assert_eq!(read(&mut source).unwrap(), 0);
        assert_eq!(read(&mut source).unwrap(), 0);
    }

    #[test]
    fn slow_paces_lose_nothing() {
        for pace in [Pace::OneByte, Pace::Interrupted] {
            let mut text = String::new();
            let mut source = Source::new(*b"0123456789").pace(pace);
            source.read_to_string(&mut text).unwrap();
            assert_eq!(text, "0123456789");
        }
    }
}
