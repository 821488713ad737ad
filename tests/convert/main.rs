//! From archive to archive: everything arrives, or is told.

mod links;

use std::io::{Read as _, Write as _};

use anyarchive::{
    AclEntry, AclKind, AclPermissions, AclTag, ConvertIssue, ConvertReport, EntryBuf, ErrorKind,
    FileType, Flow, Format, Limit, Limits, Loss, MetadataFields, Password, Reader, Result,
    Timestamp, WriteFilter, WriteFormat, Writer, ZipEncryption, convert,
};
use anyarchive_test_support::{
    is_older_than,
    samples::{Item, Spec},
};

fn write(format: WriteFormat, entries: &[(EntryBuf, &[u8])]) -> Vec<u8> {
    let mut writer = Writer::builder(format).to_vec().unwrap();
    for (entry, data) in entries {
        writer.append(entry, *data).unwrap();
    }
    writer.finish().unwrap()
}

fn file(path: &str, data: &'static [u8]) -> (EntryBuf, &'static [u8]) {
    let mut entry = EntryBuf::file(path, data.len() as u64).unwrap();
    let mtime = Timestamp {
        seconds: 1_600_000_000,
        nanoseconds: 0,
    };
    entry.set_mtime(mtime).unwrap();
    (entry, data)
}

/// A pax archive with every kind of entry and every kind of metadata.
fn everything() -> Vec<u8> {
    let time = |seconds| Timestamp {
        seconds,
        nanoseconds: 123_456_789,
    };
    let (mut rich, data) = file("dir/rich", b"data of the rich file");
    let acl = |tag, permissions| AclEntry::new(AclKind::Access, tag, permissions);
    let read = AclPermissions::READ;
    rich.set_mtime(time(1_600_000_000))
        .and_then(|rich| rich.set_atime(time(1_600_000_001)))
        .and_then(|rich| rich.set_ctime(time(1_600_000_002)))
        .and_then(|rich| rich.set_birthtime(time(1_500_000_000)))
        .and_then(|rich| rich.set_uid(1001))
        .and_then(|rich| rich.set_gid(1002))
        .and_then(|rich| rich.set_uname("alice"))
        .and_then(|rich| rich.set_gname("staff"))
        .and_then(|rich| rich.set_xattr("user.comment", "read me"))
        .and_then(|rich| rich.set_fflags_text("nodump"))
        .and_then(|rich| {
            rich.set_acl(&[
                acl(AclTag::UserObj, read),
                acl(AclTag::User, read).with_id(7).with_name("bob"),
                acl(AclTag::GroupObj, read),
                acl(AclTag::Mask, read),
                acl(AclTag::Other, read),
            ])
        })
        .unwrap();
    let mut latin = file("latin", b"x");
    latin.0.set_path_bytes(*b"caf\xe9").unwrap();
    let special = |path: &str, kind| {
        let (mut entry, _) = file(path, b"");
        entry.set_file_type(kind).unwrap();
        if matches!(kind, FileType::CharDevice | FileType::BlockDevice) {
            entry.set_rdev(4, 2).unwrap();
        }
        (entry, &b""[..])
    };
    let mut entries = vec![
        (EntryBuf::directory("dir").unwrap(), &b""[..]),
        (rich, data),
        file("empty", b""),
        file("größe", b"utf-8"),
        latin,
        (EntryBuf::symlink("dir/link", "rich").unwrap(), b""),
        (EntryBuf::hardlink("second name", "dir/rich").unwrap(), b""),
        special("pipe", FileType::Fifo),
        special("tty", FileType::CharDevice),
        special("disk", FileType::BlockDevice),
    ];
    for (entry, _) in &mut entries {
        if entry.mtime().is_none() {
            entry.set_mtime(time(1_400_000_000)).unwrap();
        }
    }
    write(WriteFormat::Pax, &entries)
}

fn run(archive: &[u8], format: WriteFormat) -> Result<(Vec<u8>, ConvertReport)> {
    let mut reader = Reader::from_bytes(archive)?;
    let mut writer = Writer::builder(format).spool_unknown_sizes().to_vec()?;
    let report = convert(&mut reader, &mut writer).run()?;
    Ok((writer.finish()?, report))
}

