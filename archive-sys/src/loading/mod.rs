//! Making sure that the library is there.
//!
//! In a linked program it always is. With the feature `dlopen` it is loaded when it is first
//! needed, once per process, and never unloaded.

#[cfg(archive_dlopen)]
mod dlopen;
mod error;
#[cfg(archive_dlopen)]
mod names;

use std::path::PathBuf;

#[cfg(archive_dlopen)]
pub use dlopen::load_from;
#[cfg(archive_dlopen)]
pub(crate) use dlopen::{set_error, table};
pub use error::LoadError;

/// Loads the library if that has not been done; a linked program has nothing to do.
///
/// With the feature `dlopen` it takes the path in `ARCHIVE_SYS_DLOPEN_PATH`, which must work if it is
/// set, else the first of the platform's usual names that loads. The variable is ignored in
/// programs that run with more rights than their caller.
///
/// # Errors
///
/// [`LoadError`] when there is no library, or an unsuitable one. The next call tries again.
///
/// # Examples
///
/// ```
/// archive_sys::load()?;
/// // SAFETY: no arguments.
/// let number = unsafe { archive_sys::archive_version_number() };
/// assert!(number >= 3_006_002);
/// # Ok::<(), archive_sys::LoadError>(())
/// ```
pub fn load() -> Result<(), LoadError> {
    #[cfg(archive_dlopen)]
    dlopen::load()?;
    Ok(())
}

/// A raw function was called that the release lacks; `available` tells before.
#[cold]
// Unused when the linked release has every function.
#[cfg_attr(not(archive_dlopen), allow(dead_code))]
pub(crate) fn missing(function: &str) -> ! {
    give_up(&format!(
        "the libarchive of this process lacks {function}: ask archive_sys::available::{function}() \
         before it is called"
    ))
}

/// The raw functions cannot report, and must not unwind.
#[cold]
#[cfg_attr(not(archive_dlopen), allow(dead_code))]
fn give_up(problem: &str) -> ! {
    eprintln!("archive-sys: {problem}");
    std::process::abort()
}

/// The file that holds the library's code: the shared library, or the program itself when it is
/// linked statically. `None` where the system does not tell, and before [`load`].
///
/// # Examples
///
/// ```
/// archive_sys::load()?;
/// if let Some(path) = archive_sys::loaded_path() {
///     println!("libarchive is in {}", path.display());
/// }
/// # Ok::<(), archive_sys::LoadError>(())
/// ```
#[must_use]
pub fn loaded_path() -> Option<PathBuf> {
    #[cfg(archive_dlopen)]
    return dlopen::path();
    #[cfg(all(not(archive_dlopen), not(archive_docs), unix))]
    return linked_path();
    #[cfg(all(not(archive_dlopen), any(archive_docs, not(unix))))]
    return None;
}

#[cfg(all(not(archive_dlopen), not(archive_docs), unix))]
fn linked_path() -> Option<PathBuf> {
    object_of(crate::archive_version_number as *const core::ffi::c_void)
}

/// The file that an address was mapped from.
#[cfg(unix)]
fn object_of(address: *const core::ffi::c_void) -> Option<PathBuf> {
    use std::{
        ffi::{CStr, OsStr},
        mem::MaybeUninit,
        os::unix::ffi::OsStrExt,
    };
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: any address may be asked for, and the out-pointer is valid.
    if unsafe { libc::dladdr(address, info.as_mut_ptr()) } == 0 {
        return None;
    }
    // SAFETY: zeroed before, and filled by a call that succeeded; its fields are pointers.
    let name = unsafe { info.assume_init() }.dli_fname;
    if name.is_null() {
        return None;
    }
    // SAFETY: a terminated string of the loader, which stays while the object is mapped.
    let name = unsafe { CStr::from_ptr(name) };
    let name = OsStr::from_bytes(name.to_bytes());
    // For the program itself loaders answer the name that it was called by, which need be no path.
    if std::env::args_os()
        .next()
        .is_some_and(|called| called == name)
    {
        return std::env::current_exe().ok();
    }
    Some(PathBuf::from(name))
}
