//! Version queries.

use std::ffi::c_int;

use archive_sys as sys;

use super::cstr;

/// `archive_version_number`: 3008009 for 3.8.9; 0 when there is no library to ask.
pub(crate) fn number() -> c_int {
    if sys::load().is_err() {
        return 0;
    }
    // SAFETY: no arguments, answers a constant.
    unsafe { sys::archive_version_number() }
}

/// `archive_version_string`; empty when there is no library to ask.
pub(crate) fn string() -> String {
    if sys::load().is_err() {
        return String::new();
    }
    // SAFETY: no arguments.
    let version = unsafe { sys::archive_version_string() };
    // SAFETY: a static string.
    unsafe { cstr::lossy(version) }.unwrap_or_default()
}
