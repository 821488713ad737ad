//! Where a header is, and how it is read.

use std::io::{self, Read};

use super::{SIGNATURE, Streams, id, input::Input};
use crate::{
    Error, ErrorKind, Format, Reader, ReaderBuilder, Result,
    reader::{
        crc32::{crc32, crc32_on},
        origin::{FileAt, Origin},
        slices::{Around, Sliced, changed},
    },
};

/// Longest header that only tells where the packed one is, in bytes.
const MAX_ENCODED: u64 = 1 << 10;

/// Largest dictionary to decode a header, in bytes.
const MAX_DICTIONARY: u64 = 8 << 20;

/// Most readers that are at a header at once: for the names, three kinds of times and attributes.
const READERS: u64 = 5;

/// Where a header is.
#[derive(Debug)]
pub(super) enum Place {
    /// As it is.
    Plain { start: u64, len: u64, crc: u32 },
    /// Packed as one file.
    Packed {
        signature: [u8; 8],
        streams: Streams,
    },
}

impl Place {
    /// Finds the header of an archive without anything before it. The first bytes of the file, too,
    /// and where what is packed ends, from the end of the signature header.
    pub(super) fn find(file: &FileAt) -> Option<([u8; 8], Self, u64)> {
        let mut bytes = [0; SIGNATURE as usize];
        file.range(0, SIGNATURE).read_exact(&mut bytes).ok()?;
        let (signature, rest) = bytes.split_first_chunk::<8>()?;
        let (crc, rest) = rest.split_first_chunk::<4>()?;
        if !signature.starts_with(b"7z\xbc\xaf\x27\x1c") || crc32(rest) != u32::from_le_bytes(*crc)
        {
            return None;
        }
        let (offset, rest) = rest.split_first_chunk::<8>()?;
        let (len, crc) = rest.split_first_chunk::<8>()?;
        let (offset, len) = (u64::from_le_bytes(*offset), u64::from_le_bytes(*len));
        let crc = u32::from_le_bytes(crc.try_into().ok()?);
        let start = SIGNATURE.checked_add(offset)?;
        if len == 0 || start.checked_add(len)? > file.end() {
            return None;
        }
        let mut first = [0];
        file.range(start, 1).read_exact(&mut first).ok()?;
        let place = match first[0] {
            id::ENCODED_HEADER if len <= MAX_ENCODED => {
                let mut bytes = Vec::new();
                file.range(start, len).read_to_end(&mut bytes).ok()?;
                if bytes.len() as u64 != len || crc32(&bytes) != crc {
                    return None;
                }
                let mut input = Input::new(&bytes[..], len);
                input.expect(id::ENCODED_HEADER)?;
                let streams = Streams::read(&mut input, offset)?;
                let streams = streams.into_packed().filter(|_| input.is_over())?;
                Self::Packed {
                    signature: *signature,
                    streams,
                }
            }
            id::HEADER => Self::Plain { start, len, crc },
            _ => return None,
        };
        Some((*signature, place, offset))
    }

    /// The same to be decoded with little memory, if that can work: what is the same mostly is not
    /// far away.
    pub(super) fn with_small_dictionary(&self) -> Option<Self> {
        match self {
            Self::Plain { .. } => None,
            Self::Packed { signature, streams } => Some(Self::Packed {
                signature: *signature,
                streams: streams.with_small_dictionary()?,
            }),
        }
    }

