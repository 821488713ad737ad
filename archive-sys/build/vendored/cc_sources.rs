//! Which C files belong to a target.
//!
//! The tree's digest fixes which files there are; what is listed here is the ones that other
//! systems need, since upstream guards most of them inside, but not all.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::target::Target;

/// The C files to compile, in a fixed order.
pub(crate) fn list(libarchive: &Path, target: &Target) -> Result<Vec<PathBuf>, String> {
    let failed = |error| format!("{}: {error}", libarchive.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(libarchive).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_c = path.extension().is_some_and(|extension| extension == "c");
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if is_c && belongs(&name, target) {
            files.push(path);
        }
    }
    files.sort();
    // A tree that lost files would fail at link time with a puzzle.
    for needed in [
        "archive_read",
        "archive_write",
        "archive_entry",
        "archive_string",
    ] {
        let file = libarchive.join(format!("{needed}.c"));
        if !files.contains(&file) {
            return Err(format!(
                "{} is missing: not a source tree of libarchive",
                file.display()
            ));
        }
    }
    Ok(files)
}

fn belongs(name: &str, target: &Target) -> bool {
    match name {
        // ACLs of Linux need libacl, those of Solaris are not tried.
        "archive_disk_acl_linux" | "archive_disk_acl_sunos" => false,
        "archive_disk_acl_darwin" => target.is_apple(),
        "archive_disk_acl_freebsd" => target.os == "freebsd",
        "archive_entry_copy_bhfi"
        | "archive_read_disk_windows"
        | "archive_windows"
        | "archive_write_disk_windows"
        | "filter_fork_windows" => target.is_windows(),
        // Random numbers come from the operating system, through `src/random.rs`.
        "archive_random" => target.is_windows(),
        _ => true,
    }
}
