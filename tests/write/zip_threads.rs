//! ZIP by several threads: libarchive's own headers, around data that others compressed.

use std::{fs, io::Write as _, process::Command};

use anyarchive::{
    Compression, EntryBuf, ErrorKind, FileType, Password, Reader, WriteFilter, WriteFormat,
    WriterBuilder, ZipEncryption, capabilities,
};
use proptest::prelude::*;

use crate::{
    threads::{BLOCK, assert_same_content, noise},
    world::{Item, plain, read, write},
};

fn zip() -> WriterBuilder {
    plain(WriteFormat::Zip)
}

/// Lengths around those of what one thread compresses at once.
const LENS: [u64; 8] = [
    0,
    1,
    BLOCK - 1,
    BLOCK,
    BLOCK + 1,
    2 * BLOCK,
    2 * BLOCK + 1,
    3 * BLOCK + 12_345,
];

/// Files of all lengths, that compress and that do not, among other things.
fn items() -> Vec<Item> {
    let mut items = Vec::new();
    for len in LENS {
        items.push(Item::file(&format!("noise {len}"), noise(len)));
        items.push(Item::file(&format!("ü{len}"), vec![b'a'; len as usize]));
        items.push(Item::symlink(&format!("link{len}"), &"target/".repeat(20)));
        items.push(Item::directory(&format!("directory{len}")));
        items.push(Item::file(&format!("directory{len}/small"), "small"));
    }
    let mut full = Item::file("with all", "metadata");
    full.entry.set_uid(1234).unwrap();
    full.entry.set_gid(5678).unwrap();
    full.entry.set_mode(0o4711).unwrap();
    full.entry
        .set_atime(crate::world::seconds(1_234_567_890))
        .unwrap();
    items.push(full);
    items
}

/// What two archives have in common: all of the headers but for sizes, checksums and places.
fn headers(archive: &[u8]) -> Vec<Vec<u8>> {
    let word = |at: usize| usize::from(u16::from_le_bytes([archive[at], archive[at + 1]]));
    let long = |at: usize| u32::from_le_bytes(archive[at..at + 4].try_into().unwrap()) as usize;
    let end = archive.len() - 22;
    assert_eq!(archive[end..end + 4], *b"PK\x05\x06");
    let (entries, mut at) = (word(end + 10), long(end + 16));
    assert_eq!(at + long(end + 12), end);
    let mut headers = Vec::new();
    for _ in 0..entries {
        assert_eq!(archive[at..at + 4], *b"PK\x01\x02");
        let len = 46 + word(at + 28) + word(at + 30) + word(at + 32);
        let local = long(at + 42);
        assert_eq!(archive[local..local + 4], *b"PK\x03\x04");
        let mut header = archive[at..at + len].to_vec();
        header[16..28].fill(0);
        header[42..46].fill(0);
        let data = local + 30 + word(local + 26) + word(local + 28);
        header.extend(&archive[local..data]);
        // Where the sizes are behind the data, they are those of the directory.
        if word(at + 8) & 8 != 0 {
            let behind = data + long(at + 20);
            assert_eq!(archive[behind..behind + 4], *b"PK\x07\x08");
            assert_eq!(archive[behind + 4..behind + 16], archive[at + 16..at + 28]);
        }
        headers.push(header);
        at += len;
    }
    assert_eq!(at, end);
    headers
}

#[test]
fn headers_are_those_of_libarchive() {
    for level in [2, 6, 9] {
        let settings = zip().level(level);
        let one = write(&settings, &items()).unwrap();
        let more = write(&settings.threads(3), &items()).unwrap();
        assert_eq!(headers(&more), headers(&one));
        assert_same_content(&more, &items());
        assert!(
            more.len() < one.len() + one.len() / 50,
            "{} {}",
            more.len(),
            one.len()
        );
        // gzip, too, is only compressed by several threads where the same feature is on.
        let threaded = capabilities()
            .unwrap()
            .threaded_filters
            .contains(&WriteFilter::Gzip);
        assert!(more != one || !threaded);
    }
}

