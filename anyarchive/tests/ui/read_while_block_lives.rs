// error[E0499]
//! A block is gone when the entry is read in the other way.

use std::io::Read as _;

use anyarchive::Reader;

fn main() {
    let mut reader = Reader::from_bytes("").unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    let block = entry.next_block().unwrap();
    let count = entry.read(&mut [0; 8]).unwrap(); //~
    println!("{block:?} {count}");
}
