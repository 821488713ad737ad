// error[E0499]
//! There is one block at a time: the next one takes the place of the last.

use anyarchive::Reader;

fn main() {
    let mut reader = Reader::from_bytes("").unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    let first = entry.next_block().unwrap();
    let second = entry.next_block().unwrap(); //~
    println!("{first:?} {second:?}");
}
