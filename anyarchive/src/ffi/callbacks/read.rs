//! Reading: what C calls to get the bytes of the archive.

use std::{
    any::Any,
    error,
    ffi::{CStr, CString, c_int, c_void},
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    ptr::{self, NonNull},
};

use archive_sys as sys;

use super::password::Asking;
use crate::{Error, Filter, ffi::locale::CallersLocale};

/// Where the bytes of an archive come from: forward only, unless it says otherwise.
///
/// Safe code implements this; nothing it answers is trusted beyond what the types enforce.
pub(crate) trait Source: Send {
    /// The next bytes; empty at the end. They stay in place until the next call of any method.
    fn read_block(&mut self) -> io::Result<&[u8]>;

    /// What [`read_block`](Self::read_block) gave last, as long as it stays in place.
    fn block(&self) -> &[u8];

    /// Moves forward by up to `count` bytes without reading and tells how far; 0 when it is better
    /// to read. Never moves past the end: a cut archive must be noticed by the next read.
    fn skip(&mut self, _count: u64) -> io::Result<u64> {
        Ok(0)
    }

    /// Moves to a place and tells its position from the start, in bytes.
    fn seek(&mut self, _to: io::SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::NotSeekable.into())
    }

    /// Whether [`seek`](Self::seek) works.
    fn can_seek(&self) -> bool {
        false
    }

    /// Bytes that were taken from where they come from, counted each time they were taken.
    fn bytes_read(&self) -> u64;

    /// At the end of the archive: reads on as far as it takes to know whether all was right, but not
    /// without bound, and tells an error that came late.
    fn settle(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Damage that the source has seen in what it decodes; it then ends there.
    fn problem(&self) -> Option<Error> {
        None
    }

    /// What the innermost stream that the source decodes says of its data.
    fn header(&self) -> Option<StreamHeader<'_>> {
        None
    }

    /// What is known of the gzip stream that the source decodes.
    fn gzip(&self) -> Option<Gzip> {
        None
    }

    /// The filters that the source decodes by itself, the innermost first.
    fn filters(&self) -> Vec<Filter> {
        Vec::new()
    }
}

/// What a compressed stream says of its data.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StreamHeader<'h> {
    pub(crate) name: Option<&'h CStr>,
    /// Seconds since 1970, when the data was changed.
    pub(crate) modified: Option<u32>,
}

/// What is known of a gzip stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gzip {
    /// All trailers up to here are compared.
    pub(crate) verified: bool,
    /// Something else follows the last member.
    pub(crate) trailing: bool,
}

/// The failure of a source that decodes, to be told to C as if a filter of its own had failed.
#[derive(Debug)]
#[cfg_attr(not(unix), allow(dead_code))] // only decoding by threads makes it
pub(crate) struct Undecodable(pub(crate) Error);

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl error::Error for Undecodable {}

/// State behind `client_data` (I3).
pub(crate) struct ReadState<'s> {
    source: Box<dyn Source + 's>,
    /// Who is asked when no password that C knows fits.
    pub(super) passwords: Option<Asking>,
    /// The first failure of the source, whole: C would replace its text with its own.
    error: Option<io::Error>,
    /// What a panicking source threw, to be thrown again when C has returned.
    panic: Option<Box<dyn Any + Send>>,
    /// Set by the first error or panic: the source is not asked again.
    dead: bool,
    /// Where the bytes end that C got, or where it moved to.
    position: u64,
    /// The last bytes before that which came in one piece.
    tail: Vec<u8>,
    /// Blocks and sectors that an image of ISO 9660 says to have.
    volume_len: Option<u64>,
    /// Whether C got any byte.
    has_given: bool,
    /// The first bytes of the input: they tell why nobody knows it.
    head: Vec<u8>,
}

/// `ARCHIVE_ERRNO_MISC`: the failure has no number.
const MISCELLANEOUS: c_int = -1;

/// How many bytes [`ReadState::head`] keeps.
const HEAD: usize = 16;

/// How many bytes [`ReadState::tail`] keeps: as many as the longest mark of an end that C does not
/// tell of, a block of a tar.
const TAIL: usize = 512;

/// Where an image of ISO 9660 describes itself.
const VOLUME: u64 = 16 * 2048;

