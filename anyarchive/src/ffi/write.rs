//! `struct archive` for writing.

use std::{
    ffi::{CStr, c_int, c_void},
    io::{self, Write},
    panic::resume_unwind,
    ptr::{self, NonNull},
};

use archive_sys as sys;

use crate::{
    entry::EntryBuf,
    error::{Error, ErrorKind, Result},
    ffi::{
        Status,
        callbacks::write::{self as callbacks, WriteState},
        failure,
        locale::Utf8Locale,
    },
};

/// A writer that is not open yet: format, filters, options and password are set here.
#[derive(Debug)]
pub(crate) struct NewWriter(Handle);

/// The owned pointer (I1).
#[derive(Debug)]
struct Handle(NonNull<sys::archive>);

// SAFETY: libarchive handles have no thread affinity, and `Handle` is not `Sync`: calls can move
// between threads but never overlap.
unsafe impl Send for Handle {}

impl Drop for Handle {
    fn drop(&mut self) {
        let _locale = Utf8Locale::enter();
        // SAFETY: I1. The write callback, the only one that can run here, swallows everything by
        // now: `WriteHandle` sees to that before its handle is freed.
        unsafe { sys::archive_write_free(self.0.as_ptr()) };
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

    /// Turns a code into a result; `Warn` counts as success.
    fn check(&mut self, op: &'static str, code: c_int) -> Result<Status> {
        // SAFETY: I1, I2.
        unsafe { failure::check(self.as_ptr(), op, code) }
    }
}

/// Settings without arguments, one C function each.
macro_rules! settings {
    ($($name:ident = $function:ident;)*) => {
        impl NewWriter {$(
            pub(crate) fn $name(&mut self) -> Result<Status> {
                // SAFETY: I1, I2; state NEW, which this type stands for.
                let code = unsafe { sys::$function(self.0.as_ptr()) };
                self.0.check(stringify!($function), code)
            }
        )*}
    };
}

settings! {
    set_format_7zip = archive_write_set_format_7zip;
    set_format_ar_bsd = archive_write_set_format_ar_bsd;
    set_format_ar_svr4 = archive_write_set_format_ar_svr4;
    set_format_cpio_bin = archive_write_set_format_cpio_bin;
    set_format_cpio_newc = archive_write_set_format_cpio_newc;
    set_format_cpio_odc = archive_write_set_format_cpio_odc;
    set_format_cpio_pwb = archive_write_set_format_cpio_pwb;
    set_format_gnutar = archive_write_set_format_gnutar;
    set_format_iso9660 = archive_write_set_format_iso9660;
    set_format_mtree = archive_write_set_format_mtree;
    set_format_mtree_classic = archive_write_set_format_mtree_classic;
    set_format_pax = archive_write_set_format_pax;
    set_format_pax_restricted = archive_write_set_format_pax_restricted;
    set_format_raw = archive_write_set_format_raw;
    set_format_shar = archive_write_set_format_shar;
    set_format_shar_dump = archive_write_set_format_shar_dump;
    set_format_ustar = archive_write_set_format_ustar;
    set_format_v7tar = archive_write_set_format_v7tar;
    set_format_warc = archive_write_set_format_warc;
    set_format_xar = archive_write_set_format_xar;
    set_format_zip = archive_write_set_format_zip;
    add_filter_b64encode = archive_write_add_filter_b64encode;
    add_filter_bzip2 = archive_write_add_filter_bzip2;
    add_filter_compress = archive_write_add_filter_compress;
    add_filter_gzip = archive_write_add_filter_gzip;
    add_filter_lz4 = archive_write_add_filter_lz4;
    add_filter_lzip = archive_write_add_filter_lzip;
    add_filter_lzma = archive_write_add_filter_lzma;
    add_filter_lzop = archive_write_add_filter_lzop;
    add_filter_uuencode = archive_write_add_filter_uuencode;
    add_filter_xz = archive_write_add_filter_xz;
    add_filter_zstd = archive_write_add_filter_zstd;
}

/// Setters of options, all of one shape: no value means "off", no module "whoever knows the key".
macro_rules! options {
    ($($name:ident = $function:ident;)*) => {
        impl NewWriter {$(
            pub(crate) fn $name(
                &mut self,
                module: Option<&CStr>,
                key: &CStr,
                value: Option<&CStr>,
            ) -> Result<Status> {
                let module = module.map_or(ptr::null(), CStr::as_ptr);
                let value = value.map_or(ptr::null(), CStr::as_ptr);
                // "hdrcharset" makes the converter here, from the charset that the locale has now.
                let _locale = Utf8Locale::enter();
                let (raw, key) = (self.0.as_ptr(), key.as_ptr());
                // SAFETY: I1, I2, I5; module and value may be NULL.
                let code = unsafe { sys::$function(raw, module, key, value) };
                self.0.check(stringify!($function), code)
            }
        )*}
    };
}

options! {
    set_option = archive_write_set_option;
    set_format_option = archive_write_set_format_option;
    set_filter_option = archive_write_set_filter_option;
}

impl NewWriter {
    /// `archive_write_new`
    pub(crate) fn new() -> Result<Self> {
        // SAFETY: `archive_write_new` answers NULL or a new handle.
        let raw = unsafe { failure::new_handle("archive_write_new", sys::archive_write_new) };
        raw.map(|raw| Self(Handle(raw)))
    }

