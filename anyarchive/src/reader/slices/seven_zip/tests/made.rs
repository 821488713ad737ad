//! Archives that no program at hand writes.

use super::super::{id, input::put_number};
use crate::reader::crc32::crc32;

pub(super) const FILE: u32 = 0o100_644 << 16 | 0x8000;
pub(super) const LINK: u32 = 0o120_777 << 16 | 0x8000;
pub(super) const DIRECTORY: u32 = 0o040_755 << 16 | 0x8010;

/// What becomes an archive of folders that are only copied.
#[derive(Clone, Debug, Default)]
pub(super) struct Made {
    pub(super) files: Vec<File>,
    /// How many files with data each folder has, in order.
    pub(super) folders: Vec<usize>,
    /// The header is packed, too.
    pub(super) packed: bool,
    /// Folders tell the checksums of their only files.
    pub(super) sums_of_folders: bool,
}

#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) data: Vec<u8>,
    pub(super) attributes: u32,
    pub(super) modified: Option<u64>,
    pub(super) created: Option<u64>,
    pub(super) has_sum: bool,
}

impl File {
    pub(super) fn new(name: &str, data: &[u8], attributes: u32) -> Self {
        Self {
            name: name.into(),
            data: data.into(),
            attributes,
            modified: Some(130_000_000_000_000_000 + name.len() as u64 * 10_000_000),
            created: None,
            has_sum: true,
        }
    }
}

fn put_bits(header: &mut Vec<u8>, bits: &[bool]) {
    for bits in bits.chunks(8) {
        let byte = (bits.iter().enumerate()).map(|(index, bit)| u8::from(*bit) << (7 - index));
        header.push(byte.sum());
    }
}

fn put_property(header: &mut Vec<u8>, id: u8, content: &[u8]) {
    header.push(id);
    put_number(header, content.len() as u64);
    header.extend(content);
}

fn put_sums(header: &mut Vec<u8>, sums: &[Option<u32>]) {
    let bits: Vec<_> = sums.iter().map(Option::is_some).collect();
    let all = bits.iter().all(|bit| *bit);
    header.extend([id::DIGEST, u8::from(all)]);
    if !all {
        put_bits(header, &bits);
    }
    header.extend(sums.iter().flatten().flat_map(|sum| sum.to_le_bytes()));
}

