//! `struct archive` for reading.

mod end;
mod new;

use std::{
    ffi::{c_int, c_void},
    marker::PhantomData,
    panic::resume_unwind,
    ptr::{self, NonNull},
};

use archive_sys as sys;

pub(crate) use self::{end::EndClues, new::NewReader};
use crate::{
    Filter,
    entry::EntryRef,
    error::{Error, ErrorKind, Result},
    ffi::{
        Status,
        callbacks::read::{ReadState, Source},
        cstr, entry, failure,
        locale::Utf8Locale,
    },
};

/// The owned pointer (I1).
#[derive(Debug)]
struct Handle(NonNull<sys::archive>);

// SAFETY: libarchive handles have no thread affinity, and `Handle` is not `Sync`: calls can move
// between threads but never overlap.
unsafe impl Send for Handle {}

impl Drop for Handle {
    fn drop(&mut self) {
        let _locale = Utf8Locale::enter();
        // SAFETY: I1. The close callback, the only one that can run here, does nothing.
        unsafe { sys::archive_read_free(self.0.as_ptr()) };
    }
}

impl Handle {
    fn as_ptr(&self) -> *mut sys::archive {
        self.0.as_ptr()
    }

    /// Describes the failure that a call on this handle has just reported.
    fn error(&mut self, op: &'static str, status: Status) -> Error {
        // SAFETY: I1, I2.
        unsafe { failure::describe(self.as_ptr(), op, status) }
    }

    fn format(&self) -> c_int {
        // SAFETY: I1; reads one field.
        unsafe { sys::archive_format(self.as_ptr()) }
    }

    /// Codes of the filters in use, the one next to the format first, without the closing "none".
    fn filters(&self) -> Vec<c_int> {
        // SAFETY: I1; a read handle has this function in its table.
        let count = unsafe { sys::archive_filter_count(self.as_ptr()) };
        (0..count)
            .map(|index| {
                // SAFETY: I1; any index is allowed.
                unsafe { sys::archive_filter_code(self.as_ptr(), index) }
            })
            .filter(|&code| code != sys::ARCHIVE_FILTER_NONE)
            .collect()
    }

    /// Turns a code into a result; `Warn` counts as success.
    fn check(&mut self, op: &'static str, code: c_int) -> Result<Status> {
        match Status::from_code(code) {
            status @ (Status::Ok | Status::Warn | Status::Eof) => Ok(status),
            status => Err(self.error(op, status)),
        }
    }
}

