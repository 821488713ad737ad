//! `struct archive` for reading a directory.

use std::{
    ffi::{CStr, c_char, c_int, c_void},
    ptr::{self, NonNull},
};

use archive_sys as sys;

use super::{Status, cstr, entry_buf::EntryBuf, failure, locale::Utf8Locale, process};
use crate::error::{Error, ErrorKind, Result};

/// The owned pointer (I1).
#[derive(Debug)]
struct Handle(NonNull<sys::archive>);

// SAFETY: libarchive handles have no thread affinity, and `Handle` is not `Sync`: calls can move
// between threads but never overlap.
unsafe impl Send for Handle {}

impl Drop for Handle {
    fn drop(&mut self) {
        let _process = process::lock();
        // SAFETY: I1; made by archive_read_disk_new.
        unsafe { sys::archive_read_free(self.0.as_ptr()) };
    }
}

impl Handle {
    /// `archive_read_disk_new`
    fn new() -> Result<Self> {
        const OP: &str = "archive_read_disk_new";
        // SAFETY: answers NULL or a new handle.
        unsafe { failure::new_handle(OP, sys::archive_read_disk_new) }.map(Self)
    }

    fn as_ptr(&self) -> *mut sys::archive {
        self.0.as_ptr()
    }

    fn check(&mut self, op: &'static str, code: c_int) -> Result<Status> {
        // SAFETY: I1, I2.
        unsafe { failure::check(self.as_ptr(), op, code) }
    }

    /// `archive_read_disk_set_standard_lookup`
    fn set_standard_lookup(&mut self) -> Result<()> {
        const OP: &str = "archive_read_disk_set_standard_lookup";
        // SAFETY: I1, I2; C owns what this allocates and frees it with the handle.
        let code = unsafe { sys::archive_read_disk_set_standard_lookup(self.as_ptr()) };
        self.check(OP, code).map(drop)
    }
}

/// Names for numbers of users and groups, as the system knows them. It opens no directory.
#[derive(Debug)]
pub(crate) struct Lookup(Handle);

impl Lookup {
    pub(crate) fn new() -> Result<Self> {
        let mut handle = Handle::new()?;
        handle.set_standard_lookup()?;
        Ok(Self(handle))
    }

    /// `archive_read_disk_uname`
    pub(crate) fn uname(&mut self, uid: i64) -> Option<Vec<u8>> {
        // SAFETY: I1, I2.
        let name = unsafe { sys::archive_read_disk_uname(self.0.as_ptr(), uid) };
        copied(name)
    }

    /// `archive_read_disk_gname`
    pub(crate) fn gname(&mut self, gid: i64) -> Option<Vec<u8>> {
        // SAFETY: I1, I2.
        let name = unsafe { sys::archive_read_disk_gname(self.0.as_ptr(), gid) };
        copied(name)
    }
}

/// A name in the cache of a handle, which the next question can replace.
fn copied(name: *const c_char) -> Option<Vec<u8>> {
    // SAFETY: NULL or a terminated string of the handle, copied at once (I4).
    unsafe { cstr::bytes(name) }.map(<[u8]>::to_vec)
}

/// Which symbolic links C follows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SymlinkMode {
    Logical,
    Physical,
    Hybrid,
}

/// A reader that is open on a path. Each call that touches the disk has the process to itself.
#[derive(Debug)]
pub(crate) struct ReadDiskHandle {
    handle: Handle,
    poisoned: bool,
}

impl ReadDiskHandle {
    /// Makes a handle with these settings and opens it: nothing is set on an open one.
    pub(crate) fn open(
        path: &CStr,
        mode: SymlinkMode,
        behavior: c_int,
        lookup: bool,
    ) -> Result<Self> {
        let mut handle = Handle::new()?;
        let raw = handle.as_ptr();
        let (op, code) = match mode {
            // SAFETY: I1, I2.
            SymlinkMode::Logical => ("archive_read_disk_set_symlink_logical", unsafe {
                sys::archive_read_disk_set_symlink_logical(raw)
            }),
            // SAFETY: I1, I2.
            SymlinkMode::Physical => ("archive_read_disk_set_symlink_physical", unsafe {
                sys::archive_read_disk_set_symlink_physical(raw)
            }),
            // SAFETY: I1, I2.
            SymlinkMode::Hybrid => ("archive_read_disk_set_symlink_hybrid", unsafe {
                sys::archive_read_disk_set_symlink_hybrid(raw)
            }),
        };
        handle.check(op, code)?;
        // SAFETY: I1, I2; any bits are allowed.
        let code = unsafe { sys::archive_read_disk_set_behavior(raw, behavior) };
        handle.check("archive_read_disk_set_behavior", code)?;
        if lookup {
            handle.set_standard_lookup()?;
        }
        let process = process::lock();
        // SAFETY: I1, I2, I5; state NEW.
        let code = unsafe { sys::archive_read_disk_open(raw, path.as_ptr()) };
        drop(process);
        handle.check("archive_read_disk_open", code)?;
        Ok(Self {
            handle,
            poisoned: false,
        })
    }

