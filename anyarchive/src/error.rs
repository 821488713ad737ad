//! What can go wrong, and how it is told.

use std::{
    borrow::Cow,
    error, fmt, io,
    path::{Path, PathBuf},
};

use crate::{Filter, Limit, entry::path_from_bytes, ffi::Status};

/// Result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of problem an [`Error`] reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file, reader or writer failed; [`Error::source`](error::Error::source) is its [`io::Error`].
    Io,
    /// The input is in no format that is enabled here.
    UnknownFormat,
    /// The input ends before the archive or the entry does.
    Truncated,
    /// The archive contradicts its format or its checksums.
    Corrupt,
    /// The entry is encrypted and no password was given.
    PasswordRequired,
    /// None of the given passwords opens the entry.
    ///
    /// Formats keep little to know this by: of wrong passwords, one in 256 passes the check of
    /// traditional ZIP encryption, and one in 65,536 that of AES. The data is then
    /// [`Corrupt`](Self::Corrupt) or [`Truncated`](Self::Truncated), and [`Error::remark`] says that the
    /// password may be why.
    WrongPassword,
    /// The linked libarchive, or libarchive at all, cannot do this: a codec, method or option.
    Unsupported,
    /// The caller gave a value that cannot work: a path with NUL, an unknown option, a directory
    /// where a file is needed.
    InvalidInput,
    /// Memory ran out, or libarchive would need more than it allows.
    OutOfMemory,
    /// A limit or security rule forbids this.
    Refused,
    /// A file on disk changed while it was read, so that its copy is not one of any moment.
    Changed,
    /// A callback of the caller asked to stop.
    Cancelled,
    /// The reader was used after it had failed for good.
    Poisoned,
    /// libarchive reported a failure that fits no other kind.
    Other,
}

