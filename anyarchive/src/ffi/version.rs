//! Version queries.

use std::ffi::c_int;

use archive_sys as sys;

use super::cstr;

/// `archive_version_number`: 3008009 for 3.8.9.
pub(crate) fn number() -> c_int {
    // SAFETY: no arguments, answers a constant.
    unsafe { sys::archive_version_number() }
}

/// `archive_version_string`
pub(crate) fn string() -> String {
    // SAFETY: no arguments.
    let version = unsafe { sys::archive_version_string() };
    // SAFETY: a static string.
    unsafe { cstr::lossy(version) }.unwrap_or_default()
}