/// What is left of the input when C has found the end.
pub(crate) struct Rest<'r> {
    /// What comes before the rest of the block; short.
    head: Vec<u8>,
    /// How much of the block was given.
    at: usize,
    source: &'r mut dyn Source,
}

impl Rest<'_> {
    pub(crate) fn can_seek(&self) -> bool {
        self.source.can_seek()
    }
}

impl io::Read for Rest<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.head.is_empty() {
            let count = self.head.len().min(buffer.len());
            buffer[..count].copy_from_slice(&self.head[..count]);
            self.head.drain(..count);
            return Ok(count);
        }
        if self.at >= self.source.block().len() {
            self.at = 0;
            self.source.read_block()?;
        }
        let left = self.source.block().get(self.at..).unwrap_or_default();
        let count = left.len().min(buffer.len());
        buffer[..count].copy_from_slice(&left[..count]);
        self.at += count;
        Ok(count)
    }
}

impl io::Seek for Rest<'_> {
    /// From where it is, it cannot go anywhere.
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        if let io::SeekFrom::Current(_) = to {
            return Err(io::ErrorKind::Unsupported.into());
        }
        self.head.clear();
        let position = self.source.seek(to)?;
        self.at = self.source.block().len();
        Ok(position)
    }
}

/// What C got of one block.
struct Seen {
    start: *const c_void,
    len: usize,
    head: Option<Vec<u8>>,
    volume_len: Option<u64>,
}

impl Seen {
    fn new(bytes: &[u8], position: u64, wants_head: bool) -> Self {
        Self {
            start: bytes.as_ptr().cast::<c_void>(),
            len: bytes.len(),
            head: wants_head.then(|| bytes[..bytes.len().min(HEAD)].to_vec()),
            volume_len: volume_len(bytes, position),
        }
    }
}

/// Keeps the last bytes of what was kept and what follows it.
fn keep_tail(tail: &mut Vec<u8>, bytes: &[u8]) {
    match bytes.last_chunk::<TAIL>() {
        Some(last) => {
            tail.clear();
            tail.extend_from_slice(last);
        }
        None => {
            tail.drain(..(tail.len() + bytes.len()).saturating_sub(TAIL));
            tail.extend_from_slice(bytes);
        }
    }
}

/// The length in the primary volume descriptor, if it is here.
fn volume_len(bytes: &[u8], position: u64) -> Option<u64> {
    let start = usize::try_from(VOLUME.checked_sub(position)?).ok()?;
    let descriptor = bytes.get(start..)?.first_chunk::<132>()?;
    if !descriptor.starts_with(b"\x01CD001") {
        return None;
    }
    let blocks = u32::from_le_bytes(descriptor[80..84].try_into().ok()?);
    let block = u16::from_le_bytes(descriptor[128..130].try_into().ok()?);
    Some(u64::from(blocks) * u64::from(block))
}

impl<'s> ReadState<'s> {
    pub(crate) fn new(source: Box<dyn Source + 's>, passwords: Option<Asking>) -> Self {
        Self {
            source,
            passwords,
            error: None,
            panic: None,
            dead: false,
            position: 0,
            tail: Vec::new(),
            volume_len: None,
            has_given: false,
            head: Vec::new(),
        }
    }

    pub(crate) fn can_seek(&self) -> bool {
        self.source.can_seek()
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.source.bytes_read()
    }

    /// Whether C got any byte.
    pub(crate) fn has_given(&self) -> bool {
        self.has_given
    }

    /// Notes what C gets now.
    fn take(&mut self, seen: Seen) {
        self.position = self.position.saturating_add(seen.len as u64);
        self.has_given |= seen.len > 0;
        if let Some(head) = seen.head {
            self.head = head;
        }
        self.volume_len = self.volume_len.or(seen.volume_len);
    }

    fn move_to(&mut self, position: u64) {
        if position != self.position {
            self.position = position;
            self.tail.clear();
        }
    }

    /// See [`Source::settle`]; a failure is kept as one of a callback.
    pub(crate) fn settle(&mut self) {
        self.guard((), |source| source.settle());
    }

    pub(crate) fn problem(&self) -> Option<Error> {
        self.source.problem()
    }

