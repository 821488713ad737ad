//! Copies every entry of an archive into one of another format:
//! `cargo run --example convert -- FROM TO`.

use std::env;

use anyarchive::{Reader, Writer};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = env::args_os().skip(1);
    let (Some(from), Some(to)) = (args.next(), args.next()) else {
        return Err("usage: convert FROM TO".into());
    };
    let mut reader = Reader::open(from)?;
    let mut writer = Writer::create(to)?;
    while let Some(mut entry) = reader.next_entry()? {
        match writer.append_from(&mut entry) {
            Ok(()) => {}
            // Such as a device, which not every format can hold: the others can follow.
            Err(error) if error.is_recoverable() => println!("left out: {error}"),
            Err(error) => return Err(error.into()),
        }
    }
    println!("{} entries", writer.entries_written());
    writer.finish()?;
    Ok(())
}
