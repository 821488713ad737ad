//! Makes an archive of another format out of one:
//! `cargo run --example convert -- FROM TO`.

use std::env;

use anyarchive::{Loss, Reader, Writer, convert};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = env::args_os().skip(1);
    let (Some(from), Some(to)) = (args.next(), args.next()) else {
        return Err("usage: convert FROM TO".into());
    };
    let mut reader = Reader::open(from)?;
    let mut writer = Writer::create(to)?;
    let report = convert(&mut reader, &mut writer).run()?;
    for issue in report.issues() {
        // Such as a device, which not every format can hold.
        if !matches!(issue.loss(), Loss::Metadata(_)) {
            eprintln!("{issue}");
        }
    }
    if !report.lost_metadata().is_empty() {
        eprintln!("the new format does not keep: {}", report.lost_metadata());
    }
    println!("{} entries", report.entries());
    writer.finish()?;
    Ok(())
}
