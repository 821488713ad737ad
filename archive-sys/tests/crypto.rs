//! Encryption and digests: known answers, passwords that are right or wrong, salts that differ.

mod common;

use std::ffi::CStr;

use common::{Settings, Writer, read, sample, write};

/// FIPS 180-4, RFC 1321 and the RIPEMD-160 paper.
const ABC: &[(&str, &str)] = &[
    ("md5digest", "900150983cd24fb0d6963f7d28e17f72"),
    ("sha1digest", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (
        "sha256digest",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    ),
    (
        "sha384digest",
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed\
         8086072ba1e7cc2358baeca134c825a7",
    ),
    (
        "sha512digest",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
         2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    ),
    ("rmd160digest", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"),
];

/// The same of a million times `a`.
const MILLION: &[(&str, &str)] = &[
    ("md5digest", "7707d6ae4e027c70eea2a935c2296f21"),
    ("sha1digest", "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
    (
        "sha256digest",
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
    ),
    (
        "sha384digest",
        "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b\
         07b8b3dc38ecc4ebae97ddd87f3d8985",
    ),
    (
        "sha512digest",
        "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb\
         de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b",
    ),
    ("rmd160digest", "52783243c1697bdbe16d37f97f68f08325dc1528"),
];

/// Windows and Apple systems have no RIPEMD-160, and their crypto is always there.
const SYSTEM_CRYPTO: bool = cfg!(any(windows, target_vendor = "apple"));

fn digests(data: &[u8], piece: usize) -> String {
    let settings = Settings {
        format: c"mtree",
        options: Some(if SYSTEM_CRYPTO {
            c"mtree:md5,mtree:sha1,mtree:sha256,mtree:sha384,mtree:sha512"
        } else {
            c"mtree:md5,mtree:sha1,mtree:sha256,mtree:sha384,mtree:sha512,mtree:rmd160"
        }),
        ..Settings::default()
    };
    let mut writer = Writer::new(&settings, 1 << 16);
    writer.add("file", data, piece);
    // mtree breaks long lines with a backslash.
    String::from_utf8(writer.finish())
        .expect("mtree is text")
        .replace("\\\n", " ")
}

fn assert_digests(data: &[u8], piece: usize, expected: &[(&str, &str)]) {
    let text = digests(data, piece);
    for (name, digest) in expected {
        if SYSTEM_CRYPTO && *name == "rmd160digest" {
            continue;
        }
        let found = text
            .split_whitespace()
            .find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        assert_eq!(found, Some(*digest), "{name} in {text}");
    }
}

#[test]
#[cfg(any(
    feature = "crypto-rust",
    feature = "openssl",
    windows,
    target_vendor = "apple"
))]
fn digests_of_known_data() {
    assert_digests(b"abc", 3, ABC);
    assert_digests(b"abc", 1, ABC);
    // No piece fits the block size of a digest.
    assert_digests(&vec![b'a'; 1_000_000], 9973, MILLION);
}

fn encrypted(encryption: &CStr, password: &CStr, data: &[u8]) -> Vec<u8> {
    let settings = Settings {
        format: c"zip",
        options: Some(encryption),
        passphrase: Some(password),
        ..Settings::default()
    };
    write(&settings, "secret", data)
}

fn assert_encrypts(encryption: &CStr) {
    let data = sample(300_000);
    let archive = encrypted(encryption, c"correct horse", &data);
    let entries = read(&archive, Some(c"correct horse")).expect("the right password");
    assert_eq!(entries.len(), 1);
    assert!(entries[0].1 == data, "the data differ");
    read(&archive, Some(c"wrong")).expect_err("a wrong password");
    read(&archive, None).expect_err("no password");
    // The salt is random, so nothing else may make two archives equal.
    assert_ne!(archive, encrypted(encryption, c"correct horse", &data));
}

#[test]
#[cfg(any(
    feature = "crypto-rust",
    feature = "openssl",
    windows,
    target_vendor = "apple"
))]
fn zip_aes_256() {
    assert_encrypts(c"zip:encryption=aes256");
}

#[test]
#[cfg(any(
    feature = "crypto-rust",
    feature = "openssl",
    windows,
    target_vendor = "apple"
))]
fn zip_aes_128() {
    assert_encrypts(c"zip:encryption=aes128");
}

/// Written by libarchive 3.6.2 with the cryptography of the C library nettle.
const AES_OF_NETTLE: &str = "\
    504b0304140009006300d40d292b0000000000000000050000000100230061555405000100ca\
    9a3b75780b0001040000000004000000000199070002004145030800bfcd7ead8dbaedaeb694\
    5182d702c5ad3a1a0f3eb83ee98124a8e050c466ada8e18abb504b0708000000002300000005\
    000000504b01021403140009006300d40d292b00000000230000000500000001002300000000\
    0000000000a4810000000061555405000100ca9a3b75780b0001040000000004000000000199\
    070002004145030800504b0506000000000100010052000000750000000000";

#[test]
#[cfg(any(
    feature = "crypto-rust",
    feature = "openssl",
    windows,
    target_vendor = "apple"
))]
fn zip_of_another_implementation() {
    let digits: Vec<u32> = AES_OF_NETTLE
        .chars()
        .map(|digit| digit.to_digit(16).expect("hexadecimal"))
        .collect();
    let archive: Vec<u8> = digits
        .chunks_exact(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).expect("two digits"))
        .collect();
    let entries = read(&archive, Some(c"correct horse"));
    assert_eq!(entries, Ok(vec![("a".into(), b"hello".into())]));
    read(&archive, Some(c"battery staple")).expect_err("a wrong password");
}

#[test]
fn zip_traditional() {
    assert_encrypts(c"zip:encryption=zipcrypt");
}
