//! What a format loses only of some values, or of entries beside others, found by writing and reading any.

use std::{
    collections::{HashMap, hash_map::Entry},
    str,
};

use super::{MetadataFields, WriteFormat, iso, rules::Names};
use crate::{AclKind, EntryRef, Error, ErrorKind, FileType, Result, Timestamp, ffi::Status};

/// Fields that the format keeps, but not with what they are here.
pub(super) fn lost(format: WriteFormat, entry: &EntryRef) -> MetadataFields {
    let mut lost = MetadataFields::empty();
    match format {
        WriteFormat::Pax => {
            // C takes the first second of 1970 for a time that is not set.
            lost.set(
                MetadataFields::ATIME,
                entry.atime() == Some(Timestamp::EPOCH),
            );
            lost.set(
                MetadataFields::CTIME,
                entry.ctime() == Some(Timestamp::EPOCH),
            );
            lost.set(MetadataFields::BIRTHTIME, born(entry) >= changed(entry));
            lost.set(MetadataFields::MODE, hides_mode(entry));
            lost.set(MetadataFields::SPARSE_MAP, cuts_sparse_name(entry));
        }
        WriteFormat::PaxRestricted => {
            lost.set(MetadataFields::MODE, hides_mode(entry));
            lost.set(MetadataFields::SPARSE_MAP, cuts_sparse_name(entry));
        }
        WriteFormat::Iso9660 => {
            lost.set(MetadataFields::BIRTHTIME, born(entry) > changed(entry));
            // The root is one of C's own.
            if parts(entry).next().is_none() {
                lost = MetadataFields::all();
            }
        }
        WriteFormat::Mtree => {
            let names = [entry.uname_bytes(), entry.gname_bytes()];
            // The writer quotes, but the reader does not take that back.
            let is_quoted = names
                .into_iter()
                .flatten()
                .flatten()
                .any(|byte| !byte.is_ascii_graphic() || br"#*=?[\".contains(byte));
            lost.set(MetadataFields::OWNER_NAMES, is_quoted);
        }
        _ => {}
    }
    lost & MetadataFields::of(entry)
}

/// Both times in seconds, as C compares them: a time of creation that is later is taken for wrong.
fn born(entry: &EntryRef) -> i64 {
    entry.birthtime().map_or(i64::MIN, |time| time.seconds)
}

fn changed(entry: &EntryRef) -> i64 {
    entry.mtime().map_or(0, |time| time.seconds)
}

/// Whether readers do not see the mode: with an access control list they take that of the list, which for
/// POSIX.1e has no bits but those of permissions, and else none at all.
fn hides_mode(entry: &EntryRef) -> bool {
    let acl = entry.acl();
    let has_access = acl.iter().any(|line| line.kind == AclKind::Access);
    let hidden = if has_access { 0o7000 } else { 0o7777 };
    !acl.is_empty() && entry.mode() & hidden != 0
}

/// Whether pax would hold the path of a sparse file in part: beside a name that is no text, and above what the
/// header of ustar has room for.
pub(super) fn cuts_sparse_name(entry: &EntryRef) -> bool {
    let path = entry.path_bytes();
    let names = [Some(path), entry.uname_bytes(), entry.gname_bytes()];
    let is_binary = names
        .into_iter()
        .flatten()
        .any(|name| str::from_utf8(name).is_err());
    path.len() >= 98 && is_binary
}

/// What readers will see that is not in the entry.
pub(super) fn remark(format: WriteFormat, entry: &EntryRef) -> Option<Error> {
    use WriteFormat::{Pax, PaxRestricted, Ustar};
    if matches!(format, Pax | PaxRestricted | Ustar) && loses_slash(format, entry) {
        return Some(told(format!(
            "readers of {format} see one `/` of two in this path"
        )));
    }
    if !matches!(format, Pax | PaxRestricted) {
        return None;
    }
    // Where C writes these names, it quotes them, in one of two records that it writes of each attribute,
    // and readers take the quotes back in the other alone.
    let quoted = entry.xattrs().into_iter().find(|xattr| {
        let mut name = xattr.name.iter();
        name.any(|&byte| !byte.is_ascii_graphic() || byte == b'%' || byte == b'=')
    })?;
    Some(told(format!(
        "readers of {format} see the extended attribute {} a second time, under a name with `%`",
        String::from_utf8_lossy(&quoted.name)
    )))
}

/// Whether C parts the path behind two `/`, for the two fields that its header has for it: readers put none
/// between the parts when the first one ends in `/`.
fn loses_slash(format: WriteFormat, entry: &EntryRef) -> bool {
    let mut path = entry.path_bytes().to_vec();
    if entry.file_type() == FileType::Directory && !path.ends_with(b"/") {
        path.push(b'/');
    }
    // Otherwise pax writes the path as a record, whole.
    let has_record = format != WriteFormat::Ustar && !path.is_ascii();
    let Some(start) = path.len().checked_sub(101).filter(|_| !has_record) else {
        return false;
    };
    // What is before must not be empty.
    let end = (start.max(1)..path.len()).find(|&at| path[at] == b'/');
    end.is_some_and(|end| end <= 155 && path[end - 1] == b'/')
}

fn told(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Unsupported, message)
}

