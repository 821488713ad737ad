//! Gzip: headers, members, and what trailers say.

use std::io::{self, Read};

use anyarchive::{Decoder, Error, ErrorKind, Filter, Format, Reader};
use anyarchive_test_support::{
    crc32,
    samples::{Item, Spec},
};

/// A gzip stream of one member without anything optional.
fn member(data: impl Into<Vec<u8>>) -> Vec<u8> {
    let spec = Spec::new("raw").filter("gzip").option("gzip:!timestamp");
    let stream = spec.to_vec([Item::file("data", data)]).unwrap();
    assert_eq!(stream[3], 0, "no flags");
    stream
}

/// The same with other flags and what they announce, in place of its header.
fn with_header(member: &[u8], flags: u8, fields: &[u8]) -> Vec<u8> {
    let fixed = [0x1f, 0x8b, 8, flags, 0, 0xca, 0x9a, 0x3b, 0, 255];
    [&fixed, fields, &member[10..]].concat()
}

fn decode(stream: &[u8]) -> (Vec<u8>, Option<Error>) {
    let mut data = Vec::new();
    let result = Decoder::from_bytes(stream)
        .map_err(io::Error::from)
        .and_then(|mut decoder| decoder.read_to_end(&mut data));
    let error = result.err();
    (data, error.map(|error| error.downcast::<Error>().unwrap()))
}

fn decoded(stream: &[u8]) -> Vec<u8> {
    let (data, error) = decode(stream);
    assert!(error.is_none(), "{error:?}");
    data
}

fn kind(stream: &[u8]) -> ErrorKind {
    let (_, error) = decode(stream);
    error.expect("an error").kind()
}

#[test]
fn members_padding_and_what_is_no_gzip_behind_them() {
    let members = [member("one, "), member(""), member("two")].concat();
    assert_eq!(decoded(&members), b"one, two");
    let padded = [&member("one, ")[..], &[0; 700], &member("two"), &[0; 5]].concat();
    assert_eq!(decoded(&padded), b"one, two");
    for behind in ["x", "\x1f", "\x1f and so on", "anything"] {
        let stream = [&members[..], behind.as_bytes()].concat();
        assert_eq!(decoded(&stream), b"one, two", "{behind:?}");
    }
    // What begins like a member must be one.
    let damaged = [&members[..], b"\x1f\x8b\x09\0\0\0\0\0\0\0"].concat();
    assert_eq!(kind(&damaged), ErrorKind::Corrupt);
}

#[test]
fn every_field_of_a_header_is_passed_over_and_the_name_is_told() {
    let plain = member("text");
    let extra = b"\x05\x00abcde";
    for (flags, fields) in [
        (0, &b""[..]),
        (1, b""),
        (4, extra),
        (8, b"name.txt\0"),
        (16, b"a comment\0"),
        (4 | 8 | 16, b"\x01\x00_name.txt\0comment\0"),
        (8 | 16, b"name.txt\0\0"),
        (8, b"\0"),
    ] {
        let stream = with_header(&plain, flags, fields);
        let mut decoder = Decoder::from_bytes(&stream).unwrap();
        let name = (flags & 8 != 0 && fields != b"\0").then_some(&b"name.txt"[..]);
        assert_eq!(
            decoder.name().filter(|name| !name.is_empty()),
            name,
            "{fields:?}"
        );
        assert_eq!(decoder.modified().unwrap().seconds, 0x3b9a_ca00);
        let mut text = String::new();
        decoder.read_to_string(&mut text).unwrap();
        assert_eq!(text, "text", "{fields:?}");

        // With the checksum of the header, and with one bit of it wrong.
        let mut checked = with_header(&plain, flags | 2, fields);
        let end = 10 + fields.len();
        let crc = crc32(&checked[..end]).to_le_bytes();
        checked.splice(end..end, [crc[0], crc[1]]);
        assert_eq!(decoded(&checked), b"text", "{fields:?}");
        checked[end] ^= 1;
        assert_eq!(kind(&checked), ErrorKind::Corrupt, "{fields:?}");
    }
    // libarchive takes no name that is longer than 1 MiB, and what has an unknown flag for no gzip.
    let long = [&vec![b'n'; 2 << 20][..], b"\0"].concat();
    assert_eq!(kind(&with_header(&plain, 8, &long)), ErrorKind::Corrupt);
    let unknown = with_header(&plain, 0x20, b"");
    assert_eq!(decoded(&unknown), unknown);
}

#[test]
fn a_wrong_trailer_is_told_after_all_data() {
    let data = "some text\n".repeat(50_000);
    let stream = member(data.as_str());
    for (place, word) in [
        (8, "checksum"),
        (5, "checksum"),
        (4, "length"),
        (1, "length"),
    ] {
        let mut wrong = stream.clone();
        let place = wrong.len() - place;
        wrong[place] ^= 4;
        let (out, error) = decode(&wrong);
        let error = error.expect("an error");
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.message().contains(word), "{error}");
        assert!(out == data.as_bytes(), "{} bytes", out.len());
        // The same in front of another member.
        wrong.extend(member("more"));
        assert_eq!(kind(&wrong), ErrorKind::Corrupt);
    }
}

