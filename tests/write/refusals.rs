//! What C would ignore, cut or crash on is an error before the first byte.

use std::fs;

use anyarchive::{
    EntryBuf, Error, ErrorKind, FileType, Filter, Format, Password, WriteFilter, WriteFormat,
    Writer, WriterBuilder, ZipEncryption,
};
use anyarchive_test_support::is_older_than;

use crate::world::{Item, builtin, containers, formats, plain, read, seconds, write};

fn refusal(settings: &WriterBuilder) -> Error {
    settings.to_vec().map(drop).unwrap_err()
}

#[test]
fn a_password_that_encrypts_nothing_is_refused() {
    let password = Password::new("secret").unwrap();
    for format in formats() {
        let error = refusal(&plain(format).password(&password));
        let is_zip = format == WriteFormat::Zip;
        let kind = if is_zip {
            ErrorKind::InvalidInput
        } else {
            ErrorKind::Unsupported
        };
        assert_eq!(error.kind(), kind, "{format}: {error}");
        if !is_zip {
            let error = refusal(&plain(format).encrypt(ZipEncryption::Aes256, &password));
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{format}: {error}");
        }
    }
    for options in [
        "encryption=aes256",
        "zip:encryption=aes256",
        "zip:encryption",
        "!encryption,encryption",
    ] {
        let zip = || plain(WriteFormat::Zip).options(options);
        assert_eq!(refusal(&zip()).kind(), ErrorKind::InvalidInput, "{options}");
        assert!(zip().password(&password).to_vec().is_ok(), "{options}");
    }
    let zip = plain(WriteFormat::Zip).options("encryption,!encryption");
    assert!(zip.clone().to_vec().is_ok());
    assert!(zip.password(&password).to_vec().is_err());
    let zip = plain(WriteFormat::Zip).option("zip", "encryption", "aes128");
    assert_eq!(refusal(&zip).kind(), ErrorKind::InvalidInput);
}

#[test]
fn every_zip_encryption_opens_with_its_password_alone() {
    let password = Password::new("secret").unwrap();
    for encryption in [
        ZipEncryption::Aes256,
        ZipEncryption::Aes128,
        ZipEncryption::Traditional,
    ] {
        let settings = plain(WriteFormat::Zip).encrypt(encryption, &password);
        let zip = write(&settings, &[Item::file("plain name", "hidden text")]).unwrap();
        assert!(
            !zip.windows(6).any(|part| part == b"hidden"),
            "{encryption:?}"
        );
        assert_eq!(read(&zip).unwrap_err().kind(), ErrorKind::PasswordRequired);
        let reader = anyarchive::Reader::builder().password(password.clone());
        let mut reader = reader.from_bytes(zip).unwrap();
        let data = reader.next_entry().unwrap().unwrap().read_to_vec().unwrap();
        assert_eq!(data, b"hidden text", "{encryption:?}");
    }
}

#[test]
fn options_that_nobody_takes_are_refused() {
    for (format, options) in [
        (WriteFormat::Zip, "compresion=store"),
        (WriteFormat::Zip, "7zip:compression=store"),
        (WriteFormat::Pax, "compression-level=3"),
        (WriteFormat::Zip, "compression=brotli"),
        // C takes the second and says no more than a warning about the first.
        (WriteFormat::Zip, "compression=brotli,zip64"),
        (WriteFormat::Zip, "a\0b"),
    ] {
        let error = refusal(&plain(format).options(options));
        assert_eq!(
            error.kind(),
            ErrorKind::InvalidInput,
            "{options}: {error:#}"
        );
    }
    let error = refusal(&plain(WriteFormat::Zip).level(10));
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:#}");
    assert!(error.message().contains("compression-level 10"), "{error}");
}

