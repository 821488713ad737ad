//! Callbacks of C: each writes its result to a place that holds an impossible one before.
//!
//! What a callback returns is not enough: when a foreign exception ends it, some runtimes return what
//! the call before returned. So a result counts only when 0 is returned **and** a possible count was
//! written.

use std::{
    ffi::c_void,
    io::{self, Read, Seek, SeekFrom, Write},
};

use crate::{error::Fault, info, status::anyarchive_status as Status, text};

/// Reads up to `cap` bytes into `buf` and writes how many to `n_read`, 0 at the end; returns 0, or
/// anything else when it fails.
pub type anyarchive_read_fn = Option<
    unsafe extern "C" fn(user: *mut c_void, buf: *mut u8, cap: usize, n_read: *mut usize) -> i32,
>;

/// Moves by `offset` from the start (`whence` 0), the position (1) or the end (2), and writes the new
/// position from the start to `position`; returns 0, or anything else when it fails.
pub type anyarchive_seek_fn = Option<
    unsafe extern "C" fn(user: *mut c_void, offset: i64, whence: i32, position: *mut u64) -> i32,
>;

/// Takes up to `len` bytes of `data` and writes how many to `n_written`, at least 1; returns 0, or
/// anything else when it fails.
pub type anyarchive_write_fn = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        data: *const u8,
        len: usize,
        n_written: *mut usize,
    ) -> i32,
>;

/// Called once when `user` is not needed any more, whatever happened.
pub type anyarchive_drop_fn = Option<unsafe extern "C" fn(user: *mut c_void)>;

/// Where the bytes of an archive come from.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct anyarchive_source {
    /// `sizeof(anyarchive_source)`: later versions add fields behind the last.
    pub struct_size: usize,
    /// Given to each callback. They run on the thread that calls the reader, one at a time.
    pub user: *mut c_void,
    /// Must not be NULL.
    pub read: anyarchive_read_fn,
    /// NULL when it cannot seek.
    pub seek: anyarchive_seek_fn,
    /// Can be NULL.
    pub drop: anyarchive_drop_fn,
}

/// Where the bytes of an archive go to.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct anyarchive_sink {
    /// `sizeof(anyarchive_sink)`: later versions add fields behind the last.
    pub struct_size: usize,
    /// Given to each callback. They run on the thread that calls the writer, one at a time.
    pub user: *mut c_void,
    /// Must not be NULL.
    pub write: anyarchive_write_fn,
    /// Can be NULL.
    pub drop: anyarchive_drop_fn,
}

/// What C gave to its callbacks: it is owned, and dropped with this.
pub(crate) struct User {
    data: *mut c_void,
    drop: anyarchive_drop_fn,
}

// SAFETY: C is told that callbacks run on whichever thread calls the handle, one at a time.
unsafe impl Send for User {}

impl User {
    pub(crate) fn new(data: *mut c_void, drop: anyarchive_drop_fn) -> Self {
        Self { data, drop }
    }

    pub(crate) fn data(&self) -> *mut c_void {
        self.data
    }
}

impl Drop for User {
    fn drop(&mut self) {
        if let Some(drop) = self.drop {
            // SAFETY: what C gave together; called here only.
            unsafe { drop(self.data) };
        }
    }
}

/// A source that is owned.
pub(crate) struct Source {
    user: User,
    read: anyarchive_read_fn,
    seek: anyarchive_seek_fn,
}

impl Source {
    /// Takes a source over; its `user` is dropped also when this fails, as far as it can be told.
    ///
    /// # Safety
    ///
    /// NULL, or `struct_size` bytes that begin as [`anyarchive_source`] does.
    pub(crate) unsafe fn take(source: *const anyarchive_source) -> Result<Self, Fault> {
        // SAFETY: the caller's promise.
        let source = unsafe { versioned(source, info::SOURCE_1_0) }?;
        let source = Self {
            user: User::new(source.user, source.drop),
            read: source.read,
            seek: source.seek,
        };
        if source.read.is_none() {
            return Err(Fault::null("the source's function to read"));
        }
        Ok(source)
    }

    pub(crate) fn can_seek(&self) -> bool {
        self.seek.is_some()
    }
}