impl Made {
    pub(super) fn with_data(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| !file.data.is_empty())
    }

    pub(super) fn data(&self) -> Vec<u8> {
        self.with_data()
            .flat_map(|file| file.data.clone())
            .collect()
    }

    fn streams(&self, header: &mut Vec<u8>) {
        let mut files = self.with_data();
        let folders: Vec<Vec<&File>> = self
            .folders
            .iter()
            .map(|count| files.by_ref().take(*count).collect())
            .collect();
        let lens = folders.iter().map(|files| {
            let lens = files.iter().map(|file| file.data.len() as u64);
            lens.sum::<u64>()
        });
        header.extend([id::STREAMS, id::PACKED, 0]);
        put_number(header, folders.len() as u64);
        header.push(id::SIZE);
        lens.clone().for_each(|len| put_number(header, len));
        header.extend([id::END, id::FOLDERS, id::FOLDER]);
        put_number(header, folders.len() as u64);
        header.push(0);
        for _ in &folders {
            header.extend([1, 1, 0]);
        }
        header.push(id::UNPACKED_SIZE);
        lens.for_each(|len| put_number(header, len));
        let sum = |file: &&File| file.has_sum.then(|| crc32(&file.data));
        let of_folder = |files: &Vec<&File>| match &files[..] {
            [only] if self.sums_of_folders => sum(only),
            _ => None,
        };
        if self.sums_of_folders {
            let sums: Vec<_> = folders.iter().map(of_folder).collect();
            put_sums(header, &sums);
        }
        header.extend([id::END, id::FILES_OF_FOLDERS, id::FILE_COUNTS]);
        for files in &folders {
            put_number(header, files.len() as u64);
        }
        if folders.iter().any(|files| files.len() > 1) {
            header.push(id::SIZE);
            for files in &folders {
                for file in &files[..files.len() - 1] {
                    put_number(header, file.data.len() as u64);
                }
            }
        }
        let unknown = folders.iter().filter(|files| of_folder(files).is_none());
        let sums: Vec<_> = unknown.flatten().map(sum).collect();
        if !sums.is_empty() {
            put_sums(header, &sums);
        }
        header.extend([id::END, id::END]);
    }

    pub(super) fn header(&self) -> Vec<u8> {
        let mut header = vec![id::HEADER];
        if !self.folders.is_empty() {
            self.streams(&mut header);
        }
        header.push(id::FILES);
        put_number(&mut header, self.files.len() as u64);
        let empty: Vec<_> = self.files.iter().map(|file| file.data.is_empty()).collect();
        let mut bits = Vec::new();
        put_bits(&mut bits, &empty);
        put_property(&mut header, id::WITHOUT_DATA, &bits);
        let files = self.files.iter().filter(|file| file.data.is_empty());
        let files: Vec<_> = files.map(|file| file.attributes & 0x10 == 0).collect();
        let mut bits = Vec::new();
        put_bits(&mut bits, &files);
        put_property(&mut header, id::EMPTY_FILES, &bits);
        put_property(&mut header, id::PADDING, &[0; 3]);
        let mut names = vec![0];
        for file in &self.files {
            let units = file.name.encode_utf16().chain([0]);
            names.extend(units.flat_map(u16::to_le_bytes));
        }
        put_property(&mut header, id::NAMES, &names);
        let created = self.files.iter().map(|file| file.created).collect();
        let modified = self.files.iter().map(|file| file.modified).collect();
        for (id, times) in [(id::CREATED, created), (id::MODIFIED, modified)] {
            let times: Vec<Option<u64>> = times;
            let bits: Vec<_> = times.iter().map(Option::is_some).collect();
            let all = bits.iter().all(|bit| *bit);
            let mut content = vec![u8::from(all)];
            if !all {
                put_bits(&mut content, &bits);
            }
            content.push(0);
            content.extend(times.iter().flatten().flat_map(|time| time.to_le_bytes()));
            if bits.contains(&true) {
                put_property(&mut header, id, &content);
            }
        }
        let mut attributes = vec![1, 0];
        for file in &self.files {
            attributes.extend(file.attributes.to_le_bytes());
        }
        put_property(&mut header, id::ATTRIBUTES, &attributes);
        header.extend([id::END, id::END]);
        header
    }

    pub(super) fn archive(&self) -> Vec<u8> {
        archive(self.data(), self.header(), self.packed)
    }
}

/// An archive of packed data and a header.
pub(super) fn archive(mut data: Vec<u8>, header: Vec<u8>, packed: bool) -> Vec<u8> {
    let header = if packed {
        let mut encoded = vec![id::ENCODED_HEADER, id::PACKED];
        put_number(&mut encoded, data.len() as u64);
        encoded.extend([1, id::SIZE]);
        put_number(&mut encoded, header.len() as u64);
        encoded.extend([id::END, id::FOLDERS, id::FOLDER, 1, 0, 1, 1, 0]);
        encoded.push(id::UNPACKED_SIZE);
        put_number(&mut encoded, header.len() as u64);
        encoded.extend([id::DIGEST, 1]);
        encoded.extend(crc32(&header).to_le_bytes());
        encoded.extend([id::END, id::END]);
        data.extend(header);
        encoded
    } else {
        header
    };
    let mut archive = b"7z\xbc\xaf\x27\x1c\0\x04".to_vec();
    let mut place = (data.len() as u64).to_le_bytes().to_vec();
    place.extend((header.len() as u64).to_le_bytes());
    place.extend(crc32(&header).to_le_bytes());
    archive.extend(crc32(&place).to_le_bytes());
    archive.extend(place);
    archive.extend(data);
    archive.extend(header);
    archive
}
