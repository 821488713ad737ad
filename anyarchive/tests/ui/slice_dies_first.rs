// error[E0597]
//! A reader over a slice does not outlive it.

use anyarchive::Reader;

fn main() {
    let reader;
    {
        let bytes = vec![0; 512];
        reader = Reader::from_bytes(bytes.as_slice()).unwrap(); //~
    }
    drop(reader);
}
