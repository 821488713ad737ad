//! Encrypted archives: the right password, a wrong one, several, or none. What comes out is the
//! data or an error, never something else as if it were the data.

use std::io::Read as _;

use anyarchive::{Error, ErrorKind, Password, Reader, ReaderBuilder};
use anyarchive_test_support::{
    is_older_than, reference_archives,
    samples::{Item, Spec},
};

const PASSWORD: &str = "correct horse";
const DATA: &[u8] = b"the secret text, again and again: the secret text";

/// Name and options.
const METHODS: &[(&str, &[&str])] = &[
    ("ZipCrypto", &["zip:encryption=zipcrypt"]),
    (
        "ZipCrypto, stored",
        &["zip:encryption=zipcrypt", "zip:compression=store"],
    ),
    ("AES-128", &["zip:encryption=aes128"]),
    ("AES-256", &["zip:encryption=aes256"]),
    (
        "AES-256, stored",
        &["zip:encryption=aes256", "zip:compression=store"],
    ),
];

fn encrypted(options: &[&str], password: &str) -> Vec<u8> {
    let mut spec = Spec::new("zip").password(password);
    for option in options {
        spec = spec.option(*option);
    }
    let items = [
        Item::file("secret.txt", DATA),
        Item::directory("open"),
        Item::file("second.txt", DATA.repeat(50)),
    ];
    spec.to_vec(items).unwrap()
}

/// One in which each of these wrong passwords is known to be wrong at every entry: now and then one
/// passes the little check that there is, and the salt is new each time.
fn encrypted_against(wrong: &[&str], options: &[&str]) -> Vec<u8> {
    let is_told = |archive: &[u8], password: &str| {
        let mut reader = builder(&[password]).from_bytes(archive).unwrap();
        while let Some(mut entry) = reader.next_entry().unwrap() {
            if entry.is_encrypted()
                && entry.read_to_vec().unwrap_err().kind() != ErrorKind::WrongPassword
            {
                return false;
            }
        }
        true
    };
    for _ in 0..20 {
        let archive = encrypted(options, PASSWORD);
        if wrong.iter().all(|password| is_told(&archive, password)) {
            return archive;
        }
    }
    panic!("{options:?}: wrong passwords pass again and again");
}

fn builder(passwords: &[&str]) -> ReaderBuilder {
    passwords
        .iter()
        .fold(Reader::builder(), |builder, password| {
            builder.password(Password::new(*password).unwrap())
        })
}

/// Both ways to open an archive: with its directory at the end, and as a stream.
fn open<'a>(archive: &'a [u8], passwords: &[&str]) -> [Reader<'a>; 2] {
    let builder = builder(passwords);
    [
        builder.from_bytes(archive).unwrap(),
        builder.from_reader(archive).unwrap(),
    ]
}

#[test]
fn the_right_password_opens_every_entry() {
    for (method, options) in METHODS {
        let archive = encrypted_against(&["wrong", "wrong too", "wrong again"], options);
        for passwords in [
            &[PASSWORD][..],
            &["wrong", PASSWORD],
            &[PASSWORD, "wrong"],
            &["wrong", "wrong too", PASSWORD, "wrong again"],
        ] {
            for mut reader in open(&archive, passwords) {
                let mut entry = reader.next_entry().unwrap().unwrap();
                assert!(entry.is_encrypted(), "{method}");
                assert_eq!(
                    entry.read_to_vec().unwrap(),
                    DATA,
                    "{method}, {passwords:?}"
                );
                assert!(!reader.next_entry().unwrap().unwrap().is_encrypted());
                let mut entry = reader.next_entry().unwrap().unwrap();
                assert_eq!(entry.read_to_vec().unwrap(), DATA.repeat(50), "{method}");
                assert!(reader.next_entry().unwrap().is_none());
                assert_eq!(reader.has_encrypted_entries(), Some(true), "{method}");
            }
        }
    }
}

/// Reads the first entry, which must fail, and the directory behind it, which must not.
fn first_error(reader: &mut Reader<'_>) -> Error {
    let mut entry = reader.next_entry().unwrap().unwrap();
    assert_eq!(entry.path_bytes(), b"secret.txt");
    assert!(entry.is_encrypted());
    let error = entry.read_to_vec().expect_err("data without the password");
    assert_eq!(error.entry_bytes(), Some(&b"secret.txt"[..]));
    // Not asked for again: that would try all passwords once more.
    let again = entry.read(&mut [0; 8]).unwrap_err().downcast::<Error>();
    assert_eq!(again.unwrap().kind(), ErrorKind::Poisoned);
    error
}

