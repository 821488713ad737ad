//! The frames of a zstd file.
//!
//! See RFC 8878, section 3.1.

use std::io;

use super::{Part, read_at};
use crate::reader::origin::FileAt;

/// Frames go together until they have so many bytes: opening a decoder costs, too.
const MIN_PART: u64 = 1 << 20;
/// A frame that is longer ends the search: most files have one frame, and to walk through all of
/// it would be in vain.
const MAX_FRAME: u64 = 64 << 20;
/// More parts are not looked for.
const MAX_PARTS: usize = 1 << 16;

const MAGIC: u32 = 0xfd2f_b528;
const SKIPPABLE: u32 = 0x184d_2a50;

/// Frames, several to a part when they are short.
///
/// # Errors
///
/// When the file is not one whole frame after the other.
pub(super) fn parts(file: &FileAt) -> io::Result<Vec<Part>> {
    let mut parts: Vec<Part> = Vec::new();
    let mut start = 0;
    while start < file.end() {
        let len = frame(file, start)?;
        match parts.last_mut() {
            Some(last) if last.len < MIN_PART => last.len += len,
            _ => parts.push(Part {
                start,
                len,
                ..Part::default()
            }),
        }
        if parts.len() > MAX_PARTS {
            return Err(damaged());
        }
        start += len;
    }
    if start == file.end() {
        Ok(parts)
    } else {
        Err(damaged())
    }
}

fn damaged() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

/// Length of the frame that starts there.
fn frame(file: &FileAt, start: u64) -> io::Result<u64> {
    let head = read_at(file, start, 8)?;
    let word = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    if word(0) & !0xf == SKIPPABLE {
        return Ok(8 + u64::from(word(4)));
    }
    if word(0) != MAGIC {
        return Err(damaged());
    }
    let descriptor = head[4];
    let single_segment = descriptor & 0x20 != 0;
    let window = u64::from(!single_segment);
    let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let content = match descriptor >> 6 {
        0 => u64::from(single_segment),
        flag => 1 << flag,
    };
    let mut end = start + 5 + window + dictionary + content;
    loop {
        let block = read_at(file, end, 3)?;
        let block = u32::from_le_bytes([block[0], block[1], block[2], 0]);
        let repeated = block >> 1 & 3 == 1;
        end += 3 + if repeated { 1 } else { u64::from(block >> 3) };
        if end - start > MAX_FRAME {
            return Err(damaged());
        }
        if block & 1 == 1 {
            let checksum = if descriptor & 4 == 0 { 0 } else { 4 };
            return Ok(end + checksum - start);
        }
    }
}
