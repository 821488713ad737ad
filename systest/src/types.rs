//! Named types: size, alignment and sign.

use archive_sys as sys;
use core::ffi;

/// What a type is in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeFacts {
    /// Its name in C.
    pub name: &'static str,
    /// In bytes.
    pub size: usize,
    /// In bytes.
    pub align: usize,
    /// Whether it is an integer type with negative values.
    pub signed: bool,
}

macro_rules! integers {
    ($($name:literal: $ty:ty,)*) => {
        [$(TypeFacts {
            name: $name,
            size: size_of::<$ty>(),
            align: align_of::<$ty>(),
            signed: <$ty>::MIN != 0,
        },)*]
    };
}

/// Every named type that signatures of the bindings use, but for those that are only pointed to
/// and have no definition.
#[must_use]
pub fn types() -> Vec<TypeFacts> {
    let mut types = integers![
        "char": ffi::c_char,
        "unsigned char": ffi::c_uchar,
        "int": ffi::c_int,
        "unsigned int": ffi::c_uint,
        "long": ffi::c_long,
        "unsigned long": ffi::c_ulong,
        "size_t": usize,
        "la_int64_t": sys::la_int64_t,
        "la_ssize_t": sys::la_ssize_t,
        "__LA_MODE_T": sys::mode_t,
        "dev_t": sys::dev_t,
        "time_t": sys::time_t,
        "wchar_t": sys::wchar_t,
    ]
    .to_vec();
    types.push(TypeFacts {
        name: "struct stat",
        size: size_of::<sys::stat>(),
        align: align_of::<sys::stat>(),
        signed: false,
    });
    types
}