    pub(crate) fn header(&self) -> Option<StreamHeader<'_>> {
        self.source.header()
    }

    pub(crate) fn gzip(&self) -> Option<Gzip> {
        self.source.gzip()
    }

    /// The last bytes that C got, and where they end.
    pub(crate) fn tail(&self) -> (&[u8], u64) {
        (&self.tail, self.position)
    }

    /// Looks at what is behind the place that C came to, which has found the end there; `None` when it
    /// does not have what it had, and when the source fails. C cannot go on reading after that.
    pub(crate) fn look_behind<T>(
        &mut self,
        position: u64,
        look: impl FnOnce(&mut Rest<'_>) -> io::Result<T>,
    ) -> Option<T> {
        let left = self.position.saturating_sub(position);
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        let tail = std::mem::take(&mut self.tail);
        self.guard(None, |source| {
            let block = source.block().len();
            let (head, at) = if let Some(at) = block.checked_sub(left) {
                (Vec::new(), at)
            } else if let Some(start) = tail.len().checked_sub(left) {
                (tail[start..].to_vec(), block)
            } else if source.can_seek() {
                // Whoever looks goes elsewhere.
                (Vec::new(), block)
            } else {
                return Ok(None);
            };
            look(&mut Rest { head, at, source }).map(Some)
        })
    }

    /// How long an image of ISO 9660 says to be, in bytes, if C came by where it says so.
    pub(crate) fn volume_len(&self) -> Option<u64> {
        self.volume_len
    }

    pub(crate) fn filters(&self) -> Vec<Filter> {
        self.source.filters()
    }

    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    pub(crate) fn take_panic(&mut self) -> Option<Box<dyn Any + Send>> {
        self.panic.take()
    }

    pub(crate) fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// What a decoding source failed of, if that was it.
    fn take_undecodable(&mut self) -> Option<Error> {
        match self.error.take()?.downcast::<Undecodable>() {
            Ok(Undecodable(error)) => Some(error),
            Err(error) => {
                self.error = Some(error);
                None
            }
        }
    }

    /// The entry that is current now; kept only when somebody may ask for its password.
    pub(crate) fn set_entry(&mut self, path: impl FnOnce() -> Vec<u8>) {
        if let Some(passwords) = &mut self.passwords {
            passwords.set_entry(path());
        }
    }

    /// Runs user code of the source, with panics and errors kept for later.
    fn guard<T>(&mut self, failure: T, body: impl FnOnce(&mut dyn Source) -> io::Result<T>) -> T {
        if self.dead {
            return failure;
        }
        let source = &mut *self.source;
        let result = contain(|| body(source));
        self.keep(result).unwrap_or(failure)
    }

    /// The value, or `None` once what went wrong is kept for when C has returned.
    pub(super) fn keep<T>(&mut self, result: Contained<T>) -> Option<T> {
        match result {
            Ok(Ok(value)) => return Some(value),
            Ok(Err(error)) => self.error = Some(error),
            Err(payload) => self.panic = Some(payload),
        }
        self.dead = true;
        None
    }

    /// Whether user code is not called any more.
    pub(crate) fn is_dead(&self) -> bool {
        self.dead
    }
}

/// What user code answered, or what it threw.
pub(super) type Contained<T> = Result<io::Result<T>, Box<dyn Any + Send>>;

/// Runs user code: under the caller's locale, without letting a panic out.
pub(super) fn contain<T>(body: impl FnOnce() -> io::Result<T>) -> Contained<T> {
    let _locale = CallersLocale::restore();
    // Unwind safety: after a panic `dead` keeps everybody away from what the code left.
    let result = catch_unwind(AssertUnwindSafe(body));
    // What user code leaves behind is no failure of C, which looks at it after conversions.
    errno::set_errno(errno::Errno(0));
    result
}

/// The state that C handed back.
///
/// # Safety
///
/// `data` is the `client_data` of a running callback (I6).
pub(super) unsafe fn state<'a>(data: *mut c_void) -> &'a mut ReadState<'a> {
    // SAFETY: I3 and I6: a live `ReadState`, which nothing else touches while C runs. The source's
    // lifetime is shortened to that of this borrow, and nothing of it is stored.
    unsafe { &mut *data.cast::<ReadState<'a>>() }
}

