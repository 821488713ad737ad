//! What the tests of the C interface share: sources and sinks whose callbacks can do anything.

#![allow(dead_code)] // each test has a part of it

use std::{
    ffi::{CStr, CString, c_char, c_void},
    ptr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyarchive_capi::*;

/// Calls a function of the interface as C does.
macro_rules! c {
    ($($call:tt)*) => {{
        // SAFETY: the tests give NULL, or what the function's documentation asks for.
        unsafe { $($call)* }
    }};
}
pub(crate) use c;

/// What a callback does at its turn.
pub(crate) type Trick = Box<dyn FnMut(&mut Turn<'_>) -> i32>;

/// One call of the callback to read.
pub(crate) struct Turn<'a> {
    pub(crate) data: &'a [u8],
    pub(crate) position: &'a mut usize,
    pub(crate) buffer: *mut u8,
    pub(crate) cap: usize,
    pub(crate) n_read: *mut usize,
}

impl Turn<'_> {
    /// Reads as it should.
    pub(crate) fn read(&mut self) -> i32 {
        let rest = &self.data[*self.position..];
        let count = rest.len().min(self.cap);
        // SAFETY: both have `count` bytes.
        unsafe { ptr::copy_nonoverlapping(rest.as_ptr(), self.buffer, count) };
        *self.position += count;
        self.say(count);
        0
    }

    /// Writes a count, whatever is true.
    pub(crate) fn say(&mut self, count: usize) {
        // SAFETY: the library gave this place.
        unsafe { self.n_read.write(count) };
    }
}

/// A source over bytes.
pub(crate) struct Source {
    data: Vec<u8>,
    position: usize,
    trick: Trick,
    dropped: Arc<AtomicUsize>,
}

impl Source {
    /// The struct for C, which owns this from now on. What is counted is how often it was dropped.
    pub(crate) fn give(data: &[u8], trick: Trick) -> (anyarchive_source, Arc<AtomicUsize>) {
        let dropped = Arc::<AtomicUsize>::default();
        let this = Self {
            data: data.to_vec(),
            position: 0,
            trick,
            dropped: Arc::clone(&dropped),
        };
        let source = anyarchive_source {
            struct_size: size_of::<anyarchive_source>(),
            user: Box::into_raw(Box::new(this)).cast(),
            read: Some(read),
            seek: None,
            drop: Some(drop_source),
        };
        (source, dropped)
    }
}

unsafe extern "C" fn read(
    user: *mut c_void,
    buffer: *mut u8,
    cap: usize,
    n_read: *mut usize,
) -> i32 {
    // SAFETY: made by Source::give; the library calls one callback at a time.
    let source = unsafe { &mut *user.cast::<Source>() };
    let mut turn = Turn {
        data: &source.data,
        position: &mut source.position,
        buffer,
        cap,
        n_read,
    };
    (source.trick)(&mut turn)
}

unsafe extern "C" fn drop_source(user: *mut c_void) {
    // SAFETY: made by Source::give; the library calls this once, which the tests count.
    let source = unsafe { Box::from_raw(user.cast::<Source>()) };
    source.dropped.fetch_add(1, Ordering::Relaxed);
}

/// A source that does what it should.
pub(crate) fn good() -> Trick {
    Box::new(|turn| turn.read())
}

/// Opens a source; gives the reader and the status.
pub(crate) fn open_source(
    source: &anyarchive_source,
    settings: *const anyarchive_reader_settings,
) -> (*mut anyarchive_reader, anyarchive_status) {
    let mut reader = ptr::null_mut();
    let status = c!(anyarchive_reader_open_source(
        source,
        settings,
        &raw mut reader,
        ptr::null_mut()
    ));
    (reader, status)
}

