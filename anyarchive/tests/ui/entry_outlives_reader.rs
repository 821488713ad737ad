// error[E0505]
//! An entry is gone with its reader.

use anyarchive::Reader;

fn main() {
    let mut reader = Reader::from_bytes("").unwrap();
    let entry = reader.next_entry().unwrap();
    drop(reader); //~
    drop(entry);
}
