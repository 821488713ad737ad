//! Which filters the linked library decodes by itself.

use std::{ffi::c_int, sync::OnceLock};

use archive_sys as sys;

use super::{Status, read::NewReader};
use crate::error::Result;

/// Codes of the filters that start no program, asked once per process.
///
/// For the others libarchive would run whatever has the right name in `PATH`, chosen by the first
/// bytes of the input. It says so by answering `ARCHIVE_WARN` when the filter is registered, but
/// registers it all the same: hence the question on a handle of its own.
pub(crate) fn builtin() -> Result<&'static [c_int]> {
    static BUILTIN: OnceLock<Vec<c_int>> = OnceLock::new();
    if let Some(codes) = BUILTIN.get() {
        return Ok(codes);
    }
    let mut codes = Vec::new();
    for code in [
        sys::ARCHIVE_FILTER_GZIP,
        sys::ARCHIVE_FILTER_BZIP2,
        sys::ARCHIVE_FILTER_COMPRESS,
        sys::ARCHIVE_FILTER_LZMA,
        sys::ARCHIVE_FILTER_XZ,
        sys::ARCHIVE_FILTER_UU,
        sys::ARCHIVE_FILTER_RPM,
        sys::ARCHIVE_FILTER_LZIP,
        sys::ARCHIVE_FILTER_LZOP,
        sys::ARCHIVE_FILTER_LZ4,
        sys::ARCHIVE_FILTER_ZSTD,
    ] {
        // A handle each: 16 slots are all that one has.
        if matches!(
            NewReader::new()?.support_filter_by_code(code),
            Ok(Status::Ok)
        ) {
            codes.push(code);
        }
    }
    Ok(BUILTIN.get_or_init(|| codes))
}
