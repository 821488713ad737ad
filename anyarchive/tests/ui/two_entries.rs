// error[E0499]
//! There is one entry at a time: the next one takes the place of the last.

use anyarchive::Reader;

fn main() {
    let mut reader = Reader::from_bytes("").unwrap();
    let first = reader.next_entry().unwrap();
    let second = reader.next_entry().unwrap(); //~
    drop((first, second));
}
