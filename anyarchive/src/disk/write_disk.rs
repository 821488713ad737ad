//! C's own disk writer, for those who need exactly that.

use std::ffi::{CString, c_int};

use archive_sys as sys;
use bitflags::bitflags;

use crate::{
    EntryBuf, EntryRef, Error, ErrorKind, FileType, Result, ffi::write_disk::WriteDiskHandle,
};

bitflags! {
    /// What C's disk writer restores, and how; see [`WriteDisk`].
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct WriteDiskFlags: u32 {
        /// Owner and group.
        const OWNER = sys::ARCHIVE_EXTRACT_OWNER.cast_unsigned();
        /// The mode to the letter, setuid and setgid too, whatever the umask.
        const PERM = sys::ARCHIVE_EXTRACT_PERM.cast_unsigned();
        /// Times.
        const TIME = sys::ARCHIVE_EXTRACT_TIME.cast_unsigned();
        /// Leaves what is there.
        const NO_OVERWRITE = sys::ARCHIVE_EXTRACT_NO_OVERWRITE.cast_unsigned();
        /// Removes what is there before it writes.
        const UNLINK = sys::ARCHIVE_EXTRACT_UNLINK.cast_unsigned();
        /// Access control lists.
        const ACL = sys::ARCHIVE_EXTRACT_ACL.cast_unsigned();
        /// File flags.
        const FFLAGS = sys::ARCHIVE_EXTRACT_FFLAGS.cast_unsigned();
        /// Extended attributes.
        const XATTR = sys::ARCHIVE_EXTRACT_XATTR.cast_unsigned();
        /// Goes over no symbolic link of the destination. Always on.
        const SECURE_SYMLINKS = sys::ARCHIVE_EXTRACT_SECURE_SYMLINKS.cast_unsigned();
        /// Refuses `..` in paths. Always on.
        const SECURE_NODOTDOT = sys::ARCHIVE_EXTRACT_SECURE_NODOTDOT.cast_unsigned();
        /// Makes no directory that is missing.
        const NO_AUTODIR = sys::ARCHIVE_EXTRACT_NO_AUTODIR.cast_unsigned();
        /// Leaves what is there and newer.
        const NO_OVERWRITE_NEWER = sys::ARCHIVE_EXTRACT_NO_OVERWRITE_NEWER.cast_unsigned();
        /// Makes holes of blocks of zeros.
        const SPARSE = sys::ARCHIVE_EXTRACT_SPARSE.cast_unsigned();
        /// On macOS, the metadata of AppleDouble.
        const MAC_METADATA = sys::ARCHIVE_EXTRACT_MAC_METADATA.cast_unsigned();
        /// On macOS, no compression in the file system.
        const NO_HFS_COMPRESSION = sys::ARCHIVE_EXTRACT_NO_HFS_COMPRESSION.cast_unsigned();
        /// On macOS, compression in the file system for all files.
        const HFS_COMPRESSION_FORCED = sys::ARCHIVE_EXTRACT_HFS_COMPRESSION_FORCED.cast_unsigned();
        /// Refuses absolute paths. Always on.
        const SECURE_NOABSOLUTEPATHS = sys::ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS.cast_unsigned();
        /// Takes flags that forbid a change away before it removes a file.
        const CLEAR_NOCHANGE_FFLAGS = sys::ARCHIVE_EXTRACT_CLEAR_NOCHANGE_FFLAGS.cast_unsigned();
        /// Writes files under another name and renames them when they are complete.
        const SAFE_WRITES = sys::ARCHIVE_EXTRACT_SAFE_WRITES.cast_unsigned();
        /// The three that are always on.
        const SECURE = Self::SECURE_SYMLINKS.bits() | Self::SECURE_NODOTDOT.bits()
            | Self::SECURE_NOABSOLUTEPATHS.bits();
    }
}

