//! Settings of a writer, and the ways to open one.

use std::{fmt::Display, fs::File, io::Write, path::Path};

use super::{
    Compression, WriteFilter, WriteFormat, Writer, ZipEncryption,
    output::{Output, Shape, Stage},
    session::{Session, Settings},
    threads::default_threads,
    write_option::WriteOption,
};
use crate::{Error, ErrorKind, Password, Result, ffi::write::NewWriter};

/// Bytes that a sink gets at once, unless [`WriterBuilder::block_size`] says otherwise.
const BLOCK_SIZE: usize = 64 * 1024;

/// Settings for a [`Writer`]; made by [`Writer::builder`].
///
/// It can be kept, cloned, and used to write any number of archives. What cannot work, such as a
/// password for a format without encryption, is an error when a writer is made, before its first
/// byte.
///
/// # Examples
///
/// ```
/// use anyarchive::{Filter, Format, Writer};
///
/// let settings = Writer::builder(Format::Tar).filter(Filter::Gzip).level(9);
/// let mut writer = settings.to_vec()?;
/// writer.append_bytes("hello.txt", b"hello\n")?;
/// assert!(writer.finish()?.starts_with(b"\x1f\x8b"));
/// # Ok::<(), anyarchive::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until a writer is made"]
pub struct WriterBuilder {
    pub(super) format: Option<WriteFormat>,
    /// The first setting that cannot work.
    problem: Option<(ErrorKind, String)>,
    pub(super) filters: Vec<WriteFilter>,
    pub(super) options: Vec<WriteOption>,
    password: Option<Password>,
    block_size: usize,
    padding: usize,
    spool: bool,
    pub(super) reproducible: bool,
    pub(super) threads: usize,
}

/// What a new archive begins with.
struct Parts {
    new: NewWriter,
    session: Session,
    stage: Stage,
    shape: Shape,
}

impl Parts {
    fn open<S: Write + Send>(self, sink: S) -> Result<Writer<S>> {
        let output = Output::new(sink, self.stage, self.shape);
        Ok(Writer::new(self.new.open(output)?, self.session))
    }
}

impl WriterBuilder {
    pub(super) fn new<F>(format: F) -> Self
    where
        F: TryInto<WriteFormat>,
        Error: From<F::Error>,
    {
        let mut builder = Self {
            format: None,
            problem: None,
            filters: Vec::new(),
            options: Vec::new(),
            password: None,
            block_size: BLOCK_SIZE,
            padding: 1,
            spool: false,
            reproducible: false,
            threads: 1,
        };
        match format.try_into() {
            Ok(format) => builder.format = Some(format),
            Err(error) => builder.note(&error.into()),
        }
        builder
    }

