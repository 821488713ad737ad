// error[E0382]
//! A completed archive takes no more.

use anyarchive::{Format, Writer};

fn main() {
    let mut writer = Writer::builder(Format::Tar).to_vec().unwrap();
    let archive = writer.finish().unwrap();
    writer.append_bytes("a", b"1").unwrap(); //~
    println!("{archive:?}");
}
