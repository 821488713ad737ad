//! Loading at run time.

use std::{
    ffi::{CStr, c_char, c_int, c_void},
    mem,
    path::{Path, PathBuf},
    ptr::NonNull,
    sync::{Mutex, OnceLock, PoisonError},
};

use libloading::Library;

use super::{LoadError, give_up};
use crate::{archive, bindings::Table};

/// The oldest release that the bindings fit.
const OLDEST: c_int = 3_006_002;

#[cfg(target_vendor = "apple")]
use super::names::APPLE as NAMES;
#[cfg(all(unix, not(target_vendor = "apple")))]
use super::names::ELF as NAMES;
#[cfg(windows)]
use super::names::WINDOWS as NAMES;

type SetError = unsafe extern "C" fn(*mut archive, c_int, *const c_char, ...);

pub(super) struct Loaded {
    table: Table,
    set_error: SetError,
    path: PathBuf,
}

static LOADED: OnceLock<Loaded> = OnceLock::new();
/// Held while loading, so that two threads do not load two libraries.
static LOADING: Mutex<()> = Mutex::new(());

pub(super) fn load() -> Result<&'static Loaded, LoadError> {
    if let Some(loaded) = LOADED.get() {
        return Ok(loaded);
    }
    let _one_at_a_time = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(loaded) = LOADED.get() {
        return Ok(loaded);
    }
    let named = (!has_more_rights_than_caller())
        .then(|| std::env::var_os("ARCHIVE_SYS_DLOPEN_PATH"))
        .flatten()
        .filter(|path| !path.is_empty());
    let candidates: Vec<PathBuf> = match named {
        Some(path) => vec![path.into()],
        None => NAMES.iter().map(PathBuf::from).collect(),
    };
    let mut tried = Vec::new();
    for candidate in candidates {
        // SAFETY: the name of libarchive, or what the person who runs the program says is it.
        match unsafe { open(&candidate) } {
            Ok(loaded) => return Ok(LOADED.get_or_init(|| loaded)),
            // There, but wrong: another name would hide that.
            Err(Problem::Unsuitable(error)) => return Err(error),
            Err(Problem::NotThere(reason)) => tried.push((candidate, reason)),
        }
    }
    Err(LoadError::NotFound { tried })
}

/// Loads the library at `path`, before anything else has loaded one.
///
/// # Errors
///
/// [`LoadError`]; [`LoadError::AlreadyLoaded`] when the process has one.
///
/// # Safety
///
/// The file is libarchive: its initialisers run now, and its functions are called as the bindings
/// say.
pub unsafe fn load_from(path: impl AsRef<Path>) -> Result<(), LoadError> {
    let path = path.as_ref();
    let _one_at_a_time = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(loaded) = LOADED.get() {
        let path = loaded.path.clone();
        return Err(LoadError::AlreadyLoaded { path });
    }
    // SAFETY: the caller's promise.
    match unsafe { open(path) } {
        Ok(loaded) => {
            LOADED.get_or_init(|| loaded);
            Ok(())
        }
        Err(Problem::Unsuitable(error)) => Err(error),
        Err(Problem::NotThere(reason)) => Err(LoadError::NotFound {
            tried: vec![(path.to_path_buf(), reason)],
        }),
    }
}

enum Problem {
    NotThere(String),
    Unsuitable(LoadError),
}

/// # Safety
///
/// As for [`load_from`].
unsafe fn open(path: &Path) -> Result<Loaded, Problem> {
    // SAFETY: the caller's promise.
    let library = unsafe { Library::new(path) };
    let library = library.map_err(|error| Problem::NotThere(error.to_string()))?;
    let symbol = |name: &CStr| {
        // SAFETY: only the address is taken here; whoever calls it knows the type.
        let symbol = unsafe { library.get::<*mut c_void>(name.to_bytes_with_nul()) }.ok()?;
        // SAFETY: the library is never unloaded.
        NonNull::new(unsafe { symbol.try_as_raw_ptr() }?)
    };
    let needed = |name: &'static CStr| {
        symbol(name).ok_or_else(|| {
            Problem::Unsuitable(LoadError::NotLibarchive {
                path: path.to_path_buf(),
                function: name.to_string_lossy().into_owned(),
            })
        })
    };
    let version = needed(c"archive_version_number")?;
    let set_error = needed(c"archive_set_error")?;
    needed(c"archive_read_new")?;
    // SAFETY: that is the signature of the function of this name in every release.
    let version =
        unsafe { mem::transmute::<NonNull<c_void>, unsafe extern "C" fn() -> c_int>(version) };
    // SAFETY: no arguments.
    let version = unsafe { version() };
    if version < OLDEST {
        return Err(Problem::Unsuitable(LoadError::TooOld {
            path: path.to_path_buf(),
            version_number: version.unsigned_abs(),
        }));
    }
    // SAFETY: that is the signature of the function of this name in every release.
    let set_error = unsafe { mem::transmute::<NonNull<c_void>, SetError>(set_error) };
    // SAFETY: symbols of libarchive, as the caller promises.
    let table = unsafe { Table::new(symbol) };
    // Never unloaded: the table, and libarchive's own thread-locals, stay valid.
    mem::forget(library);
    Ok(Loaded {
        path: path_of(set_error).unwrap_or_else(|| path.to_path_buf()),
        table,
        set_error,
    })
}

#[cfg(unix)]
fn path_of(function: SetError) -> Option<PathBuf> {
    super::object_of(function as *const c_void)
}

#[cfg(not(unix))]
fn path_of(_: SetError) -> Option<PathBuf> {
    None
}

pub(super) fn path() -> Option<PathBuf> {
    LOADED.get().map(|loaded| loaded.path.clone())
}

/// The functions; loads the library if [`load`] was not called.
pub(crate) fn table() -> &'static Table {
    &loaded().table
}

pub(crate) fn set_error() -> SetError {
    loaded().set_error
}

fn loaded() -> &'static Loaded {
    match load() {
        Ok(loaded) => loaded,
        Err(error) => give_up(&error.to_string()),
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn has_more_rights_than_caller() -> bool {
    // SAFETY: any key may be asked for.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn has_more_rights_than_caller() -> bool {
    // SAFETY: no arguments.
    let users = unsafe { libc::getuid() } != unsafe { libc::geteuid() };
    // SAFETY: no arguments.
    users || unsafe { libc::getgid() } != unsafe { libc::getegid() }
}

#[cfg(not(unix))]
fn has_more_rights_than_caller() -> bool {
    false
}
