//! A safe crate on archive-sys: counts the entries of an archive.

use archive_sys as sys;

/// Number of entries, or the code of the failure.
pub fn entries(data: &[u8]) -> Result<usize, i32> {
    // SAFETY: no precondition.
    let archive = unsafe { sys::archive_read_new() };
    assert!(!archive.is_null(), "out of memory");
    let result = count(archive, data);
    // SAFETY: made above, freed once.
    unsafe { sys::archive_read_free(archive) };
    result
}

fn count(archive: *mut sys::archive, data: &[u8]) -> Result<usize, i32> {
    // SAFETY: a live handle.
    ok(unsafe { sys::archive_read_support_filter_all(archive) })?;
    // SAFETY: a live handle.
    ok(unsafe { sys::archive_read_support_format_all(archive) })?;
    // SAFETY: a live handle, freed before `data` is.
    ok(unsafe { sys::archive_read_open_memory(archive, data.as_ptr().cast(), data.len()) })?;
    let mut entries = 0;
    loop {
        let mut entry = std::ptr::null_mut();
        // SAFETY: a live handle and a place for the entry.
        match unsafe { sys::archive_read_next_header(archive, &mut entry) } {
            sys::ARCHIVE_EOF => return Ok(entries),
            code => ok(code)?,
        }
        entries += 1;
    }
}

/// `ARCHIVE_WARN` is what a filter says that is not built in, and no failure.
fn ok(code: i32) -> Result<(), i32> {
    if code >= sys::ARCHIVE_WARN {
        Ok(())
    } else {
        Err(code)
    }
}

/// Where this crate finds a function of libarchive.
pub fn address() -> usize {
    sys::archive_version_number as *const () as usize
}
