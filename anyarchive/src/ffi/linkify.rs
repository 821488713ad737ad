//! `struct archive_entry_linkresolver`.

use std::{
    ffi::{c_int, c_uint},
    ptr::{self, NonNull},
};

use archive_sys as sys;

use super::{entry_buf::EntryBuf, locale::Utf8Locale};
use crate::error::{Error, ErrorKind, Result};

/// The owned pointer (I1). Entries in it belong to it: those that it was given and has not returned,
/// and copies that it made.
#[derive(Debug)]
pub(crate) struct Resolver(NonNull<sys::archive_entry_linkresolver>);

// SAFETY: a resolver has no thread affinity, and refers to nothing but its own entries. It is not
// `Sync`: every call changes it.
unsafe impl Send for Resolver {}

impl Drop for Resolver {
    fn drop(&mut self) {
        // Releases up to 3.8.7 free an entry that still waits twice: fetch all of them before.
        while self.linkify(None).0.is_some() {}
        // SAFETY: I1.
        unsafe { sys::archive_entry_linkresolver_free(self.0.as_ptr()) };
    }
}

impl Resolver {
    /// `archive_entry_linkresolver_new` and `archive_entry_linkresolver_set_strategy`, which only here
    /// can be called: entries that wait for another strategy would never come back.
    pub(crate) fn new(format: c_int) -> Result<Self> {
        sys::load().map_err(|error| Error::new(ErrorKind::Unsupported, error.to_string()))?;
        // SAFETY: no arguments; NULL is checked below.
        let raw = unsafe { sys::archive_entry_linkresolver_new() };
        let resolver = NonNull::new(raw).map(Self).ok_or_else(|| {
            Error::new(ErrorKind::OutOfMemory, "no memory for a link resolver")
                .with_op("archive_entry_linkresolver_new")
        })?;
        // SAFETY: I1; any code is allowed.
        unsafe { sys::archive_entry_linkresolver_set_strategy(resolver.0.as_ptr(), format) };
        Ok(resolver)
    }

    /// `archive_entry_linkify`: gives an entry and takes up to two; without one, takes one that waits.
    pub(crate) fn linkify(
        &mut self,
        entry: Option<EntryBuf>,
    ) -> (Option<EntryBuf>, Option<EntryBuf>) {
        let mut first = entry.map_or(ptr::null_mut(), EntryBuf::into_raw);
        let mut second = ptr::null_mut();
        // It reads the path of an earlier entry: a stale ENOMEM would end the process.
        let _locale = Utf8Locale::enter();
        errno::set_errno(errno::Errno(0));
        // SAFETY: I1, I2. The entry is NULL or owned (I8), and C gets it whole; the strategy never
        // changes, so an entry that C finds in its list is one that it was given.
        unsafe {
            sys::archive_entry_linkify(self.0.as_ptr(), &raw mut first, &raw mut second);
        }
        // SAFETY: NULL, or an entry that C hands over: it keeps no pointer to what it returns.
        let first = unsafe { EntryBuf::from_raw(first) };
        // SAFETY: as above.
        let second = unsafe { EntryBuf::from_raw(second) };
        (first, second)
    }

    /// `archive_entry_partial_links`: a copy of the first entry of a file, and how many of its names
    /// did not come.
    pub(crate) fn partial_links(&mut self) -> Option<(EntryBuf, c_uint)> {
        let mut missing = 0;
        // SAFETY: I1, I2; the out-pointer is valid.
        let entry = unsafe { sys::archive_entry_partial_links(self.0.as_ptr(), &raw mut missing) };
        // SAFETY: NULL, or a copy of an owned entry that C hands over and forgets.
        let entry = unsafe { EntryBuf::from_raw(entry) };
        entry.map(|entry| (entry, missing))
    }
}
