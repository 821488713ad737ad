//! Names in UTF-8 and in anything else, in every format, whatever the locale of the process is.

use std::{fmt::Write as _, time::Duration};

use anyarchive::{EntryRef, Reader, ReaderBuilder};
use anyarchive_test_support::{
    child_job, run_as_child,
    samples::{Item, Spec},
};

const LIMIT: Duration = Duration::from_secs(60);

/// Formats that hold a name and a symbolic link.
const FORMATS: &[&str] = &[
    "zip", "7zip", "pax", "paxr", "ustar", "gnutar", "v7tar", "newc", "odc", "bin", "iso9660",
];

/// Two, three and four bytes in UTF-8; the last one is two units in UTF-16.
const UTF8: &[&str] = &["grüße.txt", "dir/文件.txt", "файл", "😀.txt"];

/// Latin-1, Shift JIS, and bytes that are in no encoding.
const OTHER: &[&[u8]] = &[
    b"caf\xe9.txt",
    b"\x83\x65\x83\x58\x83\x67.txt",
    b"\xff\xfe\x01",
];

fn archive(spec: &Spec, name: &[u8]) -> Vec<u8> {
    let items = [
        Item::file(name, "data").owner_names(name, name),
        Item::symlink("symlink", name),
    ];
    spec.to_vec(items).unwrap()
}

/// Runs a check on each entry but the root directory of an ISO image, and counts them.
fn each_entry(builder: &ReaderBuilder, archive: &[u8], mut check: impl FnMut(&EntryRef)) -> usize {
    let mut reader = builder.from_bytes(archive).unwrap();
    let mut count = 0;
    while let Some(entry) = reader.next_entry().unwrap() {
        if entry.path_bytes() != b"." {
            assert!(entry.warning().is_none(), "{:?}", entry.warning());
            check(&entry);
            count += 1;
        }
    }
    count
}

fn check_names(spec: &Spec, format: &str, name: &[u8]) {
    let what = format!("{format}, {}", name.escape_ascii());
    let archive = archive(spec, name);
    let count = each_entry(&Reader::builder(), &archive, |entry| {
        if entry.path_bytes() == b"symlink" {
            assert_eq!(entry.symlink_bytes(), Some(name), "{what}");
        } else if entry.path_bytes() != b"dir" {
            assert_eq!(entry.path_bytes(), name, "{what}");
            // The formats that hold names of owners.
            if let Some(owner) = entry.uname_bytes() {
                assert_eq!(owner, name, "{what}");
                assert_eq!(entry.gname_bytes(), Some(name), "{what}");
            }
        }
    });
    assert!(count >= 2, "{what}");
    let found = Reader::from_bytes(archive)
        .unwrap()
        .find(path(name))
        .unwrap()
        .map(|mut entry| entry.read_to_vec().unwrap());
    assert_eq!(found.as_deref(), Some(&b"data"[..]), "{what}");
}

fn path(name: &[u8]) -> &std::path::Path {
    use std::os::unix::ffi::OsStrExt as _;
    std::ffi::OsStr::from_bytes(name).as_ref()
}

#[test]
fn utf8_names_are_the_same_in_every_format() {
    for format in FORMATS {
        for name in UTF8 {
            check_names(&Spec::new(*format), format, name.as_bytes());
        }
    }
}

#[test]
fn other_names_are_the_bytes_of_the_archive() {
    for format in ["ustar", "gnutar", "v7tar", "newc", "odc", "bin"] {
        for name in OTHER {
            check_names(&Spec::new(format), format, name);
        }
    }
    let pax = Spec::new("pax").option("pax:hdrcharset=BINARY");
    for name in OTHER {
        check_names(&pax, "pax", name);
    }
}

/// A zip whose names were replaced by others of the same length, everywhere.
fn patched_zip(name: &str, by: &[u8]) -> Vec<u8> {
    assert_eq!(name.len(), by.len());
    let mut archive = Spec::new("zip")
        .to_vec([Item::file(name, "data"), Item::file("after", "more")])
        .unwrap();
    let mut replaced = 0;
    for start in 0..archive.len() - by.len() {
        if archive[start..].starts_with(name.as_bytes()) {
            archive[start..][..by.len()].copy_from_slice(by);
            replaced += 1;
        }
    }
    assert_eq!(
        replaced, 2,
        "once before the data and once in the directory"
    );
    archive
}

#[test]
fn a_zip_that_does_not_claim_utf8_gives_its_bytes() {
    for name in OTHER {
        let archive = patched_zip(&"x".repeat(name.len()), name);
        let mut reader = Reader::from_bytes(archive).unwrap();
        let entry = reader.next_entry().unwrap().unwrap();
        assert_eq!(entry.path_bytes(), *name);
        assert!(entry.warning().is_none());
    }
}

#[test]
fn a_charset_can_be_given() {
    for (name, charset, bytes) in [
        ("café.txt", "CP437", &b"caf\x82.txt"[..]),
        ("テスト.txt", "CP932", b"\x83\x65\x83\x58\x83\x67.txt"),
    ] {
        let zip = patched_zip(&"x".repeat(bytes.len()), bytes);
        let tar = Spec::new("ustar").to_vec([Item::file(bytes, "")]).unwrap();
        for (module, archive) in [("zip", zip), ("tar", tar)] {
            let builder = Reader::builder().option(module, "hdrcharset", charset);
            let mut first = true;
            each_entry(&builder, &archive, |entry| {
                if std::mem::take(&mut first) {
                    assert_eq!(entry.path_bytes(), name.as_bytes(), "{module}");
                }
            });
        }
    }
}

