//! The C calls behind a sample.

use std::{
    ffi::{CStr, CString, c_int},
    os::fd::{AsFd, AsRawFd, BorrowedFd},
    ptr::NonNull,
};

use archive_sys as sys;

use super::{Content, Item, Spec, WriteError};
use crate::locale::Utf8Locale;

/// A `struct archive` for writing, with a UTF-8 locale around all its calls.
pub(super) struct Writer<'fd> {
    raw: NonNull<sys::archive>,
    file: Option<BorrowedFd<'fd>>,
    _locale: Utf8Locale,
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        // SAFETY: owned by this struct and freed once; the descriptor it writes to is borrowed for
        // as long as the struct lives, and fields are dropped after this.
        unsafe { sys::archive_write_free(self.raw.as_ptr()) };
    }
}

impl<'fd> Writer<'fd> {
    /// Format, filters, options and password, in the order that libarchive wants.
    pub(super) fn new(spec: &Spec) -> Result<Self, WriteError> {
        let locale = Utf8Locale::enter();
        // SAFETY: no arguments; NULL is checked.
        let raw = unsafe { sys::archive_write_new() };
        let writer = Self {
            raw: NonNull::new(raw).expect("memory for a writer"),
            file: None,
            _locale: locale,
        };
        let archive = writer.raw.as_ptr();
        let format = text(spec.format.as_bytes())?;
        // SAFETY: a live handle in state NEW and a terminated name.
        let code = unsafe { sys::archive_write_set_format_by_name(archive, format.as_ptr()) };
        writer.check("archive_write_set_format_by_name", code)?;
        for filter in &spec.filters {
            let filter = text(filter.as_bytes())?;
            // SAFETY: as above. A filter that would start a program answers a warning: refused.
            let code = unsafe { sys::archive_write_add_filter_by_name(archive, filter.as_ptr()) };
            writer.check("archive_write_add_filter_by_name", code)?;
        }
        for option in &spec.options {
            let option = text(option.as_bytes())?;
            // SAFETY: as above.
            let code = unsafe { sys::archive_write_set_options(archive, option.as_ptr()) };
            writer.check("archive_write_set_options", code)?;
        }
        if let Some(password) = &spec.password {
            let password = text(password.as_bytes())?;
            // SAFETY: as above; C copies the password.
            let code = unsafe { sys::archive_write_set_passphrase(archive, password.as_ptr()) };
            writer.check("archive_write_set_passphrase", code)?;
        }
        Ok(writer)
    }

    /// Writes to this file from now on.
    pub(super) fn open(&mut self, file: BorrowedFd<'fd>) -> Result<(), WriteError> {
        let fd = self.file.insert(file).as_fd().as_raw_fd();
        // SAFETY: a live handle in state NEW, and a descriptor that stays open while it lives.
        let code = unsafe { sys::archive_write_open_fd(self.raw.as_ptr(), fd) };
        self.check("archive_write_open_fd", code)
    }

    /// Writes one entry with its data.
    pub(super) fn write(&mut self, item: &Item) -> Result<(), WriteError> {
        let entry = Entry::new(item)?;
        // SAFETY: a live handle that is open, and a live entry that C does not keep.
        let code = unsafe { sys::archive_write_header(self.raw.as_ptr(), entry.0.as_ptr()) };
        self.check("archive_write_header", code)?;
        for chunk in item.content.chunks() {
            let mut rest = chunk.as_slice();
            while !rest.is_empty() {
                // SAFETY: a live handle with an open entry, and a slice that C only reads.
                let count = unsafe {
                    sys::archive_write_data(self.raw.as_ptr(), rest.as_ptr().cast(), rest.len())
                };
                let count = usize::try_from(count).unwrap_or(0);
                if count == 0 {
                    return Err(self.error("archive_write_data", sys::ARCHIVE_FATAL));
                }
                rest = &rest[count..];
            }
        }
        // SAFETY: a live handle with an open entry.
        let code = unsafe { sys::archive_write_finish_entry(self.raw.as_ptr()) };
        self.check("archive_write_finish_entry", code)
    }

    /// Writes what is left: several formats write everything here.
    pub(super) fn close(self) -> Result<(), WriteError> {
        // SAFETY: a live handle; closed once, freed by `Drop`.
        let code = unsafe { sys::archive_write_close(self.raw.as_ptr()) };
        self.check("archive_write_close", code)
    }

    /// A warning is an error here: the archive would not be what the test asked for.
    fn check(&self, op: &'static str, code: c_int) -> Result<(), WriteError> {
        if code == sys::ARCHIVE_OK {
            Ok(())
        } else {
            Err(self.error(op, code))
        }
    }

    fn error(&self, op: &'static str, code: c_int) -> WriteError {
        // SAFETY: a live handle.
        let text = unsafe { sys::archive_error_string(self.raw.as_ptr()) };
        let message = NonNull::new(text.cast_mut()).map_or_else(
            || "no reason given".into(),
            // SAFETY: a terminated string, valid until the next call on the handle: copied now.
            |text| unsafe { CStr::from_ptr(text.as_ptr()) }.to_string_lossy(),
        );
        WriteError {
            op,
            code,
            message: message.into_owned(),
        }
    }
}

