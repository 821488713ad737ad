//! The innermost source: a file.

use std::ffi::{CString, c_void};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use super::{anyarchive::Source, circle_blame, circle_pass, contain};
use crate::trail;

const HOP: u8 = b'r';

/// Most bytes of one call, so that the bytes go round more than once.
const MOST: usize = 16 * 1024;

pub(crate) fn open(path: &Path) -> io::Result<Source> {
    let file = Box::new(File::open(path)?);
    trail::born();
    Ok(Source {
        struct_size: size_of::<Source>(),
        user: Box::into_raw(file).cast::<c_void>(),
        read: Some(read),
        seek: None,
        drop: Some(drop_file),
    })
}

unsafe extern "C" fn read(user: *mut c_void, buf: *mut u8, cap: usize, n_read: *mut usize) -> i32 {
    contain(-1, || {
        // SAFETY: made in `open`, and nobody else has it during the call.
        let file = unsafe { &mut *user.cast::<File>() };
        // SAFETY: C gives as many writable bytes as it says.
        let buffer = unsafe { std::slice::from_raw_parts_mut(buf, cap.min(MOST)) };
        let Ok(count) = file.read(buffer) else {
            return -1;
        };
        if circle_pass(HOP as _) != 0 {
            let thrown = CString::new("Rust: a panic").unwrap_or_default();
            // SAFETY: a text that ends with a NUL.
            unsafe { circle_blame(HOP as _, thrown.as_ptr()) };
            // The message of a panic would be printed; this one goes on without.
            std::panic::resume_unwind(Box::new("a panic"));
        }
        // SAFETY: C gives a place for the count.
        unsafe { n_read.write(count) };
        0
    })
}

unsafe extern "C" fn drop_file(user: *mut c_void) {
    contain((), || {
        // SAFETY: made in `open` by Box::into_raw, and given back once.
        drop(unsafe { Box::from_raw(user.cast::<File>()) });
        trail::died();
    });
}
