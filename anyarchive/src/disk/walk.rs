//! The walk itself.

use std::{
    collections::{HashMap, VecDeque, hash_map},
    iter::FusedIterator,
    ops::{Deref, Range},
    os::fd::{AsFd as _, BorrowedFd},
    path::Path,
};

use rustix::{
    fs::{CWD, major, minor},
    io::Errno,
};

use super::{
    FollowSymlinks, WalkBuilder, attributes,
    builder::Settings,
    data::DiskData,
    name::join,
    open::{Found, find},
    owners::Owners,
    stack::Stack,
    stat::{Id, Metadata},
};
use crate::{
    EntryBuf, EntryRef, Error, ErrorKind, FileType, Matcher, Result, entry::path_from_bytes,
};

/// Walks a file or a directory with all that is below, and makes entries of it.
///
/// Each directory comes before what is in it. A file or directory that cannot be read is an error
/// among the items, with its path; the walk goes on behind it. It ends at the first `None`.
///
/// Nothing of the process is changed: every name is looked up from the open directory that it was
/// read from, links are not followed unless that is asked for, and metadata and data are of one and
/// the same file, whatever others do to the tree meanwhile. Trees of any depth and paths of any length
/// can be walked.
///
/// # Examples
///
/// ```
/// use anyarchive::Walk;
///
/// # let dir = tempfile::tempdir()?;
/// # let site = dir.path().join("site");
/// # std::fs::create_dir(&site)?;
/// # std::fs::write(site.join("index.html"), "<h1>Hello</h1>")?;
/// for found in Walk::builder().name("site").sorted(true).open(&site)? {
///     match found {
///         Ok(found) => println!("{} {:?}", found.path().display(), found.size()),
///         Err(error) => eprintln!("{error}"),
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "a walk does nothing until it is iterated"]
pub struct Walk {
    /// Where it is still to begin: path on disk, name in the archive.
    roots: VecDeque<(Vec<u8>, Vec<u8>)>,
    stack: Stack,
    settings: Settings,
    matcher: Option<Matcher>,
    owners: Option<Owners>,
    /// Files with several names, by what they are.
    links: HashMap<Id, Link>,
    /// The device that the root is on.
    device: Option<u64>,
}

#[derive(Debug)]
struct Link {
    first: Vec<u8>,
    /// Names that have not come yet.
    left: u64,
}

/// What a [`Walk`] found: the metadata, and the content of a regular file.
///
/// It dereferences to [`EntryRef`], where the getters are. As long as it lives, the file is open, so
/// do not collect more of them than files may be open.
#[derive(Debug)]
pub struct DiskEntry {
    entry: EntryBuf,
    data: Option<DiskData>,
}

impl Walk {
    /// Settings for a walk.
    #[doc(alias = "archive_read_disk_new")]
    pub fn builder() -> WalkBuilder {
        WalkBuilder::default()
    }

