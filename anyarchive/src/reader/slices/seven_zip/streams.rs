//! What is packed in an archive, how, and which files come out.

use std::{io::Read, ops::Range};

use super::{
    id,
    input::{Bits, Input, put_number},
};

/// Bytes of the header that may be about this: it is kept in memory.
const MAX_LEN: u64 = 1 << 20;

/// Bytes that tell of a folder, at least: two sizes, and the record of its coder.
const MIN_LEN: u64 = 5;

/// What libarchive decodes at a time. When a folder ends with that, it may have bytes of it left.
const CHUNK: u64 = 64 << 10;

/// The coders that stand alone, and that libarchive knows, or has always failed of.
const CODERS: [&[u8]; 7] = [
    &[0],
    LZMA,
    LZMA2,
    &[3, 4, 1],
    &[4, 1, 8],
    &[4, 2, 2],
    &[4, 0xf7, 0x11, 1],
];
const LZMA: &[u8] = &[3, 1, 1];
const LZMA2: &[u8] = &[0x21];

/// A dictionary that is large enough for most headers, in bytes.
const SMALL: u32 = 64 << 10;

/// What is packed as one, with one coder.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    /// Where it is, from the end of the signature header.
    start: u64,
    packed_len: u64,
    pub(super) len: u64,
    /// Its record of the coder.
    coder: Range<usize>,
    digest: Option<u32>,
    /// Its files.
    pub(super) files: Range<usize>,
}