#[test]
fn formats_and_filters_that_cannot_be_written_are_refused() {
    for format in [
        Format::Rar,
        Format::Rar5,
        Format::Cab,
        Format::Lha,
        Format::Empty,
        Format::Raw,
    ] {
        let error = Writer::builder(format).to_vec().map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{format}");
    }
    for filter in [Filter::Grzip, Filter::Lrzip, Filter::Program, Filter::Rpm] {
        let error = refusal(&plain(WriteFormat::Pax).filter(filter));
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{filter}");
    }
    for filter in WriteFilter::all().filter(|filter| !builtin().contains(filter)) {
        let error = refusal(&plain(WriteFormat::Pax).filter(filter));
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{filter}: {error}");
    }
    for format in WriteFormat::all().filter(|format| !formats().contains(format)) {
        assert_eq!(
            refusal(&plain(format)).kind(),
            ErrorKind::Unsupported,
            "{format}"
        );
    }
}

#[test]
fn settings_that_cannot_work_leave_the_file_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("old.zip");
    fs::write(&path, "precious").unwrap();
    let error = plain(WriteFormat::Zip)
        .level(99)
        .create(&path)
        .map(drop)
        .unwrap_err();
    assert_eq!(error.archive(), Some(&*path));
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    assert!(Writer::create(dir.path().join("unknown.xyz")).is_err());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    let error = Writer::create(dir.path().join("no/such.zip"))
        .map(drop)
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.os_error()),
        (ErrorKind::Io, Some(libc::ENOENT))
    );
}

