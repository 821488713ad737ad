//! The version in `archive.h`, read as text: nothing has to run, so it works in cross builds.

use std::{fs, path::Path};

/// `3.8.9` from an include directory.
pub(crate) fn version_of(include_dir: &Path) -> Result<String, String> {
    let header = include_dir.join("archive.h");
    let text =
        fs::read_to_string(&header).map_err(|error| format!("{}: {error}", header.display()))?;
    parse(&text).ok_or_else(|| format!("{}: no ARCHIVE_VERSION_NUMBER", header.display()))
}

fn parse(text: &str) -> Option<String> {
    let number: u32 = text
        .lines()
        .filter_map(|line| line.strip_prefix('#'))
        .find_map(|line| {
            let mut words = line.split_whitespace();
            let found = words.next()? == "define" && words.next()? == "ARCHIVE_VERSION_NUMBER";
            found.then(|| words.next()?.parse().ok()).flatten()
        })?;
    let (major, minor, patch) = (number / 1_000_000, number / 1000 % 1000, number % 1000);
    Some(format!("{major}.{minor}.{patch}"))
}
