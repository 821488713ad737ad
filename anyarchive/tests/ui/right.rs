// compiles
//! The right way, by which the others are known to fail for no other reason.

use std::io::{Cursor, Read as _};

use anyarchive::{EntryRef, Reader};

fn shrink<'short>(reader: Reader<'static>, _: &'short str) -> Reader<'short> {
    reader
}

fn main() {
    let mut source = Cursor::new(vec![0; 512]);
    let mut reader = Reader::from_seekable(&mut source).unwrap();
    while let Some(mut entry) = reader.next_entry().unwrap() {
        let metadata: &EntryRef = &entry;
        println!("{:?} {:?}", metadata.path_bytes(), entry.warning());
        if let Some(block) = entry.next_block().unwrap() {
            println!("{block:?}");
        }
        std::thread::scope(|scope| {
            scope.spawn(move || entry.read(&mut [0; 8]).unwrap());
        });
    }
    let reader = shrink(Reader::from_bytes(vec![0; 512]).unwrap(), "");
    std::thread::scope(|scope| {
        scope.spawn(move || drop(reader));
    });
}
