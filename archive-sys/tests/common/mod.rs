//! Archives in memory, through the raw functions.

// Every test file uses a part of this.
#![allow(dead_code, unreachable_pub, missing_docs)]

use std::{
    ffi::{CStr, CString, c_int},
    ptr,
};

use archive_sys as sys;

/// An archive being written into memory.
pub struct Writer {
    archive: *mut sys::archive,
    // Boxed, because C keeps their addresses until the archive is closed.
    buffer: Box<[u8]>,
    used: Box<usize>,
}

/// How an archive is written.
#[derive(Default)]
pub struct Settings<'a> {
    pub format: &'a CStr,
    pub filter: Option<&'a CStr>,
    pub options: Option<&'a CStr>,
    pub passphrase: Option<&'a CStr>,
}

impl Writer {
    /// Panics with libarchive's message when it cannot be had.
    pub fn new(settings: &Settings<'_>, capacity: usize) -> Self {
        // SAFETY: no precondition; NULL is ruled out below.
        let archive = unsafe { sys::archive_write_new() };
        assert!(!archive.is_null());
        let mut writer = Self {
            archive,
            buffer: vec![0; capacity].into(),
            used: Box::new(0),
        };
        // SAFETY: a live handle that is not open yet, and a C string.
        let rc =
            unsafe { sys::archive_write_set_format_by_name(archive, settings.format.as_ptr()) };
        check(archive, rc, "format");
        if let Some(filter) = settings.filter {
            // SAFETY: as above.
            let rc = unsafe { sys::archive_write_add_filter_by_name(archive, filter.as_ptr()) };
            check(archive, rc, "filter");
        }
        if let Some(options) = settings.options {
            // SAFETY: as above.
            let rc = unsafe { sys::archive_write_set_options(archive, options.as_ptr()) };
            check(archive, rc, "options");
        }
        if let Some(passphrase) = settings.passphrase {
            // SAFETY: as above.
            let rc = unsafe { sys::archive_write_set_passphrase(archive, passphrase.as_ptr()) };
            check(archive, rc, "passphrase");
        }
        // SAFETY: buffer and counter are heap blocks that live until `finish` has closed the
        // archive, and nothing of ours touches them before.
        let rc = unsafe {
            sys::archive_write_open_memory(
                archive,
                writer.buffer.as_mut_ptr().cast(),
                capacity,
                &raw mut *writer.used,
            )
        };
        check(archive, rc, "open");
        writer
    }

    /// Adds a regular file, its data in pieces of `piece` bytes.
    pub fn add(&mut self, name: &str, data: &[u8], piece: usize) {
        let archive = self.archive;
        let name = CString::new(name).expect("no NUL");
        // SAFETY: no precondition; NULL is ruled out below.
        let entry = unsafe { sys::archive_entry_new() };
        assert!(!entry.is_null());
        // SAFETY: the entry is live until it is freed below; C copies the string.
        unsafe { sys::archive_entry_set_pathname(entry, name.as_ptr()) };
        // SAFETY: as above.
        unsafe { sys::archive_entry_set_size(entry, i64::try_from(data.len()).expect("small")) };
        // SAFETY: as above.
        unsafe { sys::archive_entry_set_filetype(entry, sys::AE_IFREG as _) };
        // SAFETY: as above.
        unsafe { sys::archive_entry_set_perm(entry, 0o644) };
        // SAFETY: as above.
        unsafe { sys::archive_entry_set_mtime(entry, 1_000_000_000, 0) };
        // SAFETY: both are live, and the archive is open.
        let rc = unsafe { sys::archive_write_header(archive, entry) };
        check(archive, rc, "header");
        // SAFETY: made above, freed once.
        unsafe { sys::archive_entry_free(entry) };
        for part in data.chunks(piece) {
            // SAFETY: pointer and length are those of a slice.
            let written =
                unsafe { sys::archive_write_data(archive, part.as_ptr().cast(), part.len()) };
            assert_eq!(
                usize::try_from(written),
                Ok(part.len()),
                "{}",
                error(archive)
            );
        }
    }

