//! `struct archive_entry`: scalars and text.

use std::{
    cell::UnsafeCell,
    ffi::{c_char, c_int, c_long, c_ulong},
    marker::PhantomData,
};

use archive_sys as sys;

use super::{callbacks::read::StreamHeader, cstr, locale::Utf8Locale};

/// Metadata of an entry, borrowed from what holds it.
///
/// All getters are here; [`Entry`](crate::Entry) dereferences to it.
#[repr(C)]
pub struct EntryRef {
    // C owns what is behind the address and writes its caches there: see I7.
    _opaque: UnsafeCell<[u8; 0]>,
    _neither_send_nor_sync: PhantomData<*mut u8>,
}

impl EntryRef {
    /// Borrows an entry of C.
    ///
    /// # Safety
    ///
    /// `entry` is not NULL, and for `'a` it is live and changed by nothing but getters.
    pub(crate) unsafe fn from_ptr<'a>(entry: *mut sys::archive_entry) -> &'a Self {
        // SAFETY: the caller's promise; the type has no size, so only the address counts.
        unsafe { &*entry.cast::<Self>() }
    }

    pub(super) fn as_ptr(&self) -> *mut sys::archive_entry {
        (&raw const self._opaque)
            .cast_mut()
            .cast::<sys::archive_entry>()
    }
}

/// Gives an entry the name and time of the stream that it is, as a filter of C would.
///
/// # Safety
///
/// `entry` is not NULL, is live, and nothing of it is lent.
pub(super) unsafe fn describe(entry: *mut sys::archive_entry, header: &StreamHeader<'_>) {
    if let Some(seconds) = header.modified {
        #[allow(clippy::unnecessary_fallible_conversions)] // time_t is narrower on some systems
        let seconds = sys::time_t::try_from(seconds).unwrap_or(sys::time_t::MAX);
        // SAFETY: the caller's promise.
        unsafe { sys::archive_entry_set_mtime(entry, seconds, 0) };
    }
    if let Some(name) = header.name {
        // SAFETY: the caller's promise; C copies the text (I5).
        unsafe { sys::archive_entry_set_pathname(entry, name.as_ptr()) };
    }
}

impl AsRef<EntryRef> for EntryRef {
    fn as_ref(&self) -> &EntryRef {
        self
    }
}

/// Getters of text: UTF-8 where libarchive could convert the name, else the bytes of the archive.
macro_rules! text {
    ($($name:ident = $local:ident or $utf8:ident;)*) => {$(
        pub(crate) fn $name(entry: &EntryRef) -> Option<&[u8]> {
            let _locale = Utf8Locale::enter();
            // A stale ENOMEM would make C exit the process when a conversion fails.
            errno::set_errno(errno::Errno(0));
            // SAFETY: I7; lent until the entry changes (I4).
            let text = unsafe { sys::$local(entry.as_ptr()) };
            // SAFETY: as above.
            if let Some(bytes) = unsafe { cstr::bytes(text) } {
                return Some(bytes);
            }
            errno::set_errno(errno::Errno(0));
            // SAFETY: as above. Stored bytes, which need not be UTF-8.
            let text = unsafe { sys::$utf8(entry.as_ptr()) };
            // SAFETY: as above.
            unsafe { cstr::bytes(text) }
        }
    )*};
}

text! {
    pathname = archive_entry_pathname or archive_entry_pathname_utf8;
    hardlink = archive_entry_hardlink or archive_entry_hardlink_utf8;
    symlink = archive_entry_symlink or archive_entry_symlink_utf8;
    uname = archive_entry_uname or archive_entry_uname_utf8;
    gname = archive_entry_gname or archive_entry_gname_utf8;
}

/// Getters of numbers and flags, one C function each.
macro_rules! scalars {
    ($($name:ident = $function:ident -> $type:ty;)*) => {$(
        pub(crate) fn $name(entry: &EntryRef) -> $type {
            // SAFETY: I7; reads a field.
            unsafe { sys::$function(entry.as_ptr()) }
        }
    )*};
}

scalars! {
    size = archive_entry_size -> sys::la_int64_t;
    size_is_set = archive_entry_size_is_set -> c_int;
    filetype = archive_entry_filetype -> sys::mode_t;
    perm = archive_entry_perm -> sys::mode_t;
    uid = archive_entry_uid -> sys::la_int64_t;
    gid = archive_entry_gid -> sys::la_int64_t;
    symlink_type = archive_entry_symlink_type -> c_int;
    nlink = archive_entry_nlink -> std::ffi::c_uint;
    ino = archive_entry_ino64 -> sys::la_int64_t;
    ino_is_set = archive_entry_ino_is_set -> c_int;
    dev_is_set = archive_entry_dev_is_set -> c_int;
    devmajor = archive_entry_devmajor -> sys::dev_t;
    devminor = archive_entry_devminor -> sys::dev_t;
    rdevmajor = archive_entry_rdevmajor -> sys::dev_t;
    rdevminor = archive_entry_rdevminor -> sys::dev_t;
    mtime = archive_entry_mtime -> sys::time_t;
    mtime_nsec = archive_entry_mtime_nsec -> c_long;
    mtime_is_set = archive_entry_mtime_is_set -> c_int;
    atime = archive_entry_atime -> sys::time_t;
    atime_nsec = archive_entry_atime_nsec -> c_long;
    atime_is_set = archive_entry_atime_is_set -> c_int;
    ctime = archive_entry_ctime -> sys::time_t;
    ctime_nsec = archive_entry_ctime_nsec -> c_long;
    ctime_is_set = archive_entry_ctime_is_set -> c_int;
    birthtime = archive_entry_birthtime -> sys::time_t;
    birthtime_nsec = archive_entry_birthtime_nsec -> c_long;
    birthtime_is_set = archive_entry_birthtime_is_set -> c_int;
    is_data_encrypted = archive_entry_is_data_encrypted -> c_int;
    is_metadata_encrypted = archive_entry_is_metadata_encrypted -> c_int;
}

/// Getters that came after 3.6.2, `true` where the release lacks them: it cannot tell.
macro_rules! later_flags {
    ($($name:ident = $function:ident;)*) => {$(
        pub(crate) fn $name(entry: &EntryRef) -> bool {
            if !sys::available::$function() {
                return true;
            }
            // SAFETY: I7, and the function is there; reads a field.
            unsafe { sys::$function(entry.as_ptr()) != 0 }
        }
    )*};
}

later_flags! {
    uid_is_set = archive_entry_uid_is_set;
    gid_is_set = archive_entry_gid_is_set;
    perm_is_set = archive_entry_perm_is_set;
    rdev_is_set = archive_entry_rdev_is_set;
}

/// `archive_entry_fflags`: the flags that are on, and those that are off.
pub(crate) fn fflags(entry: &EntryRef) -> (c_ulong, c_ulong) {
    let (mut set, mut clear) = (0, 0);
    // SAFETY: I7; both out-pointers are valid.
    unsafe { sys::archive_entry_fflags(entry.as_ptr(), &raw mut set, &raw mut clear) };
    (set, clear)
}

/// `archive_entry_fflags_text`: C rebuilds the text when flags change, so it is copied.
pub(crate) fn fflags_text(entry: &EntryRef) -> Option<String> {
    let _locale = Utf8Locale::enter();
    errno::set_errno(errno::Errno(0));
    // SAFETY: I7.
    let text: *const c_char = unsafe { sys::archive_entry_fflags_text(entry.as_ptr()) };
    // SAFETY: NULL or a terminated string, copied at once (I4).
    unsafe { cstr::lossy(text) }
}
