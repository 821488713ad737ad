//! The same tree, whenever and by whomever it is written, gives the same bytes.

use anyarchive::{
    EntryBuf, ErrorKind, Password, Timestamp, WriteFilter, WriteFormat, ZipEncryption,
};

use crate::world::{Item, builtin, formats, noise, plain, write};

/// The same files as two people see them at two times.
fn tree(who: u64) -> Vec<Item> {
    let one = |item: Item| {
        let mut item = item;
        let time = |n| Timestamp {
            seconds: 1_000_000_000 + n,
            nanoseconds: 500 + who as u32,
        };
        let entry: &mut EntryBuf = &mut item.entry;
        entry
            .set_mtime(time(who as i64))
            .and_then(|entry| entry.set_atime(time(3 * who as i64)))
            .and_then(|entry| entry.set_ctime(time(5 * who as i64)))
            .and_then(|entry| entry.set_birthtime(time(-(who as i64))))
            .and_then(|entry| entry.set_uid(1000 + who))
            .and_then(|entry| entry.set_gid(2000 + who))
            .and_then(|entry| entry.set_uname(format!("user{who}")))
            .and_then(|entry| entry.set_gname(format!("group{who}")))
            .and_then(|entry| entry.set_ino(7000 + who))
            .and_then(|entry| entry.set_dev(8, who))
            .unwrap();
        item
    };
    vec![
        one(Item::file("a.txt", "text\n".repeat(1000))),
        one(Item::file("b.bin", noise(50_000))),
    ]
}

#[test]
fn two_runs_give_the_same_bytes() {
    let mut written = 0;
    for format in formats() {
        let settings = plain(format).reproducible();
        let items = |who| {
            let mut items = tree(who);
            if format == WriteFormat::Raw {
                items.truncate(1);
            }
            items
        };
        match write(&settings, &items(1)) {
            Ok(first) => {
                assert!(first == write(&settings, &items(2)).unwrap(), "{format}");
                // Without it they differ, where anything of this is in the archive.
                let keeps_it = !matches!(format, WriteFormat::Raw | WriteFormat::Shar);
                let differ = write(&plain(format), &items(1)).unwrap()
                    != write(&plain(format), &items(2)).unwrap();
                assert_eq!(differ, keeps_it, "{format}");
                written += 1;
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Unsupported, "{format}: {error}");
                assert!(matches!(
                    format,
                    WriteFormat::Iso9660 | WriteFormat::Xar | WriteFormat::Warc
                ));
            }
        }
    }
    assert!(written >= 17);
}

#[test]
fn filters_note_no_time() {
    for filter in builtin() {
        let settings = plain(WriteFormat::Pax).filter(filter).reproducible();
        match write(&settings, &tree(1)) {
            Ok(first) => {
                assert!(first == write(&settings, &tree(2)).unwrap(), "{filter}");
                if filter == WriteFilter::Gzip {
                    assert_eq!(first[4..8], [0; 4]);
                }
            }
            Err(error) => assert_eq!(filter, WriteFilter::Lzop, "{error}"),
        }
    }
}

#[test]
fn what_cannot_be_reproduced_is_refused() {
    let password = Password::new("secret").unwrap();
    let zip = plain(WriteFormat::Zip).encrypt(ZipEncryption::Aes256, &password);
    let error = zip.reproducible().to_vec().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