#[test]
fn other_programs_read_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("archive.zip");
    let archive = write(&zip().threads(3), &items()).unwrap();
    fs::write(&path, &archive).unwrap();
    let python = "import sys, zipfile; archive = zipfile.ZipFile(sys.argv[1]); \
                  assert archive.testzip() is None; \
                  data = {i.filename: archive.read(i) for i in archive.infolist()}; \
                  assert data['noise 262145'] != data['\\u00fc262145'] == b'a' * 262145";
    for (program, args) in [
        ("unzip", &["-tqq"][..]),
        ("7zz", &["t"]),
        ("zip", &["-qT"]),
        ("bsdtar", &["-tf"]),
        ("python3", &["-c", python]),
    ] {
        let output = Command::new(program)
            .args(args)
            .arg(&path)
            .env("LC_ALL", "C.UTF-8")
            .output();
        match output {
            Ok(output) => assert!(output.status.success(), "{program}: {output:?}"),
            Err(_) => eprintln!("skipped: no {program} here"),
        }
    }
    let mut bsdtar = Command::new("bsdtar");
    bsdtar.arg("-xOf").arg(&path).env("LC_ALL", "C.UTF-8");
    if let Ok(output) = bsdtar.output() {
        let data: Vec<u8> = items().into_iter().flat_map(|item| item.data).collect();
        assert!(output.stdout == data);
    }
    // Without a look at the directory.
    let mut reader = Reader::from_reader(&archive[..]).unwrap();
    for item in items() {
        let mut entry = reader.next_entry().unwrap().expect("an entry");
        if item.entry.file_type() == FileType::File {
            assert!(entry.read_to_vec().unwrap() == item.data);
        }
    }
    assert!(reader.next_entry().unwrap().is_none());
}

#[test]
fn many_small_files_are_all_there() {
    let items: Vec<_> = (0..5_000)
        .map(|n| {
            Item::file(
                &format!("directory/file{n}"),
                format!("{n} ").repeat(n % 300),
            )
        })
        .collect();
    let archive = write(&zip().threads(2), &items).unwrap();
    assert_same_content(&archive, &items);
    headers(&archive);
    assert!(archive == write(&zip().threads(5), &items).unwrap());
}

#[test]
fn more_entries_than_fit_the_old_record() {
    let mut writer = zip().threads(2).to_vec().unwrap();
    for n in 0..70_000 {
        writer.append_bytes(format!("{n}"), b"").unwrap();
    }
    let archive = writer.finish().unwrap();
    assert!(archive.windows(4).any(|four| four == b"PK\x06\x06"));
    let mut reader = Reader::from_bytes(&archive).unwrap();
    while reader.next_entry().unwrap().is_some() {}
    assert_eq!(reader.entries_read(), 70_000);
}

#[test]
fn what_has_no_data_is_as_libarchive_writes_it() {
    for items in [
        vec![],
        vec![
            Item::directory("directory"),
            Item::symlink("link", "target"),
        ],
        vec![Item::file("empty", ""), Item::file("also empty", "")],
    ] {
        let one = write(&zip(), &items).unwrap();
        assert!(
            one == write(&zip().threads(2), &items).unwrap(),
            "{items:?}"
        );
    }
}

#[test]
fn sizes_need_not_be_known() {
    let mut writer = zip().threads(2).to_vec().unwrap();
    let mut entry = EntryBuf::file("unknown", 0).unwrap();
    entry.set_size(None).unwrap();
    for _ in 0..2 {
        let mut open = writer.start_entry(&entry).unwrap();
        for _ in 0..50 {
            open.write_all(&noise(10_001)).unwrap();
        }
        open.finish().unwrap();
        writer.append_bytes("between", b"between").unwrap();
    }
    let read = read(&writer.finish().unwrap()).unwrap();
    assert_eq!(read.len(), 4);
    assert!(read[2].data == noise(10_001).repeat(50));
    assert_eq!(read[3].data, b"between");
}

