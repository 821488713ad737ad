//! Readers.

use std::{
    ffi::{CString, c_char, c_void},
    io::BufRead as _,
};

use anyarchive::Reader;

use crate::{
    callback::{Source, anyarchive_source},
    entry::anyarchive_entry,
    error::{Fault, answer, anyarchive_error, from_io},
    handle::{Handle, Kind},
    panic::contain,
    settings::{self, anyarchive_reader_settings},
    status::{anyarchive_status, anyarchive_status as Status},
    text::{self, c_text},
};

/// Reads an archive, entry after entry. One thread at a time; which one does not matter.
#[derive(Debug)]
pub struct anyarchive_reader {
    // C sees the pointer alone, which is that of a `Handle`.
    _opaque: (),
}

/// A reader, and what it lends to C.
pub(crate) struct Open {
    pub(crate) reader: Reader<'static>,
    entry: Box<anyarchive_entry>,
    format: CString,
    filters: CString,
}

impl Open {
    /// Takes the entry back from C.
    pub(crate) fn end_entry(&mut self) {
        *self.entry = anyarchive_entry::default();
    }
}

impl Kind for Open {
    const KIND: u32 = 0x4ead_e41d;
}

pub(crate) fn handle(reader: *const anyarchive_reader) -> *const Handle<Open> {
    reader.cast::<Handle<Open>>()
}

/// Opens a reader and gives it to C.
///
/// # Safety
///
/// `reader` is NULL or a place for a pointer, and so is `error`.
unsafe fn open(
    reader: *mut *mut anyarchive_reader,
    error: *mut *mut anyarchive_error,
    open: impl FnOnce() -> Result<Reader<'static>, Fault>,
) -> Status {
    let result = contain(|| {
        // SAFETY: the caller's promise.
        let place = unsafe { text::out(reader, "the place for the reader") }?;
        place.set(std::ptr::null_mut());
        let open = Open {
            reader: open()?,
            entry: Box::default(),
            format: CString::default(),
            filters: CString::default(),
        };
        place.set(Handle::into_raw(open).cast::<anyarchive_reader>());
        Ok(())
    });
    // SAFETY: the caller's promise.
    unsafe { answer(result, error) }
}

/// Opens the archive at `path` (bytes on Unix, UTF-8 on Windows), which can be a pipe too.
///
/// On failure `*reader` is NULL, and `*error` an error to be freed; `error` and `settings` can be NULL.
///
/// # Safety
///
/// Pointers are NULL or what their types say; so for all functions here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_reader_open_path(
    path: *const c_char,
    settings: *const anyarchive_reader_settings,
    reader: *mut *mut anyarchive_reader,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let body = || {
        // SAFETY: the caller's promise.
        let path = unsafe { text::path(path, "the path") }?;
        // SAFETY: the caller's promise.
        let builder = unsafe { settings::builder(settings) }?;
        Ok(builder.open(path)?)
    };
    // SAFETY: the caller's promise.
    unsafe { open(reader, error, body) }
}

/// Reads the archive in memory, which is not copied: it must stay as it is until the reader is freed.
///
/// # Safety
///
/// As for `anyarchive_reader_open_path`, and as this says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_reader_open_memory(
    data: *const u8,
    len: usize,
    settings: *const anyarchive_reader_settings,
    reader: *mut *mut anyarchive_reader,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let body = || {
        // SAFETY: C promises that it lives as long as the reader.
        let data: &'static [u8] = unsafe { text::slice(data, len, "the archive in memory") }?;
        // SAFETY: the caller's promise.
        let builder = unsafe { settings::builder(settings) }?;
        Ok(builder.from_bytes(data)?)
    };
    // SAFETY: the caller's promise.
    unsafe { open(reader, error, body) }
}

/// Reads from callbacks. The struct is copied, and its `drop` is called once: with the reader, or when
/// opening fails.
///
/// # Safety
///
/// As for `anyarchive_reader_open_path`; the callbacks may be called with `user` until `drop` is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_reader_open_source(
    source: *const anyarchive_source,
    settings: *const anyarchive_reader_settings,
    reader: *mut *mut anyarchive_reader,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    // Taken first: whatever comes, its `user` is dropped.
    // SAFETY: the caller's promise.
    let source = unsafe { Source::take(source) };
    let body = || {
        let source = source?;
        // SAFETY: the caller's promise.
        let builder = unsafe { settings::builder(settings) }?;
        Ok(if source.can_seek() {
            builder.from_seekable(source)?
        } else {
            builder.from_reader(source)?
        })
    };
    // SAFETY: the caller's promise.
    unsafe { open(reader, error, body) }
}

/// Goes to the next entry and lends it until the next call of this function or the end of the reader;
/// `ANYARCHIVE_STATUS_EOF` behind the last. When an error is recoverable, the next call goes on.
///
/// # Safety
///
/// As for `anyarchive_reader_open_path`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_reader_next(
    reader: *mut anyarchive_reader,
    entry: *mut *const anyarchive_entry,
) -> anyarchive_status {
    let body = |open: &mut Open| {
        // SAFETY: the caller's promise.
        let place = unsafe { text::out(entry, "the place for the entry") }?;
        open.end_entry();
        if !open.reader.advance()? {
            return Ok(Status::Eof);
        }
        let format = open.reader.format_name().unwrap_or_default();
        open.format = c_text(format);
        let filters = open.reader.filters();
        let names: Vec<_> = filters.iter().map(|filter| filter.name()).collect();
        open.filters = c_text(names.join(","));
        let Some(current) = open.reader.current_entry() else {
            return Ok(Status::Eof);
        };
        open.entry.lend(&current, current.warning());
        place.set(&raw const *open.entry);
        Ok(Status::Ok)
    };
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(reader), body) }
}

