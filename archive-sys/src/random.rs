//! Random numbers for the C code, from the operating system.
//!
//! Where libc has no `arc4random_buf`, libarchive would seed an RC4 generator of its own, in the
//! worst case from the time and the process id; ZIP salts come from it.

use core::ffi::{c_int, c_void};

use crate::{ARCHIVE_FAILED, ARCHIVE_OK};

/// Stands in for libarchive's `archive_random`, whose file is left out of the build and whose name
/// config.h turns into this one: fills `len` bytes at `buffer`.
///
/// Two of the C callers ignore a failure, so the bytes are zeros then, never what was there.
// SAFETY: the name has the prefix of this crate, and config.h declares the same types.
#[unsafe(no_mangle)]
unsafe extern "C" fn archive_sys_random(buffer: *mut c_void, len: usize) -> c_int {
    if len == 0 {
        return ARCHIVE_OK;
    }
    if buffer.is_null() {
        return ARCHIVE_FAILED;
    }
    // SAFETY: C passes `len` writable bytes; writing zeros first makes them initialised.
    unsafe { core::ptr::write_bytes(buffer.cast::<u8>(), 0, len) };
    // SAFETY: non-null, initialised above, and nobody else has them during the call.
    #[allow(clippy::disallowed_methods)]
    let bytes = unsafe { core::slice::from_raw_parts_mut(buffer.cast::<u8>(), len) };
    match getrandom::fill(bytes) {
        Ok(()) => ARCHIVE_OK,
        Err(_) => ARCHIVE_FAILED,
    }
}
