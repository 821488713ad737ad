//! Unpacks an archive, shows how far it is, and stops when it is too much:
//! `cargo run --example progress -- ARCHIVE DIRECTORY MOST-BYTES`.

use std::env;

use anyarchive::{ErrorKind, Extractor, Flow, Reader};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = env::args_os().skip(1);
    let (Some(archive), Some(directory), Some(most)) = (args.next(), args.next(), args.next())
    else {
        return Err("usage: progress ARCHIVE DIRECTORY MOST-BYTES".into());
    };
    let most: u64 = most.to_str().ok_or("MOST-BYTES is a number")?.parse()?;
    let mut reader = Reader::open(archive)?;
    let mut extractor = Extractor::new().on_progress(move |progress| {
        let total = progress.total_bytes().unwrap_or(0);
        eprint!("\r{} of {total} bytes", progress.bytes_read());
        match progress.bytes_written() > most {
            true => Flow::Stop,
            false => Flow::Continue,
        }
    });
    let result = extractor.extract(&mut reader, directory);
    eprintln!();
    match result {
        Ok(_) => println!("all {} entries", extractor.report().entries()),
        Err(error) if error.kind() == ErrorKind::Cancelled => {
            println!("stopped after {} entries", extractor.report().entries());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
