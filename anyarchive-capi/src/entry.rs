//! Entries: lent by a reader, or kept.

use std::{
    cell::OnceCell,
    ffi::{CString, c_char},
    ptr::{self, NonNull},
};

use anyarchive::{EntryBuf, EntryRef, Error, FileType, Timestamp};

use crate::{
    error::{Fault, answer, anyarchive_error},
    panic::contain,
    status::anyarchive_status,
    text::{self, c_text},
};

/// Metadata of an entry: lent by a reader, or a copy. One thread at a time.
#[derive(Debug, Default)]
pub struct anyarchive_entry {
    metadata: Metadata,
    path: OnceCell<CString>,
    symlink: OnceCell<Option<CString>>,
    hardlink: OnceCell<Option<CString>>,
    uname: OnceCell<Option<CString>>,
    gname: OnceCell<Option<CString>>,
    warning: Option<CString>,
    xattrs: OnceCell<Vec<(CString, Vec<u8>)>>,
}

#[derive(Debug, Default)]
enum Metadata {
    #[default]
    None,
    /// The reader's. C may use it until it asks the reader for the next entry.
    Lent(NonNull<EntryRef>),
    Own(EntryBuf),
}

/// What an entry is.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum anyarchive_file_type {
    /// The archive does not say it.
    Unknown = 0,
    /// A regular file.
    File = 1,
    /// A directory.
    Directory = 2,
    /// A symbolic link.
    Symlink = 3,
    /// A character device.
    CharDevice = 4,
    /// A block device.
    BlockDevice = 5,
    /// A named pipe.
    Fifo = 6,
    /// A socket.
    Socket = 7,
}

impl anyarchive_entry {
    pub(crate) fn lend(&mut self, entry: &EntryRef, warning: Option<&Error>) {
        self.metadata = Metadata::Lent(NonNull::from(entry));
        self.warning = warning.map(|warning| c_text(warning.message()));
    }

    pub(crate) fn own(entry: EntryBuf) -> Self {
        Self {
            metadata: Metadata::Own(entry),
            ..Self::default()
        }
    }

    /// To change it: what it lent of itself is over.
    pub(crate) fn own_mut(&mut self) -> Option<&mut EntryBuf> {
        let metadata = std::mem::take(&mut self.metadata);
        let warning = self.warning.take();
        *self = Self {
            metadata,
            warning,
            ..Self::default()
        };
        match &mut self.metadata {
            Metadata::Own(entry) => Some(entry),
            Metadata::None | Metadata::Lent(_) => None,
        }
    }

    pub(crate) fn is_owned(&self) -> bool {
        matches!(self.metadata, Metadata::Own(_))
    }

    pub(crate) fn get(&self) -> Option<&EntryRef> {
        match &self.metadata {
            Metadata::None => None,
            // SAFETY: the reader replaces this whole struct before it goes on, and frees it first; C
            // uses neither on two threads at a time.
            Metadata::Lent(entry) => Some(unsafe { entry.as_ref() }),
            Metadata::Own(entry) => Some(entry),
        }
    }

    fn path(&self) -> *const c_char {
        let Some(entry) = self.get() else {
            return c"".as_ptr();
        };
        self.path
            .get_or_init(|| c_text(entry.path_bytes()))
            .as_ptr()
    }

    fn xattrs(&self) -> &[(CString, Vec<u8>)] {
        self.xattrs.get_or_init(|| {
            let all = self.get().map(EntryRef::xattrs).unwrap_or_default();
            let pairs = all.into_iter().map(|it| (c_text(it.name), it.value));
            pairs.collect()
        })
    }

    fn text(
        &self,
        cell: &OnceCell<Option<CString>>,
        get: impl FnOnce(&EntryRef) -> Option<&[u8]>,
    ) -> *const c_char {
        let text = cell.get_or_init(|| self.get().and_then(get).map(c_text));
        text.as_ref().map_or(ptr::null(), |text| text.as_ptr())
    }
}

/// Asks an entry; `nothing` for NULL.
///
/// # Safety
///
/// `entry` is NULL, or lives.
unsafe fn ask<T>(
    entry: *const anyarchive_entry,
    nothing: T,
    get: impl FnOnce(&anyarchive_entry) -> T,
) -> T {
    // SAFETY: the caller's promise.
    match unsafe { entry.as_ref() } {
        Some(entry) => contain(|| get(entry)).unwrap_or(nothing),
        None => nothing,
    }
}

