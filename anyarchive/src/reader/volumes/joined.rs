//! Volumes as one reader that can seek.

use std::{
    fmt,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use crate::{Error, ErrorKind, Result};

/// Volumes as one reader, one of them open at a time.
pub(super) struct Joined<R, O> {
    names: Vec<PathBuf>,
    /// Where each ends, in bytes from the start of the first.
    ends: Vec<u64>,
    opener: O,
    open: Option<(usize, R)>,
    position: u64,
}

impl<R, O> Joined<R, O>
where
    R: Read + Seek,
    O: FnMut(&Path) -> io::Result<R>,
{
    /// Opens each volume once, for its length.
    pub(super) fn new(names: Vec<PathBuf>, mut opener: O) -> Result<Self> {
        let mut ends = Vec::with_capacity(names.len());
        let mut end = 0_u64;
        for name in &names {
            let cannot =
                |error| Error::io("cannot open this volume", error).with_archive(Some(name));
            let len = opener(name).and_then(|mut volume| volume.seek(SeekFrom::End(0)));
            let len = len.map_err(cannot)?;
            end = end.checked_add(len).ok_or_else(|| {
                Error::new(ErrorKind::InvalidInput, "the volumes are too long together")
            })?;
            ends.push(end);
        }
        Ok(Self {
            names,
            ends,
            opener,
            open: None,
            position: 0,
        })
    }

    /// The volume that holds the present position, open and standing there; `None` at the end.
    fn volume(&mut self) -> io::Result<Option<(&mut R, u64)>> {
        let index = self.ends.partition_point(|&end| end <= self.position);
        let Some(&end) = self.ends.get(index) else {
            return Ok(None);
        };
        if self.open.as_ref().is_none_or(|(open, _)| *open != index) {
            // The old one is closed first.
            self.open = None;
            let start = if index == 0 { 0 } else { self.ends[index - 1] };
            let name = &self.names[index];
            let mut volume = (self.opener)(name).map_err(|error| of_volume(name, error))?;
            volume
                .seek(SeekFrom::Start(self.position - start))
                .map_err(|error| of_volume(name, error))?;
            self.open = Some((index, volume));
        }
        Ok(self
            .open
            .as_mut()
            .map(|(_, volume)| (volume, end - self.position)))
    }
}

/// An error of a volume that says which.
fn of_volume(name: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), VolumeError(name.to_path_buf(), error))
}

#[derive(Debug)]
struct VolumeError(PathBuf, io::Error);

impl fmt::Display for VolumeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "volume {}: {}", self.0.display(), self.1)
    }
}

impl std::error::Error for VolumeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.1)
    }
}

impl<R, O> Read for Joined<R, O>
where
    R: Read + Seek,
    O: FnMut(&Path) -> io::Result<R>,
{
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some((volume, left)) = self.volume()? else {
            return Ok(0);
        };
        let len = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let count = volume.read(&mut buffer[..len])?;
        if count == 0 && len > 0 {
            // Behind the hole would be bytes of the next volume.
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "a volume became shorter while it was read",
            ));
        }
        if count > len {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("a volume says it read {count} bytes into {len}"),
            ));
        }
        self.position += count as u64;
        Ok(count)
    }
}

impl<R, O> Seek for Joined<R, O>
where
    R: Read + Seek,
    O: FnMut(&Path) -> io::Result<R>,
{
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let end = self.ends.last().copied().unwrap_or(0);
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(delta) => self.position.checked_add_signed(delta),
            SeekFrom::End(delta) => end.checked_add_signed(delta),
        };
        let target = target.ok_or(io::ErrorKind::InvalidInput)?;
        if target == self.position {
            return Ok(target);
        }
        self.position = target;
        let index = self.ends.partition_point(|&end| end <= target);
        match &mut self.open {
            Some((open, volume)) if *open == index => {
                let start = if index == 0 { 0 } else { self.ends[index - 1] };
                volume.seek(SeekFrom::Start(target - start))?;
            }
            // The next read opens the right one.
            _ => self.open = None,
        }
        Ok(target)
    }
}
