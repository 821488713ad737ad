//! `struct archive` for matching: times and owners.
//!
//! Paths are matched in Rust (see `matcher/glob.rs`): C's matcher takes time that is exponential
//! in the number of stars, and gives its handle up after 100 of them.

use std::{
    ffi::{CStr, c_int, c_long},
    ptr::NonNull,
};

use archive_sys as sys;

use super::{entry::EntryRef, failure, locale::Utf8Locale};
use crate::error::{Error, ErrorKind, Result};

/// The owned pointer (I1). Its kind has no table of functions, so `archive_free` and everything
/// else that goes through the table would jump to nowhere: only `archive_match_*` gets it.
#[derive(Debug)]
pub(crate) struct MatchHandle(NonNull<sys::archive>);

// SAFETY: a match handle has no thread affinity, and `MatchHandle` is not `Sync`: calls can move
// between threads but never overlap.
unsafe impl Send for MatchHandle {}

impl Drop for MatchHandle {
    fn drop(&mut self) {
        // SAFETY: I1; made by archive_match_new.
        unsafe { sys::archive_match_free(self.0.as_ptr()) };
    }
}

/// Setters that take a flag or a value and answer a code.
macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident = $function:ident($($arg:ident: $type:ty as $c:expr),*);)*) => {$(
        $(#[$doc])*
        pub(crate) fn $name(&mut self, $($arg: $type),*) -> Result<()> {
            let _locale = Utf8Locale::enter();
            errno::set_errno(errno::Errno(0));
            // SAFETY: I1, I2, I5; a match handle.
            let code = unsafe { sys::$function(self.0.as_ptr(), $($c),*) };
            self.check(stringify!($function), code)
        }
    )*};
}

impl MatchHandle {
    /// `archive_match_new`
    pub(crate) fn new() -> Result<Self> {
        // SAFETY: answers NULL or a new handle.
        unsafe { failure::new_handle("archive_match_new", sys::archive_match_new) }.map(Self)
    }

    setters! {
        /// Bounds one of the times; `flag` says which and how.
        include_time = archive_match_include_time(
            flag: c_int as flag, seconds: sys::time_t as seconds, nanoseconds: c_long as nanoseconds
        );
        /// The same by a text. The caller has made sure that it is short and its numbers small:
        /// old releases loop over the years of the date, and their sums overflow.
        include_date = archive_match_include_date(flag: c_int as flag, date: &CStr as date.as_ptr());
        /// Includes files of this owner.
        include_uid = archive_match_include_uid(uid: i64 as uid);
        /// Includes files of this group.
        include_gid = archive_match_include_gid(gid: i64 as gid);
        /// Includes files of the owner of this name.
        include_uname = archive_match_include_uname(name: &CStr as name.as_ptr());
        /// Includes files of the group of this name.
        include_gname = archive_match_include_gname(name: &CStr as name.as_ptr());
        /// Excludes what has the same path and compares so to this entry, of which C keeps a copy.
        exclude_entry = archive_match_exclude_entry(flag: c_int as flag, entry: &EntryRef as entry.as_ptr());
    }

    /// `archive_match_time_excluded`
    pub(crate) fn time_excluded(&mut self, entry: &EntryRef) -> Result<bool> {
        let _locale = Utf8Locale::enter();
        errno::set_errno(errno::Errno(0));
        // SAFETY: I1, I2; I7: nothing but getters of the entry is called.
        let code = unsafe { sys::archive_match_time_excluded(self.0.as_ptr(), entry.as_ptr()) };
        self.answer("archive_match_time_excluded", code)
    }

    /// `archive_match_owner_excluded`
    pub(crate) fn owner_excluded(&mut self, entry: &EntryRef) -> Result<bool> {
        let _locale = Utf8Locale::enter();
        errno::set_errno(errno::Errno(0));
        // SAFETY: as above.
        let code = unsafe { sys::archive_match_owner_excluded(self.0.as_ptr(), entry.as_ptr()) };
        self.answer("archive_match_owner_excluded", code)
    }

    fn check(&mut self, op: &'static str, code: c_int) -> Result<()> {
        // SAFETY: I1, I2.
        match unsafe { failure::check(self.0.as_ptr(), op, code) } {
            Ok(_) => Ok(()),
            // The one thing that C refuses here and that the types do not rule out.
            Err(error) if error.message() == "invalid date string" => {
                Err(Error::new(ErrorKind::InvalidInput, "this is no date").with_op(op))
            }
            Err(error) => Err(error),
        }
    }

    /// 1 is "yes", 0 "no", below is a failure.
    fn answer(&mut self, op: &'static str, code: c_int) -> Result<bool> {
        if code < 0 {
            self.check(op, code)?;
        }
        Ok(code != 0)
    }
}

/// C's own path matching, which the tests compare with.
#[cfg(test)]
impl MatchHandle {
    setters! {
        include_pattern = archive_match_include_pattern(pattern: &CStr as pattern.as_ptr());
        exclude_pattern = archive_match_exclude_pattern(pattern: &CStr as pattern.as_ptr());
        set_inclusion_recursion = archive_match_set_inclusion_recursion(on: bool as c_int::from(on));
    }

    /// `archive_match_path_excluded` for an entry of this path; `None` when C gives up.
    pub(crate) fn path_excluded(&mut self, path: &CStr) -> Option<bool> {
        let _locale = Utf8Locale::enter();
        // SAFETY: no arguments.
        let entry = unsafe { sys::archive_entry_new() };
        assert!(!entry.is_null());
        // SAFETY: a live entry and a terminated path, which C copies.
        unsafe { sys::archive_entry_copy_pathname(entry, path.as_ptr()) };
        // SAFETY: I1, I2, and the entry of this function.
        let code = unsafe { sys::archive_match_path_excluded(self.0.as_ptr(), entry) };
        // SAFETY: made above and used no more.
        unsafe { sys::archive_entry_free(entry) };
        (code >= 0).then_some(code != 0)
    }

    /// `archive_match_path_unmatched_inclusions`
    pub(crate) fn unmatched_inclusions(&mut self) -> usize {
        // SAFETY: I1, I2.
        let count = unsafe { sys::archive_match_path_unmatched_inclusions(self.0.as_ptr()) };
        usize::try_from(count).expect("a count")
    }
}