pub(crate) fn text(text: *const c_char) -> String {
    assert!(!text.is_null());
    // SAFETY: a text of the library, which is terminated and lives.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}

/// Bytes that the library lends.
#[allow(clippy::disallowed_methods)] // the library never lends NULL
pub(crate) fn bytes<'a>(data: *const u8, len: usize) -> &'a [u8] {
    assert!(!data.is_null());
    // SAFETY: the tests use them as long as they are lent.
    unsafe { std::slice::from_raw_parts(data, len) }
}

pub(crate) fn c_string(text: impl Into<Vec<u8>>) -> CString {
    CString::new(text).unwrap()
}

/// Opens bytes, which must stay until the reader is freed.
pub(crate) fn open_memory(data: &[u8]) -> *mut anyarchive_reader {
    let mut reader = ptr::null_mut();
    let status = c!(anyarchive_reader_open_memory(
        data.as_ptr(),
        data.len(),
        ptr::null(),
        &raw mut reader,
        ptr::null_mut()
    ));
    assert_eq!(status, anyarchive_status::Ok);
    reader
}

/// The message of the reader's last error.
pub(crate) fn reader_error(reader: *const anyarchive_reader) -> String {
    let error = c!(anyarchive_reader_error(reader));
    text(c!(anyarchive_error_text(error)))
}

/// The next entry's path, or how it ended.
pub(crate) fn next(reader: *mut anyarchive_reader) -> Result<String, anyarchive_status> {
    let mut entry = ptr::null();
    match c!(anyarchive_reader_next(reader, &raw mut entry)) {
        anyarchive_status::Ok => Ok(text(c!(anyarchive_entry_path(entry)))),
        status => Err(status),
    }
}

/// Reads all data of the current entry.
pub(crate) fn read_all(reader: *mut anyarchive_reader) -> Result<Vec<u8>, anyarchive_status> {
    let mut all = Vec::new();
    let mut buffer = [0_u8; 700];
    loop {
        let mut count = 0;
        match c!(anyarchive_reader_read(
            reader,
            buffer.as_mut_ptr().cast(),
            buffer.len(),
            &raw mut count
        )) {
            anyarchive_status::Ok if count == 0 => return Ok(all),
            anyarchive_status::Ok => all.extend_from_slice(&buffer[..count]),
            status => return Err(status),
        }
    }
}

pub(crate) fn new_entry(path: &str, kind: anyarchive_file_type) -> *mut anyarchive_entry {
    let mut entry = ptr::null_mut();
    let status = c!(anyarchive_entry_new(
        c_string(path).as_ptr(),
        kind as i32,
        &raw mut entry,
        ptr::null_mut()
    ));
    assert_eq!(status, anyarchive_status::Ok);
    entry
}

pub(crate) fn writer_settings(format: &str) -> *mut anyarchive_writer_settings {
    let mut settings = ptr::null_mut();
    let status = c!(anyarchive_writer_settings_new(
        c_string(format).as_ptr(),
        &raw mut settings,
        ptr::null_mut()
    ));
    assert_eq!(status, anyarchive_status::Ok);
    settings
}

/// A writer to memory.
pub(crate) fn memory_writer(format: &str) -> *mut anyarchive_writer {
    let settings = writer_settings(format);
    let mut writer = ptr::null_mut();
    let status = c!(anyarchive_writer_open_memory(
        settings,
        &raw mut writer,
        ptr::null_mut()
    ));
    assert_eq!(status, anyarchive_status::Ok);
    c!(anyarchive_writer_settings_free(settings));
    writer
}

/// Writes one regular file.
pub(crate) fn write_file(writer: *mut anyarchive_writer, path: &str, data: &[u8]) {
    let entry = new_entry(path, anyarchive_file_type::File);
    let len = data.len() as u64;
    let none = ptr::null_mut();
    let ok = anyarchive_status::Ok;
    assert_eq!(c!(anyarchive_entry_set_size(entry, len, none)), ok);
    assert_eq!(c!(anyarchive_writer_start_entry(writer, entry)), ok);
    let status = c!(anyarchive_writer_write(
        writer,
        data.as_ptr().cast(),
        data.len()
    ));
    assert_eq!(status, ok);
    assert_eq!(c!(anyarchive_writer_finish_entry(writer)), ok);
    c!(anyarchive_entry_free(entry));
}

/// Finishes a writer to memory, frees it, and gives the archive.
pub(crate) fn finish(writer: *mut anyarchive_writer) -> Vec<u8> {
    assert_eq!(c!(anyarchive_writer_finish(writer)), anyarchive_status::Ok);
    let (mut data, mut len) = (ptr::null(), 0);
    assert!(c!(anyarchive_writer_data(
        writer,
        &raw mut data,
        &raw mut len
    )));
    let archive = bytes(data, len).to_vec();
    c!(anyarchive_writer_free(writer));
    archive
}

/// A tar archive of this many files with 1000 bytes each.
pub(crate) fn tar(files: usize) -> Vec<u8> {
    let writer = memory_writer("ustar");
    for number in 0..files {
        let byte = u8::try_from(number % 251).unwrap();
        write_file(writer, &format!("file-{number}"), &[byte; 1000]);
    }
    finish(writer)
}