/// Writes one entry between two others; its refusal, or the archive.
pub(crate) fn attempt(
    format: WriteFormat,
    change: impl FnOnce(&mut EntryBuf),
) -> Result<Vec<u8>, Error> {
    let mut writer = plain(format).to_vec().unwrap();
    writer.append_bytes("before", b"1").unwrap();
    let mut entry = EntryBuf::file("entry", 0).unwrap();
    change(&mut entry);
    let result = writer.append_entry(&entry);
    if let Err(error) = &result {
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{format}: {error:#}");
        assert!(error.is_recoverable(), "{format}: {error:#}");
    }
    writer.append_bytes("after", b"2").unwrap();
    let archive = writer.finish().unwrap();
    if let Err(error) = result {
        let seen = read(&archive).unwrap();
        let paths: Vec<&str> = seen.iter().map(|seen| seen.path.as_str()).collect();
        assert!(
            paths.ends_with(&["before", "after"]) || paths.contains(&"."),
            "{format}: {paths:?}"
        );
        return Err(error);
    }
    Ok(archive)
}

#[test]
fn kinds_are_kept_or_refused() {
    let kinds = [
        FileType::File,
        FileType::Directory,
        FileType::CharDevice,
        FileType::BlockDevice,
        FileType::Fifo,
        FileType::Socket,
    ];
    for format in containers() {
        let mut kept = Vec::new();
        for kind in kinds {
            let archive = attempt(format, |entry| {
                entry.set_file_type(kind).unwrap();
                if matches!(kind, FileType::CharDevice | FileType::BlockDevice) {
                    entry.set_rdev(8, 1).unwrap();
                }
            });
            let Ok(archive) = archive else { continue };
            let entries = read(&archive).unwrap();
            let entry = entries.iter().find(|seen| seen.path == "entry");
            assert_eq!(entry.map(|seen| seen.kind), Some(kind), "{format}");
            kept.push(kind);
        }
        assert!(kept.contains(&FileType::File), "{format}");
    }
}

#[test]
fn hard_links_are_kept_or_refused() {
    for format in containers() {
        let archive = attempt(format, |entry| {
            entry.set_hardlink("before").unwrap();
        });
        if let Ok(archive) = archive {
            let mut reader = anyarchive::Reader::from_bytes(archive).unwrap();
            let entry = reader.find("entry").unwrap().unwrap();
            assert_eq!(entry.hardlink_bytes(), Some(&b"before"[..]), "{format}");
        }
    }
}

#[test]
fn names_that_are_no_text_are_kept_or_refused() {
    for format in containers() {
        let name = b"latin-1 \xe4\xff";
        let archive = attempt(format, |entry| {
            entry.set_path_bytes(name).unwrap();
        });
        if let Ok(archive) = archive {
            let mut reader = anyarchive::Reader::from_bytes(archive).unwrap();
            let mut found = false;
            while let Some(entry) = reader.next_entry().unwrap() {
                let path = entry
                    .path_bytes()
                    .strip_prefix(b"./")
                    .unwrap_or(entry.path_bytes());
                found |= path == name || format == WriteFormat::Warc && path.ends_with(name);
            }
            assert!(found, "{format}");
        }
    }
}

#[test]
fn long_names_are_kept_or_refused() {
    for format in containers() {
        for len in [16, 99, 100, 101, 255, 256, 1000, 65_534, 65_535, 70_000] {
            let defect = "cuts the length of a name in binary cpio to 16 bits";
            let is_binary = matches!(format, WriteFormat::CpioBin | WriteFormat::CpioPwb);
            if is_binary && len > 65_534 && is_older_than(3_008_009, defect) {
                continue;
            }
            let name = "n".repeat(len);
            let archive = attempt(format, |entry| {
                entry.set_path(&name).unwrap();
            });
            if let Ok(archive) = archive {
                let entries = read(&archive);
                let entries = entries.unwrap_or_else(|error| panic!("{format}, {len}: {error:?}"));
                assert!(
                    entries.iter().any(|seen| seen.path == name),
                    "{format}, {len} bytes"
                );
            }
        }
    }
}

#[test]
fn times_are_kept_or_refused() {
    let times = [
        i64::MIN,
        i64::MIN + 1,
        -(1 << 40),
        -62_135_596_801,
        -11_644_473_601,
        -2_208_988_801,
        -1,
        0,
        1,
        i64::from(i32::MAX) + 1,
        i64::from(u32::MAX),
        i64::from(u32::MAX) + 1,
        1 << 33,
        (1 << 33) - 1,
        253_402_300_800,
        999_999_999_999,
        1 << 50,
        i64::MAX - 1,
        i64::MAX,
    ];
    for format in containers() {
        for time in times {
            let archive = attempt(format, |entry| {
                entry.set_mtime(seconds(time)).unwrap();
            });
            let Ok(archive) = archive else { continue };
            if time == i64::MIN
                && is_older_than(3_008_009, "reads the first second of all as the next")
            {
                continue;
            }
            let entries = read(&archive).unwrap();
            let entry = entries.iter().find(|seen| seen.path == "entry").unwrap();
            assert_eq!(entry.mtime, Some(time), "{format}");
        }
    }
}

#[test]
fn owners_and_devices_are_kept_or_refused() {
    let numbers = [
        0,
        1,
        65_535,
        65_536,
        262_143,
        262_144,
        999_999,
        1_000_000,
        u64::from(u32::MAX),
        1 << 32,
        (1 << 56) - 1,
        1 << 56,
        i64::MAX as u64,
    ];
    for format in containers() {
        for number in numbers {
            let archive = attempt(format, |entry| {
                entry.set_uid(number).unwrap().set_gid(number).unwrap();
            });
            let Ok(archive) = archive else { continue };
            let mut reader = anyarchive::Reader::from_bytes(archive).unwrap();
            let entry = reader.find("entry").unwrap().unwrap();
            // Two formats keep no owners.
            let kept = match format {
                WriteFormat::SevenZip | WriteFormat::Warc => 0,
                _ => number,
            };
            assert_eq!(
                (entry.uid().unwrap_or(0), entry.gid().unwrap_or(0)),
                (kept, kept),
                "{format}"
            );
        }
        for (major, minor) in [
            (8, 1),
            (255, 255),
            (256, 1),
            (1023, 255),
            (4095, 1 << 18),
            (1, 1 << 20),
        ] {
            let archive = attempt(format, |entry| {
                entry.set_file_type(FileType::CharDevice).unwrap();
                entry.set_rdev(major, minor).unwrap();
            });
            let Ok(archive) = archive else { continue };
            let mut reader = anyarchive::Reader::from_bytes(archive).unwrap();
            let entry = reader.find("entry").unwrap().unwrap();
            assert_eq!(entry.rdev(), Some((major, minor)), "{format}");
        }
    }
}

#[test]
fn files_that_are_too_large_are_refused_before_their_data() {
    for format in containers() {
        for size in [
            1 << 24,
            1 << 31,
            1 << 32,
            1 << 33,
            10_000_000_000,
            i64::MAX as u64,
        ] {
            let mut writer = plain(format).to_vec().unwrap();
            match writer.start_entry(EntryBuf::file("large", size).unwrap()) {
                Ok(entry) => drop(entry),
                Err(error) => {
                    assert_eq!(
                        error.kind(),
                        ErrorKind::Unsupported,
                        "{format}, {size}: {error:#}"
                    );
                    assert!(error.is_recoverable());
                    writer.append_bytes("next", b"fits").unwrap();
                    let entries = read(&writer.finish().unwrap()).unwrap();
                    assert!(
                        entries.iter().all(|seen| seen.path != "large"),
                        "{format}, {size}"
                    );
                }
            }
        }
    }
}

/// Readers would take it for a directory, and its data would be lost.
#[test]
fn only_directories_have_names_that_end_in_a_slash() {
    for format in formats() {
        let mut writer = plain(format).to_vec().unwrap();
        let file = EntryBuf::file("name/", 4).unwrap();
        let link = EntryBuf::symlink("name/", "target").unwrap();
        for (entry, data) in [(file, &b"data"[..]), (link, b"")] {
            let Err(error) = writer.append(&entry, data) else {
                // One file without a name, and another one's script.
                assert!(matches!(format, WriteFormat::Raw), "{format}");
                continue;
            };
            let kinds = [ErrorKind::InvalidInput, ErrorKind::Unsupported];
            assert!(kinds.contains(&error.kind()), "{format}: {error}");
        }
    }
}

/// Long names and targets of links overran the memory of older releases.
#[test]
fn iso9660_is_written_by_releases_that_can() {
    let can = anyarchive::version_number() >= 3_008_009;
    assert_eq!(WriteFormat::Iso9660.is_available().unwrap(), can);
    let settings = plain(WriteFormat::Iso9660);
    if can {
        assert!(settings.to_vec().is_ok());
    } else {
        assert_eq!(refusal(&settings).kind(), ErrorKind::Unsupported);
    }
}

/// They would come back as directories.
#[test]
fn backslashes_are_kept_or_refused() {
    let name = r"a\b";
    for format in containers() {
        let entry = EntryBuf::file(name, 1).unwrap();
        let mut writer = plain(format).to_vec().unwrap();
        match writer.append(&entry, &b"x"[..]) {
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unsupported, "{format}: {error}"),
            Ok(_) => {
                let entries = read(&writer.finish().unwrap()).unwrap();
                assert!(entries.iter().any(|seen| seen.path == name), "{format}");
            }
        }
    }
}

