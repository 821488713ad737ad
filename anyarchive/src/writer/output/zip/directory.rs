//! The directory at the end of a ZIP file, with what libarchive could not know.

use std::io::{self, Write};

use super::{Record, Written, long, unexpected, word};
use crate::writer::output::blocks::Blocks;

/// The largest number that fits its field; it also says that the number is elsewhere.
pub(super) const MAX: u64 = 0xffff_ffff;
const ENTRY: usize = 46;
/// Id of the extra field with numbers of 64 bits.
const LARGE: u16 = 1;
/// Version of the format that has such numbers.
const VERSION: u16 = 45;

#[derive(Debug)]
pub(super) struct Directory {
    start: u64,
    /// What is not a whole entry yet; behind the last entry, the end as libarchive has it.
    buffer: Vec<u8>,
    /// Entries that were written.
    entries: usize,
}

impl Directory {
    pub(super) fn new(start: u64) -> Self {
        Self {
            start,
            buffer: Vec::new(),
            entries: 0,
        }
    }

    pub(super) fn write(
        &mut self,
        bytes: &[u8],
        output: &mut Written,
        blocks: &mut Blocks<impl Write>,
    ) -> io::Result<()> {
        self.buffer.extend_from_slice(bytes);
        let (mut rest, mut made) = (&self.buffer[..], Vec::new());
        while let Some(&record) = output.records.get(self.entries) {
            let Some(len) = entry_len(rest) else { break };
            if rest.len() < len {
                break;
            }
            let (entry, behind) = rest.split_at(len);
            put_entry(entry, record, &mut made).ok_or_else(unexpected)?;
            rest = behind;
            self.entries += 1;
        }
        let taken = self.buffer.len() - rest.len();
        self.buffer.drain(..taken);
        output.put(&made, blocks)
    }

    /// Writes the end.
    pub(super) fn finish(
        &self,
        output: &mut Written,
        blocks: &mut Blocks<impl Write>,
    ) -> io::Result<()> {
        let is_end =
            self.buffer.starts_with(b"PK\x05\x06") || self.buffer.starts_with(b"PK\x06\x06");
        if !is_end || self.entries != output.records.len() {
            return Err(unexpected());
        }
        let bytes = end(self.start, output.position, self.entries as u64);
        output.put(&bytes, blocks)
    }
}

/// Length of the entry that begins here, if that can be seen.
fn entry_len(bytes: &[u8]) -> Option<usize> {
    let variable = [28, 30, 32].map(|at| word(bytes, at).map(usize::from));
    let [name, extra, comment] = variable;
    Some(ENTRY + name? + extra? + comment?).filter(|_| bytes.len() >= ENTRY)
}

/// Numbers of an entry that take 64 bits if need be, in the order in which they stand in the field for
/// that, and where they stand otherwise.
struct Numbers {
    size: u64,
    compressed: u64,
    offset: u64,
}

const PLACES: [usize; 3] = [24, 20, 42];

/// Puts an entry of the directory behind what is there; `None` when it is not such an entry.
fn put_entry(entry: &[u8], record: Record, made: &mut Vec<u8>) -> Option<()> {
    if !entry.starts_with(b"PK\x01\x02") {
        return None;
    }
    let (fixed, name_and_more) = entry.split_at_checked(ENTRY)?;
    let (name, extra_and_more) = name_and_more.split_at_checked(word(entry, 28)?.into())?;
    let (extra, comment) = extra_and_more.split_at_checked(word(entry, 30)?.into())?;
    let (mut extra, large) = without_large(extra)?;
    let numbers = match record.sum {
        Some(sum) => Numbers {
            size: sum.size,
            compressed: sum.compressed,
            offset: record.offset,
        },
        None => Numbers {
            offset: record.offset,
            ..Numbers::of(fixed, large)?
        },
    };
    let numbers = [numbers.size, numbers.compressed, numbers.offset];
    let mut field = Vec::new();
    for number in numbers.into_iter().filter(|&number| number >= MAX) {
        field.extend(number.to_le_bytes());
    }
    let start = made.len();
    made.extend_from_slice(fixed);
    let mut set =
        |at: usize, bytes: &[u8]| made[start + at..][..bytes.len()].copy_from_slice(bytes);
    for (at, number) in PLACES.into_iter().zip(numbers) {
        set(at, &(number.min(MAX) as u32).to_le_bytes());
    }
    if let Some(sum) = record.sum {
        set(16, &sum.crc.to_le_bytes());
    }
    if !field.is_empty() {
        extra.extend(LARGE.to_le_bytes());
        extra.extend((field.len() as u16).to_le_bytes());
        extra.extend(field);
        set(6, &word(fixed, 6)?.max(VERSION).to_le_bytes());
    }
    set(30, &u16::try_from(extra.len()).ok()?.to_le_bytes());
    made.extend_from_slice(name);
    made.extend(extra);
    made.extend_from_slice(comment);
    Some(())
}

