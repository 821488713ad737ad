// error[E0499]
//! Two archives do not go into one sink at once.

use anyarchive::{Format, Writer};

fn main() {
    let mut bytes = Vec::new();
    let first = Writer::builder(Format::Tar).to_writer(&mut bytes).unwrap();
    let second = Writer::builder(Format::Tar).to_writer(&mut bytes).unwrap(); //~
    println!("{first:?} {second:?}");
}
