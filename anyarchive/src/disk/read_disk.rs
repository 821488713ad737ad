//! C's own walk, for those who need exactly that.

use std::{
    ffi::{CString, c_int},
    ops::Deref,
    path::Path,
};

use archive_sys as sys;
use bitflags::bitflags;

use super::FollowSymlinks;
use crate::{
    EntryBuf, EntryRef, Error, ErrorKind, Matcher, Result,
    entry::path_bytes,
    ffi::{
        Status,
        read_disk::{ReadDiskHandle, SymlinkMode},
    },
};

bitflags! {
    /// How C's walk behaves; see [`ReadDisk`].
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct ReadDiskBehavior: u32 {
        /// Gives files and directories their time of the last access back.
        const RESTORE_ATIME = sys::ARCHIVE_READDISK_RESTORE_ATIME.cast_unsigned();
        /// Leaves out what has the flag `nodump`.
        const HONOR_NODUMP = sys::ARCHIVE_READDISK_HONOR_NODUMP.cast_unsigned();
        /// On macOS, copies extended metadata.
        const MAC_COPYFILE = sys::ARCHIVE_READDISK_MAC_COPYFILE.cast_unsigned();
        /// Enters no directory on another file system.
        const NO_TRAVERSE_MOUNTS = sys::ARCHIVE_READDISK_NO_TRAVERSE_MOUNTS.cast_unsigned();
        /// Takes no extended attributes.
        const NO_XATTR = sys::ARCHIVE_READDISK_NO_XATTR.cast_unsigned();
        /// Takes no access control lists.
        const NO_ACL = sys::ARCHIVE_READDISK_NO_ACL.cast_unsigned();
        /// Takes no file flags.
        const NO_FFLAGS = sys::ARCHIVE_READDISK_NO_FFLAGS.cast_unsigned();
        /// Looks for no holes.
        const NO_SPARSE = sys::ARCHIVE_READDISK_NO_SPARSE.cast_unsigned();
        /// The last four together: with all of them the working directory of the process stays as it
        /// is.
        const NO_CHDIR = Self::NO_XATTR.bits() | Self::NO_ACL.bits()
            | Self::NO_FFLAGS.bits() | Self::NO_SPARSE.bits();
    }
}

/// The directory walk of libarchive, `archive_read_disk(3)`.
///
/// Prefer [`Walk`](crate::Walk): it needs nothing of the process, and finds the same. This one is for
/// those who need what C does, to the letter.
///
/// **It changes the working directory of the process**, for short moments within its calls, unless
/// the behaviour has all of [`NO_CHDIR`](ReadDiskBehavior::NO_CHDIR), which is what it starts with.
/// Threads that use relative paths in such a moment look into a wrong directory. All calls of this
/// type and of [`WriteDisk`](crate::WriteDisk) in the process run one at a time, since C keeps pointers
/// of a walk in static variables.
///
/// A directory is entered only when [`descend`](ReadDiskEntry::descend) is called on its entry. Paths
/// are those on disk. With a matcher, what it excludes is not visited and not entered.
///
/// # Examples
///
/// ```
/// use anyarchive::ReadDisk;
///
/// # let dir = tempfile::tempdir()?;
/// # std::fs::write(dir.path().join("a"), "content")?;
/// let mut walk = ReadDisk::builder().open(dir.path())?;
/// let mut bytes = 0;
/// while let Some(mut entry) = walk.next_entry()? {
///     while let Some((_offset, data)) = entry.next_block()? {
///         bytes += data.len();
///     }
///     entry.descend()?;
/// }
/// assert_eq!(bytes, 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ReadDisk<'m> {
    handle: ReadDiskHandle,
    entry: EntryBuf,
    matcher: Option<&'m mut Matcher>,
    warnings: Vec<Error>,
    ended: bool,
}

/// Settings of a [`ReadDisk`]; made by [`ReadDisk::builder`].
#[derive(Debug)]
#[must_use = "a builder does nothing until the walk is opened"]
pub struct ReadDiskBuilder<'m> {
    behavior: ReadDiskBehavior,
    follow: FollowSymlinks,
    owner_names: bool,
    matcher: Option<&'m mut Matcher>,
}

/// What C's walk found; it lends the walk until the next one.
#[derive(Debug)]
pub struct ReadDiskEntry<'r> {
    handle: &'r mut ReadDiskHandle,
    entry: &'r EntryRef,
}

impl ReadDisk<'_> {
    /// Settings: no links followed, names of owners looked up,
    /// [`NO_CHDIR`](ReadDiskBehavior::NO_CHDIR).
    #[doc(alias = "archive_read_disk_new")]
    pub fn builder<'m>() -> ReadDiskBuilder<'m> {
        ReadDiskBuilder {
            behavior: ReadDiskBehavior::NO_CHDIR,
            follow: FollowSymlinks::Never,
            owner_names: true,
            matcher: None,
        }
    }

    /// The next entry; `None` at the end.
    ///
    /// # Errors
    ///
    /// What could not be visited; while [`is_recoverable`](Error::is_recoverable), the walk can go on.
    #[doc(alias = "archive_read_next_header2")]
    pub fn next_entry(&mut self) -> Result<Option<ReadDiskEntry<'_>>> {
        while !self.ended {
            let (status, remark) = self.handle.next_header(&mut self.entry)?;
            if status == Status::Eof {
                self.ended = true;
                break;
            }
            self.warnings
                .extend(remark.map(|remark| remark.with_entry(self.entry.path_bytes())));
            let excluded = match &mut self.matcher {
                Some(matcher) => matcher.excluded(&self.entry)?,
                None => false,
            };
            if !excluded {
                return Ok(Some(ReadDiskEntry {
                    handle: &mut self.handle,
                    entry: &self.entry,
                }));
            }
        }
        Ok(None)
    }

    /// What C remarked on the way, each with its entry: files that went away, metadata that could not
    /// be read.
    #[must_use]
    pub fn warnings(&self) -> &[Error] {
        &self.warnings
    }
}