    /// A walk with the usual settings.
    ///
    /// # Errors
    ///
    /// As for [`WalkBuilder::open`].
    #[doc(alias = "archive_read_disk_open")]
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::builder().open(path)
    }

    pub(super) fn new(
        roots: VecDeque<(Vec<u8>, Vec<u8>)>,
        settings: Settings,
        matcher: Option<Matcher>,
    ) -> Result<Self> {
        let owners = match settings.owners {
            true => Some(Owners::new()?),
            false => None,
        };
        Ok(Self {
            roots,
            stack: Stack::new(settings.follow == FollowSymlinks::Always),
            settings,
            matcher,
            owners,
            links: HashMap::new(),
            device: None,
        })
    }

    /// The matcher, with what it marked as matched.
    #[must_use]
    pub fn matcher(&self) -> Option<&Matcher> {
        self.matcher.as_ref()
    }

    /// Leaves out one more file, by its numbers of device and inode: an archive that is written into
    /// the tree.
    pub fn skip_file(&mut self, device: u64, inode: u64) {
        self.settings.skip.push((device, inode));
    }

    /// Makes a file of every name of one, for formats without hard links.
    pub(crate) fn copy_hardlinks(&mut self) {
        self.settings.hardlinks = false;
    }

    /// The next entry; `None` for what is left out.
    fn step(&mut self) -> Option<Result<Option<DiskEntry>>> {
        if self.stack.last().is_none() {
            let (path, name) = self.roots.pop_front()?;
            let follow = self.settings.follow != FollowSymlinks::Never;
            let found = find(CWD, &path, follow, self.settings.keep_atime);
            return Some(match found {
                Ok(found) => {
                    self.device = Some(found.metadata.id.0);
                    self.accept(found, &path, name)
                }
                Err(error) => Err(cannot("read", &path, error)),
            });
        }
        let name = match self.stack.next_name() {
            Ok(Some(name)) => name,
            Ok(None) => {
                self.stack.pop();
                return Some(Ok(None));
            }
            Err(error) => {
                let error = cannot("read the directory", self.stack.path(), error);
                self.stack.pop();
                return Some(Err(error));
            }
        };
        let path = join(self.stack.path(), &name);
        Some(match self.look_up(&name) {
            Ok(found) => self.accept(found, &name, path),
            // It was there when the directory was read; nobody misses it now.
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(cannot("read", &path, error)),
        })
    }

    /// What a name in the deepest directory stands for.
    fn look_up(&self, name: &[u8]) -> Result<Found, Errno> {
        let directory = self.stack.last().and_then(|level| level.directory());
        let directory = directory.ok_or(Errno::BADF)?;
        let keep_atime = self.settings.keep_atime;
        let follow = self.settings.follow == FollowSymlinks::Always;
        let found = find(directory, name, follow, keep_atime)?;
        if follow && found.metadata.is_directory() && self.stack.contains(found.metadata.id) {
            return find(directory, name, false, keep_atime);
        }
        Ok(found)
    }

    fn accept(&mut self, found: Found, name: &[u8], path: Vec<u8>) -> Result<Option<DiskEntry>> {
        let Found {
            metadata,
            handle,
            target,
        } = found;
        if self.settings.skip.contains(&metadata.id) {
            return Ok(None);
        }
        let (excluded, pruned) = match &mut self.matcher {
            Some(matcher) if !path.is_empty() => {
                (matcher.path_excluded(&path), matcher.is_pruned(&path))
            }
            _ => (false, false),
        };
        let entry = match excluded || path.is_empty() {
            true => Ok(None),
            false => self
                .describe(&metadata, target, handle.as_ref().map(|h| h.as_fd()), &path)
                .map_err(|error| error.with_entry(&path)),
        };
        let Some(handle) = handle else {
            return Ok(entry?.map(|(entry, _)| DiskEntry { entry, data: None }));
        };
        if metadata.kind == FileType::File {
            return Ok(entry?.map(|(entry, map)| {
                let is_link = entry.hardlink_bytes().is_some();
                let data = (!is_link).then(|| DiskData::new(handle, metadata, map));
                DiskEntry { entry, data }
            }));
        }
        let elsewhere = self.settings.one_file_system && self.device != Some(metadata.id.0);
        // A link led back to a directory above.
        let is_circle =
            self.settings.follow == FollowSymlinks::Always && self.stack.contains(metadata.id);
        if self.settings.recursive && !pruned && !elsewhere && !is_circle {
            self.stack
                .push(handle, &metadata, name, &path, self.settings.sorted)
                .map_err(|error| cannot("read the directory", &path, error))?;
        }
        Ok(entry?.map(|(entry, _)| DiskEntry { entry, data: None }))
    }

    /// The entry for a file, and which of its ranges have data; `None` when the matcher excludes it.
    fn describe(
        &mut self,
        metadata: &Metadata,
        target: Option<Vec<u8>>,
        handle: Option<BorrowedFd<'_>>,
        path: &[u8],
    ) -> Result<Option<(EntryBuf, Vec<Range<u64>>)>> {
        let mut entry = self.entry(metadata, target, path)?;
        if let Some(matcher) = &mut self.matcher
            && (matcher.time_excluded(&entry)? || matcher.owner_excluded(&entry)?)
        {
            return Ok(None);
        }
        if self.link(&mut entry, metadata, path)? {
            return Ok(Some((entry, Vec::new())));
        }
        let Some(handle) = handle else {
            return Ok(Some((entry, Vec::new())));
        };
        attributes::add(&mut entry, handle, &self.settings, self.owners.as_mut())?;
        let mut map = Vec::new();
        if self.settings.sparse && metadata.kind == FileType::File {
            map = attributes::data_ranges(handle, metadata)
                .map_err(|error| Error::io("cannot look for holes", error.into()))?;
            if !map.is_empty() {
                entry.set_sparse_map(&map)?;
            }
        }
        Ok(Some((entry, map)))
    }

    fn entry(
        &mut self,
        metadata: &Metadata,
        target: Option<Vec<u8>>,
        path: &[u8],
    ) -> Result<EntryBuf> {
        let path = path_from_bytes(path);
        let mut entry = match (metadata.kind, target) {
            (FileType::File, _) => EntryBuf::file(path, metadata.size)?,
            (FileType::Directory, _) => EntryBuf::directory(path)?,
            (FileType::Symlink, Some(target)) => EntryBuf::symlink(path, path_from_bytes(&target))?,
            (FileType::Symlink | FileType::Unknown, _) => {
                let what = "this is of a kind that no archive knows";
                return Err(Error::new(ErrorKind::Unsupported, what));
            }
            (kind, _) => {
                let mut entry = EntryBuf::file(path, 0)?;
                entry.set_file_type(kind)?;
                if matches!(kind, FileType::CharDevice | FileType::BlockDevice) {
                    let (major, minor) = (major(metadata.rdev), minor(metadata.rdev));
                    entry.set_rdev(major.into(), minor.into())?;
                }
                entry
            }
        };
        entry.set_mode(metadata.mode)?.set_mtime(metadata.mtime)?;
        if self.settings.all_times {
            entry.set_atime(metadata.atime)?.set_ctime(metadata.ctime)?;
        }
        if let Some(owners) = &mut self.owners {
            entry
                .set_uid(metadata.uid.into())?
                .set_gid(metadata.gid.into())?;
            if let Some(name) = owners.user(metadata.uid) {
                entry.set_uname(name)?;
            }
            if let Some(name) = owners.group(metadata.gid) {
                entry.set_gname(name)?;
            }
        }
        let (device, inode) = metadata.id;
        entry.set_dev(major(device).into(), minor(device).into())?;
        // Some file systems use all 64 bits, and C has a sign.
        if i64::try_from(inode).is_ok() {
            entry.set_ino(inode)?;
        }
        let nlink = match self.settings.hardlinks {
            true => metadata.nlink,
            false => 1,
        };
        entry.set_nlink(u32::try_from(nlink).unwrap_or(u32::MAX));
        Ok(entry)
    }

    /// Makes a hard link of a further name of a file; whether it is one.
    fn link(&mut self, entry: &mut EntryBuf, metadata: &Metadata, path: &[u8]) -> Result<bool> {
        let may_be = self.settings.hardlinks && metadata.nlink > 1;
        if !may_be || matches!(metadata.kind, FileType::Directory | FileType::Symlink) {
            return Ok(false);
        }
        match self.links.entry(metadata.id) {
            hash_map::Entry::Vacant(place) => {
                place.insert(Link {
                    first: path.to_vec(),
                    left: metadata.nlink - 1,
                });
                Ok(false)
            }
            hash_map::Entry::Occupied(mut link) => {
                entry.set_hardlink_bytes(&link.get().first)?;
                if metadata.kind == FileType::File {
                    entry.set_size(0)?;
                }
                link.get_mut().left -= 1;
                if link.get().left == 0 {
                    link.remove();
                }
                Ok(true)
            }
        }
    }
}

impl Iterator for Walk {
    type Item = Result<DiskEntry>;

    #[doc(alias = "archive_read_next_header")]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.step()? {
                Ok(Some(entry)) => return Some(Ok(entry)),
                Ok(None) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl FusedIterator for Walk {}

impl DiskEntry {
    /// The metadata, to change it: another path, another owner.
    pub fn entry_mut(&mut self) -> &mut EntryBuf {
        &mut self.entry
    }

    /// The content of a regular file; `None` for everything else, and for further names of a file.
    pub fn data_mut(&mut self) -> Option<&mut DiskData> {
        self.data.as_mut()
    }

    /// Metadata and content.
    #[must_use]
    pub fn into_parts(self) -> (EntryBuf, Option<DiskData>) {
        (self.entry, self.data)
    }
}

impl Deref for DiskEntry {
    type Target = EntryRef;

    fn deref(&self) -> &EntryRef {
        &self.entry
    }
}

fn cannot(what: &'static str, path: &[u8], error: Errno) -> Error {
    Error::io(format!("cannot {what}"), error.into()).with_entry(path)
}
