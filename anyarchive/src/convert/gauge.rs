//! What comes out of the old archive, within limits.

use std::time::Instant;

use super::{ConvertProgress, OnProgress};
use crate::{
    EntryRef, Error, ErrorKind, Flow, Limit, Limits, Result, extract::exceeded, writer::Piece,
};

/// Whether an entry's own numbers are within the limits.
pub(super) fn check_entry(limits: &Limits, entry: &EntryRef) -> Result<()> {
    let path = entry.path_bytes();
    let above = |limit, text: String| Err(exceeded(limit, &text).with_entry(path));
    let len = path.len();
    if limits.path_bytes.is_some_and(|limit| len > limit) {
        return above(Limit::PathBytes, format!("has a path of {len} bytes"));
    }
    let depth = path.split(|&byte| byte == b'/');
    let depth = depth.filter(|part| !matches!(*part, b"" | b".")).count();
    if limits.depth.is_some_and(|limit| depth > limit) {
        return above(Limit::Depth, format!("has a path of {depth} components"));
    }
    let size = entry.size().unwrap_or(0);
    match limits.file_bytes.filter(|&limit| size > limit) {
        Some(limit) => above(Limit::FileBytes, format!("has a file above {limit} bytes")),
        None => Ok(()),
    }
}

/// Counts what comes out of the old archive, tells it, and stops at the limits.
pub(super) struct Gauge<'g, 'c> {
    pub(super) limits: &'g Limits,
    pub(super) start: Instant,
    pub(super) on_progress: Option<&'g mut OnProgress<'c>>,
    pub(super) path: &'g [u8],
    pub(super) read: u64,
    /// Of all entries, with holes.
    pub(super) bytes: u64,
    /// The same without.
    pub(super) data: u64,
    /// Of this entry, with holes.
    pub(super) file: u64,
    pub(super) entries: u64,
}

impl Gauge<'_, '_> {
    pub(super) fn tell(&mut self) -> Result<()> {
        if let Some(limit) = self
            .limits
            .time
            .filter(|&limit| self.start.elapsed() >= limit)
        {
            return Err(exceeded(
                Limit::Time,
                &format!("takes longer than {limit:?}"),
            ));
        }
        let progress = ConvertProgress {
            bytes_read: self.read,
            bytes: self.bytes,
            entries: self.entries,
            path: self.path,
        };
        match self
            .on_progress
            .as_mut()
            .map_or(Flow::Continue, |tell| tell(&progress))
        {
            Flow::Continue => Ok(()),
            Flow::Stop => Err(Error::new(ErrorKind::Cancelled, "stopped by the caller")),
        }
    }

    /// Before a piece is written.
    pub(super) fn admit(&mut self, piece: Piece) -> Result<()> {
        self.read = self.read.max(piece.archive_bytes_read);
        let more = piece.hole.saturating_add(piece.data);
        self.bytes = self.bytes.saturating_add(more);
        self.file = self.file.saturating_add(more);
        self.data += piece.data;
        let limits = self.limits;
        if let Some(limit) = limits.total_bytes.filter(|&limit| self.bytes > limit) {
            return Err(exceeded(
                Limit::TotalBytes,
                &format!("holds more than {limit} bytes"),
            ));
        }
        if let Some(limit) = limits.file_bytes.filter(|&limit| self.file > limit) {
            return Err(exceeded(
                Limit::FileBytes,
                &format!("has a file above {limit} bytes"),
            ));
        }
        if !limits.allow_ratio(self.data, self.read) {
            let what = format!("makes {} bytes out of {}", self.data, self.read);
            return Err(exceeded(Limit::Ratio, &what));
        }
        self.tell()
    }
}
