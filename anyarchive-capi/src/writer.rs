//! Writers.

use std::{
    ffi::{c_char, c_void},
    fs::File,
    io::Write,
    path::Path,
    ptr,
};

use anyarchive::{EntryRef, Error, Writer};

use crate::{
    callback::{Sink, anyarchive_sink},
    entry::anyarchive_entry,
    error::{Fault, answer, anyarchive_error, from_io},
    handle::{Handle, Kind},
    panic::contain,
    status::{anyarchive_status, anyarchive_status as Status},
    text,
    writer_settings::{self, anyarchive_writer_settings},
};

/// Writes an archive, entry after entry. One thread at a time; which one does not matter.
#[derive(Debug)]
pub struct anyarchive_writer {
    // C sees the pointer alone, which is that of a `Handle`.
    _opaque: (),
}

struct Open {
    /// Nothing once it is finished.
    archive: Option<Box<dyn Archive>>,
    warnings: std::collections::VecDeque<Error>,
    entries: u64,
    /// The finished archive, when it was written to memory.
    data: Vec<u8>,
}

impl Kind for Open {
    const KIND: u32 = 0x3417_e417;
}

fn handle(writer: *const anyarchive_writer) -> *const Handle<Open> {
    writer.cast::<Handle<Open>>()
}

/// A writer, whatever it writes to.
trait Archive: Send {
    fn start(&mut self, entry: &EntryRef) -> Result<(), Error>;
    fn write(&mut self, data: &[u8]) -> Result<(), Fault>;
    fn finish_entry(&mut self) -> Result<(), Fault>;
    fn append_tree(&mut self, path: &Path) -> Result<(), Fault>;
    fn entries(&self) -> u64;
    fn take_warnings(&mut self) -> Vec<Error>;
    /// The bytes, if they are in memory.
    fn finish(self: Box<Self>) -> Result<Option<Vec<u8>>, Error>;
}

/// What an archive is written to.
trait Target: Write + Send {
    fn into_memory(self) -> Option<Vec<u8>>;
}

impl Target for File {
    fn into_memory(self) -> Option<Vec<u8>> {
        None
    }
}

impl Target for Sink {
    fn into_memory(self) -> Option<Vec<u8>> {
        None
    }
}

impl Target for Vec<u8> {
    fn into_memory(self) -> Option<Vec<u8>> {
        Some(self)
    }
}

fn no_entry() -> Fault {
    Fault::invalid("no entry was started")
}

impl<S: Target> Archive for Writer<S> {
    fn start(&mut self, entry: &EntryRef) -> Result<(), Error> {
        // What it lends is made again for each call of C.
        self.start_entry(entry).map(drop)
    }

    fn write(&mut self, data: &[u8]) -> Result<(), Fault> {
        let mut entry = self.current_entry().ok_or_else(no_entry)?;
        entry.write_all(data).map_err(from_io)
    }

    fn finish_entry(&mut self) -> Result<(), Fault> {
        let entry = self.current_entry().ok_or_else(no_entry)?;
        Ok(entry.finish()?)
    }

    #[cfg(unix)]
    fn append_tree(&mut self, path: &Path) -> Result<(), Fault> {
        Ok(self.append_dir_all(path)?)
    }

    #[cfg(not(unix))]
    fn append_tree(&mut self, _: &Path) -> Result<(), Fault> {
        Err(Fault::Own(
            Status::Unsupported,
            "directories are only read on Unix".into(),
        ))
    }

    fn entries(&self) -> u64 {
        self.entries_written()
    }

    fn take_warnings(&mut self) -> Vec<Error> {
        Self::take_warnings(self)
    }

    fn finish(self: Box<Self>) -> Result<Option<Vec<u8>>, Error> {
        Self::finish(*self).map(S::into_memory)
    }
}

impl Open {
    fn archive(&mut self) -> Result<&mut Box<dyn Archive>, Fault> {
        let finished = || Fault::invalid("the archive is finished");
        self.archive.as_mut().ok_or_else(finished)
    }

    /// Keeps what can be asked for later.
    fn note(&mut self) {
        if let Some(archive) = &mut self.archive {
            self.warnings.extend(archive.take_warnings());
            self.entries = archive.entries();
        }
    }
}

/// Opens a writer and gives it to C.
///
/// # Safety
///
/// `writer` is NULL or a place for a pointer, and so is `error`.
unsafe fn open(
    writer: *mut *mut anyarchive_writer,
    error: *mut *mut anyarchive_error,
    open: impl FnOnce() -> Result<Box<dyn Archive>, Fault>,
) -> Status {
    let result = contain(|| {
        // SAFETY: the caller's promise.
        let place = unsafe { text::out(writer, "the place for the writer") }?;
        place.set(ptr::null_mut());
        let open = Open {
            archive: Some(open()?),
            warnings: [].into(),
            entries: 0,
            data: Vec::new(),
        };
        place.set(Handle::into_raw(open).cast::<anyarchive_writer>());
        Ok(())
    });
    // SAFETY: the caller's promise.
    unsafe { answer(result, error) }
}

