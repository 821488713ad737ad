//! Reading archives.

#[cfg(unix)]
mod ahead;
mod builder;
mod crc32;
mod data;
mod decoder;
mod end;
mod entry;
mod options;
#[cfg(unix)]
pub(crate) mod origin;
#[cfg(unix)]
mod parts;
mod report;
#[cfg(unix)]
pub(crate) mod slices;
mod source;
mod stage;
mod volumes;
mod zip_end;

use std::{
    ffi::c_int,
    io::{Read, Seek},
    path::{Path, PathBuf},
    sync::Arc,
};

use archive_sys as sys;

use self::data::Cursor;
pub use self::{
    builder::ReaderBuilder,
    data::Block,
    decoder::Decoder,
    entry::Entry,
    options::ReadOption,
    report::{ArchiveEnd, ReadReport},
};
use crate::{
    Error, ErrorKind, Filter, Format, Result,
    ffi::{Status, read::ReadHandle},
};

/// Headers that may fail in a row before the reader gives up: damaged tars answer "try again" for
/// each block, and an endless source would never end.
const MAX_RETRIES: u32 = 100_000;

/// Headers that may fail at one place.
const MAX_FAILURES: u32 = 100;

/// Reads an archive, entry after entry, from the first to the last.
///
/// Formats and compression are found out from the content. A reader is `Send` and not `Sync`; it
/// owns or borrows its source for `'s`. Nothing of the archive can start a program, and dropping a
/// reader runs no code of the source but its `Drop`.
///
/// # Examples
///
/// ```
/// use anyarchive::Reader;
/// # fn main() -> anyarchive::Result<()> {
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio");
/// let mut reader = Reader::open(path)?;
/// while let Some(entry) = reader.next_entry()? {
///     println!("{} {:?}", entry.path().display(), entry.size());
/// }
/// # Ok(())
/// # }
/// ```
#[doc(alias("archive_read_new", "archive_read_close", "archive_read_free"))]
#[derive(Debug)]
pub struct Reader<'s> {
    handle: ReadHandle<'s>,
    /// How far the data of the current entry was read.
    cursor: Cursor,
    archive: Option<PathBuf>,
    volumes: Vec<PathBuf>,
    len: Option<u64>,
    entries: u64,
    /// The error that ended the reading was handed out: from then on there are no entries.
    over: bool,
    warning: Option<Arc<Error>>,
    /// Before the last header: what C could not read and passed over.
    damaged: Option<Arc<Error>>,
    warnings: report::Warnings,
    end: ArchiveEnd,
    strict: bool,
    /// What came of a ZIP archive.
    given: zip_end::Given,
    /// Where a header failed last, behind how many entries, and how often it did there.
    stuck: ((u64, u64), u32),
    /// Until somebody asks for something.
    #[cfg(unix)]
    origin: Option<origin::Origin>,
    /// If it reads a slice of a directory after the other.
    #[cfg(unix)]
    slices: Option<slices::Slices>,
}

#[cfg(feature = "raw")]
impl<'s> Reader<'s> {
    pub(crate) fn handle(&self) -> &ReadHandle<'s> {
        &self.handle
    }
}

impl Reader<'static> {
    /// Opens the archive at `path` with default settings; see [`ReaderBuilder::open`].
    ///
    /// # Errors
    ///
    /// As for [`ReaderBuilder::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::builder().open(path)
    }

    /// Settings: formats, filters, options, passwords.
    pub fn builder() -> ReaderBuilder {
        ReaderBuilder::new()
    }
}

