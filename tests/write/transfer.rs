//! Entries from a reader to a writer, and data in pieces.

use std::io::{Read as _, Write};

use anyarchive::{
    EntryBuf, ErrorKind, Format, Password, Reader, WriteFormat, Writer, ZipEncryption,
};

use crate::world::{Item, noise, plain, read, seen, write};

/// Takes all entries over.
fn take_over(archive: &[u8], writer: &mut Writer<Vec<u8>>) -> anyarchive::Result<()> {
    let mut reader = Reader::from_bytes(archive)?;
    while let Some(mut entry) = reader.next_entry()? {
        writer.append_from(&mut entry)?;
    }
    Ok(())
}

#[test]
fn an_entry_of_which_some_was_read_is_refused() {
    let archive = write(&plain(WriteFormat::Pax), &[Item::file("f", "abcdef")]).unwrap();
    for len in [1, 3, 6] {
        let mut reader = Reader::from_bytes(&archive).unwrap();
        let mut entry = reader.next_entry().unwrap().unwrap();
        entry.read_exact(&mut vec![0; len]).unwrap();
        let mut writer = plain(WriteFormat::Ustar).to_vec().unwrap();
        let error = writer.append_from(&mut entry).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.entry_bytes(), Some(&b"f"[..]));
        // Nothing of it was written.
        assert!(read(&writer.finish().unwrap()).unwrap().is_empty());
    }
}

#[test]
fn entries_go_from_archive_to_archive() {
    let items = [
        Item::directory("dir"),
        Item::file("dir/noise", noise(300_000)),
        Item::file("empty", ""),
        Item::symlink("link", "dir/noise"),
    ];
    let wanted: Vec<_> = items
        .iter()
        .map(|item| seen(&item.entry, item.data.clone()))
        .collect();
    for (from, to) in [
        (WriteFormat::Pax, WriteFormat::CpioNewc),
        (WriteFormat::CpioNewc, WriteFormat::Ustar),
        (WriteFormat::Ustar, WriteFormat::GnuTar),
        (WriteFormat::GnuTar, WriteFormat::Pax),
    ] {
        let archive = write(&plain(from), &items).unwrap();
        let mut writer = plain(to).to_vec().unwrap();
        take_over(&archive, &mut writer).unwrap();
        let mut found = read(&writer.finish().unwrap()).unwrap();
        for (found, wanted) in found.iter_mut().zip(&wanted) {
            found.mode = wanted.mode;
        }
        assert_eq!(found, wanted, "{from} to {to}");
    }
}

#[test]
fn holes_stay_holes() {
    let size = 10 << 20;
    let mut sparse = EntryBuf::file("sparse", size).unwrap();
    let map = vec![4096..8192, size - 512..size];
    sparse.set_sparse_map(&map).unwrap();
    let mut writer = plain(WriteFormat::Pax).to_vec().unwrap();
    let mut entry = writer.start_entry(&sparse).unwrap();
    entry.write_zeros(4096).unwrap();
    entry.write_all(&[b'x'; 4096]).unwrap();
    entry.write_zeros(size - 512 - 8192).unwrap();
    entry.write_all(&[b'y'; 512]).unwrap();
    entry.finish().unwrap();
    let archive = writer.finish().unwrap();
    assert!(archive.len() < 32 << 10);

    let mut writer = plain(WriteFormat::Pax).to_vec().unwrap();
    take_over(&archive, &mut writer).unwrap();
    let copy = writer.finish().unwrap();
    assert!(copy.len() < 32 << 10, "{}", copy.len());
    let mut reader = Reader::from_bytes(&copy[..]).unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    assert_eq!(entry.sparse_map(), map);
    let data = entry.read_to_vec().unwrap();
    assert_eq!(data.len() as u64, size);
    assert!(data[4096..8192].iter().all(|&byte| byte == b'x'));
    assert!(data[8192..data.len() - 512].iter().all(|&byte| byte == 0));
}

#[test]
fn an_entry_whose_data_cannot_be_read_is_left_out() {
    let password = Password::new("secret").unwrap();
    let settings = plain(WriteFormat::Zip).encrypt(ZipEncryption::Aes256, &password);
    let zip = write(&settings, &[Item::file("locked", "hidden")]).unwrap();
    let mut writer = plain(WriteFormat::Pax).to_vec().unwrap();
    let error = take_over(&zip, &mut writer).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PasswordRequired, "{error:#}");
    assert_eq!(error.entry_bytes(), Some(&b"locked"[..]));
    assert_eq!(writer.entries_written(), 0);
    writer.append_bytes("after", b"it").unwrap();
    assert_eq!(read(&writer.finish().unwrap()).unwrap().len(), 1);
}