fn contents(archive: &[u8]) -> Vec<(EntryBuf, Vec<u8>)> {
    let mut all = Vec::new();
    let mut reader = Reader::from_bytes(archive).unwrap();
    while let Some(mut entry) = reader.next_entry().unwrap() {
        let metadata = (*entry).to_owned();
        all.push((metadata, entry.read_to_vec().unwrap()));
    }
    all
}

#[test]
fn an_entry_with_a_damaged_header_is_left_out() {
    let items = ["first", "second", "third"].map(|name| Item::file(name, name));
    let mut archive = Spec::new("ustar").to_vec(items).unwrap();
    // The name in the second header: its checksum is wrong now.
    archive[1024] ^= 1;
    let (copy, report) = run(&archive, WriteFormat::Pax).unwrap();
    let [issue] = report.issues() else {
        panic!("{:?}", report.issues());
    };
    assert!(matches!(issue.loss(), Loss::LeftOut(_)), "{issue:?}");
    assert_eq!((report.entries(), report.problems()), (2, 1));
    assert_eq!(contents(&copy).len(), 2);
}

#[test]
fn pax_to_pax_keeps_everything() {
    if is_older_than(
        3_008_009,
        "counts made-up inode numbers on from archive to archive",
    ) {
        return;
    }
    let archive = everything();
    let (copy, report) = run(&archive, WriteFormat::Pax).unwrap();
    // A name that is not UTF-8 is kept, but breaks the rules of pax.
    let [issue] = report.issues() else {
        panic!("{:?}", report.issues());
    };
    assert_eq!(issue.path_bytes(), b"caf\xe9");
    assert!(matches!(issue.loss(), Loss::Warning(_)));
    assert_eq!((report.entries(), report.problems()), (10, 0));
    assert_eq!(contents(&copy), contents(&archive));
}

#[test]
fn every_entry_is_in_the_new_archive_or_in_the_report() {
    if is_older_than(3_008_009, "gives four bytes too many of files in WARC") {
        return;
    }
    let archive = everything();
    let old = contents(&archive);
    let formats = WriteFormat::all().filter(|format| format.is_available().unwrap());
    for format in formats.filter(|&format| format != WriteFormat::Raw) {
        let (copy, report) = run(&archive, format).unwrap();
        assert_eq!(
            report.entries() + report.problems(),
            old.len() as u64,
            "{format}"
        );
        let left_out = |path: &[u8]| {
            let of_path = report
                .issues()
                .iter()
                .filter(|issue| issue.path_bytes() == path);
            of_path
                .into_iter()
                .any(|issue| matches!(issue.loss(), Loss::LeftOut(_)))
        };
        if format.format().is_none() {
            continue;
        }
        let new = contents(&copy);
        for (entry, data) in &old {
            let path = entry.path_bytes();
            let trim = |path: &[u8]| {
                let path = path.strip_prefix(b"./").unwrap_or(path);
                path.strip_suffix(b"/").unwrap_or(path).to_vec()
            };
            let found = new
                .iter()
                .find(|(new, _)| trim(new.path_bytes()) == trim(path));
            assert_eq!(found.is_none(), left_out(path), "{format}, {entry:?}");
            let Some((_, found)) = found else {
                continue;
            };
            // mtree has no data, but tells the size.
            if !matches!(format, WriteFormat::Mtree | WriteFormat::MtreeClassic)
                && entry.file_type() == FileType::File
                && entry.hardlink_bytes().is_none()
            {
                assert_eq!(found, data, "{format}, {entry:?}");
            }
        }
    }
}

#[test]
fn what_a_format_does_not_have_is_told_for_the_entry() {
    let (_, report) = run(&everything(), WriteFormat::Zip).unwrap();
    let of_rich: Vec<_> = report
        .issues()
        .iter()
        .filter(|issue| issue.path_bytes() == b"dir/rich")
        .collect();
    assert!(
        matches!(of_rich[..], [issue] if matches!(issue.loss(), Loss::Metadata(fields)
            if *fields == MetadataFields::SUBSECONDS | MetadataFields::BIRTHTIME
                | MetadataFields::OWNER_NAMES | MetadataFields::XATTRS
                | MetadataFields::POSIX_ACL | MetadataFields::FILE_FLAGS)),
        "{of_rich:?}"
    );
    assert!(report.lost_metadata().contains(MetadataFields::XATTRS));
    let text = of_rich[0].to_string();
    assert!(
        text.starts_with("dir/rich: the format does not keep: "),
        "{text}"
    );
}

