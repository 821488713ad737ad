// error[E0277]
//! Nor can one thread have the metadata while another has the entry.

use anyarchive::{EntryRef, Reader};

fn main() {
    let mut reader = Reader::from_bytes("").unwrap();
    let entry = reader.next_entry().unwrap().unwrap();
    let metadata: &EntryRef = &entry;
    std::thread::scope(|scope| {
        scope.spawn(move || metadata.path_bytes().len()); //~
    });
}
