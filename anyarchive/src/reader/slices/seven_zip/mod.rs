//! The header of a 7z archive, walked through as libarchive does.
//!
//! See `DOC/7zFormat.txt` of the LZMA SDK, <https://www.7-zip.org/sdk.html>.

mod coders;
mod cursors;
mod cutter;
mod input;
mod packed;
mod runs;
mod streams;

use std::io::Read as _;

pub(super) use self::cursors::Cursors;
use self::{
    cutter::{Cutter, Slice},
    input::{Bits, Input},
    packed::{Bytes, Place},
    runs::Runs,
    streams::Streams,
};
use crate::reader::origin::{FileAt, Origin};

/// What parts of a header begin with.
mod id {
    pub(super) const END: u8 = 0;
    pub(super) const HEADER: u8 = 1;
    pub(super) const STREAMS: u8 = 4;
    pub(super) const FILES: u8 = 5;
    pub(super) const PACKED: u8 = 6;
    pub(super) const FOLDERS: u8 = 7;
    pub(super) const FILES_OF_FOLDERS: u8 = 8;
    pub(super) const SIZE: u8 = 9;
    pub(super) const DIGEST: u8 = 10;
    pub(super) const FOLDER: u8 = 11;
    pub(super) const UNPACKED_SIZE: u8 = 12;
    pub(super) const FILE_COUNTS: u8 = 13;
    pub(super) const WITHOUT_DATA: u8 = 14;
    pub(super) const EMPTY_FILES: u8 = 15;
    pub(super) const ANTI: u8 = 16;
    pub(super) const NAMES: u8 = 17;
    pub(super) const CREATED: u8 = 18;
    pub(super) const ACCESSED: u8 = 19;
    pub(super) const MODIFIED: u8 = 20;
    pub(super) const ATTRIBUTES: u8 = 21;
    pub(super) const ENCODED_HEADER: u8 = 23;
    pub(super) const PADDING: u8 = 25;
}

/// Length of what an archive begins with, in bytes.
const SIGNATURE: u64 = 32;

/// Bytes of a header that are gone through: so many may come out of very few.
const MAX_LEN: u64 = 1 << 30;

/// Bytes that nobody is interested in.
const MAX_PADDING: u64 = 1 << 10;

/// Numbers of one kind, one for each file, or for some.
#[derive(Debug)]
struct Property {
    id: u8,
    /// Bytes of each.
    width: u64,
    /// Where they begin, from the start of the header.
    start: u64,
    /// All of them, when that takes little and each file has one.
    runs: Option<Runs>,
    /// Which files have one; `None` when all have.
    defined: Option<Bits>,
}

impl Property {
    /// Bytes of all that belong to a slice.
    fn len(&self, slice: &Slice) -> u64 {
        let defined = self.defined.as_ref();
        self.width * defined.map_or(slice.count, |bits| bits.count(slice.first, slice.count))
    }
}

/// What is known of a header: all but the names, times and attributes of files.
#[derive(Debug)]
pub(super) struct Header {
    place: Place,
    /// The first bytes of the file.
    signature: [u8; 8],
    streams: Streams,
    files: u64,
    /// Of all files; `None` when all have data.
    without_data: Option<Bits>,
    /// Of those without data, which are no directories; `None` when all are.
    empty_files: Option<Bits>,
    names_start: u64,
    properties: Vec<Property>,
    slices: Vec<Slice>,
}

impl Header {
    /// Finds slices of `len` bytes and what it takes to where the next can begin; `None` unless
    /// libarchive reads the whole header without a word, and the slices do not depend on each other.
    pub(super) fn find(origin: &Origin, len: u64) -> Option<Self> {
        let file = origin.at_start();
        if may_be_tar(&file) {
            return None;
        }
        let (signature, place, packed_end) = Place::find(&file)?;
        if !(len + 1..=MAX_LEN).contains(&place.len()) {
            return None;
        }
        let small = place.with_small_dictionary();
        for place in small.into_iter().chain([place]) {
            let mut input = Input::new(place.open(origin).ok()?, place.len());
            let mut header = Self {
                place,
                signature,
                streams: Streams::default(),
                files: 0,
                without_data: None,
                empty_files: None,
                names_start: 0,
                properties: Vec::new(),
                slices: Vec::new(),
            };
            let parsed = header.parse(&mut input, packed_end, len);
            if parsed.is_some() && input.is_over() && input.source().are_right() {
                return header.is_cut().then_some(header);
            }
            if !input.source().have_failed() {
                return None;
            }
        }
        None
    }

    /// Whether no slice is most of all.
    fn is_cut(&self) -> bool {
        let all = self.slices.iter().map(Slice::len);
        let (total, longest) = (all.clone().sum::<u64>(), all.max());
        longest.is_some_and(|longest| longest <= total / 2)
    }

    pub(super) fn slices(&self) -> &[Slice] {
        &self.slices
    }

    /// Where libarchive is when it has read this, more or less, in bytes from the start of the file.
    pub(super) fn position(&self) -> u64 {
        self.place.position()
    }

