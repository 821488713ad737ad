//! Writing archives.

#[cfg(unix)]
mod ahead;
mod builder;
mod check;
#[cfg(unix)]
mod disk;
mod entry;
mod fields;
mod filter;
mod format;
mod handle;
mod iso;
mod open;
mod options;
mod output;
mod quirks;
mod reproducible;
mod rules;
mod session;
mod threads;
mod transfer;
mod write_option;

use std::{
    fmt,
    fs::File,
    io::{self, Read, Write},
    path::Path,
    sync::atomic::Ordering::Relaxed,
    time::SystemTime,
};

#[cfg(unix)]
pub use self::disk::{AppendProgress, AppendReport};
pub(crate) use self::transfer::{Blocks, Piece, Stop};
pub use self::{
    builder::WriterBuilder,
    entry::EntryWriter,
    fields::MetadataFields,
    filter::WriteFilter,
    format::WriteFormat,
    options::{Compression, ZipEncryption},
};
use self::{
    check::invalid,
    handle::Handle,
    output::Output,
    session::{COPY, Session},
};
use crate::{EntryBuf, EntryRef, Error, Result, Timestamp, ffi::Status, ffi::write::WriteHandle};

/// Writes an archive, entry after entry, into a sink.
///
/// [`finish`](Self::finish) is the only good end: it completes the archive, tells what went wrong and
/// gives the sink back. A writer that is dropped before leaves an incomplete archive in the sink, and
/// nothing more is written then: dropping runs no code of the sink but its `Drop`.
///
/// What a format cannot hold is an error before the first byte of the entry, and other entries can
/// follow. What it holds only in part is a [warning](Self::warnings).
///
/// A writer is `Send` and not `Sync`.
///
/// # Examples
///
/// ```
/// use anyarchive::{EntryBuf, Filter, Format, Writer};
///
/// let mut tar = Writer::builder(Format::Tar).filter(Filter::Gzip).level(9).to_vec()?;
/// tar.append_bytes("hello.txt", b"hello\n")?;
/// tar.append_entry(&EntryBuf::symlink("greeting", "hello.txt")?)?;
/// let bytes: Vec<u8> = tar.finish()?;
/// # Ok::<(), anyarchive::Error>(())
/// ```
#[must_use = "a writer must be finished"]
pub struct Writer<S> {
    handle: Handle<S>,
    session: Session,
}

impl<S> fmt::Debug for Writer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

impl Writer<File> {
    /// Writes a new file, in the format and with the filters that the end of its name tells:
    /// `.tar.zst`, `.zip`, `.7z`, `.cpio.gz`. See [`WriterBuilder::create`].
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) when the name tells no format, and as for
    /// [`WriterBuilder::create`].
    ///
    /// # Examples
    ///
    /// ```
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let path = dir.path().join("site.tar.gz");
    /// use anyarchive::{Reader, Writer};
    ///
    /// let mut writer = Writer::create(&path)?;
    /// writer.append_bytes("index.html", b"<h1>Hello</h1>")?;
    /// writer.finish()?;
    ///
    /// let mut reader = Reader::open(&path)?;
    /// assert_eq!(reader.next_entry()?.expect("an entry").path_bytes(), b"index.html");
    /// assert!(Writer::create("notes.txt").is_err());
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_write_set_format_filter_by_ext")]
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        WriterBuilder::guess(path)
            .map_err(|error| error.with_archive(Some(path)))?
            .create(path)
    }

    /// Settings for a format: a [`Format`](crate::Format), or a [`WriteFormat`] for a variant.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{Filter, Format, WriteFormat, Writer};
    ///
    /// let settings = Writer::builder(Format::Tar).filter(Filter::Gzip);
    /// let settings = Writer::builder(WriteFormat::CpioNewc);
    /// # let _ = settings;
    /// ```
    #[doc(alias = "archive_write_new")]
    pub fn builder<F>(format: F) -> WriterBuilder
    where
        F: TryInto<WriteFormat>,
        Error: From<F::Error>,
    {
        WriterBuilder::new(format)
    }
}

#[cfg(feature = "raw")]
impl<S> Writer<S> {
    pub(crate) fn handle(&self) -> &WriteHandle<Output<S>> {
        self.handle.raw()
    }
}

impl<S: Write + Send> Writer<S> {
    fn new(handle: WriteHandle<Output<S>>, session: Session) -> Self {
        let handle = Handle::new(handle);
        Self { handle, session }
    }

