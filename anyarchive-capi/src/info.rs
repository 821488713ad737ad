//! Versions, and what is inside.

use std::{
    ffi::{CString, c_char},
    sync::OnceLock,
};

use crate::{callback::anyarchive_source, panic::contain, text::c_text};

/// Size of [`anyarchive_source`] in the first version of this interface.
pub(crate) const SOURCE_1_0: usize = size_of::<anyarchive_source>();

/// No struct of this interface will ever be this large, in bytes.
pub(crate) const MAX_STRUCT: usize = 4096;

/// Changes when programs that were compiled before do not work any more.
pub const ANYARCHIVE_ABI: u32 = 0;

fn number(text: &str) -> u32 {
    text.parse().unwrap_or(0)
}

/// Version of this library: `major * 1000000 + minor * 1000 + patch`. Compare with
/// `ANYARCHIVE_VERSION_NUMBER`, which is that of the header.
#[unsafe(no_mangle)]
pub extern "C" fn anyarchive_version_number() -> u32 {
    number(env!("CARGO_PKG_VERSION_MAJOR")) * 1_000_000
        + number(env!("CARGO_PKG_VERSION_MINOR")) * 1_000
        + number(env!("CARGO_PKG_VERSION_PATCH"))
}

/// The same as text, such as `1.2.3`. Lives for ever.
#[unsafe(no_mangle)]
pub extern "C" fn anyarchive_version_string() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast::<c_char>()
}

/// The `ANYARCHIVE_ABI` of this library.
#[unsafe(no_mangle)]
pub extern "C" fn anyarchive_abi_version() -> u32 {
    ANYARCHIVE_ABI
}

/// A text that is made once.
fn once(cell: &'static OnceLock<CString>, make: impl FnOnce() -> String) -> *const c_char {
    contain(|| cell.get_or_init(|| c_text(make())).as_ptr()).unwrap_or(c"".as_ptr())
}

/// Version of the libarchive inside, such as `libarchive 3.8.9`; empty when it is loaded at run time
/// and there is none. Lives for ever.
#[unsafe(no_mangle)]
pub extern "C" fn anyarchive_libarchive_version() -> *const c_char {
    static TEXT: OnceLock<CString> = OnceLock::new();
    once(&TEXT, || {
        anyarchive::linkage().loaded_version.unwrap_or_default()
    })
}

/// How libarchive got in here and what came with it, as one JSON object: kind, origin, and each native
/// library with version, licence and package URL. Lives for ever.
#[unsafe(no_mangle)]
pub extern "C" fn anyarchive_linkage_json() -> *const c_char {
    static TEXT: OnceLock<CString> = OnceLock::new();
    once(&TEXT, || anyarchive::linkage().to_json())
}
