//! Reads an archive from standard input, which cannot seek, and counts its bytes:
//! `cargo run --example stream < ARCHIVE`.

use std::io;

use anyarchive::Reader;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut reader = Reader::from_reader(io::stdin())?;
    let mut total = 0;
    while let Some(mut entry) = reader.next_entry()? {
        total += io::copy(&mut entry, &mut io::sink())?;
    }
    println!("{} entries, {total} bytes", reader.entries_read());
    Ok(())
}