impl<'s> Reader<'s> {
    /// Reads from anything that goes forward only; see [`ReaderBuilder::from_reader`].
    ///
    /// # Errors
    ///
    /// As for [`ReaderBuilder::open`].
    pub fn from_reader<R: Read + Send + 's>(reader: R) -> Result<Self> {
        ReaderBuilder::new().from_reader(reader)
    }

    /// Reads from something that can seek; see [`ReaderBuilder::from_seekable`].
    ///
    /// # Errors
    ///
    /// As for [`ReaderBuilder::from_seekable`].
    pub fn from_seekable<R: Read + Seek + Send + 's>(reader: R) -> Result<Self> {
        ReaderBuilder::new().from_seekable(reader)
    }

    /// Reads from memory without a copy; see [`ReaderBuilder::from_bytes`].
    ///
    /// # Errors
    ///
    /// As for [`ReaderBuilder::open`].
    pub fn from_bytes<B: AsRef<[u8]> + Send + 's>(bytes: B) -> Result<Self> {
        ReaderBuilder::new().from_bytes(bytes)
    }

    fn new(handle: ReadHandle<'s>, len: Option<u64>) -> Self {
        Self {
            handle,
            cursor: Cursor::ended(),
            archive: None,
            volumes: Vec::new(),
            len,
            entries: 0,
            over: false,
            warning: None,
            damaged: None,
            warnings: report::Warnings::default(),
            end: ArchiveEnd::NotReached,
            strict: false,
            given: zip_end::Given::default(),
            stuck: ((0, 0), 0),
            #[cfg(unix)]
            origin: None,
            #[cfg(unix)]
            slices: None,
        }
    }

    fn named(mut self, path: &Path) -> Self {
        self.archive = Some(path.to_path_buf());
        self
    }

    fn of_volumes(mut self, names: Vec<PathBuf>) -> Self {
        self.archive = names.first().cloned();
        self.volumes = names;
        self
    }

    /// Adds to an error which archive it is about.
    fn tell(&self, error: Error) -> Error {
        self.place().tell(error)
    }

    fn place(&self) -> Place<'_> {
        Place {
            archive: self.archive.as_deref(),
            volumes: &self.volumes,
        }
    }

    /// Goes to the next entry; `None` at the end. What was not read of the last one is skipped.
    ///
    /// # Errors
    ///
    /// When [`is_recoverable`](Error::is_recoverable), the next call goes on: an entry is lost, or,
    /// if the error names an [`entry`](Error::entry), what was not read of that one could not be
    /// skipped cleanly. After any other error the reading is over, and further calls answer `None`.
    /// When the data of an entry failed for good before, or the source panicked, the answer is
    /// [`Poisoned`](ErrorKind::Poisoned) once, so that nobody takes this for the end.
    ///
    /// # Panics
    ///
    /// A panic of the source comes out here, after the C code has returned.
    #[doc(alias = "archive_read_next_header")]
    #[doc(alias = "archive_read_data_skip")]
    pub fn next_entry(&mut self) -> Result<Option<Entry<'_>>> {
        Ok(if self.advance()? {
            self.current_entry()
        } else {
            None
        })
    }

    /// Looks for an entry from here on, by its path; a leading `./` and a trailing `/` do not
    /// count. Entries before it are skipped for good.
    ///
    /// # Errors
    ///
    /// As for [`next_entry`](Self::next_entry).
    ///
    /// # Examples
    ///
    /// ```
    /// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
    /// use anyarchive::Reader;
    ///
    /// let mut reader = Reader::from_bytes(archive)?;
    /// let mut entry = reader.find("hello.txt")?.expect("it is there");
    /// assert_eq!(entry.read_to_vec()?, b"hello\n");
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    pub fn find(&mut self, path: impl AsRef<Path>) -> Result<Option<Entry<'_>>> {
        let path = path.as_ref().as_os_str().as_encoded_bytes();
        while self.advance()? {
            let found = self
                .current_entry()
                .is_some_and(|entry| trim(entry.path_bytes()) == trim(path));
            if found {
                return Ok(self.current_entry());
            }
        }
        Ok(None)
    }

    /// Turns a reader that was opened for [`Format::Raw`] alone, with whatever settings, into the
    /// stream of what it decodes.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) when it reads anything else, and as for
    /// [`next_entry`](Self::next_entry).
    ///
    /// # Examples
    ///
    /// ```
    /// # let log = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.gz"));
    /// use anyarchive::{Filter, Format, Reader};
    ///
    /// let settings = Reader::builder().format(Format::Raw).filter(Filter::Gzip);
    /// let mut decoder = settings.from_bytes(log)?.into_decoder()?;
    /// assert_eq!(std::io::read_to_string(&mut decoder)?, "hello\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_decoder(self) -> Result<Decoder<'s>> {
        Decoder::new(self)
    }

    /// Goes to the next entry like [`next_entry`](Self::next_entry), without lending it: whether
    /// there is one. [`current_entry`](Self::current_entry) lends it as often as it is wanted.
    ///
    /// For callers that cannot keep a borrow of the reader between two calls, such as bindings to
    /// other languages.
    ///
    /// # Errors
    ///
    /// As for [`next_entry`](Self::next_entry).
    ///
    /// # Examples
    ///
    /// ```
    /// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
    /// use anyarchive::Reader;
    /// use std::io::Read;
    ///
    /// let mut reader = Reader::from_bytes(archive)?;
    /// assert!(reader.advance()?);
    /// let mut text = [0; 6];
    /// for byte in &mut text {
    ///     let mut entry = reader.current_entry().expect("the entry");
    ///     entry.read_exact(std::slice::from_mut(byte))?;
    /// }
    /// assert_eq!(&text, b"hello\n");
    /// assert!(!reader.advance()?);
    /// assert!(reader.current_entry().is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn advance(&mut self) -> Result<bool> {
        (self.warning, self.damaged) = (None, None);
        #[cfg(unix)]
        drop(self.origin.take());
        if self.over {
            return Ok(false);
        }
        for _ in 0..MAX_RETRIES {
            let header = match self.handle.next_header() {
                Ok(header) => header,
                Err(error) => {
                    let error = self.give_up_when_stuck(error);
                    self.given.failed = true;
                    self.over = !error.is_recoverable();
                    return Err(self.tell(error));
                }
            };
            if let Some(remark) = header.remark {
                let remark = Arc::new(remark.with_archive(self.archive.as_deref()));
                self.warnings.add(&remark);
                if header.status == Status::Retry {
                    self.damaged = Some(Arc::clone(&remark));
                }
                self.warning = Some(remark);
            }
            match header.status {
                Status::Retry => {}
                #[cfg(unix)]
                Status::Eof if self.next_slice()? => {}
                Status::Eof => {
                    let end = self.end();
                    self.over = true;
                    return end;
                }
                _ => {
                    self.entries += 1;
                    self.note_zip_entry();
                    self.cursor = Cursor::new();
                    return Ok(true);
                }
            }
        }
        self.over = true;
        let error = Error::new(
            ErrorKind::Corrupt,
            "no header after too many damaged blocks",
        );
        Err(self.tell(error))
    }

    /// Makes an error final when nothing has come forward for long: damaged RAR 5 answers "this entry
    /// failed" without end.
    fn give_up_when_stuck(&mut self, error: Error) -> Error {
        let place = (self.handle.position(), self.entries);
        if self.stuck.0 != place {
            self.stuck = (place, 0);
        }
        self.stuck.1 += 1;
        if self.stuck.1 > MAX_FAILURES {
            return error.with_status(Status::Fatal);
        }
        error
    }

    /// The entry that [`advance`](Self::advance) came to; reading of its data goes on where it
    /// stopped. `None` before the first entry and after the last.
    pub fn current_entry(&mut self) -> Option<Entry<'_>> {
        let handle = self.handle.current()?;
        let place = Place {
            archive: self.archive.as_deref(),
            volumes: &self.volumes,
        };
        let warning = self.warning.as_deref();
        Some(Entry::new(handle, &mut self.cursor, place, warning))
    }

    /// The format, known from the first entry on.
    #[doc(alias = "archive_format")]
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        Format::from_code(self.handle.format())
    }

    /// The exact variant of the format as libarchive names it, such as `POSIX pax interchange
    /// format`; it can change from entry to entry.
    #[doc(alias = "archive_format_name")]
    #[must_use]
    pub fn format_name(&self) -> Option<String> {
        self.handle.format_name()
    }

    /// The filters around the archive, the innermost first; none for a plain archive.
    #[doc(alias = "archive_filter_count")]
    #[doc(alias = "archive_filter_code")]
    #[must_use]
    pub fn filters(&self) -> Vec<Filter> {
        self.handle.filters()
    }

    /// Where the header of the current entry starts, in bytes of the archive without its filters; 0
    /// before the first entry.
    ///
    /// # Examples
    ///
    /// ```
    /// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
    /// use anyarchive::Reader;
    ///
    /// let mut reader = Reader::from_bytes(archive)?;
    /// reader.next_entry()?;
    /// assert_eq!(reader.header_position(), 0);
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_read_header_position")]
    #[must_use]
    pub fn header_position(&self) -> u64 {
        let position = u64::try_from(self.handle.header_position()).unwrap_or(0);
        #[cfg(unix)]
        if let Some(slices) = &self.slices {
            return slices.header_position(position);
        }
        position
    }

    /// What libarchive knows of encryption in this format; nothing before the first entry.
    ///
    /// # Examples
    ///
    /// ```
    /// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
    /// use anyarchive::{EncryptionSupport, Reader};
    ///
    /// let mut reader = Reader::from_bytes(archive)?;
    /// reader.next_entry()?;
    /// // cpio has no encryption.
    /// assert_eq!(reader.encryption_support(), EncryptionSupport::default());
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_read_format_capabilities")]
    #[must_use]
    pub fn encryption_support(&self) -> EncryptionSupport {
        EncryptionSupport::from_bits(self.handle.format_capabilities())
    }

    /// Whether an entry up to here is encrypted; `None` when it is not known, or when the format
    /// cannot tell.
    #[doc(alias = "archive_read_has_encrypted_entries")]
    #[must_use]
    pub fn has_encrypted_entries(&self) -> Option<bool> {
        #[cfg(unix)]
        if let Some(slices) = &self.slices
            && slices.is_encrypted()
        {
            return Some(true);
        }
        match self.handle.has_encrypted_entries() {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// Bytes that the source has given so far. Formats that seek can read some bytes twice.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.handle.bytes_read()
    }

    /// Length of the archive in bytes, if the source can tell.
    #[must_use]
    pub fn total_bytes(&self) -> Option<u64> {
        self.len
    }

    /// Entries that [`next_entry`](Self::next_entry) has given so far.
    #[doc(alias = "archive_file_count")]
    #[must_use]
    pub fn entries_read(&self) -> u64 {
        self.entries
    }

    /// What libarchive remarked during the last [`next_entry`](Self::next_entry), also when that
    /// came to the end of the archive; see [`Entry::warning`].
    #[must_use]
    pub fn warning(&self) -> Option<&Error> {
        self.warning.as_deref()
    }

    /// How many remarks libarchive has made on headers so far; each is also at its entry, as
    /// [`Entry::warning`].
    #[must_use]
    pub fn warning_count(&self) -> u64 {
        self.warnings.count()
    }

    /// What was seen up to now: how the archive ends, all warnings, and what was verified.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{ArchiveEnd, Format, Reader};
    ///
    /// # let log = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.gz"));
    /// let mut reader = Reader::builder().format(Format::Raw).from_bytes(log)?;
    /// while let Some(_) = reader.next_entry()? {}
    /// let report = reader.report();
    /// assert_eq!(report.gzip_verified(), cfg!(feature = "verify-gzip").then_some(true));
    /// assert_eq!(report.end(), ArchiveEnd::Marked);
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[must_use]
    pub fn report(&self) -> ReadReport {
        let gzip = self.handle.gzip();
        ReadReport {
            bytes_read: self.bytes_read(),
            entries: self.entries,
            warnings: self.warnings.clone(),
            end: self.end,
            gzip_verified: gzip.map(|gzip| gzip.verified),
            gzip_trailing: gzip.is_some_and(|gzip| gzip.trailing),
        }
    }

    /// The volumes that are read as one archive, in order; empty when it is not split.
    #[must_use]
    pub fn volumes(&self) -> &[PathBuf] {
        &self.volumes
    }

    /// The path that the archive was opened by; of several volumes, that of the first.
    #[must_use]
    pub fn archive_path(&self) -> Option<&Path> {
        self.archive.as_deref()
    }
}

