//! Writing: what C calls with the bytes of the archive.

use std::{
    any::Any,
    ffi::c_void,
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind},
};

use archive_sys as sys;

use crate::ffi::{cstr, locale::CallersLocale};

/// State behind `client_data` (I3).
///
/// C must never hear of a failure: told one while the filter `compress` is active, it writes beyond
/// its own buffer, in every release. So the first failure is kept here, and from then on everything
/// is swallowed; whoever called C looks here afterwards.
pub(crate) struct WriteState<S> {
    sink: S,
    /// The first failure of the sink, whole.
    error: Option<io::Error>,
    /// What a panicking sink threw, to be thrown again when C has returned.
    panic: Option<Box<dyn Any + Send>>,
    /// The sink is not asked again: it failed, or nobody wants the archive any more.
    dead: bool,
}

impl<S> WriteState<S> {
    pub(crate) fn new(sink: S) -> Self {
        Self {
            sink,
            error: None,
            panic: None,
            dead: false,
        }
    }

    pub(crate) fn take_panic(&mut self) -> Option<Box<dyn Any + Send>> {
        self.panic.take()
    }

    pub(crate) fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// From now on nothing reaches the sink.
    pub(crate) fn discard(&mut self) {
        self.dead = true;
    }

    pub(crate) fn sink(&self) -> &S {
        &self.sink
    }

    pub(crate) fn sink_mut(&mut self) -> &mut S {
        &mut self.sink
    }

    pub(crate) fn into_sink(self) -> S {
        self.sink
    }
}

impl<S: Write> WriteState<S> {
    /// Writes some of `bytes`, and tells how many: from one to all.
    fn take(&mut self, bytes: &[u8]) -> usize {
        if self.dead || bytes.is_empty() {
            return bytes.len();
        }
        let _locale = CallersLocale::restore();
        let sink = &mut self.sink;
        // Unwind safety: after a panic `dead` keeps everybody away from the sink.
        let result = catch_unwind(AssertUnwindSafe(|| write_some(sink, bytes)));
        // What user code leaves behind is no failure of C, which looks at it after conversions.
        errno::set_errno(errno::Errno(0));
        match result {
            Ok(Ok(count)) => return count,
            Ok(Err(error)) => self.error = Some(error),
            Err(payload) => self.panic = Some(payload),
        }
        self.dead = true;
        bytes.len()
    }
}

/// One successful `write` of a count that can be true.
pub(crate) fn write_some(sink: &mut impl Write, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match sink.write(bytes) {
            Ok(0) => {
                return Err(io::Error::new(
                    io::ErrorKind::WriteZero,
                    "the writer takes no more bytes",
                ));
            }
            Ok(count) if count > bytes.len() => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("the writer says it wrote {count} bytes of {}", bytes.len()),
                ));
            }
            Ok(count) => return Ok(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// `archive_write_callback`: never a failure, and never more than `len`.
pub(crate) unsafe extern "C" fn write<S: Write>(
    _: *mut sys::archive,
    data: *mut c_void,
    bytes: *const c_void,
    len: usize,
) -> sys::la_ssize_t {
    // SAFETY: I3 and I6: a live `WriteState<S>`, which nothing else touches while C runs.
    let state = unsafe { &mut *data.cast::<WriteState<S>>() };
    // SAFETY: C passes `len` bytes of its own, which stay for the time of this call.
    let bytes = unsafe { cstr::slice(bytes, len) };
    // No slice is longer than isize::MAX.
    state.take(bytes) as sys::la_ssize_t
}
