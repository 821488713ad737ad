//! What ISO 9660 cannot hold, and C says at the end, for the archive as a whole, or not at all.

use std::collections::HashMap;

use super::check::refused;
use crate::{EntryRef, FileType, Result};

/// Longest path in ISO 9660 with Joliet names, in bytes, each part cut to the longest name.
const JOLIET_PATH: usize = 240;
const JOLIET_NAME: usize = 103;

/// Whether the path is one that Joliet allows. C says so at the end, for the archive as a whole.
pub(super) fn path(entry: &EntryRef) -> Result<()> {
    let path = String::from_utf8_lossy(entry.path_bytes());
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    let len: usize = parts.map(|part| joliet_len(part) + 1).sum();
    if len > JOLIET_PATH {
        return Err(refused(format!(
            "iso9660 holds no path above {JOLIET_PATH} bytes"
        )));
    }
    Ok(())
}

/// A path that ends in `/.`, without that. C takes the `.` for the name in Joliet, and finds the path longer
/// than it is.
pub(super) fn without_dot(path: &[u8]) -> Option<Vec<u8>> {
    let mut parts: Vec<&[u8]> = path.split(|&byte| byte == b'/').collect();
    let all = parts.len();
    while parts.len() > 1 && parts.last().is_some_and(|part| matches!(*part, b"" | b".")) {
        parts.pop();
    }
    let has_dot = path
        .split(|&byte| byte == b'/')
        .skip(parts.len())
        .any(|part| part == b".");
    (parts.len() < all && has_dot)
        .then(|| parts.join(&b'/'))
        .filter(|path| !path.is_empty())
}

/// How long C finds a part that is cut: units of UTF-16 are counted, and bytes of UTF-8 are added up.
fn joliet_len(part: &str) -> usize {
    let (mut units, mut bytes) = (0, 0);
    for c in part.chars() {
        units += c.len_utf16();
        if units > JOLIET_NAME {
            // Half of a pair becomes U+FFFD.
            let is_half = units - c.len_utf16() < JOLIET_NAME;
            return bytes + if is_half { '\u{fffd}'.len_utf8() } else { 0 };
        }
        bytes += c.len_utf8();
    }
    bytes
}

/// Room for the name, the identifier made of it, and the target of a symbolic link in the record that an
/// entry has in ISO 9660, in bytes.
const RECORD: usize = 126;

/// Whether the target of a symbolic link comes back from ISO 9660. What does not fit into the record of the
/// entry goes on elsewhere, and C loses the `/` that such a piece begins with, and what follows on `..`.
pub(super) fn target(entry: &EntryRef) -> Result<()> {
    let Some(target) = entry.symlink_bytes() else {
        return Ok(());
    };
    if target.starts_with(b"//") {
        return Err(refused(
            "iso9660 cannot hold a target with two `/` at the beginning",
        ));
    }
    let path = entry.path_bytes();
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or(path);
    // Two bytes beside each part, instead of the `/`.
    let parts = target.split(|&byte| byte == b'/').count();
    let len = target.len() + parts + 1;
    // Identifiers are no longer than names; how long they are depends on the options.
    if parts > 1 && len + 2 * name.len() > RECORD {
        return Err(refused(
            "iso9660 cannot hold a target with `/` that is so long, beside this name",
        ));
    }
    Ok(())
}

/// How many directories are above the first one that is too deep.
const DEPTH: usize = 7;
/// C moves a directory that is this deep twice, and finds that there are two.
const TOO_DEEP: usize = 14;
/// Longest name of a moved directory in bytes: readers lose what is in one with a longer name.
const MOVED_NAME: usize = 100;

/// Directories that are too deep for the format, by name. C moves them all into one directory, from where
/// readers put them back, and cannot complete the archive when two of them have one name.
#[derive(Debug, Default)]
pub(super) struct Moved(HashMap<Vec<u8>, Vec<Vec<u8>>>);

impl Moved {
    /// Takes note of the directory that this entry makes too deep.
    pub(super) fn add(&mut self, entry: &EntryRef) -> Result<()> {
        let path = entry.path_bytes().split(|&byte| byte == b'/');
        let mut path: Vec<Vec<u8>> = path
            .filter(|part| !matches!(*part, b"" | b"."))
            .map(<[u8]>::to_vec)
            .collect();
        if entry.file_type() != FileType::Directory {
            path.pop();
        }
        if path.len() >= TOO_DEEP {
            return Err(refused("iso9660 holds no directory that is in 13 others"));
        }
        path.truncate(DEPTH + 1);
        if path.len() > DEPTH && path.last().is_some_and(|name| name.len() > MOVED_NAME) {
            return Err(refused(format!(
                "iso9660 holds no directory that is in seven others and has a name above \
                 {MOVED_NAME} bytes"
            )));
        }
        if path.len() > DEPTH
            && let Some(name) = path.last().cloned()
            && *self.0.entry(name).or_insert_with(|| path.clone()) != path
        {
            return Err(refused(
                "iso9660 holds no two directories of one name that are in seven others",
            ));
        }
        Ok(())
    }
}