#[test]
fn what_cannot_be_read_is_left_out_and_the_rest_follows() {
    let password = Password::new("secret").unwrap();
    let settings = Writer::builder(Format::Zip).encrypt(ZipEncryption::Aes256, &password);
    let mut writer = settings.to_vec().unwrap();
    writer.append_bytes("locked", b"hidden").unwrap();
    writer
        .append_entry(EntryBuf::directory("dir").unwrap())
        .unwrap();
    let zip = writer.finish().unwrap();
    let (tar, report) = run(&zip, WriteFormat::Pax).unwrap();
    assert_eq!((report.entries(), report.problems()), (1, 1));
    let Loss::LeftOut(error) = report.issues()[0].loss() else {
        panic!("{:?}", report.issues());
    };
    assert_eq!(error.kind(), ErrorKind::PasswordRequired);
    assert_eq!(contents(&tar).len(), 1);
}

#[test]
fn wrong_data_is_told() {
    let mut zip = Writer::builder(Format::Zip)
        .compression(anyarchive::Compression::Store)
        .to_vec()
        .unwrap();
    zip.append_bytes("a", b"good data").unwrap();
    zip.append_bytes("b", b"more").unwrap();
    let mut zip = zip.finish().unwrap();
    let at = zip.windows(4).position(|part| part == b"good").unwrap();
    zip[at] ^= 1;
    let (tar, report) = run(&zip, WriteFormat::Pax).unwrap();
    assert_eq!((report.entries(), report.problems()), (2, 1));
    let issue = &report.issues()[0];
    assert_eq!(issue.path_bytes(), b"a");
    assert!(matches!(issue.loss(), Loss::Data(_)), "{issue:?}");
    assert_eq!(contents(&tar)[1].1, b"more");
}

#[test]
fn an_archive_that_ends_too_early_is_an_error() {
    if is_older_than(3_008_009, "does not fill files up in ZIP") {
        return;
    }
    let tar = write(
        WriteFormat::Pax,
        &[file("a", b"1"), file("b", &[b'x'; 5000])],
    );
    let mut reader = Reader::from_bytes(&tar[..tar.len() - 4000]).unwrap();
    let mut writer = Writer::builder(Format::Zip).to_vec().unwrap();
    let error = convert(&mut reader, &mut writer).run().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Truncated, "{error:#}");
    assert_eq!(error.entry_bytes(), Some(&b"b"[..]));
    // What came before can be kept.
    assert_eq!(contents(&writer.finish().unwrap())[0].1, b"1");
}

#[test]
fn links_to_what_is_not_there_are_told() {
    let link = EntryBuf::hardlink("link", "file").unwrap();
    let tar = write(WriteFormat::Pax, &[file("file", b"data"), (link, b"")]);
    let mut reader = Reader::from_bytes(&tar[..]).unwrap();
    let mut writer = Writer::builder(Format::Tar).to_vec().unwrap();
    let mut told = Vec::new();
    let report = convert(&mut reader, &mut writer)
        .filter(|entry| entry.path_bytes() != b"file")
        .on_issue(|issue| told.push(issue.path_bytes().to_vec()))
        .run()
        .unwrap();
    assert_eq!(
        (report.entries(), report.filtered(), report.problems()),
        (0, 1, 1)
    );
    assert_eq!(told, [b"link"]);
}

#[test]
fn new_names_reach_hard_links_too() {
    let link = EntryBuf::hardlink("link", "file").unwrap();
    let symlink = EntryBuf::symlink("symlink", "file").unwrap();
    let entries = [file("file", b"data"), (link, b""), (symlink, b"")];
    let tar = write(WriteFormat::Pax, &entries);
    let mut reader = Reader::from_bytes(&tar[..]).unwrap();
    let mut writer = Writer::builder(Format::Tar).to_vec().unwrap();
    let report = convert(&mut reader, &mut writer)
        .rename(|path| [b"new/", path].concat())
        .run()
        .unwrap();
    assert!(report.is_clean(), "{:?}", report.issues());
    let found = contents(&writer.finish().unwrap());
    assert_eq!(found[0].0.path_bytes(), b"new/file");
    assert_eq!(found[1].0.hardlink_bytes(), Some(&b"new/file"[..]));
    assert_eq!(found[2].0.symlink_bytes(), Some(&b"file"[..]));
}

