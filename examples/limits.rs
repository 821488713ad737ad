//! Unpacks something that a stranger sent, within limits:
//! `cargo run --example limits -- ARCHIVE DIRECTORY`.

use std::{env, time::Duration};

use anyarchive::{ErrorKind, Extractor, Limits, Reader};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = env::args_os().skip(1);
    let (Some(archive), Some(directory)) = (args.next(), args.next()) else {
        return Err("usage: limits ARCHIVE DIRECTORY".into());
    };
    // A preset for servers, made a little stricter.
    let limits = Limits::server()
        .entries(1_000)
        .total_bytes(64 << 20)
        .time(Duration::from_secs(60));
    let mut reader = Reader::open(archive)?;
    match Extractor::new()
        .limits(limits)
        .extract(&mut reader, directory)
    {
        Ok(report) => println!("{} entries, {} bytes", report.entries(), report.bytes()),
        Err(error) if error.kind() == ErrorKind::Refused => println!("too much: {error}"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
