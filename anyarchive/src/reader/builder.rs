//! Settings of a reader, and the ways to open one.

use std::{
    fmt,
    fs::File,
    io::{self, Read, Seek},
    path::Path,
    sync::Arc,
};

#[cfg(unix)]
use super::origin::Origin;
use super::{
    Reader,
    options::{ReadOption, Setting},
    source::{Bytes, Seekable, Stream},
    stage,
};
use crate::{
    Error, ErrorKind, Filter, Format, Limit, Password, PasswordRequest, Result,
    ffi::{
        Status,
        callbacks::{
            password::{Asking, PasswordFn},
            read::Source,
        },
        filters,
        read::NewReader,
    },
};

/// Bytes read from a source at once, unless [`ReaderBuilder::block_size`] says otherwise.
const BLOCK_SIZE: usize = 64 * 1024;

/// Settings for a [`Reader`]; made by [`Reader::builder`].
///
/// It can be kept, cloned, and used to open any number of archives.
///
/// # Examples
///
/// ```
/// use anyarchive::{Format, Reader};
///
/// let settings = Reader::builder().format(Format::Tar).option("tar", "hdrcharset", "CP932");
/// // An empty file is no tar.
/// assert!(settings.from_bytes(b"").is_err());
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until something is opened"]
pub struct ReaderBuilder {
    formats: Option<Vec<Format>>,
    filters: Option<Vec<Filter>>,
    options: Vec<Setting>,
    passwords: Vec<Password>,
    ask: Option<AskPassword>,
    strict: bool,
    pub(super) decoder_memory: Option<u64>,
    max_filters: usize,
    block_size: usize,
}

impl ReaderBuilder {
    pub(super) fn new() -> Self {
        Self {
            formats: None,
            filters: None,
            options: Vec::new(),
            passwords: Vec::new(),
            ask: None,
            strict: false,
            decoder_memory: None,
            max_filters: usize::MAX,
            block_size: BLOCK_SIZE,
        }
    }