    /// `module:key=value,key,!key`
    pub(crate) fn set_options(&mut self, options: &CStr) -> Result<Status> {
        let _locale = Utf8Locale::enter();
        // SAFETY: I1, I2, I5.
        let code = unsafe { sys::archive_write_set_options(self.0.as_ptr(), options.as_ptr()) };
        // C warns when it took some of them.
        match self.0.check("archive_write_set_options", code)? {
            Status::Ok => Ok(Status::Ok),
            status => Err(self.0.error("archive_write_set_options", status)),
        }
    }

    /// C copies the password and wipes its copy.
    pub(crate) fn set_passphrase(&mut self, password: &CStr) -> Result<Status> {
        // SAFETY: I1, I2, I5.
        let code = unsafe { sys::archive_write_set_passphrase(self.0.as_ptr(), password.as_ptr()) };
        self.0.check("archive_write_set_passphrase", code)
    }

    /// How many bytes the sink gets at once. With 0 it gets each piece when C makes it, where `malloc`
    /// serves that: on all systems that matter.
    pub(crate) fn set_bytes_per_block(&mut self, bytes: c_int) -> Result<Status> {
        // SAFETY: I1, I2; stores a number.
        let code = unsafe { sys::archive_write_set_bytes_per_block(self.0.as_ptr(), bytes) };
        self.0.check("archive_write_set_bytes_per_block", code)
    }

    /// The last block becomes a multiple of this, by zeros.
    pub(crate) fn set_bytes_in_last_block(&mut self, bytes: c_int) -> Result<Status> {
        // SAFETY: I1, I2; stores a number.
        let code = unsafe { sys::archive_write_set_bytes_in_last_block(self.0.as_ptr(), bytes) };
        self.0.check("archive_write_set_bytes_in_last_block", code)
    }

    /// `archive_write_open2`, after which the handle cannot be opened again, also if it fails: then
    /// it has lost its filters and would write without them.
    ///
    /// # Panics
    ///
    /// A panic of the sink comes out here.
    pub(crate) fn open<S: Write>(self, sink: S) -> Result<WriteHandle<S>> {
        let mut handle = WriteHandle {
            handle: self.0,
            state: Some(StatePtr::new(WriteState::new(sink))),
            poisoned: false,
            closed: false,
        };
        let (raw, data) = (handle.handle.as_ptr(), handle.state().as_ptr());
        let locale = Utf8Locale::enter();
        // SAFETY: I1, I2; state NEW. I3: the state outlives the handle, and the callback is the one
        // for its type. There is nothing to do at opening, closing and freeing.
        let code = unsafe {
            sys::archive_write_open2(raw, data, None, Some(callbacks::write::<S>), None, None)
        };
        drop(locale);
        // A warning here means that C will not write.
        match handle.check("archive_write_open2", code)? {
            Status::Ok => Ok(handle),
            status => Err(handle.handle.error("archive_write_open2", status)),
        }
    }
}

/// The callback state, owned through a raw pointer (I3).
struct StatePtr<S>(NonNull<WriteState<S>>);

// SAFETY: what is behind the pointer is owned by it alone, and `WriteState<S>` is plain data but for
// the sink.
unsafe impl<S: Send> Send for StatePtr<S> {}

impl<S> StatePtr<S> {
    fn new(state: WriteState<S>) -> Self {
        Self(NonNull::from(Box::leak(Box::new(state))))
    }

    fn as_ptr(&self) -> *mut c_void {
        self.0.as_ptr().cast::<c_void>()
    }

    fn get(&self) -> &WriteState<S> {
        // SAFETY: I3: a live allocation, and no C call is running.
        unsafe { self.0.as_ref() }
    }

    fn get_mut(&mut self) -> &mut WriteState<S> {
        // SAFETY: as in `get`, and `&mut self` says that nobody else looks.
        unsafe { self.0.as_mut() }
    }

