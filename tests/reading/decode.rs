//! Single compressed streams.

use std::io::{BufRead, Read, read_to_string};

use anyarchive::{Decoder, ErrorKind, Filter, Format, Reader};
use anyarchive_test_support::samples::{Item, Spec, filters};

/// Much more than libarchive looks at while it detects.
const LINES: usize = 100_000;

fn text() -> String {
    (0..LINES).map(|n| format!("line {n}\n")).collect()
}

fn compressed(filter: &str) -> Vec<u8> {
    let spec = Spec::new("raw").filter(filter);
    spec.to_vec([Item::file("log", text())]).unwrap()
}

#[test]
fn every_filter_decodes_to_the_same_text() {
    let names = filters();
    assert!(names.len() > 5, "{names:?}");
    for name in names {
        let stream = compressed(name);
        let mut decoder = Decoder::from_reader(stream.as_slice()).unwrap();
        assert!(read_to_string(&mut decoder).unwrap() == text(), "{name}");
        assert_eq!(decoder.filters().len(), 1, "{name}");
        assert_eq!(decoder.bytes_read(), stream.len() as u64, "{name}");
        let mut more = [0];
        assert_eq!(decoder.read(&mut more).unwrap(), 0, "{name}");
        // As lines, from another kind of source.
        let lines = Decoder::from_bytes(&stream).unwrap().lines();
        assert_eq!(lines.map(Result::unwrap).count(), LINES, "{name}");
    }
}

#[test]
fn filters_inside_filters_are_told_from_inside_out() {
    let spec = Spec::new("raw").filter("gzip").filter("uuencode");
    let stream = spec.to_vec([Item::file("log", text())]).unwrap();
    let mut decoder = Decoder::from_bytes(stream).unwrap();
    assert_eq!(decoder.filters(), [Filter::Gzip, Filter::Uu]);
    assert!(read_to_string(&mut decoder).unwrap() == text());
}

#[test]
fn what_is_not_compressed_comes_out_as_it_is() {
    let mut decoder = Decoder::from_bytes("plain").unwrap();
    assert_eq!(read_to_string(&mut decoder).unwrap(), "plain");
    assert!(decoder.filters().is_empty());
    assert_eq!(decoder.name(), None);
}

#[test]
fn nothing_decodes_to_nothing() {
    let nothing = Spec::new("raw").filter("gzip");
    for stream in [Vec::new(), nothing.to_vec([Item::file("log", "")]).unwrap()] {
        let mut decoder = Decoder::from_bytes(&stream).unwrap();
        assert_eq!(read_to_string(&mut decoder).unwrap(), "");
        let reader = Reader::builder().format(Format::Raw).from_bytes(&stream);
        assert!(reader.unwrap().next_entry().unwrap().is_none());
    }
}

#[test]
fn a_cut_stream_is_an_error_that_holds_all() {
    let stream = compressed("gzip");
    let mut decoder = Decoder::from_bytes(&stream[..stream.len() / 2]).unwrap();
    let mut data = Vec::new();
    let error = decoder.read_to_end(&mut data).unwrap_err();
    let error = error.downcast::<anyarchive::Error>().unwrap();
    assert_eq!(error.kind(), ErrorKind::Truncated);
    assert!(text().as_bytes().starts_with(&data) && !data.is_empty());
}

#[test]
fn raw_is_never_guessed_and_takes_what_no_other_knows_when_asked() {
    let error = Reader::from_bytes("plain text, no archive").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownFormat);
    let both = Reader::builder().format(Format::Raw).format(Format::Tar);
    let tar = Spec::new("ustar").to_vec([Item::file("a", "b")]).unwrap();
    for (bytes, format) in [(&tar[..], Format::Tar), (b"plain", Format::Raw)] {
        let mut reader = both.from_bytes(bytes).unwrap();
        reader.next_entry().unwrap().unwrap();
        assert_eq!(reader.format(), Some(format));
    }
}

#[test]
fn an_archive_is_no_stream() {
    let tar = Spec::new("ustar").to_vec([Item::file("a", "b")]).unwrap();
    let error = Reader::from_bytes(&tar)
        .unwrap()
        .into_decoder()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
