//! Fails unless all crates share one libarchive and one copy of each codec.

use std::{ffi::c_char, io::Write};

use anyarchive::Reader;

const NAMES: [&str; 3] = ["a", "b/c", "d"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = archive_sys::archive_version_number as *const () as usize;
    assert_eq!(
        [one::address(), two::address(), with_c::address()],
        [address; 3]
    );
    let (header, library) = with_c::versions();
    assert_eq!(header, library);
    assert_eq!(anyarchive::version_number(), library.unsigned_abs());
    println!("libarchive {library}: one function address in four crates, C code among them");

    for (codec, ours, theirs) in versions() {
        assert!(!ours.is_null());
        assert_eq!(ours, theirs, "{codec}: libarchive calls another copy");
        println!("{codec}: libarchive and the Rust wrapper call one copy");
    }

    let tar = two::tar(&NAMES);
    for (codec, bytes) in compressed(&tar)? {
        assert!(bytes.len() < tar.len() / 2, "{codec} compressed nothing");
        assert_eq!(one::entries(&bytes), Ok(NAMES.len()), "{codec}");
        let mut reader = Reader::from_bytes(bytes)?;
        let mut names = Vec::new();
        while let Some(entry) = reader.next_entry()? {
            names.push(entry.path().into_owned());
        }
        assert_eq!(names, NAMES.map(std::path::PathBuf::from), "{codec}");
    }
    println!("what one crate wrote and the codecs compressed, two others read");
    Ok(())
}

// The Rust crates of these two leave the functions out.
unsafe extern "C" {
    safe fn BZ2_bzlibVersion() -> *const c_char;
    safe fn LZ4_versionString() -> *const c_char;
}
use {bzip2_sys as _, lz4_sys as _};

/// The address of each codec's own version text: as libarchive gets it, and as Rust code does.
fn versions() -> [(&'static str, *const c_char, *const c_char); 5] {
    use archive_sys as sys;
    // SAFETY: all of these return constants.
    unsafe {
        [
            ("zlib", sys::archive_zlib_version(), libz_sys::zlibVersion()),
            ("bzip2", sys::archive_bzlib_version(), BZ2_bzlibVersion()),
            (
                "xz",
                sys::archive_liblzma_version(),
                liblzma_sys::lzma_version_string(),
            ),
            ("lz4", sys::archive_liblz4_version(), LZ4_versionString()),
            (
                "zstd",
                sys::archive_libzstd_version(),
                zstd_sys::ZSTD_versionString(),
            ),
        ]
    }
}

/// The data, as compressed by the wrapper of each codec.
fn compressed(data: &[u8]) -> std::io::Result<Vec<(&'static str, Vec<u8>)>> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(data)?;
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    bzip2.write_all(data)?;
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 6);
    xz.write_all(data)?;
    let mut lz4 = lz4::EncoderBuilder::new().build(Vec::new())?;
    lz4.write_all(data)?;
    let (lz4, result) = lz4.finish();
    result?;
    Ok(vec![
        ("flate2", gzip.finish()?),
        ("bzip2", bzip2.finish()?),
        ("liblzma", xz.finish()?),
        ("lz4", lz4),
        ("zstd", zstd::encode_all(data, 3)?),
    ])
}
