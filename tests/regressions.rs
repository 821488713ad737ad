//! One test for each defect that was found by attacking the crate.

use std::io::{self, Read, Seek, SeekFrom};

use anyarchive::{ErrorKind, FileType, Reader, WriteFilter, WriteFormat, Writer};
use anyarchive_test_support::{
    crc32, is_older_than, reference_archives,
    samples::{Item, Spec},
};

/// An entry of a `newc` cpio.
fn newc(name: &str, ino: u32, mode: u32, nlink: u32, data: &[u8]) -> Vec<u8> {
    let mut out = b"070701".to_vec();
    let len = u32::try_from(data.len()).unwrap();
    let name_len = u32::try_from(name.len()).unwrap() + 1;
    for field in [ino, mode, 0, 0, nlink, 0, len, 0, 0, 0, 0, name_len, 0] {
        out.extend(format!("{field:08x}").bytes());
    }
    out.extend(name.bytes());
    out.push(0);
    out.resize(out.len().next_multiple_of(4), 0);
    out.extend(data);
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

/// C overwrites the target of a symbolic link with the path of its first name, and still calls that
/// the target.
#[test]
fn a_further_name_of_a_symbolic_link_has_no_wrong_target() {
    let mut archive = newc("x/s1", 7, 0o120_777, 2, b"../a");
    archive.extend(newc("y/s2", 7, 0o120_777, 2, b"../a"));
    archive.extend(newc("TRAILER!!!", 0, 0, 1, b""));
    let mut reader = Reader::from_bytes(&archive).unwrap();
    let first = reader.next_entry().unwrap().unwrap();
    assert_eq!(first.symlink_bytes(), Some(&b"../a"[..]));
    let second = reader.next_entry().unwrap().unwrap();
    assert_eq!(second.file_type(), FileType::Symlink);
    assert_eq!(second.hardlink_bytes(), Some(&b"x/s1"[..]));
    if is_older_than(3_007_005, "keeps the right target, beside the hard link") {
        return;
    }
    assert_eq!(second.symlink_bytes(), None);

    let out = tempfile::tempdir().unwrap();
    let mut reader = Reader::from_bytes(&archive).unwrap();
    let report = reader.extract(out.path()).unwrap();
    assert!(out.path().join("x/s1").is_symlink());
    assert!(!out.path().join("y/s2").is_symlink());
    assert_eq!(report.refused().count(), 1, "{:?}", report.items());
}

/// An entry of a `tar`.
fn ustar(name: &str, kind: u8, data: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..108].copy_from_slice(b"0000644\0");
    header[124..136].copy_from_slice(format!("{:011o}\0", data.len()).as_bytes());
    header[148..156].fill(b' ');
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let mut out = header.to_vec();
    out.extend(data);
    out.resize(out.len().next_multiple_of(512), 0);
    out
}

/// Leaves `ENOMEM` behind after each read, as a call that C makes inside can.
struct Enomem<R>(R);

impl<R: Read> Read for Enomem<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.0.read(buffer);
        errno::set_errno(errno::Errno(libc::ENOMEM));
        result
    }
}

/// C takes a stale `ENOMEM` for want of memory when a name cannot be converted.
#[test]
fn what_a_source_leaves_in_errno_does_not_matter() {
    let mut archive = ustar("header", b'x', b"20 path=bad-\xff\xfe-name\n");
    archive.extend(ustar("short", b'0', b"one"));
    archive.extend(ustar("good", b'0', b"two"));
    archive.resize(archive.len() + 1024, 0);
    let names = |mut reader: Reader<'_>| {
        let mut names = Vec::new();
        while let Some(entry) = reader.next_entry().unwrap() {
            names.push(entry.path_bytes().to_vec());
        }
        names
    };
    // Small blocks, so that C reads between the conversion and its look at errno.
    let builder = Reader::builder().block_size(512);
    let plain = names(builder.from_reader(&archive[..]).unwrap());
    let stale = names(builder.from_reader(Enomem(&archive[..])).unwrap());
    assert_eq!(plain.len(), 2);
    assert_eq!(plain, stale);
}

