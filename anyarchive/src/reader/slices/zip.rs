//! The directory of a ZIP file, walked through as libarchive does.
//!
//! See section 4 of <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>.

use std::io::{self, BufReader, Read};

use super::{Around, hash};
use crate::reader::{
    origin::FileAt,
    zip_end::{long, quad, word},
};

/// How far from its end libarchive looks for the record that ends a ZIP file.
const TAIL: u64 = 16 << 10;
const END: usize = 22;
const LOCATOR: usize = 20;
const END64: usize = 56;
const HEADER: usize = 46;
/// In place of a number that does not fit, which then is in an extra field.
const ELSEWHERE: u64 = 0xffff_ffff;

/// Entries that are next to each other in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    start: u64,
    len: u64,
    /// Entries before it.
    pub(super) first: u64,
    /// What its bytes must give again.
    hash: u64,
}

impl Slice {
    /// What makes a file one with this directory; `None` when its bytes are others now.
    pub(super) fn read(&self, file: &FileAt) -> io::Result<Option<Around>> {
        let mut bytes = Vec::new();
        file.range(self.start, self.len).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != self.len || hash(&bytes) != self.hash {
            return Ok(None);
        }
        bytes.extend(behind(file.end(), file.end() + self.len));
        Ok(Some(Around {
            head: Vec::new(),
            behind: bytes,
        }))
    }
}

/// Slices of `len` bytes and what it takes to the end of an entry; `None` unless the entries do not
/// depend on each other, and libarchive reads the whole directory without a word.
pub(super) fn slices(file: &FileAt, len: u64) -> io::Result<Option<Vec<Slice>>> {
    let place = place(file)?;
    let Some((start, end)) = place.filter(|(start, end)| end - start > len) else {
        return Ok(None);
    };
    let mut directory = BufReader::with_capacity(1 << 16, file.range(start, end - start));
    let mut slices: Vec<Slice> = Vec::new();
    let mut text = Vec::new();
    // Of the last slice.
    let mut bytes = Vec::new();
    let (mut at, mut entries, mut last_offset) = (start, 0, None);
    while at < end {
        let mut header = [0; HEADER];
        directory.read_exact(&mut header)?;
        let entry = Header(&header);
        text.resize(
            entry.name_len() + entry.extra_len() + entry.comment_len(),
            0,
        );
        directory.read_exact(&mut text)?;
        let name = &text[..entry.name_len()];
        let extra = &text[entry.name_len()..][..entry.extra_len()];
        // What is in such a directory belongs to files elsewhere.
        if !entry.is_plain() || name.starts_with(b"__MACOSX/") {
            return Ok(None);
        }
        // libarchive goes by this order, and takes one of those that are at one place.
        let offset = entry.offset(extra).filter(|&offset| offset < start);
        if offset.is_none() || offset <= last_offset {
            return Ok(None);
        }
        last_offset = offset;
        let size = (HEADER + text.len()) as u64;
        match slices.last_mut() {
            Some(last) if last.len < len => last.len += size,
            last => {
                if let Some(last) = last {
                    last.hash = hash(&bytes);
                    bytes.clear();
                }
                slices.push(Slice {
                    start: at,
                    len: size,
                    first: entries,
                    hash: 0,
                });
            }
        }
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(&text);
        entries += 1;
        at += size;
    }
    if let Some(last) = slices.last_mut() {
        last.hash = hash(&bytes);
    }
    Ok((at == end).then_some(slices))
}

/// Where the directory begins and ends; `None` unless it is right before the record of that.
fn place(file: &FileAt) -> io::Result<Option<(u64, u64)>> {
    let tail_start = file.end().saturating_sub(TAIL);
    let mut tail = Vec::new();
    file.range(tail_start, TAIL).read_to_end(&mut tail)?;
    let mut magic = [0; 4];
    file.range(0, 4).read_exact(&mut magic)?;
    // libarchive does not look at the first byte of the tail.
    let record = (1..=tail.len().saturating_sub(END))
        .rev()
        .find(|&at| tail[at..].starts_with(b"PK\x05\x06"));
    let (Some(at), b"PK\x03\x04") = (record, &magic) else {
        return Ok(None);
    };
    let end = tail_start + at as u64;
    if let Some(locator) = at.checked_sub(LOCATOR).map(|start| &tail[start..at])
        && locator.starts_with(b"PK\x06\x07")
    {
        return place64(file, locator, end - LOCATOR as u64);
    }
    let record = &tail[at..];
    let (start, len) = (long(record, 16), long(record, 12));
    let is_whole =
        word(record, 4) == 0 && word(record, 6) == 0 && word(record, 8) == word(record, 10);
    Ok((is_whole && start + len == end).then_some((start, end)))
}

