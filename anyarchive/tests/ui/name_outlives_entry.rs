// error[E0505]
//! What a getter lends is gone with the entry.

use anyarchive::Reader;

fn main() {
    let mut reader = Reader::from_bytes("").unwrap();
    let entry = reader.next_entry().unwrap().unwrap();
    let name = entry.path_bytes();
    drop(entry); //~
    println!("{name:?}");
}
