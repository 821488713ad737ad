//! Entries with one thing each that a format can keep or not.

use std::ops::Range;

use anyarchive::{
    AclEntry, AclKind, AclPermissions, AclTag, DigestKind, EntryBuf, EntryRef, FileType,
    MetadataFields, Timestamp,
};

const DATA: &[u8] = b"content\n";

type Change = fn(&mut EntryBuf) -> anyarchive::Result<()>;
type IsKept = fn(&EntryRef, &EntryRef, Vec<u8>) -> bool;

pub(crate) struct Probe {
    /// The table that it is in.
    pub(crate) group: &'static str,
    pub(crate) name: &'static str,
    /// What it is about, where formats tell that they lose it.
    pub(crate) field: Option<MetadataFields>,
    change: Change,
    /// Of the entry that was written, the one that was read, and its data.
    pub(crate) is_kept: IsKept,
}

impl Probe {
    /// The entries to write, of which the last is looked at, and the data of files.
    pub(crate) fn make(&self) -> (Vec<EntryBuf>, Vec<u8>) {
        let mut entry = EntryBuf::file("name", DATA.len() as u64).unwrap();
        entry.set_mtime(at(1_600_000_000, 0)).unwrap();
        (self.change)(&mut entry).unwrap();
        let mut entries = Vec::new();
        if let Some(target) = entry.hardlink_bytes() {
            let mut first = entry.clone();
            let target = target.to_vec();
            first.remove_link().set_path_bytes(target).unwrap();
            first.set_size(DATA.len() as u64).unwrap();
            entries.push(first);
        }
        let mut data = DATA.to_vec();
        data.resize(
            entry.size().map_or(0, |size| size as usize).max(data.len()),
            0,
        );
        entries.push(entry);
        (entries, data)
    }
}

fn at(seconds: i64, nanoseconds: u32) -> Timestamp {
    Timestamp {
        seconds,
        nanoseconds,
    }
}

fn become_kind(entry: &mut EntryBuf, kind: FileType) -> anyarchive::Result<()> {
    entry.set_file_type(kind)?.set_size(0)?;
    Ok(())
}

fn same_kind(written: &EntryRef, found: &EntryRef, data: Vec<u8>) -> bool {
    let size = written.size().unwrap_or(0) as usize;
    written.file_type() == found.file_type()
        && written.symlink_bytes() == found.symlink_bytes()
        && written.rdev() == found.rdev()
        && data.len() == size
}

/// Whoever is found by the name has kept it.
fn is_there(_: &EntryRef, _: &EntryRef, _: Vec<u8>) -> bool {
    true
}

fn posix_acl() -> Vec<AclEntry> {
    use AclPermissions as P;
    let line = |tag, permissions| AclEntry::new(AclKind::Access, tag, permissions);
    vec![
        line(AclTag::UserObj, P::READ | P::WRITE),
        line(AclTag::User, P::READ).with_id(77).with_name("alice"),
        line(AclTag::GroupObj, P::READ),
        line(AclTag::Mask, P::READ),
        line(AclTag::Other, P::READ),
    ]
}

fn nfs4_acl() -> Vec<AclEntry> {
    use AclPermissions as P;
    vec![
        AclEntry::new(AclKind::Deny, AclTag::User, P::WRITE_DATA)
            .with_id(77)
            .with_name("alice"),
        AclEntry::new(AclKind::Allow, AclTag::Everyone, P::READ_DATA),
    ]
}

const MAP: &[Range<u64>] = &[0..512, 4096..8192];

macro_rules! probes {
    ($($group:literal $name:literal $field:expr, $change:expr, $is_kept:expr;)*) => {
        pub(crate) const PROBES: &[Probe] = &[$(Probe {
            group: $group,
            name: $name,
            field: $field,
            change: $change,
            is_kept: $is_kept,
        }),*];
    };
}

use MetadataFields as F;

