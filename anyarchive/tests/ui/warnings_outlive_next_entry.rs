// error[E0502]
//! The list of remarks can move when there is another one.

use anyarchive::{Format, Writer};

fn main() {
    let mut writer = Writer::builder(Format::Tar).to_vec().unwrap();
    let warnings = writer.warnings();
    writer.append_bytes("a", b"1").unwrap(); //~
    println!("{warnings:?}");
}
