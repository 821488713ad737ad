//! Through every format and filter that can be written and read.

use anyarchive::{
    Compression, ErrorKind, FileType, Filter, Format, Reader, WriteFilter, WriteFormat, Writer,
};

use crate::world::{Item, builtin, containers, noise, plain, read, seen, write};

fn items(format: WriteFormat) -> Vec<Item> {
    let mut items = vec![
        Item::file("hello.txt", "hello\n"),
        Item::file("empty", ""),
        Item::file("noise.bin", noise(100_000)),
    ];
    let is_flat = matches!(
        format,
        WriteFormat::ArBsd | WriteFormat::ArSvr4 | WriteFormat::Warc
    );
    if !is_flat {
        items.push(Item::directory("dir"));
        items.push(Item::file("dir/grüße.txt", "in a directory\n"));
        if format != WriteFormat::CpioPwb {
            items.push(Item::symlink("dir/link", "../hello.txt"));
        }
    }
    items
}

/// Compares what formats keep; some keep less.
fn assert_same(format: WriteFormat, items: &[Item], archive: &[u8]) {
    compare(format, items, archive, true);
}

fn compare(format: WriteFormat, items: &[Item], archive: &[u8], modes: bool) {
    let mut found = read(archive).unwrap();
    if format == WriteFormat::Iso9660 {
        found.retain(|seen| seen.path != ".");
    }
    assert_eq!(found.len(), items.len(), "{format}: {found:?}");
    // Of a symbolic link in 7-Zip, the target is the data.
    for link in found.iter_mut().filter(|seen| seen.target.is_some()) {
        link.data.clear();
    }
    for item in items {
        let mut wanted = seen(&item.entry, item.data.clone());
        let found = found
            .iter()
            .find(|found| found.path == wanted.path)
            .unwrap_or_else(|| panic!("{format} lost {}: {found:?}", wanted.path));
        match format {
            // The formats keep no mode of symbolic links, or none at all.
            WriteFormat::Warc => wanted.mode = found.mode,
            _ if !modes => wanted.mode = found.mode,
            _ if wanted.kind == FileType::Symlink => wanted.mode = found.mode,
            _ => {}
        }
        assert_eq!(found, &wanted, "{format}");
    }
}

#[test]
fn every_format_gives_back_what_it_got() {
    for format in containers() {
        let items = items(format);
        let archive = write(&plain(format), &items).unwrap();
        assert_same(format, &items, &archive);
        let mut reader = Reader::from_bytes(&archive[..]).unwrap();
        reader.next_entry().unwrap();
        assert_eq!(reader.format(), format.format(), "{format}");
        assert_eq!(reader.filters(), []);
    }
}

#[test]
fn every_format_goes_through_every_filter() {
    for format in containers() {
        let mut items = items(format);
        if format == WriteFormat::Zip {
            // What kind an entry is stands in the directory at the end, which wants seeking.
            items.retain(|item| item.entry.file_type() != FileType::Symlink);
        }
        for filter in builtin() {
            let archive = write(&plain(format).filter(filter), &items).unwrap();
            let mut reader = Reader::from_bytes(&archive[..]).unwrap();
            // Formats that seek cannot be read through a filter.
            let needs_seek = matches!(format, WriteFormat::SevenZip);
            match reader.next_entry() {
                Err(error) if needs_seek => {
                    assert_ne!(error.kind(), ErrorKind::Io, "{format} in {filter}");
                    continue;
                }
                first => assert!(first.unwrap().is_some(), "{format} in {filter}"),
            }
            assert_eq!(reader.filters(), [filter.filter()], "{format} in {filter}");
            compare(format, &items, &archive, format != WriteFormat::Zip);
        }
    }
}

#[test]
fn filters_nest_in_the_order_of_the_calls() {
    let settings = Writer::builder(Format::Tar)
        .filter(Filter::Gzip)
        .filter(Filter::Bzip2)
        .filter(WriteFilter::Base64);
    let items = items(WriteFormat::Pax);
    let archive = write(&settings, &items).unwrap();
    assert!(archive.starts_with(b"begin-base64 "));
    let mut reader = Reader::from_bytes(&archive[..]).unwrap();
    reader.next_entry().unwrap();
    assert_eq!(reader.filters(), [Filter::Gzip, Filter::Bzip2, Filter::Uu]);
    assert_same(WriteFormat::Pax, &items, &archive);
}

#[test]
fn formats_compress_inside_as_they_are_told() {
    let text = Item::file("text", "again and again and again\n".repeat(4000));
    let items = [text];
    for (format, methods) in [
        (
            WriteFormat::Zip,
            &[
                Compression::Deflate,
                Compression::Bzip2,
                Compression::Lzma,
                Compression::Xz,
                Compression::Zstd,
            ][..],
        ),
        (
            WriteFormat::SevenZip,
            &[
                Compression::Deflate,
                Compression::Bzip2,
                Compression::Lzma,
                Compression::Lzma2,
                Compression::Ppmd,
                Compression::Zstd,
            ],
        ),
    ] {
        let stored = write(&plain(format).compression(Compression::Store), &items).unwrap();
        assert_same(format, &items, &stored);
        for &method in methods {
            let archive = match write(&plain(format).compression(method), &items) {
                Ok(archive) => archive,
                // Before 3.8.0 the formats knew fewer methods.
                Err(error) if anyarchive::version_number() < 3_008_000 => {
                    assert_eq!(error.op(), Some("archive_write_set_format_option"));
                    continue;
                }
                Err(error) => panic!("{format} with {method:?}: {error:#}"),
            };
            assert!(
                archive.len() < stored.len() / 10,
                "{format} with {method:?}"
            );
            assert_same(format, &items, &archive);
        }
    }
}

#[test]
fn levels_and_threads_reach_the_filter() {
    let items = [Item::file("noise", noise(300_000))];
    for filter in builtin() {
        let level = |level| write(&plain(WriteFormat::Pax).filter(filter).level(level), &items);
        match filter {
            WriteFilter::Base64 | WriteFilter::Uuencode | WriteFilter::Compress => {
                let error = level(1).unwrap_err();
                assert!(error.message().contains("no levels"), "{filter}: {error}");
            }
            _ => {
                assert_same(WriteFormat::Pax, &items, &level(1).unwrap());
                assert_same(WriteFormat::Pax, &items, &level(9).unwrap());
                let error = level(1000).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidInput, "{filter}: {error:#}");
            }
        }
    }
    if builtin().contains(&WriteFilter::Zstd) {
        let zstd = plain(WriteFormat::Pax)
            .filter(Filter::Zstd)
            .level(-5)
            .threads(2);
        assert_same(WriteFormat::Pax, &items, &write(&zstd, &items).unwrap());
    }
}

#[test]
fn blocks_and_padding_are_as_asked_for() {
    let items = [Item::file("hello.txt", "hello\n")];
    let plain = plain(WriteFormat::Pax);
    assert_eq!(write(&plain, &items).unwrap().len(), 4 * 512);
    for padding in [1, 512, 2048, 10_240, 100_000] {
        let padded = write(&plain.clone().pad_to(padding).block_size(700), &items).unwrap();
        assert_eq!(padded.len() % padding, 0);
        assert!(padded.len() < 2048 + padding.max(2));
        assert_same(WriteFormat::Pax, &items, &padded);
    }
}