#[test]
fn without_a_password_one_is_asked_for() {
    for (method, options) in METHODS {
        let archive = encrypted(options, PASSWORD);
        for mut reader in open(&archive, &[]) {
            let error = first_error(&mut reader);
            assert_eq!(
                error.kind(),
                ErrorKind::PasswordRequired,
                "{method}: {error:?}"
            );
            assert!(error.is_recoverable(), "{method}");
            let next = reader.next_entry().unwrap().unwrap();
            assert_eq!(next.path_bytes(), b"open/", "{method}");
        }
    }
}

/// In a stream nothing says where encrypted data ends: each entry of it is told, and none is lost.
#[test]
fn names_need_no_password() {
    if is_older_than(
        3_008_009,
        "loses the place behind encrypted data in a stream",
    ) {
        return;
    }
    for (method, options) in METHODS {
        let archive = encrypted(options, PASSWORD);
        for (mut reader, is_stream) in open(&archive, &[]).into_iter().zip([false, true]) {
            let (mut names, mut told) = (Vec::new(), Vec::new());
            loop {
                match reader.next_entry() {
                    Ok(Some(entry)) => names.push(entry.path_bytes().to_vec()),
                    Ok(None) => break,
                    Err(error) => {
                        assert!(error.is_recoverable(), "{method}: {error:?}");
                        assert_eq!(error.kind(), ErrorKind::PasswordRequired, "{method}");
                        told.push(error.entry_bytes().expect("a name").to_vec());
                    }
                }
            }
            assert_eq!(
                names,
                [&b"secret.txt"[..], b"open/", b"second.txt"],
                "{method}"
            );
            let expected: &[&[u8]] = if is_stream {
                &[b"secret.txt", b"second.txt"]
            } else {
                &[]
            };
            assert_eq!(told, expected, "{method}");
        }
    }
}

#[test]
fn a_wrong_password_is_told() {
    for (method, options) in METHODS {
        let archive = encrypted_against(&["wrong", "wrong too"], options);
        for passwords in [&["wrong"][..], &["wrong", "wrong too"]] {
            for mut reader in open(&archive, passwords) {
                let error = first_error(&mut reader);
                assert_eq!(
                    error.kind(),
                    ErrorKind::WrongPassword,
                    "{method}: {error:?}"
                );
                assert!(error.is_recoverable(), "{method}");
                let next = reader.next_entry().unwrap().unwrap();
                assert_eq!(next.path_bytes(), b"open/", "{method}");
            }
        }
    }
}

/// The old encryption has one byte to know a wrong password by: of these, some get past it.
#[test]
fn no_wrong_password_gives_data() {
    let mut past_the_check = 0;
    for (method, options) in &METHODS[..2] {
        let archive = encrypted(options, PASSWORD);
        for number in 0..1500 {
            let builder = builder(&[&format!("wrong {number}")]);
            let mut reader = builder.from_bytes(archive.as_slice()).unwrap();
            let error = first_error(&mut reader);
            match error.kind() {
                ErrorKind::WrongPassword => {}
                ErrorKind::Corrupt | ErrorKind::Truncated => {
                    assert_eq!(error.remark(), Some("the password may be wrong"), "{error}");
                    past_the_check += 1;
                }
                _ => panic!("{method}, {number}: {error:?}"),
            }
        }
    }
    assert!(past_the_check > 0);
}

#[test]
fn changed_data_is_no_data() {
    for (method, options) in METHODS {
        let archive = encrypted(options, PASSWORD);
        // From behind the first header to the end of the first data and what follows it.
        let start = 30 + "secret.txt".len();
        let end = archive
            .windows(5)
            .position(|part| part == b"open/")
            .unwrap()
            - 30;
        let mut told = 0;
        for place in (start..end).step_by(3) {
            let mut changed = archive.clone();
            changed[place] ^= 0x40;
            let mut reader = builder(&[PASSWORD]).from_bytes(changed).unwrap();
            let Ok(Some(mut entry)) = reader.next_entry() else {
                told += 1;
                continue;
            };
            match entry.read_to_vec() {
                // Some fields are there twice, and only one of them counts.
                Ok(data) => assert_eq!(data, DATA, "{method}, byte {place}"),
                Err(_) => told += 1,
            }
        }
        assert!(told > 10, "{method}: {told}");
    }
}