/// The parts of a path as formats see them that build a tree.
fn parts(entry: &EntryRef) -> impl Iterator<Item = &[u8]> {
    let parts = entry.path_bytes().split(|&byte| byte == b'/');
    parts.filter(|part| !matches!(*part, b"" | b"."))
}

/// What is known of a path in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    /// A directory that nobody wrote, above what somebody did.
    Added,
    Directory,
    Other,
}

/// Most bytes of all paths of directories above an entry, in formats whose writers keep each whole: a
/// path as long as a system takes has less.
const MAX_PREFIXES: usize = 1 << 23;

/// The entries of an archive, as far as they change what becomes of later ones.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Of formats that build a tree, by number of the directory and name in it: its number, and what
    /// it is. Also the directories that they add.
    tree: HashMap<(usize, Vec<u8>), (usize, Node)>,
    /// Of ISO 9660.
    moved: iso::Moved,
}

impl Seen {
    /// Takes note of an entry, and tells what it does to those before.
    pub(super) fn add(&mut self, format: WriteFormat, entry: &EntryRef) -> Result<Option<Error>> {
        if format == WriteFormat::Iso9660 {
            self.moved.add(entry)?;
        }
        if !matches!(format.rules().names, Names::Resolved | Names::ResolvedBytes) {
            return Ok(None);
        }
        let path: Vec<&[u8]> = parts(entry).collect();
        if entry.path_bytes().len().saturating_mul(path.len()) > MAX_PREFIXES {
            let message =
                format!("{format} would store the path of each directory above: too many");
            return Err(told(message).with_status(Status::Failed));
        }
        let node = match entry.file_type() {
            FileType::Directory => Node::Directory,
            _ => Node::Other,
        };
        let clash = || {
            let message = format!("{format} holds no path that is a directory and something else");
            Err(told(message).with_status(Status::Failed))
        };
        let (last, directories) = match path.split_last() {
            Some((last, directories)) => (*last, directories),
            None => (&[][..], &[][..]),
        };
        let mut above = 0;
        for name in directories {
            let number = self.tree.len() + 1;
            let known = self.tree.entry((above, name.to_vec()));
            let (number, node) = *known.or_insert((number, Node::Added));
            if node == Node::Other {
                return clash();
            }
            above = number;
        }
        let number = self.tree.len() + 1;
        let known = self.tree.entry((above, last.to_vec()));
        let before = match known {
            Entry::Vacant(place) => {
                place.insert((number, node));
                None
            }
            Entry::Occupied(mut known) => Some(std::mem::replace(&mut known.get_mut().1, node)),
        };
        let message = "this one takes the place of another entry of its path";
        match before {
            None => Ok(None),
            Some(Node::Added) if node == Node::Directory => Ok(None),
            Some(Node::Added) => clash(),
            Some(before) if before != node => clash(),
            Some(_) => Ok(Some(told(message))),
        }
    }
}
