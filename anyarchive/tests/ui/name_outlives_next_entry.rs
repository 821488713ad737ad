// error[E0499]
//! What a getter lends is gone when the reader goes on.

use anyarchive::Reader;

fn main() {
    let mut reader = Reader::from_bytes("").unwrap();
    let first = reader.next_entry().unwrap().unwrap();
    let name = first.path_bytes();
    let _second = reader.next_entry().unwrap(); //~
    println!("{name:?}");
}
