//! `throughput WHO list|stream ARCHIVE`: an archive, by anyarchive or by the crate tar.

use std::{env, error::Error, fs::File, io::Read, time::Instant};

use anyarchive::Reader;

/// Entries, bytes of their names, bytes of data (or of sizes).
type Counts = (u64, u64, u64);

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [who, task, path] = &args[..] else {
        return Err("throughput WHO list|stream ARCHIVE".into());
    };
    let list = task == "list";
    let start = Instant::now();
    let (entries, names, bytes) = match who.as_str() {
        "anyarchive" => with_anyarchive(path, list)?,
        "tar" => with_tar(path, list)?,
        _ => return Err("WHO is anyarchive or tar".into()),
    };
    let seconds = start.elapsed().as_secs_f64();
    println!("{entries} {names} {bytes} {seconds:.6}");
    Ok(())
}

fn with_anyarchive(path: &str, list: bool) -> Result<Counts, Box<dyn Error>> {
    let (mut entries, mut names, mut bytes) = (0, 0, 0);
    let mut reader = Reader::open(path)?;
    while let Some(mut entry) = reader.next_entry()? {
        entries += 1;
        names += entry.path_bytes().len() as u64;
        bytes += match list {
            true => entry.size().unwrap_or(0),
            false => drain(&mut entry)?,
        };
    }
    Ok((entries, names, bytes))
}

fn with_tar(path: &str, list: bool) -> Result<Counts, Box<dyn Error>> {
    let (mut entries, mut names, mut bytes) = (0, 0, 0);
    let mut archive = tar::Archive::new(File::open(path)?);
    for entry in archive.entries_with_seek()? {
        let mut entry = entry?;
        entries += 1;
        names += entry.path_bytes().len() as u64;
        bytes += match list {
            true => entry.size(),
            false => drain(&mut entry)?,
        };
    }
    Ok((entries, names, bytes))
}

fn drain(data: &mut impl Read) -> std::io::Result<u64> {
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        match data.read(&mut buffer)? {
            0 => return Ok(bytes),
            count => bytes += count as u64,
        }
    }
}
