//! The library as a program of its own: `library extract ARCHIVE DIRECTORY`.

use std::{env, error::Error, ffi::OsString};

use anyarchive::{Extractor, Limits, Reader};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<OsString> = env::args_os().skip(1).collect();
    let [task, archive, directory] = &args[..] else {
        return Err("library extract ARCHIVE DIRECTORY".into());
    };
    if task != "extract" {
        return Err("library extract ARCHIVE DIRECTORY".into());
    }
    // The largest corpus has a million files, and directories.
    let mut extractor = Extractor::new().limits(Limits::default().entries(None));
    extractor.extract(&mut Reader::open(archive)?, directory)?;
    match extractor.report().is_clean() {
        true => Ok(()),
        false => Err("not everything was extracted".into()),
    }
}