probes! {
    "Kinds" "file" None, |_| Ok(()), same_kind;
    "Kinds" "directory" None, |e| become_kind(e, FileType::Directory), same_kind;
    "Kinds" "symbolic link" None, |e| {
        e.set_size(0)?.set_symlink("target")?;
        Ok(())
    }, same_kind;
    "Kinds" "hard link" Some(F::HARD_LINK), |e| {
        e.set_hardlink("first")?.set_size(0)?.set_ino(5)?.set_nlink(2);
        Ok(())
    }, |_, found, _| {
        let target = found.hardlink_bytes();
        target.is_some_and(|target| target.ends_with(b"first"))
    };
    "Kinds" "named pipe" None, |e| become_kind(e, FileType::Fifo), same_kind;
    "Kinds" "character device" None, |e| {
        become_kind(e, FileType::CharDevice)?;
        e.set_rdev(5, 1).map(drop)
    }, same_kind;
    "Kinds" "block device" None, |e| {
        become_kind(e, FileType::BlockDevice)?;
        e.set_rdev(8, 17).map(drop)
    }, same_kind;
    "Kinds" "socket" None, |e| become_kind(e, FileType::Socket), same_kind;

    "Names" "with directories" None, |e| e.set_path("dir/sub/name").map(drop), is_there;
    "Names" "UTF-8" None, |e| e.set_path("grüße-日本").map(drop), is_there;
    "Names" "accents apart" None, |e| e.set_path("e\u{301}te\u{301}").map(drop), is_there;
    "Names" "other bytes" None, |e| e.set_path_bytes(*b"latin-\xe9").map(drop), is_there;
    "Names" "120 bytes" None, |e| e.set_path("x".repeat(120)).map(drop), is_there;
    "Names" "300 bytes" None, |e| {
        e.set_path(format!("{}/{}", "x".repeat(149), "y".repeat(150))).map(drop)
    }, is_there;
    "Names" "spaces, line ends" None, |e| e.set_path("a b\nc").map(drop), is_there;
    "Names" "with `..`" None, |e| e.set_path("up/../name").map(drop), is_there;

    "Times" "change" Some(F::MTIME), |_| Ok(()), |a, b, _| {
        a.mtime().map(|time| time.seconds) == b.mtime().map(|time| time.seconds)
    };
    "Times" "microseconds" Some(F::SUBSECONDS), |e| {
        e.set_mtime(at(1_600_000_000, 123_456_000)).map(drop)
    }, |a, b, _| a.mtime() == b.mtime();
    "Times" "nanoseconds" Some(F::SUBSECONDS), |e| {
        e.set_mtime(at(1_600_000_000, 123_456_789)).map(drop)
    }, |a, b, _| a.mtime() == b.mtime();
    "Times" "before 1970" None, |e| e.set_mtime(at(-86_400, 0)).map(drop), |a, b, _| {
        a.mtime() == b.mtime()
    };
    "Times" "after 2106" None, |e| e.set_mtime(at(5_000_000_000, 0)).map(drop), |a, b, _| {
        a.mtime() == b.mtime()
    };
    "Times" "access" Some(F::ATIME), |e| e.set_atime(at(1_600_000_007, 0)).map(drop), |a, b, _| {
        a.atime() == b.atime()
    };
    "Times" "status change" Some(F::CTIME), |e| e.set_ctime(at(1_600_000_008, 0)).map(drop), |a, b, _| {
        a.ctime() == b.ctime()
    };
    "Times" "creation" Some(F::BIRTHTIME), |e| {
        e.set_birthtime(at(1_500_000_000, 0)).map(drop)
    }, |a, b, _| a.birthtime() == b.birthtime();

    "Owners and modes" "mode" Some(F::MODE), |e| e.set_mode(0o751).map(drop), |a, b, _| {
        a.mode() == b.mode()
    };
    "Owners and modes" "setuid, sticky" None, |e| e.set_mode(0o5755).map(drop), |a, b, _| {
        a.mode() == b.mode()
    };
    "Owners and modes" "numbers" Some(F::OWNER_IDS), |e| {
        e.set_uid(1001)?.set_gid(1002)?;
        Ok(())
    }, |a, b, _| (a.uid(), a.gid()) == (b.uid(), b.gid());
    "Owners and modes" "above 2097151" None, |e| {
        e.set_uid(3_000_000)?.set_gid(3_000_001)?;
        Ok(())
    }, |a, b, _| (a.uid(), a.gid()) == (b.uid(), b.gid());
    "Owners and modes" "names" Some(F::OWNER_NAMES), |e| {
        e.set_uname("alice")?.set_gname("staff")?;
        Ok(())
    }, |a, b, _| (a.uname_bytes(), a.gname_bytes()) == (b.uname_bytes(), b.gname_bytes());
    "Owners and modes" "UTF-8 names" None, |e| {
        e.set_uname("josé")?.set_gname("grüne")?;
        Ok(())
    }, |a, b, _| (a.uname_bytes(), a.gname_bytes()) == (b.uname_bytes(), b.gname_bytes());
    "Owners and modes" "POSIX ACL" Some(F::POSIX_ACL), |e| e.set_acl(&posix_acl()).map(drop), |a, b, _| {
        a.acl() == b.acl()
    };
    "Owners and modes" "NFSv4 ACL" Some(F::NFS4_ACL), |e| e.set_acl(&nfs4_acl()).map(drop), |a, b, _| {
        a.acl() == b.acl()
    };

    "More" "extended attributes" Some(F::XATTRS), |e| {
        e.set_xattr("user.comment", *b"read\0me")?.set_xattr("user.other", "x")?;
        Ok(())
    }, |a, b, _| {
        let sorted = |entry: &EntryRef| {
            let mut all: Vec<_> = entry.xattrs().into_iter().map(|x| (x.name, x.value)).collect();
            all.sort();
            all
        };
        sorted(a) == sorted(b)
    };
    "More" "file flags" Some(F::FILE_FLAGS), |e| e.set_fflags_text("nodump").map(drop), |a, b, _| {
        a.fflags_text() == b.fflags_text()
    };
    "More" "holes" Some(F::SPARSE_MAP), |e| {
        e.set_size(1 << 20)?.set_sparse_map(MAP)?;
        Ok(())
    }, |a, b, _| {
        // A hole at the end is told by an empty range there.
        let map = b.sparse_map().into_iter().filter(|range| !range.is_empty());
        a.sparse_map() == map.collect::<Vec<_>>()
    };
    "More" "digests" Some(F::DIGESTS), |e| e.set_digest(DigestKind::Sha256, &[7; 32]).map(drop), |a, b, _| {
        a.digest(DigestKind::Sha256) == b.digest(DigestKind::Sha256)
    };
    "More" "macOS metadata" Some(F::MAC_METADATA), |e| {
        e.set_mac_metadata(&b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        "[..]).map(drop)
    }, |a, b, _| a.mac_metadata() == b.mac_metadata();
}
