//! Leaving out what differs from one run to the next.

use super::rules::Links;
use crate::{EntryBuf, FileType, Result, Timestamp};

/// The time of everything: the first that `tar` does not call implausible.
const TIME: Timestamp = Timestamp {
    seconds: 1,
    nanoseconds: 0,
};

/// Keeps paths, links, types, modes, sizes, contents, access lists and flags.
pub(super) fn forget(entry: &mut EntryBuf, links: Links) -> Result<()> {
    entry
        .set_mtime(TIME)?
        .set_atime(None)?
        .set_ctime(None)?
        .set_birthtime(None)?
        .set_uid(0)?
        .set_gid(0)?
        .set_uname("")?
        .set_gname("")?;
    if entry.dev().is_some() {
        entry.set_dev(0, 0)?;
    }
    // Numbers that tie names together have been counted anew already.
    if entry.ino().is_some() && (links != Links::ByInode || entry.nlink() < 2) {
        entry.set_ino(0)?;
    }
    // File systems differ in what they count there.
    if entry.file_type() == FileType::Directory {
        entry.set_nlink(1);
    }
    Ok(())
}
