//! Lists an encrypted ZIP and reads it with a password from standard input:
//! `cargo run --example password -- ARCHIVE < PASSWORD-FILE`.

use std::{env, io};

use anyarchive::{ErrorKind, Password, Reader};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let archive = env::args_os().nth(1).ok_or("usage: password ARCHIVE")?;
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    let password = Password::new(line.trim_end_matches('\n'))?;
    let mut reader = Reader::builder().password(password).open(archive)?;
    while let Some(mut entry) = reader.next_entry()? {
        let locked = if entry.is_encrypted() {
            "locked"
        } else {
            "open"
        };
        match entry.read_to_vec() {
            Ok(data) => println!("{:?}: {locked}, {} bytes", entry.path(), data.len()),
            Err(error) if error.kind() == ErrorKind::WrongPassword => {
                println!("{:?}: the password does not fit", entry.path());
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