/// The callback state, owned through a raw pointer (I3).
#[derive(Debug)]
struct StatePtr(NonNull<ReadState<'static>>);

// SAFETY: what is behind the pointer is owned and its source is `Send`; the rest is plain data.
unsafe impl Send for StatePtr {}

impl StatePtr {
    /// Erases the lifetime of the source: `ReadHandle<'s>` and nothing else keeps it.
    fn new<'s>(state: Box<ReadState<'s>>) -> Self {
        // SAFETY: Box::into_raw is never NULL.
        let raw = unsafe { NonNull::new_unchecked(Box::into_raw(state)) };
        Self(raw.cast::<ReadState<'static>>())
    }

    fn as_ptr(&self) -> *mut c_void {
        self.0.as_ptr().cast::<c_void>()
    }

    fn get(&mut self) -> &mut ReadState<'static> {
        // SAFETY: I3: a live allocation, and no C call is running while Rust has `&mut self`. The
        // pretended lifetime does not leave this module.
        unsafe { self.0.as_mut() }
    }

    fn shared(&self) -> &ReadState<'static> {
        // SAFETY: as in `get`; a shared borrow, and the handle's are `Sync` for nobody.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for StatePtr {
    fn drop(&mut self) {
        // SAFETY: made by Box::into_raw in `new`, freed here only.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// The block that C lent last; valid until the next call on the handle.
#[derive(Clone, Copy, Debug)]
struct RawBlock {
    data: *const c_void,
    len: usize,
    offset: u64,
}

impl RawBlock {
    const EMPTY: Self = Self {
        data: ptr::null(),
        len: 0,
        offset: 0,
    };
}

/// Everything of an open reader but the lifetime of its source.
///
/// Field order matters: the handle is freed before the state that its callbacks use (I3).
#[derive(Debug)]
struct Inner {
    handle: Handle,
    state: StatePtr,
    entry: Option<NonNull<sys::archive_entry>>,
    block: RawBlock,
    /// Reading the data of the current entry failed, and was told.
    data_failed: bool,
    poisoned: bool,
}

// SAFETY: `entry` and `block` point into memory that the handle or the state owns, both `Send`, and
// are used only through `&self` or `&mut self`; `Inner` is not `Sync`.
unsafe impl Send for Inner {}

impl Inner {
    /// After a call that can reach the source: first its panic, then its error, then the code.
    #[inline]
    fn check(&mut self, op: &'static str, code: c_int) -> Result<Status> {
        // Nearly always, and twice for each entry.
        if code == sys::ARCHIVE_OK && !self.state.get().is_dead() {
            return Ok(Status::Ok);
        }
        self.check_closely(op, code)
    }

    #[cold]
    fn check_closely(&mut self, op: &'static str, code: c_int) -> Result<Status> {
        let state = self.state.get();
        if let Some(payload) = state.take_panic() {
            self.poisoned = true;
            resume_unwind(payload);
        }
        if let Some(error) = state.take_error() {
            self.poisoned = true;
            return Err(Error::of_source(error)
                .with_op(op)
                .with_status(Status::Fatal));
        }
        self.handle.check(op, code).map_err(|error| {
            self.poisoned |= !error.is_recoverable();
            match self.state.get().problem() {
                Some(problem) => error.because(&problem),
                None => error,
            }
        })
    }

    /// All filters around the format, the one next to it first: C's, then the source's.
    fn filters(&self) -> Vec<Filter> {
        let codes = self.handle.filters();
        let filters = codes.into_iter().filter_map(Filter::from_code);
        filters.chain(self.state.shared().filters()).collect()
    }

    /// What is left of the block that C lent last, and where it starts in the entry.
    fn block(&self) -> (u64, &[u8]) {
        let block = self.block;
        // SAFETY: I4: C lent `len` bytes until the next call on the handle. Every call needs
        // `&mut Inner`, which this borrow excludes, and forgets the block first.
        let data = unsafe { cstr::slice(block.data, block.len) };
        (block.offset, data)
    }

    /// At the end of the archive: whether the bytes should have gone on, or are not what they should
    /// be.
    fn settle(&mut self, op: &'static str) -> Result<()> {
        self.state.get().settle();
        self.check(op, sys::ARCHIVE_OK)?;
        match self.state.get().problem() {
            Some(problem) => {
                self.poisoned = true;
                Err(problem.with_op(op).with_status(Status::Fatal))
            }
            None => Ok(()),
        }
    }

    /// Nothing that C lent before outlives the next call.
    fn before_call(&mut self) -> Result<()> {
        self.block = RawBlock::EMPTY;
        if self.poisoned {
            return Err(Error::new(
                ErrorKind::Poisoned,
                "the reader failed before, so the archive was not read to its end",
            ));
        }
        Ok(())
    }
}

/// An open reader over a source that lives for `'s`.
#[derive(Debug)]
pub(crate) struct ReadHandle<'s> {
    inner: Inner,
    source: PhantomData<Box<dyn Source + 's>>,
}

/// A remark (`ARCHIVE_WARN` or `ARCHIVE_RETRY`) beside a header.
pub(crate) struct Header {
    pub(crate) status: Status,
    /// The text that came with `Warn` and `Retry`.
    pub(crate) remark: Option<Error>,
}

#[cfg(feature = "raw")]
impl ReadHandle<'_> {
    pub(super) fn as_ptr(&self) -> *mut sys::archive {
        self.inner.handle.as_ptr()
    }
}

