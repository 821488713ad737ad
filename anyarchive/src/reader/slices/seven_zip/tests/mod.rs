mod made;

use std::{fs, path::Path, process::Command};

use self::made::{DIRECTORY, FILE, File, LINK, Made, archive};
use super::*;
use crate::{
    Compression, EntryBuf, ErrorKind, Format, Password, Reader, WriteFormat, Writer,
    reader::slices::tests::Place,
};

/// Folders of one file and of several, and files without data anywhere among them.
fn several() -> Made {
    let mut made = Made::default();
    for number in 0..26_u64 {
        let name = format!("d/file{number}");
        let data = format!("{number:x};").repeat(3 + number as usize);
        let mut file = match number % 13 {
            1 | 7 => File::new(&name, b"", FILE),
            4 => File::new(&name, b"", DIRECTORY),
            9 => File::new(&name, b"d/file0", LINK),
            _ => File::new(&name, data.as_bytes(), FILE),
        };
        file.modified = (number % 5 != 0).then_some(130_000_000_000_000_000 + number * 7_654_321);
        file.created = (number == 11).then_some(129_999_999_999_999_999);
        file.has_sum = number % 4 != 1;
        made.files.push(file);
    }
    made.folders = vec![1, 1, 3, 1, 2, 1, 4, 1, 1, 1, 2, 1, 1];
    assert_eq!(made.folders.iter().sum::<usize>(), 20);
    made
}

/// Where libarchive is when it has read a packed header: the same as in slices, about.
fn header_of(archive: &[u8], path: &Path) -> u64 {
    fs::write(path, archive).unwrap();
    let origin = Reader::open(path).unwrap().origin.unwrap();
    match packed::Place::find(&origin.at_start()) {
        Some((_, place @ packed::Place::Packed { .. }, _)) => place.position(),
        _ => u64::MAX,
    }
}

#[test]
fn slices_give_what_the_whole_header_gives() {
    let mut place = Place::new();
    let mut made = several();
    for (packed, sums_of_folders) in [(false, false), (true, false), (false, true)] {
        (made.packed, made.sums_of_folders) = (packed, sums_of_folders);
        let archive = made.archive();
        place.header = header_of(&archive, &place.path);
        assert!(place.compare(&archive));
        let (told, sliced) = place.told(&Reader::builder(), Some(1));
        assert!(sliced);
        // The place and the entry for each, and the end.
        assert_eq!(told.len(), 2 * made.files.len() + 1, "{told:#?}");
    }
}

/// Whether a damaged archive is read in slices.
fn compare_changed(place: &Place, made: &Made, change: impl FnOnce(&mut Vec<u8>)) -> bool {
    let mut header = made.header();
    change(&mut header);
    place.compare(&archive(made.data(), header, made.packed))
}

/// Where a part of the header is.
fn find(header: &[u8], part: &[u8]) -> usize {
    let mut places = header.windows(part.len());
    places.position(|bytes| bytes == part).expect("the part")
}