/// A cpio of one file with two names, with the data at the first or at the last, as GNU writes it, or
/// at both, as libarchive does.
fn two_names(first: &[u8], last: &[u8]) -> Vec<u8> {
    let mut archive = Vec::new();
    let mut put = |name: &str, nlink: u32, data: &[u8]| {
        archive.extend(b"070701");
        let size = data.len() as u32;
        let mode = if nlink > 0 { 0o100_644 } else { 0 };
        for field in [
            7,
            mode,
            0,
            0,
            nlink,
            0,
            size,
            0,
            0,
            0,
            0,
            name.len() as u32 + 1,
            0,
        ] {
            archive.extend(format!("{field:08X}").bytes());
        }
        archive.extend(name.bytes());
        archive.push(0);
        archive.resize(archive.len().next_multiple_of(4), 0);
        archive.extend(data);
        archive.resize(archive.len().next_multiple_of(4), 0);
    };
    put("first", 2, first);
    put("last", 2, last);
    put("TRAILER!!!", 0, b"");
    archive
}

#[test]
fn data_at_a_further_name_is_never_lost_in_silence() {
    let mut writer = plain(WriteFormat::Pax).to_vec().unwrap();
    let error = take_over(&two_names(b"", b"data"), &mut writer).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(error.entry_bytes(), Some(&b"last"[..]));
    for archive in [two_names(b"data", b""), two_names(b"data", b"data")] {
        let mut writer = plain(WriteFormat::Pax).to_vec().unwrap();
        take_over(&archive, &mut writer).unwrap();
        let copy = writer.finish().unwrap();
        let mut reader = Reader::from_bytes(&copy[..]).unwrap();
        let mut first = reader.next_entry().unwrap().unwrap();
        assert_eq!(first.read_to_vec().unwrap(), b"data");
        let last = reader.next_entry().unwrap().unwrap();
        assert_eq!(last.hardlink_bytes(), Some(&b"first"[..]));
    }
    // A format that knows links as cpio does keeps the data where it is.
    let mut writer = plain(WriteFormat::CpioNewc).to_vec().unwrap();
    take_over(&two_names(b"", b"data"), &mut writer).unwrap();
    let copy = writer.finish().unwrap();
    let mut reader = Reader::from_bytes(&copy[..]).unwrap();
    reader.next_entry().unwrap();
    let mut last = reader.next_entry().unwrap().unwrap();
    assert_eq!(last.read_to_vec().unwrap(), b"data");
}

#[test]
fn a_lent_entry_that_is_dropped_is_still_open() {
    for format in [WriteFormat::Pax, WriteFormat::Zip, WriteFormat::SevenZip] {
        let mut writer = plain(format).to_vec().unwrap();
        assert!(writer.current_entry().is_none());
        drop(
            writer
                .start_entry(EntryBuf::file("file", 6).unwrap())
                .unwrap(),
        );
        for byte in b"abcde" {
            let mut entry = writer.current_entry().unwrap();
            entry.write_all(&[*byte]).unwrap();
        }
        let mut entry = writer.current_entry().unwrap();
        entry.write_all(b"f").unwrap();
        entry.finish().unwrap();
        assert!(writer.current_entry().is_none());
        assert_eq!(read(&writer.finish().unwrap()).unwrap()[0].data, b"abcdef");
    }
}

#[test]
fn an_entry_that_nobody_finishes_is_told_once() {
    let mut writer = Writer::builder(Format::Tar).to_vec().unwrap();
    drop(
        writer
            .start_entry(EntryBuf::file("cut", 6).unwrap())
            .unwrap(),
    );
    writer.current_entry().unwrap().write_all(b"abc").unwrap();
    let error = writer.append_bytes("next", b"").unwrap_err();
    assert_eq!(error.entry_bytes(), Some(&b"cut"[..]));
    assert!(error.is_recoverable());
    assert!(writer.current_entry().is_none());
    writer.append_bytes("next", b"").unwrap();
    assert_eq!(read(&writer.finish().unwrap()).unwrap().len(), 2);
}
