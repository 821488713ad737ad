//! How wide `time_t` is in a library, on systems where that depends on how it was compiled: Linux on
//! 32 bits.

use std::{fs, path::Path};

/// What makes glibc's `time_t` and file sizes as wide as on 64 bits; musl's are anyway. The library
/// is compiled with these, and so has to be C code that includes its headers.
pub(crate) const WIDE: &[(&str, &str)] = &[("_FILE_OFFSET_BITS", "64"), ("_TIME_BITS", "64")];

/// [`WIDE`] as dependents are told.
pub(crate) fn exported() -> Vec<String> {
    let wide = WIDE.iter();
    wide.map(|(name, value)| format!("{name}={value}"))
        .collect()
}

/// The cfg for a library whose `time_t` has that many bits.
pub(crate) fn cfg(bits: u32) -> &'static str {
    if bits == 64 {
        "archive_time64"
    } else {
        "archive_time32"
    }
}

/// Bits of `time_t` in the library `libarchive` of a directory.
pub(crate) fn of_library(dir: &Path, link_static: bool) -> Result<u32, String> {
    let name = if link_static {
        "libarchive.a"
    } else {
        "libarchive.so"
    };
    let file = dir.join(name);
    let bytes = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(of_object(&bytes))
}

/// Code with the wide type calls functions of other names, in glibc and musl.
pub(crate) fn of_object(bytes: &[u8]) -> u32 {
    let calls = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
    if calls(b"__localtime64_r") || calls(b"__mktime64") {
        64
    } else {
        32
    }
}