/// An owned `struct archive_entry`, never tied to an archive.
struct Entry(NonNull<sys::archive_entry>);

impl Drop for Entry {
    fn drop(&mut self) {
        // SAFETY: owned by this struct and freed once.
        unsafe { sys::archive_entry_free(self.0.as_ptr()) };
    }
}

impl Entry {
    /// The path is always set and never empty, a size always set, and a link target there exactly
    /// when the type asks for one: everything else makes one writer or another crash.
    fn new(item: &Item) -> Result<Self, WriteError> {
        // SAFETY: no arguments; NULL is checked.
        let raw = unsafe { sys::archive_entry_new() };
        let entry = Self(NonNull::new(raw).expect("memory for an entry"));
        let raw = entry.0.as_ptr();
        let path = text(&item.path)?;
        if path.is_empty() {
            return Err(invalid("an empty path"));
        }
        // SAFETY: a live entry and a terminated string, which C copies; names are narrow bytes,
        // for which no writer needs a conversion that could fail.
        unsafe { sys::archive_entry_set_pathname(raw, path.as_ptr()) };
        // SAFETY: a live entry; plain numbers, here and below.
        unsafe { sys::archive_entry_set_filetype(raw, filetype(&item.content)) };
        // SAFETY: as above.
        unsafe { sys::archive_entry_set_perm(raw, item.mode as libc::mode_t) };
        let size = i64::try_from(item.content.size()).map_err(|_| invalid("a size over 2^63"))?;
        // SAFETY: as above.
        unsafe { sys::archive_entry_set_size(raw, size) };
        let (seconds, nanoseconds) = item.mtime;
        // SAFETY: as above.
        unsafe {
            sys::archive_entry_set_mtime(raw, seconds as libc::time_t, nanoseconds.into());
        }
        // SAFETY: as above.
        unsafe { sys::archive_entry_set_uid(raw, item.owner.0) };
        // SAFETY: as above.
        unsafe { sys::archive_entry_set_gid(raw, item.owner.1) };
        if let Some((user, group)) = &item.names {
            let (user, group) = (text(user)?, text(group)?);
            // SAFETY: as for the path.
            unsafe { sys::archive_entry_set_uname(raw, user.as_ptr()) };
            // SAFETY: as for the path.
            unsafe { sys::archive_entry_set_gname(raw, group.as_ptr()) };
        }
        if let Some((ino, nlink)) = item.inode {
            // SAFETY: as above.
            unsafe { sys::archive_entry_set_ino64(raw, ino) };
            // SAFETY: as above.
            unsafe { sys::archive_entry_set_nlink(raw, nlink) };
        }
        entry.set_content(&item.content)?;
        Ok(entry)
    }

    fn set_content(&self, content: &Content) -> Result<(), WriteError> {
        let raw = self.0.as_ptr();
        match content {
            Content::Symlink(target) => {
                let target = text(target)?;
                if target.is_empty() {
                    return Err(invalid("an empty target"));
                }
                // SAFETY: as for the path.
                unsafe { sys::archive_entry_set_symlink(raw, target.as_ptr()) };
            }
            Content::HardLink(target) => {
                let target = text(target)?;
                // SAFETY: as for the path.
                unsafe { sys::archive_entry_set_hardlink(raw, target.as_ptr()) };
            }
            Content::CharDevice(major, minor) | Content::BlockDevice(major, minor) => {
                // SAFETY: a live entry; plain numbers.
                unsafe { sys::archive_entry_set_rdevmajor(raw, (*major).into()) };
                // SAFETY: as above.
                unsafe { sys::archive_entry_set_rdevminor(raw, (*minor).into()) };
            }
            Content::Sparse { pieces, .. } => {
                for (offset, data) in pieces {
                    let offset = i64::try_from(*offset).map_err(|_| invalid("a far offset"))?;
                    let len = data.len() as i64;
                    // SAFETY: a live entry whose size is set; what lies outside it is dropped.
                    unsafe { sys::archive_entry_sparse_add_entry(raw, offset, len) };
                }
            }
            Content::File(_) | Content::Directory | Content::Fifo | Content::Socket => {}
        }
        Ok(())
    }
}

fn filetype(content: &Content) -> u32 {
    match content {
        Content::File(_) | Content::Sparse { .. } | Content::HardLink(_) => sys::AE_IFREG,
        Content::Directory => sys::AE_IFDIR,
        Content::Symlink(_) => sys::AE_IFLNK,
        Content::CharDevice(..) => sys::AE_IFCHR,
        Content::BlockDevice(..) => sys::AE_IFBLK,
        Content::Fifo => sys::AE_IFIFO,
        Content::Socket => sys::AE_IFSOCK,
    }
}

fn text(bytes: &[u8]) -> Result<CString, WriteError> {
    CString::new(bytes).map_err(|_| invalid("a NUL byte in a name"))
}

fn invalid(what: &str) -> WriteError {
    WriteError {
        op: "the sample",
        code: -1,
        message: what.into(),
    }
}
