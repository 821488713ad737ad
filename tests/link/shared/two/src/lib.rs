//! Another safe crate on archive-sys: writes tar archives.

use archive_sys as sys;
use std::ffi::CString;

/// A tar archive of empty files with these names.
pub fn tar(names: &[&str]) -> Vec<u8> {
    let mut bytes = vec![0; 64 * 1024];
    let mut used = 0;
    // SAFETY: no precondition.
    let archive = unsafe { sys::archive_write_new() };
    assert!(!archive.is_null(), "out of memory");
    // SAFETY: a live handle.
    ok(unsafe { sys::archive_write_set_format_ustar(archive) });
    // SAFETY: a live handle; the buffer and the counter live until it is freed below.
    ok(unsafe {
        sys::archive_write_open_memory(archive, bytes.as_mut_ptr().cast(), bytes.len(), &mut used)
    });
    for name in names {
        let name = CString::new(*name).expect("no NUL in a name");
        // SAFETY: no precondition.
        let entry = unsafe { sys::archive_entry_new() };
        assert!(!entry.is_null(), "out of memory");
        // SAFETY: a live entry and a C string, which is copied.
        unsafe { sys::archive_entry_set_pathname(entry, name.as_ptr()) };
        // SAFETY: a live entry.
        unsafe { sys::archive_entry_set_filetype(entry, sys::AE_IFREG) };
        // SAFETY: a live entry.
        unsafe { sys::archive_entry_set_size(entry, 0) };
        // SAFETY: a live handle and a live entry.
        ok(unsafe { sys::archive_write_header(archive, entry) });
        // SAFETY: made above, freed once.
        unsafe { sys::archive_entry_free(entry) };
    }
    // SAFETY: made above, freed once.
    ok(unsafe { sys::archive_write_free(archive) });
    bytes.truncate(used);
    bytes
}

fn ok(code: i32) {
    assert_eq!(code, sys::ARCHIVE_OK);
}

/// Where this crate finds a function of libarchive.
pub fn address() -> usize {
    sys::archive_version_number as *const () as usize
}
