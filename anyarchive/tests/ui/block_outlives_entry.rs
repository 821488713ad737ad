// error[E0505]
//! A block is gone with its entry.

use anyarchive::Reader;

fn main() {
    let mut reader = Reader::from_bytes("").unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    let block = entry.next_block().unwrap();
    drop(entry); //~
    println!("{block:?}");
}
