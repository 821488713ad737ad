//! The C interface of `libanyarchive`, as far as it is needed here: what a program in Rust declares that
//! has nothing but the header.

#![allow(missing_docs)]

use std::ffi::{c_char, c_void};
use std::marker::{PhantomData, PhantomPinned};

pub const EOF: i32 = 1;
pub const IO: i32 = -101;

pub type Read = unsafe extern "C" fn(*mut c_void, *mut u8, usize, *mut usize) -> i32;
pub type Seek = unsafe extern "C" fn(*mut c_void, i64, i32, *mut u64) -> i32;
pub type Drop = unsafe extern "C" fn(*mut c_void);

/// `anyarchive_source`
#[repr(C)]
pub struct Source {
    pub struct_size: usize,
    pub user: *mut c_void,
    pub read: Option<Read>,
    pub seek: Option<Seek>,
    pub drop: Option<Drop>,
}

/// `anyarchive_reader`
#[repr(C)]
pub struct Reader {
    _opaque: [u8; 0],
    _marker: PhantomData<(*mut u8, PhantomPinned)>,
}

/// `anyarchive_entry`
#[repr(C)]
pub struct Entry {
    _opaque: [u8; 0],
    _marker: PhantomData<(*mut u8, PhantomPinned)>,
}

#[link(name = "anyarchive", kind = "dylib")]
unsafe extern "C" {
    pub fn anyarchive_reader_open_source(
        source: *const Source,
        settings: *const c_void,
        reader: *mut *mut Reader,
        error: *mut *mut c_void,
    ) -> i32;
    pub fn anyarchive_reader_next(reader: *mut Reader, entry: *mut *const Entry) -> i32;
    pub fn anyarchive_reader_read(
        reader: *mut Reader,
        buf: *mut c_void,
        cap: usize,
        n_read: *mut usize,
    ) -> i32;
    pub fn anyarchive_reader_free(reader: *mut Reader);
    pub fn anyarchive_entry_path(entry: *const Entry) -> *const c_char;
}
