//! Reading with a plain loop over the raw bindings, as a C program would.

use std::{
    ffi::{CStr, CString, c_char, c_int, c_void},
    os::unix::ffi::OsStrExt as _,
    path::Path,
    ptr::{self, NonNull},
};

use archive_sys as sys;

use super::{Data, Failure, Listing, Step, data::Collector};
use crate::locale::Utf8Locale;

mod fields;

/// Bytes that the library asks for, or gets, at once.
const BLOCK: usize = 64 * 1024;

/// Reads a file to the end.
#[must_use]
pub fn from_file(path: &Path, passwords: &[&str]) -> Listing {
    file(path, true, passwords)
}

/// Reads a file to the end, but skips all data.
#[must_use]
pub fn headers(path: &Path) -> Listing {
    file(path, false, &[])
}

fn file(path: &Path, read_data: bool, passwords: &[&str]) -> Listing {
    let name = CString::new(path.as_os_str().as_bytes()).expect("a path has no NUL");
    list(read_data, passwords, |archive| {
        // SAFETY: a live handle in state NEW, and a terminated name that C copies.
        unsafe { sys::archive_read_open_filename(archive, name.as_ptr(), BLOCK) }
    })
}

/// Reads bytes to the end; they are one block, and C can seek in them.
#[must_use]
pub fn from_bytes(bytes: &[u8], passwords: &[&str]) -> Listing {
    list(true, passwords, |archive| {
        // SAFETY: a live handle in state NEW; the bytes outlive it, as `list` frees it.
        unsafe { sys::archive_read_open_memory(archive, bytes.as_ptr().cast(), bytes.len()) }
    })
}

/// Reads bytes to the end, in blocks of 64 KiB, without seeking.
#[must_use]
pub fn from_stream(bytes: &[u8], passwords: &[&str]) -> Listing {
    let mut rest = bytes;
    let rest = &raw mut rest;
    list(true, passwords, |archive| {
        // SAFETY: a live handle in state NEW; what `rest` points to outlives it, as `list` frees
        // it, and only the callback uses it until then.
        unsafe { sys::archive_read_open(archive, rest.cast(), None, Some(next_block), None) }
    })
}

unsafe extern "C" fn next_block(
    _: *mut sys::archive,
    rest: *mut c_void,
    block: *mut *const c_void,
) -> sys::la_ssize_t {
    // SAFETY: the pointer that `from_stream` gave, which nothing else uses now.
    let rest = unsafe { &mut *rest.cast::<&[u8]>() };
    let (now, later) = rest.split_at(rest.len().min(BLOCK));
    *rest = later;
    // SAFETY: C passes the address of its own variable.
    unsafe { block.write(now.as_ptr().cast()) };
    now.len() as sys::la_ssize_t
}

/// A `struct archive` for reading.
struct Handle(NonNull<sys::archive>);

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: owned by this struct and freed once.
        unsafe { sys::archive_read_free(self.0.as_ptr()) };
    }
}

impl Handle {
    fn new() -> Self {
        // SAFETY: no arguments; NULL is checked.
        let raw = unsafe { sys::archive_read_new() };
        Self(NonNull::new(raw).expect("memory for a reader"))
    }

    fn as_ptr(&self) -> *mut sys::archive {
        self.0.as_ptr()
    }

    fn failure(&self, code: c_int) -> Failure {
        // SAFETY: a live handle.
        let text = unsafe { sys::archive_error_string(self.as_ptr()) };
        // SAFETY: NULL or a terminated string, copied at once.
        let text = unsafe { bytes(text) };
        let text = text.map(|text| String::from_utf8_lossy(&text).into_owned());
        Failure {
            code,
            text: text.unwrap_or_else(|| "libarchive failed without a reason".into()),
        }
    }
}

/// A copy of a C string.
///
/// # Safety
///
/// `text` is NULL or terminated.
unsafe fn bytes(text: *const c_char) -> Option<Vec<u8>> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not NULL, and terminated, as the caller promises.
    Some(unsafe { CStr::from_ptr(text) }.to_bytes().to_vec())
}

/// A copy of memory.
///
/// # Safety
///
/// `data` is NULL or has `len` bytes.
unsafe fn blob(data: *const c_void, len: usize) -> Option<Vec<u8>> {
    if data.is_null() {
        return None;
    }
    #[allow(clippy::disallowed_methods)] // NULL was checked
    // SAFETY: not NULL, and `len` bytes long, as the caller promises.
    Some(unsafe { std::slice::from_raw_parts(data.cast::<u8>(), len) }.to_vec())
}