    fn check(&mut self, op: &'static str, code: c_int) -> Result<Status> {
        let result = self.handle.check(op, code);
        self.poisoned |= matches!(&result, Err(error) if !error.is_recoverable());
        result
    }

    /// `archive_read_next_header2`: the status, and the remark of a warning.
    ///
    /// # Errors
    ///
    /// After `Failed` the next one can be asked for, but `entry` and the data behind it are nothing.
    pub(crate) fn next_header(&mut self, entry: &mut EntryBuf) -> Result<(Status, Option<Error>)> {
        const OP: &str = "archive_read_next_header2";
        if self.poisoned {
            return Err(Error::new(
                ErrorKind::Poisoned,
                "the walk failed before, so not everything was visited",
            ));
        }
        let process = process::lock();
        let locale = Utf8Locale::enter();
        errno::set_errno(errno::Errno(0));
        let (walk, entry) = (self.handle.as_ptr(), entry.as_mut_ptr());
        // SAFETY: I1, I2; I8: an entry of its own, which C clears first.
        let code = unsafe { sys::archive_read_next_header2(walk, entry) };
        drop((locale, process));
        let status = self.check(OP, code)?;
        let remark = (status == Status::Warn).then(|| {
            // SAFETY: I1, I2.
            unsafe { failure::describe(self.handle.as_ptr(), OP, status) }
        });
        // From here on it answers with failures.
        self.poisoned |= status == Status::Eof;
        Ok((status, remark))
    }

    /// `archive_read_disk_can_descend`; below 0 is a failure, which C means as "no".
    pub(crate) fn can_descend(&mut self) -> bool {
        let _process = process::lock();
        // SAFETY: I1, I2; called while there is a current entry.
        unsafe { sys::archive_read_disk_can_descend(self.handle.as_ptr()) > 0 }
    }

    /// `archive_read_disk_descend`
    pub(crate) fn descend(&mut self) -> Result<()> {
        let process = process::lock();
        // SAFETY: I1, I2; called while there is a current entry.
        let code = unsafe { sys::archive_read_disk_descend(self.handle.as_ptr()) };
        drop(process);
        self.check("archive_read_disk_descend", code).map(drop)
    }

    /// `archive_read_disk_current_filesystem`: a number that C counts for the walk.
    pub(crate) fn current_filesystem(&mut self) -> c_int {
        // SAFETY: I1, I2; called while there is a current entry.
        unsafe { sys::archive_read_disk_current_filesystem(self.handle.as_ptr()) }
    }

    /// `archive_read_disk_current_filesystem_is_remote`: 1, 0, or -1 when it is not known.
    pub(crate) fn is_remote(&mut self) -> c_int {
        // SAFETY: as above.
        unsafe { sys::archive_read_disk_current_filesystem_is_remote(self.handle.as_ptr()) }
    }

    /// `archive_read_disk_current_filesystem_is_synthetic`: 1, 0, or -1 when it is not known.
    pub(crate) fn is_synthetic(&mut self) -> c_int {
        // SAFETY: as above.
        unsafe { sys::archive_read_disk_current_filesystem_is_synthetic(self.handle.as_ptr()) }
    }

    /// `archive_read_data_block`: the next block with its offset; `None` at the end.
    pub(crate) fn data_block(&mut self) -> Result<Option<(u64, &[u8])>> {
        const OP: &str = "archive_read_data_block";
        let (mut data, mut len, mut offset) = (ptr::null::<c_void>(), 0, 0);
        let raw = self.handle.as_ptr();
        let process = process::lock();
        // SAFETY: I1, I2; state DATA, as there is a current entry; valid out-pointers.
        let code = unsafe {
            sys::archive_read_data_block(raw, &raw mut data, &raw mut len, &raw mut offset)
        };
        drop(process);
        match self.check(OP, code)? {
            Status::Ok => {}
            Status::Eof => return Ok(None),
            // On data a warning is an error.
            status => {
                // SAFETY: I1, I2.
                return Err(unsafe { failure::describe(raw, OP, status) });
            }
        }
        // SAFETY: a buffer of the handle, which the next call on it can change: that takes
        // `&mut self`, which ends this borrow (I4).
        let data = unsafe { cstr::slice(data, len) };
        Ok(Some((u64::try_from(offset).unwrap_or(0), data)))
    }
}
