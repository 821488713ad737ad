//! All metadata of an entry as one value: to compare, and to serialise.

use std::fmt;

use super::{
    AclEntry, DigestKind, EntryBuf, EntryRef, FileType, SymlinkType, Timestamp, Xattr, ffi,
};

/// Bytes that are text as a rule, and shown and serialised as such.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text(pub(super) Vec<u8>);

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// What an entry tells. A list of fields that is there once: comparing, showing and serialising go
/// over it.
#[derive(Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub(super) struct Metadata {
    pub(super) path: Text,
    pub(super) file_type: FileType,
    pub(super) mode: Option<u32>,
    pub(super) size: Option<u64>,
    pub(super) hardlink: Option<Text>,
    pub(super) symlink: Option<Text>,
    pub(super) symlink_type: Option<SymlinkType>,
    pub(super) mtime: Option<Timestamp>,
    pub(super) atime: Option<Timestamp>,
    pub(super) ctime: Option<Timestamp>,
    pub(super) birthtime: Option<Timestamp>,
    pub(super) uid: Option<u64>,
    pub(super) gid: Option<u64>,
    pub(super) uname: Option<Text>,
    pub(super) gname: Option<Text>,
    pub(super) dev: Option<(u64, u64)>,
    pub(super) ino: Option<u64>,
    pub(super) nlink: u32,
    pub(super) rdev: Option<(u64, u64)>,
    pub(super) fflags: Option<String>,
    pub(super) acl: Vec<AclEntry>,
    pub(super) xattrs: Vec<Xattr>,
    pub(super) sparse_map: Vec<(u64, u64)>,
    pub(super) digests: Vec<(DigestKind, Vec<u8>)>,
    pub(super) mac_metadata: Option<Vec<u8>>,
    pub(super) encrypted: bool,
    pub(super) metadata_encrypted: bool,
}

impl Metadata {
    pub(super) fn of(entry: &EntryRef) -> Self {
        let digests = DigestKind::ALL.into_iter();
        let sparse_map = entry.sparse_map().into_iter();
        // Most formats cannot tell an empty name from none.
        let owner = |name: Option<&[u8]>| name.filter(|name| !name.is_empty()).map(Into::into);
        Self {
            path: entry.path_bytes().into(),
            file_type: entry.file_type(),
            mode: entry.mode_is_set().then(|| entry.mode()),
            size: entry.size(),
            hardlink: entry.hardlink_bytes().map(Into::into),
            symlink: entry.symlink_bytes().map(Into::into),
            symlink_type: entry.symlink_type(),
            mtime: entry.mtime(),
            atime: entry.atime(),
            ctime: entry.ctime(),
            birthtime: entry.birthtime(),
            uid: entry.uid(),
            gid: entry.gid(),
            uname: owner(entry.uname_bytes()),
            gname: owner(entry.gname_bytes()),
            dev: entry.dev(),
            ino: entry.ino(),
            nlink: entry.nlink(),
            rdev: entry.rdev(),
            fflags: ffi::fflags_text(entry),
            acl: entry.acl(),
            xattrs: entry.xattrs(),
            sparse_map: sparse_map.map(|range| (range.start, range.end)).collect(),
            digests: digests
                .filter_map(|kind| Some((kind, entry.digest(kind)?)))
                .collect(),
            mac_metadata: entry.mac_metadata().map(<[u8]>::to_vec),
            encrypted: entry.is_encrypted(),
            metadata_encrypted: entry.is_metadata_encrypted(),
        }
    }
}

/// Compares all metadata. The order of extended attributes does not count.
///
/// # Examples
///
/// ```
/// use anyarchive::EntryBuf;
///
/// let mut a = EntryBuf::file("a", 1)?;
/// let b = a.clone();
/// assert_eq!(a, b);
/// a.set_xattr("user.comment", "changed")?;
/// assert_ne!(a, b);
/// # Ok::<(), anyarchive::Error>(())
/// ```
impl PartialEq for EntryRef {
    fn eq(&self, other: &Self) -> bool {
        let [mut a, mut b] = [self, other].map(Metadata::of);
        for metadata in [&mut a, &mut b] {
            let key = |xattr: &Xattr| (xattr.name.clone(), xattr.value.clone());
            metadata.xattrs.sort_by_key(key);
        }
        a == b
    }
}

impl Eq for EntryRef {}

/// As for [`EntryRef`].
impl PartialEq for EntryBuf {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for EntryBuf {}

/// Shows what is set of the metadata.
impl fmt::Debug for EntryRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = Metadata::of(self);
        let mut out = f.debug_struct("EntryRef");
        out.field("path", &all.path);
        out.field("mode", &self.mode_string());
        macro_rules! set {
            ($($name:ident)*) => {$(
                if let Some(value) = &all.$name {
                    out.field(stringify!($name), value);
                }
            )*};
        }
        set! {
            size hardlink symlink symlink_type mtime atime ctime birthtime uid gid uname gname dev
            ino rdev fflags mac_metadata
        }
        if all.nlink != 0 {
            out.field("nlink", &all.nlink);
        }
        for line in &all.acl {
            out.field("acl", &format_args!("{line}"));
        }
        for xattr in &all.xattrs {
            let name = Text(xattr.name.clone());
            out.field("xattr", &(name, Text(xattr.value.clone())));
        }
        if !all.sparse_map.is_empty() {
            out.field("sparse_map", &all.sparse_map);
        }
        for digest in &all.digests {
            out.field("digest", digest);
        }
        if all.encrypted || all.metadata_encrypted {
            out.field("encrypted", &(all.encrypted, all.metadata_encrypted));
        }
        out.finish()
    }
}
