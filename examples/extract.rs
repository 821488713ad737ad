//! Unpacks an archive below a directory: `cargo run --example extract -- ARCHIVE DIRECTORY`.

use std::env;

use anyarchive::Reader;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = env::args_os().skip(1);
    let (Some(archive), Some(directory)) = (args.next(), args.next()) else {
        return Err("usage: extract ARCHIVE DIRECTORY".into());
    };
    let report = Reader::open(archive)?.extract(directory)?;
    println!("{} entries, {} bytes", report.entries(), report.bytes());
    // What was refused or failed is data, entry by entry.
    for item in report.items() {
        println!("{item}");
    }
    Ok(())
}
