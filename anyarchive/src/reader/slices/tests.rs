use std::{fs, path::PathBuf};

use super::*;
use crate::{EntryBuf, FileType, Password, ReadOption, WriteFormat, Writer, reader::ReaderBuilder};

/// Where to put one archive after the other.
pub(super) struct Place {
    _directory: tempfile::TempDir,
    pub(super) path: PathBuf,
    /// Where positions are in the header, that are not exactly the same.
    pub(super) header: u64,
}

impl Place {
    pub(super) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            path: directory.path().join("archive"),
            _directory: directory,
            header: u64::MAX,
        }
    }

    /// All that a reader tells, with slices of `len` bytes or without; and whether there were slices.
    pub(super) fn told(&self, settings: &ReaderBuilder, len: Option<u64>) -> (Vec<String>, bool) {
        let mut reader = match settings.open(&self.path) {
            Ok(reader) => reader,
            Err(error) => return (vec![format!("{error:#?}")], false),
        };
        if let Some(len) = len {
            reader.slice(len);
        }
        let sliced = reader.slices.is_some();
        let mut told = Vec::new();
        for _ in 0..200 {
            match reader.advance() {
                Ok(true) => {
                    let position = reader.header_position().min(self.header);
                    let name = reader.format_name();
                    told.push(format!(
                        "{position} {name:?} {:?}",
                        reader.has_encrypted_entries()
                    ));
                    told.extend(reader.current_entry().map(|mut entry| {
                        let metadata = format!("{:?} {:?}", &*entry, entry.warning());
                        let data = entry.read_to_vec().map(|data| (data.len(), hash(&data)));
                        format!("{metadata} {data:#?}")
                    }));
                }
                Ok(false) => break,
                Err(error) => told.push(format!("{error:#?}")),
            }
        }
        let (end, entries) = (reader.report().end(), reader.entries_read());
        told.push(format!("{end:?} {entries} {:?}", reader.format()));
        (told, sliced)
    }

    /// Whether the archive is read in slices, with the same result as without.
    pub(super) fn compare_with(&self, settings: &ReaderBuilder, archive: &[u8]) -> bool {
        fs::write(&self.path, archive).unwrap();
        let (whole, _) = self.told(settings, None);
        let mut any = false;
        for len in [1, 400] {
            let (parts, sliced) = self.told(settings, Some(len));
            assert_eq!(parts, whole, "slices of {len} bytes: {sliced}");
            any |= sliced;
        }
        any
    }

    pub(super) fn compare(&self, archive: &[u8]) -> bool {
        self.compare_with(&Reader::builder().strict(true), archive)
    }
}

const ENTRIES: usize = 24;

fn data(number: usize) -> Vec<u8> {
    format!("{number} ").repeat(number * 40).into_bytes()
}

/// Files of two kinds of compression, directories and links.
fn zip() -> Vec<u8> {
    let mut writer = Writer::builder(WriteFormat::Zip).to_vec().unwrap();
    for number in 0..ENTRIES {
        match number % 6 {
            4 => {
                let entry = EntryBuf::symlink(format!("link{number}"), "d/file").unwrap();
                writer.append_entry(&entry).unwrap();
            }
            5 => {
                let entry = EntryBuf::directory(format!("d{number}")).unwrap();
                writer.append_entry(&entry).unwrap();
            }
            _ => writer
                .append_bytes(format!("d/file{number}"), &data(number))
                .unwrap(),
        }
    }
    writer.finish().unwrap()
}

/// Where the directory starts, of an archive without a comment.
fn directory_start(zip: &[u8]) -> usize {
    let at = zip.len() - 6;
    u32::from_le_bytes(zip[at..at + 4].try_into().unwrap()) as usize
}

/// Where the entries of the directory are.
fn headers(zip: &[u8]) -> Vec<usize> {
    let starts = directory_start(zip)..zip.len() - 22;
    starts
        .filter(|&at| zip[at..].starts_with(b"PK\x01\x02"))
        .collect()
}

