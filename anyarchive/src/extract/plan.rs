//! The plan step: metadata of an entry in, what is to be done out. No I/O.

use super::{
    Refusal, Skip,
    path::{Place, RelPath, judge_symlink, place},
    policy::Policy,
};
use crate::{EntryRef, FileType, Timestamp};

/// Read, write and search permissions; the other bits of a mode give privileges.
pub(super) const PERMISSIONS: u32 = 0o777;

/// Mode of a file that the archive gives none, before the umask.
const DEFAULT_MODE: u32 = 0o666;

/// What the plan depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Metadata<'e> {
    pub(super) path: &'e [u8],
    pub(super) file_type: FileType,
    pub(super) hard_link: Option<&'e [u8]>,
    pub(super) symlink: Option<&'e [u8]>,
    pub(super) mode: u32,
    pub(super) size: Option<u64>,
    pub(super) nlink: u32,
    pub(super) mtime: Option<Timestamp>,
}

impl<'e> Metadata<'e> {
    pub(super) fn of(entry: &'e EntryRef) -> Self {
        Self {
            path: entry.path_bytes(),
            file_type: entry.file_type(),
            hard_link: entry.hardlink_bytes(),
            symlink: entry.symlink_bytes(),
            mode: entry.mode(),
            size: entry.size(),
            nlink: entry.nlink(),
            mtime: entry.mtime(),
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
    pub(super) mtime: Option<Timestamp>,
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
    let kind = match kind(entry) {
        Ok(kind) => kind,
        Err(reason) => return Plan::Refuse(reason),
    };
    let path = match place(entry.path, policy.strip_components) {
        Ok(Place::Below(path)) => path,
        Ok(Place::Stripped) => return Plan::Skip(Skip::Stripped),
        Ok(Place::Destination) if matches!(kind, RawKind::Directory) => return Plan::Nothing,
        Ok(Place::Destination) => return Plan::Refuse(Refusal::EmptyPath),
        Err(reason) => return Plan::Refuse(reason),
    };
    let guessed = matches!(kind, RawKind::File) && entry.file_type == FileType::Unknown;
    let mode = match entry.mode & PERMISSIONS {
        // Without a type, that is no mode either.
        0 if guessed => DEFAULT_MODE,
        mode => mode,
    };
    let file = FileSpec {
        mode,
        size: entry.size,
        has_more_names: entry.nlink > 1,
    };
    let kind = match kind {
        RawKind::Directory => Kind::Directory { mode },
        RawKind::File => Kind::File(file),
        RawKind::Symlink(target) => match judge_symlink(target, path.depth()) {
            Ok(()) => Kind::Symlink {
                target: target.to_vec(),
            },
            Err(reason) => return Plan::Refuse(reason),
        },
        RawKind::HardLink(target) => match place(target, policy.strip_components) {
            Ok(Place::Below(target)) => Kind::HardLink { target, file },
            _ => return Plan::Refuse(Refusal::UnsafeHardLink),
        },
    };
    let dropped_bits = match kind {
        Kind::Directory { .. } | Kind::File(_) => entry.mode & !PERMISSIONS,
        // The first has no mode of its own, the second that of the file it links to.
        Kind::Symlink { .. } | Kind::HardLink { .. } => 0,
    };
    Plan::Do(Action {
        path,
        kind,
        mtime: entry.mtime,
        dropped_bits,
        guessed,
    })
}

enum RawKind<'e> {
    Directory,
    File,
    Symlink(&'e [u8]),
    HardLink(&'e [u8]),
}

/// What kinds of entries are extracted at all.
fn kind<'e>(entry: &Metadata<'e>) -> Result<RawKind<'e>, Refusal> {
    match (entry.file_type, entry.hard_link, entry.symlink) {
        (FileType::CharDevice | FileType::BlockDevice, ..) => Err(Refusal::Device),
        (FileType::Fifo, ..) => Err(Refusal::Fifo),
        (FileType::Socket, ..) => Err(Refusal::Socket),
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

    fn entry(path: &str, file_type: FileType) -> Metadata<'_> {
        Metadata {
            path: path.as_bytes(),
            file_type,
            hard_link: None,
            symlink: None,
            mode: 0o644,
            size: Some(3),
            nlink: 1,
            mtime: None,
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
        match place(path.as_bytes(), 0) {
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
        let file = Metadata {
            mode: 0o7751,
            mtime: Some(mtime),
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
            mtime: Some(mtime),
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
}
