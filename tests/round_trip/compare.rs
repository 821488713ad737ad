//! What a format may make of an entry, by what it says itself.

use anyarchive::{
    AclEntry, AclKind, EntryRef, FileType, MetadataFields, Timestamp, WriteFormat, Xattr,
};
use proptest::{prelude::*, test_runner::TestCaseError};

use crate::entries::Item;

/// What was read of an entry.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) entry: anyarchive::EntryBuf,
    pub(crate) data: Vec<u8>,
}

/// Formats that have data beside the metadata.
fn has_data(format: WriteFormat) -> bool {
    !matches!(format, WriteFormat::Mtree | WriteFormat::MtreeClassic)
}

/// Formats that build a tree: they take `./a//b` for `a/b`.
pub(crate) fn is_tree(format: WriteFormat) -> bool {
    matches!(
        format,
        WriteFormat::Mtree | WriteFormat::MtreeClassic | WriteFormat::Iso9660 | WriteFormat::Xar
    )
}

/// Formats that tell entries in an order of their own.
pub(crate) fn is_sorted(format: WriteFormat) -> bool {
    is_tree(format) || format == WriteFormat::SevenZip
}

/// The path as a format may tell it: directories can have a `/` at the end.
pub(crate) fn path(format: WriteFormat, entry: &EntryRef) -> Vec<u8> {
    normal(format, entry.path_bytes(), entry.file_type())
}

pub(crate) fn normal(format: WriteFormat, path: &[u8], kind: FileType) -> Vec<u8> {
    if is_tree(format) {
        let parts = path.split(|&byte| byte == b'/');
        let parts: Vec<_> = parts.filter(|part| !matches!(*part, b"" | b".")).collect();
        return composed(format, &parts.join(&b'/'));
    }
    // A long path is in two fields, and one `/` between them for all that were there.
    let mut path = path.to_vec();
    if format == WriteFormat::Ustar {
        path.dedup_by(|a, b| (*a, *b) == (b'/', b'/'));
    }
    let end = match kind {
        FileType::Directory => path.iter().rposition(|&byte| byte != b'/'),
        _ => path.len().checked_sub(1),
    };
    composed(format, &path[..end.map_or(0, |end| end + 1)])
}

/// Readers compose the letters of names that are stored as Unicode, here the one that is made with two.
fn composed(format: WriteFormat, path: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(path) {
        Ok(text) if is_unicode(format) => text.replace("e\u{301}", "\u{e9}").into_bytes(),
        _ => path.to_vec(),
    }
}

fn is_unicode(format: WriteFormat) -> bool {
    use WriteFormat::{Iso9660, Pax, PaxRestricted, SevenZip, Xar, Zip};
    matches!(format, Iso9660 | Pax | PaxRestricted | SevenZip | Xar | Zip)
}

fn cut(format: WriteFormat, time: Option<Timestamp>) -> Option<Timestamp> {
    let step = match format {
        WriteFormat::Pax | WriteFormat::Mtree | WriteFormat::MtreeClassic => 1,
        WriteFormat::SevenZip => 100,
        _ => 1_000_000_000,
    };
    time.map(
        |Timestamp {
             seconds,
             nanoseconds,
         }| Timestamp {
            seconds,
            nanoseconds: nanoseconds / step * step,
        },
    )
}

