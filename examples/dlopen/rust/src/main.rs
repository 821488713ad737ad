//! Loads `libanyarchive` when it is wanted, and lists an archive with it.
//!
//! `dlopen LIBRARY ARCHIVE`

use std::env;
use std::error::Error as _;
use std::ffi::{CStr, CString, OsString, c_char, c_void};
use std::os::unix::ffi::OsStringExt as _;
use std::process::ExitCode;
use std::ptr;

use libloading::Library;

type Status = i32;
const EOF: Status = 1;

/// The series whose functions are those below: while the first number is 0, the second one tells what is
/// incompatible.
const SERIES: (u32, u32) = (0, 1);

type VersionNumber = unsafe extern "C" fn() -> u32;
type Open = unsafe extern "C" fn(
    *const c_char,
    *const c_void,
    *mut *mut c_void,
    *mut *mut c_void,
) -> Status;
type Next = unsafe extern "C" fn(*mut c_void, *mut *const c_void) -> Status;
type Path = unsafe extern "C" fn(*const c_void) -> *const c_char;
type Free = unsafe extern "C" fn(*mut c_void);
type ErrorText = unsafe extern "C" fn(*const c_void) -> *const c_char;
type ReaderError = unsafe extern "C" fn(*const c_void) -> *const c_void;

/// The functions, and the library that they are in. Their addresses are good as long as it is loaded,
/// and it is as long as this lives: nothing here gives an address away.
struct Anyarchive {
    open: Open,
    next: Next,
    path: Path,
    free: Free,
    error_text: ErrorText,
    error_free: Free,
    reader_error: ReaderError,
    _library: Library,
}

impl Anyarchive {
    /// Loads the library and looks up all that is needed, so that what is missing is known now and not in
    /// the middle of the work.
    fn load(path: &OsString) -> Result<Self, String> {
        // SAFETY: the user says that this is the library: its initialisers run now.
        let library = unsafe { Library::new(path) }.map_err(|error| why(&error))?;
        // SAFETY: the type is that of the header.
        let version = unsafe { function::<VersionNumber>(&library, c"anyarchive_version_number") }?;
        // SAFETY: no arguments.
        let number = unsafe { version() };
        if (number / 1_000_000, number / 1000 % 1000) != SERIES {
            return Err(format!(
                "version {number} of the library is not one that this knows"
            ));
        }
        // SAFETY: the types are those of the header of this version.
        unsafe {
            Ok(Self {
                open: function(&library, c"anyarchive_reader_open_path")?,
                next: function(&library, c"anyarchive_reader_next")?,
                path: function(&library, c"anyarchive_entry_path")?,
                free: function(&library, c"anyarchive_reader_free")?,
                error_text: function(&library, c"anyarchive_error_text")?,
                error_free: function(&library, c"anyarchive_error_free")?,
                reader_error: function(&library, c"anyarchive_reader_error")?,
                _library: library,
            })
        }
    }

    /// Prints the paths of an archive.
    fn list(&self, archive: &CStr) -> Result<(), String> {
        let (mut reader, mut error) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: a text that ends with a NUL, and places for a reader and an error.
        let status = unsafe {
            (self.open)(
                archive.as_ptr(),
                ptr::null(),
                &raw mut reader,
                &raw mut error,
            )
        };
        if status < 0 {
            // SAFETY: NULL or an error, which is ours.
            let text = unsafe { self.text(error) };
            // SAFETY: as above; its text was copied.
            unsafe { (self.error_free)(error) };
            return Err(text);
        }
        let result = loop {
            let mut entry = ptr::null();
            // SAFETY: the reader is open.
            match unsafe { (self.next)(reader, &raw mut entry) } {
                EOF => break Ok(()),
                // SAFETY: the error stays with the reader.
                status if status < 0 => {
                    break Err(unsafe { self.text((self.reader_error)(reader)) });
                }
                // SAFETY: the path lives until the next call.
                _ => unsafe { println!("{}", lossy((self.path)(entry))) },
            }
        };
        // SAFETY: ours, and not used any more.
        unsafe { (self.free)(reader) };
        result
    }

    /// # Safety
    ///
    /// NULL, or an error that lives.
    unsafe fn text(&self, error: *const c_void) -> String {
        // SAFETY: the caller's promise; the text lives as long as the error.
        unsafe { lossy((self.error_text)(error)) }
    }
}

/// What the loader said: the error itself says only which function of it failed.
fn why(error: &libloading::Error) -> String {
    let source = error.source().map(|source| format!(": {source}"));
    format!("{error}{}", source.unwrap_or_default())
}

/// The address of a function.
///
/// # Safety
///
/// `F` is the type of the function of this name.
unsafe fn function<F: Copy>(library: &Library, name: &CStr) -> Result<F, String> {
    // SAFETY: the caller's promise.
    let symbol = unsafe { library.get::<F>(name.to_bytes_with_nul()) };
    let symbol = symbol.map_err(|error| format!("{}: {}", name.to_string_lossy(), why(&error)))?;
    Ok(*symbol)
}

/// # Safety
///
/// NULL, or a text that ends with a NUL.
unsafe fn lossy(text: *const c_char) -> String {
    if text.is_null() {
        return "no text".into();
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}

fn run() -> Result<(), String> {
    let mut arguments = env::args_os().skip(1);
    let (Some(library), Some(archive), None) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("dlopen LIBRARY ARCHIVE".into());
    };
    let archive = CString::new(archive.into_vec()).map_err(|error| error.to_string())?;
    Anyarchive::load(&library)?.list(&archive)
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