#[test]
fn a_bad_new_name_costs_one_entry() {
    let tar = write(WriteFormat::Pax, &[file("a", b"1"), file("b", b"2")]);
    let mut reader = Reader::from_bytes(&tar[..]).unwrap();
    let mut writer = Writer::builder(Format::Tar).to_vec().unwrap();
    let report = convert(&mut reader, &mut writer)
        .rename(|path| {
            if path == b"a" {
                b"a\0b".to_vec()
            } else {
                path.to_vec()
            }
        })
        .run()
        .unwrap();
    assert_eq!((report.entries(), report.problems()), (1, 1));
}

#[test]
fn limits_end_it_before_the_data_is_written() {
    // A hole that is not in the archive.
    let size = 256 << 20;
    let mut huge = EntryBuf::file("huge", size).unwrap();
    huge.set_sparse_map(&[0..4, size - 4..size]).unwrap();
    let mut sparse = Writer::builder(Format::Tar).to_vec().unwrap();
    let mut entry = sparse.start_entry(&huge).unwrap();
    entry.write_all(b"head").unwrap();
    entry.write_zeros(size - 8).unwrap();
    entry.write_all(b"tail").unwrap();
    entry.finish().unwrap();
    let tar = sparse.finish().unwrap();
    let mut reader = Reader::from_bytes(&tar[..]).unwrap();
    let mut writer = Writer::builder(Format::Tar).to_vec().unwrap();
    let error = convert(&mut reader, &mut writer)
        .limits(Limits::new().total_bytes(size - 1))
        .run()
        .unwrap_err();
    assert_eq!(error.limit(), Some(Limit::TotalBytes), "{error:#}");
    assert_eq!(writer.entries_written(), 1);
    let entries = [file("a", b"1"), file("b", b"2")];
    let tar = write(WriteFormat::Pax, &entries);
    let mut reader = Reader::from_bytes(&tar[..]).unwrap();
    let error = convert(
        &mut reader,
        &mut Writer::builder(Format::Tar).to_vec().unwrap(),
    )
    .limits(Limits::none().entries(1))
    .run()
    .unwrap_err();
    assert_eq!(error.limit(), Some(Limit::Entries));
}

#[test]
fn an_entry_beyond_its_own_limits_is_left_out_and_the_rest_follows() {
    let entries = [
        file("deep/and/deeper", b"1"),
        file("long name", b"2"),
        file("big", b"twelve bytes"),
        file("good", b"3"),
    ];
    let tar = write(WriteFormat::Pax, &entries);
    let mut reader = Reader::from_bytes(&tar[..]).unwrap();
    let mut writer = Writer::builder(Format::Tar).to_vec().unwrap();
    let report = convert(&mut reader, &mut writer)
        .limits(Limits::none().depth(2).file_bytes(11).path_bytes(15))
        .run()
        .unwrap();
    assert_eq!((report.entries(), report.problems()), (2, 2));
    let limits: Vec<_> = report.issues().iter().map(limit).collect();
    assert_eq!(limits, [Limit::Depth, Limit::FileBytes]);
    let mut reader = Reader::from_bytes(&tar[..]).unwrap();
    let mut writer = Writer::builder(Format::Tar).to_vec().unwrap();
    let report = convert(&mut reader, &mut writer)
        .limits(Limits::none().path_bytes(8))
        .run()
        .unwrap();
    let limits: Vec<_> = report.issues().iter().map(limit).collect();
    assert_eq!(limits, [Limit::PathBytes, Limit::PathBytes]);
    // A length that only the data tells: gzip has none.
    let raw = Writer::builder(WriteFormat::Raw).filter(WriteFilter::Gzip);
    let mut raw = raw.to_vec().unwrap();
    raw.append_bytes("data", &[b'x'; 5000]).unwrap();
    let gzip = raw.finish().unwrap();
    let mut reader = Reader::builder()
        .format(Format::Raw)
        .from_bytes(gzip)
        .unwrap();
    let mut writer = Writer::builder(Format::Tar)
        .spool_unknown_sizes()
        .to_vec()
        .unwrap();
    let report = convert(&mut reader, &mut writer)
        .limits(Limits::none().file_bytes(4999))
        .run()
        .unwrap();
    assert_eq!((report.entries(), report.problems()), (0, 1));
    assert_eq!(limit(&report.issues()[0]), Limit::FileBytes);
    assert_eq!(contents(&writer.finish().unwrap()), []);
}

