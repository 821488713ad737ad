//! Where the bytes begin and end: a file that is read in Rust, and the reader of `libanyarchive`, which
//! gets it through the hops of all other languages; and what keeps the trail of the bytes on their way.
//!
//! `circle.h` is what the other languages see of it.

mod anyarchive;
mod source;
mod trail;

use std::ffi::{CStr, CString, c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::ptr;

use anyarchive as c;

/// What came of a way round the circle.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct circle_result {
    /// How the reader ended: 0, or the status of its failure.
    pub status: i32,
    /// Entries that came out.
    pub entries: u64,
    /// Bytes of their data.
    pub bytes: u64,
    /// Of names and data.
    pub digest: u64,
}

/// Runs `body`; no panic leaves it.
fn contain<T>(failure: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(failure)
}

/// # Safety
///
/// NULL, or a text that ends with a NUL.
unsafe fn text<'a>(text: *const c_char) -> Option<&'a CStr> {
    // SAFETY: not NULL, so a text, as the caller promises.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
}

/// Opens a file as the innermost source. 0, or -1 when it cannot be opened.
///
/// # Safety
///
/// `path` is a text that ends with a NUL, `to` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn circle_open(path: *const c_char, to: *mut c::Source) -> i32 {
    contain(-1, || {
        // SAFETY: the caller's promise.
        let Some(path) = (unsafe { text(path) }).and_then(|path| path.to_str().ok()) else {
            return -1;
        };
        let Ok(source) = source::open(Path::new(path)) else {
            return -1;
        };
        // SAFETY: the caller's promise.
        unsafe { to.write(source) };
        0
    })
}

/// Plans a failure: `hop` fails after that many good calls. 0 as the hop plans none. Forgets the trail.
#[unsafe(no_mangle)]
pub extern "C" fn circle_plan(hop: c_char, good_calls: u64) {
    contain((), || trail::plan(hop as u8, good_calls));
}

/// Asked by each hop when the bytes are through: 0 adds its letter to the trail, anything else means that
/// it has to fail now, in the way of its language.
#[unsafe(no_mangle)]
pub extern "C" fn circle_pass(hop: c_char) -> i32 {
    contain(1, || i32::from(!trail::pass(hop as u8)))
}

/// Keeps what a hop threw.
///
/// # Safety
///
/// NULL, or a text that ends with a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn circle_blame(hop: c_char, thrown: *const c_char) {
    contain((), || {
        // SAFETY: the caller's promise.
        let thrown = unsafe { text(thrown) };
        trail::blame(hop as u8, &thrown.unwrap_or_default().to_string_lossy());
    });
}

/// Reads an archive from the outermost source, which belongs to it from now on. The reader is Rust behind
/// a C interface, and so is this; between them are only the types of C.
///
/// # Safety
///
/// `source` is one that the hops have made, `result` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn circle_read(source: *const c::Source, result: *mut circle_result) -> i32 {
    contain(-1, || {
        // SAFETY: the caller's promise.
        let read = unsafe { read(source) };
        // SAFETY: the caller's promise.
        unsafe { result.write(read) };
        read.status
    })
}

/// # Safety
///
/// As for [`circle_read`].
unsafe fn read(source: *const c::Source) -> circle_result {
    let mut result = circle_result::default();
    let mut digest = Digest::default();
    let mut reader = ptr::null_mut();
    // SAFETY: the caller's promise; there are no settings, and nobody wants the error as an object.
    let opened = unsafe {
        c::anyarchive_reader_open_source(source, ptr::null(), &raw mut reader, ptr::null_mut())
    };
    if opened < 0 {
        result.status = opened;
        return result;
    }
    let mut buffer = vec![0_u8; 64 * 1024];
    result.status = 'all: loop {
        let mut entry = ptr::null();
        // SAFETY: an open reader.
        let status = unsafe { c::anyarchive_reader_next(reader, &raw mut entry) };
        match status {
            c::EOF => break 0,
            status if status < 0 => break status,
            _ => {}
        }
        result.entries += 1;
        // SAFETY: the current entry; its text lives until the next call.
        digest.add(unsafe { text(c::anyarchive_entry_path(entry)) }.unwrap_or_default().to_bytes());
        loop {
            let mut count = 0;
            // SAFETY: an open reader, and as many writable bytes as it is told.
            let status = unsafe {
                let to = buffer.as_mut_ptr().cast::<c_void>();
                c::anyarchive_reader_read(reader, to, buffer.len(), &raw mut count)
            };
            if status < 0 {
                break 'all status;
            }
            if count == 0 {
                break;
            }
            result.bytes += count as u64;
            digest.add(&buffer[..count]);
        }
    };
    // SAFETY: ours, and not used any more.
    unsafe { c::anyarchive_reader_free(reader) };
    result.digest = digest.0;
    result
}

/// FNV-1a with 64 bits.
struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Digest {
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

/// What is wrong with a way round the circle, NULL if nothing is. `chain` has the letters of the hops from
/// the inside out. The text is valid until the next call.
///
/// # Safety
///
/// Texts end with a NUL; `result` is what [`circle_read`] wrote.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn circle_verdict(
    path: *const c_char,
    chain: *const c_char,
    result: *const circle_result,
) -> *const c_char {
    // SAFETY: the caller's promise.
    let (path, chain) = unsafe { (text(path).unwrap_or_default(), text(chain).unwrap_or_default()) };
    // SAFETY: the caller's promise.
    let result = unsafe { result.read() };
    let judged = contain(Err("the judge panicked".into()), || {
        let mut direct = None;
        let told = trail::take();
        if told.planned == 0 {
            let mut source = source::open(Path::new(&*path.to_string_lossy()))
                .map_err(|error| error.to_string())?;
            // SAFETY: a source that is open.
            direct = Some(unsafe { read(&raw mut source) });
        }
        told.judge(&chain.to_string_lossy(), &result, direct)
    });
    match judged {
        Ok(()) => ptr::null(),
        Err(problem) => trail::keep(CString::new(problem).unwrap_or_default()),
    }
}