impl ReadHandle<'_> {
    /// `archive_read_data_skip`: leaves the current entry, if there is one; the remark of a warning.
    ///
    /// `archive_read_next_header` does this too, but when it fails there, the failure takes the
    /// place of the next header, and that entry is lost. The caller has entered the locale.
    fn skip_data(&mut self) -> Result<Option<Error>> {
        const OP: &str = "archive_read_data_skip";
        let inner = &mut self.inner;
        let Some(entry) = inner.entry.take() else {
            return Ok(None);
        };
        let told = std::mem::take(&mut inner.data_failed);
        // SAFETY: I1, I2; a read handle in state DATA, as an entry is current and nothing was fatal.
        let code = unsafe { sys::archive_read_data_skip(inner.handle.as_ptr()) };
        let error = match inner.check(OP, code) {
            Ok(Status::Warn) => inner.handle.error(OP, Status::Warn),
            Ok(_) => return Ok(None),
            Err(error) => error,
        };
        if told && error.is_recoverable() {
            return Ok(None);
        }
        // SAFETY: I7: skipping does not touch the entry, only the next header does.
        let entry = unsafe { EntryRef::from_ptr(entry.as_ptr()) };
        let error = error.with_entry(entry.path_bytes());
        if code == sys::ARCHIVE_WARN {
            Ok(Some(error))
        } else {
            Err(error)
        }
    }

    /// `archive_read_next_header`: on `Ok` and `Warn` there is a current entry.
    ///
    /// # Errors
    ///
    /// `Failed` (the next entry can be asked for), `Fatal`, and errors of the source. When the error
    /// names an entry, it is about the data of the one before.
    pub(crate) fn next_header(&mut self) -> Result<Header> {
        const OP: &str = "archive_read_next_header";
        self.inner.before_call()?;
        let locale = Utf8Locale::enter();
        let skipped = self.skip_data()?;
        let inner = &mut self.inner;
        let mut entry = ptr::null_mut();
        errno::set_errno(errno::Errno(0));
        // SAFETY: I1, I2; state HEADER or DATA, or EOF, which C answers with an error.
        let code = unsafe { sys::archive_read_next_header(inner.handle.as_ptr(), &raw mut entry) };
        let status = Status::from_code(code);
        if matches!(status, Status::Ok | Status::Warn)
            && inner.handle.format() == sys::ARCHIVE_FORMAT_RAW
            && inner.handle.filters().is_empty()
            && let Some(header) = inner.state.shared().header()
            && !entry.is_null()
        {
            // SAFETY: I2, I7: the current entry, which nobody was lent yet.
            unsafe { entry::describe(entry, &header) };
        }
        drop(locale);
        // The one status that `check` would turn into an error though reading goes on.
        if code == sys::ARCHIVE_RETRY {
            inner.check(OP, sys::ARCHIVE_OK)?;
            return Ok(Header {
                status: Status::Retry,
                remark: Some(inner.handle.error(OP, Status::Retry)),
            });
        }
        let status = inner.check(OP, code)?;
        if status == Status::Eof {
            inner.settle(OP)?;
        }
        if matches!(status, Status::Ok | Status::Warn) {
            inner.entry = NonNull::new(entry);
            // SAFETY: I7: the current entry, which nothing changes before the next header.
            let entry = unsafe { EntryRef::from_ptr(entry) };
            inner.state.get().set_entry(|| entry.path_bytes().to_vec());
        }
        let remark = (status == Status::Warn).then(|| inner.handle.error(OP, status));
        Ok(Header {
            status,
            remark: remark.or(skipped),
        })
    }

    /// The entry of the last successful [`next_header`](Self::next_header).
    pub(crate) fn current(&mut self) -> Option<CurrentEntry<'_>> {
        self.inner.entry.is_some().then_some(CurrentEntry {
            inner: &mut self.inner,
        })
    }

    /// As [`CurrentEntry::block`], for those who go on borrowing the whole reader.
    pub(crate) fn block(&self) -> &[u8] {
        self.inner.block().1
    }

    /// Bytes that the source has given, counted each time they were given.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.inner.state.shared().bytes_read()
    }

    /// `archive_format`: 0 before the first header.
    pub(crate) fn format(&self) -> c_int {
        self.inner.handle.format()
    }

    /// `archive_format_name`
    pub(crate) fn format_name(&self) -> Option<String> {
        // SAFETY: I1.
        let name = unsafe { sys::archive_format_name(self.inner.handle.as_ptr()) };
        // SAFETY: C rebuilds the text with the next header: copied now (I4).
        unsafe { cstr::lossy(name) }
    }

    /// See [`Inner::filters`].
    pub(crate) fn filters(&self) -> Vec<Filter> {
        self.inner.filters()
    }

    /// `archive_read_header_position`
    pub(crate) fn header_position(&self) -> sys::la_int64_t {
        // SAFETY: I1; reads one field.
        unsafe { sys::archive_read_header_position(self.inner.handle.as_ptr()) }
    }

    /// `archive_read_format_capabilities`: none before the format is known.
    pub(crate) fn format_capabilities(&self) -> c_int {
        // SAFETY: I1; a read handle, the only kind that this function may get.
        unsafe { sys::archive_read_format_capabilities(self.inner.handle.as_ptr()) }
    }

    /// `archive_read_has_encrypted_entries`: -2 unsupported by the format, -1 not known yet, 0, 1.
    pub(crate) fn has_encrypted_entries(&self) -> c_int {
        // SAFETY: I1; a read handle, the only kind that this function may get.
        unsafe { sys::archive_read_has_encrypted_entries(self.inner.handle.as_ptr()) }
    }
}

