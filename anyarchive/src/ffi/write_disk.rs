//! `struct archive` for writing to the disk.

use std::{
    ffi::{CStr, c_int, c_void},
    ptr::NonNull,
};

use archive_sys as sys;

use super::{Status, entry_buf::EntryBuf, failure, locale::Utf8Locale, process};
use crate::error::{Error, ErrorKind, Result};

/// The owned pointer (I1). Every call has the process to itself: see `process.rs`.
#[derive(Debug)]
pub(crate) struct WriteDiskHandle {
    raw: NonNull<sys::archive>,
    poisoned: bool,
}

// SAFETY: libarchive handles have no thread affinity, and `WriteDiskHandle` is not `Sync`: calls can
// move between threads but never overlap.
unsafe impl Send for WriteDiskHandle {}

impl Drop for WriteDiskHandle {
    fn drop(&mut self) {
        let _process = process::lock();
        let _locale = Utf8Locale::enter();
        // SAFETY: I1; made by archive_write_disk_new. There are no callbacks that could run.
        unsafe { sys::archive_write_free(self.raw.as_ptr()) };
    }
}

impl WriteDiskHandle {
    /// `archive_write_disk_new` with `archive_write_disk_set_options`
    pub(crate) fn new(flags: c_int) -> Result<Self> {
        const OP: &str = "archive_write_disk_new";
        let _process = process::lock();
        // SAFETY: answers NULL or a new handle.
        let raw = unsafe { failure::new_handle(OP, sys::archive_write_disk_new) }?;
        // SAFETY: a handle of this kind, which this function does not check.
        unsafe { sys::archive_write_disk_set_options(raw.as_ptr(), flags) };
        Ok(Self {
            raw,
            poisoned: false,
        })
    }

    /// Turns a code into a result. Where C warns, something is not on disk as it was given.
    fn check(&mut self, op: &'static str, code: c_int) -> Result<()> {
        match Status::from_code(code) {
            Status::Ok => Ok(()),
            status => {
                self.poisoned |= status == Status::Fatal;
                // SAFETY: I1, I2.
                Err(unsafe { failure::describe(self.raw.as_ptr(), op, status) })
            }
        }
    }

    fn before_call(&self) -> Result<()> {
        if self.poisoned {
            return Err(Error::new(
                ErrorKind::Poisoned,
                "the disk writer failed before, so nothing more is written",
            ));
        }
        Ok(())
    }

    /// `archive_write_disk_set_standard_lookup`
    pub(crate) fn set_standard_lookup(&mut self) -> Result<()> {
        const OP: &str = "archive_write_disk_set_standard_lookup";
        // SAFETY: I1, I2; C owns what this allocates and frees it with the handle.
        let code = unsafe { sys::archive_write_disk_set_standard_lookup(self.raw.as_ptr()) };
        self.check(OP, code)
    }

    /// `archive_write_disk_set_skip_file`
    pub(crate) fn set_skip_file(&mut self, device: i64, inode: i64) -> Result<()> {
        const OP: &str = "archive_write_disk_set_skip_file";
        let disk = self.raw.as_ptr();
        // SAFETY: I1, I2.
        let code = unsafe { sys::archive_write_disk_set_skip_file(disk, device, inode) };
        self.check(OP, code)
    }

    /// `archive_write_disk_uid`
    ///
    /// # Errors
    ///
    /// On a handle that failed for good, where C would answer its error code as a number.
    pub(crate) fn uid(&mut self, name: &CStr, uid: i64) -> Result<i64> {
        self.before_call()?;
        // SAFETY: I1, I2, I5.
        Ok(unsafe { sys::archive_write_disk_uid(self.raw.as_ptr(), name.as_ptr(), uid) })
    }

    /// `archive_write_disk_gid`
    ///
    /// # Errors
    ///
    /// As for [`uid`](Self::uid).
    pub(crate) fn gid(&mut self, name: &CStr, gid: i64) -> Result<i64> {
        self.before_call()?;
        // SAFETY: I1, I2, I5.
        Ok(unsafe { sys::archive_write_disk_gid(self.raw.as_ptr(), name.as_ptr(), gid) })
    }

    /// `archive_write_header`: C changes the entry, and sets its size to 0 when it takes no data.
    pub(crate) fn header(&mut self, entry: &mut EntryBuf) -> Result<()> {
        self.before_call()?;
        let process = process::lock();
        let locale = Utf8Locale::enter();
        errno::set_errno(errno::Errno(0));
        // SAFETY: I1, I2; a handle with this function in its table; I8.
        let code = unsafe { sys::archive_write_header(self.raw.as_ptr(), entry.as_mut_ptr()) };
        drop((locale, process));
        self.check("archive_write_header", code)
    }

    /// `archive_write_data_block`. The caller has made sure that the block ends within the size of
    /// the entry: C takes the difference for a length and would read far behind `data`.
    pub(crate) fn data_block(&mut self, data: &[u8], offset: i64) -> Result<()> {
        self.before_call()?;
        let start = data.as_ptr().cast::<c_void>();
        let process = process::lock();
        let disk = self.raw.as_ptr();
        // SAFETY: I1, I2; `data` lives for the call, which only reads it.
        let code = unsafe { sys::archive_write_data_block(disk, start, data.len(), offset) };
        drop(process);
        // 0 is success; no count is given before release 4, and the codes are small.
        let code = c_int::try_from(code.min(0)).unwrap_or(sys::ARCHIVE_FATAL);
        self.check("archive_write_data_block", code)
    }

    /// `archive_write_finish_entry`
    pub(crate) fn finish_entry(&mut self) -> Result<()> {
        self.before_call()?;
        let process = process::lock();
        let locale = Utf8Locale::enter();
        errno::set_errno(errno::Errno(0));
        // SAFETY: I1, I2; a handle with this function in its table.
        let code = unsafe { sys::archive_write_finish_entry(self.raw.as_ptr()) };
        drop((locale, process));
        self.check("archive_write_finish_entry", code)
    }

    /// `archive_write_close`: sets what waits for the end, modes and times of directories.
    pub(crate) fn close(&mut self) -> Result<()> {
        self.before_call()?;
        let process = process::lock();
        let locale = Utf8Locale::enter();
        errno::set_errno(errno::Errno(0));
        // SAFETY: I1, I2; state HEADER or DATA, as nothing was fatal and this is called once.
        let code = unsafe { sys::archive_write_close(self.raw.as_ptr()) };
        drop((locale, process));
        self.check("archive_write_close", code)
    }
}
