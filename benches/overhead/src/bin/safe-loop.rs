//! The same loops as in `loop.c`, by the safe crate.
//!
//! `safe-loop list|blocks|read BLOCK ARCHIVE`

use std::{
    env,
    error::Error,
    io::{ErrorKind, Read as _},
};

use anyarchive::Reader;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [task, block, archive] = &args[..] else {
        return Err("safe-loop list|blocks|read BLOCK ARCHIVE".into());
    };
    let builder = Reader::builder().block_size(block.parse()?);
    let mut reader = builder.open(archive)?;
    let sum = match task.as_str() {
        "list" => list(&mut reader)?,
        "blocks" => blocks(&mut reader)?,
        _ => copies(&mut reader)?,
    };
    println!("{sum}");
    Ok(())
}

/// Names and sizes.
fn list(reader: &mut Reader<'_>) -> anyarchive::Result<u64> {
    let mut sum = 0;
    while let Some(entry) = reader.next_entry()? {
        sum += entry.path_bytes().len() as u64 + entry.size().unwrap_or(0);
    }
    Ok(sum)
}

/// Data in blocks that are lent.
fn blocks(reader: &mut Reader<'_>) -> anyarchive::Result<u64> {
    let mut sum = 0;
    while let Some(mut entry) = reader.next_entry()? {
        while let Some(block) = entry.next_block()? {
            sum += block.len() as u64;
        }
    }
    Ok(sum)
}

/// Data copied into a buffer.
fn copies(reader: &mut Reader<'_>) -> Result<u64, Box<dyn Error>> {
    let mut buffer = vec![0; 1024 * 1024];
    let mut sum = 0;
    while let Some(mut entry) = reader.next_entry()? {
        loop {
            match entry.read(&mut buffer) {
                Ok(0) => break,
                Ok(len) => sum += len as u64,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(sum)
}
