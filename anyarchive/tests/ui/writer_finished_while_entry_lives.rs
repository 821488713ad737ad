// error[E0505]
//! An archive is not completed while an entry is open.

use anyarchive::{EntryBuf, Format, Writer};

fn main() {
    let mut writer = Writer::builder(Format::Tar).to_vec().unwrap();
    let entry = writer.start_entry(EntryBuf::file("a", 1).unwrap()).unwrap();
    let archive = writer.finish().unwrap(); //~
    println!("{entry:?} {archive:?}");
}
