//! Reference archives with damage: whatever comes out, what the crate promises of it holds.

use std::fs;

use anyarchive::Reader;
use anyarchive_test_support::{is_older_than, reference_archives};

/// Larger ones would take most of the time.
const MAX_ARCHIVE: u64 = 16 << 10;
const MAX_DATA: u64 = 1 << 20;

/// A generator that gives the same numbers everywhere.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

/// Reads everything, and counts the blocks.
fn blocks(archive: &[u8], name: &str) -> usize {
    let mut count = 0;
    let mut left = MAX_DATA;
    let Ok(mut reader) = Reader::from_bytes(archive) else {
        return 0;
    };
    loop {
        match reader.next_entry() {
            Ok(Some(mut entry)) => {
                let mut end = 0;
                while let Ok(Some(block)) = entry.next_block() {
                    assert!(block.offset() >= end, "{name}: a block goes back");
                    end = block.offset() + block.len() as u64;
                    count += 1;
                    left = left.saturating_sub(1 + block.len() as u64);
                    if left == 0 {
                        return count;
                    }
                }
            }
            Ok(None) => return count,
            Err(error) if error.is_recoverable() => {}
            Err(_) => {
                assert!(
                    matches!(reader.next_entry(), Ok(None)),
                    "{name}: no end after what cannot go on"
                );
                return count;
            }
        }
    }
}

#[test]
fn blocks_follow_one_another_and_nothing_follows_a_failure() {
    if is_older_than(3_008_009, "crashes or hangs on damaged archives") {
        return;
    }
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut archives = 0;
    let mut count = 0;
    for path in reference_archives().unwrap_or_else(|missing| panic!("{missing}")) {
        if fs::metadata(&path).unwrap().len() > MAX_ARCHIVE {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy();
        let bytes = fs::read(&path).unwrap();
        if bytes.is_empty() {
            continue;
        }
        archives += 1;
        for _ in 0..12 {
            let mut damaged = bytes.clone();
            for _ in 0..=numbers.below(3) {
                let at = numbers.below(damaged.len());
                damaged[at] ^= 1 << numbers.below(8);
            }
            count += blocks(&damaged, &name);
        }
    }
    println!("{count} blocks of {archives} archives");
    assert!(archives > 200 && count > 1000, "{archives}, {count}");
}