impl Folder {
    /// Whether libarchive is sure to be through with it when it has given all of it.
    pub(super) fn ends_well(&self) -> bool {
        !self.len.is_multiple_of(CHUNK)
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Streams {
    pub(super) folders: Vec<Folder>,
    coders: Vec<u8>,
    /// Bytes that the largest dictionary takes.
    pub(super) dictionary: u64,
    /// Length and checksum of each file.
    files: Vec<(u64, Option<u32>)>,
}

impl Streams {
    /// Reads all that libarchive accepts, but for what it seldom meets, of an archive that is packed
    /// before `end`.
    pub(super) fn read(input: &mut Input<impl Read>, end: u64) -> Option<Self> {
        input.allow(MAX_LEN);
        let mut streams = Self::default();
        streams.read_places(input, end)?;
        streams.read_coders(input)?;
        match input.byte()? {
            id::FILES_OF_FOLDERS => {
                streams.read_files(input)?;
                input.expect(id::END)?;
            }
            id::END => {}
            _ => return None,
        }
        input.allow(u64::MAX);
        Some(streams)
    }

    fn read_places(&mut self, input: &mut Input<impl Read>, end: u64) -> Option<()> {
        input.expect(id::PACKED)?;
        let mut start = input.number()?;
        let count = input.count()?;
        if !(1..=input.left() / MIN_LEN).contains(&count) {
            return None;
        }
        input.expect(id::SIZE)?;
        for _ in 0..count {
            let packed_len = input.number()?;
            self.folders.push(Folder {
                start,
                packed_len,
                len: 0,
                coder: 0..0,
                digest: None,
                files: 0..0,
            });
            start = start
                .checked_add(packed_len)
                .filter(|start| *start <= end)?;
        }
        // libarchive does not look at the checksums of what is packed.
        read_digests(input, count).map(drop)
    }

    fn read_coders(&mut self, input: &mut Input<impl Read>) -> Option<()> {
        input.expect(id::FOLDERS)?;
        input.expect(id::FOLDER)?;
        if input.count()? != self.folders.len() as u64 {
            return None;
        }
        let is_external = 0;
        input.expect(is_external)?;
        for folder in &mut self.folders {
            let start = self.coders.len();
            let dictionary = read_coder(input, &mut self.coders)?;
            self.dictionary = self.dictionary.max(dictionary);
            folder.coder = start..self.coders.len();
        }
        input.expect(id::UNPACKED_SIZE)?;
        for folder in &mut self.folders {
            folder.len = input.number().filter(|len| *len > 0)?;
            let coder = &self.coders[folder.coder.clone()];
            let is_copy = matches!(coder, [1, flags, 0, ..] if flags & 0xf == 1);
            if is_copy && folder.len != folder.packed_len {
                return None;
            }
        }
        let digests = read_digests(input, self.folders.len() as u64)?;
        for (folder, digest) in self.folders.iter_mut().zip(digests) {
            folder.digest = digest;
        }
        Some(())
    }

    fn read_files(&mut self, input: &mut Input<impl Read>) -> Option<()> {
        let mut next = input.byte()?;
        let mut counts = vec![1; self.folders.len()];
        if next == id::FILE_COUNTS {
            for count in &mut counts {
                *count = input.count().filter(|count| *count > 0)?;
            }
            next = input.byte()?;
        }
        let has_sizes = next == id::SIZE;
        // Those without a checksum yet.
        let mut unknown = 0;
        for (folder, count) in self.folders.iter_mut().zip(counts) {
            if count > 1 && !has_sizes {
                return None;
            }
            let start = self.files.len();
            let mut rest = folder.len;
            for _ in 1..count {
                let len = input.number()?;
                rest = rest.checked_sub(len)?;
                self.files.push((len, None));
            }
            self.files.push((rest, None));
            folder.files = start..self.files.len();
            if count != 1 || folder.digest.is_none() {
                unknown += count;
            }
        }
        if has_sizes {
            next = input.byte()?;
        }
        // Without it, libarchive does not know those of folders either.
        if next == id::DIGEST {
            if unknown == 0 {
                return None;
            }
            let mut digests = read_some_digests(input, unknown)?.into_iter();
            for folder in &self.folders {
                for (_, digest) in &mut self.files[folder.files.clone()] {
                    *digest = match folder.digest {
                        Some(known) if folder.files.len() == 1 => Some(known),
                        _ => digests.next()?,
                    };
                }
            }
            next = input.byte()?;
        }
        (next == id::END).then_some(())
    }

    pub(super) fn file_count(&self) -> u64 {
        self.files.len() as u64
    }

    /// How the header itself is packed, when this tells just that.
    pub(super) fn into_packed(mut self) -> Option<Self> {
        let [folder] = &mut self.folders[..] else {
            return None;
        };
        if !self.files.is_empty() || folder.digest.is_none() {
            return None;
        }
        folder.files = 0..1;
        self.files.push((folder.len, folder.digest));
        Some(self)
    }

    /// The same with a dictionary of [`SMALL`], if it has one that is larger. Then what is farther away
    /// cannot be decoded.
    pub(super) fn with_small_dictionary(&self) -> Option<Self> {
        let mut coders = self.coders.clone();
        match &mut coders[..] {
            [1, 0x23, 3, 1, 1, 5, _, size @ ..] if self.dictionary > SMALL.into() => {
                size.copy_from_slice(&SMALL.to_le_bytes());
            }
            _ => return None,
        }
        Some(Self {
            coders,
            dictionary: SMALL.into(),
            ..self.clone()
        })
    }

    /// Where the first folder begins, from the start of the file.
    pub(super) fn start(&self) -> u64 {
        let first = self.folders.first();
        super::SIGNATURE + first.map_or(0, |folder| folder.start)
    }

    /// Tells some of the folders in a header.
    pub(super) fn write(&self, folders: Range<usize>, header: &mut Vec<u8>) {
        let folders = &self.folders[folders];
        let (Some(first), Some(last)) = (folders.first(), folders.last()) else {
            return;
        };
        let files = first.files.start..last.files.end;
        header.extend([id::STREAMS, id::PACKED]);
        put_number(header, first.start);
        put_number(header, folders.len() as u64);
        header.push(id::SIZE);
        for folder in folders {
            put_number(header, folder.packed_len);
        }
        header.extend([id::END, id::FOLDERS, id::FOLDER]);
        put_number(header, folders.len() as u64);
        header.push(0);
        for folder in folders {
            header.extend(&self.coders[folder.coder.clone()]);
        }
        header.push(id::UNPACKED_SIZE);
        for folder in folders {
            put_number(header, folder.len);
        }
        header.extend([id::END, id::FILES_OF_FOLDERS, id::FILE_COUNTS]);
        for folder in folders {
            put_number(header, folder.files.len() as u64);
        }
        if folders.len() < files.len() {
            header.push(id::SIZE);
            for folder in folders {
                for file in folder.files.start..folder.files.end - 1 {
                    put_number(header, self.files[file].0);
                }
            }
        }
        let digests = self.files[files].iter().map(|(_, digest)| *digest);
        if digests.clone().any(|digest| digest.is_some()) {
            header.extend([id::DIGEST, 0]);
            Bits::push_to(header, digests.clone().map(|digest| digest.is_some()));
            for digest in digests.flatten() {
                header.extend(digest.to_le_bytes());
            }
        }
        header.extend([id::END, id::END]);
    }
}

/// Copies the record of a folder with one coder, and tells how large its dictionary is.
fn read_coder(input: &mut Input<impl Read>, coders: &mut Vec<u8>) -> Option<u64> {
    const HAS_PROPERTIES: u8 = 0x20;
    input.expect(1)?;
    let flags = input.byte()?;
    if flags & !(HAS_PROPERTIES | 0xf) != 0 {
        return None;
    }
    let coder = input.vec(u64::from(flags & 0xf))?;
    if !CODERS.contains(&&coder[..]) {
        return None;
    }
    coders.extend([1, flags]);
    coders.extend(&coder);
    let mut properties = Vec::new();
    if flags & HAS_PROPERTIES != 0 {
        let len = input.number()?;
        properties = input.vec(len)?;
        put_number(coders, len);
        coders.extend(&properties);
    }
    Some(match (&coder[..], &properties[..]) {
        ([0], _) => 0,
        (LZMA, [_, size @ ..]) => u32::from_le_bytes(size.try_into().ok()?).into(),
        (LZMA2, [40]) => u32::MAX.into(),
        (LZMA2, [bits @ 0..40]) => u64::from(2 | bits & 1) << (bits / 2 + 11),
        // Not known, so too much for a header.
        _ => u64::MAX,
    })
}

/// Checksums, if there are any, and the end of what they belong to.
fn read_digests(input: &mut Input<impl Read>, count: u64) -> Option<Vec<Option<u32>>> {
    match input.byte()? {
        id::END => Some(Vec::new()),
        id::DIGEST => {
            let digests = read_some_digests(input, count)?;
            input.expect(id::END)?;
            Some(digests)
        }
        _ => None,
    }
}

fn read_some_digests(input: &mut Input<impl Read>, count: u64) -> Option<Vec<Option<u32>>> {
    let bits = match input.byte()? {
        0 => Some(input.bits(count)?),
        1 => None,
        _ => return None,
    };
    let is_known = |index| bits.as_ref().is_none_or(|bits| bits.get(index));
    let mut digests = Vec::new();
    for index in 0..count {
        let mut digest = [0; 4];
        digests.push(if is_known(index) {
            input.fill(&mut digest)?;
            Some(u32::from_le_bytes(digest))
        } else {
            None
        });
    }
    Some(digests)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The record of one folder: its packed length, coder and length.
    fn read(coder: &[u8], packed_len: u8, len: u8) -> Option<Streams> {
        let mut header = vec![id::PACKED, 0, 1, id::SIZE, packed_len, id::END];
        header.extend([id::FOLDERS, id::FOLDER, 1, 0, 1]);
        header.extend(coder);
        header.extend([id::UNPACKED_SIZE, len, id::END, id::END]);
        let mut input = Input::new(&header[..], header.len() as u64);
        Streams::read(&mut input, 100).filter(|_| input.is_over())
    }

    #[test]
    fn coders_are_told_apart() {
        let dictionary = |coder: &[u8]| read(coder, 9, 10).map(|streams| streams.dictionary);
        // What copies gives what it gets.
        assert!(read(&[1, 0], 9, 9).is_some());
        assert_eq!(dictionary(&[1, 0]), None);
        let lzma = |size: u32| [&[0x23, 3, 1, 1, 5, 0x5d][..], &size.to_le_bytes()].concat();
        for size in [0, 1, 1 << 16, 1 << 24, u32::MAX] {
            assert_eq!(dictionary(&lzma(size)), Some(size.into()));
        }
        let small = |size| read(&lzma(size), 9, 10).unwrap().with_small_dictionary();
        assert!(small(SMALL).is_none());
        let small = small(SMALL + 1).unwrap();
        assert_eq!(
            (small.dictionary, &small.coders[1..]),
            (SMALL.into(), &lzma(SMALL)[..])
        );
        for (bits, size) in [(0, 4096), (1, 6144), (8, 64 << 10), (39, 3 << 30)] {
            assert_eq!(dictionary(&[0x21, 0x21, 1, bits]), Some(size));
        }
        assert_eq!(dictionary(&[0x21, 0x21, 1, 40]), Some(u32::MAX.into()));
        // Not known, of whatever else there is.
        assert_eq!(dictionary(&[0x21, 0x21, 1, 41]), Some(u64::MAX));
        assert_eq!(dictionary(&[3, 4, 2, 2]), Some(u64::MAX));
        // AES, filters, several streams, and attributes that are not known.
        assert_eq!(dictionary(&[4, 6, 0xf1, 7, 1]), None);
        assert_eq!(dictionary(&[4, 3, 3, 1, 3]), None);
        assert_eq!(dictionary(&[0x11, 0x21, 1, 1]), None);
        assert_eq!(dictionary(&[0x81, 0x21]), None);
    }
}
