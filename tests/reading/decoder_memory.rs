//! Limits of what decoders may take: their windows, and how many there are.

use std::{collections::BTreeSet, io::Read};

use anyarchive::{ErrorKind, Extractor, Filter, Format, Limit, Reader, Result};
use anyarchive_test_support::{
    is_older_than, reference_archives,
    samples::{Item, Spec},
};

/// Reads all data of an archive in memory and from a stream, with this limit.
fn read(archive: &[u8], limit: u64) -> Result<u64> {
    let settings = Reader::builder().decoder_memory(limit);
    let read = |mut reader: Reader<'_>| -> Result<u64> {
        let mut sum = 0;
        while let Some(mut entry) = reader.next_entry()? {
            sum += entry.read_to_vec()?.len() as u64;
        }
        Ok(sum)
    };
    let outcome = settings.from_bytes(archive).and_then(read);
    let streamed = settings.from_reader(archive).and_then(read);
    let text = |outcome: &Result<u64>| format!("{outcome:?}");
    assert_eq!(text(&outcome), text(&streamed));
    outcome
}

fn tar(filters: &[(&str, &str)]) -> Vec<u8> {
    let spec = filters
        .iter()
        .fold(Spec::new("ustar"), |spec, (name, option)| {
            let spec = spec.filter(*name);
            if option.is_empty() {
                spec
            } else {
                spec.option(format!("{name}:{option}"))
            }
        });
    spec.to_vec([Item::file("noise", noise(400_000))]).unwrap()
}

/// Text that nothing makes much shorter.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b'0' + (state >> 26) as u8
    };
    (0..len).map(|_| next()).collect()
}

#[test]
fn windows_are_limited_from_the_first_block_to_the_last() {
    for (filter, option, window) in [
        ("xz", "compression-level=1", 1 << 20),
        ("xz", "compression-level=6", 8 << 20),
        ("lzma", "compression-level=6", 8 << 20),
        ("zstd", "compression-level=3", 1 << 20),
    ] {
        let archive = tar(&[(filter, option)]);
        assert_eq!(read(&archive, 64 << 20).unwrap(), 400_000, "{filter}");
        let error = read(&archive, window / 2).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error:#}");
        assert_eq!(error.limit(), Some(Limit::DecoderMemory));
        assert!(error.message().contains(filter), "{error}");
    }
    // A second stream that asks for more, behind one that is modest.
    for filter in ["xz", "zstd"] {
        let small = Spec::new("raw")
            .filter(filter)
            .option(format!("{filter}:compression-level=1"));
        let large = Spec::new("raw")
            .filter(filter)
            .option(format!("{filter}:compression-level=9"));
        let data = || [Item::file("data", noise(200_000))];
        let [small, large] = [small, large].map(|spec| spec.to_vec(data()).unwrap());
        let both = [small.clone(), large].concat();
        let settings = Reader::builder().format(Format::Raw);
        let read = |limit: u64, stream: &[u8]| {
            let reader = settings.clone().decoder_memory(limit).from_reader(stream);
            let mut out = Vec::new();
            let read = reader?.into_decoder()?.read_to_end(&mut out);
            Ok::<_, anyarchive::Error>((read.map_err(|e| e.downcast().unwrap()), out.len()))
        };
        let (limit, all) = (3 << 20, 64 << 20);
        assert_eq!(read(limit, &small).unwrap().1, 200_000);
        assert_eq!(read(all, &both).unwrap().1, 400_000);
        let (result, _): (Result<usize>, _) = read(limit, &both).unwrap();
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Refused, "{filter}");
    }
}

#[test]
fn what_has_no_window_passes_and_what_cannot_be_watched_does_not() {
    for filter in ["gzip", "bzip2", "compress", "uuencode"] {
        assert_eq!(read(&tar(&[(filter, "")]), 0).unwrap(), 400_000, "{filter}");
    }
    assert_eq!(read(&tar(&[]), 0).unwrap(), 400_000);
    // lzip may ask for as much as it likes in any member.
    let lzip = tar(&[("lzip", "")]);
    assert_eq!(
        read(&lzip, 511 << 20).unwrap_err().kind(),
        ErrorKind::Refused
    );
    assert_eq!(read(&lzip, 512 << 20).unwrap(), 400_000);
    // Within gzip the stream is watched; within others nobody sees it.
    let within_gzip = tar(&[("xz", "compression-level=1"), ("gzip", "")]);
    assert_eq!(read(&within_gzip, 1 << 20).unwrap(), 400_000);
    assert_eq!(
        read(&within_gzip, 1 << 19).unwrap_err().kind(),
        ErrorKind::Refused
    );
    let within_bzip2 = tar(&[("xz", "compression-level=1"), ("bzip2", "")]);
    let error = read(&within_bzip2, 512 << 20).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.message().contains("inside another filter"), "{error}");
    assert_eq!(error.limit(), Some(Limit::DecoderMemory));
    // But libarchive itself takes no more than this.
    let within_bzip2 = tar(&[("zstd", ""), ("bzip2", "")]);
    let error = read(&within_bzip2, 127 << 20).unwrap_err();
    assert_eq!(error.limit(), Some(Limit::DecoderMemory));
    assert_eq!(read(&within_bzip2, 128 << 20).unwrap(), 400_000);
}