/// The same with the records of a large file.
fn zip64(zip: &[u8]) -> Vec<u8> {
    let (body, end) = zip.split_at(zip.len() - 22);
    let mut archive = body.to_vec();
    archive.extend(b"PK\x06\x06");
    archive.extend(44_u64.to_le_bytes());
    archive.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    archive.extend([(ENTRIES as u64).to_le_bytes(); 2].concat());
    archive.extend(((body.len() - directory_start(zip)) as u64).to_le_bytes());
    archive.extend((directory_start(zip) as u64).to_le_bytes());
    archive.extend(b"PK\x06\x07\0\0\0\0");
    archive.extend((body.len() as u64).to_le_bytes());
    archive.extend(1_u32.to_le_bytes());
    archive.extend(&end[..8]);
    archive.extend([0xff; 12]);
    archive.extend([0, 0]);
    archive
}

#[test]
fn slices_give_what_the_whole_directory_gives() {
    let (place, zip) = (Place::new(), zip());
    assert!(place.compare(&zip));
    let (told, sliced) = place.told(&Reader::builder(), Some(1));
    assert!(sliced);
    // The variant of the format and the entry for each, and the end.
    assert_eq!(told.len(), 2 * ENTRIES + 1, "{told:#?}");
    assert!(place.compare(&zip64(&zip)));
    let settings = Reader::builder().set(ReadOption::NameCharset("CP437".into()));
    assert!(place.compare_with(&settings, &zip));
    // A comment at the end, with bytes that are no record.
    let mut commented = zip.clone();
    let at = commented.len() - 2;
    commented[at..].copy_from_slice(&9_u16.to_le_bytes());
    commented.extend(b"PK PK\x05 PK");
    assert!(place.compare(&commented));
}

#[test]
fn what_is_not_plain_is_read_whole() {
    let (place, zip) = (Place::new(), zip());
    let headers = headers(&zip);
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut zip = zip.clone();
        change(&mut zip);
        place.compare(&zip)
    };
    assert!(changed(&|_| ()));
    let (third, fourth) = (headers[2], headers[3]);
    // Two entries at one place, and one before its predecessor.
    assert!(!changed(&|zip| {
        zip.copy_within(third + 42..third + 46, fourth + 42);
    }));
    assert!(!changed(&|zip| zip[fourth + 42..fourth + 46].fill(0)));
    // An entry behind the directory.
    assert!(!changed(&|zip| zip[fourth + 45] = 0x40));
    // Encryption, a wrong signature, names and fields that do not fit.
    assert!(!changed(&|zip| zip[fourth + 8] |= 1));
    assert!(!changed(&|zip| zip[fourth + 8] |= 0x40));
    assert!(!changed(&|zip| zip[fourth] = b'Q'));
    assert!(!changed(&|zip| zip[fourth + 28] += 1));
    assert!(!changed(&|zip| zip[headers[ENTRIES - 1] + 33] = 0xff));
    let extra = fourth + 46 + usize::from(zip[fourth + 28]);
    assert_ne!(zip[fourth + 30], 0, "the entry has extra fields");
    assert!(!changed(&|zip| zip[extra + 2] = 0xff));
    for id in [0x7075_u16, 0x9901] {
        assert!(!changed(
            &|zip| zip[extra..extra + 2].copy_from_slice(&id.to_le_bytes())
        ));
    }
    // Numbers that are said to be elsewhere, and are not.
    assert!(!changed(&|zip| {
        zip[fourth + 42..fourth + 46].fill(0xff);
    }));
    assert!(!changed(&|zip| {
        zip[fourth + 20..fourth + 24].fill(0xff);
        zip[extra..extra + 2].copy_from_slice(&1_u16.to_le_bytes());
        zip[extra + 2..extra + 4].copy_from_slice(&5_u16.to_le_bytes());
    }));
    // Another program before it, another disk, an end that does not follow the directory.
    assert!(!changed(&|zip| zip
        .splice(..0, *b"MZ and so on")
        .for_each(drop)));
    let end = zip.len() - 22;
    for at in [4, 6, 8, 12, 16] {
        assert!(!changed(&|zip| zip[end + at] ^= 1), "{at}");
    }
    assert!(!changed(&|zip| zip.splice(end..end, [0; 7]).for_each(drop)));
    assert!(!changed(&|zip| zip.extend([b'x'; 20_000])));
    let resources = {
        let mut writer = Writer::builder(WriteFormat::Zip).to_vec().unwrap();
        for path in ["a", "__MACOSX/._a", "b"] {
            writer.append_bytes(path, path.as_bytes()).unwrap();
        }
        writer.finish().unwrap()
    };
    assert!(!place.compare(&resources));
}

