//! A directory tree as entries.

use std::{
    collections::HashMap,
    fs, io,
    os::unix::{ffi::OsStrExt as _, fs::FileTypeExt as _, fs::MetadataExt as _},
    path::{Path, PathBuf},
};

use super::{Content, Item};

/// How a format stores several names of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HardLinks {
    /// An entry that names the first one.
    Links,
    /// By the inode number, with the data at the last name.
    DataAtLast,
    /// By the inode number, with the data at each name.
    DataAtEach,
    /// Not at all: each name is a file of its own.
    Copies,
}

impl HardLinks {
    pub(super) fn of_format(name: &str) -> Self {
        match name {
            "ustar" | "pax" | "paxr" | "posix" | "rpax" | "bsdtar" | "gnutar" | "v7tar" | "v7"
            | "oldtar" | "iso9660" | "iso" | "cd9660" | "xar" | "shar" | "shardump" => Self::Links,
            "newc" => Self::DataAtLast,
            "cpio" | "odc" | "bin" | "pwb" => Self::DataAtEach,
            _ => Self::Copies,
        }
    }
}

/// Every path below `dir`, relative to it, in the order of names, directories before their content.
pub(super) fn paths(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(parent) = open.pop() {
        for entry in fs::read_dir(dir.join(&parent))? {
            let entry = entry?;
            let path = parent.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                open.push(path.clone());
            }
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The entries for these paths; files are read when their turn comes.
pub(super) fn items<'a>(
    dir: &'a Path,
    paths: &'a [PathBuf],
    links: HardLinks,
) -> io::Result<impl Iterator<Item = io::Result<Item>> + 'a> {
    let mut names = Names::default();
    for path in paths {
        let metadata = fs::symlink_metadata(dir.join(path))?;
        if metadata.is_file() && metadata.nlink() > 1 {
            let file = names.0.entry(inode(&metadata)).or_insert(Name {
                first: path.clone(),
                ahead: 0,
            });
            file.ahead += 1;
        }
    }
    Ok(paths
        .iter()
        .map(move |path| item(dir, path, links, &mut names)))
}

/// The files that have several names.
#[derive(Default)]
struct Names(HashMap<(u64, u64), Name>);

struct Name {
    first: PathBuf,
    /// How many names in the tree are still to come.
    ahead: u64,
}

fn inode(metadata: &fs::Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

fn item(dir: &Path, path: &Path, links: HardLinks, names: &mut Names) -> io::Result<Item> {
    let full = dir.join(path);
    let metadata = fs::symlink_metadata(&full)?;
    let kind = metadata.file_type();
    let content = if kind.is_dir() {
        Content::Directory
    } else if kind.is_symlink() {
        Content::Symlink(fs::read_link(&full)?.as_os_str().as_bytes().to_vec())
    } else if kind.is_fifo() {
        Content::Fifo
    } else if kind.is_socket() {
        Content::Socket
    } else if kind.is_file() {
        file_content(&full, path, &metadata, links, names)?
    } else {
        let rdev = metadata.rdev();
        let numbers = (rustix::fs::major(rdev), rustix::fs::minor(rdev));
        if kind.is_block_device() {
            Content::BlockDevice(numbers.0, numbers.1)
        } else {
            Content::CharDevice(numbers.0, numbers.1)
        }
    };
    let item = Item::new(path.as_os_str().as_bytes(), content)
        .mode(metadata.mode() & 0o7777)
        .mtime(metadata.mtime(), metadata.mtime_nsec() as u32)
        .owner(metadata.uid().into(), metadata.gid().into());
    Ok(if links == HardLinks::Copies {
        item
    } else {
        // The ISO writer believes in a link only when the number of names is set, and otherwise
        // stores an empty file.
        item.inode(metadata.ino() as i64, metadata.nlink() as u32)
    })
}

fn file_content(
    full: &Path,
    path: &Path,
    metadata: &fs::Metadata,
    links: HardLinks,
    names: &mut Names,
) -> io::Result<Content> {
    if let Some(file) = names.0.get_mut(&inode(metadata)) {
        file.ahead -= 1;
        match links {
            HardLinks::Links if file.first != path => {
                return Ok(Content::HardLink(
                    file.first.as_os_str().as_bytes().to_vec(),
                ));
            }
            HardLinks::DataAtLast if file.ahead > 0 => return Ok(Content::File(Vec::new())),
            _ => {}
        }
    }
    Ok(Content::File(fs::read(full)?))
}
