//! Settings of a walk.

use std::path::{Path, PathBuf};

#[cfg(unix)]
use super::{name::name_in_archive, walk::Walk};
use crate::{Matcher, Result, entry::path_bytes};

/// Which symbolic links a walk follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FollowSymlinks {
    /// None: links are archived as links. C calls it physical.
    #[default]
    Never,
    /// The path that the walk begins with. C calls it hybrid.
    Root,
    /// All, but for those that lead nowhere or back to a directory above. C calls it logical.
    Always,
}

/// Settings of a [`Walk`]; made by [`Walk::builder`].
///
/// Unless it is told otherwise, a walk takes everything that the system tells of a file but its
/// times of access, of creation and of the last change of its metadata.
///
/// # Examples
///
/// ```
/// use anyarchive::{Matcher, Walk};
///
/// # let dir = tempfile::tempdir()?;
/// # std::fs::write(dir.path().join("a.o"), "")?;
/// # std::fs::write(dir.path().join("a.c"), "")?;
/// let mut matcher = Matcher::new()?;
/// matcher.exclude_pattern("*.o")?;
/// let walk = Walk::builder().name("src").sorted(true).matcher(matcher).open(dir.path())?;
/// let paths: Vec<_> = walk.map(|entry| entry.map(|entry| entry.path_bytes().to_vec())).collect();
/// # let paths: Vec<_> = paths.into_iter().collect::<Result<_, anyarchive::Error>>()?;
/// assert_eq!(paths, [&b"src"[..], b"src/a.c"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "a builder does nothing until the walk is opened"]
pub struct WalkBuilder {
    pub(super) settings: Settings,
    pub(super) name: Option<Vec<u8>>,
    pub(super) directory: Option<PathBuf>,
    pub(super) matcher: Option<Matcher>,
}

#[derive(Clone, Debug)]
#[cfg_attr(not(unix), allow(dead_code))] // nothing walks there yet
pub(super) struct Settings {
    pub(super) sorted: bool,
    pub(super) recursive: bool,
    pub(super) follow: FollowSymlinks,
    pub(super) one_file_system: bool,
    pub(super) hardlinks: bool,
    pub(super) owners: bool,
    pub(super) xattrs: bool,
    pub(super) acls: bool,
    pub(super) flags: bool,
    pub(super) sparse: bool,
    pub(super) all_times: bool,
    pub(super) keep_atime: bool,
    pub(super) skip: Vec<(u64, u64)>,
}

impl Default for WalkBuilder {
    fn default() -> Self {
        Self {
            settings: Settings {
                sorted: false,
                recursive: true,
                follow: FollowSymlinks::Never,
                one_file_system: false,
                hardlinks: true,
                owners: true,
                xattrs: true,
                acls: true,
                flags: true,
                sparse: true,
                all_times: false,
                keep_atime: false,
                skip: Vec::new(),
            },
            name: None,
            directory: None,
            matcher: None,
        }
    }
}

/// Setters of a flag.
macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(mut self, on: bool) -> Self {
            self.settings.$name = on;
            self
        }
    )*};
}

impl WalkBuilder {
    flags! {
        /// Visits the names of each directory in the order of their bytes, so that the same tree
        /// always gives the same sequence. Off unless set: then the order is the file system's.
        sorted;
        /// Goes down into directories; on unless set.
        recursive;
        /// Stays on the file system of the root: directories on others are visited, but not entered.
        #[doc(alias = "ARCHIVE_READDISK_NO_TRAVERSE_MOUNTS")]
        one_file_system;
        /// Makes every further name of a file a hard link to the first that was visited; on unless
        /// set. Otherwise each name is a file with the data.
        hardlinks;
        /// Takes owner and group, as numbers and by name; on unless set.
        #[doc(alias = "archive_read_disk_uname")]
        #[doc(alias = "archive_read_disk_gname")]
        owners;
        /// Takes extended attributes of files and directories; on unless set. Those that only the
        /// superuser may read are not there for others.
        #[doc(alias = "ARCHIVE_READDISK_NO_XATTR")]
        xattrs;
        /// Takes POSIX.1e access control lists; on unless set. Linux only.
        #[doc(alias = "ARCHIVE_READDISK_NO_ACL")]
        acls;
        /// Takes file flags such as `immutable`; on unless set. Linux only.
        #[doc(alias = "ARCHIVE_READDISK_NO_FFLAGS")]
        flags;
        /// Looks for holes in files; on unless set.
        #[doc(alias = "ARCHIVE_READDISK_NO_SPARSE")]
        sparse;
        /// Takes the times of the last access, of the last change of metadata and of creation too,
        /// where the system tells them. Off unless set.
        all_times;
        /// Reads without changing the times of the last access, where the system lets the user.
        #[doc(alias = "archive_read_disk_set_atime_restored")]
        #[doc(alias = "ARCHIVE_READDISK_RESTORE_ATIME")]
        keep_atime;
    }