/// Every filter that needs no program, and every format.
fn support_all(handle: &Handle) {
    for code in sys::ARCHIVE_FILTER_GZIP..=sys::ARCHIVE_FILTER_ZSTD {
        let probe = Handle::new();
        // SAFETY: a live handle in state NEW; unknown codes are refused.
        let answer = unsafe { sys::archive_read_support_filter_by_code(probe.as_ptr(), code) };
        if answer == sys::ARCHIVE_OK {
            // SAFETY: as above.
            unsafe { sys::archive_read_support_filter_by_code(handle.as_ptr(), code) };
        }
    }
    // SAFETY: a live handle in state NEW.
    unsafe { sys::archive_read_support_format_all(handle.as_ptr()) };
}

fn list(
    read_data: bool,
    passwords: &[&str],
    open: impl FnOnce(*mut sys::archive) -> c_int,
) -> Listing {
    let _locale = Utf8Locale::enter();
    let handle = Handle::new();
    support_all(&handle);
    for password in passwords {
        let password = CString::new(*password).expect("a password has no NUL");
        // SAFETY: a live handle in state NEW, and a terminated string that C copies.
        unsafe { sys::archive_read_add_passphrase(handle.as_ptr(), password.as_ptr()) };
    }
    let mut listing = Listing::default();
    let code = open(handle.as_ptr());
    if code != sys::ARCHIVE_OK {
        listing.end = Some(handle.failure(code));
        return listing;
    }
    let mut skip_remark = None;
    listing.end = loop {
        let mut entry = ptr::null_mut();
        errno::set_errno(errno::Errno(0));
        // SAFETY: a live handle that is open and has neither ended nor failed for good.
        let code = unsafe { sys::archive_read_next_header(handle.as_ptr(), &raw mut entry) };
        let remark = match code {
            sys::ARCHIVE_OK => None,
            sys::ARCHIVE_EOF => break None,
            sys::ARCHIVE_WARN => Some(handle.failure(code).text),
            sys::ARCHIVE_RETRY => {
                listing.warnings += 1;
                continue;
            }
            sys::ARCHIVE_FAILED => {
                listing.steps.push(Step::Failed(handle.failure(code)));
                continue;
            }
            _ => break Some(handle.failure(code)),
        };
        let remark = remark.or(skip_remark.take());
        listing.warnings += u64::from(remark.is_some());
        let fields = fields::fields(entry);
        let data = if read_data && fields::has_data(entry) {
            let size = fields::expected_size(handle.as_ptr(), entry);
            data(&handle, fields::ends_in_hole(entry), size)
        } else {
            Collector::default().finish(None)
        };
        let told = data.failure.is_some();
        let fatal = data
            .failure
            .clone()
            .filter(|failure| failure.code == sys::ARCHIVE_FATAL);
        listing.steps.push(Step::Entry(fields, data, remark));
        if fatal.is_some() {
            break fatal;
        }
        // As a part of the next header, a failure here would take the place of that header.
        // SAFETY: a live handle with a current entry.
        match unsafe { sys::archive_read_data_skip(handle.as_ptr()) } {
            sys::ARCHIVE_FATAL => break Some(handle.failure(sys::ARCHIVE_FATAL)),
            sys::ARCHIVE_WARN if !told => skip_remark = Some(handle.failure(code).text),
            code if code != sys::ARCHIVE_OK && !told => {
                listing.steps.push(Step::Failed(handle.failure(code)));
            }
            _ => {}
        }
    };
    listing.summary = fields::summary(handle.as_ptr());
    listing
}

fn data(handle: &Handle, ends_in_hole: bool, size: Option<u64>) -> Data {
    let mut collector = Collector::default();
    loop {
        let (mut block, mut len, mut offset) = (ptr::null::<c_void>(), 0_usize, 0_i64);
        // SAFETY: a live handle with a current entry; valid out-pointers.
        let code = unsafe {
            sys::archive_read_data_block(
                handle.as_ptr(),
                &raw mut block,
                &raw mut len,
                &raw mut offset,
            )
        };
        let offset = u64::try_from(offset).expect("no negative offsets in the archives tested");
        match code {
            sys::ARCHIVE_OK => {}
            sys::ARCHIVE_EOF => {
                if ends_in_hole {
                    collector.fill_to(offset);
                }
                let length = collector.length();
                let short = size.filter(|&size| length < size).map(|size| Failure {
                    code: sys::ARCHIVE_FAILED,
                    text: format!("it has only {length} of the {size} bytes that the archive says"),
                });
                return collector.finish(short);
            }
            _ => return collector.finish(Some(handle.failure(code))),
        }
        if len > 0 {
            assert!(offset >= collector.length(), "blocks out of order");
            // SAFETY: C lends `len` bytes until the next call on the handle.
            let bytes = unsafe { blob(block, len) };
            collector.block(offset, &bytes.unwrap_or_default());
        }
    }
}