/// An error with everything that is known about it.
///
/// `{e}` is one line that names the archive, the entry, what failed and why; `{e:#}` adds the C
/// function and the chain of causes. One pointer in size.
///
/// # Examples
///
/// ```
/// use anyarchive::{ErrorKind, Reader};
///
/// let error = Reader::from_bytes("no archive at all").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::UnknownFormat);
/// assert_eq!(error.op(), Some("archive_read_open1"));
/// assert_eq!(error.to_string(), "Unrecognized archive format");
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    op: Option<&'static str>,
    status: Option<Status>,
    os_error: Option<i32>,
    message: Cow<'static, str>,
    remark: Option<Cow<'static, str>>,
    archive: Option<PathBuf>,
    entry: Option<Vec<u8>>,
    source: Option<io::Error>,
    limit: Option<Limit>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            op: None,
            status: None,
            os_error: None,
            message: message.into(),
            remark: None,
            archive: None,
            entry: None,
            source: None,
            limit: None,
        }))
    }

    /// An `io::Error` that came from a file, reader or callback; kept whole as the source.
    pub(crate) fn io(what: impl Into<Cow<'static, str>>, source: io::Error) -> Self {
        let mut error = Self::new(ErrorKind::Io, what);
        error.0.os_error = source.raw_os_error();
        error.0.source = Some(source);
        error
    }

    /// The `io::Error` that this was made from, if so.
    #[cfg(unix)]
    pub(crate) fn into_io_source(mut self) -> std::result::Result<io::Error, Self> {
        self.0.source.take().ok_or(self)
    }

    pub(crate) fn with_limit(mut self, limit: Limit) -> Self {
        self.0.limit = Some(limit);
        self
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Says before the message what it is about.
    pub(crate) fn with_context(mut self, what: &str) -> Self {
        self.0.message = format!("{what}: {}", self.0.message).into();
        self
    }

    /// What a source answered: an error of this crate is taken out whole.
    pub(crate) fn of_source(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => error,
            Err(error) => Self::io("cannot read the archive", error),
        }
    }

    /// Takes over what somebody else knows about the reason.
    pub(crate) fn because(mut self, cause: &Self) -> Self {
        if matches!(
            self.0.kind,
            ErrorKind::Other | ErrorKind::UnknownFormat | ErrorKind::Truncated
        ) {
            self.0.kind = cause.0.kind;
        }
        self.with_remark(cause.0.message.clone())
    }

    /// Bytes of text that are kept with it.
    pub(crate) fn text_len(&self) -> usize {
        let entry = self.0.entry.as_ref().map_or(0, |entry| entry.len());
        self.0.message.len() + entry
    }

    pub(crate) fn with_op(mut self, op: &'static str) -> Self {
        self.0.op.get_or_insert(op);
        self
    }

    pub(crate) fn with_status(mut self, status: Status) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn with_os_error(mut self, errno: Option<i32>) -> Self {
        self.0.os_error = errno;
        self
    }

    /// Says what an unknown format was found in: most often a compressed file that is no archive.
    pub(crate) fn with_filters(mut self, filters: &[Filter]) -> Self {
        if self.0.kind == ErrorKind::UnknownFormat {
            for filter in filters {
                self.0.message = format!("{} inside {filter}", self.0.message).into();
            }
        }
        self
    }

    /// Casts doubt on the password, where it looks as if the data were wrong: a wrong one passes the
    /// check of the format now and then, one in 256 with traditional ZIP encryption.
    pub(crate) fn with_encryption(self, is_encrypted: bool) -> Self {
        if is_encrypted && matches!(self.0.kind, ErrorKind::Corrupt | ErrorKind::Truncated) {
            return self.with_remark("the password may be wrong");
        }
        self
    }

    /// Adds what this crate knows beside libarchive's text.
    pub(crate) fn with_remark(mut self, remark: impl Into<Cow<'static, str>>) -> Self {
        self.0.remark = Some(remark.into());
        self
    }

    pub(crate) fn with_archive(mut self, path: Option<&Path>) -> Self {
        if self.0.archive.is_none() {
            self.0.archive = path.map(Path::to_path_buf);
        }
        self
    }

    /// Whether other entries can follow in the archive that is written.
    pub(crate) fn ends_only_the_entry(&self) -> bool {
        self.is_recoverable()
            || matches!(
                self.kind(),
                ErrorKind::Unsupported | ErrorKind::InvalidInput
            )
    }

    pub(crate) fn with_entry(mut self, path: &[u8]) -> Self {
        if self.0.entry.is_none() && !path.is_empty() {
            self.0.entry = Some(path.to_vec());
        }
        self
    }

    /// What kind of problem this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The C function of libarchive that failed, if one did.
    #[must_use]
    pub fn op(&self) -> Option<&'static str> {
        self.0.op
    }

    /// The code that the C function answered: `-10` (RETRY), `-20` (WARN), `-25` (FAILED) or
    /// `-30` (FATAL).
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        self.0.status.map(Status::code)
    }

    /// The operating system's `errno` value, if there is one.
    #[doc(alias = "archive_errno")]
    #[must_use]
    pub fn os_error(&self) -> Option<i32> {
        self.0.os_error
    }

    /// The limit that the archive went beyond, if that is what happened.
    #[must_use]
    pub fn limit(&self) -> Option<Limit> {
        self.0.limit
    }

    /// What failed, without the names of archive and entry: libarchive's own text, where it gave one.
    #[doc(alias = "archive_error_string")]
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What may be behind it, as far as this crate can tell more than libarchive: that the password
    /// may be wrong, or which volume is missing.
    #[must_use]
    pub fn remark(&self) -> Option<&str> {
        self.0.remark.as_deref()
    }

    /// The path of the archive, when it was opened by path.
    #[must_use]
    pub fn archive(&self) -> Option<&Path> {
        self.0.archive.as_deref()
    }

    /// The path of the entry at which it happened.
    #[must_use]
    pub fn entry(&self) -> Option<Cow<'_, Path>> {
        self.0.entry.as_deref().map(path_from_bytes)
    }

    /// The path of the entry at which it happened, as the bytes of the archive.
    #[must_use]
    pub fn entry_bytes(&self) -> Option<&[u8]> {
        self.0.entry.as_deref()
    }

    /// Whether the reader can go on with the next entry.
    ///
    /// `false` after a failure that ends the reading, and for errors outside a running reader.
    #[must_use]
    pub fn is_recoverable(&self) -> bool {
        matches!(
            self.0.status,
            Some(Status::Warn | Status::Retry | Status::Failed)
        )
    }

    /// Whether it is about what was passed over before a header, not about that header.
    pub(crate) fn is_of_damage(&self) -> bool {
        self.0.status == Some(Status::Retry)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if let Some(archive) = &inner.archive {
            write!(f, "{}: ", archive.display())?;
        }
        if let Some(entry) = &inner.entry {
            write!(f, "{}: ", path_from_bytes(entry).display())?;
        }
        f.write_str(&inner.message)?;
        if let Some(remark) = &inner.remark {
            write!(f, "; {remark}")?;
        }
        if let Some(source) = &inner.source {
            write!(f, ": {source}")?;
        }
        if f.alternate() {
            if let Some(op) = inner.op {
                write!(f, " (in {op}")?;
                if let Some(status) = inner.status {
                    write!(f, ", code {}", status.code())?;
                }
                if let Some(errno) = inner.os_error {
                    write!(f, ", errno {errno}")?;
                }
                f.write_str(")")?;
            }
            let mut cause = inner.source.as_ref().and_then(error::Error::source);
            while let Some(next) = cause {
                write!(f, ": {next}")?;
                cause = next.source();
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        let mut out = f.debug_struct("Error");
        out.field("kind", &inner.kind)
            .field("message", &inner.message);
        if let Some(op) = inner.op {
            out.field("op", &op).field("code", &self.code());
        }
        if let Some(errno) = inner.os_error {
            out.field("os_error", &errno);
        }
        if let Some(archive) = &inner.archive {
            out.field("archive", archive);
        }
        if let Some(entry) = &inner.entry {
            out.field("entry", &path_from_bytes(entry));
        }
        if let Some(source) = &inner.source {
            out.field("source", source);
        }
        out.finish()
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.0
            .source
            .as_ref()
            .map(|source| source as &(dyn error::Error + 'static))
    }
}

/// Keeps the kind of an I/O error; the [`Error`] stays inside and can be downcast.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::Io => error
                .0
                .source
                .as_ref()
                .map_or(io::ErrorKind::Other, io::Error::kind),
            ErrorKind::UnknownFormat | ErrorKind::Corrupt => io::ErrorKind::InvalidData,
            ErrorKind::Truncated => io::ErrorKind::UnexpectedEof,
            ErrorKind::PasswordRequired | ErrorKind::WrongPassword | ErrorKind::Refused => {
                io::ErrorKind::PermissionDenied
            }
            ErrorKind::Unsupported => io::ErrorKind::Unsupported,
            ErrorKind::OutOfMemory => io::ErrorKind::OutOfMemory,
            ErrorKind::InvalidInput => io::ErrorKind::InvalidInput,
            ErrorKind::Changed | ErrorKind::Cancelled | ErrorKind::Poisoned | ErrorKind::Other => {
                io::ErrorKind::Other
            }
        };
        Self::new(kind, error)
    }
}

