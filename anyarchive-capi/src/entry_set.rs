//! Setters of entries, which only entries of one's own have.

use std::{ffi::c_char, ptr};

use anyarchive::{EntryBuf, FileType, Timestamp};

use crate::{
    entry::{anyarchive_entry, anyarchive_file_type},
    error::{Fault, answer, anyarchive_error},
    panic::contain,
    status::anyarchive_status,
    text,
};

/// What C calls by a number.
fn file_type(number: i32) -> Result<FileType, Fault> {
    use anyarchive_file_type as Type;
    const TYPES: [(Type, FileType); 7] = [
        (Type::File, FileType::File),
        (Type::Directory, FileType::Directory),
        (Type::Symlink, FileType::Symlink),
        (Type::CharDevice, FileType::CharDevice),
        (Type::BlockDevice, FileType::BlockDevice),
        (Type::Fifo, FileType::Fifo),
        (Type::Socket, FileType::Socket),
    ];
    let known = TYPES.iter().find(|(known, _)| *known as i32 == number);
    known
        .map(|(_, kind)| *kind)
        .ok_or_else(|| Fault::invalid(format!("no anyarchive_file_type is {number}")))
}

/// Makes an entry: a path (bytes on Unix, UTF-8 on Windows), one of `anyarchive_file_type`, mode 0755
/// for directories and 0644 else, size 0. `error` can be NULL.
///
/// # Safety
///
/// Pointers are NULL or what their types say; so for all functions here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_new(
    path: *const c_char,
    kind: i32,
    entry: *mut *mut anyarchive_entry,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let result = contain(|| {
        // SAFETY: the caller's promise.
        let place = unsafe { text::out(entry, "the place for the entry") }?;
        place.set(ptr::null_mut());
        // SAFETY: the caller's promise.
        let path = unsafe { text::path(path, "the path") }?;
        let kind = file_type(kind)?;
        let mut entry = if kind == FileType::Directory {
            EntryBuf::directory(path)?
        } else {
            EntryBuf::file(path, 0)?
        };
        if kind != FileType::Directory {
            entry.set_file_type(kind)?;
        }
        place.set(Box::into_raw(Box::new(anyarchive_entry::own(entry))));
        Ok(())
    });
    // SAFETY: the caller's promise.
    unsafe { answer(result, error) }
}

/// Changes an entry. Texts that were got from it are over.
///
/// # Safety
///
/// `entry` is NULL or lives, and nothing else uses it now; `error` is NULL or a place for a pointer.
unsafe fn change(
    entry: *mut anyarchive_entry,
    error: *mut *mut anyarchive_error,
    change: impl FnOnce(&mut EntryBuf) -> Result<(), Fault>,
) -> anyarchive_status {
    let result = contain(|| {
        // SAFETY: the caller's promise. Shared: one that a reader lent is the reader's.
        let shared = unsafe { entry.as_ref() }.ok_or_else(|| Fault::null("the entry"))?;
        if !shared.is_owned() {
            return Err(Fault::invalid(
                "the entry is the reader's: change a copy, of anyarchive_entry_clone",
            ));
        }
        // SAFETY: not NULL, and the caller's own.
        let entry = unsafe { &mut *entry };
        match entry.own_mut() {
            Some(own) => change(own),
            None => Ok(()),
        }
    });
    // SAFETY: the caller's promise.
    unsafe { answer(result, error) }
}

/// Sets the path, to bytes of whatever encoding. Not for entries that a reader lent, as all setters;
/// texts that were got from the entry are over.
///
/// # Safety
///
/// As for `anyarchive_entry_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_set_path(
    entry: *mut anyarchive_entry,
    path: *const c_char,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let body = |entry: &mut EntryBuf| {
        // SAFETY: the caller's promise.
        let path = unsafe { text::bytes(path, "the path") }?;
        entry.set_path_bytes(path)?;
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(entry, error, body) }
}

/// Makes it a symbolic link to this.
///
/// # Safety
///
/// As for `anyarchive_entry_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_set_symlink(
    entry: *mut anyarchive_entry,
    target: *const c_char,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let body = |entry: &mut EntryBuf| {
        // SAFETY: the caller's promise.
        let target = unsafe { text::bytes(target, "the target") }?;
        entry.set_symlink_bytes(target)?;
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(entry, error, body) }
}

/// Makes it a further name of the entry at this path.
///
/// # Safety
///
/// As for `anyarchive_entry_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_set_hardlink(
    entry: *mut anyarchive_entry,
    target: *const c_char,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let body = |entry: &mut EntryBuf| {
        // SAFETY: the caller's promise.
        let target = unsafe { text::bytes(target, "the target") }?;
        entry.set_hardlink_bytes(target)?;
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(entry, error, body) }
}

