// error[E0499]
//! A conversion has both archives alone.

use anyarchive::{Format, Reader, Writer, convert};

fn main() {
    let mut reader = Reader::from_bytes("").unwrap();
    let mut writer = Writer::builder(Format::Tar).to_vec().unwrap();
    let conversion = convert(&mut reader, &mut writer);
    reader.next_entry().unwrap(); //~
    conversion.run().unwrap();
}
