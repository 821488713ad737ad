//! Settings of readers.

use std::ffi::c_char;

use anyarchive::{Filter, Format, Password, Reader, ReaderBuilder};

use crate::{
    error::{Fault, anyarchive_error},
    handle::{Handle, Kind},
    status::{anyarchive_status, anyarchive_status as Status},
    text,
};

/// Settings of readers; can be used for any number of them.
#[derive(Debug)]
pub struct anyarchive_reader_settings {
    // C sees the pointer alone, which is that of a `Handle`.
    _opaque: (),
}

pub(crate) struct Settings(pub(crate) ReaderBuilder);

impl Kind for Settings {
    const KIND: u32 = 0x5e77_1265;
}

impl Settings {
    fn change(&mut self, change: impl FnOnce(ReaderBuilder) -> ReaderBuilder) -> Status {
        self.0 = change(std::mem::replace(&mut self.0, Reader::builder()));
        Status::Ok
    }
}

fn handle(settings: *const anyarchive_reader_settings) -> *const Handle<Settings> {
    settings.cast::<Handle<Settings>>()
}

/// The builder of these settings, or a default one for NULL.
///
/// # Safety
///
/// `settings` is NULL or a handle of this kind that lives.
pub(crate) unsafe fn builder(
    settings: *const anyarchive_reader_settings,
) -> Result<ReaderBuilder, Fault> {
    if settings.is_null() {
        return Ok(Reader::builder());
    }
    // SAFETY: the caller's promise.
    let builder = unsafe { Handle::peek(handle(settings), |settings| settings.0.clone()) };
    builder.ok_or_else(|| Fault::Own(Status::Busy, "the settings are in use, or are none".into()))
}

/// Makes default settings: every format and every filter that starts no program. NULL when memory
/// runs out.
#[unsafe(no_mangle)]
pub extern "C" fn anyarchive_reader_settings_new() -> *mut anyarchive_reader_settings {
    crate::panic::contain(|| Handle::into_raw(Settings(Reader::builder())))
        .map_or(std::ptr::null_mut(), |handle| handle.cast())
}

/// Allows one more format, by its name (`tar`, `zip`, `7zip`, ...), and no other than those named.
///
/// # Safety
///
/// `settings` is NULL or was not freed yet; `name` is NULL or terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_reader_settings_format(
    settings: *mut anyarchive_reader_settings,
    name: *const c_char,
) -> anyarchive_status {
    let body = |settings: &mut Settings| {
        // SAFETY: the caller's promise.
        let name = unsafe { text::utf8(name, "the name of the format") }?;
        let format = Format::all().find(|format| format.name() == name);
        let format = format.ok_or_else(|| Fault::invalid(format!("no format is called {name}")))?;
        Ok(settings.change(|builder| builder.format(format)))
    };
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(settings), body) }
}

/// Allows one more filter, by its name (`gzip`, `zstd`, ...), and no other than those named.
///
/// # Safety
///
/// As for `anyarchive_reader_settings_format`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_reader_settings_filter(
    settings: *mut anyarchive_reader_settings,
    name: *const c_char,
) -> anyarchive_status {
    let body = |settings: &mut Settings| {
        // SAFETY: the caller's promise.
        let name = unsafe { text::utf8(name, "the name of the filter") }?;
        let filter = Filter::builtin()?
            .into_iter()
            .find(|filter| filter.name() == name);
        let filter = filter.ok_or_else(|| {
            Fault::Own(
                Status::Unsupported,
                format!("no filter in here is called {name}"),
            )
        })?;
        Ok(settings.change(|builder| builder.filter(filter)))
    };
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(settings), body) }
}

/// Adds options as text: `module:key=value,key,!key`. An unknown one makes opening fail.
///
/// # Safety
///
/// As for `anyarchive_reader_settings_format`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_reader_settings_options(
    settings: *mut anyarchive_reader_settings,
    options: *const c_char,
) -> anyarchive_status {
    let body = |settings: &mut Settings| {
        // SAFETY: the caller's promise.
        let options = unsafe { text::utf8(options, "the text of options") }?;
        Ok(settings.change(|builder| builder.options(options)))
    };
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(settings), body) }
}

/// Adds a password to try on encrypted entries. It is copied, and wiped with the settings and readers.
///
/// # Safety
///
/// As for `anyarchive_reader_settings_format`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_reader_settings_password(
    settings: *mut anyarchive_reader_settings,
    password: *const c_char,
) -> anyarchive_status {
    let body = |settings: &mut Settings| {
        // SAFETY: the caller's promise.
        let password = unsafe { text::bytes(password, "the password") }?;
        let password = Password::new(password)?;
        Ok(settings.change(|builder| builder.password(password)))
    };
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(settings), body) }
}

/// How many bytes to read from a source at once: 64 KiB unless set, kept to 512 bytes to 64 MiB.
///
/// # Safety
///
/// `settings` is NULL or was not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_reader_settings_block_size(
    settings: *mut anyarchive_reader_settings,
    bytes: usize,
) -> anyarchive_status {
    let body = |settings: &mut Settings| Ok(settings.change(|builder| builder.block_size(bytes)));
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(settings), body) }
}

/// The error of the last setting that failed, or NULL. Lives until the next call on the settings.
///
/// # Safety
///
/// `settings` is NULL or was not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_reader_settings_error(
    settings: *const anyarchive_reader_settings,
) -> *const anyarchive_error {
    // SAFETY: the caller's promise.
    unsafe { Handle::error(handle(settings)) }
}

/// Frees settings; NULL is allowed. Readers that were opened with them are not concerned.
///
/// # Safety
///
/// `settings` is NULL or was not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_reader_settings_free(
    settings: *mut anyarchive_reader_settings,
) {
    // SAFETY: the caller's promise.
    unsafe { Handle::free(settings.cast::<Handle<Settings>>()) };
}
