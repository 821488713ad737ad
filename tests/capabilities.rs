//! What is said to work does work.

use anyarchive::{Format, Password, Reader, WriteFormat, Writer, WriterBuilder, capabilities};

/// Writes a file and reads it again.
fn round_trip(settings: &WriterBuilder, password: Option<&Password>) -> Vec<u8> {
    let mut writer = settings.to_vec().unwrap();
    let data = "a text that compresses ".repeat(500);
    writer.append_bytes("file", data.as_bytes()).unwrap();
    let archive = writer.finish().unwrap();
    let mut reader = Reader::builder();
    if let Some(password) = password {
        reader = reader.password(password.clone());
    }
    let mut reader = reader.from_bytes(&archive).unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    assert_eq!(entry.is_encrypted(), password.is_some());
    assert_eq!(entry.read_to_vec().unwrap(), data.as_bytes());
    drop(reader);
    archive
}

#[test]
fn formats_are_written_and_read() {
    let can = capabilities().unwrap();
    for format in &can.write_formats {
        let mut writer = Writer::builder(*format).to_vec().unwrap();
        writer.append_bytes("file", b"content").unwrap();
        let archive = writer.finish().unwrap();
        assert!(!archive.is_empty(), "{format}");
        let Some(family) = format.format() else {
            continue;
        };
        assert!(can.read_formats.contains(&family), "{format}");
        let mut reader = Reader::from_bytes(&archive).unwrap();
        let mut entry = reader.next_entry().unwrap();
        // The only thing in an image before the files is its root.
        while entry
            .as_ref()
            .is_some_and(|entry| entry.path_bytes() == b".")
        {
            entry = reader.next_entry().unwrap();
        }
        let path = entry.expect("an entry").path_bytes().to_vec();
        assert!(path.ends_with(b"file"), "{format}: {path:?}");
        assert_eq!(reader.format(), Some(family));
    }
    for format in WriteFormat::all().filter(|format| !can.write_formats.contains(format)) {
        assert!(Writer::builder(format).to_vec().is_err(), "{format}");
    }
    for format in Format::all() {
        let reader = Reader::builder().format(format).from_bytes("");
        let refused = reader
            .err()
            .is_some_and(|error| error.kind() == anyarchive::ErrorKind::Unsupported);
        assert_eq!(refused, !can.read_formats.contains(&format), "{format}");
    }
}

#[test]
fn filters_are_written_and_read() {
    let can = capabilities().unwrap();
    for filter in &can.write_filters {
        let settings = Writer::builder(Format::Tar).filter(*filter);
        round_trip(&settings, None);
        assert!(can.read_filters.contains(&filter.filter()), "{filter}");
        round_trip(&settings.threads(2), None);
    }
}

#[test]
fn compressions_and_ciphers_are_written_and_read() {
    let can = capabilities().unwrap();
    for (format, compression) in &can.compressions {
        round_trip(&Writer::builder(*format).compression(*compression), None);
    }
    let password = Password::new("secret").unwrap();
    for encryption in &can.zip_encryptions {
        let zip = Writer::builder(Format::Zip).encrypt(*encryption, &password);
        let archive = round_trip(&zip, Some(&password));
        let wrong = Reader::builder().password(Password::new("wrong").unwrap());
        let mut reader = wrong.from_bytes(&archive).unwrap();
        let mut entry = reader.next_entry().unwrap().unwrap();
        assert!(entry.read_to_vec().is_err(), "{encryption}");
    }
}

#[test]
fn this_build_has_what_its_features_say() {
    let can = capabilities().unwrap();
    assert_eq!(can.version, anyarchive::version_number());
    assert!(can.details.starts_with("libarchive 3."), "{}", can.details);
    let codecs = anyarchive::linkage().codecs;
    let version = |name: &str| {
        let library = can.libraries.iter().find(|library| library.name == name);
        library
            .unwrap_or_else(|| panic!("nothing of {name}"))
            .version
            .clone()
    };
    for (codec, library) in [
        ("bzip2", "bzip2"),
        ("xz", "liblzma"),
        ("lz4", "lz4"),
        ("zstd", "zstd"),
    ] {
        if codecs.contains(&codec) {
            let version = version(library).unwrap_or_else(|| panic!("no version of {library}"));
            assert!(version.contains('.'), "{library} {version}");
        }
    }
    // Old releases tell of five, and of no more.
    let told = can.libraries.len();
    assert!(
        told == 5 || (told == 22 && can.version >= 3_008_000),
        "{told}"
    );
    let table = can.to_string();
    for word in ["tar", "pax", "compress", "libraries"] {
        assert!(table.contains(word), "{table}");
    }
    // The same object each time.
    assert!(std::ptr::eq(can, capabilities().unwrap()));
}
