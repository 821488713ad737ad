//! The way of an entry's data, from the archive to where it is put.

use super::{Refusal, halt::Halt, progress::Meter};
use crate::{Entry, ErrorKind};

/// Most that is put at once, so that progress is told and a stop obeyed.
pub(super) const CHUNK: usize = 1 << 20;

/// Where data goes.
pub(super) trait Sink {
    /// Takes data that belongs at `offset`; what lies between pieces is a hole.
    fn put(&mut self, offset: u64, data: &[u8]) -> Result<(), Halt>;

    /// The file is at least so long, with a hole at its end if need be.
    fn lengthen(&mut self, length: u64) -> Result<(), Halt>;
}

/// What data is measured by.
pub(super) struct Measure<'m, 'x> {
    pub(super) meter: &'m Meter<'x>,
    /// Bytes of the archive that were counted of this reader.
    pub(super) counted: &'m mut u64,
    /// Length that the archive claims.
    pub(super) size: Option<u64>,
    /// The most that a file may have.
    pub(super) limit: Option<u64>,
    /// The length was admitted before.
    pub(super) reserved: bool,
}

/// Reads the data of an entry into what `open` makes, within the limits. Nothing is made when there
/// is no data, unless `even_if_empty`; what was made comes back also when there is an error.
pub(super) fn pour<S: Sink>(
    entry: &mut Entry<'_>,
    measure: Measure<'_, '_>,
    even_if_empty: bool,
    open: impl FnOnce() -> Result<S, Halt>,
) -> (Option<S>, Result<(), Halt>) {
    let Measure {
        meter,
        counted,
        size,
        limit,
        reserved,
    } = measure;
    let mut sink = None;
    let result = (|| {
        // The first piece comes before the file: what cannot be read at all, for want of a password
        // or codec, does not cost the file that is there already.
        meter.read(counted, entry.archive_bytes_read());
        let mut block = entry.next_block().map_err(Halt::reading)?;
        if !even_if_empty {
            while block.is_some_and(|block| block.is_empty()) {
                block = entry.next_block().map_err(Halt::reading)?;
            }
            if block.is_none() {
                return Ok(());
            }
        }
        let sink = sink.insert(open()?);
        let mut length = 0;
        while let Some(piece) = block {
            let end = piece.offset().saturating_add(piece.len() as u64);
            if let Some(size) = size.filter(|&size| end > size) {
                return Err(too_long(size));
            }
            if let Some(limit) = limit.filter(|&limit| end > limit) {
                return Err(Refusal::FileTooLong(limit).into());
            }
            let growth = if reserved {
                0
            } else {
                end.saturating_sub(length)
            };
            let data = piece.len() as u64;
            meter.admit(growth, data).map_err(Halt::Everything)?;
            let mut offset = piece.offset();
            for chunk in piece.data().chunks(CHUNK) {
                sink.put(offset, chunk)?;
                offset += chunk.len() as u64;
                meter.wrote(chunk.len() as u64).map_err(Halt::Everything)?;
            }
            length = length.max(end);
            sink.lengthen(length)?;
            meter.read(counted, entry.archive_bytes_read());
            block = entry.next_block().map_err(Halt::reading)?;
        }
        match size.filter(|&size| length < size) {
            Some(size) => Err(too_short(size, length)),
            None => Ok(()),
        }
    })();
    (sink, result)
}

fn too_long(size: u64) -> Halt {
    Halt::failed(
        ErrorKind::Corrupt,
        format!("it has more data than the {size} bytes that the archive says"),
    )
}

fn too_short(size: u64, length: u64) -> Halt {
    Halt::failed(
        ErrorKind::Truncated,
        format!("it has only {length} of the {size} bytes that the archive says"),
    )
}
