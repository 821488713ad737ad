//! What Rust code gives to a program in another language: one function.

use std::panic::catch_unwind;

use anyarchive::Reader;

/// Number of entries of the archive, or a negative number.
///
/// # Safety
///
/// `data` points to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn plugin_entries(data: *const u8, length: usize) -> i64 {
    // SAFETY: the caller's promise.
    let data = unsafe { std::slice::from_raw_parts(data, length) };
    catch_unwind(|| entries(data).unwrap_or(-1)).unwrap_or(-2)
}

fn entries(data: &[u8]) -> anyarchive::Result<i64> {
    let mut reader = Reader::from_bytes(data)?;
    let mut entries = 0;
    while reader.next_entry()?.is_some() {
        entries += 1;
    }
    Ok(entries)
}
