//! Entries through a writer and back: what was taken comes out as it went in.

#![no_main]

use anyarchive::{EntryBuf, Filter, Reader, WriteFormat, Writer};
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    format: u8,
    filter: u8,
    entries: Vec<Entry<'a>>,
}

#[derive(Arbitrary, Debug)]
struct Entry<'a> {
    path: &'a [u8],
    data: &'a [u8],
    mode: u32,
    uname: &'a [u8],
}

/// Those that keep any path as it is, and names apart.
const FORMATS: [WriteFormat; 5] = [
    WriteFormat::Pax,
    WriteFormat::GnuTar,
    WriteFormat::CpioNewc,
    WriteFormat::Zip,
    WriteFormat::SevenZip,
];

const FILTERS: [Option<Filter>; 4] = [None, Some(Filter::Gzip), Some(Filter::Zstd), Some(Filter::Lz4)];

fuzz_target!(|input: Input<'_>| {
    let format = FORMATS[usize::from(input.format) % FORMATS.len()];
    let mut builder = Writer::builder(format);
    // A tar can begin with a name that is the magic of a filter, and would be taken for its stream.
    let mut settings = Reader::builder().no_filters();
    // 7-Zip and ZIP are not read through a filter, which would have to seek.
    if !matches!(format, WriteFormat::Zip | WriteFormat::SevenZip)
        && let Some(filter) = FILTERS[usize::from(input.filter) % FILTERS.len()]
    {
        builder = builder.filter(filter);
        settings = Reader::builder().filter(filter);
    }
    let mut writer = builder.to_vec().expect("settings that work");
    let mut written = Vec::new();
    for entry in input.entries.iter().take(20) {
        let Ok(mut metadata) = EntryBuf::file("x", entry.data.len() as u64) else {
            return;
        };
        if metadata.set_path_bytes(entry.path).is_err() || metadata.set_mode(entry.mode & 0o777).is_err() {
            continue;
        }
        let _ = metadata.set_uname(entry.uname);
        if writer.append(&metadata, entry.data).is_ok() {
            written.push((entry.path, entry.data));
        }
    }
    let warned = !writer.warnings().is_empty();
    let archive = writer.finish().expect("an archive in memory");
    if written.is_empty() {
        return;
    }
    if format == WriteFormat::SevenZip {
        // Entries without data are behind the others there.
        written.sort_by_key(|(_, data)| data.is_empty());
    }
    let mut reader = settings.from_bytes(&archive).expect("an archive that we wrote");
    for (path, data) in written {
        let mut entry = reader.next_entry().expect("a header").expect("an entry");
        if !warned {
            assert_eq!(entry.path_bytes(), path, "{format}");
        }
        assert_eq!(entry.read_to_vec().expect("data"), data, "{format}");
    }
    assert!(reader.next_entry().expect("the end").is_none());
});