/// `archive_read_callback`: gives the next block, 0 at the end, -30 on failure.
pub(crate) unsafe extern "C" fn read(
    archive: *mut sys::archive,
    data: *mut c_void,
    block: *mut *const c_void,
) -> sys::la_ssize_t {
    // SAFETY: called by C with its client_data.
    let state = unsafe { state(data) };
    let (position, wants_head) = (state.position, !state.has_given);
    let mut tail = std::mem::take(&mut state.tail);
    let read = state.guard(None, |source| {
        let bytes = source.read_block()?;
        keep_tail(&mut tail, bytes);
        Ok(Some(Seen::new(bytes, position, wants_head)))
    });
    state.tail = tail;
    let (start, len) = match read {
        None => {
            if let Some(error) = state.take_undecodable() {
                let text = CString::new(error.message()).unwrap_or_default();
                let errno = error.os_error().unwrap_or(MISCELLANEOUS);
                // SAFETY: the handle that called; the text is terminated, and C copies it (I5).
                unsafe { sys::set_error_message(archive, errno, &text) };
            }
            (ptr::null(), sys::ARCHIVE_FATAL as sys::la_ssize_t)
        }
        Some(seen) => {
            let (start, len) = (seen.start, seen.len);
            state.take(seen);
            // No slice is longer than isize::MAX.
            (start, len as sys::la_ssize_t)
        }
    };
    if let Some(block) = NonNull::new(block) {
        // SAFETY: not NULL, and C passes the address of its own variable.
        unsafe { block.write(start) };
    }
    len
}

/// `archive_skip_callback`: how far it went. Never negative: libarchive loops for ever on that.
pub(crate) unsafe extern "C" fn skip(
    _: *mut sys::archive,
    data: *mut c_void,
    request: sys::la_int64_t,
) -> sys::la_int64_t {
    // SAFETY: called by C with its client_data.
    let state = unsafe { state(data) };
    let Ok(wanted) = u64::try_from(request) else {
        return 0;
    };
    let skipped = state.guard(0, |source| {
        // More than was asked for would be fatal in C.
        Ok(source.skip(wanted)?.min(wanted))
    });
    if skipped > 0 {
        state.move_to(state.position.saturating_add(skipped));
    }
    // No more than was asked for.
    skipped as sys::la_int64_t
}

/// `archive_seek_callback`: the new position, or -30.
pub(crate) unsafe extern "C" fn seek(
    _: *mut sys::archive,
    data: *mut c_void,
    offset: sys::la_int64_t,
    whence: c_int,
) -> sys::la_int64_t {
    // SAFETY: called by C with its client_data.
    let state = unsafe { state(data) };
    let failure = sys::la_int64_t::from(sys::ARCHIVE_FATAL);
    let to = match whence {
        libc::SEEK_SET => match u64::try_from(offset) {
            Ok(offset) => io::SeekFrom::Start(offset),
            // An archive can ask for this: a refusal, not a failure of the source.
            Err(_) => return failure,
        },
        libc::SEEK_CUR => io::SeekFrom::Current(offset),
        libc::SEEK_END => io::SeekFrom::End(offset),
        _ => return failure,
    };
    let position = state.guard(failure, |source| match source.seek(to) {
        Ok(position) => Ok(sys::la_int64_t::try_from(position).unwrap_or(failure)),
        // The same: a place before the start, named by the archive.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(failure),
        Err(error) => Err(error),
    });
    if let Ok(position) = u64::try_from(position) {
        state.move_to(position);
    }
    position
}

/// `archive_close_callback`: nothing. C calls it in many states, so it must not free anything.
pub(crate) unsafe extern "C" fn close(_: *mut sys::archive, _: *mut c_void) -> c_int {
    sys::ARCHIVE_OK
}

#[cfg(test)]
mod tests {
    use super::{TAIL, keep_tail};

    #[test]
    fn the_tail_is_the_end_of_all_pieces() {
        let all: Vec<u8> = (0..4096_u16).map(|n| n.to_le_bytes()[0]).collect();
        for pieces in [
            &[1, 500, 11, 1, 0][..],
            &[512, 3],
            &[600, 511, 0, 513],
            &[300, 300, 300],
        ] {
            let (mut tail, mut end) = (Vec::new(), 0);
            for &len in pieces {
                keep_tail(&mut tail, &all[end..end + len]);
                end += len;
                assert_eq!(
                    tail,
                    all[end.saturating_sub(TAIL)..end],
                    "{pieces:?}, {end}"
                );
            }
        }
    }
}