#[test]
fn what_is_not_plain_is_read_whole() {
    let (place, made) = (Place::new(), several());
    assert!(compare_changed(&place, &made, |_| ()));
    // Bytes that libarchive would take for a property, if it did not know how long this is.
    let padding = |content: &'static [u8]| {
        move |header: &mut Vec<u8>| {
            let at = find(header, &[id::PADDING, 3, 0, 0, 0]);
            header.splice(at..at + 5, content.iter().copied());
        }
    };
    assert!(compare_changed(&place, &made, padding(b"")));
    assert!(compare_changed(&place, &made, padding(b"\x19\x00")));
    assert!(compare_changed(
        &place,
        &made,
        padding(b"\x19\x03\x00\x11\x01")
    ));
    for unknown in [&b"\x18\x01\x00"[..], b"\x30\x02ab", b"\x19\x84\x01"] {
        assert!(!compare_changed(&place, &made, padding(unknown)));
    }
    assert!(compare_changed(&place, &made, padding(b"\x10\x01\x00")));
    // Once more what was there, and before it what depends on it.
    assert!(!compare_changed(
        &place,
        &made,
        padding(b"\x0e\x04\0\0\0\0")
    ));
    let mut late = made.clone();
    late.files
        .iter_mut()
        .for_each(|file| file.created = file.modified);
    assert!(place.compare(&late.archive()));
    assert!(!compare_changed(
        &place,
        &late,
        padding(b"\x15\x02\x01\x00")
    ));
    // What is behind all.
    assert!(!compare_changed(&place, &made, |header| header.push(0)));
    // A folder of most files, and a slice that is most of all.
    let mut solid = made.clone();
    solid.folders = vec![18, 2];
    assert!(!place.compare(&solid.archive()));
    let mut long = made.clone();
    long.files[3].name = "d/".repeat(10_000);
    assert!(!place.compare(&long.archive()));
    long.files[3].name.push_str(&"n".repeat(20_000));
    assert!(!place.compare(&long.archive()));
    for change in [
        |file: &mut File| file.attributes = DIRECTORY,
        |file: &mut File| file.attributes = 0x10,
        |file: &mut File| file.attributes = 0o010_644 << 16 | 0x8000,
        |file: &mut File| file.attributes = 0o600 << 16 | 0x8000,
        |file: &mut File| file.name.clear(),
    ] {
        let mut made = made.clone();
        change(&mut made.files[2]);
        assert!(!place.compare(&made.archive()), "{:?}", made.files[2]);
    }
    for attributes in [0, 1, 0x20, 0x8000_0000 >> 16 | 0o100_600 << 16] {
        let mut made = made.clone();
        made.files[2].attributes = attributes;
        assert!(place.compare(&made.archive()), "{attributes:x}");
    }
    // What begins as a tar does, maybe.
    let mut tar = made.clone();
    tar.files[0].data = b"01234567".repeat(20);
    assert!(!place.compare(&tar.archive()));
    // Something before it, and no header that is whole.
    let archive = made.archive();
    assert!(!place.compare(&[b"MZ", &archive[..]].concat()));
    assert!(!place.compare(&archive[..archive.len() - 1]));
    assert!(place.compare(&[&archive[..], &[0; 700]].concat()));
}

#[test]
fn passwords_and_other_formats_keep_readers_whole() {
    let (place, archive) = (Place::new(), several().archive());
    let settings = Reader::builder().password(Password::new("secret").unwrap());
    assert!(!place.compare_with(&settings, &archive));
    let settings = Reader::builder().format(Format::Tar);
    assert!(!place.compare_with(&settings, &archive));
    let settings = Reader::builder().format(Format::SevenZip);
    assert!(place.compare_with(&settings, &archive));
}

/// libarchive may have bytes left of what it decodes, when a folder ends with its buffer.
#[test]
fn folders_that_end_with_a_buffer_stay_with_the_next() {
    let place = Place::new();
    let mut made = several();
    let first = |place: &Place, made: &Made| {
        assert!(place.compare(&made.archive()));
        let origin = Reader::open(&place.path).unwrap().origin.unwrap();
        Header::find(&origin, 1).unwrap().slices[0].folders.clone()
    };
    assert_eq!(first(&place, &made), 0..1);
    made.files[0].data = b"x".repeat(2 << 16);
    assert_eq!(first(&place, &made), 0..2);
}

