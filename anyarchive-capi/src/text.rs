//! Text and bytes across the border.

use std::{
    ffi::{CStr, CString, c_char},
    mem::MaybeUninit,
    path::Path,
};

use crate::error::Fault;

/// Text for C: what a NUL would cut off is kept by leaving the NUL out.
pub(crate) fn c_text(bytes: impl Into<Vec<u8>>) -> CString {
    let mut bytes = bytes.into();
    bytes.retain(|&byte| byte != 0);
    CString::new(bytes).unwrap_or_default()
}

/// A terminated string that C gave.
///
/// # Safety
///
/// NULL, or terminated and unchanged for `'a`.
pub(crate) unsafe fn bytes<'a>(text: *const c_char, what: &str) -> Result<&'a [u8], Fault> {
    if text.is_null() {
        return Err(Fault::null(what));
    }
    // SAFETY: not NULL; the rest is the caller's promise.
    Ok(unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// The same as UTF-8.
///
/// # Safety
///
/// As for [`bytes`].
pub(crate) unsafe fn utf8<'a>(text: *const c_char, what: &str) -> Result<&'a str, Fault> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { bytes(text, what) }?;
    str::from_utf8(bytes).map_err(|_| Fault::invalid(format!("{what} is not UTF-8")))
}

/// The same as a path: any bytes on Unix, UTF-8 elsewhere.
///
/// # Safety
///
/// As for [`bytes`].
pub(crate) unsafe fn path<'a>(text: *const c_char, what: &str) -> Result<&'a Path, Fault> {
    #[cfg(unix)]
    {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};

        // SAFETY: the caller's promise.
        let bytes = unsafe { bytes(text, what) }?;
        Ok(Path::new(OsStr::from_bytes(bytes)))
    }
    #[cfg(not(unix))]
    {
        // SAFETY: the caller's promise.
        Ok(Path::new(unsafe { utf8(text, what) }?))
    }
}

/// Bytes that C gave.
///
/// # Safety
///
/// `len` bytes that stay as they are for `'a`; NULL is allowed when there are none.
pub(crate) unsafe fn slice<'a>(data: *const u8, len: usize, what: &str) -> Result<&'a [u8], Fault> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(Fault::null(what));
    }
    if isize::try_from(len).is_err() {
        return Err(Fault::invalid(format!("{what} is too long")));
    }
    #[allow(clippy::disallowed_methods)] // this is the one place of this crate
    // SAFETY: not NULL and no longer than a slice can be; the rest is the caller's promise.
    let slice = unsafe { std::slice::from_raw_parts(data, len) };
    Ok(slice)
}

/// A buffer that C gave, to be written to. What C has not written yet must not be read.
///
/// # Safety
///
/// `len` bytes that nobody else uses for `'a`; NULL is allowed when there are none.
pub(crate) unsafe fn room<'a>(
    data: *mut u8,
    len: usize,
    what: &str,
) -> Result<&'a mut [MaybeUninit<u8>], Fault> {
    if len == 0 {
        return Ok(&mut []);
    }
    if data.is_null() {
        return Err(Fault::null(what));
    }
    if isize::try_from(len).is_err() {
        return Err(Fault::invalid(format!("{what} is too long")));
    }
    #[allow(clippy::disallowed_methods)] // as above
    // SAFETY: not NULL and no longer than a slice can be; the rest is the caller's promise.
    let room = unsafe { std::slice::from_raw_parts_mut(data.cast::<MaybeUninit<u8>>(), len) };
    Ok(room)
}

/// Writes as much as fits, and tells how much.
pub(crate) fn fill(room: &mut [MaybeUninit<u8>], data: &[u8]) -> usize {
    let count = room.len().min(data.len());
    // SAFETY: `count` bytes are in both, which do not overlap: one of them is borrowed mutably.
    unsafe {
        room.as_mut_ptr()
            .cast::<u8>()
            .copy_from_nonoverlapping(data.as_ptr(), count)
    };
    count
}

/// A place for a result, which is written only on success.
///
/// # Safety
///
/// NULL, or a place that can be written to for `'a`.
pub(crate) unsafe fn out<'a, T>(place: *mut T, what: &str) -> Result<Out<'a, T>, Fault> {
    if place.is_null() {
        return Err(Fault::null(what));
    }
    Ok(Out {
        place,
        life: std::marker::PhantomData,
    })
}

/// See [`out`].
pub(crate) struct Out<'a, T> {
    place: *mut T,
    life: std::marker::PhantomData<&'a mut T>,
}

impl<T> Out<'_, T> {
    pub(crate) fn set(&self, value: T) {
        // SAFETY: not NULL, and a place to write to as `out` was promised. Written without reading:
        // it can be uninitialised.
        unsafe { self.place.write(value) }
    }
}
