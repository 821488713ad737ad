//! The data of an entry: by `Read`, by `BufRead`, in blocks, and by all of them in turns.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, Read as _},
};

use anyarchive::{Entry, ErrorKind, Reader};
use anyarchive_test_support::{
    reference_archives,
    samples::{Content, Item, Spec},
};

/// Holes at the start, in the middle, longer than anything that is lent of one, and at the end.
fn sparse() -> (Vec<u8>, Vec<u8>) {
    let pieces = vec![
        (5_000, b"first".to_vec()),
        (100_000, vec![b'x'; 70_000]),
        (170_001, b"last".to_vec()),
    ];
    let size = 200_000;
    let mut data = vec![0; size];
    for (offset, piece) in &pieces {
        let offset = usize::try_from(*offset).unwrap();
        data[offset..offset + piece.len()].copy_from_slice(piece);
    }
    let size = size as u64;
    let item = Item::new("file", Content::Sparse { size, pieces });
    let after = Item::file("after", "more");
    (Spec::new("pax").to_vec([item, after]).unwrap(), data)
}

fn read(entry: &mut Entry<'_>, len: usize) -> Vec<u8> {
    let mut piece = vec![0xff; len];
    let count = entry.read(&mut piece).unwrap();
    piece.truncate(count);
    piece
}

fn lend(entry: &mut Entry<'_>, len: usize) -> Vec<u8> {
    let piece = entry.fill_buf().unwrap();
    let piece = piece[..piece.len().min(len)].to_vec();
    entry.consume(piece.len());
    piece
}

/// With the hole before it.
fn block(entry: &mut Entry<'_>, _len: usize) -> Vec<u8> {
    let start = entry.position();
    let Some(block) = entry.next_block().unwrap() else {
        return Vec::new();
    };
    let mut piece = vec![0; usize::try_from(block.offset() - start).unwrap()];
    piece.extend_from_slice(&block);
    piece
}

