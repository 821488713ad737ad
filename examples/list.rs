//! Lists an archive: `cargo run --example list -- ARCHIVE`.

use std::{env, process::ExitCode};

use anyarchive::{Reader, Result};

fn main() -> ExitCode {
    let Some(path) = env::args_os().nth(1) else {
        eprintln!("usage: list ARCHIVE");
        return ExitCode::from(2);
    };
    match list(path.as_ref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn list(path: &std::path::Path) -> Result<()> {
    let mut reader = Reader::open(path)?;
    while let Some(entry) = reader.next_entry()? {
        let size = entry.size().map_or("?".into(), |size| size.to_string());
        // Debug, not Display: a name may hold control characters.
        println!(
            "{}{:04o} {size:>12} {:?}",
            entry.file_type().letter(),
            entry.mode(),
            entry.path()
        );
    }
    println!(
        "{} entries, {}, filters {:?}",
        reader.entries_read(),
        reader.format_name().unwrap_or_default(),
        reader.filters()
    );
    Ok(())
}
