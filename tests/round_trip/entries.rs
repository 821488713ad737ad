//! Entries of any kind, with any metadata and any data; most of each entry is ordinary, so that formats
//! with narrow limits take some of them.

use std::ops::Range;

use anyarchive::{AclEntry, AclKind, AclPermissions, AclTag, EntryBuf, FileType, Timestamp};
use proptest::{
    collection::vec,
    option::{of, weighted},
    prelude::*,
    sample::{Index, select},
};

/// An entry and the data to write with it.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) entry: EntryBuf,
    pub(crate) data: Vec<u8>,
    /// The writer had something to say about it.
    pub(crate) told: bool,
}

/// How an entry is what it is.
#[derive(Clone, Debug)]
enum Kind {
    File(Content),
    Directory,
    Symlink(Vec<u8>),
    /// To one of the files before it.
    HardLink(Index),
    Device(FileType, u32, u32),
    Other(FileType),
}

/// Data of a file: holes and data one after the other.
#[derive(Clone, Debug)]
struct Content {
    seed: u8,
    pieces: Vec<(usize, usize)>,
    /// Whether the entry tells where the holes are.
    tell_holes: bool,
    tell_size: bool,
}

impl Content {
    fn data(&self) -> Vec<u8> {
        let mut data = Vec::new();
        for &(hole, len) in &self.pieces {
            data.resize(data.len() + hole, 0);
            let seed = u64::from(self.seed);
            // Noise, or for an even seed text that repeats.
            data.extend((0..len as u64).map(|n| match seed % 2 {
                0 => b'a' + (n % (seed + 2)) as u8 % 26,
                _ => (n.wrapping_mul(n).wrapping_mul(seed + 30) >> 3) as u8,
            }));
        }
        data
    }

    fn map(&self) -> Vec<Range<u64>> {
        let mut end = 0;
        let pieces = self.pieces.iter().map(|&(hole, len)| {
            let start = end + hole as u64;
            end = start + len as u64;
            start..end
        });
        pieces.collect()
    }
}

/// Any bytes but NUL; mostly text.
fn bytes(len: Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => vec(select(b"abcXYZ019-_.".to_vec()), len.clone()),
        2 => vec(select(vec!["ä", "日", "\u{1f600}", "e\u{301}", "x", " "]), len.clone())
            .prop_map(|all| all.concat().into_bytes()),
        1 => vec(select(b"a/. \\:;,=\n\r\t\"'#%*~\x7f\x01".to_vec()), len.clone()),
        1 => vec(1..=255_u8, len),
    ]
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        20 => bytes(1..12),
        1 => bytes(90..130),
        1 => select(vec![".", "..", "", "a"]).prop_map(|part| part.as_bytes().to_vec()),
    ];
    prop_oneof![
        2 => bytes(1..14),
        3 => vec(part.clone(), 1..5).prop_map(|parts| parts.join(&b'/')),
        1 => vec(part, 4..20).prop_map(|parts| parts.join(&b'/')),
    ]
    .prop_filter("a path is not empty", |path| !path.is_empty())
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    let seconds = prop_oneof![
        12 => 0..2_000_000_000_i64,
        2 => -2_000_000_000..5_000_000_000_i64,
        1 => any::<i64>(),
        1 => -3..3_i64,
    ];
    let nanoseconds = prop_oneof![
        4 => Just(0),
        2 => 0..1_000_000_000_u32,
        1 => (0..10_000_000_u32).prop_map(|n| n * 100),
        1 => select(vec![1, 999_999_999, 100_000_000, 10]),
    ];
    (seconds, nanoseconds).prop_map(|(seconds, nanoseconds)| Timestamp {
        seconds,
        nanoseconds,
    })
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        8 => 0..60_000_u64,
        2 => 0..=u64::from(u32::MAX),
        1 => 0..=i64::MAX as u64,
    ]
}

fn posix_line() -> impl Strategy<Value = AclEntry> {
    let kind = select(vec![AclKind::Access, AclKind::Default]);
    let tag = select(vec![AclTag::User, AclTag::Group, AclTag::Mask]);
    (kind, tag, 0..8_u32, of(any::<u32>()), of(bytes(1..10))).prop_map(
        |(kind, tag, bits, id, name)| {
            let mut line = AclEntry::new(kind, tag, AclPermissions::from_bits_retain(bits));
            if tag != AclTag::Mask {
                line.id = id;
                line.name = name;
            }
            line
        },
    )
}

