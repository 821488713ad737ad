//! Walking a directory to get entries.

#[cfg(unix)]
mod acl;
#[cfg(unix)]
mod attributes;
mod builder;
#[cfg(unix)]
mod data;
mod name;
#[cfg(unix)]
mod open;
#[cfg(unix)]
mod owners;
mod read_disk;
#[cfg(unix)]
mod stack;
#[cfg(unix)]
mod stat;
#[cfg(all(test, unix))]
mod tests;
#[cfg(unix)]
mod walk;
mod write_disk;

#[cfg(unix)]
pub(crate) use data::Piece;
pub use {
    builder::{FollowSymlinks, WalkBuilder},
    read_disk::{ReadDisk, ReadDiskBehavior, ReadDiskBuilder, ReadDiskEntry},
    write_disk::{WriteDisk, WriteDiskFile, WriteDiskFlags, WriteDiskStart},
};
#[cfg(unix)]
pub use {
    data::{DataChange, DiskData},
    walk::{DiskEntry, Walk},
};