/// Asks an entry for something that it may lack; writes it only when it is there.
///
/// # Safety
///
/// As for [`ask`]; `place` is NULL or a place for the value.
unsafe fn give<T>(
    entry: *const anyarchive_entry,
    place: *mut T,
    get: impl FnOnce(&EntryRef) -> Option<T>,
) -> bool {
    // SAFETY: the caller's promise.
    let value = unsafe { ask(entry, None, |entry| entry.get().and_then(get)) };
    // SAFETY: the caller's promise.
    match (value, unsafe { text::out(place, "") }) {
        (Some(value), Ok(place)) => {
            place.set(value);
            true
        }
        _ => false,
    }
}

/// The path as the archive has it, in whatever encoding. Lives as long as the entry; so do the other
/// texts.
///
/// # Safety
///
/// `entry` is NULL or an entry that lives; so for all functions on entries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_path(entry: *const anyarchive_entry) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { ask(entry, c"".as_ptr(), anyarchive_entry::path) }
}

/// What a symbolic link points to, or NULL.
///
/// # Safety
///
/// As for `anyarchive_entry_path`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_symlink(entry: *const anyarchive_entry) -> *const c_char {
    let get = |entry: &anyarchive_entry| entry.text(&entry.symlink, EntryRef::symlink_bytes);
    // SAFETY: the caller's promise.
    unsafe { ask(entry, ptr::null(), get) }
}

/// The path of the entry that this one is a further name of, or NULL.
///
/// # Safety
///
/// As for `anyarchive_entry_path`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_hardlink(
    entry: *const anyarchive_entry,
) -> *const c_char {
    let get = |entry: &anyarchive_entry| entry.text(&entry.hardlink, EntryRef::hardlink_bytes);
    // SAFETY: the caller's promise.
    unsafe { ask(entry, ptr::null(), get) }
}

/// Name of the owner, or NULL.
///
/// # Safety
///
/// As for `anyarchive_entry_path`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_uname(entry: *const anyarchive_entry) -> *const c_char {
    let get = |entry: &anyarchive_entry| entry.text(&entry.uname, EntryRef::uname_bytes);
    // SAFETY: the caller's promise.
    unsafe { ask(entry, ptr::null(), get) }
}

/// Name of the group, or NULL.
///
/// # Safety
///
/// As for `anyarchive_entry_path`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_gname(entry: *const anyarchive_entry) -> *const c_char {
    let get = |entry: &anyarchive_entry| entry.text(&entry.gname, EntryRef::gname_bytes);
    // SAFETY: the caller's promise.
    unsafe { ask(entry, ptr::null(), get) }
}

/// What libarchive remarked on the entry, as UTF-8, or NULL: something of it may be lost.
///
/// # Safety
///
/// As for `anyarchive_entry_path`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_warning(entry: *const anyarchive_entry) -> *const c_char {
    let get = |entry: &anyarchive_entry| {
        entry
            .warning
            .as_ref()
            .map_or(ptr::null(), |text| text.as_ptr())
    };
    // SAFETY: the caller's promise.
    unsafe { ask(entry, ptr::null(), get) }
}

/// Lends bytes of an entry.
///
/// # Safety
///
/// As for [`ask`]; the places are NULL or can be written to.
unsafe fn lend_bytes(
    entry: *const anyarchive_entry,
    data: *mut *const u8,
    len: *mut usize,
    get: impl FnOnce(&EntryRef) -> Option<&[u8]>,
) -> bool {
    let get = |entry: &anyarchive_entry| {
        let bytes = entry.get().and_then(get)?;
        Some((bytes.as_ptr(), bytes.len()))
    };
    // SAFETY: the caller's promise.
    let Some((from, count)) = (unsafe { ask(entry, None, get) }) else {
        return false;
    };
    // SAFETY: the caller's promise.
    let data = unsafe { text::out(data, "") };
    // SAFETY: the caller's promise.
    let len = unsafe { text::out(len, "") };
    match (data, len) {
        (Ok(data), Ok(len)) => {
            data.set(from);
            len.set(count);
            true
        }
        _ => false,
    }
}