    /// The archive.
    pub fn finish(self) -> Vec<u8> {
        // SAFETY: the handle is live until the next call.
        let rc = unsafe { sys::archive_write_close(self.archive) };
        check(self.archive, rc, "close");
        // SAFETY: freed once, since `self` ends here.
        let rc = unsafe { sys::archive_write_free(self.archive) };
        assert_eq!(rc, sys::ARCHIVE_OK);
        self.buffer[..*self.used].to_vec()
    }
}

/// An archive with one file.
pub fn write(settings: &Settings<'_>, name: &str, data: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new(settings, data.len() * 2 + (1 << 20));
    writer.add(name, data, 100_003);
    writer.finish()
}

/// All entries with their data, or the text of the first error.
pub fn read(bytes: &[u8], passphrase: Option<&CStr>) -> Result<Vec<(String, Vec<u8>)>, String> {
    // SAFETY: no precondition; NULL is ruled out below.
    let archive = unsafe { sys::archive_read_new() };
    assert!(!archive.is_null());
    let result = read_from(archive, bytes, passphrase);
    // SAFETY: made above, freed once.
    unsafe { sys::archive_read_free(archive) };
    result
}

fn read_from(
    archive: *mut sys::archive,
    bytes: &[u8],
    passphrase: Option<&CStr>,
) -> Result<Vec<(String, Vec<u8>)>, String> {
    let ok = |rc: c_int| {
        if rc == sys::ARCHIVE_OK {
            Ok(())
        } else {
            Err(format!("{rc}: {}", error(archive)))
        }
    };
    // SAFETY: `read` keeps the handle alive.
    unsafe { sys::archive_read_support_format_all(archive) };
    // SAFETY: as above.
    unsafe { sys::archive_read_support_filter_all(archive) };
    if let Some(passphrase) = passphrase {
        // SAFETY: a live handle and a C string, which is copied.
        ok(unsafe { sys::archive_read_add_passphrase(archive, passphrase.as_ptr()) })?;
    }
    // SAFETY: the slice outlives the handle, which `read` frees before it returns.
    ok(unsafe { sys::archive_read_open_memory(archive, bytes.as_ptr().cast(), bytes.len()) })?;
    let mut entries = Vec::new();
    loop {
        let mut entry = ptr::null_mut();
        // SAFETY: a live handle and a place for the answer.
        let rc = unsafe { sys::archive_read_next_header(archive, &raw mut entry) };
        if rc == sys::ARCHIVE_EOF {
            return Ok(entries);
        }
        ok(rc)?;
        // SAFETY: OK means that `entry` is valid until the next header.
        let name = unsafe { sys::archive_entry_pathname(entry) };
        let name = text(name).expect("every entry here has a name");
        let mut data = Vec::new();
        let mut block = vec![0; 65_536];
        loop {
            // SAFETY: pointer and length are those of a slice of ours.
            let count =
                unsafe { sys::archive_read_data(archive, block.as_mut_ptr().cast(), block.len()) };
            match usize::try_from(count) {
                Ok(0) => break,
                Ok(count) => data.extend_from_slice(&block[..count]),
                Err(_) => return Err(format!("{count}: {}", error(archive))),
            }
        }
        entries.push((name, data));
    }
}

/// Text that libarchive owns, copied; `None` for NULL.
pub fn text(pointer: *const std::ffi::c_char) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: not NULL, and libarchive's strings end with NUL; copied before any other call.
    let text = unsafe { CStr::from_ptr(pointer) };
    Some(text.to_string_lossy().into_owned())
}

/// Data that neither compresses to nothing nor stays as it is: numbers, and noise of a small
/// linear generator in between.
pub fn sample(size: usize) -> Vec<u8> {
    let mut data = Vec::with_capacity(size + 64);
    let mut noise = 1_u32;
    for line in 0_u32.. {
        if data.len() >= size {
            break;
        }
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        data.extend_from_slice(format!("line {line}: ").as_bytes());
        data.extend_from_slice(&noise.to_le_bytes());
    }
    data.truncate(size);
    data
}

fn check(archive: *mut sys::archive, rc: c_int, what: &str) {
    // WARN too: it is how libarchive says that it would start a program instead of a codec.
    assert_eq!(rc, sys::ARCHIVE_OK, "{what}: {}", error(archive));
}

fn error(archive: *mut sys::archive) -> String {
    // SAFETY: callers pass a live handle.
    let message = unsafe { sys::archive_error_string(archive) };
    text(message).unwrap_or_else(|| "no message".into())
}
