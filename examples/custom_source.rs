//! An archive that arrives in pieces from another thread, and what becomes of a panic in the
//! source: `cargo run --example custom_source -- ARCHIVE`.

use std::{
    env,
    io::{self, Read},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, sync_channel},
    thread,
};

use anyarchive::Reader;

/// Bytes sent by another thread.
struct Pieces {
    from: Receiver<Vec<u8>>,
    rest: io::Cursor<Vec<u8>>,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.rest.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            match self.from.recv() {
                Ok(piece) => self.rest = io::Cursor::new(piece),
                Err(_) => return Ok(0),
            }
        }
    }
}

/// A source with a bug.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        panic!("a bug in the source");
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let archive = env::args_os()
        .nth(1)
        .ok_or("usage: custom_source ARCHIVE")?;
    let (to, from) = sync_channel(4);
    let sender = thread::spawn(move || -> io::Result<()> {
        for piece in std::fs::read(archive)?.chunks(10_000) {
            if to.send(piece.to_vec()).is_err() {
                break;
            }
        }
        Ok(())
    });
    let rest = io::Cursor::default();
    let mut reader = Reader::from_reader(Pieces { from, rest })?;
    while let Some(entry) = reader.next_entry()? {
        println!("{:?}", entry.path());
    }
    drop(reader);
    sender.join().expect("the sender does not panic")?;

    // The panic unwinds to here, after the C code has returned.
    let caught = catch_unwind(AssertUnwindSafe(|| Reader::from_reader(Broken).map(drop)));
    println!("the panic arrived: {}", caught.is_err());
    Ok(())
}
