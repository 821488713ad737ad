//! What is packed in an archive, how, and which files come out.

use std::{io::Read, ops::Range};

use super::{
    coders::{Coders, Kind},
    id,
    input::{Bits, Input, put_number},
};

/// Bytes of the header that may be about this: it is kept in memory.
const MAX_LEN: u64 = 1 << 20;

/// Bytes that tell of a folder, at least: the record of its coders, and a length.
const MIN_LEN: u64 = 4;

/// What libarchive decodes at a time.
const CHUNK: u64 = 64 << 10;

/// A dictionary that is large enough for most headers, in bytes.
const SMALL: u32 = 64 << 10;

/// What is packed as one.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    /// Where it is, from the end of the signature header.
    start: u64,
    kind: Kind,
    /// Its packed streams.
    packed: Range<usize>,
    /// The record of its coders.
    coders: Range<usize>,
    /// What comes out of each, and which of them is that of its files.
    lens: Range<usize>,
    main: usize,
    digest: Option<u32>,
    /// Its files.
    pub(super) files: Range<usize>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Streams {
    pub(super) folders: Vec<Folder>,
    /// Where the first packed stream begins, and how long each is.
    packed_start: u64,
    packed: Vec<u64>,
    coders: Vec<u8>,
    lens: Vec<u64>,
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
        self.packed_start = input.number()?;
        let count = input.count().filter(|count| *count > 0)?;
        input.expect(id::SIZE)?;
        let mut packed_end = self.packed_start;
        for _ in 0..count {
            let len = input.number()?;
            packed_end = packed_end.checked_add(len).filter(|at| *at <= end)?;
            self.packed.push(len);
        }
        // libarchive does not look at the checksums of what is packed.
        read_digests(input, count).map(drop)
    }

    fn read_coders(&mut self, input: &mut Input<impl Read>) -> Option<()> {
        input.expect(id::FOLDERS)?;
        input.expect(id::FOLDER)?;
        let count = input.count()?;
        if !(1..=input.left() / MIN_LEN).contains(&count) {
            return None;
        }
        let is_external = 0;
        input.expect(is_external)?;
        let (mut start, mut packed, mut lens) = (self.packed_start, 0, 0);
        for _ in 0..count {
            let record = self.coders.len();
            let coders = Coders::read(input, &mut self.coders)?;
            self.dictionary = self.dictionary.max(coders.dictionary);
            let folder = Folder {
                start,
                kind: coders.kind,
                packed: packed..packed + coders.packed,
                coders: record..self.coders.len(),
                lens: lens..lens + coders.lens,
                main: lens + coders.main,
                digest: None,
                files: 0..0,
            };
            start += self.packed.get(folder.packed.clone())?.iter().sum::<u64>();
            (packed, lens) = (folder.packed.end, folder.lens.end);
            self.folders.push(folder);
        }
        if packed != self.packed.len() {
            return None;
        }
        input.expect(id::UNPACKED_SIZE)?;
        for _ in 0..lens {
            self.lens.push(input.number()?);
        }
        let digests = read_digests(input, count)?;
        for (folder, digest) in self.folders.iter_mut().zip(digests) {
            folder.digest = digest;
        }
        self.folders
            .iter()
            .all(|folder| self.is_right(folder))
            .then_some(())
    }

    /// Whether libarchive comes to the end of a folder in any case, when it gives all of it.
    fn is_right(&self, folder: &Folder) -> bool {
        let len = self.lens[folder.main];
        match folder.kind {
            Kind::Copy => len > 0 && len == self.packed[folder.packed.start],
            Kind::Alone | Kind::Several => len > 0,
        }
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
            let mut rest = self.lens[folder.main];
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
        if !self.files.is_empty() || folder.digest.is_none() || folder.kind == Kind::Several {
            return None;
        }
        folder.files = 0..1;
        self.files.push((self.lens[folder.main], folder.digest));
        Some(self)
    }

    /// Whether the first folder is not packed at all.
    pub(super) fn is_copy(&self) -> bool {
        matches!(&self.folders[..], [folder, ..] if folder.kind == Kind::Copy)
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

    /// Where what is packed begins, from the start of the file.
    pub(super) fn start(&self) -> u64 {
        super::SIGNATURE + self.packed_start
    }

    /// Bytes of the first folder.
    pub(super) fn first_len(&self) -> u64 {
        let first = self.folders.first();
        first.map_or(0, |folder| self.lens[folder.main])
    }

    /// Which folders have several coders. libarchive does not begin anew with each of these, so that
    /// they, and one more, have to stay together.
    fn with_several(&self) -> Range<usize> {
        let is_of_several = |folder: &Folder| folder.kind == Kind::Several;
        let first = self.folders.iter().position(is_of_several);
        let last = self.folders.iter().rposition(is_of_several);
        first
            .zip(last)
            .map_or(0..0, |(first, last)| first..last + 1)
    }

    /// Before which folders a slice may begin; the last is for what has none.
    pub(super) fn cuts(&self) -> Vec<bool> {
        let several = self.with_several();
        let can_follow = |(index, folder): (usize, &Folder)| {
            // When it ends with what is decoded at a time, there may be bytes of it left.
            !several.contains(&index) && !self.lens[folder.main].is_multiple_of(CHUNK)
        };
        let mut cuts = vec![true];
        cuts.extend(self.folders.iter().enumerate().map(can_follow));
        // All data is read then.
        if let Some(last) = cuts.last_mut() {
            *last = true;
        }
        cuts
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
        let packed = &self.packed[first.packed.start..last.packed.end];
        put_number(header, packed.len() as u64);
        header.push(id::SIZE);
        packed.iter().for_each(|len| put_number(header, *len));
        header.extend([id::END, id::FOLDERS, id::FOLDER]);
        put_number(header, folders.len() as u64);
        header.push(0);
        header.extend(&self.coders[first.coders.start..last.coders.end]);
        header.push(id::UNPACKED_SIZE);
        let lens = &self.lens[first.lens.start..last.lens.end];
        lens.iter().for_each(|len| put_number(header, *len));
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

    /// What is told of one folder.
    fn read(coders: &[u8], packed: &[u8], lens: &[u8]) -> Option<Streams> {
        let mut header = vec![id::PACKED, 0, packed.len() as u8, id::SIZE];
        header.extend(packed);
        header.extend([id::END, id::FOLDERS, id::FOLDER, 1, 0]);
        header.extend(coders);
        header.push(id::UNPACKED_SIZE);
        header.extend(lens);
        header.extend([id::END, id::END]);
        let mut input = Input::new(&header[..], header.len() as u64);
        Streams::read(&mut input, 100).filter(|_| input.is_over())
    }

    #[test]
    fn coders_are_told_apart() {
        let dictionary =
            |coders: &[u8]| read(coders, &[9], &[10]).map(|streams| streams.dictionary);
        // What copies gives what it gets.
        assert!(read(&[1, 1, 0], &[9], &[9]).is_some());
        assert_eq!(dictionary(&[1, 1, 0]), None);
        let lzma = |size: u32| [&[1, 0x23, 3, 1, 1, 5, 0x5d][..], &size.to_le_bytes()].concat();
        for size in [0, 1, 1 << 16, 1 << 24, u32::MAX] {
            assert_eq!(dictionary(&lzma(size)), Some(size.into()));
        }
        let small = |size| {
            read(&lzma(size), &[9], &[10])
                .unwrap()
                .with_small_dictionary()
        };
        assert!(small(SMALL).is_none());
        let small = small(SMALL + 1).unwrap();
        assert_eq!(
            (small.dictionary, small.coders),
            (SMALL.into(), lzma(SMALL))
        );
        for (bits, size) in [(0, 4096), (1, 6144), (8, 64 << 10), (39, 3 << 30)] {
            assert_eq!(dictionary(&[1, 0x21, 0x21, 1, bits]), Some(size));
        }
        assert_eq!(dictionary(&[1, 0x21, 0x21, 1, 40]), Some(u32::MAX.into()));
        // Not known, of whatever else there is.
        assert_eq!(dictionary(&[1, 0x21, 0x21, 1, 41]), Some(u64::MAX));
        assert_eq!(dictionary(&[1, 3, 4, 2, 2]), Some(u64::MAX));
        // AES, a filter alone, several streams, and flags that are not known.
        assert_eq!(dictionary(&[1, 4, 6, 0xf1, 7, 1]), None);
        assert_eq!(dictionary(&[1, 4, 3, 3, 1, 3]), None);
        assert_eq!(dictionary(&[1, 0x11, 0x21, 1, 1]), None);
        assert_eq!(dictionary(&[1, 0x81, 0x21]), None);
    }

    #[test]
    fn several_coders_are_bound_to_each_other() {
        let main = |coders: &[u8], packed: &[u8], lens: &[u8]| {
            let streams = read(coders, packed, lens)?;
            assert_eq!(streams.coders, coders);
            assert!(!streams.cuts().contains(&false));
            Some(streams.first_len())
        };
        // LZMA2 behind a filter for x86, and the other way round.
        let filter = [4, 3, 3, 1, 3];
        let two = |pair: [u8; 2]| [&[2, 1, 0x21][..], &filter, &pair].concat();
        assert_eq!(main(&two([1, 0]), &[9], &[20, 21]), Some(21));
        assert_eq!(main(&two([0, 1]), &[9], &[20, 21]), Some(20));
        assert_eq!(main(&two([1, 0]), &[9], &[20]), None);
        assert_eq!(main(&two([1, 0]), &[9, 9], &[20, 21]), None);
        assert_eq!(main(&two([1, 0]), &[9], &[20, 0]), None);
        // Three are too many without the filter that has four streams.
        let three = |id: &[u8]| {
            let coders = [&[3, 1, 0x21, 1, 0x21][..], id, &[1, 0, 2, 1]].concat();
            main(&coders, &[9], &[20, 21, 22])
        };
        assert_eq!(three(&[1, 0x21]), None);
        assert_eq!(three(&[4, 3, 3, 1, 0x1b]), Some(22));
        assert_eq!(three(&[4, 6, 0xf1, 7, 1]), None);
        let bcj2 = [
            &[2, 1, 0x21, 0x14, 3, 3, 1, 0x1b, 4, 1][..],
            &[1, 0, 0, 2, 3, 4],
        ]
        .concat();
        assert_eq!(main(&bcj2, &[9, 8, 7, 6], &[20, 21]), Some(21));
        assert_eq!(main(&bcj2, &[9, 8, 7], &[20, 21]), None);
    }
}