#[test]
fn damaged_headers_fail_in_the_same_way() {
    let mut place = Place::new();
    let mut made = several();
    made.files.truncate(14);
    made.folders = vec![1, 2, 1, 3, 4];
    assert_eq!(made.with_data().count(), 11);
    let mut sliced = 0;
    let len = made.header().len();
    for at in 0..len {
        for value in [0, 0x19, 0xff] {
            sliced += usize::from(compare_changed(&place, &made, |header| header[at] = value));
        }
        sliced += usize::from(compare_changed(&place, &made, |header| header[at] ^= 1));
        compare_changed(&place, &made, |header| header.truncate(at));
        compare_changed(&place, &made, |header| header.insert(at, 1));
    }
    // Those of names and times are as good as any.
    assert!((len..3 * len).contains(&sliced), "{sliced} of {len}");
    // Checksums that do not fit.
    for packed in [false, true] {
        made.packed = packed;
        let archive = made.archive();
        place.header = header_of(&archive, &place.path);
        assert!(place.compare(&archive));
        for at in 0..archive.len() {
            let mut archive = archive.clone();
            archive[at] ^= 0x10;
            let is_data = (32..32 + made.data().len()).contains(&at);
            assert_eq!(
                place.compare(&archive),
                is_data || (6..8).contains(&at),
                "{at}"
            );
            archive.truncate(at);
            assert!(!place.compare(&archive), "{at}");
        }
    }
}

/// Headers of all kinds, right and wrong in several places.
#[test]
fn random_headers_fail_in_the_same_way() {
    const ROUNDS: usize = 400;
    let mut place = Place::new();
    let mut seed = 7_u64;
    let mut below = |end: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % end
    };
    let mut sliced = 0;
    for _ in 0..ROUNDS {
        let mut made = Made {
            packed: below(2) == 0,
            sums_of_folders: below(4) == 0,
            ..Made::default()
        };
        for number in 0..8 + below(16) {
            let data = vec![b'a' + below(26) as u8; [0, 0, 1, 30, 200][below(5)]];
            let directory = if data.is_empty() { DIRECTORY } else { 0x80 };
            let attributes = [FILE, FILE, 0x20, LINK, directory][below(5)];
            let name = format!("{}{number}", "n".repeat(below(9)));
            let mut file = File::new(&name, &data, attributes);
            file.created = (below(3) == 0).then_some(125_000_000_000_000_000 + number as u64);
            file.has_sum = below(5) > 0;
            if below(200) == 0 {
                file.attributes = below(usize::MAX) as u32;
            }
            made.files.push(file);
        }
        let mut left = made.with_data().count();
        while left > 0 {
            let count = 1 + below(left.min(4));
            made.folders.push(count);
            left -= count;
        }
        let mut header = made.header();
        for _ in 0..below(3) {
            let at = below(header.len());
            match below(4) {
                0 => header.insert(at, below(256) as u8),
                1 => drop(header.remove(at)),
                _ => header[at] = [0, 1, 0xff, header[at] ^ 1, below(256) as u8][below(5)],
            }
        }
        let archive = archive(made.data(), header, made.packed);
        place.header = header_of(&archive, &place.path);
        sliced += usize::from(place.compare(&archive));
    }
    assert!((ROUNDS / 5..ROUNDS * 4 / 5).contains(&sliced), "{sliced}");
}

/// Names of 960 digits that do not repeat.
fn long_names(count: usize) -> Vec<String> {
    let mut seed = 1_u64;
    let mut digits = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        format!("{:016x}", seed ^ (seed >> 31))
    };
    (0..count)
        .map(|_| (0..60).map(|_| digits()).collect())
        .collect()
}

#[test]
fn a_header_that_changes_ends_the_reading() {
    let place = Place::new();
    // More than is read at once, however it is packed.
    let names = long_names(300);
    let plain = |names: &[String]| {
        let mut made = several();
        let files = names.iter().map(|name| File::new(name, b"", FILE));
        made.files.extend(files);
        made.archive()
    };
    let packed = |names: &[String]| {
        let mut writer = Writer::builder(WriteFormat::SevenZip).to_vec().unwrap();
        for name in names {
            writer.append_bytes(name, b"").unwrap();
        }
        writer.finish().unwrap()
    };
    let mut renamed = names.clone();
    renamed[299].replace_range(..1, "z");
    let mut swapped = names.clone();
    swapped.swap(200, 290);
    for archive in [&plain as &dyn Fn(&[String]) -> Vec<u8>, &packed] {
        let whole = archive(&names);
        let mut short = whole.clone();
        short.truncate(whole.len() / 2);
        for changed in [archive(&renamed), archive(&swapped), short] {
            fs::write(&place.path, &whole).unwrap();
            let mut reader = Reader::open(&place.path).unwrap();
            reader.slice(20_000);
            assert!(reader.slices.is_some());
            fs::write(&place.path, changed).unwrap();
            let mut entries = 0;
            let error = loop {
                match reader.advance() {
                    Ok(true) => entries += 1,
                    Ok(false) => panic!("{entries} entries"),
                    Err(error) => break error,
                }
            };
            assert_eq!(error.kind(), ErrorKind::Changed, "{error:?}");
            assert_eq!(error.archive(), Some(&*place.path));
            assert!((9..330).contains(&entries), "{entries}");
            assert!(!reader.advance().unwrap());
        }
    }
}

