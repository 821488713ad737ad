// error[E0499]
//! Nothing can come between the data of an entry.

use std::io::Write as _;

use anyarchive::{EntryBuf, Format, Writer};

fn main() {
    let mut writer = Writer::builder(Format::Tar).to_vec().unwrap();
    let mut entry = writer.start_entry(EntryBuf::file("a", 1).unwrap()).unwrap();
    writer.append_bytes("b", b"2").unwrap(); //~
    entry.write_all(b"1").unwrap();
}