#[test]
fn every_way_gives_the_same_data() {
    type Way = fn(&mut Entry<'_>, usize) -> Vec<u8>;
    let (archive, expected) = sparse();
    let ways: [&[Way]; 7] = [
        &[read],
        &[lend],
        &[block],
        &[read, lend],
        &[lend, block],
        &[block, read],
        &[lend, lend, read, block, read, lend],
    ];
    for (index, ways) in ways.into_iter().enumerate() {
        for len in [7, 1_000, 4_096, 1 << 20] {
            let mut reader = Reader::from_bytes(&archive).unwrap();
            let mut entry = reader.next_entry().unwrap().unwrap();
            let mut data = Vec::new();
            for way in ways.iter().cycle() {
                let piece = way(&mut entry, len);
                if piece.is_empty() {
                    break;
                }
                data.extend_from_slice(&piece);
                assert_eq!(entry.position(), data.len() as u64, "ways {index}, {len}");
            }
            assert!(data == expected, "ways {index}, {len}: {}", data.len());
            for way in ways {
                assert!(way(&mut entry, len).is_empty(), "ways {index}, {len}");
            }
            let mut entry = reader.next_entry().unwrap().unwrap();
            assert_eq!(entry.read_to_vec().unwrap(), b"more");
        }
    }
}

#[test]
fn nothing_is_consumed_but_what_was_lent() {
    let (archive, expected) = sparse();
    let mut reader = Reader::from_bytes(&archive).unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    // Nobody asked for anything yet.
    entry.consume(usize::MAX);
    assert_eq!(entry.position(), 0);
    // A whole block was given out already.
    entry.next_block().unwrap().unwrap();
    let position = entry.position();
    entry.consume(usize::MAX);
    assert_eq!(entry.position(), position);
    let mut rest = Vec::new();
    entry.read_to_end(&mut rest).unwrap();
    assert!(rest == expected[usize::try_from(position).unwrap()..]);
    entry.consume(usize::MAX);
    assert_eq!(entry.position(), expected.len() as u64);
}

#[test]
fn a_wrong_checksum_comes_behind_the_last_byte_that_is_lent() {
    let text = "the data of a file";
    let spec = Spec::new("zip").option("zip:compression=store");
    let mut archive = spec.to_vec([Item::file("file", text)]).unwrap();
    let at = archive
        .windows(text.len())
        .position(|it| it == text.as_bytes());
    archive[at.unwrap()] ^= 1;
    let mut reader = Reader::from_bytes(&archive).unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    let lent = lend(&mut entry, usize::MAX);
    assert_eq!(lent[1..], text.as_bytes()[1..]);
    let error = entry
        .fill_buf()
        .unwrap_err()
        .downcast::<anyarchive::Error>()
        .unwrap();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    // `Read` compares it with the last byte.
    let mut reader = Reader::from_bytes(&archive).unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    assert!(entry.read(&mut vec![0; text.len()]).is_err());
}

fn rest(entry: &mut Entry<'_>) -> Vec<u8> {
    let mut data = Vec::new();
    entry.read_to_end(&mut data).unwrap();
    data
}

#[test]
fn data_behind_a_seek_is_what_it_would_be() {
    let (archive, expected) = sparse();
    let len = expected.len() as u64;
    // In holes, in data, at their ends, and behind all.
    let positions = [
        0,
        1,
        4_999,
        5_000,
        5_003,
        5_005,
        60_000,
        100_000,
        150_000,
        170_000,
        170_001,
        199_999,
        len,
        len + 1,
        u64::MAX,
    ];
    for position in positions {
        let mut reader = Reader::from_bytes(&archive).unwrap();
        let mut entry = reader.next_entry().unwrap().unwrap();
        let at = position.min(len);
        assert_eq!(entry.seek_forward(position).unwrap(), at, "{position}");
        assert_eq!(entry.position(), at);
        assert!(
            rest(&mut entry) == expected[usize::try_from(at).unwrap()..],
            "{position}"
        );
        let mut entry = reader.next_entry().unwrap().unwrap();
        assert_eq!(entry.read_to_vec().unwrap(), b"more");
    }
}

#[test]
fn seeks_mix_with_every_other_way() {
    type Way = fn(&mut Entry<'_>, usize) -> Vec<u8>;
    let (archive, expected) = sparse();
    for way in [read as Way, lend, block] {
        for step in [1, 777, 40_000] {
            let mut reader = Reader::from_bytes(&archive).unwrap();
            let mut entry = reader.next_entry().unwrap().unwrap();
            loop {
                let at = entry.seek_forward(entry.position() + step).unwrap();
                let at = usize::try_from(at).unwrap();
                let piece = way(&mut entry, 1_000);
                assert!(expected[at..].starts_with(&piece), "{step}, at {at}");
                if piece.is_empty() {
                    assert_eq!(at, expected.len());
                    break;
                }
            }
        }
    }
}

#[test]
fn a_seek_back_is_refused_and_changes_nothing() {
    let (archive, expected) = sparse();
    let mut reader = Reader::from_bytes(&archive).unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    entry.seek_forward(120_000).unwrap();
    for position in [0, 119_999] {
        let error = entry.seek_forward(position).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert_eq!(error.entry_bytes(), Some(&b"file"[..]));
    }
    assert_eq!(entry.seek_forward(120_000).unwrap(), 120_000);
    assert!(rest(&mut entry) == expected[120_000..]);
}

/// What was passed is compared, too: at the end at the latest.
#[test]
fn a_seek_past_damage_is_an_error() {
    let text = "the data of a file";
    let len = text.len() as u64;
    let spec = Spec::new("zip").option("zip:compression=store");
    let mut archive = spec.to_vec([Item::file("file", text)]).unwrap();
    let at = archive
        .windows(text.len())
        .position(|it| it == text.as_bytes());
    archive[at.unwrap()] ^= 1;
    for position in [len, len + 1] {
        let mut reader = Reader::from_bytes(&archive).unwrap();
        let mut entry = reader.next_entry().unwrap().unwrap();
        let error = entry.seek_forward(position).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        assert!(entry.seek_forward(position).is_err());
    }
    let mut reader = Reader::from_bytes(&archive).unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    entry.seek_forward(len - 1).unwrap();
    assert!(entry.read_to_vec().is_err());
}

/// Archives of upstream's tests, one and more of each format; old releases do not end with some others.
const ARCHIVES: &[&str] = &[
    "test_compat_cpio_1.cpio",
    "test_compat_gtar_1.tar",
    "test_rar_multivolume_uncompressed_files.part01.rar",
    "test_read_format_7zip_copy.7z",
    "test_read_format_7zip_lzma1_lzma2.7z",
    "test_read_format_7zip_ppmd.7z",
    "test_read_format_ar.ar",
    "test_read_format_cab_1.cab",
    "test_read_format_cpio_svr4_gzip_rpm.rpm",
    "test_read_format_gtar_sparse_1_17_posix10.tar",
    "test_read_format_iso.iso.Z",
    "test_read_format_iso_multi_extent.iso.Z",
    "test_read_format_lha_lh0.lzh",
    "test_read_format_lha_lh7.lzh",
    "test_read_format_rar.rar",
    "test_read_format_rar_compress_normal.rar",
    "test_read_format_rar5_compressed.rar",
    "test_read_format_rar5_stored.rar",
    "test_read_format_zip.zip",
    "test_read_format_zip_length_at_end.zip",
];

#[test]
fn seeks_work_in_every_format() {
    let archives = reference_archives().unwrap_or_else(|missing| panic!("{missing}"));
    let mut formats = BTreeMap::<_, u64>::new();
    for path in archives {
        let name = path.file_name().unwrap().to_string_lossy();
        if !ARCHIVES.contains(&&*name) {
            continue;
        }
        let mut plain = Reader::open(&path).unwrap();
        let mut seeking = Reader::open(&path).unwrap();
        // Some end in data that this or that release cannot read.
        while let (Ok(Some(mut plain)), Ok(Some(mut entry))) =
            (plain.next_entry(), seeking.next_entry())
        {
            let Ok(data) = plain.read_to_vec() else { break };
            let len = data.len() as u64;
            for position in [len / 3, len / 3 * 2] {
                let at = entry.seek_forward(position);
                let at = at.unwrap_or_else(|error| panic!("{error:#}"));
                assert_eq!(at, position, "{name}");
                let wanted = data.len().min(30) / 3;
                let piece = read(&mut entry, wanted);
                let start = usize::try_from(position).unwrap();
                assert!(data[start..].starts_with(&piece), "{name}");
                assert_eq!(piece.is_empty(), wanted == 0, "{name}");
            }
            assert_eq!(entry.seek_forward(len + 1).unwrap(), len, "{name}");
            *formats.entry(plain_format(&name)).or_default() += len;
        }
    }
    let read: Vec<_> = formats.iter().filter(|(_, len)| **len > 0).collect();
    assert!(read.len() >= 8, "{formats:?}");
}

/// What comes behind the last dot, but for what the whole is compressed with.
fn plain_format(name: &str) -> String {
    let name = name.strip_suffix(".Z").unwrap_or(name);
    name.rsplit('.').next().unwrap_or_default().to_owned()
}
