//! Setters and getters of entries in any order.

#![no_main]

use anyarchive::{AclEntry, AclKind, AclPermissions, AclTag, EntryBuf, FileType, Timestamp};
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Step<'a> {
    Path(&'a [u8]),
    Symlink(&'a [u8]),
    Hardlink(&'a [u8]),
    Uname(&'a [u8]),
    Gname(&'a [u8]),
    Size(Option<u64>),
    Mode(u32),
    FileType(u8),
    Mtime(i64, u32),
    Atime(i64, u32),
    Uid(u64),
    Gid(u64),
    Xattr(&'a [u8], &'a [u8]),
    RemoveXattr(&'a [u8]),
    MacMetadata(&'a [u8]),
    Sparse(u64, u64),
    Acl(u8, u8, u32, u32, &'a [u8]),
    AclText(&'a str),
    Fflags(&'a str),
    Clone,
    Look,
}

const TYPES: [FileType; 8] = [
    FileType::File,
    FileType::Directory,
    FileType::Symlink,
    FileType::CharDevice,
    FileType::BlockDevice,
    FileType::Fifo,
    FileType::Socket,
    FileType::Unknown,
];

const KINDS: [AclKind; 3] = [AclKind::Access, AclKind::Default, AclKind::Allow];

const TAGS: [AclTag; 4] = [AclTag::User, AclTag::Group, AclTag::Mask, AclTag::Everyone];

fuzz_target!(|steps: Vec<Step<'_>>| {
    let mut entry = EntryBuf::file("start", 7).expect("a good entry");
    for step in &steps {
        run(&mut entry, step);
    }
    look(&entry);
});

fn run(entry: &mut EntryBuf, step: &Step<'_>) {
    match *step {
        Step::Path(path) => {
            if entry.set_path_bytes(path).is_ok() {
                assert_eq!(entry.path_bytes(), path);
            }
        }
        Step::Symlink(target) => drop(entry.set_symlink_bytes(target).is_ok()),
        Step::Hardlink(target) => drop(entry.set_hardlink_bytes(target).is_ok()),
        Step::Uname(name) => drop(entry.set_uname(name).is_ok()),
        Step::Gname(name) => drop(entry.set_gname(name).is_ok()),
        Step::Size(size) => {
            if entry.set_size(size).is_ok() {
                assert_eq!(entry.size(), size);
            }
        }
        Step::Mode(mode) => drop(entry.set_mode(mode).is_ok()),
        Step::FileType(number) => {
            drop(entry.set_file_type(TYPES[usize::from(number) % TYPES.len()]).is_ok());
        }
        Step::Mtime(seconds, nanoseconds) => {
            drop(entry.set_mtime(Timestamp { seconds, nanoseconds }).is_ok());
        }
        Step::Atime(seconds, nanoseconds) => {
            drop(entry.set_atime(Timestamp { seconds, nanoseconds }).is_ok());
        }
        Step::Uid(uid) => drop(entry.set_uid(uid).is_ok()),
        Step::Gid(gid) => drop(entry.set_gid(gid).is_ok()),
        Step::Xattr(name, value) => drop(entry.set_xattr(name, value).is_ok()),
        Step::RemoveXattr(name) => drop(entry.remove_xattr(name)),
        Step::MacMetadata(blob) => drop(entry.set_mac_metadata(blob).is_ok()),
        Step::Sparse(start, len) => {
            let range = start..start.saturating_add(len);
            if entry.set_sparse_map(&[range]).is_ok() {
                assert!(entry.sparse_map().len() <= 1);
            }
        }
        Step::Acl(kind, tag, permissions, id, name) => {
            let line = AclEntry::new(
                KINDS[usize::from(kind) % KINDS.len()],
                TAGS[usize::from(tag) % TAGS.len()],
                AclPermissions::from_bits_truncate(permissions),
            );
            let _ = entry.set_acl(&[line.with_id(id).with_name(name)]);
        }
        Step::AclText(text) => {
            if let Ok(line) = text.parse::<AclEntry>() {
                // What is read is written so that it is read again.
                assert_eq!(line.to_string().parse::<AclEntry>().expect(text), line);
                let _ = entry.set_acl(&[line]);
            }
        }
        Step::Fflags(text) => drop(entry.set_fflags_text(text).is_ok()),
        Step::Clone => *entry = entry.clone(),
        Step::Look => look(entry),
    }
}

fn look(entry: &EntryBuf) {
    let _ = format!("{entry:?} {}", entry.mode_string());
    let _ = (entry.path_bytes(), entry.hardlink_bytes(), entry.symlink_bytes());
    let _ = (entry.uname_bytes(), entry.gname_bytes(), entry.fflags_text(), entry.fflags());
    let _ = (entry.acl(), entry.xattrs(), entry.sparse_map(), entry.mac_metadata());
    let _ = (entry.mtime(), entry.atime(), entry.size(), entry.mode(), entry.uid(), entry.gid());
}