    /// Which symbolic links to follow; none unless set.
    #[doc(alias = "archive_read_disk_set_symlink_logical")]
    #[doc(alias = "archive_read_disk_set_symlink_physical")]
    #[doc(alias = "archive_read_disk_set_symlink_hybrid")]
    pub fn follow_symlinks(mut self, follow: FollowSymlinks) -> Self {
        self.settings.follow = follow;
        self
    }

    /// The path in the archive of what the walk begins with.
    ///
    /// Unless set it is the path on disk without root, `.` and what is before a `..`. When it is
    /// empty, as for `.`, the directory itself is no entry, and the paths below begin with its names.
    pub fn name(mut self, name: impl AsRef<Path>) -> Self {
        self.name = Some(path_bytes(name.as_ref()).into_owned());
        self
    }

    /// Where relative paths on disk begin, instead of the working directory. It is no part of the
    /// paths in the archive.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::Walk;
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # std::fs::create_dir(dir.path().join("site"))?;
    /// let mut walk = Walk::builder().directory(dir.path()).open("site")?;
    /// assert_eq!(walk.next().expect("the directory")?.path_bytes(), b"site");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Leaves out what the matcher excludes, by its path in the archive, its times and its owner.
    ///
    /// A directory that fits a pattern for exclusion is not entered; one that merely fits no pattern
    /// for inclusion is, as there may be something below that does.
    #[doc(alias = "archive_read_disk_set_matching")]
    pub fn matcher(mut self, matcher: Matcher) -> Self {
        self.matcher = Some(matcher);
        self
    }

    /// Leaves out the file with these numbers of device and inode, under whatever name.
    #[doc(alias = "archive_write_set_skip_file")]
    pub fn skip_file(mut self, device: u64, inode: u64) -> Self {
        self.settings.skip.push((device, inode));
        self
    }

    /// Begins a walk at a file or directory.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a [`name`](Self::name) that is no
    /// relative path without `..`. That there is nothing at `path` is the first item of the walk.
    #[cfg(unix)]
    pub fn open(self, path: impl AsRef<Path>) -> Result<Walk> {
        self.open_all([path])
    }

    /// Begins one walk over several files and directories, one after the other: further names of a
    /// file are hard links among all of them. With a [`name`](Self::name), all of them have it.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::Walk;
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # std::fs::write(dir.path().join("a"), "")?;
    /// # std::fs::hard_link(dir.path().join("a"), dir.path().join("b"))?;
    /// let mut walk = Walk::builder().directory(dir.path()).open_all(["a", "b"])?;
    /// assert_eq!(walk.next().expect("a file")?.hardlink_bytes(), None);
    /// assert_eq!(walk.next().expect("its other name")?.hardlink_bytes(), Some(&b"a"[..]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(unix)]
    pub fn open_all<P: AsRef<Path>>(self, paths: impl IntoIterator<Item = P>) -> Result<Walk> {
        if let Some(name) = &self.name
            && name_in_archive(&crate::entry::path_from_bytes(name)) != *name
        {
            return Err(crate::Error::new(
                crate::ErrorKind::InvalidInput,
                "a name in the archive is a relative path without . and ..",
            ));
        }
        let root = |path: P| {
            let path = path.as_ref();
            let on_disk = match &self.directory {
                Some(directory) => path_bytes(&directory.join(path)).into_owned(),
                None => path_bytes(path).into_owned(),
            };
            let name = self.name.clone();
            (on_disk, name.unwrap_or_else(|| name_in_archive(path)))
        };
        let roots = paths.into_iter().map(root).collect();
        Walk::new(roots, self.settings, self.matcher)
    }

    /// Walks are not there yet for this system.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported).
    #[cfg(not(unix))]
    pub fn open(self, _: impl AsRef<Path>) -> Result<std::convert::Infallible> {
        Err(crate::Error::new(
            crate::ErrorKind::Unsupported,
            "walking a directory works on the Unix family only",
        ))
    }
}
