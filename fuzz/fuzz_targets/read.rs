//! Any bytes as an archive: every entry, every getter, some data of each, by both kinds of source.

#![no_main]

use std::io::{Cursor, Read as _};

use anyarchive::{Entry, Reader};
use libfuzzer_sys::fuzz_target;

/// Most that is read in one run, bytes and entries.
const MAX_DATA: u64 = 4 << 20;
const MAX_ENTRIES: usize = 300;

fuzz_target!(|input: &[u8]| {
    let Some((&mode, archive)) = input.split_last() else {
        return;
    };
    let builder = Reader::builder().block_size(1 << (9 + usize::from(mode >> 2) % 8));
    let reader = match mode & 3 {
        0 => builder.from_bytes(archive),
        1 => builder.from_reader(archive),
        2 => builder.from_seekable(Cursor::new(archive)),
        _ => builder.strict(true).from_bytes(archive),
    };
    if let Ok(mut reader) = reader {
        read(&mut reader, mode);
    }
});

fn read(reader: &mut Reader<'_>, mode: u8) {
    let mut left = MAX_DATA;
    for number in 0..MAX_ENTRIES {
        match reader.next_entry() {
            Ok(Some(mut entry)) => {
                look(&entry);
                match (usize::from(mode) + number) % 3 {
                    0 => left = blocks(&mut entry, left),
                    1 => {
                        let mut data = (&mut entry).take(left);
                        let count = std::io::copy(&mut data, &mut std::io::sink());
                        left -= count.unwrap_or(0);
                    }
                    _ => {}
                }
            }
            Ok(None) => break,
            Err(error) if error.is_recoverable() => {
                let _ = format!("{error:#} {error:?}");
            }
            Err(error) => {
                let _ = format!("{error:#} {error:?}");
                // What follows a failure for good is the end.
                assert!(matches!(reader.next_entry(), Ok(None)));
                break;
            }
        }
        if left == 0 {
            break;
        }
    }
    let _ = (reader.format(), reader.format_name(), reader.filters());
    let _ = (reader.warning(), reader.header_position(), reader.encryption_support());
}

fn blocks(entry: &mut Entry<'_>, mut left: u64) -> u64 {
    let mut end = 0;
    while left > 0 {
        match entry.next_block() {
            Ok(Some(block)) => {
                // Blocks never go back.
                assert!(block.offset() >= end);
                end = block.offset() + block.len() as u64;
                left = left.saturating_sub(block.len().max(1) as u64);
            }
            Ok(None) | Err(_) => break,
        }
    }
    left
}

/// Everything that an entry tells.
fn look(entry: &Entry<'_>) {
    let text = format!("{entry:?} {}", entry.path().display());
    assert!(!text.is_empty());
    let _ = (entry.path_bytes(), entry.hardlink_bytes(), entry.symlink_bytes());
    let _ = (entry.uname_bytes(), entry.gname_bytes(), entry.fflags_text());
    let _ = (entry.size(), entry.mode(), entry.uid(), entry.gid(), entry.file_type());
    let _ = (entry.mtime(), entry.atime(), entry.ctime(), entry.birthtime());
    let _ = (entry.acl(), entry.xattrs(), entry.is_encrypted(), entry.nlink());
    let copy = (**entry).to_owned();
    assert_eq!(copy.path_bytes(), entry.path_bytes());
    assert_eq!(copy.size(), entry.size());
}
