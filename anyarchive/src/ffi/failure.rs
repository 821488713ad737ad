//! What a handle tells about the failure of a call, whatever kind of handle it is.

use std::{ffi::c_int, ptr::NonNull};

use archive_sys as sys;

use super::{Status, cstr};
use crate::error::{Error, ErrorKind, Result, kind_of_message};

/// Describes the failure that a call on a handle has just reported.
///
/// # Safety
///
/// `raw` is a live handle that no other call is using (I1, I2).
pub(super) unsafe fn describe(raw: *mut sys::archive, op: &'static str, status: Status) -> Error {
    // SAFETY: the caller's promise; every kind of handle begins with the fields that this reads.
    let text = unsafe { sys::archive_error_string(raw) };
    // SAFETY: NULL or text that the next call can replace: copied now (I4).
    let text = unsafe { cstr::lossy(text) };
    // SAFETY: as above.
    let errno = unsafe { sys::archive_errno(raw) };
    let kind = match &text {
        Some(text) => kind_of_message(text),
        None => ErrorKind::Other,
    };
    // -1 is "miscellaneous", and what libarchive invents for bad formats says nothing more.
    let errno = (errno > 0 && kind == ErrorKind::Other).then_some(errno);
    let message = text.unwrap_or_else(|| "libarchive failed without a reason".into());
    Error::new(kind, message)
        .with_op(op)
        .with_status(status)
        .with_os_error(errno)
}

/// Makes a handle by one of the functions without arguments, after making sure of the library.
///
/// # Safety
///
/// `new` answers NULL or a handle that nobody else owns.
pub(super) unsafe fn new_handle(
    op: &'static str,
    new: unsafe extern "C" fn() -> *mut sys::archive,
) -> Result<NonNull<sys::archive>> {
    sys::load().map_err(|error| Error::new(ErrorKind::Unsupported, error.to_string()))?;
    // SAFETY: no arguments; NULL is checked below.
    let raw = unsafe { new() };
    NonNull::new(raw)
        .ok_or_else(|| Error::new(ErrorKind::OutOfMemory, "no memory for a handle").with_op(op))
}

/// Turns a code into a result; `Warn` and `Eof` count as success.
///
/// # Safety
///
/// As for [`describe`].
pub(super) unsafe fn check(
    raw: *mut sys::archive,
    op: &'static str,
    code: c_int,
) -> Result<Status> {
    match Status::from_code(code) {
        status @ (Status::Ok | Status::Warn | Status::Eof) => Ok(status),
        // SAFETY: the caller's promise.
        status => Err(unsafe { describe(raw, op, status) }),
    }
}