    /// Allows one more format, and no other than those named. Without it all are detected but
    /// [`Raw`](Format::Raw), which takes anything and so must be asked for.
    #[doc(alias = "archive_read_support_format_by_code")]
    #[doc(alias(
        "archive_read_support_format_7zip",
        "archive_read_support_format_all",
        "archive_read_support_format_ar",
        "archive_read_support_format_cab",
        "archive_read_support_format_cpio",
        "archive_read_support_format_empty",
        "archive_read_support_format_gnutar",
        "archive_read_support_format_iso9660",
        "archive_read_support_format_lha",
        "archive_read_support_format_mtree",
        "archive_read_support_format_rar",
        "archive_read_support_format_rar5",
        "archive_read_support_format_raw",
        "archive_read_support_format_tar",
        "archive_read_support_format_warc",
        "archive_read_support_format_xar",
        "archive_read_support_format_zip",
        "archive_read_support_format_zip_seekable",
        "archive_read_support_format_zip_streamable",
    ))]
    pub fn format(mut self, format: Format) -> Self {
        self.formats.get_or_insert_default().push(format);
        self
    }

    /// Allows one more filter, and no other than those named. Without it all of
    /// [`Filter::builtin`] are detected; [`no_filters`](Self::no_filters) allows none.
    #[doc(alias = "archive_read_support_filter_by_code")]
    #[doc(alias(
        "archive_read_support_filter_bzip2",
        "archive_read_support_filter_compress",
        "archive_read_support_filter_gzip",
        "archive_read_support_filter_lz4",
        "archive_read_support_filter_lzip",
        "archive_read_support_filter_lzma",
        "archive_read_support_filter_lzop",
        "archive_read_support_filter_rpm",
        "archive_read_support_filter_uu",
        "archive_read_support_filter_xz",
        "archive_read_support_filter_zstd",
    ))]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filters.get_or_insert_default().push(filter);
        self
    }

    /// Reads the archive as it is, without looking for compression.
    #[doc(alias = "archive_read_support_filter_none")]
    pub fn no_filters(mut self) -> Self {
        self.filters.get_or_insert_default().clear();
        self
    }

    /// Sets an option of a format.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{ReadOption, Reader};
    ///
    /// let settings = Reader::builder()
    ///     .set(ReadOption::NameCharset("CP866".into()))
    ///     .set(ReadOption::TarConcatenated(true));
    /// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
    /// assert!(settings.from_bytes(archive)?.find("hello.txt")?.is_some());
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    pub fn set(mut self, option: ReadOption) -> Self {
        self.options.push(Setting::Typed(option));
        self
    }

    /// Sets an option of a format by name, such as `("zip", "hdrcharset", "CP437")`; see
    /// `archive_read_set_options(3)`. An unknown one makes opening fail, and so does `checkfs`, with
    /// which an archive could open files. See [`set`](Self::set) for those that have a type.
    #[doc(alias = "archive_read_set_option")]
    #[doc(alias = "archive_read_set_format_option")]
    pub fn option(
        mut self,
        module: impl Into<String>,
        key: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.options.push(Setting::One {
            module: module.into(),
            key: key.into(),
            value: value.into(),
        });
        self
    }

    /// Sets options as text: `module:key=value,key,!key`.
    #[doc(alias = "archive_read_set_options")]
    pub fn options(mut self, text: impl Into<String>) -> Self {
        self.options.push(Setting::Text(text.into()));
        self
    }

    /// Adds a password to try on encrypted entries; the first that fits is used.
    #[doc(alias = "archive_read_add_passphrase")]
    pub fn password(mut self, password: Password) -> Self {
        self.passwords.push(password);
        self
    }

    /// Asks `ask` for a password when none that is known opens an entry; `None` gives up.
    ///
    /// Known are those of [`password`](Self::password) and all earlier answers; to answer one of
    /// these again is to give up. A reader takes 100 answers in all. Only ZIP is decrypted.
    ///
    /// # Panics
    ///
    /// A panic of `ask` comes out of the call that needed the password, and the reader is
    /// [`Poisoned`](ErrorKind::Poisoned).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{Password, Reader};
    ///
    /// let settings = Reader::builder().passwords_from(|request| {
    ///     eprintln!("{} is encrypted", request.entry().display());
    ///     // Ask a person here; three times are enough.
    ///     (request.attempt() < 3).then(|| Password::new("a guess").ok()).flatten()
    /// });
    /// # drop(settings);
    /// ```
    #[doc(alias = "archive_read_set_passphrase_callback")]
    pub fn passwords_from<F>(mut self, ask: F) -> Self
    where
        F: Fn(&PasswordRequest<'_>) -> Option<Password> + Send + Sync + 'static,
    {
        self.ask = Some(AskPassword(Arc::new(ask)));
        self
    }

    /// Takes nothing on weak evidence: [`Mtree`](Format::Mtree) and [`Empty`](Format::Empty) are
    /// not detected.
    ///
    /// And what ends without the mark that its format has for the end
    /// ([`ArchiveEnd::Unmarked`](crate::ArchiveEnd::Unmarked)), or says that it goes on elsewhere
    /// ([`Continued`](crate::ArchiveEnd::Continued)), is an error behind its last entry,
    /// [`Truncated`](ErrorKind::Truncated).
    ///
    /// Without it, mtree is detected as libarchive does, which takes lines of words that look like
    /// its keywords for one; its entries have no data. Formats that are named by
    /// [`format`](Self::format) are detected in either case.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{ErrorKind, Reader};
    ///
    /// assert!(Reader::from_bytes("").is_ok());
    /// let error = Reader::builder().strict(true).from_bytes("").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::UnknownFormat);
    /// ```
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Refuses streams that take a larger window (bytes) to decode; no limit unless set.
    ///
    /// The windows of xz, lzma and zstd are read from their headers before libarchive allocates them,
    /// all along the stream; lzip counts as 512 MiB, since that is what any member of it may want.
    /// This holds for the outermost compression, and for what is inside gzip or an RPM package. The
    /// same compressions inside another filter are refused unless libarchive itself takes no larger
    /// windows than this: 128 MiB for zstd, 512 MiB for lzma and lzip, any for xz. What archives
    /// compress inside themselves is not covered: libarchive limits RAR (64 MiB), while 7-Zip and ZIP
    /// with LZMA may ask for up to 4 GiB, and ZIP with LZMA for as much as an entry claims to have
    /// left when its data ends early, of which it fills what the archive has. Leave these
    /// [formats](Self::format) out for untrusted input.
    ///
    /// # Errors
    ///
    /// [`Refused`](ErrorKind::Refused), with both numbers in the message, when opening or on the
    /// way.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{ErrorKind, Reader};
    ///
    /// // The header of `xz -9`, whose window is 64 MiB.
    /// let xz = b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46\x02\0\x21\x01\x1c\0\0\0\x10\xcf\x58\xcc";
    /// let settings = Reader::builder().decoder_memory(32 << 20);
    /// assert_eq!(settings.from_bytes(xz).unwrap_err().kind(), ErrorKind::Refused);
    /// ```
    pub fn decoder_memory(mut self, bytes: u64) -> Self {
        self.decoder_memory = Some(bytes);
        self
    }

    /// Refuses archives inside more than `count` filters; libarchive stops at 25.
    ///
    /// # Examples
    ///
    /// ```
    /// # let log = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.gz"));
    /// use anyarchive::{ErrorKind, Format, Reader};
    ///
    /// let settings = Reader::builder().format(Format::Raw).max_filters(0);
    /// assert_eq!(settings.from_bytes(log).unwrap_err().kind(), ErrorKind::Refused);
    /// ```
    pub fn max_filters(mut self, count: usize) -> Self {
        self.max_filters = count;
        self
    }

    /// How many bytes to read from a source at once: 64 KiB unless set, 512 bytes to 64 MiB.
    ///
    /// Some formats want a whole record in one block, so less than 64 KiB can fail on them.
    pub fn block_size(mut self, bytes: usize) -> Self {
        self.block_size = bytes.clamp(512, 64 << 20);
        self
    }

    /// Whether somebody is asked for passwords.
    #[cfg(unix)]
    pub(super) fn asks(&self) -> bool {
        self.ask.is_some()
    }

    /// Whether there are no passwords, and nobody who has some.
    #[cfg(unix)]
    pub(super) fn is_without_passwords(&self) -> bool {
        self.passwords.is_empty() && self.ask.is_none()
    }

    /// What [`block_size`](Self::block_size) set, in bytes.
    #[cfg(any(unix, feature = "tokio", feature = "futures"))]
    pub(crate) fn block_bytes(&self) -> usize {
        self.block_size
    }

    /// Opens the archive at `path`. Works with pipes and devices too, without seeking.
    ///
    /// # Errors
    ///
    /// [`Io`](ErrorKind::Io) when it cannot be opened or read, [`InvalidInput`](ErrorKind::InvalidInput)
    /// for a directory and for settings that cannot work,
    /// [`UnknownFormat`](ErrorKind::UnknownFormat) when no enabled format knows the content, and
    /// whatever the first block of the content brings up.
    #[doc(alias = "archive_read_open_filename")]
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Reader<'static>> {
        let path = path.as_ref();
        self.open_path(path)
            .map(|reader| reader.named(path))
            .map_err(|error| error.with_archive(Some(path)))
    }

    fn open_path(&self, path: &Path) -> Result<Reader<'static>> {
        let cannot = |error| Error::io("cannot open", error);
        let file = File::open(path).map_err(cannot)?;
        let metadata = file.metadata().map_err(cannot)?;
        if metadata.is_dir() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "this is a directory, not an archive",
            ));
        }
        // A pipe refuses to seek. It is not opened again: its writer would see the first end close.
        match (&file).stream_position() {
            Err(error) if error.kind() == io::ErrorKind::NotSeekable => self.from_reader(file),
            Err(error) => Err(cannot(error)),
            // A file, or a device with an end.
            Ok(_) => {
                let file = Arc::new(file);
                let source = Seekable::new(Arc::clone(&file), self.block_size).map_err(cannot)?;
                let len = source.len();
                let reader = self.open_source(Box::new(source), Some(len))?;
                #[cfg(unix)]
                if metadata.is_file() {
                    return Ok(reader.of_file(Origin::new(file, len, self)));
                }
                Ok(reader)
            }
        }
    }

    /// Reads from anything that goes forward only: a pipe, a socket, a decoder.
    ///
    /// 7-Zip and some others need [`from_seekable`](Self::from_seekable). ZIP is read without its
    /// directory here: what that alone says of types and permissions is missing, symbolic links are
    /// files, and a remark at the end tells when it makes a difference.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open).
    #[doc(alias = "archive_read_open")]
    #[doc(alias = "archive_read_open1")]
    #[doc(alias = "archive_read_open2")]
    #[doc(alias = "archive_read_set_read_callback")]
    #[doc(alias = "archive_read_set_callback_data")]
    #[doc(alias = "archive_read_set_close_callback")]
    pub fn from_reader<'s, R: Read + Send + 's>(&self, reader: R) -> Result<Reader<'s>> {
        self.open_source(Box::new(Stream::new(reader, self.block_size)), None)
    }

    /// Reads from something that can seek.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open), and [`Io`](ErrorKind::Io) when its length cannot be found out.
    #[doc(alias = "archive_read_open_fd")]
    #[doc(alias = "archive_read_set_seek_callback")]
    #[doc(alias = "archive_read_set_skip_callback")]
    pub fn from_seekable<'s, R: Read + Seek + Send + 's>(&self, reader: R) -> Result<Reader<'s>> {
        let source = Seekable::new(reader, self.block_size)
            .map_err(|error| Error::io("cannot find out the length of the archive", error))?;
        let len = source.len();
        self.open_source(Box::new(source), Some(len))
    }

    /// Reads from memory, without a copy: `&[u8]`, `Vec<u8>`, `&str` and the like.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open).
    #[doc(alias = "archive_read_open_memory")]
    pub fn from_bytes<'s, B: AsRef<[u8]> + Send + 's>(&self, bytes: B) -> Result<Reader<'s>> {
        let len = bytes.as_ref().len() as u64;
        self.open_source(Box::new(Bytes::new(bytes)), Some(len))
    }

    pub(super) fn open_source<'s>(
        &self,
        source: Box<dyn Source + 's>,
        len: Option<u64>,
    ) -> Result<Reader<'s>> {
        let new = self.configure()?;
        let source = stage::wrap(source, &|filter| self.decodes(filter), self.decoder_memory)?;
        let handle = new
            .open(
                source,
                self.ask.as_ref().map(|ask| Asking::new(ask.0.clone())),
            )
            .map_err(|(error, head)| self.explain(error, &head))?;
        self.check_filters(&handle.filters())?;
        let mut reader = Reader::new(handle, len);
        reader.strict = self.strict;
        Ok(reader)
    }

    /// What only the open handle can tell about the filters.
    fn check_filters(&self, filters: &[Filter]) -> Result<()> {
        if filters.len() > self.max_filters {
            return Err(Error::new(
                ErrorKind::Refused,
                format!(
                    "the archive is inside {} filters, but the limit is {}",
                    filters.len(),
                    self.max_filters
                ),
            )
            .with_limit(Limit::Filters));
        }
        let Some(limit) = self.decoder_memory else {
            return Ok(());
        };
        // Only gzip that is decoded here lets one look at what is inside it.
        let transparent = |filter: Filter| cfg!(feature = "verify-gzip") && filter == Filter::Gzip;
        let watched = filters.iter().rposition(|filter| !transparent(*filter));
        // So is what is in a package.
        let watched = watched.map(|index| match filters[index] {
            Filter::Rpm => index.saturating_sub(1),
            _ => index,
        });
        let unwatched = &filters[..watched.unwrap_or(0)];
        let beyond = |filter: &&Filter| filter.largest_window() > limit;
        match unwatched.iter().find(beyond) {
            Some(filter) => Err(Error::new(
                ErrorKind::Refused,
                format!(
                    "the memory to decode {filter} inside another filter cannot be limited to \
                     {limit} bytes"
                ),
            )
            .with_limit(Limit::DecoderMemory)),
            None => Ok(()),
        }
    }

    fn decodes(&self, filter: Filter) -> bool {
        match &self.filters {
            Some(filters) => filters.contains(&filter),
            None => filters::builtin().is_ok_and(|builtin| builtin.contains(&filter.code())),
        }
    }

    /// "Unrecognized archive format" is the C library's word for an unknown compression too.
    fn explain(&self, error: Error, head: &[u8]) -> Error {
        match Filter::from_magic(head) {
            Some(filter) if error.kind() == ErrorKind::UnknownFormat && !self.decodes(filter) => {
                Error::new(
                    ErrorKind::Unsupported,
                    format!(
                        "{}: the input is compressed with {filter}, which this reader does not \
                         decode; decompress it first",
                        error.message()
                    ),
                )
                .with_op("archive_read_open1")
                .with_status(Status::Fatal)
            }
            _ => error,
        }
    }

    /// Formats first, then options: an option is refused when nobody registered knows it.
    fn configure(&self) -> Result<NewReader> {
        let mut new = NewReader::new()?;
        match &self.formats {
            // A warning says that one of them, xar, misses its library; the others are there.
            None if !self.strict => new.support_format_all().map(drop)?,
            None => {
                let weak = [Format::Empty, Format::Mtree, Format::Raw];
                for format in Format::all().filter(|format| !weak.contains(format)) {
                    new.support_format_by_code(format.code())?;
                }
            }
            Some(formats) => {
                for (index, format) in formats.iter().enumerate() {
                    if !formats[..index].contains(format) {
                        self.enable_format(&mut new, *format)?;
                    }
                }
                // The raw reader refuses a stream of no bytes.
                if formats.contains(&Format::Raw) && !formats.contains(&Format::Empty) {
                    self.enable_format(&mut new, Format::Empty)?;
                }
            }
        }
        let builtin = filters::builtin()?;
        match &self.filters {
            None => {
                for code in builtin {
                    new.support_filter_by_code(*code)?;
                }
            }
            Some(filters) => {
                for (index, filter) in filters.iter().enumerate() {
                    if filters[..index].contains(filter) {
                        continue;
                    }
                    if !builtin.contains(&filter.code()) {
                        return Err(Error::new(
                            ErrorKind::Unsupported,
                            format!("the linked libarchive cannot decode {filter} by itself"),
                        ));
                    }
                    new.support_filter_by_code(filter.code())?;
                }
            }
        }
        for option in &self.options {
            option.apply(&mut new)?;
        }
        for password in &self.passwords {
            new.add_passphrase(password.as_c_str())?;
        }
        Ok(new)
    }

    fn enable_format(&self, new: &mut NewReader, format: Format) -> Result<()> {
        match new.support_format_by_code(format.code())? {
            Status::Warn => Err(Error::new(
                ErrorKind::Unsupported,
                format!("the linked libarchive was built without {format}"),
            )),
            _ => Ok(()),
        }
    }
}

/// Who is asked for passwords.
#[derive(Clone)]
struct AskPassword(Arc<PasswordFn>);

impl fmt::Debug for AskPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AskPassword(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_which_compression_is_not_decoded() {
        let error = Reader::from_bytes(b"LRZI\0\x06 and more").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.message().contains("lrzip"), "{error}");

        let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03";
        let error = Reader::builder().no_filters().from_bytes(gzip).unwrap_err();
        assert!(error.message().contains("gzip"), "{error}");
        let error = Reader::from_bytes(gzip).unwrap_err();
        assert!(!error.message().contains("does not decode"), "{error}");
    }
}
