//! Errors as C sees them.

use std::ffi::{CString, c_char};

use anyarchive::Error;

use crate::{
    panic::contain,
    status::{anyarchive_status, anyarchive_status as Status},
    text::c_text,
};

/// Everything that is known about a failure. It belongs to who got it and needs nothing else.
#[derive(Debug)]
pub struct anyarchive_error {
    status: Status,
    os_error: i32,
    is_recoverable: bool,
    message: CString,
    line: CString,
    function: Option<CString>,
    archive: Option<CString>,
    entry: Option<CString>,
}

/// A failure on its way to C.
#[derive(Debug)]
pub(crate) enum Fault {
    Library(Error),
    Own(Status, String),
}

impl Fault {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Own(Status::InvalidInput, message.into())
    }

    pub(crate) fn null(what: &str) -> Self {
        Self::invalid(format!("{what} is NULL"))
    }

    pub(crate) fn panic(text: &str) -> Self {
        Self::Own(Status::Panic, format!("the library panicked: {text}"))
    }

    pub(crate) fn status(&self) -> Status {
        match self {
            Self::Library(error) => Status::of(error.kind()),
            Self::Own(status, _) => *status,
        }
    }

    pub(crate) fn to_c(&self) -> anyarchive_error {
        let own = |status, message: &str| anyarchive_error {
            status,
            os_error: 0,
            is_recoverable: false,
            message: c_text(message),
            line: c_text(message),
            function: None,
            archive: None,
            entry: None,
        };
        match self {
            Self::Own(status, message) => own(*status, message),
            Self::Library(error) => anyarchive_error {
                os_error: error.os_error().unwrap_or(0),
                is_recoverable: error.is_recoverable(),
                line: c_text(format!("{error:#}")),
                function: error.op().map(c_text),
                archive: error
                    .archive()
                    .map(|path| c_text(path.as_os_str().as_encoded_bytes())),
                entry: error.entry_bytes().map(c_text),
                ..own(self.status(), error.message())
            },
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Library(error)
    }
}

/// What went through `std::io`, whole.
pub(crate) fn from_io(error: std::io::Error) -> Fault {
    match error.downcast::<Error>() {
        Ok(error) => Fault::Library(error),
        Err(error) => Fault::Own(Status::Io, error.to_string()),
    }
}

/// The answer of a function that makes a handle: the failure goes to `error`, if C wants it.
///
/// # Safety
///
/// `error` is NULL or a place for a pointer.
pub(crate) unsafe fn answer(
    result: Result<Result<(), Fault>, String>,
    error: *mut *mut anyarchive_error,
) -> Status {
    let fault = match result {
        Ok(Ok(())) => None,
        Ok(Err(fault)) => Some(fault),
        Err(panic) => Some(Fault::panic(&panic)),
    };
    let status = fault.as_ref().map_or(Status::Ok, Fault::status);
    if !error.is_null() {
        let object = match &fault {
            Some(fault) => Box::into_raw(Box::new(fault.to_c())),
            None => std::ptr::null_mut(),
        };
        // SAFETY: not NULL; the caller's promise.
        unsafe { error.write(object) };
    }
    status
}

/// Gives a field of an error; the answer for an error that is none is `nothing`.
///
/// # Safety
///
/// `error` is NULL or an error that was not freed.
unsafe fn field<T>(
    error: *const anyarchive_error,
    nothing: T,
    get: impl FnOnce(&anyarchive_error) -> T,
) -> T {
    // SAFETY: the caller's promise.
    match unsafe { error.as_ref() } {
        Some(error) => contain(|| get(error)).unwrap_or(nothing),
        None => nothing,
    }
}

fn pointer(text: Option<&CString>) -> *const c_char {
    text.map_or(std::ptr::null(), |text| text.as_ptr())
}

/// Status that came with the error; `ANYARCHIVE_STATUS_OK` for NULL.
///
/// # Safety
///
/// `error` is NULL or an error that was not freed; so for all functions on errors.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_error_status(
    error: *const anyarchive_error,
) -> anyarchive_status {
    // SAFETY: the caller's promise.
    unsafe { field(error, Status::Ok, |error| error.status) }
}

/// What failed and why, in one line of UTF-8, without the names of archive and entry. Lives as long as
/// the error.
///
/// # Safety
///
/// As for `anyarchive_error_status`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_error_message(error: *const anyarchive_error) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { field(error, c"".as_ptr(), |error| error.message.as_ptr()) }
}

/// Everything in one line of UTF-8: archive, entry, what failed, why, and in which function of
/// libarchive. Lives as long as the error.
///
/// # Safety
///
/// As for `anyarchive_error_status`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_error_text(error: *const anyarchive_error) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { field(error, c"".as_ptr(), |error| error.line.as_ptr()) }
}

/// The system's `errno`, or 0.
///
/// # Safety
///
/// As for `anyarchive_error_status`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_error_os_error(error: *const anyarchive_error) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { field(error, 0, |error| error.os_error) }
}

/// Whether the reader can go on with the next entry.
///
/// # Safety
///
/// As for `anyarchive_error_status`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_error_is_recoverable(error: *const anyarchive_error) -> bool {
    // SAFETY: the caller's promise.
    unsafe { field(error, false, |error| error.is_recoverable) }
}

/// The function of libarchive that failed, or NULL. Lives as long as the error.
///
/// # Safety
///
/// As for `anyarchive_error_status`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_error_function(
    error: *const anyarchive_error,
) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe {
        field(error, std::ptr::null(), |error| {
            pointer(error.function.as_ref())
        })
    }
}

/// The path of the archive, or NULL. Lives as long as the error.
///
/// # Safety
///
/// As for `anyarchive_error_status`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_error_archive(error: *const anyarchive_error) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe {
        field(error, std::ptr::null(), |error| {
            pointer(error.archive.as_ref())
        })
    }
}

/// The path of the entry as the archive has it, in whatever encoding, or NULL. Lives as long as the
/// error.
///
/// # Safety
///
/// As for `anyarchive_error_status`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_error_entry(error: *const anyarchive_error) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe {
        field(error, std::ptr::null(), |error| {
            pointer(error.entry.as_ref())
        })
    }
}

/// Frees an error; NULL is allowed.
///
/// # Safety
///
/// `error` is NULL, or was given by this library and not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_error_free(error: *mut anyarchive_error) {
    if !error.is_null() {
        // SAFETY: not NULL, and made by Box::into_raw; the rest is the caller's promise.
        drop(unsafe { Box::from_raw(error) });
    }
}
