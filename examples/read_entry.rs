//! Writes one file of an archive to standard output:
//! `cargo run --example read_entry -- ARCHIVE PATH`.

use std::{
    env,
    io::{self, Write},
};

use anyarchive::Reader;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = env::args_os().skip(1);
    let (Some(archive), Some(path)) = (args.next(), args.next()) else {
        return Err("usage: read_entry ARCHIVE PATH".into());
    };
    let mut reader = Reader::open(archive)?;
    let mut entry = reader.find(&path)?.ok_or("no such entry")?;
    // Blocks come without a copy. What lies between them is a hole, and the gap is zeros.
    let mut out = io::stdout().lock();
    let mut written = 0;
    while let Some(block) = entry.next_block()? {
        io::copy(
            &mut io::Read::take(io::repeat(0), block.offset() - written),
            &mut out,
        )?;
        out.write_all(&block)?;
        written = block.offset() + block.len() as u64;
    }
    Ok(())
}
