//! The plan step: metadata of an entry in, what is to be done out. No I/O.

use super::{
    Allow, HardLinks, Permissions, Refusal, Skip, Symlinks,
    path::{Place, RelPath, judge_any_symlink, judge_symlink, place},
    policy::Policy,
    restore::{Attributes, More},
};
use crate::{EntryRef, FileType};

/// Read, write and search permissions; the other bits of a mode give privileges.
pub(super) const PERMISSIONS: u32 = 0o777;

/// Mode of a file that the archive gives none, before the umask.
const DEFAULT_MODE: u32 = 0o666;

/// What the plan depends on.
#[derive(Clone, Debug)]
pub(super) struct Metadata<'e> {
    pub(super) path: &'e [u8],
    pub(super) file_type: FileType,
    pub(super) hard_link: Option<&'e [u8]>,
    pub(super) symlink: Option<&'e [u8]>,
    pub(super) mode: u32,
    pub(super) size: Option<u64>,
    pub(super) nlink: u32,
    pub(super) device: Option<(u64, u64)>,
    pub(super) attributes: Attributes,
}

impl<'e> Metadata<'e> {
    pub(super) fn of(entry: &'e EntryRef, policy: &Policy) -> Self {
        Self {
            path: entry.path_bytes(),
            file_type: entry.file_type(),
            hard_link: entry.hardlink_bytes(),
            symlink: entry.symlink_bytes(),
            mode: entry.mode(),
            size: entry.size(),
            nlink: entry.nlink(),
            device: entry.rdev(),
            attributes: Attributes::of(entry, policy),
        }
    }
}

/// Names under which ar archives hold their symbol table and their long names.
const AR_INDEXES: &[&[u8]] = &[b"/", b"//", b"/SYM64/"];

/// What is to be done with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    Do(Action),
    Refuse(Refusal),
    Skip(Skip),
    /// It is the destination itself, which stays as it is.
    Nothing,
}

/// Something to make below the destination; owned, so that it can go to another thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Action {
    pub(super) path: RelPath,
    pub(super) kind: Kind,
    pub(super) attributes: Attributes,
    /// Its path was absolute.
    pub(super) made_relative: bool,
    /// Setuid, setgid and sticky bits that the entry has and the file will not have.
    pub(super) dropped_bits: u32,
    /// The archive does not say that it is a regular file.
    pub(super) guessed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Directory {
        mode: u32,
    },
    File(FileSpec),
    Symlink {
        target: Vec<u8>,
    },
    /// Another name of `target`. When the entry brings data, it is the data of both, and `file` says
    /// how it is to be written.
    HardLink {
        target: RelPath,
        file: FileSpec,
    },
    Special(Special),
}

/// A named pipe, socket or device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Special {
    pub(super) file_type: FileType,
    /// Permissions, before the umask.
    pub(super) mode: u32,
    /// Major and minor number of a device.
    pub(super) device: (u64, u64),
}

/// How a regular file is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileSpec {
    /// Permissions, before the umask.
    pub(super) mode: u32,
    /// Length that the archive claims.
    pub(super) size: Option<u64>,
    /// The archive says that there are other names, so data can come with one of those.
    pub(super) has_more_names: bool,
}

/// Decides about one entry.
pub(super) fn plan(entry: &Metadata<'_>, policy: &Policy) -> Plan {
    if entry.file_type == FileType::File && AR_INDEXES.contains(&entry.path) {
        return Plan::Skip(Skip::Index);
    }
    decide(entry, policy).unwrap_or_else(Plan::Refuse)
}

