//! The end of an archive: what C does not tell about it.

use std::io;

use archive_sys as sys;

use super::ReadHandle;
use crate::{
    error::Result,
    ffi::callbacks::read::{Gzip, Rest},
};

/// What is known of the place where C found the end.
#[derive(Debug)]
pub(crate) struct EndClues<'r> {
    /// Bytes that C took since it looked for one more header.
    pub(crate) consumed: u64,
    /// How far it came in what the format reads.
    position: u64,
    /// The last bytes of that, and where they end; `None` when a filter of C is in between.
    last: Option<(&'r [u8], u64)>,
    /// How long an image of ISO 9660 says to be, in bytes.
    pub(crate) volume_len: Option<u64>,
}

impl EndClues<'_> {
    /// The last bytes of the archive, if C came to them.
    pub(crate) fn tail(&self) -> Option<&[u8]> {
        self.split()?;
        self.last.map(|(tail, _)| tail)
    }

    /// What C had and did not take, if that is not much.
    pub(crate) fn rest(&self) -> Option<&[u8]> {
        self.split().map(|(_, rest)| rest)
    }

    /// What C took last, if it took all there is.
    pub(crate) fn at_end(&self) -> Option<&[u8]> {
        let (taken, rest) = self.split()?;
        rest.is_empty().then_some(taken)
    }

    fn split(&self) -> Option<(&[u8], &[u8])> {
        let (tail, end) = self.last?;
        let rest = usize::try_from(end.checked_sub(self.position)?).ok()?;
        tail.split_at_checked(tail.len().checked_sub(rest)?)
    }

    /// Whether the last bytes of the archive are out of sight, behind a filter of C.
    pub(crate) fn is_filtered(&self) -> bool {
        self.last.is_none()
    }
}

impl ReadHandle<'_> {
    /// How far C came in what the format reads, in bytes: `archive_filter_bytes` of the last filter.
    pub(crate) fn position(&self) -> u64 {
        let raw = self.inner.handle.as_ptr();
        // SAFETY: I1; a read handle; any index is allowed.
        let position = unsafe { sys::archive_filter_bytes(raw, 0) };
        u64::try_from(position).unwrap_or(0)
    }

    /// Looks at what is behind the end that C has just found; `None` when nobody can, as behind a
    /// filter of C.
    ///
    /// # Errors
    ///
    /// Those of the source.
    pub(crate) fn look_behind<T>(
        &mut self,
        look: impl FnOnce(&mut Rest<'_>) -> io::Result<T>,
    ) -> Result<Option<T>> {
        if !self.inner.handle.filters().is_empty() {
            return Ok(None);
        }
        let position = self.position();
        let found = self.inner.state.get().look_behind(position, look);
        self.inner
            .check("archive_read_next_header", sys::ARCHIVE_OK)?;
        Ok(found)
    }

    /// For when C has just answered that this is the end.
    pub(crate) fn end_clues(&self) -> EndClues<'_> {
        let position = self.position();
        let header = u64::try_from(self.header_position()).unwrap_or(position);
        let state = self.inner.state.shared();
        let plain = self.inner.handle.filters().is_empty();
        EndClues {
            consumed: position.saturating_sub(header),
            position,
            last: plain.then(|| state.tail()),
            volume_len: state.volume_len(),
        }
    }

    /// What is known of the gzip stream that the source decodes.
    pub(crate) fn gzip(&self) -> Option<Gzip> {
        self.inner.state.shared().gzip()
    }
}