    /// Writes the metadata of an entry and lends what takes its data. Only regular files have data;
    /// further names of a file have none.
    ///
    /// # Errors
    ///
    /// What the format cannot hold, as [`Unsupported`](crate::ErrorKind::Unsupported), and what no
    /// format can, as [`InvalidInput`](crate::ErrorKind::InvalidInput): nothing of the entry is in the
    /// archive then, and the next entry can be started. When the entry before was dropped without its
    /// data, this tells it. Errors of the sink, as [`Io`](crate::ErrorKind::Io), end the archive.
    ///
    /// # Panics
    ///
    /// A panic of the sink comes out here, after the C code has returned.
    #[doc(alias = "archive_write_header")]
    pub fn start_entry(&mut self, entry: impl AsRef<EntryRef>) -> Result<EntryWriter<'_>> {
        self.session.start(&mut self.handle, entry.as_ref())?;
        Ok(EntryWriter::new(&mut self.session, &mut self.handle))
    }

    /// The entry whose data is being written, lent once more; `None` when there is none. Dropping
    /// what this lends ends nothing.
    ///
    /// For callers that cannot keep a borrow of the writer between two calls, such as bindings to
    /// other languages: they let go of what [`start_entry`](Self::start_entry) gave, come back with the
    /// data, and call [`EntryWriter::finish`] at its end.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{EntryBuf, Format, Writer};
    /// use std::io::Write;
    ///
    /// let mut tar = Writer::builder(Format::Tar).to_vec()?;
    /// drop(tar.start_entry(&EntryBuf::file("hello.txt", 6)?)?);
    /// for piece in [b"hel", b"lo\n"] {
    ///     let mut entry = tar.current_entry().expect("the entry");
    ///     entry.write_all(piece)?;
    /// }
    /// tar.current_entry().expect("the entry").finish()?;
    /// assert!(tar.current_entry().is_none());
    /// # tar.finish()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn current_entry(&mut self) -> Option<EntryWriter<'_>> {
        self.session
            .is_open()
            .then(|| EntryWriter::new(&mut self.session, &mut self.handle))
    }

    /// Writes an entry without data: a directory, a link, a device, an empty file.
    ///
    /// # Errors
    ///
    /// As for [`start_entry`](Self::start_entry), and for a file whose size is not 0.
    pub fn append_entry(&mut self, entry: impl AsRef<EntryRef>) -> Result<()> {
        self.append(entry, io::empty())
    }

    /// Writes an entry with the data of a reader, to its end. The reader must give as much as the
    /// entry's size says, if it says one.
    ///
    /// # Errors
    ///
    /// As for [`start_entry`](Self::start_entry), and when the reader fails, or gives less or more than
    /// the size: that entry is in the archive, cut or filled up with zeros, and others can follow.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{EntryBuf, Format, Writer};
    ///
    /// let mut zip = Writer::builder(Format::Zip).to_vec()?;
    /// let data: &[u8] = b"from any reader";
    /// zip.append(&EntryBuf::file("data", data.len() as u64)?, data)?;
    /// assert!(zip.append(&EntryBuf::file("short", 99)?, data).is_err());
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    pub fn append(&mut self, entry: impl AsRef<EntryRef>, data: impl Read) -> Result<()> {
        let entry = entry.as_ref();
        let mut writer = self.start_entry(entry)?;
        match copy(data, &mut writer) {
            Ok(()) => writer.finish(),
            Err(error) => {
                writer.abandon();
                Err(self.session.tell(error, entry.path_bytes()))
            }
        }
    }

    /// Writes a regular file with mode `0o644`, this content, and the present time.
    ///
    /// # Errors
    ///
    /// As for [`start_entry`](Self::start_entry).
    pub fn append_bytes(&mut self, path: impl AsRef<Path>, data: &[u8]) -> Result<()> {
        let mut entry = EntryBuf::file(path, data.len() as u64)?;
        entry.set_mtime(Timestamp::from(SystemTime::now()))?;
        self.append(&entry, data)
    }

    /// Completes the archive and gives the sink back, flushed.
    ///
    /// # Errors
    ///
    /// Whatever comes up only now: many formats write their directory at the end, and `7zip`,
    /// `iso9660` and `xar` everything. Also when the last entry was not finished, and when the writer
    /// failed before. The sink is dropped then; give `&mut sink` to keep it.
    ///
    /// # Panics
    ///
    /// A panic of the sink comes out here, after the C code has returned.
    #[doc(alias = "archive_write_close")]
    #[doc(alias = "archive_write_free")]
    pub fn finish(mut self) -> Result<S> {
        self.session.settle(&mut self.handle)?;
        let archive = self.session.archive();
        let told = |error: Error| error.with_archive(archive);
        if let Some(remark) = self.handle.close().map_err(told)? {
            return Err(told(remark));
        }
        let cannot = |error| Error::io("cannot write the archive", error);
        let mut output = self.handle.into_output();
        output
            .finish()
            .map_err(|error| told(cannot(error).with_op("archive_write_close")))?;
        let mut sink = output.into_sink();
        sink.flush().map_err(|error| told(cannot(error)))?;
        Ok(sink)
    }
}

impl<S> Writer<S> {
    /// The format that is written.
    #[must_use]
    pub fn format(&self) -> WriteFormat {
        self.session.format()
    }

    /// Entries that are in the archive so far, with one whose data is being written.
    #[doc(alias = "archive_file_count")]
    #[must_use]
    pub fn entries_written(&self) -> u64 {
        self.session.entries()
    }

    /// Bytes that the sink has taken so far; the rest waits for a full block or for the end.
    #[doc(alias = "archive_filter_bytes")]
    #[must_use]
    pub fn bytes_written(&self) -> u64 {
        self.handle.output().written().load(Relaxed)
    }

    /// What libarchive remarked, each with its entry: it is in the archive, but not all of its
    /// metadata, or not as it was given.
    #[must_use]
    pub fn warnings(&self) -> &[Error] {
        self.session.warnings()
    }

    /// Takes the [`warnings`](Self::warnings) out; new ones are collected again.
    #[must_use]
    pub fn take_warnings(&mut self) -> Vec<Error> {
        self.session.take_warnings()
    }

    /// The sink, to look at. What was written is not all there before [`finish`](Self::finish).
    #[must_use]
    pub fn sink(&self) -> &S {
        self.handle.output().sink()
    }

    /// The path of the archive, when it was made by path.
    #[must_use]
    pub fn archive_path(&self) -> Option<&Path> {
        self.session.archive()
    }
}

/// Reads to the end.
fn copy(mut data: impl Read, entry: &mut EntryWriter<'_>) -> Result<()> {
    let mut buffer = vec![0; COPY];
    loop {
        let count = match data.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) if count > buffer.len() => {
                return Err(invalid("the reader says it read more than there is room"));
            }
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                return Err(Error::io("cannot read the data", error).with_status(Status::Failed));
            }
        };
        entry.write_data(&buffer[..count])?;
    }
}