/// Writes a new archive at `path` (bytes on Unix, UTF-8 on Windows), or over the file that is there.
/// Without settings (NULL) the end of the name tells the format: `.tar.zst`, `.zip`, ...
///
/// On failure `*writer` is NULL, and `*error` an error to be freed; `error` can be NULL.
///
/// # Safety
///
/// Pointers are NULL or what their types say; so for all functions here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_create(
    path: *const c_char,
    settings: *const anyarchive_writer_settings,
    writer: *mut *mut anyarchive_writer,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let body = || -> Result<Box<dyn Archive>, Fault> {
        // SAFETY: the caller's promise.
        let path = unsafe { text::path(path, "the path") }?;
        // SAFETY: the caller's promise.
        Ok(match unsafe { writer_settings::builder(settings) }? {
            Some(builder) => Box::new(builder.create(path)?),
            None => Box::new(Writer::create(path)?),
        })
    };
    // SAFETY: the caller's promise.
    unsafe { open(writer, error, body) }
}

/// The builder that is needed where no name tells the format.
///
/// # Safety
///
/// As for [`writer_settings::builder`].
unsafe fn builder(
    settings: *const anyarchive_writer_settings,
) -> Result<anyarchive::WriterBuilder, Fault> {
    // SAFETY: the caller's promise.
    let builder = unsafe { writer_settings::builder(settings) }?;
    builder.ok_or_else(|| Fault::null("the pointer to settings"))
}

/// Writes to callbacks. The struct is copied, and its `drop` is called once: with the writer, when it is
/// finished, or when opening fails. `settings` must not be NULL.
///
/// # Safety
///
/// As for `anyarchive_writer_create`; the callbacks may be called with `user` until `drop` is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_open_sink(
    sink: *const anyarchive_sink,
    settings: *const anyarchive_writer_settings,
    writer: *mut *mut anyarchive_writer,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    // Taken first: whatever comes, its `user` is dropped.
    // SAFETY: the caller's promise.
    let sink = unsafe { Sink::take(sink) };
    let body = || -> Result<Box<dyn Archive>, Fault> {
        let sink = sink?;
        // SAFETY: the caller's promise.
        let builder = unsafe { builder(settings) }?;
        Ok(Box::new(builder.to_writer(sink)?))
    };
    // SAFETY: the caller's promise.
    unsafe { open(writer, error, body) }
}

/// Writes to memory that grows; `anyarchive_writer_data` lends it when the archive is finished.
/// `settings` must not be NULL.
///
/// # Safety
///
/// As for `anyarchive_writer_create`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_open_memory(
    settings: *const anyarchive_writer_settings,
    writer: *mut *mut anyarchive_writer,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let body = || -> Result<Box<dyn Archive>, Fault> {
        // SAFETY: the caller's promise.
        let builder = unsafe { builder(settings) }?;
        Ok(Box::new(builder.to_vec()?))
    };
    // SAFETY: the caller's promise.
    unsafe { open(writer, error, body) }
}

/// Calls a writer, and keeps what it remarked.
///
/// # Safety
///
/// `writer` is NULL or was not freed yet.
unsafe fn call(
    writer: *mut anyarchive_writer,
    body: impl FnOnce(&mut Open) -> Result<Status, Fault>,
) -> Status {
    let body = |open: &mut Open| {
        let result = body(open);
        open.note();
        result
    };
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(writer), body) }
}

/// Writes the metadata of an entry, which is copied. Its data follows by `anyarchive_writer_write`, as
/// much as its size says, and then `anyarchive_writer_finish_entry`, also when there is none. When the
/// entry before was not finished and lacks data, this fails and starts nothing.
///
/// # Safety
///
/// As for `anyarchive_writer_create`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_start_entry(
    writer: *mut anyarchive_writer,
    entry: *const anyarchive_entry,
) -> anyarchive_status {
    let body = |open: &mut Open| {
        // SAFETY: the caller's promise.
        let entry = unsafe { entry.as_ref() }.ok_or_else(|| Fault::null("the entry"))?;
        let entry = entry
            .get()
            .ok_or_else(|| Fault::invalid("the entry is over"))?;
        open.archive()?.start(entry)?;
        Ok(Status::Ok)
    };
    // SAFETY: the caller's promise.
    unsafe { call(writer, body) }
}