fn nfs4_line() -> impl Strategy<Value = AclEntry> {
    let kind = select(vec![
        AclKind::Allow,
        AclKind::Deny,
        AclKind::Audit,
        AclKind::Alarm,
    ]);
    let tag = select(vec![
        AclTag::User,
        AclTag::UserObj,
        AclTag::Group,
        AclTag::GroupObj,
        AclTag::Everyone,
    ]);
    (kind, tag, any::<u32>(), of(any::<u32>()), of(bytes(1..10))).prop_map(
        |(kind, tag, bits, id, name)| {
            let bits = AclPermissions::from_bits_retain(bits) & AclPermissions::NFS4;
            let mut line = AclEntry::new(kind, tag, bits);
            if matches!(tag, AclTag::User | AclTag::Group) {
                line.id = id;
                line.name = name;
            }
            line
        },
    )
}

fn content() -> impl Strategy<Value = Content> {
    let len = prop_oneof![
        6 => 0..700_usize,
        2 => select(vec![0, 1, 511, 512, 513, 4096, 10_240]),
        1 => 0..34_000_usize,
    ];
    let whole = len.clone().prop_map(|len| vec![(0, len)]);
    let holes = vec((len.clone(), len), 0..4);
    (
        any::<u8>(),
        prop_oneof![4 => whole, 1 => holes],
        prop::bool::weighted(0.7),
        prop::bool::weighted(0.9),
    )
        .prop_map(|(seed, pieces, tell_holes, tell_size)| Content {
            seed,
            pieces,
            tell_holes,
            tell_size,
        })
}

fn kind() -> impl Strategy<Value = Kind> {
    let devices = select(vec![FileType::CharDevice, FileType::BlockDevice]);
    let device_number = prop_oneof![3 => 0..200_u32, 1 => any::<u32>()];
    prop_oneof![
        8 => content().prop_map(Kind::File),
        2 => Just(Kind::Directory),
        2 => path().prop_map(Kind::Symlink),
        1 => any::<Index>().prop_map(Kind::HardLink),
        1 => (devices, device_number.clone(), device_number)
            .prop_map(|(kind, major, minor)| Kind::Device(kind, major, minor)),
        1 => select(vec![FileType::Fifo, FileType::Socket]).prop_map(Kind::Other),
    ]
}

#[derive(Clone, Debug)]
struct Spec {
    path: Vec<u8>,
    kind: Kind,
    mode: Option<u32>,
    ids: (Option<u64>, Option<u64>),
    names: (Option<Vec<u8>>, Option<Vec<u8>>),
    times: [Option<Timestamp>; 4],
    acl: Vec<AclEntry>,
    xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    fflags: Option<&'static str>,
    mac_metadata: Option<Vec<u8>>,
    inode: Option<(u32, u32, u64)>,
}

fn spec() -> impl Strategy<Value = Spec> {
    let mode = weighted(0.9, prop_oneof![3 => 0..=0o777_u32, 1 => 0..=0o7777_u32]);
    let owner = || weighted(0.5, bytes(0..10));
    let owners = (
        weighted(0.7, number()),
        weighted(0.7, number()),
        owner(),
        owner(),
    );
    let times = (
        weighted(0.9, timestamp()),
        weighted(0.2, timestamp()),
        weighted(0.2, timestamp()),
        weighted(0.2, timestamp()),
    );
    let acl = prop_oneof![
        8 => Just(Vec::new()),
        1 => vec(posix_line(), 1..5),
        1 => vec(nfs4_line(), 1..5),
    ];
    let xattr = (bytes(1..20), vec(any::<u8>(), 0..40));
    let xattrs = prop_oneof![4 => Just(Vec::new()), 1 => vec(xattr, 1..4)];
    let fflags = weighted(0.1, select(vec!["nodump", "uappnd", "nodump,schg", "uchg"]));
    let mac_metadata = weighted(0.05, vec(any::<u8>(), 1..100));
    let inode = weighted(0.5, (0..300_u32, 0..300_u32, number()));
    (
        path(),
        kind(),
        mode,
        owners,
        times,
        (acl, xattrs, fflags, mac_metadata),
        inode,
    )
        .prop_map(|(path, kind, mode, owners, times, more, inode)| Spec {
            path,
            kind,
            mode,
            ids: (owners.0, owners.1),
            names: (owners.2, owners.3),
            times: [times.0, times.1, times.2, times.3],
            acl: more.0,
            xattrs: more.1,
            fflags: more.2,
            mac_metadata: more.3,
            inode,
        })
}

