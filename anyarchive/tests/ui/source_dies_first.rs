// error[E0597]
//! Nor does a reader over a borrowed source, also when it is put away as `'static`.

use std::io::Cursor;

use anyarchive::Reader;

fn main() {
    let mut source = Cursor::new(vec![0; 512]);
    let reader: Reader<'static> = Reader::from_seekable(&mut source).unwrap(); //~
    drop(reader);
}
