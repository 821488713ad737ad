// error[E0502]
//! What is looked at of the sink is gone when the writer goes on.

use anyarchive::{Format, Writer};

fn main() {
    let mut writer = Writer::builder(Format::Tar).to_vec().unwrap();
    let bytes: &[u8] = writer.sink();
    writer.append_bytes("a", b"1").unwrap(); //~
    println!("{bytes:?}");
}