/// libarchive gives no name at all then; it says so, and the rest of the archive is not touched.
fn broken_utf8() -> Vec<u8> {
    patched_zip("grü.txt", b"gr\xc3\x28.txt")
}

#[test]
fn a_zip_that_claims_utf8_and_has_none_is_warned_of() {
    let mut reader = Reader::from_bytes(broken_utf8()).unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    let warning = entry.warning().expect("a warning").message().to_owned();
    assert!(warning.contains("cannot be converted"), "{warning}");
    assert_eq!(entry.read_to_vec().unwrap(), b"data");
    let entry = reader.next_entry().unwrap().unwrap();
    assert_eq!(entry.path_bytes(), b"after");
    assert!(entry.warning().is_none());
}

/// When a name cannot be converted while `errno` says, from long ago, that memory ran out, libarchive
/// gives up the archive or, in a getter, exits the process.
#[test]
fn a_stale_errno_does_no_harm() {
    const NAME: &str = "a_stale_errno_does_no_harm";
    if child_job().is_none() {
        let finished = run_as_child(NAME, "", &[], LIMIT).unwrap();
        assert_eq!(finished.problem(), None);
        assert!(finished.stdout.contains("survived"));
        return;
    }
    let pax = Spec::new("pax").option("pax:hdrcharset=BINARY");
    let ustar = archive(&Spec::new("ustar"), OTHER[0]);
    for archive in [broken_utf8(), archive(&pax, OTHER[2]), ustar] {
        set_no_memory();
        let mut reader = Reader::from_bytes(archive).unwrap();
        loop {
            set_no_memory();
            let Some(entry) = reader.next_entry().unwrap() else {
                break;
            };
            let getters: &[fn(&EntryRef)] = &[
                |entry| drop(entry.path_bytes().to_vec()),
                |entry| drop(entry.path().into_owned()),
                |entry| drop(entry.hardlink_bytes().map(<[u8]>::to_vec)),
                |entry| drop(entry.symlink_bytes().map(<[u8]>::to_vec)),
                |entry| drop(entry.uname().map(|name| name.into_owned())),
                |entry| drop(entry.gname().map(|name| name.into_owned())),
                |entry| drop(entry.fflags_text()),
                |entry| drop(entry.acl()),
                |entry| drop(entry.xattrs()),
                |entry| drop(format!("{entry:?}")),
            ];
            for getter in getters {
                set_no_memory();
                getter(&entry);
            }
        }
    }
    println!("survived");
}

fn set_no_memory() {
    errno::set_errno(errno::Errno(libc::ENOMEM));
}

/// Every name in every format, as text to compare.
fn all_names() -> String {
    let mut text = String::new();
    for format in FORMATS {
        for name in UTF8 {
            let archive = archive(&Spec::new(*format), name.as_bytes());
            each_entry(&Reader::builder(), &archive, |entry| {
                let link = entry.symlink_bytes().unwrap_or_default().escape_ascii();
                let path = entry.path_bytes().escape_ascii();
                writeln!(text, "{format} {path} {link} {:?}", entry.uname()).unwrap();
            });
        }
    }
    text
}

#[test]
fn the_locale_of_the_process_changes_nothing() {
    const NAME: &str = "the_locale_of_the_process_changes_nothing";
    if let Some(job) = child_job() {
        if job == "setlocale" {
            // SAFETY: a valid category and a terminated string; the one thread of this process that
            // could read the locale meanwhile, the test harness, waits for this test.
            let set = unsafe { libc::setlocale(libc::LC_ALL, c"".as_ptr()) };
            assert!(!set.is_null());
        }
        println!("\nNAMES\n{}END", all_names());
        return;
    }
    let expected = all_names();
    assert!(expected.lines().count() >= 2 * FORMATS.len() * UTF8.len());
    for locale in ["C", "POSIX", "C.UTF-8"] {
        // A program in C takes over the locale of its environment; one in Rust does not.
        for job in ["setlocale", "plain"] {
            let environment = [("LC_ALL", locale), ("LANG", locale)];
            let finished = run_as_child(NAME, job, &environment, LIMIT).unwrap();
            assert_eq!(finished.problem(), None, "{locale}, {job}");
            let names = finished.stdout.split_once("NAMES\n").unwrap().1;
            let names = names.split_once("END").unwrap().0;
            assert_eq!(names, expected, "{locale}, {job}");
        }
    }
}
/// Where an archive says that a name is Unicode, libarchive gives its composed form (NFC), so that
/// names that look the same are the same.
#[test]
fn unicode_names_are_composed() {
    let name = "cafe\u{301}.txt";
    for format in FORMATS {
        let expected = match *format {
            "zip" | "7zip" | "pax" | "paxr" => "café.txt",
            _ => name,
        };
        let archive = Spec::new(*format).to_vec([Item::file(name, "")]).unwrap();
        each_entry(&Reader::builder(), &archive, |entry| {
            assert_eq!(entry.path_bytes(), expected.as_bytes(), "{format}");
        });
    }
}