/// Judges a failure by the text that libarchive gives: its codes do not tell kinds apart.
pub(crate) fn kind_of_message(message: &str) -> ErrorKind {
    const KINDS: &[(&str, ErrorKind)] = &[
        ("unrecognized archive format", ErrorKind::UnknownFormat),
        ("passphrase required", ErrorKind::PasswordRequired),
        ("incorrect passphrase", ErrorKind::WrongPassword),
        ("too many incorrect passphrases", ErrorKind::WrongPassword),
        ("memory", ErrorKind::OutOfMemory),
        ("truncated", ErrorKind::Truncated),
        // Z_BUF_ERROR: inflate wants more than there is.
        ("zip decompression failed (-5)", ErrorKind::Truncated),
        ("premature end", ErrorKind::Truncated),
        ("unexpected end", ErrorKind::Truncated),
        ("unsupported", ErrorKind::Unsupported),
        ("not supported", ErrorKind::Unsupported),
        ("not currently supported", ErrorKind::Unsupported),
        ("isn't supported", ErrorKind::Unsupported),
        ("unavailable", ErrorKind::Unsupported),
        ("compiled without", ErrorKind::Unsupported),
        ("no support", ErrorKind::Unsupported),
        ("encrypted", ErrorKind::Unsupported),
        ("undefined option", ErrorKind::InvalidInput),
        ("unknown module name", ErrorKind::InvalidInput),
        ("crc", ErrorKind::Corrupt),
        ("checksum", ErrorKind::Corrupt),
        ("corrupt", ErrorKind::Corrupt),
        ("damaged", ErrorKind::Corrupt),
        ("malformed", ErrorKind::Corrupt),
        ("invalid", ErrorKind::Corrupt),
        ("bad ", ErrorKind::Corrupt),
        ("mismatch", ErrorKind::Corrupt),
        ("inconsistent", ErrorKind::Corrupt),
        ("data is wrong size", ErrorKind::Corrupt),
        ("decompress", ErrorKind::Corrupt),
    ];
    let text = message.to_ascii_lowercase();
    KINDS
        .iter()
        .find(|(part, _)| text.contains(part))
        .map_or(ErrorKind::Other, |&(_, kind)| kind)
}