fn decide(entry: &Metadata<'_>, policy: &Policy) -> Result<Plan, Refusal> {
    let kind = kind(entry, policy.allow)?;
    let path = match place(entry.path, policy)? {
        Place::Below(path) => path,
        Place::Stripped => return Ok(Plan::Skip(Skip::Stripped)),
        Place::Destination if matches!(kind, RawKind::Directory) => return Ok(Plan::Nothing),
        Place::Destination => return Err(Refusal::EmptyPath),
    };
    let guessed = matches!(kind, RawKind::File) && entry.file_type == FileType::Unknown;
    let mode = match (policy.permissions, entry.mode & PERMISSIONS) {
        (Permissions::Ignore, _) if matches!(kind, RawKind::Directory) => PERMISSIONS,
        (Permissions::Ignore, _) => DEFAULT_MODE,
        // Without a type, that is no mode either.
        (_, 0) if guessed => DEFAULT_MODE,
        (_, mode) => mode,
    };
    let file = FileSpec {
        mode,
        size: entry.size,
        has_more_names: entry.nlink > 1,
    };
    let kind = match kind {
        RawKind::Directory => Kind::Directory { mode },
        RawKind::File => {
            check_size(entry.size, policy)?;
            Kind::File(file)
        }
        RawKind::Symlink(target) => {
            match policy.symlinks {
                Symlinks::Skip => return Ok(Plan::Skip(Skip::Symlink)),
                Symlinks::Refuse => return Err(Refusal::Symlink),
                Symlinks::Inside | Symlinks::Allow => judge_any_symlink(target, policy)?,
            }
            if policy.symlinks == Symlinks::Inside {
                judge_symlink(target, path.depth())?;
            }
            Kind::Symlink {
                target: target.to_vec(),
            }
        }
        RawKind::HardLink(target) => {
            match policy.hard_links {
                HardLinks::Skip => return Ok(Plan::Skip(Skip::HardLink)),
                HardLinks::Refuse => return Err(Refusal::HardLink),
                HardLinks::Inside => check_size(entry.size, policy)?,
            }
            match place(target, policy) {
                Ok(Place::Below(target)) => Kind::HardLink { target, file },
                _ => return Err(Refusal::UnsafeHardLink),
            }
        }
        RawKind::Special => Kind::Special(Special {
            file_type: entry.file_type,
            mode,
            device: entry.device.unwrap_or_default(),
        }),
    };
    let privileges = match kind {
        Kind::Directory { .. } | Kind::File(_) | Kind::Special(_) => entry.mode & !PERMISSIONS,
        // The first has no mode of its own, the second that of the file it links to.
        Kind::Symlink { .. } | Kind::HardLink { .. } => 0,
    };
    let allowed = match policy.permissions {
        Permissions::Ignore => 0,
        _ => privileges & privilege_bits(policy.allow),
    };
    let mut attributes = entry.attributes.clone();
    let exact = policy.permissions == Permissions::Exact && !matches!(kind, Kind::Symlink { .. });
    if exact || allowed != 0 {
        let more = attributes.more.get_or_insert_with(Box::<More>::default);
        more.privileges = allowed;
        more.permissions = exact.then_some(mode);
    }
    Ok(Plan::Do(Action {
        path,
        kind,
        attributes,
        made_relative: entry.path.first() == Some(&b'/'),
        dropped_bits: match policy.permissions {
            Permissions::Ignore => 0,
            _ => privileges & !allowed,
        },
        guessed,
    }))
}

fn check_size(size: Option<u64>, policy: &Policy) -> Result<(), Refusal> {
    match policy.limits.file_bytes {
        Some(limit) if size.is_some_and(|size| size > limit) => Err(Refusal::FileTooLong(limit)),
        _ => Ok(()),
    }
}

/// The bits of a mode that are allowed beside the permissions.
fn privilege_bits(allow: Allow) -> u32 {
    [
        (Allow::SETUID, 0o4000),
        (Allow::SETGID, 0o2000),
        (Allow::STICKY, 0o1000),
    ]
    .into_iter()
    .filter(|(flag, _)| allow.contains(*flag))
    .map(|(_, bit)| bit)
    .sum()
}

enum RawKind<'e> {
    Directory,
    File,
    Symlink(&'e [u8]),
    HardLink(&'e [u8]),
    Special,
}

/// What kinds of entries are extracted at all.
fn kind<'e>(entry: &Metadata<'e>, allow: Allow) -> Result<RawKind<'e>, Refusal> {
    let special = |flag, refusal| match entry.hard_link {
        _ if !allow.contains(flag) => Err(refusal),
        // Hard links are to regular files only.
        Some(_) => Err(Refusal::HardLinkToSpecial),
        None => Ok(RawKind::Special),
    };
    match (entry.file_type, entry.hard_link, entry.symlink) {
        (FileType::CharDevice | FileType::BlockDevice, ..) => {
            special(Allow::DEVICES, Refusal::Device)
        }
        (FileType::Fifo, ..) => special(Allow::FIFOS, Refusal::Fifo),
        (FileType::Socket, ..) => special(Allow::SOCKETS, Refusal::Socket),
        // cpio repeats a directory's inode number only by mistake: there are no hard links to them.
        (FileType::Directory, ..) => Ok(RawKind::Directory),
        // With its own target a further name of a symbolic link is one more symbolic link. Without,
        // it would be a hard link to the first one, whose target can lead outside from here.
        (FileType::Symlink, _, Some(target)) => Ok(RawKind::Symlink(target)),
        (_, Some(target), _) => Ok(RawKind::HardLink(target)),
        (FileType::Symlink, None, None) => Err(Refusal::NoTarget),
        (FileType::File, None, _) => Ok(RawKind::File),
        // Archivers that leave the type out mean a file; a name alone can be anything.
        (FileType::Unknown, None, _) if entry.size != Some(0) => Ok(RawKind::File),
        (FileType::Unknown, None, _) => Err(Refusal::UnknownType),
    }
}

#[cfg(test)]
mod tests;
