// error[E0505]
//! A writer ends the archive in its sink when it is dropped.

use anyarchive::{Format, Writer};

fn main() {
    let mut bytes = Vec::new();
    let writer = Writer::builder(Format::Tar).to_writer(&mut bytes).unwrap();
    drop(bytes); //~
    writer.finish().unwrap();
}