/// Copies a struct that begins with its size: what an older caller does not have is zero, and what a
/// newer one has beyond this must be.
///
/// # Safety
///
/// NULL, or `struct_size` readable bytes. `T` begins with `struct_size: usize`, and all its bytes may
/// be zero.
pub(crate) unsafe fn versioned<T: Versioned>(from: *const T, oldest: usize) -> Result<T, Fault> {
    if from.is_null() {
        return Err(Fault::null(T::NAME));
    }
    // SAFETY: not NULL; the size comes first in every version.
    let size = unsafe { from.cast::<usize>().read() };
    if size < oldest || size > info::MAX_STRUCT {
        return Err(Fault::invalid(format!(
            "struct_size of {} is {size}",
            T::NAME
        )));
    }
    // SAFETY: C says that this many bytes are there.
    let bytes = unsafe { text::slice(from.cast::<u8>(), size, T::NAME) }?;
    if bytes.iter().skip(size_of::<T>()).any(|&byte| byte != 0) {
        return Err(Fault::Own(
            Status::Unsupported,
            format!("{} has fields that this version does not know", T::NAME),
        ));
    }
    let mut copy = std::mem::MaybeUninit::<T>::zeroed();
    let len = size.min(size_of::<T>());
    let to = copy.as_mut_ptr().cast::<u8>();
    // SAFETY: `len` is within both; they do not overlap, as `copy` is ours.
    unsafe { std::ptr::copy_nonoverlapping(from.cast::<u8>(), to, len) };
    // SAFETY: what C wrote, or zeros, both of which are values of `T`.
    Ok(unsafe { copy.assume_init() })
}

/// A struct of C with its size in front; NULL and zero are values of all its fields.
pub(crate) trait Versioned {
    const NAME: &'static str;
}

impl Versioned for anyarchive_source {
    const NAME: &'static str = "the source";
}

impl Versioned for anyarchive_sink {
    const NAME: &'static str = "the sink";
}

/// A sink that is owned.
pub(crate) struct Sink {
    user: User,
    write: anyarchive_write_fn,
}

impl Sink {
    /// Takes a sink over, like [`Source::take`].
    ///
    /// # Safety
    ///
    /// NULL, or `struct_size` bytes that begin as [`anyarchive_sink`] does.
    pub(crate) unsafe fn take(sink: *const anyarchive_sink) -> Result<Self, Fault> {
        // SAFETY: the caller's promise.
        let sink = unsafe { versioned(sink, info::SINK_1_0) }?;
        let sink = Self {
            user: User::new(sink.user, sink.drop),
            write: sink.write,
        };
        if sink.write.is_none() {
            return Err(Fault::null("the sink's function to write"));
        }
        Ok(sink)
    }
}

impl Write for Sink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        const WHAT: &str = "write";
        let Some(write) = self.write else {
            return Err(did_not_answer(WHAT));
        };
        if data.is_empty() {
            return Ok(0);
        }
        let mut count = usize::MAX;
        // SAFETY: what C gave together, and bytes that stay for the time of the call.
        let code = unsafe { write(self.user.data(), data.as_ptr(), data.len(), &raw mut count) };
        match code {
            0 if (1..=data.len()).contains(&count) => Ok(count),
            0 if count == usize::MAX => Err(did_not_answer(WHAT)),
            0 => Err(io::Error::other(format!(
                "the callback to write says {count} bytes of {}",
                data.len()
            ))),
            code => Err(failed(WHAT, code)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn failed(what: &str, code: i32) -> io::Error {
    io::Error::other(format!("the callback to {what} failed with {code}"))
}

fn did_not_answer(what: &str) -> io::Error {
    io::Error::other(format!(
        "the callback to {what} returned without a result, as after an exception"
    ))
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const WHAT: &str = "read";
        let Some(read) = self.read else {
            return Err(did_not_answer(WHAT));
        };
        let mut count = usize::MAX;
        // SAFETY: what C gave together, and a buffer of this length for the time of the call.
        let code = unsafe {
            read(
                self.user.data(),
                buffer.as_mut_ptr(),
                buffer.len(),
                &raw mut count,
            )
        };
        match code {
            0 if count <= buffer.len() => Ok(count),
            0 if count == usize::MAX => Err(did_not_answer(WHAT)),
            0 => Err(io::Error::other(format!(
                "the callback to read says {count} bytes of {}",
                buffer.len()
            ))),
            code => Err(failed(WHAT, code)),
        }
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        const WHAT: &str = "seek";
        let Some(seek) = self.seek else {
            return Err(io::ErrorKind::NotSeekable.into());
        };
        let too_far = |_| io::Error::from(io::ErrorKind::InvalidInput);
        let (offset, whence) = match to {
            SeekFrom::Start(offset) => (i64::try_from(offset).map_err(too_far)?, 0),
            SeekFrom::Current(offset) => (offset, 1),
            SeekFrom::End(offset) => (offset, 2),
        };
        let mut position = u64::MAX;
        // SAFETY: what C gave together.
        let code = unsafe { seek(self.user.data(), offset, whence, &raw mut position) };
        match code {
            0 if i64::try_from(position).is_ok() => Ok(position),
            0 => Err(did_not_answer(WHAT)),
            code => Err(failed(WHAT, code)),
        }
    }
}
