// error[E0499]
//! A writer has one entry at a time.

use anyarchive::{EntryBuf, Format, Writer};

fn main() {
    let mut writer = Writer::builder(Format::Tar).to_vec().unwrap();
    let first = writer.start_entry(EntryBuf::file("a", 1).unwrap()).unwrap();
    let second = writer.start_entry(EntryBuf::file("b", 1).unwrap()).unwrap(); //~
    println!("{first:?} {second:?}");
}
