//! A reader that is not open yet.

use std::{
    ffi::{CStr, c_int},
    marker::PhantomData,
    ptr,
};

use archive_sys as sys;

use super::{Handle, Inner, RawBlock, ReadHandle, StatePtr};
use crate::{
    error::{Error, Result},
    ffi::{
        Status,
        callbacks::{
            password::{self, Asking},
            read::{self as callbacks, ReadState, Source},
        },
        failure,
        locale::Utf8Locale,
    },
};

/// The C function that opens.
const OPEN: &str = "archive_read_open1";

/// A reader that is not open yet: formats, filters, options and passwords are set here.
#[derive(Debug)]
pub(crate) struct NewReader(Handle);

impl NewReader {
    /// `archive_read_new`
    pub(crate) fn new() -> Result<Self> {
        // SAFETY: answers NULL or a new handle.
        let raw = unsafe { failure::new_handle("archive_read_new", sys::archive_read_new) }?;
        Ok(Self(Handle(raw)))
    }

    /// Registers every format that libarchive detects by itself.
    pub(crate) fn support_format_all(&mut self) -> Result<Status> {
        // SAFETY: I1, I2; state NEW, which this type stands for.
        let code = unsafe { sys::archive_read_support_format_all(self.0.as_ptr()) };
        self.0.check("archive_read_support_format_all", code)
    }

    /// Registers one format by its code.
    pub(crate) fn support_format_by_code(&mut self, code: c_int) -> Result<Status> {
        // SAFETY: I1, I2; any code is allowed, unknown ones are refused.
        let code = unsafe { sys::archive_read_support_format_by_code(self.0.as_ptr(), code) };
        self.0.check("archive_read_support_format_by_code", code)
    }

    /// Registers one filter by its code. `Warn` means that libarchive would run a program.
    pub(crate) fn support_filter_by_code(&mut self, code: c_int) -> Result<Status> {
        // SAFETY: I1, I2; any code is allowed, unknown ones are refused.
        let code = unsafe { sys::archive_read_support_filter_by_code(self.0.as_ptr(), code) };
        self.0.check("archive_read_support_filter_by_code", code)
    }

    /// `module:key=value`; no value means "off", no module "whoever knows the key".
    pub(crate) fn set_option(
        &mut self,
        module: Option<&CStr>,
        key: &CStr,
        value: Option<&CStr>,
    ) -> Result<Status> {
        let module = module.map_or(ptr::null(), CStr::as_ptr);
        let value = value.map_or(ptr::null(), CStr::as_ptr);
        // "hdrcharset" makes the converter here, into the charset that the locale has now.
        let _locale = Utf8Locale::enter();
        let (raw, key) = (self.0.as_ptr(), key.as_ptr());
        // SAFETY: I1, I2, I5; module and value may be NULL.
        let code = unsafe { sys::archive_read_set_option(raw, module, key, value) };
        self.0.check("archive_read_set_option", code)
    }

    /// `module:key=value,key,!key`
    pub(crate) fn set_options(&mut self, options: &CStr) -> Result<Status> {
        let _locale = Utf8Locale::enter();
        // SAFETY: I1, I2, I5.
        let code = unsafe { sys::archive_read_set_options(self.0.as_ptr(), options.as_ptr()) };
        self.0.check("archive_read_set_options", code)
    }

    /// Adds a password to try; C copies it and wipes its copy.
    pub(crate) fn add_passphrase(&mut self, password: &CStr) -> Result<Status> {
        // SAFETY: I1, I2, I5.
        let code = unsafe { sys::archive_read_add_passphrase(self.0.as_ptr(), password.as_ptr()) };
        self.0.check("archive_read_add_passphrase", code)
    }

    /// Opens over a source. A handle whose open failed is a trap (double closes, lost filters), so
    /// it is freed then; there is no way back to it.
    ///
    /// # Errors
    ///
    /// With the first bytes of the input beside the error, for a better explanation.
    pub(crate) fn open<'s>(
        self,
        source: Box<dyn Source + 's>,
        passwords: Option<Asking>,
    ) -> Result<ReadHandle<'s>, (Error, Vec<u8>)> {
        let asks = passwords.is_some();
        let state = Box::new(ReadState::new(source, passwords));
        let can_seek = state.can_seek();
        let mut inner = Inner {
            handle: self.0,
            state: StatePtr::new(state),
            entry: None,
            block: RawBlock::EMPTY,
            data_failed: false,
            poisoned: false,
        };
        let raw = inner.handle.as_ptr();
        // SAFETY: I1; state NEW. The functions match the C types.
        let mut code = unsafe { sys::archive_read_set_read_callback(raw, Some(callbacks::read)) };
        if code == sys::ARCHIVE_OK {
            // SAFETY: as above.
            code = unsafe { sys::archive_read_set_close_callback(raw, Some(callbacks::close)) };
        }
        if can_seek && code == sys::ARCHIVE_OK {
            // SAFETY: as above.
            code = unsafe { sys::archive_read_set_skip_callback(raw, Some(callbacks::skip)) };
        }
        if can_seek && code == sys::ARCHIVE_OK {
            // SAFETY: as above.
            code = unsafe { sys::archive_read_set_seek_callback(raw, Some(callbacks::seek)) };
        }
        if code == sys::ARCHIVE_OK {
            // SAFETY: I1, I3: the state outlives the handle (field order and `Drop` of `Inner`).
            code = unsafe { sys::archive_read_set_callback_data(raw, inner.state.as_ptr()) };
        }
        if asks && code == sys::ARCHIVE_OK {
            let (data, ask) = (inner.state.as_ptr(), password::password);
            // SAFETY: as above.
            code = unsafe { sys::archive_read_set_passphrase_callback(raw, data, Some(ask)) };
        }
        inner
            .check("archive_read_set_callback_data", code)
            .map_err(|error| (error, Vec::new()))?;
        let locale = Utf8Locale::enter();
        // SAFETY: I1, I2; read callback and callback data are set.
        let code = unsafe { sys::archive_read_open1(raw) };
        drop(locale);
        if let Err(error) = inner.check(OPEN, code) {
            // After this nobody can ask the handle which filters it went through.
            let error = error.with_filters(&inner.filters());
            return Err((error, inner.state.get().head().to_vec()));
        }
        let state = inner.state.get();
        if let Some(problem) = state.problem()
            && !state.has_given()
        {
            return Err((problem.with_op(OPEN).with_status(Status::Fatal), Vec::new()));
        }
        Ok(ReadHandle {
            inner,
            source: PhantomData,
        })
    }
}