impl Numbers {
    /// As libarchive wrote them.
    fn of(fixed: &[u8], mut large: &[u8]) -> Option<Self> {
        let mut numbers = [0; 3];
        for (number, at) in numbers.iter_mut().zip(PLACES) {
            *number = long(fixed, at)?.into();
            if *number == MAX
                && let Some((value, rest)) = large.split_first_chunk()
            {
                (*number, large) = (u64::from_le_bytes(*value), rest);
            }
        }
        let [size, compressed, offset] = numbers;
        Some(Self {
            size,
            compressed,
            offset,
        })
    }
}

/// The extra fields without the one for large numbers, and that one.
fn without_large(mut extra: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (mut others, mut large) = (Vec::new(), &[][..]);
    while !extra.is_empty() {
        let len = 4 + usize::from(word(extra, 2)?);
        let (field, rest) = extra.split_at_checked(len)?;
        match word(field, 0)? {
            LARGE => large = &field[4..],
            _ => others.extend_from_slice(field),
        }
        extra = rest;
    }
    Some((others, large))
}

/// The records behind a directory.
fn end(start: u64, end: u64, entries: u64) -> Vec<u8> {
    let len = end - start;
    let mut bytes = Vec::new();
    if start.max(len) >= MAX || entries >= 0xffff {
        bytes.extend(b"PK\x06\x06");
        bytes.extend(44_u64.to_le_bytes());
        bytes.extend([VERSION.to_le_bytes(); 2].concat());
        // Numbers of disks.
        bytes.extend([0; 8]);
        bytes.extend([entries.to_le_bytes(); 2].concat());
        bytes.extend(len.to_le_bytes());
        bytes.extend(start.to_le_bytes());
        bytes.extend(b"PK\x06\x07\0\0\0\0");
        bytes.extend(end.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
    }
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([(entries.min(0xffff) as u16).to_le_bytes(); 2].concat());
    bytes.extend((len.min(MAX) as u32).to_le_bytes());
    bytes.extend((start.min(MAX) as u32).to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::writer::output::zip::Sum;

    /// An entry as libarchive has it, with this extra field.
    fn entry(extra: &[u8]) -> Vec<u8> {
        let mut entry = b"PK\x01\x02\x14\x03\x14\0\x08\0\x08\0".to_vec();
        entry.resize(28, 0xee);
        entry.extend([1, 0, extra.len() as u8, 0, 3, 0]);
        entry.resize(ENTRY, 0xdd);
        entry.extend(b"n");
        entry.extend(extra);
        entry.extend(b"end");
        entry
    }

    fn made(extra: &[u8], offset: u64, sum: Option<Sum>) -> Vec<u8> {
        let mut made = b"before".to_vec();
        let entry = entry(extra);
        assert_eq!(entry_len(&entry), Some(entry.len()));
        assert_eq!(entry_len(&entry[..ENTRY - 1]), None);
        put_entry(&entry, Record { offset, sum }, &mut made).unwrap();
        made.split_off(6)
    }

    const TIME: &[u8] = b"UT\x05\0\x01\x01\x02\x03\x04";

    #[test]
    fn numbers_go_to_their_fields() {
        let sum = Sum {
            crc: 0x0403_0201,
            compressed: 0x17,
            size: 0xffff_fffe,
        };
        let small = made(TIME, 0x1234, Some(sum));
        let mut expected = entry(TIME);
        expected[16..28].copy_from_slice(b"\x01\x02\x03\x04\x17\0\0\0\xfe\xff\xff\xff");
        expected[42..46].copy_from_slice(b"\x34\x12\0\0");
        assert_eq!(small, expected);
        // A link, of which only the place changes.
        expected[16..28].fill(0xee);
        assert_eq!(made(TIME, 0x1234, None), expected);
    }

    #[test]
    fn large_numbers_go_behind_the_other_extra_fields() {
        let sum = |compressed, size| {
            Some(Sum {
                crc: 0,
                compressed,
                size,
            })
        };
        let field = |entry: &[u8]| entry[ENTRY + 1 + TIME.len()..entry.len() - 3].to_vec();
        let large = made(TIME, MAX, sum(7, 1 << 33));
        assert_eq!(large[20..28], *b"\x07\0\0\0\xff\xff\xff\xff");
        assert_eq!(large[42..46], [0xff; 4]);
        assert_eq!((large[4], large[6]), (0x14, 45));
        assert_eq!(usize::from(large[30]), TIME.len() + 20);
        let numbers = b"\x01\0\x10\0\0\0\0\0\x02\0\0\0\xff\xff\xff\xff\0\0\0\0";
        assert_eq!(field(&large), numbers);
        assert!(large.ends_with(b"end"));
        let large = made(TIME, 0, sum(1 << 32, 1 << 33));
        let numbers = b"\x01\0\x10\0\0\0\0\0\x02\0\0\0\0\0\0\0\x01\0\0\0";
        assert_eq!(field(&large), numbers);
        // What libarchive has of them is not there twice.
        let own = [TIME, b"\x01\0\x08\0\x07\x06\x05\x04\x03\x02\x01\0"].concat();
        assert_eq!(made(&own, 0, sum(1 << 32, 1 << 33)), large);
        let mut link = entry(&own);
        link[24..28].fill(0xff);
        let mut kept = Vec::new();
        let record = Record {
            offset: 0xdddd_dddd,
            sum: None,
        };
        put_entry(&link, record, &mut kept).unwrap();
        link[6] = 45;
        assert_eq!(kept[..8], link[..8]);
        assert_eq!(field(&kept), own[TIME.len()..]);
    }

    #[test]
    fn what_is_no_entry_is_told() {
        for bad in [
            &b""[..],
            b"PK\x05\x06",
            &entry(TIME)[..ENTRY + 5],
            &entry(b"UT\x07\0"),
        ] {
            let record = Record {
                offset: 0,
                sum: None,
            };
            assert!(put_entry(bad, record, &mut Vec::new()).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn the_end_has_large_numbers_where_they_are_needed() {
        assert_eq!(end(5, 51, 1).len(), 22);
        assert_eq!(end(5, 51, 0xfffe).len(), 22);
        for (start, len, entries) in [(MAX, 46, 1), (5, MAX, 1), (5, 46, 0xffff), (1 << 40, 46, 1)]
        {
            let end = end(start, start + len, entries);
            assert_eq!(end.len(), 56 + 20 + 22);
            let quad = |at: usize| u64::from_le_bytes(end[at..at + 8].try_into().unwrap());
            assert_eq!((quad(4), quad(24), quad(32)), (44, entries, entries));
            assert_eq!((quad(40), quad(48)), (len, start));
            assert_eq!((&end[56..60], quad(64)), (&b"PK\x06\x07"[..], start + len));
            let long =
                |at: usize| u64::from(u32::from_le_bytes(end[at..at + 4].try_into().unwrap()));
            assert_eq!((long(72), long(76)), (1, 0x0605_4b50));
            assert_eq!((long(88), long(92)), (len.min(MAX), start.min(MAX)));
        }
    }
}
