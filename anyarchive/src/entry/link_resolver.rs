//! Hard links among the entries of a new archive.

use archive_sys as sys;

use super::{EntryBuf, FileType, lists};
use crate::{error::Result, ffi::linkify::Resolver};

/// How a format tells that several names are one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LinkStrategy {
    /// The first name has the data, later ones are hard links to it, without size: tar, ISO 9660, xar,
    /// shar.
    Tar,
    /// As for tar, but later names keep their size: mtree.
    Mtree,
    /// Every name has the data: old cpio formats, ZIP, 7-Zip, ar.
    OldCpio,
    /// The last name has the data, so names wait for those that come later: cpio newc.
    NewCpio,
}

/// Finds entries that are one file, by device and inode number, and makes them the hard links of a
/// format.
///
/// Symbolic links, directories, devices, and entries with one [link](EntryBuf::set_nlink) or without
/// [device](EntryBuf::set_dev) or [inode number](EntryBuf::set_ino) come back as they are.
///
/// # Examples
///
/// ```
/// use anyarchive::{EntryBuf, LinkResolver, LinkStrategy};
///
/// let mut resolver = LinkResolver::new(LinkStrategy::Tar)?;
/// for name in ["vi", "vim"] {
///     let mut entry = EntryBuf::file(name, 1000)?;
///     entry.set_dev(8, 1)?.set_ino(42)?.set_nlink(2);
///     let (Some(entry), None) = resolver.push(entry) else { unreachable!("tar never waits") };
///     println!("{:?} is a further name of {:?}", entry.path(), entry.hardlink());
/// }
/// # Ok::<(), anyarchive::Error>(())
/// ```
#[derive(Debug)]
#[doc(alias = "archive_entry_linkresolver_new")]
#[doc(alias = "archive_entry_linkresolver_free")]
pub struct LinkResolver(Resolver);

impl LinkResolver {
    /// A resolver for formats that link in this way.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OutOfMemory`](crate::ErrorKind::OutOfMemory), and
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when no libarchive can be loaded.
    #[doc(alias = "archive_entry_linkresolver_new")]
    #[doc(alias = "archive_entry_linkresolver_set_strategy")]
    pub fn new(strategy: LinkStrategy) -> Result<Self> {
        Resolver::new(match strategy {
            LinkStrategy::Tar => sys::ARCHIVE_FORMAT_TAR,
            LinkStrategy::Mtree => sys::ARCHIVE_FORMAT_MTREE,
            LinkStrategy::OldCpio => sys::ARCHIVE_FORMAT_CPIO_POSIX,
            LinkStrategy::NewCpio => sys::ARCHIVE_FORMAT_CPIO_SVR4_NOCRC,
        })
        .map(Self)
    }

    /// Takes an entry, and gives those that are to be written now, in this order: the entry itself, an
    /// earlier one, both or none.
    ///
    /// A hard link has lost its size and sparse map, as no data comes with it, but for
    /// [`LinkStrategy::Mtree`].
    ///
    /// # Examples
    ///
    /// With [`LinkStrategy::NewCpio`], the last name has the data:
    ///
    /// ```
    /// use anyarchive::{EntryBuf, LinkResolver, LinkStrategy};
    ///
    /// let mut resolver = LinkResolver::new(LinkStrategy::NewCpio)?;
    /// let entry = |name| {
    ///     let mut entry = EntryBuf::file(name, 9)?;
    ///     entry.set_dev(8, 1)?.set_ino(42)?.set_nlink(2);
    ///     Ok::<_, anyarchive::Error>(entry)
    /// };
    /// assert!(matches!(resolver.push(entry("a")?), (None, None)));
    /// let (Some(first), Some(last)) = resolver.push(entry("b")?) else { panic!("both") };
    /// assert_eq!((first.path_bytes(), first.size()), (&b"a"[..], None));
    /// assert_eq!((last.path_bytes(), last.size()), (&b"b"[..], Some(9)));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_linkify")]
    #[must_use = "entries that are not written are lost"]
    pub fn push(&mut self, entry: EntryBuf) -> (Option<EntryBuf>, Option<EntryBuf>) {
        // The target of a symbolic link would give way to the path of the first one; and a link to an
        // entry without path would be no link.
        let symlink = entry.file_type() == FileType::Symlink || entry.symlink_bytes().is_some();
        if symlink || entry.path_bytes().is_empty() {
            return (Some(entry), None);
        }
        let (mut first, second) = self.0.linkify(Some(entry));
        // No data comes with a link, and so no map of it.
        if let Some(link) = first.as_mut().filter(|entry| entry.size().is_none()) {
            lists::sparse_clear(link);
        }
        (first, second)
    }

    /// The entries that wait for names which have not come, each with its data. To be written at the
    /// end.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{EntryBuf, LinkResolver, LinkStrategy};
    ///
    /// let mut resolver = LinkResolver::new(LinkStrategy::NewCpio)?;
    /// let mut entry = EntryBuf::file("a", 9)?;
    /// entry.set_dev(8, 1)?.set_ino(42)?.set_nlink(2);
    /// assert!(matches!(resolver.push(entry), (None, None)));
    /// let rest: Vec<EntryBuf> = resolver.drain().collect();
    /// assert_eq!(rest[0].path_bytes(), b"a");
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_linkify")]
    pub fn drain(&mut self) -> impl Iterator<Item = EntryBuf> {
        std::iter::from_fn(|| self.0.linkify(None).0)
    }

    /// The files of which not all names have come: the first entry of each, and how many are missing.
    /// The resolver forgets them. With [`LinkStrategy::NewCpio`] these are the entries of
    /// [`drain`](Self::drain), and there are none here.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{EntryBuf, LinkResolver, LinkStrategy};
    ///
    /// let mut resolver = LinkResolver::new(LinkStrategy::Tar)?;
    /// let mut entry = EntryBuf::file("a", 9)?;
    /// entry.set_dev(8, 1)?.set_ino(42)?.set_nlink(3);
    /// let _ = resolver.push(entry);
    /// let (entry, missing) = resolver.incomplete().next().expect("one file");
    /// assert_eq!((entry.path_bytes(), missing), (&b"a"[..], 2));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_entry_partial_links")]
    pub fn incomplete(&mut self) -> impl Iterator<Item = (EntryBuf, u32)> {
        std::iter::from_fn(|| self.0.partial_links())
    }
}
