//! C types whose definition differs between systems.

#[cfg(not(windows))]
pub use libc::mode_t;
pub use libc::{FILE, dev_t, wchar_t};

/// `time_t` of the C library: a type of ours, since libc marks its own as deprecated for musl, to
/// announce a change on 32-bit targets.
#[allow(deprecated)]
pub type time_t = libc::time_t;

/// `struct stat` of the C library.
///
/// On 32-bit glibc targets the vendored libarchive is compiled for files of more than 2 GiB, whose
/// `struct stat` is another: leave the functions that take it alone there.
pub use libc::stat;

/// `__LA_MODE_T` of the Windows headers.
#[cfg(windows)]
pub type mode_t = core::ffi::c_ushort;
