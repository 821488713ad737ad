//! C types whose definition differs between systems.

#[cfg(not(windows))]
pub use libc::mode_t;
pub use libc::{FILE, dev_t, stat, time_t, wchar_t};

/// `__LA_MODE_T` of the Windows headers.
#[cfg(windows)]
pub type mode_t = core::ffi::c_ushort;