/// The path as bytes that no NUL ends, and with those NUL inside that `anyarchive_entry_path` leaves
/// out. Lives as long as the entry.
///
/// # Safety
///
/// As for `anyarchive_entry_size`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_path_bytes(
    entry: *const anyarchive_entry,
    data: *mut *const u8,
    len: *mut usize,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { lend_bytes(entry, data, len, |entry| Some(entry.path_bytes())) }
}

/// Number of extended attributes.
///
/// # Safety
///
/// As for `anyarchive_entry_path`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_xattr_count(entry: *const anyarchive_entry) -> usize {
    // SAFETY: the caller's promise.
    unsafe { ask(entry, 0, |entry| entry.xattrs().len()) }
}

/// An extended attribute, counted from 0: its name and its bytes; `false` when there are not so many.
/// Both live as long as the entry.
///
/// # Safety
///
/// As for `anyarchive_entry_size`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_xattr(
    entry: *const anyarchive_entry,
    index: usize,
    name: *mut *const c_char,
    data: *mut *const u8,
    len: *mut usize,
) -> bool {
    let get = |entry: &anyarchive_entry| {
        let (name, value) = entry.xattrs().get(index)?;
        Some((name.as_ptr(), value.as_ptr(), value.len()))
    };
    // SAFETY: the caller's promise.
    let Some(found) = (unsafe { ask(entry, None, get) }) else {
        return false;
    };
    // SAFETY: the caller's promise.
    let name = unsafe { text::out(name, "") };
    // SAFETY: the caller's promise.
    let data = unsafe { text::out(data, "") };
    // SAFETY: the caller's promise.
    let len = unsafe { text::out(len, "") };
    match (name, data, len) {
        (Ok(name), Ok(data), Ok(len)) => {
            name.set(found.0);
            data.set(found.1);
            len.set(found.2);
            true
        }
        _ => false,
    }
}

/// What the entry is.
///
/// # Safety
///
/// As for `anyarchive_entry_path`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_file_type(
    entry: *const anyarchive_entry,
) -> anyarchive_file_type {
    let get = |entry: &anyarchive_entry| match entry.get().map(EntryRef::file_type) {
        Some(FileType::File) => anyarchive_file_type::File,
        Some(FileType::Directory) => anyarchive_file_type::Directory,
        Some(FileType::Symlink) => anyarchive_file_type::Symlink,
        Some(FileType::CharDevice) => anyarchive_file_type::CharDevice,
        Some(FileType::BlockDevice) => anyarchive_file_type::BlockDevice,
        Some(FileType::Fifo) => anyarchive_file_type::Fifo,
        Some(FileType::Socket) => anyarchive_file_type::Socket,
        _ => anyarchive_file_type::Unknown,
    };
    // SAFETY: the caller's promise.
    unsafe { ask(entry, anyarchive_file_type::Unknown, get) }
}

/// Size of the data in bytes; `false` when the archive does not say it before the data.
///
/// # Safety
///
/// As for `anyarchive_entry_path`; places for results are NULL or can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_size(
    entry: *const anyarchive_entry,
    bytes: *mut u64,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { give(entry, bytes, EntryRef::size) }
}

/// Permissions, with setuid, setgid and sticky: 12 bits.
///
/// # Safety
///
/// As for `anyarchive_entry_path`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_mode(entry: *const anyarchive_entry) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { ask(entry, 0, |entry| entry.get().map_or(0, EntryRef::mode)) }
}

/// Number of the owner; `false` when the archive has none.
///
/// # Safety
///
/// As for `anyarchive_entry_size`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_uid(
    entry: *const anyarchive_entry,
    uid: *mut u64,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { give(entry, uid, EntryRef::uid) }
}

/// Number of the group; `false` when the archive has none.
///
/// # Safety
///
/// As for `anyarchive_entry_size`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_gid(
    entry: *const anyarchive_entry,
    gid: *mut u64,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { give(entry, gid, EntryRef::gid) }
}