/// Writes all of `data` to the entry that was started.
///
/// # Safety
///
/// As for `anyarchive_writer_create`; `data` has `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_write(
    writer: *mut anyarchive_writer,
    data: *const c_void,
    len: usize,
) -> anyarchive_status {
    let body = |open: &mut Open| {
        // SAFETY: the caller's promise.
        let data = unsafe { text::slice(data.cast::<u8>(), len, "the data") }?;
        open.archive()?.write(data)?;
        Ok(Status::Ok)
    };
    // SAFETY: the caller's promise.
    unsafe { call(writer, body) }
}

/// Ends an entry; fails when there is less data than its size says.
///
/// # Safety
///
/// As for `anyarchive_writer_create`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_finish_entry(
    writer: *mut anyarchive_writer,
) -> anyarchive_status {
    let body = |open: &mut Open| {
        open.archive()?.finish_entry()?;
        Ok(Status::Ok)
    };
    // SAFETY: the caller's promise.
    unsafe { call(writer, body) }
}

/// Writes a file or a directory from disk with everything below it, symbolic links as links, and all
/// metadata. `ANYARCHIVE_STATUS_UNSUPPORTED` on Windows.
///
/// # Safety
///
/// As for `anyarchive_writer_create`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_append_tree(
    writer: *mut anyarchive_writer,
    path: *const c_char,
) -> anyarchive_status {
    let body = |open: &mut Open| {
        // SAFETY: the caller's promise.
        let path = unsafe { text::path(path, "the path") }?;
        open.archive()?.append_tree(path)?;
        Ok(Status::Ok)
    };
    // SAFETY: the caller's promise.
    unsafe { call(writer, body) }
}

/// Completes the archive; nothing can be written after it. A writer that is freed without this leaves
/// half an archive.
///
/// # Safety
///
/// As for `anyarchive_writer_create`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_finish(
    writer: *mut anyarchive_writer,
) -> anyarchive_status {
    let body = |open: &mut Open| {
        open.archive()?;
        open.note();
        if let Some(archive) = open.archive.take()
            && let Some(data) = archive.finish()?
        {
            open.data = data;
        }
        Ok(Status::Ok)
    };
    // SAFETY: the caller's promise.
    unsafe { call(writer, body) }
}

/// Lends the finished archive of `anyarchive_writer_open_memory` until the writer is freed; `false` when
/// there is none.
///
/// # Safety
///
/// As for `anyarchive_writer_create`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_data(
    writer: *const anyarchive_writer,
    data: *mut *const u8,
    len: *mut usize,
) -> bool {
    let get = |open: &mut Open| (open.data.as_ptr(), open.data.len());
    // SAFETY: the caller's promise.
    let Some((from, count)) = (unsafe { Handle::peek(handle(writer), get) }) else {
        return false;
    };
    // SAFETY: the caller's promise.
    let data = unsafe { text::out(data, "") };
    // SAFETY: the caller's promise.
    let len = unsafe { text::out(len, "") };
    match (data, len) {
        (Ok(data), Ok(len)) if count > 0 => {
            data.set(from);
            len.set(count);
            true
        }
        _ => false,
    }
}

/// Entries that are in the archive so far.
///
/// # Safety
///
/// As for `anyarchive_writer_create`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_entries(writer: *const anyarchive_writer) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { Handle::peek(handle(writer), |open| open.entries) }.unwrap_or(0)
}

/// Takes the oldest remark: of an entry that is in the archive, but not all of its metadata. It is to be
/// freed; NULL when there is none.
///
/// # Safety
///
/// As for `anyarchive_writer_create`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_take_warning(
    writer: *mut anyarchive_writer,
) -> *mut anyarchive_error {
    let take = |open: &mut Open| {
        let warning = open.warnings.pop_front()?;
        Some(Box::into_raw(Box::new(Fault::Library(warning).to_c())))
    };
    // SAFETY: the caller's promise.
    let warning = unsafe { Handle::peek(handle(writer), take) };
    warning.flatten().unwrap_or(ptr::null_mut())
}

/// The error of the last call on the writer that failed, or NULL. Lives until the next call.
///
/// # Safety
///
/// As for `anyarchive_writer_create`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_error(
    writer: *const anyarchive_writer,
) -> *const anyarchive_error {
    // SAFETY: the caller's promise.
    unsafe { Handle::error(handle(writer)) }
}

/// The same error, to be freed by the caller; NULL when it was taken before.
///
/// # Safety
///
/// As for `anyarchive_writer_create`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_take_error(
    writer: *mut anyarchive_writer,
) -> *mut anyarchive_error {
    // SAFETY: the caller's promise.
    unsafe { Handle::take_error(handle(writer)) }
}

/// Frees a writer, with its sink; NULL is allowed. Inside a callback of the writer it is freed when the
/// call that is running has ended.
///
/// # Safety
///
/// As for `anyarchive_writer_create`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_free(writer: *mut anyarchive_writer) {
    // SAFETY: the caller's promise.
    unsafe { Handle::free(writer.cast::<Handle<Open>>()) };
}
