// error[E0502]
//! What a getter lends is gone with the next change of the entry.

use anyarchive::EntryBuf;

fn main() {
    let mut entry = EntryBuf::file("before", 0).unwrap();
    let name = entry.path_bytes();
    entry.set_path("after").unwrap(); //~
    println!("{name:?}");
}
