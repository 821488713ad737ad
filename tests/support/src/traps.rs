//! Programs in the place of those that must not be started.

use std::{fs, io, os::unix::fs::PermissionsExt as _, path::Path};

/// What libarchive would start to decode or encode, and what else might be.
const PROGRAMS: &[&str] = &[
    "bunzip2",
    "bzip2",
    "cat",
    "compress",
    "grzip",
    "gunzip",
    "gzip",
    "lrunzip",
    "lrzip",
    "lz4",
    "lzip",
    "lzma",
    "lzop",
    "sh",
    "uncompress",
    "unlz4",
    "unlzma",
    "unxz",
    "unzstd",
    "xz",
    "zcat",
    "zstd",
];

/// Puts programs into `dir`, to be the `PATH` of a test: each writes its name to `sprung` when it is
/// started.
///
/// # Errors
///
/// When something cannot be written.
pub fn set_traps(dir: &Path, sprung: &Path) -> io::Result<()> {
    let script = format!("#!/bin/sh\necho \"$0\" >> '{}'\n", sprung.display());
    for name in PROGRAMS {
        let program = dir.join(name);
        fs::write(&program, &script)?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}
