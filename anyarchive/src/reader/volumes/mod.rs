//! Archives that are split over several files.

mod joined;
mod names;

use std::{
    fs::{self, File},
    io::{self, Read, Seek},
    path::{Path, PathBuf},
};

use self::{joined::Joined, names::discover};
use super::{Reader, ReaderBuilder};
use crate::{Error, ErrorKind, Result};

impl ReaderBuilder {
    /// Opens the archive that the file at `path` is a volume of, no matter which; without other
    /// volumes it is as [`open`](Self::open).
    ///
    /// Volumes lie beside each other and are named `a.part1.rar` (any number of digits), `a.rar` and
    /// `a.r00`, `a.7z.001`, or `a.z01` and `a.zip`. A ZIP of volumes is read as a stream, so what
    /// stands in its directory alone, such as symbolic links, is not known.
    ///
    /// # Errors
    ///
    /// [`Io`](ErrorKind::Io) when a volume is missing, with its path as
    /// [`archive`](Error::archive), and as for [`open`](Self::open). Nothing but the data can tell
    /// that volumes are missing at the end: [`Truncated`](ErrorKind::Truncated).
    ///
    /// # Examples
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
    /// # let (path, second) = (dir.path().join("a.cpio.001"), dir.path().join("a.cpio.002"));
    /// # std::fs::write(&path, &archive[..100])?;
    /// # std::fs::write(&second, &archive[100..])?;
    /// use anyarchive::Reader;
    ///
    /// let mut reader = Reader::builder().open_volumes(path)?;
    /// assert_eq!(reader.volumes().len(), 2);
    /// let mut entry = reader.find("hello.txt")?.expect("it is there");
    /// assert_eq!(entry.read_to_vec()?, b"hello\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open_volumes(&self, path: impl AsRef<Path>) -> Result<Reader<'static>> {
        let path = path.as_ref();
        let exists = |path: &Path| match fs::metadata(path) {
            Ok(metadata) => Ok(metadata.is_file()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        };
        let names = discover(path, exists)?;
        match names.as_slice() {
            [_] => self.open(path),
            _ => self.from_volumes(names, |path: &Path| File::open(path)),
        }
    }

    /// The same where `opener` opens files by name: in an object store, or in another archive.
    ///
    /// It is called for names that may not exist too, and then has to answer
    /// [`NotFound`](io::ErrorKind::NotFound); and again for each volume when its turn comes.
    ///
    /// # Errors
    ///
    /// As for [`open_volumes`](Self::open_volumes).
    ///
    /// # Examples
    ///
    /// ```
    /// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
    /// use anyarchive::Reader;
    /// use std::io::{Cursor, Error, ErrorKind};
    ///
    /// let reader = Reader::builder().open_volumes_with("a.cpio.002", |name| {
    ///     match name.to_str() {
    ///         Some("a.cpio.001") => Ok(Cursor::new(&archive[..100])),
    ///         Some("a.cpio.002") => Ok(Cursor::new(&archive[100..])),
    ///         _ => Err(Error::from(ErrorKind::NotFound)),
    ///     }
    /// })?;
    /// assert_eq!(reader.total_bytes(), Some(archive.len() as u64));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    pub fn open_volumes_with<'s, R, O>(
        &self,
        path: impl AsRef<Path>,
        mut opener: O,
    ) -> Result<Reader<'s>>
    where
        R: Read + Seek + Send + 's,
        O: FnMut(&Path) -> io::Result<R> + Send + 's,
    {
        let exists = |path: &Path| match opener(path) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        };
        let names = discover(path.as_ref(), exists)?;
        self.from_volumes(names, opener)
    }

    /// Reads these volumes as one archive, whatever their names are; `opener` opens each when its
    /// turn comes, and once before, for its length.
    ///
    /// # Errors
    ///
    /// As for [`open_volumes`](Self::open_volumes).
    ///
    /// # Examples
    ///
    /// ```
    /// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
    /// use anyarchive::Reader;
    /// use std::io::Cursor;
    ///
    /// let mut reader = Reader::builder().from_volumes(["head", "tail"], |name| {
    ///     let (head, tail) = archive.split_at(80);
    ///     Ok(Cursor::new(if name.ends_with("head") { head } else { tail }))
    /// })?;
    /// assert!(reader.find("hello.txt")?.is_some());
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_read_open_filenames")]
    #[doc(alias = "archive_read_append_callback_data")]
    #[doc(alias = "archive_read_set_switch_callback")]
    pub fn from_volumes<'s, R, O>(
        &self,
        volumes: impl IntoIterator<Item = impl Into<PathBuf>>,
        opener: O,
    ) -> Result<Reader<'s>>
    where
        R: Read + Seek + Send + 's,
        O: FnMut(&Path) -> io::Result<R> + Send + 's,
    {
        let names: Vec<PathBuf> = volumes.into_iter().map(Into::into).collect();
        let joined = Joined::new(names.clone(), opener)?;
        match self.from_seekable(joined) {
            Ok(reader) => Ok(reader.of_volumes(names)),
            Err(error) => {
                Err(explain_end(error, &names).with_archive(names.first().map(PathBuf::as_path)))
            }
        }
    }
}

/// Says which volume was the last that there is, when the data goes on behind it.
pub(super) fn explain_end(error: Error, names: &[PathBuf]) -> Error {
    match names {
        [_, .., last] if error.kind() == ErrorKind::Truncated => error.with_remark(format!(
            "the last volume that was found is {}",
            last.display()
        )),
        _ => error,
    }
}
