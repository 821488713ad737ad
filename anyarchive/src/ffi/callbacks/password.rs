//! Passwords: what C calls when none that it knows fits.

use std::{
    ffi::{c_char, c_void},
    fmt, ptr,
    sync::Arc,
};

use archive_sys as sys;

use super::read;
use crate::{Password, PasswordRequest};

/// Most answers that one reader takes. C would ask 10,002 times for each entry, and every answer is
/// tried on all further entries too, which takes long on purpose.
const MAX_ANSWERS: usize = 100;

/// What the caller answers with.
pub(crate) type PasswordFn = dyn Fn(&PasswordRequest<'_>) -> Option<Password> + Send + Sync;

/// The caller's function, and what it has answered.
pub(crate) struct Asking {
    ask: Arc<PasswordFn>,
    /// Alive as long as the reader: C goes on using the text of the last one.
    given: Vec<Password>,
    entry: Vec<u8>,
    attempt: u32,
}

impl Asking {
    pub(crate) fn new(ask: Arc<PasswordFn>) -> Self {
        Self {
            ask,
            given: Vec::new(),
            entry: Vec::new(),
            attempt: 0,
        }
    }

    pub(super) fn set_entry(&mut self, path: Vec<u8>) {
        self.entry = path;
        self.attempt = 0;
    }
}

impl fmt::Debug for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asking(…)")
    }
}

/// `archive_passphrase_callback`: the next password to try, NULL to give up.
pub(crate) unsafe extern "C" fn password(_: *mut sys::archive, data: *mut c_void) -> *const c_char {
    // SAFETY: called by C with its client_data.
    let state = unsafe { read::state(data) };
    if state.is_dead() {
        return ptr::null();
    }
    let Some(asking) = &mut state.passwords else {
        return ptr::null();
    };
    if asking.given.len() >= MAX_ANSWERS {
        return ptr::null();
    }
    let request = PasswordRequest::new(&asking.entry, asking.attempt);
    let answer = read::contain(|| Ok((asking.ask)(&request)));
    let Some(Some(password)) = state.keep(answer) else {
        return ptr::null();
    };
    let Some(asking) = &mut state.passwords else {
        return ptr::null();
    };
    // C has tried all earlier ones on this entry before it asked.
    if asking
        .given
        .iter()
        .any(|given| given.as_c_str() == password.as_c_str())
    {
        return ptr::null();
    }
    asking.attempt += 1;
    asking.given.push(password);
    asking
        .given
        .last()
        .map_or(ptr::null(), |password| password.as_c_str().as_ptr())
}
