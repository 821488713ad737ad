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
mod tests {
    use super::*;
    use crate::{AbsolutePaths, Limits, Timestamp};

    fn entry(path: &str, file_type: FileType) -> Metadata<'_> {
        Metadata {
            path: path.as_bytes(),
            file_type,
            hard_link: None,
            symlink: None,
            mode: 0o644,
            size: Some(3),
            nlink: 1,
            device: None,
            attributes: Attributes::default(),
        }
    }

    fn strip(count: usize) -> Policy {
        Policy {
            strip_components: count,
            ..Policy::default()
        }
    }

    fn action(entry: &Metadata<'_>, policy: &Policy) -> Action {
        match plan(entry, policy) {
            Plan::Do(action) => action,
            other => panic!("{other:?}"),
        }
    }

    fn refusal(entry: &Metadata<'_>) -> Refusal {
        match plan(entry, &Policy::default()) {
            Plan::Refuse(reason) => reason,
            other => panic!("{other:?}"),
        }
    }

    fn rel(path: &str) -> RelPath {
        match place(path.as_bytes(), &Policy::default()) {
            Ok(Place::Below(path)) => path,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn files_and_directories_lose_privileges_and_nothing_else() {
        let mtime = Timestamp {
            seconds: -5,
            nanoseconds: 7,
        };
        let attributes = Attributes {
            mtime: Some(mtime),
            ..Attributes::default()
        };
        let file = Metadata {
            mode: 0o7751,
            attributes: attributes.clone(),
            size: None,
            nlink: 2,
            ..entry("./a//b", FileType::File)
        };
        let expected = Action {
            path: rel("a/b"),
            kind: Kind::File(FileSpec {
                mode: 0o751,
                size: None,
                has_more_names: true,
            }),
            attributes,
            made_relative: false,
            dropped_bits: 0o7000,
            guessed: false,
        };
        assert_eq!(action(&file, &Policy::default()), expected);

        let directory = Metadata {
            mode: 0o2700,
            ..entry("d/", FileType::Directory)
        };
        let planned = action(&directory, &Policy::default());
        assert_eq!(planned.kind, Kind::Directory { mode: 0o700 });
        assert_eq!(planned.dropped_bits, 0o2000);
        let plain = action(&entry("f", FileType::File), &Policy::default());
        assert_eq!(plain.dropped_bits, 0);
    }

    #[test]
    fn special_files_are_refused_whatever_their_name() {
        for (file_type, reason) in [
            (FileType::CharDevice, Refusal::Device),
            (FileType::BlockDevice, Refusal::Device),
            (FileType::Fifo, Refusal::Fifo),
            (FileType::Socket, Refusal::Socket),
        ] {
            assert_eq!(refusal(&entry("a", file_type)), reason);
            assert_eq!(refusal(&entry("../a", file_type)), reason);
        }
        let linked = Metadata {
            hard_link: Some(b"b"),
            ..entry("a", FileType::CharDevice)
        };
        assert_eq!(refusal(&linked), Refusal::Device);
    }

    #[test]
    fn data_without_a_type_is_a_file() {
        let unknown = |mode, size| Metadata {
            mode,
            size,
            ..entry("a", FileType::Unknown)
        };
        assert_eq!(refusal(&unknown(0o644, Some(0))), Refusal::UnknownType);
        for (mode, size, expected) in [
            (0, None, 0o666),
            (0, Some(1), 0o666),
            (0o600, Some(1), 0o600),
        ] {
            let planned = action(&unknown(mode, size), &Policy::default());
            let Kind::File(spec) = planned.kind else {
                panic!("{planned:?}");
            };
            assert_eq!(
                (spec.mode, spec.size, planned.guessed),
                (expected, size, true)
            );
        }
        let no_mode = Metadata {
            mode: 0,
            ..entry("a", FileType::File)
        };
        let planned = action(&no_mode, &Policy::default());
        assert!(matches!(planned.kind, Kind::File(FileSpec { mode: 0, .. })) && !planned.guessed);
    }

    #[test]
    fn indexes_of_ar_archives_are_no_files() {
        for path in ["/", "//", "/SYM64/"] {
            let index = entry(path, FileType::File);
            assert_eq!(plan(&index, &Policy::default()), Plan::Skip(Skip::Index));
            assert_eq!(
                refusal(&entry(path, FileType::Directory)),
                Refusal::AbsolutePath
            );
        }
        assert_eq!(
            refusal(&entry("///", FileType::File)),
            Refusal::AbsolutePath
        );
    }

    #[test]
    fn paths_are_judged() {
        for (path, reason) in [
            ("", Refusal::EmptyPath),
            (".", Refusal::EmptyPath),
            ("/a", Refusal::AbsolutePath),
            ("a/../b", Refusal::ParentComponent),
            ("a\0", Refusal::NulByte),
        ] {
            assert_eq!(refusal(&entry(path, FileType::File)), reason, "{path:?}");
        }
        for path in [".", "./", "././/"] {
            let root = entry(path, FileType::Directory);
            assert_eq!(plan(&root, &Policy::default()), Plan::Nothing);
            assert_eq!(plan(&root, &strip(2)), Plan::Nothing);
        }
        let root = entry("", FileType::Directory);
        assert_eq!(refusal(&root), Refusal::EmptyPath);
    }

    #[test]
    fn stripping_concerns_paths_and_hard_links_but_not_symlinks() {
        let file = entry("top/a/b", FileType::File);
        assert_eq!(action(&file, &strip(2)).path, rel("b"));
        assert_eq!(plan(&file, &strip(3)), Plan::Skip(Skip::Stripped));

        let link = Metadata {
            hard_link: Some(b"top/x"),
            ..entry("top/y", FileType::Unknown)
        };
        let planned = action(&link, &strip(1));
        assert_eq!(planned.path, rel("y"));
        assert!(matches!(planned.kind, Kind::HardLink { target, .. } if target == rel("x")));

        let symlink = Metadata {
            symlink: Some(b"top/x"),
            ..entry("top/y", FileType::Symlink)
        };
        let planned = action(&symlink, &strip(1));
        let target = b"top/x".to_vec();
        assert_eq!(planned.kind, Kind::Symlink { target });
        // What was inside is outside once the link moves up.
        let climbing = Metadata {
            symlink: Some(b"../x"),
            ..entry("top/y", FileType::Symlink)
        };
        action(&climbing, &Policy::default());
        assert_eq!(
            plan(&climbing, &strip(1)),
            Plan::Refuse(Refusal::OutsideSymlink)
        );
    }

    #[test]
    fn symlinks_are_judged_from_their_own_directory() {
        let link = |path, target: &'static [u8]| Metadata {
            symlink: Some(target),
            mode: 0o7777,
            ..entry(path, FileType::Symlink)
        };
        assert_eq!(refusal(&link("l", b"..")), Refusal::OutsideSymlink);
        assert_eq!(refusal(&link("l", b"/")), Refusal::AbsoluteSymlink);
        assert_eq!(refusal(&link("a/l", b"x/..")), Refusal::WindingSymlink);
        assert_eq!(refusal(&link("l", b"")), Refusal::NoTarget);
        assert_eq!(refusal(&link("../l", b"x")), Refusal::ParentComponent);
        assert_eq!(
            action(&link("a/l", b".."), &Policy::default()).dropped_bits,
            0
        );
        let no_target = entry("l", FileType::Symlink);
        assert_eq!(refusal(&no_target), Refusal::NoTarget);
    }

    #[test]
    fn hard_links_stay_inside() {
        for target in [
            &b"../x"[..],
            b"/etc/passwd",
            b"a/../../x",
            b"",
            b".",
            b"x\0",
        ] {
            let link = Metadata {
                hard_link: Some(target),
                ..entry("l", FileType::Unknown)
            };
            assert_eq!(refusal(&link), Refusal::UnsafeHardLink, "{target:?}");
        }
        let stripped = Metadata {
            hard_link: Some(b"x"),
            ..entry("top/l", FileType::File)
        };
        assert_eq!(
            plan(&stripped, &strip(1)),
            Plan::Refuse(Refusal::UnsafeHardLink)
        );
    }

    #[test]
    fn what_cannot_be_a_hard_link_is_what_it_says() {
        let directory = Metadata {
            hard_link: Some(b"other"),
            ..entry("d", FileType::Directory)
        };
        assert!(matches!(
            action(&directory, &Policy::default()).kind,
            Kind::Directory { .. }
        ));
        let symlink = Metadata {
            hard_link: Some(b"other"),
            symlink: Some(b"target"),
            ..entry("s", FileType::Symlink)
        };
        let target = b"target".to_vec();
        assert_eq!(
            action(&symlink, &Policy::default()).kind,
            Kind::Symlink { target }
        );
    }

    #[test]
    fn special_files_are_made_by_name_only() {
        let device = |file_type| Metadata {
            device: Some((1, 3)),
            mode: 0o4620,
            ..entry("null", file_type)
        };
        let policy = |allow| Policy {
            allow,
            ..Policy::default()
        };
        for (file_type, allow) in [
            (FileType::CharDevice, Allow::DEVICES),
            (FileType::BlockDevice, Allow::DEVICES),
            (FileType::Fifo, Allow::FIFOS),
            (FileType::Socket, Allow::SOCKETS),
        ] {
            let planned = action(&device(file_type), &policy(allow));
            let special = Special {
                file_type,
                mode: 0o620,
                device: (1, 3),
            };
            assert_eq!(planned.kind, Kind::Special(special));
            assert_eq!(planned.dropped_bits, 0o4000);
            let others = policy(Allow::all() - allow);
            assert!(matches!(plan(&device(file_type), &others), Plan::Refuse(_)));
            let linked = Metadata {
                hard_link: Some(b"other"),
                ..device(file_type)
            };
            assert_eq!(
                plan(&linked, &policy(allow)),
                Plan::Refuse(Refusal::HardLinkToSpecial)
            );
        }
    }

    #[test]
    fn permissions_and_privileges_are_as_the_policy_says() {
        let file = Metadata {
            mode: 0o7751,
            ..entry("a", FileType::File)
        };
        for (permissions, allow, mode, exact, privileges, dropped) in [
            (Permissions::Umask, Allow::empty(), 0o751, None, 0, 0o7000),
            (
                Permissions::Umask,
                Allow::SETUID,
                0o751,
                None,
                0o4000,
                0o3000,
            ),
            (
                Permissions::Exact,
                Allow::empty(),
                0o751,
                Some(0o751),
                0,
                0o7000,
            ),
            (
                Permissions::Exact,
                Allow::STICKY,
                0o751,
                Some(0o751),
                0o1000,
                0o6000,
            ),
            (Permissions::Ignore, Allow::all(), 0o666, None, 0, 0),
        ] {
            let policy = Policy {
                permissions,
                allow,
                ..Policy::default()
            };
            let planned = action(&file, &policy);
            let Kind::File(spec) = planned.kind else {
                panic!("{planned:?}");
            };
            let more = planned.attributes.more.unwrap_or_default();
            assert_eq!(
                (
                    spec.mode,
                    more.permissions,
                    more.privileges,
                    planned.dropped_bits
                ),
                (mode, exact, privileges, dropped)
            );
        }
    }

    #[test]
    fn links_are_as_the_policy_says() {
        let link = Metadata {
            symlink: Some(b"/etc/passwd"),
            ..entry("l", FileType::Symlink)
        };
        let with = |symlinks| Policy {
            symlinks,
            ..Policy::default()
        };
        assert!(matches!(plan(&link, &with(Symlinks::Allow)), Plan::Do(_)));
        assert_eq!(
            plan(&link, &with(Symlinks::Skip)),
            Plan::Skip(Skip::Symlink)
        );
        assert_eq!(
            plan(&link, &with(Symlinks::Refuse)),
            Plan::Refuse(Refusal::Symlink)
        );
        let hard = Metadata {
            hard_link: Some(b"x"),
            ..entry("l", FileType::File)
        };
        let with = |hard_links| Policy {
            hard_links,
            ..Policy::default()
        };
        assert_eq!(
            plan(&hard, &with(HardLinks::Skip)),
            Plan::Skip(Skip::HardLink)
        );
        assert_eq!(
            plan(&hard, &with(HardLinks::Refuse)),
            Plan::Refuse(Refusal::HardLink)
        );
    }

    #[test]
    fn long_files_are_refused_before_a_byte_is_read() {
        let policy = Policy {
            limits: Limits::none().file_bytes(3),
            absolute_paths: AbsolutePaths::MakeRelative,
            ..Policy::default()
        };
        let file = entry("/a", FileType::File);
        assert!(action(&file, &policy).made_relative);
        for hard_link in [None, Some(&b"b"[..])] {
            let file = Metadata {
                size: Some(4),
                hard_link,
                ..file.clone()
            };
            assert_eq!(plan(&file, &policy), Plan::Refuse(Refusal::FileTooLong(3)));
        }
    }
}
