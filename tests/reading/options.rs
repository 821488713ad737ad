//! Options of formats, and what is detected.

use anyarchive::{ErrorKind, Format, ReadOption, Reader, ReaderBuilder};
use anyarchive_test_support::samples::{Item, Spec};

fn archive(format: &str) -> Vec<u8> {
    Spec::new(format)
        .to_vec([Item::file("a.txt", "data")])
        .unwrap()
}

/// Paths of all entries.
fn paths(settings: &ReaderBuilder, archive: &[u8]) -> Vec<String> {
    let mut reader = settings.from_bytes(archive).unwrap();
    let mut paths = Vec::new();
    while let Some(entry) = reader.next_entry().unwrap() {
        paths.push(String::from_utf8_lossy(entry.path_bytes()).into_owned());
    }
    paths
}

#[test]
fn every_typed_option_is_known_to_libarchive_on_and_off() {
    for on in [true, false] {
        for option in [
            ReadOption::ZipIgnoreCrc32(on),
            ReadOption::TarConcatenated(on),
            ReadOption::MacMetadata(on),
            ReadOption::Libarchive2Names(on),
            ReadOption::IsoJoliet(on),
            ReadOption::IsoRockRidge(on),
            ReadOption::CpioPwb(on),
            ReadOption::NameCharset("UTF-8".into()),
        ] {
            let settings = Reader::builder().set(option.clone());
            assert_eq!(paths(&settings, &archive("ustar")), ["a.txt"], "{option:?}");
        }
    }
}

#[test]
fn concatenated_tars_are_one_archive_when_asked() {
    let twice = [archive("ustar"), archive("ustar")].concat();
    assert_eq!(paths(&Reader::builder(), &twice).len(), 1);
    for settings in [
        Reader::builder().set(ReadOption::TarConcatenated(true)),
        Reader::builder().option("tar", "read_concatenated_archives", "1"),
        Reader::builder().options("read_concatenated_archives"),
    ] {
        assert_eq!(paths(&settings, &twice).len(), 2);
    }
}

#[test]
fn a_wrong_crc_is_delivered_when_asked() {
    let mut zip = Spec::new("zip")
        .option("zip:compression=store")
        .to_vec([Item::file("a.txt", "some data")])
        .unwrap();
    let at = zip
        .windows(9)
        .position(|bytes| bytes == b"some data")
        .unwrap();
    zip[at] = b'S';
    let mut reader = Reader::from_bytes(&zip).unwrap();
    let error = reader
        .next_entry()
        .unwrap()
        .unwrap()
        .read_to_vec()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    let settings = Reader::builder().set(ReadOption::ZipIgnoreCrc32(true));
    let mut reader = settings.from_bytes(&zip).unwrap();
    let data = reader.next_entry().unwrap().unwrap().read_to_vec();
    assert_eq!(data.unwrap(), b"Some data");
}

#[test]
fn names_of_iso_depend_on_what_is_used() {
    let iso = Spec::new("iso9660")
        .to_vec([Item::file("A long name, in Joliet.text", "data")])
        .unwrap();
    let plain = Reader::builder()
        .set(ReadOption::IsoJoliet(false))
        .set(ReadOption::IsoRockRidge(false));
    assert!(paths(&Reader::builder(), &iso).contains(&"A long name, in Joliet.text".into()));
    assert!(!paths(&plain, &iso).contains(&"A long name, in Joliet.text".into()));
}

#[test]
fn what_nobody_knows_is_refused_when_it_is_opened() {
    for settings in [
        Reader::builder().option("zip", "nonsense", "1"),
        Reader::builder().option("nonsense", "hdrcharset", "UTF-8"),
        Reader::builder().options("nonsense"),
        Reader::builder()
            .format(Format::Tar)
            .set(ReadOption::IsoJoliet(false)),
        Reader::builder().set(ReadOption::NameCharset("a\0b".into())),
    ] {
        let error = settings.from_bytes(archive("ustar")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    let charset = ReadOption::NameCharset("no-such-charset".into());
    let settings = Reader::builder().format(Format::Tar).set(charset);
    settings.from_bytes(archive("ustar")).unwrap_err();
}

#[test]
fn files_of_the_disk_are_never_opened_by_a_name_in_an_archive() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&secret, "a secret").unwrap();
    let path = secret.path().to_str().unwrap();
    let mtree = format!("#mtree\na.txt type=file size=8 contents={path}\n");
    for settings in [
        Reader::builder().option("mtree", "checkfs", "1"),
        Reader::builder().options("mtree:checkfs"),
        Reader::builder().options("joliet,checkfs=1"),
    ] {
        let error = settings.from_bytes(&mtree).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    }
    let mut reader = Reader::builder()
        .options("mtree:!checkfs")
        .from_bytes(&mtree)
        .unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    let data = entry.read_to_vec().unwrap_or_default();
    assert!(!data.windows(6).any(|bytes| bytes == b"secret"));
}

#[test]
fn a_strict_reader_guesses_neither_mtree_nor_nothing() {
    let mtree = "#mtree\na.txt type=file\n";
    assert_eq!(paths(&Reader::builder(), mtree.as_bytes()), ["a.txt"]);
    for bytes in [mtree, ""] {
        let error = Reader::builder()
            .strict(true)
            .from_bytes(bytes)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownFormat);
    }
    let named = Reader::builder().strict(true).format(Format::Mtree);
    assert_eq!(paths(&named, mtree.as_bytes()), ["a.txt"]);
    for format in ["pax", "newc", "zip", "7zip", "iso9660", "arbsd", "warc"] {
        let settings = Reader::builder().strict(true);
        let found = paths(&settings, &archive(format));
        assert!(found.iter().any(|path| path.ends_with("a.txt")), "{format}");
    }
}
