// error[E0382]
//! A completed entry takes no more.

use std::io::Write as _;

use anyarchive::{EntryBuf, Format, Writer};

fn main() {
    let mut writer = Writer::builder(Format::Tar).to_vec().unwrap();
    let mut entry = writer.start_entry(EntryBuf::file("a", 1).unwrap()).unwrap();
    entry.finish().unwrap();
    entry.write_all(b"1").unwrap(); //~
}
