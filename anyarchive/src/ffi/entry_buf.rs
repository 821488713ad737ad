//! `struct archive_entry` that Rust owns: made, copied, changed and freed here.

use std::{
    borrow::Borrow,
    ffi::{CStr, c_char, c_int, c_long, c_uint, c_ulong},
    fmt,
    mem::ManuallyDrop,
    ops::Deref,
    ptr::{self, NonNull},
};

use archive_sys as sys;

use super::{cstr, entry::EntryRef};
use crate::error::{Error, ErrorKind, Result};

/// Metadata of an entry that belongs to nobody else: made new, or copied from an archive by
/// [`to_owned`](ToOwned::to_owned).
///
/// It dereferences to [`EntryRef`], where the getters are. Setters check what they are given and
/// return the entry, so that calls chain. It moves between threads, but is not shared by them.
///
/// # Examples
///
/// ```
/// use anyarchive::{EntryBuf, FileType};
///
/// let mut entry = EntryBuf::file("notes/today.txt", 6)?;
/// entry.set_mode(0o600)?.set_uname("root")?;
/// assert_eq!(entry.file_type(), FileType::File);
/// assert_eq!((entry.path_bytes(), entry.size()), (&b"notes/today.txt"[..], Some(6)));
/// # Ok::<(), anyarchive::Error>(())
/// ```
#[doc(alias = "archive_entry_new")]
#[doc(alias = "archive_entry_free")]
pub struct EntryBuf(NonNull<sys::archive_entry>);

// SAFETY: an entry has no thread affinity, and one that Rust owns is tied to no handle (I8). It is
// not `Sync`, as its getters write caches (I7).
unsafe impl Send for EntryBuf {}

impl Drop for EntryBuf {
    fn drop(&mut self) {
        // SAFETY: I8.
        unsafe { sys::archive_entry_free(self.0.as_ptr()) };
    }
}

impl Deref for EntryBuf {
    type Target = EntryRef;

    fn deref(&self) -> &EntryRef {
        // SAFETY: I8; every change takes `&mut self`, which ends this borrow.
        unsafe { EntryRef::from_ptr(self.0.as_ptr()) }
    }
}

impl AsRef<EntryRef> for EntryBuf {
    fn as_ref(&self) -> &EntryRef {
        self
    }
}

impl Borrow<EntryRef> for EntryBuf {
    fn borrow(&self) -> &EntryRef {
        self
    }
}

impl fmt::Debug for EntryBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl EntryBuf {
    /// `archive_entry_new`; never `archive_entry_new2`, whose entry keeps a pointer to a handle.
    pub(crate) fn empty() -> Result<Self> {
        sys::load().map_err(|error| Error::new(ErrorKind::Unsupported, error.to_string()))?;
        // SAFETY: no arguments; NULL is checked below.
        let raw = unsafe { sys::archive_entry_new() };
        NonNull::new(raw).map(Self).ok_or_else(|| {
            Error::new(ErrorKind::OutOfMemory, "no memory for an entry")
                .with_op("archive_entry_new")
        })
    }

    /// `archive_entry_clone`; `None` when memory runs out.
    ///
    /// The copy is free-standing: C copies the pointer to the handle too, but that is NULL in entries
    /// of I8 and in those of a reader, which clears its entry before each header.
    pub(crate) fn copy_of(entry: &EntryRef) -> Option<Self> {
        errno::set_errno(errno::Errno(0));
        // SAFETY: I7; reads the entry and allocates everything anew.
        let raw = unsafe { sys::archive_entry_clone(entry.as_ptr()) };
        NonNull::new(raw).map(Self)
    }

    /// Gives the pointer to C, which must free it or give it back.
    pub(super) fn into_raw(self) -> *mut sys::archive_entry {
        ManuallyDrop::new(self).0.as_ptr()
    }

    /// Takes a pointer from C; `None` for NULL.
    ///
    /// # Safety
    ///
    /// `raw` is NULL or meets I8, and nothing else owns it or will use it.
    pub(super) unsafe fn from_raw(raw: *mut sys::archive_entry) -> Option<Self> {
        NonNull::new(raw).map(Self)
    }