#[test]
fn other_readers_begin_anew_and_leap() {
    let place = Place::new();
    let made = several();
    for packed in [false, true] {
        let archive = Made {
            packed,
            ..made.clone()
        }
        .archive();
        fs::write(&place.path, &archive).unwrap();
        let mut reader = Reader::open(&place.path).unwrap();
        reader.slice(1);
        let plan = reader.slices.as_ref().unwrap().plan().clone();
        let twins = reader.twins().expect("twins");
        // Its data is not skipped.
        assert!(!twins.skip_in(Some(Format::SevenZip)));
        for mut twin in [reader, twins.open().unwrap(), plan.read().unwrap()] {
            let mut names = 0;
            while let Some(entry) = twin.next_entry().unwrap() {
                let name = entry
                    .path()
                    .to_str()
                    .unwrap()
                    .trim_end_matches('/')
                    .to_owned();
                assert_eq!(name, made.files[names].name);
                names += 1;
            }
            assert_eq!(names, made.files.len());
        }
        for number in [1, 2, 9, 17, made.files.len() as u64] {
            let mut twin = plan.read().unwrap();
            let mut asked = twin.leap(0, number).unwrap();
            assert!(
                (number.saturating_sub(5)..number).contains(&asked),
                "{asked}"
            );
            while asked < number {
                assert!(twin.advance().unwrap());
                asked += 1;
            }
            let file = &made.files[number as usize - 1];
            let mut entry = twin.current_entry().expect("the entry");
            assert_eq!(entry.path().to_str(), Some(&*file.name));
            assert_eq!(entry.read_to_vec().unwrap(), file.data);
        }
    }
}

fn fill(writer: &mut Writer<Vec<u8>>) {
    for number in 0..40 {
        match number % 8 {
            2 | 5 => {
                let data = format!("{number} and so on ").repeat(number * 30);
                writer
                    .append_bytes(format!("d/file{number}"), data.as_bytes())
                    .unwrap();
            }
            3 => {
                let entry = EntryBuf::directory(format!("directory{number}")).unwrap();
                writer.append_entry(&entry).unwrap();
            }
            6 => {
                let entry = EntryBuf::symlink(format!("link{number}"), "d/file2").unwrap();
                writer.append_entry(&entry).unwrap();
            }
            _ => writer
                .append_bytes(format!("empty/ä{number}"), b"")
                .unwrap(),
        }
    }
}

/// Each has one folder, and its header packed in its own way.
#[test]
fn archives_of_libarchive_are_sliced_where_files_are_empty() {
    let mut place = Place::new();
    for compression in [
        Compression::Store,
        Compression::Deflate,
        Compression::Bzip2,
        Compression::Lzma,
        Compression::Lzma2,
        Compression::Ppmd,
        Compression::Zstd,
    ] {
        let writer = Writer::builder(WriteFormat::SevenZip).compression(compression);
        let mut writer = match writer.to_vec() {
            Ok(writer) => writer,
            Err(error) => {
                eprintln!("{compression:?} is left out: {error}");
                continue;
            }
        };
        fill(&mut writer);
        let archive = writer.finish().unwrap();
        place.header = header_of(&archive, &place.path);
        let sliced = place.compare(&archive);
        println!("{compression:?}: {sliced}");
        // What comes out of PPMd depends on blocks.
        assert_eq!(sliced, compression != Compression::Ppmd, "{compression:?}");
    }
}