    /// From the end of a file name.
    pub(super) fn guess(path: &Path) -> Result<Self> {
        let (format, filters) = WriteFormat::from_path(path).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidInput,
                "the file name does not tell a format; name it with Writer::builder",
            )
        })?;
        let mut builder = Self::new(format);
        builder.filters = filters;
        Ok(builder)
    }

    fn note(&mut self, error: &Error) {
        let problem = || (error.kind(), error.message().to_owned());
        self.problem.get_or_insert_with(problem);
    }

    /// Adds a filter around the archive, and around the filters that are there: `gzip` before
    /// `uuencode` for a text file of a compressed archive.
    #[doc(alias = "archive_write_add_filter")]
    #[doc(alias = "archive_write_add_filter_none")]
    pub fn filter<F>(mut self, filter: F) -> Self
    where
        F: TryInto<WriteFilter>,
        Error: From<F::Error>,
    {
        match filter.try_into() {
            Ok(filter) => self.filters.push(filter),
            Err(error) => self.note(&error.into()),
        }
        self
    }

    /// How much to compress: the level of the filter that was added last or, without filters, of
    /// the format.
    ///
    /// 0 to 9 for most; from -131072 to 22 for `zstd`; 1 to 9 for `bzip2`, `lz4` and `lzop`. Out of
    /// range, or with nothing that has levels, no writer can be made.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{Filter, Format, Writer};
    ///
    /// let tar = || Writer::builder(Format::Tar);
    /// assert!(tar().filter(Filter::Gzip).level(10).to_vec().is_err());
    /// assert!(tar().level(9).to_vec().is_err());
    /// assert!(Writer::builder(Format::Zip).level(9).to_vec().is_ok());
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    pub fn level(mut self, level: i32) -> Self {
        let filter = self.filters.last().copied();
        let has_level = match filter {
            Some(filter) => filter.has_level(),
            None => self.format.is_none_or(has_level),
        };
        if !has_level {
            self.note(&Error::new(
                ErrorKind::InvalidInput,
                format!("{} has no levels of compression", self.last_name()),
            ));
        }
        self.own("compression-level", level)
    }

    /// How many processors to keep busy: 1 if not set, 0 for as many as there are, 8 at most; 256 at
    /// most. With 1 all is done by the calling thread.
    ///
    /// Else other threads compress where that can be done in parts: in the filter that was added last,
    /// when it is `gzip`, `zstd` or `xz`; without filters in ZIP, when it deflates and nothing else is
    /// set than its level, and in those formats that libarchive gives several threads. What cannot is
    /// done by one thread all the same. Files that are appended from disk are looked up and read
    /// ahead. The sink is used by the calling thread alone.
    ///
    /// What is deflated takes up to 5 MiB of memory for each thread.
    ///
    /// The archive has the same bytes for every number but 1, which may compress a little better; the
    /// `zstd` and `xz` that libarchive was built with take several threads if they were built for it.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{Filter, Format, Writer};
    ///
    /// let mut tar = Writer::builder(Format::Tar).filter(Filter::Gzip).threads(4).to_vec()?;
    /// tar.append_bytes("zeros", &[0; 1_000_000])?;
    /// let bytes = tar.finish()?;
    /// # assert_eq!(anyarchive::Reader::from_bytes(bytes)?.next_entry()?.unwrap().read_to_vec()?.len(), 1_000_000);
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    pub fn threads(mut self, threads: u32) -> Self {
        self.threads = match threads {
            0 => default_threads(),
            threads => threads.min(256) as usize,
        };
        self
    }

    fn own(mut self, key: &'static str, value: impl ToString) -> Self {
        self.options.push(WriteOption::Own {
            filter: self.filters.last().copied(),
            key,
            value: value.to_string(),
        });
        self
    }

    fn last_name(&self) -> String {
        match (self.filters.last(), self.format) {
            (Some(filter), _) => filter.to_string(),
            (None, Some(format)) => format.to_string(),
            (None, None) => "the format".into(),
        }
    }

    /// How a ZIP, 7-Zip or xar archive compresses inside.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{Compression, Format, Writer};
    ///
    /// let mut writer = Writer::builder(Format::Zip).compression(Compression::Store).to_vec()?;
    /// writer.append_bytes("seen", b"as it is")?;
    /// let zip = writer.finish()?;
    /// assert!(zip.windows(8).any(|part| part == b"as it is"));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    pub fn compression(mut self, compression: Compression) -> Self {
        let Some(format) = self.format else {
            return self;
        };
        match compression.value(format) {
            Ok(value) => self.options.push(WriteOption::Own {
                filter: None,
                key: "compression",
                value: value.into(),
            }),
            Err(error) => self.note(&error),
        }
        self
    }

    /// Encrypts the data of a ZIP archive; no other format can.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{Format, Password, Reader, Writer, ZipEncryption};
    ///
    /// let password = Password::new("correct horse")?;
    /// let zip = Writer::builder(Format::Zip).encrypt(ZipEncryption::Aes256, &password);
    /// let mut writer = zip.to_vec()?;
    /// writer.append_bytes("notes.txt", b"hello")?;
    /// let zip = writer.finish()?;
    ///
    /// let mut reader = Reader::builder().password(password.clone()).from_bytes(zip)?;
    /// let mut entry = reader.next_entry()?.expect("an entry");
    /// assert!(entry.is_encrypted());
    /// assert_eq!(entry.read_to_vec()?, b"hello");
    ///
    /// let tar = Writer::builder(Format::Tar).encrypt(ZipEncryption::Aes256, &password);
    /// assert!(tar.to_vec().is_err());
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_write_set_passphrase")]
    pub fn encrypt(mut self, encryption: ZipEncryption, password: &Password) -> Self {
        if let Some(format) = self.format
            && format != WriteFormat::Zip
        {
            self.note(&no_encryption(format));
        }
        self.options.push(WriteOption::Own {
            filter: None,
            key: "encryption",
            value: encryption.value().into(),
        });
        self.password(password)
    }

    /// The password for an encryption that [`option`](Self::option) or [`options`](Self::options)
    /// asks for; [`encrypt`](Self::encrypt) does both. Without an encryption no writer can be made.
    #[doc(alias = "archive_write_set_passphrase")]
    pub fn password(mut self, password: &Password) -> Self {
        self.password = Some(password.clone());
        self
    }

    /// Sets an option of a format or filter, such as `("zip", "hdrcharset", "CP437")`; see
    /// `archive_write_set_options(3)`. With an unknown one no writer can be made.
    #[doc(alias = "archive_write_set_option")]
    #[doc(alias = "archive_write_set_filter_option")]
    #[doc(alias = "archive_write_set_format_option")]
    pub fn option(
        mut self,
        module: impl Into<String>,
        key: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.options.push(WriteOption::Named {
            module: module.into(),
            key: key.into(),
            value: value.into(),
        });
        self
    }

    /// Sets options as text: `module:key=value,key,!key`.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{Format, Writer};
    ///
    /// let zip = || Writer::builder(Format::Zip);
    /// assert!(zip().options("compression=store,!zip64").to_vec().is_ok());
    /// assert!(zip().options("compresion=store").to_vec().is_err());
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_write_set_options")]
    pub fn options(mut self, text: impl Into<String>) -> Self {
        self.options.push(WriteOption::Text(text.into()));
        self
    }

    /// How many bytes the sink gets at once: 64 KiB unless set, 1 byte to 64 MiB.
    #[doc(alias = "archive_write_set_bytes_per_block")]
    pub fn block_size(mut self, bytes: usize) -> Self {
        self.block_size = bytes.clamp(1, 64 << 20);
        self
    }

    /// Makes the length of the output a multiple of `bytes` by zeros at its end: 10240 for tapes, 2048
    /// for some discs. Nothing is added unless this is set; up to 64 MiB.
    #[doc(alias = "archive_write_set_bytes_in_last_block")]
    pub fn pad_to(mut self, bytes: usize) -> Self {
        self.padding = bytes.clamp(1, 64 << 20);
        self
    }

    /// Takes entries whose size is not known, also in formats that want it before the data: those
    /// go to a temporary file first. Without this they are refused, but for ZIP and `raw`, which
    /// need no size.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{EntryBuf, Format, Writer};
    /// use std::io::Write;
    ///
    /// let mut log = EntryBuf::file("log", 0)?;
    /// log.set_size(None)?;
    ///
    /// let mut tar = Writer::builder(Format::Tar).to_vec()?;
    /// assert!(tar.start_entry(&log).is_err());
    ///
    /// let mut tar = Writer::builder(Format::Tar).spool_unknown_sizes().to_vec()?;
    /// let mut entry = tar.start_entry(&log)?;
    /// entry.write_all(b"as much as comes")?;
    /// entry.finish()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn spool_unknown_sizes(mut self) -> Self {
        self.spool = true;
        self
    }

    /// Writes the same bytes for the same paths, contents and modes, whenever, wherever and by
    /// whomever: every time is one second after the start of 1970, the owner is number 0 without a
    /// name, numbers of inodes and devices are left out, extended attributes are sorted, and filters
    /// note no time.
    ///
    /// The order of entries is the caller's; a format that notes the time itself (`iso9660`, `xar`,
    /// `warc`) and encryption, which is random, are refused. The versions of the libraries must be the
    /// same too.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{Filter, Format, Writer};
    ///
    /// let write = || {
    ///     let settings = Writer::builder(Format::Tar).filter(Filter::Gzip).reproducible();
    ///     let mut writer = settings.to_vec()?;
    ///     writer.append_bytes("now", b"")?;
    ///     writer.finish()
    /// };
    /// assert_eq!(write()?, write()?);
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    pub fn reproducible(mut self) -> Self {
        self.reproducible = true;
        self
    }

    /// Writes a new file at `path`, or over the one that is there.
    ///
    /// # Errors
    ///
    /// [`Io`](ErrorKind::Io) when the file cannot be made, and settings that cannot work, as
    /// [`InvalidInput`](ErrorKind::InvalidInput) or [`Unsupported`](ErrorKind::Unsupported); in that
    /// case no file is touched.
    #[doc(alias = "archive_write_open_filename")]
    pub fn create(&self, path: impl AsRef<Path>) -> Result<Writer<File>> {
        let path = path.as_ref();
        self.create_path(path)
            .map_err(|error| error.with_archive(Some(path)))
    }

    fn create_path(&self, path: &Path) -> Result<Writer<File>> {
        let mut parts = self.configure()?;
        let file = File::create(path).map_err(|error| Error::io("cannot create", error))?;
        parts.session = parts.session.named(path, &file);
        parts.open(file)
    }

    /// Writes to anything that is [`Write`]; `&mut sink` keeps the sink in the hands of the caller.
    ///
    /// # Errors
    ///
    /// As for [`create`](Self::create).
    ///
    /// # Panics
    ///
    /// A panic of the sink comes out here, after the C code has returned.
    #[doc(alias = "archive_write_open")]
    #[doc(alias = "archive_write_open2")]
    #[doc(alias = "archive_write_open_fd")]
    pub fn to_writer<S: Write + Send>(&self, sink: S) -> Result<Writer<S>> {
        self.configure()?.open(sink)
    }

    /// Writes to memory that grows; [`finish`](Writer::finish) gives it back.
    ///
    /// # Errors
    ///
    /// As for [`create`](Self::create).
    #[doc(alias = "archive_write_open_memory")]
    pub fn to_vec(&self) -> Result<Writer<Vec<u8>>> {
        self.to_writer(Vec::new())
    }

    /// Format first, then filters, then options: an option is refused when nobody there knows it.
    fn configure(&self) -> Result<Parts> {
        let format = match (&self.problem, self.format) {
            (None, Some(format)) => format,
            (Some((kind, message)), _) => return Err(Error::new(*kind, message.clone())),
            (None, None) => return Err(Error::new(ErrorKind::InvalidInput, "no format")),
        };
        self.check(format)?;
        let stage = self.stage()?;
        let mut new = NewWriter::new()?;
        format.set(&mut new)?;
        let filters = match stage.is_filter() {
            false => &self.filters[..],
            // The last one is not libarchive's.
            true => &self.filters[..self.filters.len() - 1],
        };
        for filter in filters {
            filter.add(&mut new)?;
        }
        if format == WriteFormat::Iso9660 {
            // Left alone, it writes what suits a CD: nobody's files, that all may read.
            new.set_format_option(Some(c"iso9660"), c"rockridge", Some(c"strict"))?;
        }
        if stage.is_none() {
            self.ask_for_threads(&mut new, format)?;
        }
        for option in &self.options {
            if !stage.is_filter() || !option.is_of(WriteFilter::Gzip) {
                option.apply(&mut new, format)?;
            }
        }
        if self.reproducible {
            forget_the_time(&mut new, filters)?;
        }
        if let Some(password) = &self.password {
            new.set_passphrase(password.as_c_str())?;
        }
        let padding = self.padding;
        let shape = Shape {
            // At most 128 MiB.
            block: self.block_size.next_multiple_of(padding),
            padding,
        };
        let (block, padding) = match stage.is_none() {
            true => (shape.block, padding),
            // The blocks for the sink are made behind the stage.
            false if stage.wants_pieces() => (0, 1),
            false => (BLOCK_SIZE, 1),
        };
        new.set_bytes_per_block(block as i32)?;
        new.set_bytes_in_last_block(padding as i32)?;
        let mut compression = self.options.iter().filter_map(|o| o.value("compression"));
        let settings = Settings {
            zip_lzma: format == WriteFormat::Zip && compression.next_back() == Some(Some("lzma")),
            spool: self.spool,
            reproducible: self.reproducible,
            reads_ahead: self.threads != 1,
        };
        Ok(Parts {
            new,
            session: Session::new(format, settings),
            stage,
            shape,
        })
    }

    /// Requests that C would ignore, or notice only in the middle of the archive.
    fn check(&self, format: WriteFormat) -> Result<()> {
        let encrypted = self
            .options
            .iter()
            .filter_map(|option| option.value("encryption"))
            .next_back()
            .is_some_and(|value| value.is_some());
        let problem = match (&self.password, encrypted) {
            (Some(_), false) if format == WriteFormat::Zip => {
                "there is a password, but no encryption was asked for"
            }
            (Some(_), false) => return Err(no_encryption(format)),
            (None, true) => "encryption was asked for, but there is no password",
            _ if !self.reproducible => return Ok(()),
            (Some(_), true) => "an encrypted archive is random, so it cannot be reproduced",
            (None, false) => match format.rules().not_reproducible {
                None => return Ok(()),
                Some(what) => {
                    return Err(Error::new(
                        ErrorKind::Unsupported,
                        format!("{format} cannot be reproduced: it has {what}"),
                    ));
                }
            },
        };
        Err(Error::new(ErrorKind::InvalidInput, problem))
    }
}

fn no_encryption(format: impl Display) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!("libarchive does not encrypt {format}; only zip"),
    )
}

/// Formats with the option "compression-level".
fn has_level(format: WriteFormat) -> bool {
    matches!(
        format,
        WriteFormat::Zip | WriteFormat::SevenZip | WriteFormat::Xar | WriteFormat::Iso9660
    )
}

/// `gzip` and `lzop` note when they ran.
pub(super) fn forget_the_time(new: &mut NewWriter, filters: &[WriteFilter]) -> Result<()> {
    if filters.contains(&WriteFilter::Lzop) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "lzop cannot be reproduced: it has the time at which it is written",
        ));
    }
    if filters.contains(&WriteFilter::Gzip) {
        new.set_filter_option(Some(c"gzip"), c"timestamp", None)?;
    }
    Ok(())
}