#[test]
fn entries_that_go_wrong_leave_the_others_alone() {
    let [one, more] = [1, 2].map(|threads| {
        let mut writer = zip().threads(threads).to_vec().unwrap();
        writer.append_bytes("first", b"first").unwrap();
        let mut refused = EntryBuf::file("pipe", 0).unwrap();
        refused.set_file_type(FileType::Fifo).unwrap();
        assert!(writer.append_entry(&refused).is_err());
        let long = EntryBuf::file("short", 600_000).unwrap();
        let error = writer.append(&long, &noise(300_000)[..]).unwrap_err();
        assert!(error.is_recoverable(), "{error:?}");
        let entry = EntryBuf::file("dropped", 9).unwrap();
        let mut open = writer.start_entry(&entry).unwrap();
        open.write_all(b"half").unwrap();
        drop(open);
        let error = writer.append_bytes("not yet", b"").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        writer.append_bytes("last", b"last").unwrap();
        let archive = writer.finish().unwrap();
        assert_eq!(headers(&archive).len(), 4);
        let mut reader = Reader::from_bytes(&archive).unwrap();
        let mut read = Vec::new();
        while let Some(mut entry) = reader.next_entry().unwrap() {
            let path = String::from_utf8_lossy(entry.path_bytes()).into_owned();
            // libarchive 3.6.2 cannot read all of the second one, whoever wrote it.
            let data = entry
                .read_to_vec()
                .map_err(|error| error.message().to_owned());
            read.push((path, data));
        }
        read
    });
    assert!(one == more);
    let known = ["first", "short", "dropped", "last"];
    assert_eq!(more.iter().map(|(path, _)| path).collect::<Vec<_>>(), known);
    assert_eq!(more[3].1.as_deref(), Ok(&b"last"[..]));
}

/// What is not deflated in the usual way is left to libarchive.
#[test]
fn other_settings_are_those_of_libarchive() {
    let items = [
        Item::file("data", noise(600_000)),
        Item::file("a", "aaaaaaaaaa"),
    ];
    for settings in [
        zip().level(0),
        zip().compression(Compression::Store),
        zip().options("zip64"),
        zip().options("zip:compression=store"),
        zip().option("zip", "compression", "store"),
        zip().option("zip", "experimental", "1"),
    ] {
        let one = write(&settings, &items).unwrap();
        let more = write(&settings.clone().threads(4), &items).unwrap();
        assert!(one == more, "{settings:?}");
    }
    let password = Password::new("secret").unwrap();
    for encryption in [ZipEncryption::Traditional, ZipEncryption::Aes256] {
        let settings = zip().encrypt(encryption, &password).threads(2);
        let Ok(archive) = write(&settings, &items) else {
            continue;
        };
        let settings = Reader::builder().password(password.clone());
        let mut reader = settings.from_bytes(&archive).unwrap();
        let mut entry = reader.next_entry().unwrap().expect("an entry");
        assert!(entry.is_encrypted());
        assert!(entry.read_to_vec().unwrap() == items[0].data);
    }
    let named = zip().option("zip", "compression-level", "9").threads(2);
    let level = zip().level(9).threads(2);
    assert!(write(&named, &items).unwrap() == write(&level, &items).unwrap());
    let bad = zip().threads(2).level(10).to_vec().unwrap_err();
    assert_eq!(bad.kind(), ErrorKind::InvalidInput);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn files_of_any_lengths_come_back(
        files in prop::collection::vec((0..LENS.len(), 0_u64..3, any::<bool>()), 0..8),
        step in 1_usize..400_000,
        threads in 2_u32..5,
    ) {
        let items: Vec<_> = files
            .iter()
            .enumerate()
            .map(|(number, &(len, more, is_noise))| {
                let len = LENS[len] + more;
                let data = if is_noise { noise(len) } else { vec![7; len as usize] };
                Item::file(&number.to_string(), data)
            })
            .collect();
        let mut writer = zip().threads(threads).to_vec().unwrap();
        for item in &items {
            let mut entry = writer.start_entry(&item.entry).unwrap();
            for part in item.data.chunks(step) {
                entry.write_all(part).unwrap();
            }
            entry.finish().unwrap();
        }
        let archive = writer.finish().unwrap();
        prop_assert_eq!(headers(&archive).len(), items.len());
        assert_same_content(&archive, &items);
        prop_assert!(archive == write(&zip().threads(2), &items).unwrap());
    }
}
