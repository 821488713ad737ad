//! Random numbers for the C code, from the operating system.
//!
//! Where libc has no `arc4random_buf`, libarchive would seed an RC4 generator of its own, in the
//! worst case from the time and the process id; ZIP salts come from it.

use core::ffi::{c_int, c_void};

use crate::{ARCHIVE_FAILED, ARCHIVE_OK};

/// Replaces libarchive's `archive_random`: fills `len` bytes at `buffer`.
// SAFETY: no other object defines the name: archive_random.c is left out of the build.
#[unsafe(no_mangle)]
unsafe extern "C" fn archive_random(buffer: *mut c_void, len: usize) -> c_int {
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