#[test]
fn passwords_and_other_formats_keep_readers_whole() {
    let (place, zip) = (Place::new(), zip());
    let settings = Reader::builder().password(Password::new("secret").unwrap());
    assert!(!place.compare_with(&settings, &zip));
    let settings = Reader::builder().passwords_from(|_| None);
    assert!(!place.compare_with(&settings, &zip));
    assert!(!place.compare_with(&Reader::builder().format(Format::Tar), &zip));
}

/// What libarchive takes for an image of a disk, for all that is a ZIP file, too.
#[test]
fn images_of_disks_stay_what_they_are() {
    if !WriteFormat::Iso9660.is_available().unwrap() {
        return eprintln!("the library in use writes no images");
    }
    let place = Place::new();
    let mut writer = Writer::builder(WriteFormat::Zip).to_vec().unwrap();
    writer.append_bytes("a", b"a").unwrap();
    let mut image = Writer::builder(WriteFormat::Iso9660).to_vec().unwrap();
    image.append_bytes("inside", b"inside").unwrap();
    let mut image = image.finish().unwrap();
    let mut local = writer.finish().unwrap();
    local.truncate(directory_start(&local));
    image[..local.len()].copy_from_slice(&local);
    let start = image.len() as u32;
    for (name, offset) in [(b'a', 0_u32), (b'b', 4)] {
        image.extend(b"PK\x01\x02");
        image.extend([0; 24]);
        image.extend([1, 0]);
        image.extend([0; 12]);
        image.extend(offset.to_le_bytes());
        image.push(name);
    }
    let len = image.len() as u32 - start;
    image.extend(b"PK\x05\x06\0\0\0\0\x02\0\x02\0");
    image.extend(len.to_le_bytes());
    image.extend(start.to_le_bytes());
    image.extend([0, 0]);
    fs::write(&place.path, &image).unwrap();
    let origin = Reader::open(&place.path).unwrap().origin.unwrap();
    assert!(zip::slices(&origin.at_start(), 1).unwrap().is_some());
    assert!(!place.compare(&image));
}

#[test]
fn entries_that_lie_end_where_the_file_ends() {
    let (place, mut zip) = (Place::new(), zip());
    // Stored data that is said to go on for long, behind a directory that knows better.
    let headers = headers(&zip);
    for &header in &headers[..4] {
        let local = u32::from_le_bytes(zip[header + 42..header + 46].try_into().unwrap());
        let local = local as usize;
        zip[local + 8..local + 10].fill(0);
        zip[local + 6] &= !8;
        zip[local + 18..local + 22].copy_from_slice(&0x7000_0000_u32.to_le_bytes());
        zip[local + 22..local + 26].copy_from_slice(&0x7000_0000_u32.to_le_bytes());
    }
    assert!(place.compare(&zip));
}

