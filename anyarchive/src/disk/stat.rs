//! What the system tells of a file, in the same types everywhere.

use rustix::fs::{FileType as Kind, Stat};

use crate::{FileType, Timestamp};

/// Device and inode number: which file it is, whatever its names are.
pub(super) type Id = (u64, u64);

/// The fields of `struct stat` that an archive can keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Metadata {
    pub(super) kind: FileType,
    pub(super) id: Id,
    pub(super) mode: u32,
    pub(super) nlink: u64,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) rdev: u64,
    pub(super) size: u64,
    /// Bytes that take room on the disk.
    pub(super) allocated: u64,
    pub(super) mtime: Timestamp,
    pub(super) atime: Timestamp,
    pub(super) ctime: Timestamp,
}

impl Metadata {
    // The types of the fields differ from system to system.
    #[allow(clippy::unnecessary_cast, clippy::useless_conversion)]
    pub(super) fn new(stat: &Stat) -> Self {
        Self {
            kind: kind(stat),
            id: (stat.st_dev as u64, stat.st_ino as u64),
            mode: u32::from(stat.st_mode) & 0o7777,
            nlink: stat.st_nlink as u64,
            uid: stat.st_uid,
            gid: stat.st_gid,
            rdev: stat.st_rdev as u64,
            size: u64::try_from(stat.st_size).unwrap_or(0),
            allocated: u64::try_from(stat.st_blocks)
                .unwrap_or(0)
                .saturating_mul(512),
            mtime: time(stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            atime: time(stat.st_atime as i64, stat.st_atime_nsec as i64),
            ctime: time(stat.st_ctime as i64, stat.st_ctime_nsec as i64),
        }
    }

    pub(super) fn is_directory(&self) -> bool {
        self.kind == FileType::Directory
    }
}

fn time(seconds: i64, nanoseconds: i64) -> Timestamp {
    Timestamp {
        seconds,
        nanoseconds: u32::try_from(nanoseconds)
            .ok()
            .filter(|&nanoseconds| nanoseconds < 1_000_000_000)
            .unwrap_or(0),
    }
}

pub(super) fn kind(stat: &Stat) -> FileType {
    match Kind::from_raw_mode(stat.st_mode) {
        Kind::RegularFile => FileType::File,
        Kind::Directory => FileType::Directory,
        Kind::Symlink => FileType::Symlink,
        Kind::CharacterDevice => FileType::CharDevice,
        Kind::BlockDevice => FileType::BlockDevice,
        Kind::Fifo => FileType::Fifo,
        Kind::Socket => FileType::Socket,
        Kind::Unknown => FileType::Unknown,
    }
}