#[test]
fn a_wrong_trailer_of_a_tar_is_told_after_its_last_entry() {
    for size in [3, 40_000, 3_000_000] {
        let archive = Spec::new("ustar").filter("gzip");
        let mut archive = archive
            .to_vec([Item::file("a", "data"), Item::file("b", vec![7; size])])
            .unwrap();
        let place = archive.len() - 7;
        archive[place] ^= 1;
        let mut reader = Reader::from_reader(archive.as_slice()).unwrap();
        for name in ["a", "b"] {
            let entry = reader.next_entry().unwrap().unwrap();
            assert_eq!(entry.path_bytes(), name.as_bytes());
        }
        let error = reader.next_entry().map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error:#}");
        assert!(!error.is_recoverable());
        assert!(reader.next_entry().unwrap().is_none());
    }
}

#[test]
fn a_stream_that_is_cut_anywhere_is_told_to_be() {
    let data: Vec<u8> = (0..3000_u32)
        .flat_map(|n| format!("{} ", n.wrapping_mul(2_654_435_769)).into_bytes())
        .collect();
    let stream = with_header(&member(&*data), 8, b"name\0");
    for length in 4..stream.len() {
        // The shortest are no gzip to libarchive either.
        let (out, error) = decode(&stream[..length]);
        let error = error.unwrap_or_else(|| panic!("{length} of {}", stream.len()));
        assert_eq!(error.kind(), ErrorKind::Truncated, "{length}: {error:#}");
        assert!(data.starts_with(&out), "{length}");
    }
    assert!(decoded(&stream) == data);
    // In the second member: after its magic bytes.
    let two = [&stream[..], &stream[..]].concat();
    for length in [
        2,
        3,
        9,
        12,
        40,
        stream.len() - 9,
        stream.len() - 8,
        stream.len() - 1,
    ] {
        let (out, error) = decode(&two[..stream.len() + length]);
        assert_eq!(error.unwrap().kind(), ErrorKind::Truncated, "{length}");
        assert!(out.starts_with(&data), "{length}");
    }
}

#[test]
fn data_that_is_no_deflate_is_told_to_be_damaged() {
    let text = "text ".repeat(1000);
    let stream = member(text.as_str());
    let (mut told, mut harmless) = (0, 0);
    for place in 10..stream.len() {
        for bit in 0..8 {
            let mut changed = stream.clone();
            changed[place] ^= 1 << bit;
            let (out, error) = decode(&changed);
            let Some(error) = error else {
                // Bits that mean nothing.
                assert!(out == text.as_bytes(), "bit {bit} of byte {place}");
                harmless += 1;
                continue;
            };
            assert!(
                matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Truncated),
                "{error:#}"
            );
            told += 1;
        }
    }
    assert!(told > 20 * harmless && told > 200, "{told} {harmless}");
}

#[test]
fn any_pace_of_the_source_decodes_the_same() {
    struct Slow<'d>(&'d [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = buffer.len().min(1);
            self.0.read(&mut buffer[..count])
        }
    }

    let data = "text that is repeated, ".repeat(20_000);
    let stream = with_header(&member(data.as_str()), 8, b"name\0");
    let stream = [&stream[..], &stream].concat();
    for block_size in [512, 1 << 16] {
        let settings = Reader::builder().format(Format::Raw);
        let reader = settings.block_size(block_size).from_reader(Slow(&stream));
        let mut decoder = reader.unwrap().into_decoder().unwrap();
        let mut out = Vec::new();
        decoder.read_to_end(&mut out).unwrap();
        assert!(out == data.repeat(2).as_bytes(), "{block_size}");
        assert_eq!(decoder.bytes_read(), stream.len() as u64);
        assert_eq!(decoder.filters(), [Filter::Gzip]);
    }
}

#[test]
fn an_error_of_the_source_comes_out_whole() {
    struct Breaks<'d>(&'d [u8]);

    impl Read for Breaks<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(io::Error::new(io::ErrorKind::ConnectionReset, "it broke")),
                count => Ok(count),
            }
        }
    }

    let data: Vec<u8> = (0..99_999_u32)
        .flat_map(|n| format!("{n} ").into_bytes())
        .collect();
    let stream = member(data);
    for length in (0..stream.len()).step_by(stream.len() / 37) {
        let error = Decoder::from_reader(Breaks(&stream[..length]))
            .map_err(io::Error::from)
            .and_then(|mut decoder| io::copy(&mut decoder, &mut io::sink()))
            .unwrap_err();
        let error = error.downcast::<Error>().unwrap();
        assert_eq!(error.kind(), ErrorKind::Io, "{length}: {error:#}");
        let source = std::error::Error::source(&error).unwrap();
        assert_eq!(source.to_string(), "it broke", "{length}");
    }
}

#[test]
fn gzip_is_left_alone_when_it_is_not_among_the_filters() {
    let stream = member("text");
    let settings = Reader::builder().format(Format::Raw).no_filters();
    let reader = settings.from_bytes(&stream).unwrap();
    let mut out = Vec::new();
    let mut decoder = reader.into_decoder().unwrap();
    decoder.read_to_end(&mut out).unwrap();
    assert_eq!(out, stream);
}
