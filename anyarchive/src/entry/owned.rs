//! Entries of one's own.

use std::{ffi::CString, path::Path};

use super::{DigestKind, EntryBuf, EntryRef, FileType, lists, path::path_bytes, set};
use crate::error::{Error, ErrorKind, Result};

/// Longest text and longest blob that an entry takes. C ends the process when it gets no memory for
/// a copy.
const MAX_TEXT: usize = 1 << 20;
const MAX_BLOB: usize = 1 << 26;

impl EntryBuf {
    /// A regular file with mode `0o644`. Most formats need the size before the data.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for a path that is empty, has a NUL or is longer than 1 MiB, and for
    /// a size above [`i64::MAX`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let entry = EntryBuf::file("hello.txt", 6)?;
    /// assert_eq!((entry.size(), entry.mode()), (Some(6), 0o644));
    /// assert!(EntryBuf::file("", 0).is_err());
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_new")]
    pub fn file(path: impl AsRef<Path>, size: u64) -> Result<Self> {
        Self::new(FileType::File, 0o644, path.as_ref(), size)
    }

    /// A directory with mode `0o755`.
    ///
    /// # Errors
    ///
    /// As for [`file`](Self::file).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{EntryBuf, FileType};
    ///
    /// assert_eq!(EntryBuf::directory("src")?.file_type(), FileType::Directory);
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_new")]
    pub fn directory(path: impl AsRef<Path>) -> Result<Self> {
        Self::new(FileType::Directory, 0o755, path.as_ref(), 0)
    }

    /// A symbolic link with mode `0o777`. The target is kept as it is given.
    ///
    /// # Errors
    ///
    /// As for [`file`](Self::file), for both paths.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let entry = EntryBuf::symlink("latest", "releases/1.2")?;
    /// assert_eq!(entry.symlink_bytes(), Some(&b"releases/1.2"[..]));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_new")]
    pub fn symlink(path: impl AsRef<Path>, target: impl AsRef<Path>) -> Result<Self> {
        let mut entry = Self::new(FileType::File, 0o777, path.as_ref(), 0)?;
        entry.set_symlink(target)?;
        Ok(entry)
    }

    /// A further name of the file that an earlier entry of the archive has as its path.
    ///
    /// # Errors
    ///
    /// As for [`file`](Self::file), for both paths.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let entry = EntryBuf::hardlink("bin/vim", "bin/vi")?;
    /// assert_eq!(entry.hardlink_bytes(), Some(&b"bin/vi"[..]));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_new")]
    pub fn hardlink(path: impl AsRef<Path>, target: impl AsRef<Path>) -> Result<Self> {
        let mut entry = Self::new(FileType::File, 0o644, path.as_ref(), 0)?;
        entry.set_hardlink(target)?;
        Ok(entry)
    }

    fn new(kind: FileType, mode: u32, path: &Path, size: u64) -> Result<Self> {
        let mut entry = Self::empty()?;
        entry
            .set_path(path)?
            .set_file_type(kind)?
            .set_mode(mode)?
            .set_size(size)?;
        Ok(entry)
    }

    /// Sets the size of the data in bytes. `None` says that it is not known, which few formats can
    /// write.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] above [`i64::MAX`], and below the end of the
    /// [sparse map](Self::set_sparse_map).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::EntryBuf;
    ///
    /// let mut entry = EntryBuf::file("log", 10)?;
    /// assert_eq!(entry.set_size(20)?.size(), Some(20));
    /// assert_eq!(entry.set_size(None)?.size(), None);
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_set_size")]
    #[doc(alias = "archive_entry_unset_size")]
    pub fn set_size(&mut self, size: impl Into<Option<u64>>) -> Result<&mut Self> {
        let size = match size.into() {
            Some(size) => Some(signed("size", size)?),
            None => None,
        };
        let mapped = self.sparse_map().last().map_or(0, |range| range.end);
        if mapped > size.unwrap_or(0).cast_unsigned() {
            return Err(invalid(format!(
                "the sparse map goes on to {mapped}: clear it first"
            )));
        }
        match size {
            Some(size) => set::set_size(self, size),
            None => set::unset_size(self),
        }
        Ok(self)
    }
}