/// The same by the record that a locator names, which is right before it.
fn place64(file: &FileAt, locator: &[u8], locator_start: u64) -> io::Result<Option<(u64, u64)>> {
    let end = quad(locator, 8);
    let Some(len) = locator_start.checked_sub(end) else {
        return Ok(None);
    };
    if long(locator, 4) != 0 || long(locator, 16) != 1 || !(END64 as u64..=TAIL).contains(&len) {
        return Ok(None);
    }
    let mut record = [0; END64];
    file.range(end, END64 as u64).read_exact(&mut record)?;
    let (start, directory_len) = (quad(&record, 48), quad(&record, 40));
    let is_whole = record.starts_with(b"PK\x06\x06")
        && quad(&record, 4).checked_add(12) == Some(len)
        && long(&record, 16) == 0
        && long(&record, 20) == 0
        && quad(&record, 24) == quad(&record, 32)
        && start.checked_add(directory_len) == Some(end);
    Ok(is_whole.then_some((start, end)))
}

/// What stands behind a directory from `start` to `end`, for a file that ends there.
fn behind(start: u64, end: u64) -> Vec<u8> {
    let mut bytes = b"PK\x06\x06".to_vec();
    bytes.extend((END64 as u64 - 12).to_le_bytes());
    // Versions, numbers of disks and of entries, which libarchive does not count.
    bytes.extend([0; 28]);
    bytes.extend((end - start).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    // No more than this is looked at for the record.
    bytes.resize(bytes.len() + TAIL as usize, 0);
    bytes.extend(b"PK\x06\x07\0\0\0\0");
    bytes.extend(end.to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    // Where it is, is too much for this record.
    bytes.extend(b"PK\x05\x06\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0");
    bytes
}

/// The fixed part of an entry.
struct Header<'b>(&'b [u8; HEADER]);

impl Header<'_> {
    fn name_len(&self) -> usize {
        word(self.0, 28).into()
    }

    fn extra_len(&self) -> usize {
        word(self.0, 30).into()
    }

    fn comment_len(&self) -> usize {
        word(self.0, 32).into()
    }

    /// Whether it is an entry that is not encrypted in any way.
    fn is_plain(&self) -> bool {
        const ENCRYPTED: u16 = 1 | 1 << 6;
        self.0.starts_with(b"PK\x01\x02") && word(self.0, 8) & ENCRYPTED == 0
    }

    /// Where its data begins; `None` when the extra fields are not right, or can concern others.
    fn offset(&self, mut extra: &[u8]) -> Option<u64> {
        let mut numbers = [24, 20, 42].map(|at| long(self.0, at));
        while extra.len() >= 4 {
            let (id, len) = (word(extra, 0), usize::from(word(extra, 2)));
            let (field, rest) = extra[4..].split_at_checked(len)?;
            extra = rest;
            match id {
                // Numbers of 64 bits.
                1 => {
                    let mut field = field;
                    for number in &mut numbers {
                        if *number == ELSEWHERE {
                            let (value, rest) = field.split_first_chunk()?;
                            *number = u64::from_le_bytes(*value);
                            i64::try_from(*number).ok()?;
                            field = rest;
                        }
                    }
                }
                // Times.
                0x5455 if field.is_empty() => return None,
                // Another name, which libarchive gives to the entry that it is at; encryption.
                0x7075 | 0x9901 => return None,
                _ => {}
            }
        }
        extra.iter().all(|byte| *byte == 0).then_some(numbers[2])
    }
}
