//! The blocks of an xz file, as its index has them.
//!
//! See <https://tukaani.org/xz/xz-file-format.txt>.

use std::io;

use super::{Part, read_at};
use crate::reader::{crc32::crc32, origin::FileAt};

const HEADER: usize = 12;
const FOOTER: usize = 12;
/// Longest index that is looked at: 50,000 blocks and more.
const MAX_INDEX: u64 = 1 << 20;

/// Each block as a stream of its own, with the header of the file and an index of one record.
///
/// # Errors
///
/// When the file is not one whole stream with an index that fits its length.
pub(super) fn parts(file: &FileAt) -> io::Result<Vec<Part>> {
    let len = file.end();
    let header = read_at(file, 0, HEADER)?;
    let footer_start = len.checked_sub(FOOTER as u64).ok_or(damaged())?;
    let footer = read_at(file, footer_start, FOOTER)?;
    let flags = &footer[8..10];
    let whole = header[..6] == *b"\xfd7zXZ\0"
        && header[6..8] == *flags
        && header[8..] == crc32(flags).to_le_bytes()
        && footer[10..] == *b"YZ"
        && footer[..4] == crc32(&footer[4..10]).to_le_bytes();
    if !whole {
        return Err(damaged());
    }
    let backward = u32::from_le_bytes([footer[4], footer[5], footer[6], footer[7]]);
    let index_len = (u64::from(backward) + 1) * 4;
    let index_start = footer_start.checked_sub(index_len).ok_or(damaged())?;
    if !(8..=MAX_INDEX).contains(&index_len) {
        return Err(damaged());
    }
    let index = read_at(file, index_start, index_len as usize)?;
    let records = records(&index).ok_or(damaged())?;
    let mut start = HEADER as u64;
    let mut parts = Vec::new();
    for (unpadded, uncompressed) in records {
        let len = unpadded.checked_next_multiple_of(4).ok_or(damaged())?;
        if len > index_start.saturating_sub(start) {
            return Err(damaged());
        }
        parts.push(Part {
            before: header.clone(),
            start,
            len,
            behind: behind(unpadded, uncompressed, flags),
        });
        start += len;
    }
    if start == index_start {
        Ok(parts)
    } else {
        Err(damaged())
    }
}

fn damaged() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

/// Length without padding, and of what comes out, of every block.
pub(super) fn records(index: &[u8]) -> Option<Vec<(u64, u64)>> {
    let (mut rest, sum) = index.split_at_checked(index.len().checked_sub(4)?)?;
    if *sum != crc32(rest).to_le_bytes() || number(&mut rest)? != 0 {
        return None;
    }
    let count = number(&mut rest)?;
    // A record has two bytes at least.
    if count > rest.len() as u64 / 2 {
        return None;
    }
    let records = (0..count)
        .map(|_| Some((number(&mut rest)?, number(&mut rest)?)))
        .collect::<Option<_>>()?;
    (rest.len() < 4 && rest.iter().all(|byte| *byte == 0)).then_some(records)
}

/// Takes a number of variable length.
fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

pub(super) fn put_number(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Index and footer of a stream of one block.
pub(super) fn behind(unpadded: u64, uncompressed: u64, flags: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 1];
    put_number(&mut bytes, unpadded);
    put_number(&mut bytes, uncompressed);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(crc32(&bytes).to_le_bytes());
    let mut sizes = (bytes.len() as u32 / 4 - 1).to_le_bytes().to_vec();
    sizes.extend(flags);
    bytes.extend(crc32(&sizes).to_le_bytes());
    bytes.extend(sizes);
    bytes.extend(b"YZ");
    bytes
}
