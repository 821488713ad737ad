//! What the vendored build was asked to contain is there and works.

mod common;

use std::ffi::CStr;

use archive_sys as sys;
use common::{Settings, read, sample, text, write};

fn round_trip(format: &CStr, filter: Option<&CStr>, options: Option<&CStr>) -> Vec<u8> {
    let data = sample(1_200_000);
    let settings = Settings {
        format,
        filter,
        options,
        passphrase: None,
    };
    let archive = write(&settings, "dir/numbers", &data);
    let entries = read(&archive, None).expect("readable");
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].0, "dir/numbers");
    assert!(entries[0].1 == data, "{filter:?}: the data differ");
    archive
}

/// As [`round_trip`], with the magic number that shows that the filter was there.
fn filtered(filter: &CStr, options: Option<&CStr>, magic: &[u8]) {
    let archive = round_trip(c"pax", Some(filter), options);
    assert_eq!(archive[..magic.len()], *magic);
    assert!(
        archive.len() < 1_100_000,
        "not compressed: {}",
        archive.len()
    );
}

#[test]
fn plain_tar() {
    round_trip(c"pax", None, None);
}

#[test]
#[cfg(any(feature = "zlib", feature = "zlib-rs"))]
fn gzip() {
    filtered(c"gzip", None, b"\x1f\x8b");
    filtered(c"gzip", Some(c"gzip:compression-level=9"), b"\x1f\x8b");
}

#[test]
#[cfg(any(feature = "zlib", feature = "zlib-rs"))]
fn zip_deflate() {
    let archive = round_trip(c"zip", None, None);
    assert!(
        archive.len() < 1_100_000,
        "not compressed: {}",
        archive.len()
    );
}

#[test]
#[cfg(feature = "bzip2")]
fn bzip2() {
    filtered(c"bzip2", None, b"BZh9");
}

#[test]
#[cfg(feature = "xz")]
fn xz_and_lzma() {
    filtered(c"xz", None, b"\xfd7zXZ\0");
    filtered(c"lzma", None, b"\x5d\0\0");
    round_trip(c"7zip", None, Some(c"7zip:compression=lzma2"));
}

#[test]
#[cfg(feature = "xz-threads")]
fn xz_with_threads() {
    filtered(c"xz", Some(c"xz:threads=2"), b"\xfd7zXZ\0");
}

#[test]
#[cfg(feature = "zstd")]
fn zstd() {
    filtered(c"zstd", None, b"\x28\xb5\x2f\xfd");
    filtered(
        c"zstd",
        Some(c"zstd:compression-level=19"),
        b"\x28\xb5\x2f\xfd",
    );
}

#[test]
#[cfg(feature = "zstd-threads")]
fn zstd_with_threads() {
    filtered(c"zstd", Some(c"zstd:threads=2"), b"\x28\xb5\x2f\xfd");
}

#[test]
#[cfg(feature = "lz4")]
fn lz4() {
    filtered(c"lz4", None, b"\x04\x22\x4d\x18");
    // Levels from 3 use the other half of the library.
    filtered(
        c"lz4",
        Some(c"lz4:compression-level=9"),
        b"\x04\x22\x4d\x18",
    );
}

/// Names in other character sets reach C's conversion on systems that have one.
#[test]
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn names_are_converted() {
    let settings = Settings {
        format: c"zip",
        options: Some(c"zip:hdrcharset=CP437"),
        ..Settings::default()
    };
    // Fails without a conversion from the locale's character set.
    let mut writer = common::Writer::new(&settings, 1 << 16);
    writer.add("plain", b"x", 1);
    let archive = writer.finish();
    assert_eq!(
        read(&archive, None),
        Ok(vec![("plain".into(), b"x".into())])
    );
}

#[test]
fn version_of_each_library() {
    // SAFETY: returns a constant string.
    let details = text(unsafe { sys::archive_version_details() }).expect("never NULL");
    for (on, name) in [
        (cfg!(any(feature = "zlib", feature = "zlib-rs")), "zlib/"),
        (cfg!(feature = "bzip2"), "bz2lib/"),
        (cfg!(feature = "xz"), "liblzma/"),
        (cfg!(feature = "zstd"), "libzstd/"),
        (cfg!(feature = "lz4"), "liblz4/"),
    ] {
        // A library of the system may have more than we asked for.
        if on || sys::link_info().origin.starts_with("vendored") {
            assert_eq!(details.contains(name), on, "{name} in {details}");
        }
    }
}
