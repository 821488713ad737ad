// error[E0499]
//! A remark is about the entry it came with.

use anyarchive::Reader;

fn main() {
    let mut reader = Reader::from_bytes("").unwrap();
    let warning = reader.next_entry().unwrap().unwrap().warning();
    let _next = reader.next_entry().unwrap(); //~
    println!("{warning:?}");
}