/// What errors say of where an entry is.
#[derive(Clone, Copy, Debug)]
struct Place<'r> {
    archive: Option<&'r Path>,
    volumes: &'r [PathBuf],
}

impl Place<'_> {
    fn tell(&self, error: Error) -> Error {
        volumes::explain_end(error, self.volumes).with_archive(self.archive)
    }
}

/// What libarchive can tell of encryption in a format: of which parts it notices that they are
/// encrypted. Of these it decrypts the data of ZIP alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct EncryptionSupport {
    /// Of the data of entries.
    pub data: bool,
    /// Of names, sizes and the like.
    pub metadata: bool,
}

impl EncryptionSupport {
    fn from_bits(bits: c_int) -> Self {
        Self {
            data: bits & sys::ARCHIVE_READ_FORMAT_CAPS_ENCRYPT_DATA != 0,
            metadata: bits & sys::ARCHIVE_READ_FORMAT_CAPS_ENCRYPT_METADATA != 0,
        }
    }
}

/// A path without leading `./` and trailing `/`.
fn trim(mut path: &[u8]) -> &[u8] {
    while let Some(rest) = path.strip_prefix(b"./") {
        path = rest;
    }
    while let Some(rest) = path.strip_suffix(b"/") {
        path = rest;
    }
    path
}