fn limit(issue: &ConvertIssue) -> Limit {
    let Loss::LeftOut(error) = issue.loss() else {
        panic!("{issue:?}");
    };
    error.limit().unwrap()
}

#[test]
fn the_progress_tells_and_can_stop() {
    let tar = write(
        WriteFormat::Pax,
        &[file("a", b"1"), file("b", b"22"), file("c", b"333")],
    );
    let mut reader = Reader::from_bytes(&tar[..]).unwrap();
    let mut writer = Writer::builder(Format::Zip).to_vec().unwrap();
    let mut paths = Vec::new();
    let error = convert(&mut reader, &mut writer)
        .on_progress(|progress| {
            paths.push(progress.path_bytes().to_vec());
            if progress.path_bytes() == b"c" {
                Flow::Stop
            } else {
                Flow::Continue
            }
        })
        .run()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    paths.dedup();
    assert_eq!(paths, [b"a", b"b", b"c"]);
    assert_eq!(contents(&writer.finish().unwrap()).len(), 2);
}

#[test]
fn a_sink_that_fails_ends_it() {
    struct Full(usize);
    impl std::io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self
                .0
                .checked_sub(bytes.len())
                .ok_or(std::io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let tar = everything();
    for room in (0..6000).step_by(512) {
        let mut reader = Reader::from_bytes(&tar[..]).unwrap();
        let mut writer = Writer::builder(Format::Tar)
            .block_size(512)
            .to_writer(Full(room))
            .unwrap();
        let error = match convert(&mut reader, &mut writer).run() {
            Ok(_) => writer.finish().map(drop).unwrap_err(),
            Err(error) => error,
        };
        assert_eq!(error.kind(), ErrorKind::Io, "{room}: {error:#}");
    }
}

#[test]
fn several_archives_become_one() {
    let mut writer = Writer::builder(Format::Zip).to_vec().unwrap();
    for (format, name) in [(WriteFormat::Pax, "tar"), (WriteFormat::CpioNewc, "cpio")] {
        let archive = write(format, &[file(name, b"data")]);
        let mut reader = Reader::from_bytes(&archive[..]).unwrap();
        let report = convert(&mut reader, &mut writer).run().unwrap();
        assert_eq!(report.entries(), 1);
    }
    let zip = writer.finish().unwrap();
    let mut reader = Reader::from_bytes(&zip[..]).unwrap();
    let mut entry = reader.find("cpio").unwrap().unwrap();
    let mut data = String::new();
    entry.read_to_string(&mut data).unwrap();
    assert_eq!(data, "data");
}

/// C tells the beginning of 1970 for times that a ZIP does not have.
#[test]
fn times_that_are_not_in_a_zip_are_not_lost() {
    let zip = write(WriteFormat::Zip, &[file("a", b"1")]);
    for to in [WriteFormat::Pax, WriteFormat::SevenZip, WriteFormat::Ustar] {
        let (archive, report) = run(&zip, to).unwrap();
        for issue in report.issues() {
            let Loss::Metadata(lost) = issue.loss() else {
                panic!("{to}: {issue:?}");
            };
            let times = MetadataFields::ATIME | MetadataFields::CTIME;
            assert!(!lost.intersects(times), "{to}: {issue:?}");
        }
        let mut reader = Reader::from_bytes(&archive[..]).unwrap();
        let entry = reader.next_entry().unwrap().unwrap();
        assert!(entry.mtime().is_some(), "{to}");
        assert_eq!(entry.atime().filter(|_| to == WriteFormat::Pax), None);
    }
}
