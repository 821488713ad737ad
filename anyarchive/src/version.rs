//! Which libarchive this is.

use crate::ffi;

/// Version of the libarchive in use, as `major * 1_000_000 + minor * 1_000 + patch`;
/// 0 when it is loaded at run time and there is none.
///
/// # Examples
///
/// ```
/// assert!(anyarchive::version_number() >= 3_006_002);
/// ```
#[doc(alias = "archive_version_number")]
#[must_use]
pub fn version_number() -> u32 {
    ffi::version::number().unsigned_abs()
}

/// Name and version of the libarchive in use, such as `libarchive 3.8.9`; empty when it is loaded
/// at run time and there is none.
#[doc(alias = "archive_version_string")]
#[must_use]
pub fn version_string() -> String {
    ffi::version::string()
}
