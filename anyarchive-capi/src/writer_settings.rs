//! Settings of writers.

use std::{ffi::c_char, ptr};

use anyarchive::{Password, WriteFilter, WriteFormat, Writer, WriterBuilder};

use crate::{
    error::{Fault, answer, anyarchive_error},
    handle::{Handle, Kind},
    panic::contain,
    status::{anyarchive_status, anyarchive_status as Status},
    text,
};

/// Settings of writers: a format, and what is around it. Can be used for any number of them.
#[derive(Debug)]
pub struct anyarchive_writer_settings {
    // C sees the pointer alone, which is that of a `Handle`.
    _opaque: (),
}

pub(crate) struct Settings {
    format: WriteFormat,
    builder: WriterBuilder,
}

impl Kind for Settings {
    const KIND: u32 = 0x3e77_3a17;
}

impl Settings {
    fn change(&mut self, change: impl FnOnce(WriterBuilder) -> WriterBuilder) -> Status {
        let spare = Writer::builder(self.format);
        self.builder = change(std::mem::replace(&mut self.builder, spare));
        Status::Ok
    }
}

fn handle(settings: *const anyarchive_writer_settings) -> *const Handle<Settings> {
    settings.cast::<Handle<Settings>>()
}

/// The builder of these settings; `None` for NULL.
///
/// # Safety
///
/// `settings` is NULL or a handle of this kind that lives.
pub(crate) unsafe fn builder(
    settings: *const anyarchive_writer_settings,
) -> Result<Option<WriterBuilder>, Fault> {
    if settings.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    let builder = unsafe { Handle::peek(handle(settings), |settings| settings.builder.clone()) };
    builder
        .map(Some)
        .ok_or_else(|| Fault::Own(Status::Busy, "the settings are in use, or are none".into()))
}

/// Makes settings for a format by its name: `pax`, `zip`, `7zip`, ...; `anyarchive_capabilities_json`
/// lists them. `error` can be NULL.
///
/// # Safety
///
/// `format` is NULL or terminated; the places are NULL or can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_settings_new(
    format: *const c_char,
    settings: *mut *mut anyarchive_writer_settings,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let result = contain(|| {
        // SAFETY: the caller's promise.
        let place = unsafe { text::out(settings, "the place for the settings") }?;
        place.set(ptr::null_mut());
        // SAFETY: the caller's promise.
        let name = unsafe { text::utf8(format, "the name of the format") }?;
        let format = WriteFormat::all().find(|format| format.name() == name);
        let format =
            format.ok_or_else(|| Fault::invalid(format!("no format to write is called {name}")))?;
        let builder = Writer::builder(format);
        place.set(Handle::into_raw(Settings { format, builder }).cast());
        Ok(())
    });
    // SAFETY: the caller's promise.
    unsafe { answer(result, error) }
}

/// Adds a filter around what is there, by its name (`gzip`, `zstd`, ...).
///
/// # Safety
///
/// `settings` is NULL or was not freed yet; so for all functions here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_settings_filter(
    settings: *mut anyarchive_writer_settings,
    name: *const c_char,
) -> anyarchive_status {
    let body = |settings: &mut Settings| {
        // SAFETY: the caller's promise.
        let name = unsafe { text::utf8(name, "the name of the filter") }?;
        let mut builtin = WriteFilter::builtin()?.into_iter();
        let filter = builtin.find(|filter| filter.name() == name);
        let filter = filter.ok_or_else(|| {
            Fault::Own(
                Status::Unsupported,
                format!("no filter to write in here is called {name}"),
            )
        })?;
        Ok(settings.change(|builder| builder.filter(filter)))
    };
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(settings), body) }
}

/// How much to compress: the level of the filter that was added last or, without filters, of the format.
/// One that is out of range makes opening fail.
///
/// # Safety
///
/// As for `anyarchive_writer_settings_filter`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_settings_level(
    settings: *mut anyarchive_writer_settings,
    level: i32,
) -> anyarchive_status {
    let body = |settings: &mut Settings| Ok(settings.change(|builder| builder.level(level)));
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(settings), body) }
}

/// How many processors are kept busy: 1 if not set, 0 for as many as there are, 8 at most. The bytes
/// of the archive are the same for every number but 1.
///
/// # Safety
///
/// As for `anyarchive_writer_settings_filter`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_settings_threads(
    settings: *mut anyarchive_writer_settings,
    count: u32,
) -> anyarchive_status {
    let body = |settings: &mut Settings| Ok(settings.change(|builder| builder.threads(count)));
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(settings), body) }
}

/// Adds options as text: `module:key=value,key,!key`, such as `zip:encryption=aes256`. An unknown one
/// makes opening fail.
///
/// # Safety
///
/// As for `anyarchive_writer_settings_filter`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_settings_options(
    settings: *mut anyarchive_writer_settings,
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

/// Sets the password for an encryption that options ask for. It is copied, and wiped with the settings.
///
/// # Safety
///
/// As for `anyarchive_writer_settings_filter`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_settings_password(
    settings: *mut anyarchive_writer_settings,
    password: *const c_char,
) -> anyarchive_status {
    let body = |settings: &mut Settings| {
        // SAFETY: the caller's promise.
        let password = unsafe { text::bytes(password, "the password") }?;
        let password = Password::new(password)?;
        Ok(settings.change(|builder| builder.password(&password)))
    };
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(settings), body) }
}

/// Keeps data in memory, and in a temporary file when there is much, until its size is known: for
/// entries without a size in formats that need it first.
///
/// # Safety
///
/// As for `anyarchive_writer_settings_filter`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_settings_spool_unknown_sizes(
    settings: *mut anyarchive_writer_settings,
) -> anyarchive_status {
    let body = |settings: &mut Settings| Ok(settings.change(WriterBuilder::spool_unknown_sizes));
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(settings), body) }
}

/// Writes the same bytes for the same entries, whoever writes them and when.
///
/// # Safety
///
/// As for `anyarchive_writer_settings_filter`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_settings_reproducible(
    settings: *mut anyarchive_writer_settings,
) -> anyarchive_status {
    let body = |settings: &mut Settings| Ok(settings.change(WriterBuilder::reproducible));
    // SAFETY: the caller's promise.
    unsafe { Handle::call(handle(settings), body) }
}

/// The error of the last setting that failed, or NULL. Lives until the next call on the settings.
///
/// # Safety
///
/// As for `anyarchive_writer_settings_filter`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_settings_error(
    settings: *const anyarchive_writer_settings,
) -> *const anyarchive_error {
    // SAFETY: the caller's promise.
    unsafe { Handle::error(handle(settings)) }
}

/// Frees settings; NULL is allowed. Writers that were opened with them are not concerned.
///
/// # Safety
///
/// As for `anyarchive_writer_settings_filter`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_writer_settings_free(
    settings: *mut anyarchive_writer_settings,
) {
    // SAFETY: the caller's promise.
    unsafe { Handle::free(settings.cast::<Handle<Settings>>()) };
}