impl<'m> ReadDiskBuilder<'m> {
    /// How the walk behaves, all of it. Without all of [`NO_CHDIR`](ReadDiskBehavior::NO_CHDIR) the
    /// working directory of the process changes within calls.
    #[doc(alias = "archive_read_disk_set_behavior")]
    #[doc(alias = "archive_read_disk_set_atime_restored")]
    pub fn behavior(mut self, behavior: ReadDiskBehavior) -> Self {
        self.behavior = behavior;
        self
    }

    /// Which symbolic links to follow. C looks for no circles: with
    /// [`Always`](FollowSymlinks::Always), do not descend into what was visited before.
    #[doc(alias = "archive_read_disk_set_symlink_logical")]
    #[doc(alias = "archive_read_disk_set_symlink_physical")]
    #[doc(alias = "archive_read_disk_set_symlink_hybrid")]
    pub fn follow_symlinks(mut self, follow: FollowSymlinks) -> Self {
        self.follow = follow;
        self
    }

    /// Whether to look up the names of owners and groups.
    #[doc(alias = "archive_read_disk_set_standard_lookup")]
    pub fn owner_names(mut self, on: bool) -> Self {
        self.owner_names = on;
        self
    }

    /// Visits only what the matcher does not exclude. It is lent for as long as the walk lives.
    #[doc(alias = "archive_read_disk_set_matching")]
    pub fn matcher(mut self, matcher: &'m mut Matcher) -> Self {
        self.matcher = Some(matcher);
        self
    }

    /// Begins a walk.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a path that is empty or has a NUL. That there is
    /// nothing at `path` is an error of the first [`next_entry`](ReadDisk::next_entry).
    #[doc(alias = "archive_read_disk_open")]
    #[doc(alias = "archive_read_disk_open_w")]
    pub fn open(self, path: impl AsRef<Path>) -> Result<ReadDisk<'m>> {
        let path = path_bytes(path.as_ref()).into_owned();
        let path = match CString::new(path) {
            Ok(path) if !path.is_empty() => path,
            _ => {
                let what = "a path to walk is not empty and has no NUL";
                return Err(Error::new(ErrorKind::InvalidInput, what));
            }
        };
        let mode = match self.follow {
            FollowSymlinks::Never => SymlinkMode::Physical,
            FollowSymlinks::Root => SymlinkMode::Hybrid,
            FollowSymlinks::Always => SymlinkMode::Logical,
        };
        let behavior = c_int::try_from(self.behavior.bits()).unwrap_or(c_int::MAX);
        Ok(ReadDisk {
            handle: ReadDiskHandle::open(&path, mode, behavior, self.owner_names)?,
            entry: EntryBuf::empty()?,
            matcher: self.matcher,
            warnings: Vec::new(),
            ended: false,
        })
    }
}

impl ReadDiskEntry<'_> {
    /// Enters the directory: what is in it is visited next. Nothing happens for what is none.
    ///
    /// # Errors
    ///
    /// [`Poisoned`](ErrorKind::Poisoned) when the walk failed for good.
    #[doc(alias = "archive_read_disk_descend")]
    pub fn descend(&mut self) -> Result<()> {
        self.handle.descend()
    }

    /// Whether this is a directory that can be entered.
    #[doc(alias = "archive_read_disk_can_descend")]
    #[must_use]
    pub fn can_descend(&mut self) -> bool {
        self.handle.can_descend()
    }

    /// The next block of the content, with its offset; what lies between two blocks is a hole. `None`
    /// at the end, and for what has no content.
    ///
    /// # Errors
    ///
    /// [`Other`](ErrorKind::Other) with the system's error when the file cannot be opened or read. The
    /// walk goes on unless reading had begun.
    #[doc(alias = "archive_read_data_block")]
    pub fn next_block(&mut self) -> Result<Option<(u64, &[u8])>> {
        self.handle.data_block()
    }

    /// A number for the file system that this is on, counted from 0 in the order of visits.
    #[doc(alias = "archive_read_disk_current_filesystem")]
    #[must_use]
    pub fn file_system(&mut self) -> Option<u32> {
        u32::try_from(self.handle.current_filesystem()).ok()
    }

    /// Whether the file system is on another machine; `None` when that is not known.
    #[doc(alias = "archive_read_disk_current_filesystem_is_remote")]
    #[must_use]
    pub fn is_remote(&mut self) -> Option<bool> {
        known(self.handle.is_remote())
    }

    /// Whether the file system is made up by the kernel, such as `/proc`; `None` when that is not
    /// known.
    #[doc(alias = "archive_read_disk_current_filesystem_is_synthetic")]
    #[must_use]
    pub fn is_synthetic(&mut self) -> Option<bool> {
        known(self.handle.is_synthetic())
    }
}

fn known(answer: c_int) -> Option<bool> {
    (answer >= 0).then_some(answer > 0)
}

impl Deref for ReadDiskEntry<'_> {
    type Target = EntryRef;

    fn deref(&self) -> &EntryRef {
        self.entry
    }
}