/// Whether the data is encrypted.
///
/// # Safety
///
/// As for `anyarchive_entry_path`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_is_encrypted(entry: *const anyarchive_entry) -> bool {
    let get = |entry: &anyarchive_entry| entry.get().is_some_and(EntryRef::is_encrypted);
    // SAFETY: the caller's promise.
    unsafe { ask(entry, false, get) }
}

/// Writes a time to two places.
///
/// # Safety
///
/// As for [`give`].
unsafe fn time(
    entry: *const anyarchive_entry,
    seconds: *mut i64,
    nanoseconds: *mut u32,
    get: impl FnOnce(&EntryRef) -> Option<Timestamp>,
) -> bool {
    let mut found = Timestamp {
        seconds: 0,
        nanoseconds: 0,
    };
    // SAFETY: the caller's promise, and a place of ours.
    if !unsafe { give(entry, &raw mut found, get) } {
        return false;
    }
    // SAFETY: the caller's promise.
    if let Ok(place) = unsafe { text::out(nanoseconds, "") } {
        place.set(found.nanoseconds);
    }
    // SAFETY: the caller's promise.
    match unsafe { text::out(seconds, "") } {
        Ok(place) => {
            place.set(found.seconds);
            true
        }
        Err(_) => false,
    }
}

/// Time of modification, in seconds since 1970 and nanoseconds (0 to 999999999); `false` when the
/// archive has none. `nanoseconds` can be NULL.
///
/// # Safety
///
/// As for `anyarchive_entry_size`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_mtime(
    entry: *const anyarchive_entry,
    seconds: *mut i64,
    nanoseconds: *mut u32,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { time(entry, seconds, nanoseconds, EntryRef::mtime) }
}

/// Time of the last access, like `anyarchive_entry_mtime`.
///
/// # Safety
///
/// As for `anyarchive_entry_size`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_atime(
    entry: *const anyarchive_entry,
    seconds: *mut i64,
    nanoseconds: *mut u32,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { time(entry, seconds, nanoseconds, EntryRef::atime) }
}

/// Time when metadata changed last, like `anyarchive_entry_mtime`.
///
/// # Safety
///
/// As for `anyarchive_entry_size`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_ctime(
    entry: *const anyarchive_entry,
    seconds: *mut i64,
    nanoseconds: *mut u32,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { time(entry, seconds, nanoseconds, EntryRef::ctime) }
}

/// Time of creation, like `anyarchive_entry_mtime`.
///
/// # Safety
///
/// As for `anyarchive_entry_size`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_birthtime(
    entry: *const anyarchive_entry,
    seconds: *mut i64,
    nanoseconds: *mut u32,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { time(entry, seconds, nanoseconds, EntryRef::birthtime) }
}

/// A copy of an entry that lives until it is freed, whatever becomes of the reader. `error` can be NULL.
///
/// # Safety
///
/// As for `anyarchive_entry_size`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_clone(
    entry: *const anyarchive_entry,
    copy: *mut *mut anyarchive_entry,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let result = contain(|| {
        // SAFETY: the caller's promise.
        let place = unsafe { text::out(copy, "the place for the copy") }?;
        place.set(ptr::null_mut());
        // SAFETY: the caller's promise.
        let entry = unsafe { entry.as_ref() }.ok_or_else(|| Fault::null("the entry"))?;
        let metadata = entry
            .get()
            .ok_or_else(|| Fault::invalid("the entry is over"))?;
        let copy = anyarchive_entry {
            warning: entry.warning.clone(),
            ..anyarchive_entry::own(metadata.to_owned())
        };
        place.set(Box::into_raw(Box::new(copy)));
        Ok(())
    });
    // SAFETY: the caller's promise.
    unsafe { answer(result, error) }
}

/// Frees an entry that was made or copied; NULL is allowed. Entries that a reader lends stay as they
/// are.
///
/// # Safety
///
/// `entry` is NULL, or was given by `anyarchive_entry_new` or `anyarchive_entry_clone` and not freed yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_free(entry: *mut anyarchive_entry) {
    // SAFETY: the caller's promise.
    let owned = unsafe { ask(entry, false, anyarchive_entry::is_owned) };
    if owned {
        // SAFETY: not NULL, and made by Box::into_raw; the rest is the caller's promise.
        let entry = unsafe { Box::from_raw(entry) };
        let _ = contain(|| drop(entry));
    }
}