    /// Bytes of the header as it is read.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Plain { len, .. } => *len,
            Self::Packed { streams, .. } => streams.first_len(),
        }
    }

    /// Where libarchive is when it has read this. That depends on what it decodes at a time: somewhere
    /// in what is packed.
    pub(super) fn position(&self) -> u64 {
        match self {
            Self::Plain { start, len, .. } => start + len - 1,
            Self::Packed { streams, .. } => streams.start(),
        }
    }

    /// Reads from the first byte on.
    pub(super) fn open(&self, origin: &Origin) -> Result<Bytes> {
        let file = origin.at_start();
        let (signature, streams) = match self {
            Self::Plain { start, len, crc } => {
                return Ok(Bytes::Plain {
                    range: file.range(*start, *len),
                    sum: 0,
                    crc: *crc,
                });
            }
            Self::Packed { signature, streams } => (signature, streams),
        };
        let settings = origin.settings();
        let most = settings.decoder_memory.unwrap_or(u64::MAX) / READERS;
        if streams.dictionary > most.min(MAX_DICTIONARY) {
            let what = "the header takes much memory to decode";
            return Err(Error::new(ErrorKind::Unsupported, what));
        }
        // libarchive loses its place where a block ends in it.
        if streams.is_copy() && streams.first_len() > settings.block_bytes() as u64 {
            let what = "the header is not compressed, and longer than a block";
            return Err(Error::new(ErrorKind::Unsupported, what));
        }
        let mut header = begin(0);
        streams.write(0..1, &mut header);
        header.extend([
            id::FILES,
            1,
            id::NAMES,
            5,
            0,
            b'h',
            0,
            0,
            0,
            id::END,
            id::END,
        ]);
        let around = around(*signature, header, file.end());
        let source = Sliced::new(file, around, settings.block_bytes(), 0)
            .map_err(|error| Error::io("cannot open", error))?;
        // As libarchive decodes it when it reads all.
        let only = ReaderBuilder::new().format(Format::SevenZip).no_filters();
        let mut reader = only.open_source(Box::new(source), None)?;
        if !reader.advance()? {
            return Err(changed());
        }
        Ok(Bytes::Packed {
            reader: Box::new(reader),
            has_failed: false,
        })
    }
}

/// What is between the file and another header: libarchive seeks to that, as it cannot come there by
/// reading on.
const GAP: usize = SIGNATURE as usize + 1;

/// Begins another header, which may become so long, after the gap.
pub(super) fn begin(capacity: usize) -> Vec<u8> {
    let mut header = Vec::with_capacity(GAP + 1 + capacity);
    header.extend([0; GAP]);
    header.push(id::HEADER);
    header
}

/// What makes a file of `len` bytes an archive with another header.
pub(super) fn around(signature: [u8; 8], behind: Vec<u8>, len: u64) -> Around {
    let header = &behind[GAP..];
    let mut place = (len - SIGNATURE + GAP as u64).to_le_bytes().to_vec();
    place.extend((header.len() as u64).to_le_bytes());
    place.extend(crc32(header).to_le_bytes());
    let mut head = signature.to_vec();
    head.extend(crc32(&place).to_le_bytes());
    head.extend(place);
    Around { head, behind }
}

/// The bytes of a header.
#[derive(Debug)]
pub(super) enum Bytes {
    Plain {
        range: FileAt,
        sum: u32,
        crc: u32,
    },
    Packed {
        reader: Box<Reader<'static>>,
        has_failed: bool,
    },
}

impl Bytes {
    /// Whether the checksum is, of a header that was read to its end. What was packed has been
    /// compared.
    pub(super) fn are_right(&self) -> bool {
        match self {
            Self::Plain { sum, crc, .. } => sum == crc,
            Self::Packed { .. } => true,
        }
    }

    /// Whether what is packed could not be decoded.
    pub(super) fn have_failed(&self) -> bool {
        matches!(self, Self::Packed { has_failed, .. } if *has_failed)
    }
}

impl Read for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain { range, sum, .. } => {
                let count = range.read(buffer)?;
                *sum = crc32_on(*sum, &buffer[..count]);
                Ok(count)
            }
            Self::Packed { reader, has_failed } => {
                let Some(mut entry) = reader.current_entry() else {
                    return Ok(0);
                };
                let result = entry.read(buffer);
                *has_failed |= result.is_err();
                result
            }
        }
    }
}

/// Bytes that were there could not be read again.
pub(super) fn failure(error: io::Error) -> Error {
    match error.downcast::<Error>() {
        Ok(error) if error.kind() == ErrorKind::Io => error,
        Ok(_) => changed(),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => changed(),
        Err(error) => Error::io("cannot read", error),
    }
}
