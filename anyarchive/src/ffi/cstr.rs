//! Text and bytes that come from C.

use std::ffi::{CStr, c_char, c_void};

/// Bytes of a C string, `None` for NULL.
///
/// # Safety
///
/// `text` is NULL or a NUL-terminated string that stays valid and unchanged for `'a`.
pub(crate) unsafe fn bytes<'a>(text: *const c_char) -> Option<&'a [u8]> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not NULL, and the caller promises a terminated string that lives for 'a.
    Some(unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// A copy of a C string, with U+FFFD for what is not UTF-8; `None` for NULL.
///
/// # Safety
///
/// `text` is NULL or a NUL-terminated string that is valid now.
pub(crate) unsafe fn lossy(text: *const c_char) -> Option<String> {
    // SAFETY: the caller's promise; the borrow ends in this function.
    unsafe { bytes(text) }.map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

/// A slice over memory of C, empty for length 0 whatever the pointer is.
///
/// # Safety
///
/// If `len` is not 0 and `data` not NULL, `data` points to `len` bytes that stay valid and
/// unchanged for `'a`.
pub(crate) unsafe fn slice<'a>(data: *const c_void, len: usize) -> &'a [u8] {
    if len == 0 || data.is_null() {
        return &[];
    }
    #[allow(clippy::disallowed_methods)] // the one place that checks first
    // SAFETY: non-null with `len` readable bytes for 'a, as the caller promises; u8 has no
    // alignment, and no allocation exceeds isize::MAX bytes.
    unsafe {
        std::slice::from_raw_parts(data.cast::<u8>(), len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_none_or_empty() {
        // SAFETY: NULL is allowed in all three.
        assert!(unsafe { bytes(std::ptr::null()) }.is_none());
        // SAFETY: as above.
        assert!(unsafe { lossy(std::ptr::null()) }.is_none());
        // SAFETY: as above.
        assert!(unsafe { slice(std::ptr::null(), 9) }.is_empty());
    }
}