    fn parse(&mut self, input: &mut Input<Bytes>, packed_end: u64, len: u64) -> Option<()> {
        input.expect(id::HEADER)?;
        let mut next = input.byte()?;
        if next == id::STREAMS {
            self.streams = Streams::read(input, packed_end)?;
            next = input.byte()?;
        }
        self.files = input.count().filter(|_| next == id::FILES)?;
        // The most that a slice holds at least; nobody gains from the others then.
        let files = self.streams.folders.iter().map(|folder| &folder.files);
        if files.map(|files| files.len() as u64).max() > Some(self.files / 2) {
            return None;
        }
        let mut seen = [false; id::PADDING as usize];
        loop {
            let id = input.byte()?;
            if id == id::END {
                break;
            }
            let size = input.number().filter(|size| *size <= input.left())?;
            let end = input.position() + size;
            if id != id::PADDING && std::mem::replace(seen.get_mut(usize::from(id))?, true) {
                return None;
            }
            self.property(input, id, size, len)?;
            if input.position() != end {
                return None;
            }
        }
        input.expect(id::END)
    }

    fn property(&mut self, input: &mut Input<Bytes>, id: u8, size: u64, len: u64) -> Option<()> {
        let all = self.files;
        let without_data = self.without_data.as_ref();
        let empty = || Some(without_data?.count(0, all)).filter(|count| *count > 0);
        match id {
            // All that follows depends on it.
            id::WITHOUT_DATA if self.slices.is_empty() => {
                self.without_data = Some(input.bits(all)?);
            }
            id::EMPTY_FILES => self.empty_files = Some(input.bits(empty()?)?),
            // libarchive has no use for it.
            id::ANTI => drop(input.bits(empty()?)?),
            id::NAMES => self.cut(input, size, len)?,
            // So that the slices are known.
            _ if self.slices.is_empty() && id != id::PADDING => return None,
            id::CREATED | id::ACCESSED | id::MODIFIED => {
                let defined = match input.byte()? {
                    0 => Some(input.bits(all)?),
                    1 => None,
                    _ => return None,
                };
                self.values(input, id, 8, defined, |_, _| true)?;
            }
            // libarchive is mistaken in where the bits are when some have none.
            id::ATTRIBUTES => {
                input.expect(1)?;
                self.values(input, id, 4, None, |bytes, without_data| {
                    without_data || has_data_of_a_file(bytes)
                })?;
            }
            id::PADDING if size <= MAX_PADDING => drop(input.vec(size)?),
            _ => return None,
        }
        Some(())
    }

    /// Goes through values that are said not to be elsewhere, if they all are as they should be.
    fn values(
        &mut self,
        input: &mut Input<Bytes>,
        id: u8,
        width: u64,
        defined: Option<Bits>,
        is_right: impl Fn(&[u8], bool) -> bool,
    ) -> Option<()> {
        let is_elsewhere = 0;
        input.expect(is_elsewhere)?;
        let mut property = Property {
            id,
            width,
            start: input.position(),
            runs: defined.is_none().then(Runs::default),
            defined,
        };
        for slice in &mut self.slices {
            let bytes = input.vec(property.len(slice))?;
            slice.add(&bytes);
            let values = bytes.chunks_exact(usize::try_from(width).ok()?);
            let without_data = |file| {
                self.without_data
                    .as_ref()
                    .is_some_and(|bits| bits.get(file))
            };
            for (value, file) in values.zip(slice.first..) {
                if let Some(runs) = &mut property.runs
                    && runs.push(value).is_none()
                {
                    property.runs = None;
                }
                if !is_right(value, without_data(file)) {
                    return None;
                }
            }
        }
        self.properties.push(property);
        Some(())
    }

    /// Goes through the names, and cuts where they come to `len` bytes.
    fn cut(&mut self, input: &mut Input<Bytes>, size: u64, len: u64) -> Option<()> {
        let without_data = self.without_data.as_ref();
        let without = without_data.map_or(0, |bits| bits.count(0, self.files));
        if self.streams.file_count() != self.files - without {
            return None;
        }
        let mut left = size.checked_sub(1).filter(|size| size % 2 == 0)?;
        let is_external = 0;
        input.expect(is_external)?;
        self.names_start = input.position();
        let mut cutter = Cutter::new(&self.streams, len);
        let mut buffer = vec![0; 1 << 14];
        while left > 0 {
            let count = left.min(buffer.len() as u64);
            let bytes = &mut buffer[..usize::try_from(count).ok()?];
            input.fill(bytes)?;
            left -= count;
            for unit in bytes.as_chunks::<2>().0 {
                let file = cutter.files;
                cutter.unit(*unit, || without_data.is_some_and(|bits| bits.get(file)))?;
            }
        }
        self.slices = cutter.finish(self.files)?;
        Some(())
    }
}

/// Whether a file with data is one by its attributes, or a symbolic link: libarchive may not read the
/// data of others.
fn has_data_of_a_file(attributes: &[u8]) -> bool {
    let [low, flags, low_mode, high_mode] = *attributes else {
        return false;
    };
    const DIRECTORY: u8 = 0x10;
    const UNIX: u8 = 0x80;
    match u16::from_le_bytes([low_mode, high_mode]) & 0o170_000 {
        0o100_000 | 0o120_000 => flags & UNIX != 0 || low & DIRECTORY == 0,
        _ => [flags & UNIX, low_mode, high_mode, low & DIRECTORY] == [0; 4],
    }
}

/// Whether libarchive may take this for a tar: it is one by the checksum of its first bytes.
fn may_be_tar(file: &FileAt) -> bool {
    let mut sum = [0; 8];
    let is_there = file.range(148, 8).read_exact(&mut sum).is_ok();
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'7');
    is_there
        && sum.iter().any(is_digit)
        && sum
            .iter()
            .all(|byte| is_digit(byte) || b" \0".contains(byte))
}

#[cfg(test)]
mod tests;