/// C would say so at the end, of the archive as a whole; and of long targets it lost a `/` each.
#[test]
fn long_paths_and_targets_are_kept_or_refused() {
    for format in containers() {
        for parts in [2, 4, 7, 8, 9, 20, 60] {
            let path = vec!["part-ä-of-a-name-with-30-bytes"; parts].join("/");
            let entry = EntryBuf::file(&path, 0).unwrap();
            let link = EntryBuf::symlink("link", &path).unwrap();
            for entry in [entry, link] {
                let mut writer = plain(format).to_vec().unwrap();
                if let Err(error) = writer.append(&entry, &b""[..]) {
                    assert_eq!(error.kind(), ErrorKind::Unsupported, "{format}: {error}");
                    continue;
                }
                let archive = writer.finish();
                let archive = archive.unwrap_or_else(|error| panic!("{format}, {parts}: {error}"));
                let entries = read(&archive).unwrap();
                let found = entries.iter().any(|seen| {
                    let target = seen.target.as_deref();
                    seen.path == path || target == Some(path.as_bytes())
                });
                assert!(found, "{format}, {parts}");
            }
        }
    }
}

#[test]
fn paths_whose_directories_would_take_too_much_are_refused() {
    let mut writer = plain(WriteFormat::Mtree).to_vec().unwrap();
    let deep = |depth| EntryBuf::symlink(format!("{}file", "a/".repeat(depth)), "x").unwrap();
    let error = writer.append_entry(deep(4000)).unwrap_err();
    assert!(error.message().contains("each directory above"), "{error}");
    assert!(error.is_recoverable());
    // As deep as a system has it.
    writer.append_entry(deep(2045)).unwrap();
    writer.finish().unwrap();
}