/// An RPM package with this inside.
fn rpm(archive: &[u8]) -> Vec<u8> {
    let mut lead = b"\xed\xab\xee\xdb\x03\0\0\0".to_vec();
    lead.resize(96, 0);
    // Of one number and five bytes, with padding; then of nothing, without.
    let header = |numbers: u32, bytes: u32, padding: usize| {
        let mut header = b"\x8e\xad\xe8\x01\0\0\0\0".to_vec();
        header.extend(numbers.to_be_bytes());
        header.extend(bytes.to_be_bytes());
        header.resize(16 + (numbers * 16 + bytes) as usize, 0xff);
        header.resize(header.len() + padding, 0);
        header
    };
    [&lead, &header(1, 5, 3), &header(0, 0, 0), archive].concat()
}

#[test]
fn windows_inside_packages_are_limited() {
    for (filter, window) in [("xz", 8 << 20), ("zstd", 2 << 20), ("lzma", 512 << 20)] {
        let package = rpm(&tar(&[(filter, "")]));
        assert_eq!(read(&package, window).unwrap(), 400_000, "{filter}");
        let error = read(&package, window / 2).unwrap_err();
        assert_eq!(error.limit(), Some(Limit::DecoderMemory), "{filter}");
    }
    for filter in ["gzip", "bzip2"] {
        let package = rpm(&tar(&[(filter, "")]));
        assert_eq!(read(&package, 0).unwrap(), 400_000, "{filter}");
    }
    // Nobody sees what is deeper.
    for outer in ["gzip", "bzip2"] {
        let package = rpm(&tar(&[("xz", ""), (outer, "")]));
        let error = read(&package, 1 << 30).unwrap_err();
        assert_eq!(error.limit(), Some(Limit::DecoderMemory), "{outer}");
    }
}

#[test]
fn a_stream_that_is_not_decoded_is_not_limited() {
    let xz = tar(&[("xz", "")]);
    let settings = Reader::builder().format(Format::Raw).no_filters();
    let reader = settings.decoder_memory(0).from_bytes(&xz).unwrap();
    let mut out = Vec::new();
    let mut decoder = reader.into_decoder().unwrap();
    decoder.read_to_end(&mut out).unwrap();
    assert!(out == xz);
}

#[test]
fn extraction_keeps_the_limit_with_any_number_of_threads() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.tar.xz");
    let tar = tar(&[]);
    let (begin, end) = tar.split_at(tar.len() / 2);
    let xz = |data: &[u8], level: u8| {
        let spec = Spec::new("raw").filter("xz");
        let spec = spec.option(format!("xz:compression-level={level}"));
        spec.to_vec([Item::file("data", data)]).unwrap()
    };
    std::fs::write(&path, [xz(begin, 1), xz(end, 6)].concat()).unwrap();
    for threads in [1, 4] {
        for limit in [1 << 20, 8 << 20] {
            let out = directory.path().join(format!("{threads} {limit}"));
            let mut reader = Reader::builder().decoder_memory(limit).open(&path).unwrap();
            let result = Extractor::new().threads(threads).extract(&mut reader, &out);
            if limit < 8 << 20 {
                assert_eq!(result.unwrap_err().kind(), ErrorKind::Refused, "{threads}");
            } else {
                assert!(result.unwrap().is_clean(), "{threads}");
            }
        }
    }
}

#[test]
fn filters_inside_each_other_are_counted() {
    let archive = tar(&[("gzip", ""), ("bzip2", ""), ("uuencode", "")]);
    let settings = Reader::builder();
    let reader = settings
        .clone()
        .max_filters(3)
        .from_bytes(&archive)
        .unwrap();
    assert_eq!(reader.filters(), [Filter::Gzip, Filter::Bzip2, Filter::Uu]);
    for count in [0, 2] {
        let error = settings.clone().max_filters(count).from_bytes(&archive);
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Refused);
    }
    assert!(settings.max_filters(0).from_bytes(tar(&[])).is_ok());
}

/// Every stream that libarchive decodes is followed to its end without a false alarm.
#[test]
fn a_generous_limit_changes_nothing_of_any_reference_archive() {
    if is_older_than(3_008_009, "crashes or hangs on archives that came later") {
        return;
    }
    let outcome = |reader: Result<Reader<'_>>| {
        let mut reader = match reader {
            Ok(reader) => reader,
            Err(error) => return (0, format!("{error:#}")),
        };
        loop {
            match reader.advance() {
                Ok(true) => {}
                Ok(false) => break (reader.entries_read(), String::new()),
                Err(error) if error.is_recoverable() => {}
                Err(error) => break (reader.entries_read(), format!("{error:#}")),
            }
        }
    };
    let mut filtered = BTreeSet::new();
    for path in reference_archives().unwrap_or_else(|missing| panic!("{missing}")) {
        let archive = std::fs::read(&path).unwrap();
        let settings = Reader::builder();
        let plain = outcome(settings.from_reader(archive.as_slice()));
        let settings = settings.decoder_memory(u64::MAX);
        let limited = outcome(settings.from_reader(archive.as_slice()));
        if limited.1.contains("inside another filter") {
            continue;
        }
        assert_eq!(plain, limited, "{}", path.display());
        if let Ok(reader) = settings.from_bytes(&archive) {
            filtered.extend(reader.filters().into_iter().map(Filter::name));
        }
    }
    for filter in ["lzip", "lzma", "xz", "zstd"] {
        assert!(filtered.contains(filter), "{filtered:?}");
    }
}
