//! The functions behind `shim/zlib/zlib.h`: deflate in Rust for the C code.
//!
//! The two `Init` functions of zlib are macros that pass version and size of the caller's stream;
//! ours pass those of the Rust library, whose layout the header repeats.

use core::ffi::{CStr, c_char, c_int, c_uint, c_ulong};

use libz_rs_sys::{self as z, z_streamp};

/// The version that the header states.
const VERSION: &CStr = c"1.3.1";

/// `sizeof(z_stream)` as in the header: 14 fields of pointers, longs and padded ints.
const STREAM_SIZE: usize = {
    #[repr(C)]
    struct Stream {
        next_in: *const u8,
        avail_in: c_uint,
        total_in: c_ulong,
        next_out: *mut u8,
        avail_out: c_uint,
        total_out: c_ulong,
        msg: *const c_char,
        state: *mut u8,
        zalloc: Option<unsafe extern "C" fn()>,
        zfree: Option<unsafe extern "C" fn()>,
        opaque: *mut u8,
        data_type: c_int,
        adler: c_ulong,
        reserved: c_ulong,
    }
    size_of::<Stream>()
};
const _: () = assert!(STREAM_SIZE == size_of::<z::z_stream>());

/// Defines functions that pass their arguments on.
macro_rules! forward {
    ($($symbol:ident($($arg:ident: $ty:ty),*) -> $ret:ty = $call:expr;)*) => {$(
        // SAFETY: the name has the prefix of this crate, and the header declares the same types.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $symbol($($arg: $ty),*) -> $ret {
            // SAFETY: the C code keeps zlib's contract, which the Rust library shares.
            unsafe { $call }
        }
    )*};
}

forward! {
    archive_sys_inflateEnd(stream: z_streamp) -> c_int = z::inflateEnd(stream);
    archive_sys_inflateReset(stream: z_streamp) -> c_int = z::inflateReset(stream);
    archive_sys_inflateInit2(stream: z_streamp, bits: c_int) -> c_int =
        z::inflateInit2_(stream, bits, VERSION.as_ptr(), STREAM_SIZE as c_int);
    archive_sys_inflateSetDictionary(stream: z_streamp, data: *const u8, len: c_uint) -> c_int =
        z::inflateSetDictionary(stream, data, len);
    archive_sys_deflate(stream: z_streamp, flush: c_int) -> c_int = z::deflate(stream, flush);
    archive_sys_deflateEnd(stream: z_streamp) -> c_int = z::deflateEnd(stream);
    archive_sys_deflateReset(stream: z_streamp) -> c_int = z::deflateReset(stream);
    archive_sys_deflateInit2(
        stream: z_streamp,
        level: c_int,
        method: c_int,
        bits: c_int,
        memory: c_int,
        strategy: c_int
    ) -> c_int = z::deflateInit2_(
        stream,
        level,
        method,
        bits,
        memory,
        strategy,
        VERSION.as_ptr(),
        STREAM_SIZE as c_int,
    );
    archive_sys_crc32(crc: c_ulong, data: *const u8, len: c_uint) -> c_ulong =
        z::crc32(crc, data, len);
    archive_sys_uncompress(
        to: *mut u8,
        to_len: *mut c_ulong,
        from: *const u8,
        from_len: c_ulong
    ) -> c_int = z::uncompress(to, to_len, from, from_len);
}

/// `inflate`
///
/// The C code sets `total_out` to 0 before a call to learn what that call wrote. zlib adds to the
/// field; the Rust library stores its own running total there, so the sum is made here.
// SAFETY: as above.
#[unsafe(no_mangle)]
unsafe extern "C" fn archive_sys_inflate(stream: z_streamp, flush: c_int) -> c_int {
    if stream.is_null() {
        return z::Z_STREAM_ERROR;
    }
    // SAFETY: not null, and the C code passes a stream that nobody else uses during the call.
    let before = unsafe { &*stream };
    let (total, room) = (before.total_out, before.avail_out);
    // SAFETY: the C code keeps zlib's contract, which the Rust library shares.
    let status = unsafe { z::inflate(stream, flush) };
    // SAFETY: as above.
    let after = unsafe { &mut *stream };
    after.total_out = total.wrapping_add((room - after.avail_out).into());
    status
}

/// `zlibVersion`
// SAFETY: as above.
#[unsafe(no_mangle)]
extern "C" fn archive_sys_zlibVersion() -> *const c_char {
    VERSION.as_ptr()
}