    /// The pointer, for calls that change the entry.
    pub(super) fn as_mut_ptr(&mut self) -> *mut sys::archive_entry {
        self.0.as_ptr()
    }
}

/// Setters of text; `None` unsets. The narrow ones alone: text that is set as UTF-8 makes writers of
/// pax read through NULL where the locale cannot tell it.
macro_rules! text {
    ($($name:ident = $function:ident;)*) => {$(
        pub(crate) fn $name(entry: &mut EntryBuf, text: Option<&CStr>) {
            let text = text.map_or(ptr::null(), CStr::as_ptr);
            // SAFETY: I8, I5; NULL is allowed.
            unsafe { sys::$function(entry.as_mut_ptr(), text) };
        }
    )*};
}

text! {
    set_pathname = archive_entry_set_pathname;
    set_hardlink = archive_entry_set_hardlink;
    set_symlink = archive_entry_set_symlink;
    set_uname = archive_entry_set_uname;
    set_gname = archive_entry_set_gname;
}

/// Setters of numbers and flags, one C function each.
macro_rules! scalars {
    ($($name:ident($($value:ident: $type:ty),*) = $function:ident;)*) => {$(
        pub(crate) fn $name(entry: &mut EntryBuf, $($value: $type),*) {
            // SAFETY: I8; writes fields.
            unsafe { sys::$function(entry.as_mut_ptr(), $($value),*) };
        }
    )*};
}

scalars! {
    set_filetype(kind: c_uint) = archive_entry_set_filetype;
    set_perm(mode: sys::mode_t) = archive_entry_set_perm;
    set_size(size: sys::la_int64_t) = archive_entry_set_size;
    unset_size() = archive_entry_unset_size;
    set_mtime(seconds: sys::time_t, nanoseconds: c_long) = archive_entry_set_mtime;
    unset_mtime() = archive_entry_unset_mtime;
    set_atime(seconds: sys::time_t, nanoseconds: c_long) = archive_entry_set_atime;
    unset_atime() = archive_entry_unset_atime;
    set_ctime(seconds: sys::time_t, nanoseconds: c_long) = archive_entry_set_ctime;
    unset_ctime() = archive_entry_unset_ctime;
    set_birthtime(seconds: sys::time_t, nanoseconds: c_long) = archive_entry_set_birthtime;
    unset_birthtime() = archive_entry_unset_birthtime;
    set_uid(uid: sys::la_int64_t) = archive_entry_set_uid;
    set_gid(gid: sys::la_int64_t) = archive_entry_set_gid;
    set_nlink(nlink: c_uint) = archive_entry_set_nlink;
    set_ino(ino: sys::la_int64_t) = archive_entry_set_ino64;
    set_devmajor(number: sys::dev_t) = archive_entry_set_devmajor;
    set_devminor(number: sys::dev_t) = archive_entry_set_devminor;
    set_rdevmajor(number: sys::dev_t) = archive_entry_set_rdevmajor;
    set_rdevminor(number: sys::dev_t) = archive_entry_set_rdevminor;
    set_symlink_type(kind: c_int) = archive_entry_set_symlink_type;
    set_fflags(set: c_ulong, clear: c_ulong) = archive_entry_set_fflags;
    set_is_data_encrypted(yes: c_char) = archive_entry_set_is_data_encrypted;
    set_is_metadata_encrypted(yes: c_char) = archive_entry_set_is_metadata_encrypted;
}

/// `archive_entry_copy_fflags_text`: sets the flags whose names C knows on this system, and returns
/// the first name that it does not know.
pub(crate) fn copy_fflags_text<'a>(entry: &mut EntryBuf, text: &'a CStr) -> Option<&'a [u8]> {
    // SAFETY: I8, I5.
    let rest = unsafe { sys::archive_entry_copy_fflags_text(entry.as_mut_ptr(), text.as_ptr()) };
    // SAFETY: NULL or a place in the caller's text, which is terminated and outlives 'a.
    let rest = unsafe { cstr::bytes(rest) }?;
    rest.split(|byte| b" \t,".contains(byte)).next()
}
