// error[E0499]
//! The bytes of a block are gone with the next one, however they were come by.

use anyarchive::Reader;

fn main() {
    let mut reader = Reader::from_bytes("").unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    let data = entry.next_block().unwrap().unwrap().data();
    let _next = entry.next_block().unwrap(); //~
    println!("{data:?}");
}