/// A header is tried with less memory than it asks for.
#[test]
fn dictionaries_are_as_large_as_it_takes() {
    let mut place = Place::new();
    let far = long_names(80);
    let near: Vec<_> = (0..80).map(|number| format!("{number:0960}")).collect();
    for (names, is_small) in [(near, true), (far, false)] {
        let mut writer = Writer::builder(WriteFormat::SevenZip).to_vec().unwrap();
        for number in 0..160 {
            let name = format!("{}/{}", number / 80, names[number % 80]);
            writer.append_bytes(name, b"").unwrap();
        }
        let archive = writer.finish().unwrap();
        place.header = header_of(&archive, &place.path);
        assert!(place.compare(&archive));
        let origin = Reader::open(&place.path).unwrap().origin.unwrap();
        let header = Header::find(&origin, 1).unwrap();
        let packed::Place::Packed { streams, .. } = &header.place else {
            panic!("{header:?}");
        };
        assert_eq!(
            streams.dictionary == 64 << 10,
            is_small,
            "{}",
            streams.dictionary
        );
        let settings = Reader::builder().decoder_memory(5 << 16);
        assert_eq!(place.compare_with(&settings, &archive), is_small);
    }
}

#[test]
fn archives_of_7_zip_are_sliced() {
    let directory = tempfile::tempdir().unwrap();
    for number in 0..30_usize {
        let path = directory.path().join(format!("file{number}"));
        let len = [0, 5, 700, 1 << 16, 1 << 17][number % 5];
        fs::write(
            path,
            format!("{number:02}-")
                .repeat(len / 3 + 1)
                .get(..len)
                .unwrap(),
        )
        .unwrap();
    }
    // What 7-Zip takes for programs has filters.
    for (number, name) in ["a", "m", "z"].iter().enumerate() {
        let program = fs::read(std::env::current_exe().unwrap()).unwrap();
        let len = 40_000 + number;
        fs::write(
            directory.path().join(format!("{name}.exe")),
            &program[..len],
        )
        .unwrap();
    }
    let programs = ["7zz", "7z", "7za"];
    let path = directory.path().join("archive.7z");
    let mut place = Place::new();
    // And whether it is sliced: not with PPMd, nor when all folders have filters.
    let settings: [(&[&str], bool); 9] = [
        (&["-ms=off"], true),
        (&["-ms=off", "-mhc=off"], true),
        (&["-ms=3f"], true),
        (&["-ms=3f", "-m0=LZMA2", "-mtc=on", "-mta=on"], true),
        (&["-ms=off", "-m0=PPMd"], false),
        (&["-ms=off", "-m0=Copy"], true),
        (&["-ms=off", "-mf=BCJ"], false),
        (&["-ms=off", "-mf=BCJ2"], false),
        (&["-ms=3f", "-mf=Delta:2"], false),
    ];
    for (settings, is_sliced) in settings {
        fs::remove_file(&path).ok();
        let made = programs.iter().any(|program| {
            let mut command = Command::new(program);
            command.args(["a", "-t7z", "-bso0", "-bsp0"]).args(settings);
            let made = command.arg(&path).arg(directory.path()).status();
            made.is_ok_and(|status| status.success())
        });
        if !made {
            return eprintln!("left out: no 7-Zip is at hand");
        }
        let archive = fs::read(&path).unwrap();
        place.header = header_of(&archive, &place.path);
        assert_eq!(place.compare(&archive), is_sliced, "{settings:?}");
        // Damaged data fails in the same way, too.
        let packed_end = archive.len() - 400;
        for round in 0..40_usize {
            let mut archive = archive.clone();
            let at = 32 + round * 7919 * 31 % (packed_end - 32);
            archive[at] ^= 1 << (round % 8);
            place.compare(&archive);
        }
    }
}
