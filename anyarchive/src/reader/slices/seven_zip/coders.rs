//! How a folder is packed.

use std::io::Read;

use super::input::{Input, put_number};

/// The coders that stand alone, and that libarchive knows, or has always failed of.
const ALONE: [&[u8]; 6] = [
    COPY,
    LZMA,
    LZMA2,
    &[4, 1, 8],
    &[4, 2, 2],
    &[4, 0xf7, 0x11, 1],
];
const COPY: &[u8] = &[0];
const LZMA: &[u8] = &[3, 1, 1];
const LZMA2: &[u8] = &[0x21];

/// What libarchive decodes of it depends on where the blocks of its input begin.
const PPMD: u64 = 0x03_0401;

/// The coder of several streams.
const BCJ2: u64 = 0x0303_011b;

/// Of what is encrypted libarchive tells for all files that follow.
const ENCRYPTION: [u64; 3] = [0x06f1_0101, 0x06f1_0303, 0x06f1_0701];

/// Most streams of a coder.
const MAX_STREAMS: u64 = 16;

/// Most bytes of a coder's properties: libarchive works with more memory from then on when there are
/// many.
const MAX_PROPERTIES: u64 = 1 << 10;

/// Largest number that libarchive takes for one of things.
const MAX_COUNT: u64 = 100_000_000;

/// What the record of a folder says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Coders {
    pub(super) kind: Kind,
    /// How many streams are packed.
    pub(super) packed: usize,
    /// How many lengths there are, of what comes out of each coder.
    pub(super) lens: usize,
    /// Which of them is that of the files.
    pub(super) main: usize,
    /// Bytes of its dictionary, if that is all that it takes.
    pub(super) dictionary: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Copy,
    /// Another coder that stands alone.
    Alone,
    /// Filters, and what is before them.
    Several,
}

impl Coders {
    /// Copies the record of a folder.
    pub(super) fn read(input: &mut Input<impl Read>, record: &mut Vec<u8>) -> Option<Self> {
        let copy = |input: &mut Input<_>, most: u64, record: &mut Vec<u8>| {
            let number = input.number().filter(|number| *number <= most)?;
            put_number(record, number);
            usize::try_from(number).ok()
        };
        let count = copy(input, 4, record)?;
        let mut coders = Self {
            kind: Kind::Several,
            packed: 0,
            lens: 0,
            main: 0,
            dictionary: u64::MAX,
        };
        let (mut streams_in, mut with_bcj2) = (0, 0);
        for _ in 0..count {
            let flags = input.byte()?;
            let (has_streams, has_properties) = (flags & 0x10 != 0, flags & 0x20 != 0);
            let id = input.vec(u64::from(flags & 0xf))?;
            // What has no bytes is damage to libarchive, if the header is packed.
            if flags & 0xc0 != 0 || !(1..=8).contains(&id.len()) {
                return None;
            }
            record.push(flags);
            record.extend(&id);
            let (mut ins, mut outs) = (1, 1);
            if has_streams {
                ins = copy(input, MAX_STREAMS, record)?;
                outs = copy(input, MAX_STREAMS, record)?;
            }
            let mut properties = Vec::new();
            if has_properties {
                let len = copy(input, MAX_PROPERTIES, record)?;
                properties = input.vec(len as u64).filter(|bytes| !bytes.is_empty())?;
                record.extend(&properties);
            }
            streams_in += ins;
            coders.lens += outs;
            let number = id.iter().fold(0, |id, byte| id << 8 | u64::from(*byte));
            if ENCRYPTION.contains(&number) || number == PPMD {
                return None;
            }
            with_bcj2 += usize::from(number == BCJ2);
            if count == 1 {
                if has_streams || !ALONE.contains(&&id[..]) {
                    return None;
                }
                coders.kind = if id == COPY { Kind::Copy } else { Kind::Alone };
                coders.dictionary = dictionary(&id, &properties)?;
            }
        }
        // What libarchive says to be too many is an error of each file.
        if with_bcj2 > 1 || (count > 2 && with_bcj2 == 0) {
            return None;
        }
        let pairs = coders.lens.checked_sub(1)?;
        coders.packed = streams_in.checked_sub(pairs).filter(|packed| *packed > 0)?;
        let (mut bound_in, mut bound_out) = (Vec::new(), Vec::new());
        for _ in 0..pairs {
            bound_in.push(copy(input, MAX_COUNT, record)?);
            bound_out.push(copy(input, MAX_COUNT, record)?);
        }
        if coders.packed > 1 {
            for _ in 0..coders.packed {
                copy(input, MAX_COUNT, record)?;
            }
        } else if (0..streams_in).all(|stream| bound_in.contains(&stream)) {
            return None;
        }
        coders.main = (0..coders.lens).rfind(|stream| !bound_out.contains(stream))?;
        Some(coders)
    }
}

/// Bytes of the dictionary of a coder that stands alone.
fn dictionary(id: &[u8], properties: &[u8]) -> Option<u64> {
    Some(match (id, properties) {
        (COPY, _) => 0,
        (LZMA, [_, size @ ..]) => u32::from_le_bytes(size.try_into().ok()?).into(),
        (LZMA2, [40]) => u32::MAX.into(),
        (LZMA2, [bits @ 0..40]) => u64::from(2 | bits & 1) << (bits / 2 + 11),
        // Not known, so too much for a header.
        _ => u64::MAX,
    })
}