/// Says that it is at the end of all numbers, and reads.
struct FarAway;

impl Read for FarAway {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        buffer.fill(b'x');
        Ok(buffer.len())
    }
}

impl Seek for FarAway {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Ok(u64::MAX - 1)
    }
}

#[test]
fn a_position_that_cannot_be_is_an_error() {
    let error = Reader::from_seekable(FarAway).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
}

#[test]
fn block_sizes_are_kept_within_reason() {
    let archive = Spec::new("ustar")
        .to_vec([Item::file("a", "data")])
        .unwrap();
    for block_size in [0, 1, usize::MAX / 2, usize::MAX] {
        let builder = Reader::builder().block_size(block_size);
        let mut reader = builder.from_reader(&archive[..]).unwrap();
        assert_eq!(
            reader.find("a").unwrap().unwrap().read_to_vec().unwrap(),
            b"data"
        );
    }
}

/// Readers of tar take a file whose name ends in `/` for a directory, keep its size, and give no data.
#[test]
fn a_directory_with_a_size_has_no_data_that_was_made_up() {
    let mut archive = ustar("dir/", b'0', b"text");
    archive.extend([0; 1024]);
    let mut reader = Reader::from_bytes(&archive).unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    assert_eq!(entry.file_type(), FileType::Directory);
    assert_eq!(entry.next_block().unwrap().map(|block| block.len()), None);
    assert_eq!(entry.read_to_vec().unwrap(), b"");
}

/// C answers "this entry failed" for ever, and never comes to another header.
#[test]
fn a_cut_rar_does_not_fail_without_end() {
    if is_older_than(3_008_009, "fails for good at once") {
        return;
    }
    let archives = reference_archives().unwrap_or_else(|missing| panic!("{missing}"));
    let name = "test_read_format_rar5_multiarchive_solid.part01.rar";
    let archive = archives.iter().find(|path| path.ends_with(name)).unwrap();
    let archive = std::fs::read(archive).unwrap();
    let mut reader = Reader::from_bytes(&archive[..332]).unwrap();
    let mut failures = 0;
    loop {
        match reader.advance() {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                failures += 1;
                assert!(failures < 1000, "{error:#}");
            }
        }
    }
    assert!(failures > 1, "{failures}");
    assert!(!reader.advance().unwrap());
}

/// C asks for as much memory as such an entry says to have left.
#[test]
fn an_entry_of_lzma_that_ends_before_its_size_is_an_error() {
    // There is more in the stream than the entry has.
    let (data, all) = (b"data", b"data that goes on and on");
    let mut writer = Writer::builder(WriteFormat::Raw)
        .filter(WriteFilter::Lzma)
        .to_writer(Vec::new())
        .unwrap();
    writer.append_bytes("data", all).unwrap();
    let lzma = writer.finish().unwrap();
    // Version, length of the properties, these; the size is in the header of the entry.
    let mut payload = [&[9, 20, 5, 0], &lzma[..5], &lzma[13..]].concat();
    let payload_len = u32::try_from(payload.len()).unwrap();
    payload.resize(1 << 20, 0);
    let entry = |len: u32| {
        let mut archive = b"PK\x03\x04\x3f\0\0\0\x0e\0\0\0\0\0".to_vec();
        archive.extend(crc32(data).to_le_bytes());
        archive.extend(len.to_le_bytes());
        archive.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        archive.extend(b"\x01\0\0\0f");
        [archive, payload.clone()].concat()
    };
    let read = |archive: &[u8]| {
        let mut reader = Reader::from_bytes(archive).unwrap();
        reader.next_entry().unwrap().unwrap().read_to_vec()
    };
    assert_eq!(read(&entry(payload_len)).unwrap(), data);
    for len in [2 << 20, 3 << 30, u32::MAX - 1] {
        let error = read(&entry(len)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{len}: {error}");
    }
}
