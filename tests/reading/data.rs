//! The data of an entry: by `Read`, by `BufRead`, in blocks, and by all of them in turns.

use std::io::{BufRead as _, Read as _};

use anyarchive::{Entry, ErrorKind, Reader};
use anyarchive_test_support::samples::{Content, Item, Spec};

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
