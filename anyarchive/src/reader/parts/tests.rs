use std::{fs, path::Path};

use super::*;
use crate::{Result, WriteFormat, Writer, reader::crc32::crc32};

fn compressed(data: &[u8], filter: Filter) -> Vec<u8> {
    let builder = Writer::builder(WriteFormat::Raw).filter(filter).level(1);
    let mut writer = builder.to_vec().unwrap();
    writer.append_bytes("data", data).unwrap();
    writer.finish().unwrap()
}

/// Text that is not too easy.
fn text(len: usize) -> Vec<u8> {
    let words = (0_u64..).flat_map(|number| {
        let word = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        format!("{word} ").into_bytes()
    });
    words.take(len).collect()
}

const PIECE: usize = 1_200_000;

/// The blocks of several xz files as one file.
fn joined(pieces: &[Vec<u8>]) -> Vec<u8> {
    let mut file = pieces[0][..12].to_vec();
    let mut index = vec![0];
    xz::put_number(&mut index, pieces.len() as u64);
    for piece in pieces {
        let footer = &piece[piece.len() - 12..];
        let index_len = (u32::from_le_bytes(footer[4..8].try_into().unwrap()) as usize + 1) * 4;
        let (blocks, own_index) = piece[..piece.len() - 12].split_at(piece.len() - 12 - index_len);
        for (unpadded, uncompressed) in xz::records(own_index).unwrap() {
            xz::put_number(&mut index, unpadded);
            xz::put_number(&mut index, uncompressed);
        }
        file.extend(&blocks[12..]);
    }
    index.resize(index.len().next_multiple_of(4), 0);
    index.extend(crc32(&index).to_le_bytes());
    let mut sizes = (index.len() as u32 / 4 - 1).to_le_bytes().to_vec();
    sizes.extend(&file[6..8]);
    file.extend(&index);
    file.extend(crc32(&sizes).to_le_bytes());
    file.extend(sizes);
    file.extend(b"YZ");
    file
}

fn archive(filter: Filter, data: &[u8]) -> Vec<u8> {
    let pieces: Vec<_> = data
        .chunks(PIECE)
        .map(|data| compressed(data, filter))
        .collect();
    match filter {
        Filter::Xz => joined(&pieces),
        _ => pieces.concat(),
    }
}

/// What a reader makes of a file, up to its error.
fn read(path: &Path, threads: usize) -> (usize, Vec<u8>, String) {
    let mut data = Vec::new();
    let mut decoders = 0;
    let result = (|| -> Result<()> {
        let mut reader = Reader::builder().format(Format::Raw).open(path)?;
        let filters = reader.filters();
        decoders = usize::from(reader.decode_by(threads));
        assert_eq!(reader.filters(), filters);
        let mut entry = reader.next_entry()?.expect("the data");
        while let Some(block) = entry.next_block()? {
            data.extend_from_slice(&block);
        }
        assert_eq!(reader.bytes_read(), fs::metadata(path).unwrap().len());
        Ok(())
    })();
    let error = result.err();
    let error = error.map(|error| format!("{error:#?} {error:#} {:?}", error.kind()));
    (decoders, data, error.unwrap_or_default())
}

#[test]
fn parts_come_out_as_the_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let data = text(5 * PIECE + 17);
    for filter in [Filter::Xz, Filter::Zstd] {
        let archive = archive(filter, &data);
        fs::write(&path, &archive).unwrap();
        for threads in [1, 2, 8] {
            let (decoders, out, error) = read(&path, threads);
            assert_eq!(decoders, usize::from(threads > 1), "{filter}");
            assert!(out == data, "{filter} {threads}");
            assert_eq!(error, "");
        }
    }
}

#[test]
fn what_is_damaged_fails_as_the_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let data = text(4 * PIECE);
    for filter in [Filter::Xz, Filter::Zstd] {
        let whole = archive(filter, &data);
        let mut in_parts = 0;
        let len = whole.len();
        for place in [
            10,
            40,
            len / 5,
            len / 2,
            len - len / 5,
            len - 40,
            len - 30,
            len - 10,
            len - 3,
        ] {
            let mut changed = whole.clone();
            changed[place] ^= 0x10;
            let mut longer = whole.clone();
            longer.extend(&whole[..place.min(40)]);
            for archive in [&changed, &longer, &whole[..place].to_vec()] {
                fs::write(&path, archive).unwrap();
                let (_, data, error) = read(&path, 1);
                let (decoders, data_of_two, error_of_two) = read(&path, 2);
                assert!(data == data_of_two, "{filter} {place}");
                assert_eq!(error, error_of_two, "{filter} {place}");
                in_parts += decoders;
            }
        }
        assert!(in_parts > 2, "{filter}: none was decoded in parts");
    }
}

#[test]
fn an_index_that_lies_fails_as_the_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    // One that says that the first block is longer, and the second shorter.
    let mut pieces: Vec<_> = text(3 * PIECE)
        .chunks(PIECE)
        .map(|data| compressed(data, Filter::Xz))
        .collect();
    let lie = |piece: &mut Vec<u8>, delta: i64| {
        let index_len = u32::from_le_bytes(piece[piece.len() - 8..][..4].try_into().unwrap());
        let start = piece.len() - 12 - (index_len as usize + 1) * 4;
        let (unpadded, uncompressed) = xz::records(&piece[start..piece.len() - 12]).unwrap()[0];
        let uncompressed = uncompressed.checked_add_signed(delta).unwrap();
        let behind = xz::behind(unpadded, uncompressed, &piece[6..8]);
        piece.splice(start.., behind);
    };
    lie(&mut pieces[0], 1);
    lie(&mut pieces[1], -1);
    fs::write(&path, joined(&pieces)).unwrap();
    let (decoders, data, error) = read(&path, 2);
    assert_eq!(decoders, 1);
    assert_ne!(error, "");
    assert!((0, data, error) == read(&path, 1));
}

#[test]
fn parts_longer_than_what_is_kept_are_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let part = compressed(&vec![0; 50 << 20], Filter::Xz);
    fs::write(&path, joined(&[part.clone(), part.clone(), part])).unwrap();
    let mut reader = Reader::builder().format(Format::Raw).open(&path).unwrap();
    assert!(reader.decode_by(3));
    assert_eq!(reader.filters(), [Filter::Xz]);
    let mut entry = reader.next_entry().unwrap().unwrap();
    let mut len = 0;
    while let Some(block) = entry.next_block().unwrap() {
        assert!(block.iter().all(|byte| *byte == 0));
        len += block.len();
    }
    assert_eq!(len, 150 << 20);
}

#[test]
fn a_reader_that_is_left_ends_its_decoders() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    fs::write(&path, archive(Filter::Xz, &text(5 * PIECE))).unwrap();
    let mut reader = Reader::builder().format(Format::Raw).open(&path).unwrap();
    reader.decode_by(4);
    assert!(reader.advance().unwrap());
    // Waits for them: a decoder that goes on would hang this test.
    drop(reader);
}