/// Local headers that say of some entries what the directory does not say.
#[test]
fn an_encrypted_entry_is_remembered() {
    let (place, mut zip) = (Place::new(), zip());
    let headers = headers(&zip);
    let local = u32::from_le_bytes(zip[headers[2] + 42..headers[2] + 46].try_into().unwrap());
    zip[local as usize + 6] |= 1;
    assert!(place.compare(&zip));
    for len in [None, Some(1), Some(400)] {
        let mut reader = Reader::open(&place.path).unwrap();
        len.inspect(|len| reader.slice(*len));
        for number in 0..ENTRIES {
            assert!(reader.advance().unwrap());
            let known = reader.has_encrypted_entries();
            assert_eq!(known, Some(number > 1), "{number}, {len:?}");
        }
    }
}

#[test]
fn a_file_that_changes_ends_the_reading() {
    let place = Place::new();
    let zip = zip();
    let last = headers(&zip)[ENTRIES - 1];
    let renamed = {
        let mut zip = zip.clone();
        zip[last + 46] ^= 1;
        zip
    };
    for changed in [&renamed[..], &zip[..last + 40]] {
        fs::write(&place.path, &zip).unwrap();
        let mut reader = Reader::open(&place.path).unwrap();
        reader.slice(1);
        fs::write(&place.path, changed).unwrap();
        for _ in 1..ENTRIES {
            assert!(reader.advance().unwrap());
        }
        let error = reader.advance().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Changed, "{error:?}");
        assert_eq!(error.archive(), Some(&*place.path));
        assert!(!reader.advance().unwrap());
        assert_eq!(reader.entries_read(), ENTRIES as u64 - 1);
    }
}

#[test]
fn damaged_files_fail_in_the_same_way() {
    let place = Place::new();
    let archives = [zip(), zip64(&zip())];
    let mut seed = 1_u64;
    let mut below = |end: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % end
    };
    let mut sliced = 0;
    for round in 0..400 {
        let mut archive = archives[round % 2].clone();
        let start = directory_start(&archives[0]);
        match below(8) {
            0 => archive.truncate(below(archive.len())),
            1 => {
                let at = below(archive.len());
                archive.splice(at..at, [0; 3]).for_each(drop);
            }
            // Anywhere, and in the directory.
            kind => {
                for _ in 0..=below(3) {
                    let from = if kind > 4 { start } else { 0 };
                    let at = from + below(archive.len() - from);
                    archive[at] = [0, 1, 0xff, archive[at] ^ 1, below(256) as u8][below(5)];
                }
            }
        }
        sliced += usize::from(place.compare(&archive));
    }
    assert!((50..350).contains(&sliced), "{sliced}");
}

#[test]
fn other_readers_leap_to_the_slice_that_they_want() {
    let (place, zip) = (Place::new(), zip());
    fs::write(&place.path, &zip).unwrap();
    for len in [1, 400] {
        let mut reader = Reader::open(&place.path).unwrap();
        reader.slice(len);
        let twins = reader.twins().expect("twins");
        assert!(twins.skip_in(Some(Format::Zip)));
        let mut all = Vec::new();
        while let Some(entry) = reader.next_entry().unwrap() {
            all.push(entry.path_bytes().to_vec());
        }
        assert_eq!(all.len(), ENTRIES);
        for number in [1, 2, 3, 11, ENTRIES as u64] {
            let mut twin = twins.open().unwrap();
            let mut asked = twin.leap(0, number).unwrap();
            assert!(asked < number, "{asked} of {number}");
            assert!(len > 1 || asked + 1 == number, "{asked} of {number}");
            while asked < number {
                assert!(twin.advance().unwrap());
                asked += 1;
            }
            assert_eq!(twin.leap(asked, number).unwrap(), asked);
            let mut entry = twin.current_entry().expect("the entry");
            assert_eq!(entry.path_bytes(), all[number as usize - 1]);
            if entry.file_type() == FileType::File {
                assert_eq!(entry.read_to_vec().unwrap(), data(number as usize - 1));
            }
        }
    }
}