#[test]
fn any_bytes_but_nul_are_a_password() {
    let long = "x".repeat(500);
    for password in ["ä", "пароль 密码 😀", " ", "a\nb", &long] {
        for (method, options) in METHODS {
            let archive = encrypted(options, password);
            for mut reader in open(&archive, &[password]) {
                let mut entry = reader.next_entry().unwrap().unwrap();
                assert_eq!(entry.read_to_vec().unwrap(), DATA, "{method}, {password:?}");
            }
        }
    }
}

#[test]
fn a_password_for_what_is_not_encrypted_does_nothing() {
    for format in ["zip", "7zip", "pax"] {
        let archive = Spec::new(format).to_vec([Item::file("a", "text")]).unwrap();
        let mut reader = builder(&["secret"]).from_bytes(archive).unwrap();
        let mut entry = reader.next_entry().unwrap().unwrap();
        assert!(!entry.is_encrypted());
        assert_eq!(entry.read_to_vec().unwrap(), b"text");
    }
}

#[test]
fn passwords_are_never_shown() {
    let builder = builder(&["open sesame"]);
    let reader = builder
        .from_bytes(encrypted(METHODS[0].1, PASSWORD))
        .unwrap();
    let text = format!("{builder:?} {builder:#?} {reader:?}");
    assert!(!text.contains("sesame"), "{text}");
}

/// Archives that other programs made, with the passwords of upstream's tests.
#[test]
fn archives_of_other_programs_open() {
    let archives = reference_archives().unwrap_or_else(|missing| panic!("{missing}"));
    for (name, password, entries) in [
        (
            "test_read_format_zip_traditional_encryption_data.zip",
            "12345678",
            2,
        ),
        ("test_read_format_zip_winzip_aes128.zip", "password", 1),
        ("test_read_format_zip_winzip_aes256.zip", "password", 1),
        (
            "test_read_format_zip_winzip_aes256_stored.zip",
            "password",
            1,
        ),
        (
            "test_read_format_zip_winzip_aes256_large.zip",
            "password",
            4,
        ),
    ] {
        let path = archives
            .iter()
            .find(|path| path.ends_with(name))
            .expect(name);
        let mut reader = builder(&["invalid", password]).open(path).unwrap();
        let mut read = 0;
        while let Some(mut entry) = reader.next_entry().unwrap() {
            let data = entry.read_to_vec().unwrap();
            assert_eq!(Some(data.len() as u64), entry.size(), "{name}");
            read += usize::from(entry.is_encrypted());
        }
        assert_eq!(read, entries, "{name}");

        let mut reader = builder(&["invalid"]).open(path).unwrap();
        let mut entry = reader.next_entry().unwrap().unwrap();
        let error = entry.read_to_vec().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongPassword, "{name}: {error:?}");
    }
}

/// What libarchive does not decrypt is no data either.
#[test]
fn other_encryption_is_told_to_be_unsupported() {
    if is_older_than(3_008_009, "takes encrypted data of RAR 5 for data") {
        return;
    }
    let archives = reference_archives().unwrap_or_else(|missing| panic!("{missing}"));
    for name in [
        "test_read_format_7zip_encryption.7z",
        "test_read_format_7zip_encryption_header.7z",
        "test_read_format_rar4_encrypted_filenames.rar",
        "test_read_format_rar5_encrypted.rar",
        "test_read_format_rar5_encrypted_filenames.rar",
    ] {
        let path = archives
            .iter()
            .find(|path| path.ends_with(name))
            .expect(name);
        let mut reader = builder(&["password"]).open(path).unwrap();
        let error = loop {
            match reader.next_entry() {
                Ok(entry) => {
                    let mut entry = entry.expect(name);
                    let result = entry.read_to_vec();
                    if entry.is_encrypted() {
                        break result.expect_err(name);
                    }
                    result.expect(name);
                }
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{name}: {error:?}");
    }
}
