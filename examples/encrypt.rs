//! Makes an encrypted ZIP of files, with a password from standard input:
//! `cargo run --example encrypt -- ARCHIVE FILE... < PASSWORD-FILE`.

use std::{env, io};

use anyarchive::{Format, Password, Writer, ZipEncryption};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = env::args_os().skip(1);
    let archive = args.next().ok_or("usage: encrypt ARCHIVE FILE...")?;
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    let password = Password::new(line.trim_end_matches('\n'))?;
    let zip = Writer::builder(Format::Zip).encrypt(ZipEncryption::Aes256, &password);
    let mut writer = zip.create(archive)?;
    for path in args {
        writer.append_path(path)?;
    }
    println!("{} files", writer.entries_written());
    writer.finish()?;
    Ok(())
}