/// The disk writer of libarchive, `archive_write_disk(3)`.
///
/// Prefer [`Extractor`](crate::Extractor) for archives from anybody else. This one is for those who
/// need what C does, to the letter, with paths that they trust:
///
/// - Paths are relative to **the working directory of the process**, when an entry is started and
///   again when [`finish`](Self::finish) sets modes and times of directories.
/// - **The umask of the process** is 0 for a moment within each call that starts an entry, and the
///   working directory changes for paths beyond the system's limit. All calls of this type and of
///   [`ReadDisk`](crate::ReadDisk) in the process run one at a time; other threads that make files in
///   such a moment are not protected.
/// - The security flags are always on, but C checks a path before it uses it, so another process that
///   writes to the destination can lead it out. **Targets of symbolic links are not checked.**
/// - Devices, pipes and sockets are refused, unless [`special_files`](Self::special_files) allows
///   them.
///
/// What C tells as a warning is an error here: something is not on disk as the entry says.
///
/// # Examples
///
/// ```no_run
/// use anyarchive::{Reader, WriteDisk, WriteDiskFlags, WriteDiskStart};
///
/// let mut reader = Reader::open("trusted.tar")?;
/// let mut disk = WriteDisk::new(WriteDiskFlags::TIME | WriteDiskFlags::PERM)?;
/// while let Some(mut entry) = reader.next_entry()? {
///     match disk.start_entry(&entry)? {
///         WriteDiskStart::File(mut file) => {
///             while let Some(block) = entry.next_block()? {
///                 file.write_at(block.offset(), &block)?;
///             }
///             file.finish()?;
///         }
///         WriteDiskStart::Skipped => println!("{} was there", entry.path().display()),
///         WriteDiskStart::Done => {}
///     }
/// }
/// disk.finish()?;
/// # Ok::<(), anyarchive::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a disk writer must be finished"]
pub struct WriteDisk {
    handle: WriteDiskHandle,
    special_files: bool,
}

/// What [`WriteDisk::start_entry`] made of an entry.
#[derive(Debug)]
#[must_use = "a file wants its data"]
pub enum WriteDiskStart<'w> {
    /// A file that takes data.
    File(WriteDiskFile<'w>),
    /// It is on disk, and there is no data.
    Done,
    /// A file that is there was left, as the flags say. C tells that of regular files alone.
    Skipped,
}

/// A file that is being written.
#[derive(Debug)]
#[must_use = "a file must be finished"]
pub struct WriteDiskFile<'w> {
    handle: &'w mut WriteDiskHandle,
    path: Vec<u8>,
    /// `None` when the entry does not tell it.
    size: Option<u64>,
}

impl WriteDisk {
    /// A writer that does what the flags say; [`SECURE`](WriteDiskFlags::SECURE) is always on.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](ErrorKind::OutOfMemory), and [`Unsupported`](ErrorKind::Unsupported) when
    /// libarchive is loaded at run time and there is none.
    #[doc(alias = "archive_write_disk_new")]
    #[doc(alias = "archive_write_disk_set_options")]
    pub fn new(flags: WriteDiskFlags) -> Result<Self> {
        let flags = flags | WriteDiskFlags::SECURE;
        let flags = c_int::try_from(flags.bits()).unwrap_or(c_int::MAX);
        Ok(Self {
            handle: WriteDiskHandle::new(flags)?,
            special_files: false,
        })
    }

    /// Whether devices, pipes and sockets may be made; no, unless this says so.
    pub fn special_files(mut self, allowed: bool) -> Self {
        self.special_files = allowed;
        self
    }

    /// Finds numbers of owners by their names, as the system knows them, instead of taking the
    /// numbers of the entries.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](ErrorKind::OutOfMemory).
    #[doc(alias = "archive_write_disk_set_standard_lookup")]
    pub fn look_up_owners(&mut self) -> Result<()> {
        self.handle.set_standard_lookup()
    }

    /// The number of a user by name, or `uid` when nobody is called so; without
    /// [`look_up_owners`](Self::look_up_owners) always `uid`.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a name with NUL and a number above [`i64::MAX`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{WriteDisk, WriteDiskFlags};
    ///
    /// let mut disk = WriteDisk::new(WriteDiskFlags::empty())?;
    /// assert_eq!(disk.uid("root", 7)?, 7);
    /// disk.look_up_owners()?;
    /// assert_eq!(disk.uid("nobody is called so", 7)?, 7);
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_write_disk_uid")]
    pub fn uid(&mut self, name: &str, uid: u64) -> Result<u64> {
        let found = self.handle.uid(&owner_name(name)?, signed(uid)?)?;
        Ok(u64::try_from(found).unwrap_or(uid))
    }

    /// The number of a group by name, or `gid` when none is called so.
    ///
    /// # Errors
    ///
    /// As for [`uid`](Self::uid).
    #[doc(alias = "archive_write_disk_gid")]
    pub fn gid(&mut self, name: &str, gid: u64) -> Result<u64> {
        let found = self.handle.gid(&owner_name(name)?, signed(gid)?)?;
        Ok(u64::try_from(found).unwrap_or(gid))
    }