impl Spec {
    /// The entry, after those in `before`. What setters refuse is not set.
    fn make(&self, before: &[Item], number: u64) -> Item {
        let mut entry = EntryBuf::file("x", 0).unwrap();
        entry.set_path_bytes(&self.path).unwrap();
        if let Some((major, minor, ino)) = self.inode {
            entry.set_dev(major.into(), minor.into()).unwrap();
            entry.set_ino(ino).unwrap();
        }
        let mut data = Vec::new();
        match &self.kind {
            Kind::File(content) => self.file(&mut entry, &mut data, content, number),
            Kind::Directory => drop(entry.set_file_type(FileType::Directory).unwrap()),
            Kind::Symlink(target) => drop(entry.set_symlink_bytes(target).unwrap()),
            Kind::HardLink(index) => {
                let files: Vec<_> = before
                    .iter()
                    .filter(|item| item.entry.file_type() == FileType::File)
                    .filter(|item| item.entry.hardlink_bytes().is_none())
                    .collect();
                if !files.is_empty() {
                    let first = index.get(&files);
                    data.clone_from(&first.data);
                    // All names of a file have the same metadata.
                    entry = first.entry.clone();
                    entry.set_path_bytes(&self.path).unwrap();
                    entry.set_hardlink_bytes(first.entry.path_bytes()).unwrap();
                    entry.set_sparse_map(&[]).unwrap();
                    // The data is there already.
                    entry.set_size(0).unwrap();
                    return Item {
                        entry,
                        data,
                        told: false,
                    };
                }
            }
            Kind::Device(kind, major, minor) => {
                entry.set_file_type(*kind).unwrap();
                entry.set_rdev((*major).into(), (*minor).into()).unwrap();
            }
            Kind::Other(kind) => drop(entry.set_file_type(*kind).unwrap()),
        }
        self.set_metadata(&mut entry);
        Item {
            entry,
            data,
            told: false,
        }
    }

    fn file(&self, entry: &mut EntryBuf, data: &mut Vec<u8>, content: &Content, number: u64) {
        *data = content.data();
        // Other names may follow.
        entry.set_ino(number).unwrap().set_nlink(2);
        entry.set_size(data.len() as u64).unwrap();
        if content.tell_holes && content.pieces.len() > 1 {
            entry.set_sparse_map(&content.map()).unwrap();
        } else if !content.tell_size {
            entry.set_size(None).unwrap();
        }
    }

    fn set_metadata(&self, entry: &mut EntryBuf) {
        if let Some(mode) = self.mode {
            entry.set_mode(mode).unwrap();
        }
        if let Some(id) = self.ids.0 {
            entry.set_uid(id).unwrap();
        }
        if let Some(id) = self.ids.1 {
            entry.set_gid(id).unwrap();
        }
        if let Some(name) = &self.names.0 {
            entry.set_uname(name).unwrap();
        }
        if let Some(name) = &self.names.1 {
            entry.set_gname(name).unwrap();
        }
        entry.set_mtime(self.times[0]).unwrap();
        entry.set_atime(self.times[1]).unwrap();
        entry.set_ctime(self.times[2]).unwrap();
        entry.set_birthtime(self.times[3]).unwrap();
        let _ = entry.set_acl(&self.acl);
        for (name, value) in &self.xattrs {
            entry.set_xattr(name, value).unwrap();
        }
        if let Some(flags) = self.fflags {
            let _ = entry.set_fflags_text(flags);
        }
        if let Some(blob) = &self.mac_metadata {
            entry.set_mac_metadata(blob).unwrap();
        }
    }
}

/// Some entries for one archive, in order.
pub(crate) fn items() -> impl Strategy<Value = Vec<Item>> {
    vec(spec(), 1..7).prop_map(|specs| {
        let mut items = Vec::new();
        for (number, spec) in specs.iter().enumerate() {
            let item = spec.make(&items, number as u64 + 1);
            items.push(item);
        }
        // Entries of such a name are what such metadata is in.
        if items.iter().any(|item| item.entry.mac_metadata().is_some()) {
            items.retain(|item| !is_double(item.entry.path_bytes()));
        }
        items
    })
}

fn is_double(path: &[u8]) -> bool {
    let mut parts = path.rsplit(|&byte| byte == b'/');
    parts
        .find(|part| !part.is_empty())
        .is_some_and(|name| name.starts_with(b"._"))
}
