//! Makes a tar.zst, or what else the name asks for, of a directory:
//! `cargo run --example create -- ARCHIVE DIRECTORY`.

use std::env;

use anyarchive::{Walk, Writer};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = env::args_os().skip(1);
    let (Some(archive), Some(directory)) = (args.next(), args.next()) else {
        return Err("usage: create ARCHIVE DIRECTORY".into());
    };
    let mut writer = Writer::create(archive)?;
    let mut walk = Walk::builder().sorted(true).open(directory)?;
    // `append_dir_all` ends at the first problem, this goes on and reports.
    let report = writer.append_walk(&mut walk)?;
    for problem in report.problems() {
        println!("{problem}");
    }
    for warning in writer.warnings() {
        println!("{warning}");
    }
    println!("{} entries, {} bytes", report.entries(), report.bytes());
    writer.finish()?;
    Ok(())
}
