//! C types whose definition differs between systems.

#[cfg(not(windows))]
pub use libc::mode_t;
pub use libc::{FILE, dev_t, wchar_t};

/// `time_t` as the library was compiled with it: a type of ours, since on 32-bit Linux the libc
/// crate's can be narrower.
#[cfg(archive_time64)]
pub type time_t = i64;
/// `time_t` as the library was compiled with it, narrower than that of newer programs.
#[cfg(archive_time32)]
pub type time_t = i32;
/// `time_t` of the C library.
#[cfg(not(any(archive_time32, archive_time64)))]
#[allow(deprecated)] // for musl, to announce a change on 32-bit targets, which have the types above
pub type time_t = libc::time_t;

/// `struct stat` of the C library.
#[cfg(not(all(target_os = "linux", target_pointer_width = "32")))]
pub use libc::stat;

/// `struct stat`, which Rust code cannot make here: on 32-bit Linux its layout depends on how the
/// library was compiled, and the libc crate's is another one.
#[cfg(all(target_os = "linux", target_pointer_width = "32"))]
#[repr(C)]
#[derive(Debug)]
pub struct stat {
    _opaque: [u8; 0],
    _marker: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
}

/// `__LA_MODE_T` of the Windows headers.
#[cfg(windows)]
pub type mode_t = core::ffi::c_ushort;