/// Sets the name of the owner.
///
/// # Safety
///
/// As for `anyarchive_entry_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_set_uname(
    entry: *mut anyarchive_entry,
    name: *const c_char,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let body = |entry: &mut EntryBuf| {
        // SAFETY: the caller's promise.
        let name = unsafe { text::bytes(name, "the name") }?;
        entry.set_uname(name)?;
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(entry, error, body) }
}

/// Sets the name of the group.
///
/// # Safety
///
/// As for `anyarchive_entry_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_set_gname(
    entry: *mut anyarchive_entry,
    name: *const c_char,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let body = |entry: &mut EntryBuf| {
        // SAFETY: the caller's promise.
        let name = unsafe { text::bytes(name, "the name") }?;
        entry.set_gname(name)?;
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(entry, error, body) }
}

/// Sets the size of the data in bytes; `UINT64_MAX` says that it is not known, which few formats can
/// write.
///
/// # Safety
///
/// As for `anyarchive_entry_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_set_size(
    entry: *mut anyarchive_entry,
    bytes: u64,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let body = |entry: &mut EntryBuf| {
        entry.set_size((bytes != u64::MAX).then_some(bytes))?;
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(entry, error, body) }
}

/// Sets the permissions: 12 bits.
///
/// # Safety
///
/// As for `anyarchive_entry_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_set_mode(
    entry: *mut anyarchive_entry,
    mode: u32,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let body = |entry: &mut EntryBuf| {
        entry.set_mode(mode)?;
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(entry, error, body) }
}

/// Sets the number of the owner.
///
/// # Safety
///
/// As for `anyarchive_entry_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_set_uid(
    entry: *mut anyarchive_entry,
    uid: u64,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let body = |entry: &mut EntryBuf| {
        entry.set_uid(uid)?;
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(entry, error, body) }
}

/// Sets the number of the group.
///
/// # Safety
///
/// As for `anyarchive_entry_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_set_gid(
    entry: *mut anyarchive_entry,
    gid: u64,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let body = |entry: &mut EntryBuf| {
        entry.set_gid(gid)?;
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(entry, error, body) }
}

/// Sets the numbers of a device.
///
/// # Safety
///
/// As for `anyarchive_entry_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_set_rdev(
    entry: *mut anyarchive_entry,
    major: u64,
    minor: u64,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let body = |entry: &mut EntryBuf| {
        entry.set_rdev(major, minor)?;
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(entry, error, body) }
}

/// Sets the time of modification, in seconds since 1970 and nanoseconds (0 to 999999999).
///
/// # Safety
///
/// As for `anyarchive_entry_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_set_mtime(
    entry: *mut anyarchive_entry,
    seconds: i64,
    nanoseconds: u32,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let body = |entry: &mut EntryBuf| {
        entry.set_mtime(Timestamp {
            seconds,
            nanoseconds,
        })?;
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(entry, error, body) }
}

/// Sets the time of the last access, in seconds since 1970 and nanoseconds (0 to 999999999).
///
/// # Safety
///
/// As for `anyarchive_entry_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_set_atime(
    entry: *mut anyarchive_entry,
    seconds: i64,
    nanoseconds: u32,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let body = |entry: &mut EntryBuf| {
        entry.set_atime(Timestamp {
            seconds,
            nanoseconds,
        })?;
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(entry, error, body) }
}

/// Sets the time when metadata changed last, in seconds since 1970 and nanoseconds (0 to 999999999).
///
/// # Safety
///
/// As for `anyarchive_entry_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_set_ctime(
    entry: *mut anyarchive_entry,
    seconds: i64,
    nanoseconds: u32,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let body = |entry: &mut EntryBuf| {
        entry.set_ctime(Timestamp {
            seconds,
            nanoseconds,
        })?;
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(entry, error, body) }
}

/// Sets the time of creation, in seconds since 1970 and nanoseconds (0 to 999999999).
///
/// # Safety
///
/// As for `anyarchive_entry_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_set_birthtime(
    entry: *mut anyarchive_entry,
    seconds: i64,
    nanoseconds: u32,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let body = |entry: &mut EntryBuf| {
        entry.set_birthtime(Timestamp {
            seconds,
            nanoseconds,
        })?;
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(entry, error, body) }
}

/// Sets an extended attribute: a name with its namespace, such as `user.comment`, and any bytes.
///
/// # Safety
///
/// As for `anyarchive_entry_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn anyarchive_entry_set_xattr(
    entry: *mut anyarchive_entry,
    name: *const c_char,
    data: *const u8,
    len: usize,
    error: *mut *mut anyarchive_error,
) -> anyarchive_status {
    let body = |entry: &mut EntryBuf| {
        // SAFETY: the caller's promise.
        let name = unsafe { text::bytes(name, "the name") }?;
        // SAFETY: the caller's promise.
        let data = unsafe { text::slice(data, len, "the value") }?;
        entry.set_xattr(name, data)?;
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(entry, error, body) }
}