/// Reads data of the current entry, with holes filled by zeros; `*n_read` is 0 at the end.
///
/// # Safety
///
/// As for `anyarchive_reader_open_path`; `buf` has `cap` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_reader_read(
    reader: *mut anyarchive_reader,
    buf: *mut c_void,
    cap: usize,
    n_read: *mut usize,
) -> anyarchive_status {
    let body = |open: &mut Open| {
        // SAFETY: the caller's promise.
        let place = unsafe { text::out(n_read, "the place for the count") }?;
        // SAFETY: the caller's promise.
        let room = unsafe { text::room(buf.cast::<u8>(), cap, "the buffer") }?;
        let count = match open.reader.current_entry() {
            Some(mut entry) if !room.is_empty() => {
                let count = text::fill(room, entry.fill_buf().map_err(from_io)?);
                entry.consume(count);
                if entry.size() == Some(entry.position()) {
                    // The declared end is here: have the checksum compared now.
                    entry.fill_buf().map_err(from_io)?;
                }
                count
            }
            _ => 0,
        };
        place.set(count);
        Ok(Status::Ok)
    };
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(reader), body) }
}

/// Lends the next piece of the current entry's data, and where it belongs in the file, until the next
/// call on the reader; `ANYARCHIVE_STATUS_EOF` at the end. What lies between two pieces is a hole. When
/// the file ends in a hole, the last piece is empty, and its place is the length of the file.
///
/// # Safety
///
/// As for `anyarchive_reader_open_path`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_reader_next_block(
    reader: *mut anyarchive_reader,
    data: *mut *const u8,
    len: *mut usize,
    offset: *mut u64,
) -> anyarchive_status {
    let body = |open: &mut Open| {
        // SAFETY: the caller's promise.
        let data = unsafe { text::out(data, "the place for the data") }?;
        // SAFETY: the caller's promise.
        let len = unsafe { text::out(len, "the place for the length") }?;
        // SAFETY: the caller's promise.
        let offset = unsafe { text::out(offset, "the place for the offset") }?;
        let Some(mut entry) = open.reader.current_entry() else {
            return Ok(Status::Eof);
        };
        let Some(block) = entry.next_block()? else {
            return Ok(Status::Eof);
        };
        data.set(block.data().as_ptr());
        len.set(block.len());
        offset.set(block.offset());
        Ok(Status::Ok)
    };
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(reader), body) }
}

/// The exact name of the format as libarchive has it; empty before the first entry. Lives until the
/// next entry.
///
/// # Safety
///
/// As for `anyarchive_reader_open_path`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_reader_format_name(
    reader: *const anyarchive_reader,
) -> *const c_char {
    // SAFETY: the caller's promise.
    let name = unsafe { Handle::peek(handle(reader), |open| open.format.as_ptr()) };
    name.unwrap_or(c"".as_ptr())
}

/// The filters around the archive, the innermost first, such as `uu,gzip`; empty for none, and before
/// the first entry. Lives until the next entry.
///
/// # Safety
///
/// As for `anyarchive_reader_open_path`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_reader_filters(
    reader: *const anyarchive_reader,
) -> *const c_char {
    // SAFETY: the caller's promise.
    let names = unsafe { Handle::peek(handle(reader), |open| open.filters.as_ptr()) };
    names.unwrap_or(c"".as_ptr())
}

/// Bytes that the source has given so far.
///
/// # Safety
///
/// As for `anyarchive_reader_open_path`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_reader_bytes_read(reader: *const anyarchive_reader) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { Handle::peek(handle(reader), |open| open.reader.bytes_read()) }.unwrap_or(0)
}

/// Length of the archive in bytes; `false` when the source cannot tell.
///
/// # Safety
///
/// As for `anyarchive_reader_open_path`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_reader_total_bytes(
    reader: *const anyarchive_reader,
    total: *mut u64,
) -> bool {
    // SAFETY: the caller's promise.
    let found = unsafe { Handle::peek(handle(reader), |open| open.reader.total_bytes()) };
    // SAFETY: the caller's promise.
    match (found.flatten(), unsafe { text::out(total, "") }) {
        (Some(bytes), Ok(place)) => {
            place.set(bytes);
            true
        }
        _ => false,
    }
}

/// The error of the last call on the reader that failed, or NULL. Lives until the next call.
///
/// # Safety
///
/// As for `anyarchive_reader_open_path`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_reader_error(
    reader: *const anyarchive_reader,
) -> *const anyarchive_error {
    // SAFETY: the caller's promise.
    unsafe { Handle::error(handle(reader)) }
}

/// The same error, to be freed by the caller; NULL when it was taken before.
///
/// # Safety
///
/// As for `anyarchive_reader_open_path`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_reader_take_error(
    reader: *mut anyarchive_reader,
) -> *mut anyarchive_error {
    // SAFETY: the caller's promise.
    unsafe { Handle::take_error(handle(reader)) }
}

/// Frees a reader, with its entry and its source; NULL is allowed. Inside a callback of the reader it
/// is freed when the call that is running has ended.
///
/// # Safety
///
/// As for `anyarchive_reader_open_path`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_reader_free(reader: *mut anyarchive_reader) {
    // SAFETY: the caller's promise.
    unsafe { Handle::free(reader.cast::<Handle<Open>>()) };
}