/// The entry that an open reader stands on.
#[derive(Debug)]
pub(crate) struct CurrentEntry<'r> {
    inner: &'r mut Inner,
}

impl CurrentEntry<'_> {
    pub(crate) fn entry(&self) -> &EntryRef {
        let entry = self.inner.entry.map_or(ptr::null_mut(), NonNull::as_ptr);
        // SAFETY: I7: set by the last header, and this borrow keeps everybody from the next one.
        // `current` made sure that it is not NULL.
        unsafe { EntryRef::from_ptr(entry) }
    }

    /// `archive_format`
    pub(crate) fn format(&self) -> c_int {
        self.inner.handle.format()
    }

    /// `archive_read_data_block`: whether there is a block; it is then in [`block`](Self::block).
    ///
    /// At the end, `block` is empty and its offset where the data ends, if C says so.
    ///
    /// # Errors
    ///
    /// Everything but success and the end: on data a warning means that it is not right.
    pub(crate) fn next_block(&mut self) -> Result<bool> {
        self.inner.before_call()?;
        let more = self.read_data_block();
        self.inner.data_failed = more.is_err();
        more
    }

    fn read_data_block(&mut self) -> Result<bool> {
        const OP: &str = "archive_read_data_block";
        let (mut data, mut len, mut offset) = (ptr::null(), 0_usize, 0_i64);
        let locale = Utf8Locale::enter();
        // SAFETY: I1, I2; a read handle in state DATA; the out-pointers are valid.
        let code = unsafe {
            sys::archive_read_data_block(
                self.inner.handle.as_ptr(),
                &raw mut data,
                &raw mut len,
                &raw mut offset,
            )
        };
        drop(locale);
        let status = self.inner.check(OP, code)?;
        if status == Status::Warn {
            return Err(self.inner.handle.error(OP, status));
        }
        // The end of such data is the end of all.
        if status == Status::Eof && self.inner.handle.format() == sys::ARCHIVE_FORMAT_RAW {
            self.inner.settle(OP)?;
        }
        let Ok(offset) = u64::try_from(offset) else {
            return Err(
                Error::new(ErrorKind::Corrupt, "a block of data has a negative offset")
                    .with_op(OP)
                    .with_status(Status::Failed),
            );
        };
        let len = if status == Status::Eof || data.is_null() {
            0
        } else {
            len
        };
        self.inner.block = RawBlock { data, len, offset };
        Ok(status != Status::Eof)
    }

    /// What is left of the current block, and where it starts in the entry (bytes).
    pub(crate) fn block(&self) -> (u64, &[u8]) {
        self.inner.block()
    }

    /// Forgets the first `count` bytes of the block.
    pub(crate) fn consume(&mut self, count: usize) {
        let block = &mut self.inner.block;
        let count = count.min(block.len);
        if count > 0 {
            // SAFETY: `count` is at most the length of the block that `data` points to.
            block.data = unsafe { block.data.cast::<u8>().add(count) }.cast::<c_void>();
            block.len -= count;
            block.offset += count as u64;
        }
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.inner.state.shared().bytes_read()
    }
}