fn xattrs(entry: &EntryRef) -> Vec<Xattr> {
    let mut all = entry.xattrs();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn acl(format: WriteFormat, entry: &EntryRef) -> Vec<AclEntry> {
    let mut acl = entry.acl();
    for line in &mut acl {
        // Where there is no name, the number stands in its place.
        let number = line.id.map(|id| id.to_string().into_bytes());
        line.name = line
            .name
            .take()
            .map(|name| composed(format, &name))
            .or(number);
    }
    // Lists of one kind after the other.
    acl.sort_by_key(|line| line.kind == AclKind::Default);
    acl
}

/// Whether what was found is what was written, but for what the format says that it loses.
pub(crate) fn same(
    format: WriteFormat,
    written: &Item,
    found: &Found,
) -> Result<(), TestCaseError> {
    use MetadataFields as F;

    let (a, b) = (&written.entry, &found.entry);
    let lost = format.loses(a);
    let has = |field: F| !lost.contains(field);
    if written.told && path(format, a) != path(format, b) {
        // One `/` of two is lost, if that was said.
        let parts = |entry: &EntryRef| {
            let path = path(format, entry);
            let parts = path.split(|&byte| byte == b'/').map(<[u8]>::to_vec);
            parts.filter(|part| !part.is_empty()).collect::<Vec<_>>()
        };
        prop_assert_eq!(parts(a), parts(b));
    } else {
        prop_assert_eq!(path(format, a), path(format, b));
    }
    let target = a.hardlink_bytes().filter(|_| has(F::HARD_LINK));
    if format == WriteFormat::Iso9660 && a.nlink() > 1 {
        // The first name in the order of the image is the file, and the others are links to it.
        let is_data = found.data == written.data;
        prop_assert!(b.hardlink_bytes().is_some() || is_data);
    } else if let Some(target) = target {
        let target = normal(format, target, FileType::File);
        let to = b.hardlink_bytes();
        let to = to.map(|to| normal(format, to, FileType::File));
        prop_assert_eq!(Some(target), to);
    } else {
        prop_assert_eq!(b.hardlink_bytes(), None);
        // Readers do not know that mtree has sockets, and warn.
        if has_data(format) || a.file_type() != FileType::Socket {
            prop_assert_eq!(a.file_type(), b.file_type());
        }
        let target = |entry: &EntryRef| Some(composed(format, entry.symlink_bytes()?));
        prop_assert_eq!(target(a), target(b));
        if has_data(format) {
            let is_data = found.data == written.data;
            prop_assert!(
                is_data,
                "{} bytes of {}",
                found.data.len(),
                written.data.len()
            );
        }
        if a.file_type() == FileType::File && a.size().is_some() {
            prop_assert_eq!(b.size(), a.size());
        }
        if matches!(a.file_type(), FileType::CharDevice | FileType::BlockDevice) {
            prop_assert_eq!(a.rdev(), b.rdev());
        }
    }
    if has(F::MODE) && a.mode_is_set() && a.file_type() != FileType::Symlink {
        prop_assert_eq!(a.mode(), b.mode());
    }
    let times = [
        (F::MTIME, a.mtime(), b.mtime()),
        (F::ATIME, a.atime(), b.atime()),
        (F::CTIME, a.ctime(), b.ctime()),
        (F::BIRTHTIME, a.birthtime(), b.birthtime()),
    ];
    for (field, a, b) in times {
        // Some keep the fraction after all.
        if has(field) && a.is_some() && a != b {
            prop_assert_eq!(cut(format, a), b, "{}", field);
        }
    }
    if has(F::OWNER_IDS) {
        for (a, b) in [(a.uid(), b.uid()), (a.gid(), b.gid())] {
            prop_assert!(a.is_none() || a == b, "{a:?}, {b:?}");
        }
    }
    let name = |name: Option<&[u8]>| composed(format, name.unwrap_or_default());
    if has(F::OWNER_NAMES) {
        prop_assert_eq!(name(a.uname_bytes()), name(b.uname_bytes()));
        prop_assert_eq!(name(a.gname_bytes()), name(b.gname_bytes()));
    }
    if has(F::XATTRS) {
        let mut b = xattrs(b);
        if written.told {
            b.retain(|xattr| !xattr.name.contains(&b'%') || xattrs(a).contains(xattr));
        }
        prop_assert_eq!(xattrs(a), b);
    }
    if has(F::POSIX_ACL) && has(F::NFS4_ACL) {
        prop_assert_eq!(acl(format, a), acl(format, b));
    }
    if has(F::FILE_FLAGS) && a.fflags_text().is_some() {
        prop_assert_eq!(a.fflags_text(), b.fflags_text());
    }
    if has(F::SPARSE_MAP) && target.is_none() {
        // A hole at the end is told by an empty range there.
        let map = |entry: &EntryRef| {
            let map = entry.sparse_map().into_iter();
            map.filter(|range| !range.is_empty()).collect::<Vec<_>>()
        };
        prop_assert_eq!(map(a), map(b));
    }
    if has(F::MAC_METADATA) {
        prop_assert_eq!(a.mac_metadata(), b.mac_metadata());
    }
    Ok(())
}
