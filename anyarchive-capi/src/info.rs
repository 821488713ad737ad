//! Versions, and what is inside.

use std::{
    ffi::{CString, c_char},
    sync::OnceLock,
};

use anyarchive::Capabilities;

use crate::{
    callback::{anyarchive_sink, anyarchive_source},
    panic::contain,
    text::c_text,
};

/// Size of [`anyarchive_source`] in the first version of this interface.
pub(crate) const SOURCE_1_0: usize = size_of::<anyarchive_source>();

/// Size of [`anyarchive_sink`] in the first version of this interface.
pub(crate) const SINK_1_0: usize = size_of::<anyarchive_sink>();

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
    once(&TEXT, anyarchive::version_string)
}

/// How libarchive got in here and what came with it, as one JSON object: kind, origin, and each native
/// library with version, licence and package URL. Lives for ever.
#[unsafe(no_mangle)]
pub extern "C" fn anyarchive_linkage_json() -> *const c_char {
    static TEXT: OnceLock<CString> = OnceLock::new();
    once(&TEXT, || anyarchive::linkage().to_json())
}

/// What the libarchive inside can really read and write, as one JSON object of lists of names:
/// `read_formats`, `read_filters`, `write_formats`, `write_filters`; empty when there is none. Lives for
/// ever.
#[unsafe(no_mangle)]
pub extern "C" fn anyarchive_capabilities_json() -> *const c_char {
    static TEXT: OnceLock<CString> = OnceLock::new();
    once(&TEXT, || {
        anyarchive::capabilities().map_or_else(|_| String::new(), to_json)
    })
}

/// Names have letters, digits, hyphens and blanks: nothing needs escapes.
fn to_json(can: &Capabilities) -> String {
    let list = |key: &str, names: Vec<&str>| format!("\"{key}\":[\"{}\"]", names.join("\",\""));
    let lists = [
        list(
            "read_formats",
            can.read_formats.iter().map(|it| it.name()).collect(),
        ),
        list(
            "read_filters",
            can.read_filters.iter().map(|it| it.name()).collect(),
        ),
        list(
            "write_formats",
            can.write_formats.iter().map(|it| it.name()).collect(),
        ),
        list(
            "write_filters",
            can.write_filters.iter().map(|it| it.name()).collect(),
        ),
    ];
    format!("{{\"version\":{},{}}}", can.version, lists.join(","))
}