    /// Never writes over the file with these numbers of device and inode: the archive that is read.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for numbers above [`i64::MAX`].
    #[doc(alias = "archive_write_disk_set_skip_file")]
    pub fn skip_file(&mut self, device: u64, inode: u64) -> Result<()> {
        self.handle.set_skip_file(signed(device)?, signed(inode)?)
    }

    /// Makes what the entry is, and lends what takes the data of a file.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for an entry without a path,
    /// [`Refused`](ErrorKind::Refused) for devices, pipes and sockets, and what C refuses or cannot do.
    /// While [`is_recoverable`](Error::is_recoverable), other entries can follow.
    #[doc(alias = "archive_write_header")]
    pub fn start_entry(&mut self, entry: &EntryRef) -> Result<WriteDiskStart<'_>> {
        self.start(entry)
            .map_err(|error| error.with_entry(entry.path_bytes()))
    }

    fn start(&mut self, entry: &EntryRef) -> Result<WriteDiskStart<'_>> {
        let mut entry: EntryBuf = entry.to_owned();
        if entry.path_bytes().is_empty() {
            return Err(invalid("an entry without a path cannot be written"));
        }
        let is_link = entry.hardlink_bytes().is_some();
        match entry.file_type() {
            FileType::File | FileType::Directory | FileType::Symlink => {}
            // A hard link need not tell a type.
            FileType::Unknown if is_link => {}
            _ if self.special_files => {}
            _ => {
                let what = "devices, pipes and sockets are not made";
                return Err(Error::new(ErrorKind::Refused, what));
            }
        }
        if is_link {
            // With a size C would open the target and cut it.
            entry.set_size(0)?;
        }
        let takes_data = !is_link && entry.file_type() == FileType::File;
        let size = entry.size();
        if takes_data && size == Some(0) {
            // C tells by a size of 0 that it opened no file, so the question must not be 0.
            entry.set_size(None)?;
        }
        self.handle.header(&mut entry)?;
        if takes_data && entry.size() != Some(0) {
            return Ok(WriteDiskStart::File(WriteDiskFile {
                handle: &mut self.handle,
                path: entry.path_bytes().to_vec(),
                size,
            }));
        }
        self.handle.finish_entry()?;
        Ok(match takes_data {
            true => WriteDiskStart::Skipped,
            false => WriteDiskStart::Done,
        })
    }

    /// Sets what had to wait: modes, times and access lists of directories. The working directory must
    /// be the one in which the entries were written.
    ///
    /// # Errors
    ///
    /// When the writer failed before: then they are lost. C does not tell whether each one succeeded.
    #[doc(alias = "archive_write_close")]
    pub fn finish(mut self) -> Result<()> {
        self.handle.close()
    }
}

impl WriteDiskFile<'_> {
    /// Writes data at an offset; what is left out is a hole of zeros.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for data behind the size of the entry, and errors of
    /// the system: all of `data` is written or this fails.
    #[doc(alias = "archive_write_data_block")]
    pub fn write_at(&mut self, offset: u64, data: &[u8]) -> Result<()> {
        self.write(offset, data)
            .map_err(|error| error.with_entry(&self.path))
    }

    fn write(&mut self, offset: u64, data: &[u8]) -> Result<()> {
        if data.is_empty() {
            return Ok(());
        }
        let end = offset.checked_add(data.len() as u64);
        let most = self.size.unwrap_or(i64::MAX.unsigned_abs());
        match (i64::try_from(offset), end) {
            (Ok(offset), Some(end)) if end <= most => self.handle.data_block(data, offset),
            _ => Err(invalid("there is more data than the size of the entry")),
        }
    }

    /// Ends the file: cuts it or fills it up to its size, and sets its metadata.
    ///
    /// # Errors
    ///
    /// What could not be set or written.
    #[doc(alias = "archive_write_finish_entry")]
    pub fn finish(self) -> Result<()> {
        self.handle
            .finish_entry()
            .map_err(|error| error.with_entry(&self.path))
    }
}

fn owner_name(name: &str) -> Result<CString> {
    CString::new(name).map_err(|_| invalid("an owner's name has a NUL character"))
}

fn signed(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| invalid("a number is above 2^63-1"))
}

fn invalid(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidInput, what)
}
