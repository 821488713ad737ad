//! A crate with C code of its own on libarchive.

// Names the crate, so that its libraries are linked.
use archive_sys as _;

unsafe extern "C" {
    safe fn with_c_header_version() -> i32;
    safe fn with_c_library_version() -> i32;
    safe fn with_c_address() -> usize;
}

/// Versions of the header and of the library, as the C code sees them.
pub fn versions() -> (i32, i32) {
    (with_c_header_version(), with_c_library_version())
}

/// Where the C code finds a function of libarchive.
pub fn address() -> usize {
    with_c_address()
}