    fn into_inner(self) -> WriteState<S> {
        let raw = self.0;
        std::mem::forget(self);
        // SAFETY: made by a `Box` in `new`, and `drop` does not run for it any more.
        *unsafe { Box::from_raw(raw.as_ptr()) }
    }
}

impl<S> Drop for StatePtr<S> {
    fn drop(&mut self) {
        // SAFETY: made by a `Box` in `new`, freed here only.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// An open writer.
///
/// Field order matters: the handle is freed before the state that its callback uses (I3).
pub(crate) struct WriteHandle<S> {
    handle: Handle,
    /// Always there; taken only by `into_sink`, which has freed the handle before.
    state: Option<StatePtr<S>>,
    poisoned: bool,
    closed: bool,
}

impl<S> Drop for WriteHandle<S> {
    /// Closes an unfinished archive into nowhere: after `archive_write_fail`, `archive_write_free`
    /// alone would leak what the compressors hold.
    fn drop(&mut self) {
        let Some(state) = &mut self.state else {
            return;
        };
        state.get_mut().discard();
        if !self.closed {
            let _locale = Utf8Locale::enter();
            errno::set_errno(errno::Errno(0));
            // SAFETY: I1; reads one field.
            let format = unsafe { sys::archive_format(self.handle.as_ptr()) };
            if format & sys::ARCHIVE_FORMAT_BASE_MASK == sys::ARCHIVE_FORMAT_ZIP {
                // Only this frees the compressor of an open entry, and it fills nothing.
                // SAFETY: I1, I2; C refuses it in any state that is not meant.
                unsafe { sys::archive_write_finish_entry(self.handle.as_ptr()) };
            }
            // SAFETY: I1, I2. Without this, C would fill the open entry up to the size in its
            // header, which can take for ever.
            unsafe { sys::archive_write_fail(self.handle.as_ptr()) };
            // SAFETY: I1, I2; any state is allowed, and the callback swallows everything now.
            unsafe { sys::archive_write_close(self.handle.as_ptr()) };
        }
    }
}

#[cfg(feature = "raw")]
impl<S> WriteHandle<S> {
    pub(super) fn as_ptr(&self) -> *mut sys::archive {
        self.handle.as_ptr()
    }
}

impl<S> WriteHandle<S> {
    fn state(&mut self) -> &mut StatePtr<S> {
        self.state.as_mut().expect("only `into_sink` takes it")
    }

    /// After a call that can reach the sink: first its panic, then its error, then the code.
    fn check(&mut self, op: &'static str, code: c_int) -> Result<Status> {
        let state = self.state().get_mut();
        if let Some(payload) = state.take_panic() {
            self.poisoned = true;
            resume_unwind(payload);
        }
        if let Some(error) = state.take_error() {
            self.poisoned = true;
            return Err(sink_failed(op, error));
        }
        let result = self.handle.check(op, code);
        if let Err(error) = &result
            && !error.is_recoverable()
        {
            self.poisoned = true;
        }
        result
    }

    fn before_call(&mut self) -> Result<()> {
        if self.poisoned {
            return Err(Error::new(
                ErrorKind::Poisoned,
                "the writer failed before, so there is no whole archive",
            ));
        }
        // A stale ENOMEM would make C exit the process when a conversion fails.
        errno::set_errno(errno::Errno(0));
        Ok(())
    }

    /// The result of a call that answers with a code; with the remark of a warning.
    fn finish_call(&mut self, op: &'static str, code: c_int) -> Result<Option<Error>> {
        let status = self.check(op, code)?;
        Ok((status != Status::Ok).then(|| self.handle.error(op, status)))
    }

    /// `archive_write_close`: everything is written after this.
    pub(crate) fn close(&mut self) -> Result<Option<Error>> {
        self.before_call()?;
        self.closed = true;
        let locale = Utf8Locale::enter();
        // SAFETY: I1, I2; any state is allowed.
        let code = unsafe { sys::archive_write_close(self.handle.as_ptr()) };
        drop(locale);
        self.finish_call("archive_write_close", code)
    }

    /// Frees the handle and gives the sink back.
    pub(crate) fn into_sink(mut self) -> S {
        self.state().get_mut().discard();
        let state = self.state.take();
        // The handle first: its callback uses the state.
        drop(self);
        let state = state.expect("only `into_sink` takes it");
        state.into_inner().into_sink()
    }

    pub(crate) fn sink(&self) -> &S {
        let state = self.state.as_ref().expect("only `into_sink` takes it");
        state.get().sink()
    }

    /// Has something done with the sink while C does nothing; when it fails, so has the writer, and it
    /// says that `op` did.
    ///
    /// # Panics
    ///
    /// A panic of the sink comes out here.
    pub(crate) fn with_sink(
        &mut self,
        op: &'static str,
        work: impl FnOnce(&mut S) -> io::Result<()>,
    ) -> Result<()> {
        self.before_call()?;
        // As it stays after a failure or a panic.
        self.poisoned = true;
        work(self.state().get_mut().sink_mut()).map_err(|error| sink_failed(op, error))?;
        self.poisoned = false;
        Ok(())
    }
}

fn sink_failed(op: &'static str, error: io::Error) -> Error {
    Error::io("cannot write the archive", error)
        .with_op(op)
        .with_status(Status::Fatal)
}

/// What can be written into an open archive, whatever its sink is.
pub(crate) trait RawWriter: Send {
    /// `archive_write_header`, which changes the entry. It ends the entry before, but a failure there
    /// would take this header's place: so call [`finish_entry`](Self::finish_entry) first.
    ///
    /// # Errors
    ///
    /// After `Failed` there is no entry to write data of, and the next header can be written.
    fn header(&mut self, entry: &mut EntryBuf) -> Result<Option<Error>>;

    /// `archive_write_zip_set_compression_store`: for the entries whose headers follow.
    fn zip_set_compression_store(&mut self) -> Result<()>;

    /// `archive_write_zip_set_compression_lzma`, which there is where ZIP has that compression.
    fn zip_set_compression_lzma(&mut self) -> Result<()>;

    /// `archive_write_data`: how much of `data` was taken; 0 when the entry is full.
    ///
    /// # Errors
    ///
    /// A warning is one too: it means that the data is not in the archive.
    fn data(&mut self, data: &[u8]) -> Result<usize>;

    /// `archive_write_finish_entry`
    fn finish_entry(&mut self) -> Result<Option<Error>>;

    /// Makes all further calls fail: the archive cannot become whole any more.
    fn give_up(&mut self);
}

impl<S: Write + Send> RawWriter for WriteHandle<S> {
    fn header(&mut self, entry: &mut EntryBuf) -> Result<Option<Error>> {
        self.before_call()?;
        let locale = Utf8Locale::enter();
        // SAFETY: I1, I2; state HEADER or DATA, unless it failed for good, which `before_call`
        // excludes. I8: the entry is ours; C copies what it needs of it.
        let code = unsafe { sys::archive_write_header(self.handle.as_ptr(), entry.as_mut_ptr()) };
        drop(locale);
        self.finish_call("archive_write_header", code)
    }

    fn zip_set_compression_store(&mut self) -> Result<()> {
        self.before_call()?;
        // SAFETY: I1, I2; state HEADER or DATA.
        let code = unsafe { sys::archive_write_zip_set_compression_store(self.handle.as_ptr()) };
        self.check("archive_write_zip_set_compression_store", code)
            .map(drop)
    }

    fn zip_set_compression_lzma(&mut self) -> Result<()> {
        const OP: &str = "archive_write_zip_set_compression_lzma";
        self.before_call()?;
        if !sys::available::archive_write_zip_set_compression_lzma() {
            return Err(Error::new(ErrorKind::Unsupported, "libarchive is too old").with_op(OP));
        }
        // SAFETY: I1, I2, and the function is there; state HEADER or DATA.
        let code = unsafe { sys::archive_write_zip_set_compression_lzma(self.handle.as_ptr()) };
        self.check(OP, code).map(drop)
    }

    fn data(&mut self, data: &[u8]) -> Result<usize> {
        const OP: &str = "archive_write_data";
        self.before_call()?;
        let (raw, start, len) = (self.handle.as_ptr(), data.as_ptr().cast(), data.len());
        let locale = Utf8Locale::enter();
        // SAFETY: I1, I2; state DATA, as the caller has written a header. `data` is `len` bytes that
        // C only reads, during this call.
        let count = unsafe { sys::archive_write_data(raw, start, len) };
        drop(locale);
        let code = c_int::try_from(count.min(0)).unwrap_or(sys::ARCHIVE_FATAL);
        match self.check(OP, code)? {
            Status::Ok => Ok(usize::try_from(count).unwrap_or(0).min(len)),
            status => Err(self.handle.error(OP, status)),
        }
    }

    fn finish_entry(&mut self) -> Result<Option<Error>> {
        self.before_call()?;
        let locale = Utf8Locale::enter();
        // SAFETY: I1, I2; state HEADER or DATA.
        let code = unsafe { sys::archive_write_finish_entry(self.handle.as_ptr()) };
        drop(locale);
        self.finish_call("archive_write_finish_entry", code)
    }
    fn give_up(&mut self) {
        self.poisoned = true;
    }
}