/// Copies everything that the entry has; the copy is independent of the archive.
///
/// # Panics
///
/// When memory runs out.
///
/// # Examples
///
/// ```
/// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
/// use anyarchive::{EntryBuf, Reader};
///
/// let mut reader = Reader::from_bytes(archive)?;
/// let mut kept: Vec<EntryBuf> = Vec::new();
/// while let Some(entry) = reader.next_entry()? {
///     kept.push(entry.to_owned());
/// }
/// drop(reader);
/// assert_eq!(kept[0].path_bytes(), b"hello.txt");
/// # Ok::<(), anyarchive::Error>(())
/// ```
impl ToOwned for EntryRef {
    type Owned = EntryBuf;

    #[doc(alias = "archive_entry_clone")]
    fn to_owned(&self) -> EntryBuf {
        let mut copy = EntryBuf::copy_of(self).expect("memory for a copy of an entry");
        names(self, &mut copy);
        // C turns the order around.
        let attributes = self.xattrs();
        if attributes.len() > 1 {
            copy.replace_xattrs(&attributes);
        }
        // A range that does not fit into the size was left out, and would become a hole.
        if copy.sparse_map() != self.sparse_map() {
            lists::sparse_clear(&mut copy);
        }
        // C copies digests, but not that they are there.
        for kind in DigestKind::ALL {
            if let Some(digest) = self.digest(kind) {
                lists::set_digest(&mut copy, kind.code(), &digest);
            }
        }
        copy
    }
}

/// Gives a copy all names as the bytes that the getters show. Some writers read through NULL when a
/// name is there in UTF-8 alone, and the locale cannot tell it.
#[cfg(unix)]
fn names(from: &EntryRef, to: &mut EntryBuf) {
    use std::ffi::CStr;

    use super::ffi;

    let name = |bytes: Option<&[u8]>| bytes.and_then(|bytes| CString::new(bytes).ok());
    for (text, set) in [
        (
            ffi::pathname(from),
            set::set_pathname as fn(&mut EntryBuf, Option<&CStr>),
        ),
        (ffi::uname(from), set::set_uname),
        (ffi::gname(from), set::set_gname),
    ] {
        if let Some(text) = name(text) {
            set(to, Some(&text));
        }
    }
    // There can be both in releases up to 3.7.4; C then takes the hard link.
    if let Some(target) = name(ffi::hardlink(from)) {
        set::set_symlink(to, None);
        set::set_hardlink(to, Some(&target));
    } else if let Some(target) = name(ffi::symlink(from)) {
        set::set_symlink(to, Some(&target));
    }
}

#[cfg(not(unix))]
fn names(_: &EntryRef, _: &mut EntryBuf) {}

impl Clone for EntryBuf {
    fn clone(&self) -> Self {
        (**self).to_owned()
    }
}

/// A number for C, which has signed ones.
pub(super) fn signed(what: &'static str, value: u64) -> Result<i64> {
    i64::try_from(value).map_err(|_| invalid(format!("{what} {value} is above {}", i64::MAX)))
}

/// Text for C: no NUL, and not so long that C could run out of memory.
pub(super) fn text(what: &'static str, bytes: &[u8]) -> Result<CString> {
    fits(what, bytes, MAX_TEXT)?;
    CString::new(bytes).map_err(|_| invalid(format!("{what} has a NUL byte")))
}

/// Bytes for C, not so many that it could run out of memory.
pub(super) fn blob<'a>(what: &'static str, bytes: &'a [u8]) -> Result<&'a [u8]> {
    fits(what, bytes, MAX_BLOB)?;
    Ok(bytes)
}

fn fits(what: &'static str, bytes: &[u8], most: usize) -> Result<()> {
    let len = bytes.len();
    if len > most {
        return Err(invalid(format!(
            "{what} of {len} bytes is longer than {most}"
        )));
    }
    // The memory that C is about to want, and what goes with it.
    let room = Vec::<u8>::new().try_reserve_exact(2 * len + 4096);
    room.map_err(|_| Error::new(ErrorKind::OutOfMemory, format!("no memory for {what}")))
}

/// [`text`] that must not be empty.
pub(super) fn full_text(what: &'static str, bytes: &[u8]) -> Result<CString> {
    if bytes.is_empty() {
        return Err(invalid(format!("{what} is empty")));
    }
    text(what, bytes)
}

/// A path as the bytes of an archive.
pub(super) fn path_text(what: &'static str, path: &Path) -> Result<CString> {
    full_text(what, &path_bytes(path))
}

pub(super) fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}
