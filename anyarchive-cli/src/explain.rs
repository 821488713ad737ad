//! What an error means for the person at the keyboard, and what to do about it.

use std::{error::Error as _, io};

use anyarchive::{Error, ErrorKind, Filter, Format, Limit, Reader};

use crate::{flags, output::io_text};

/// What is known around an error.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The archive comes through a pipe.
    pub(crate) stream: bool,
    pub(crate) format: Option<Format>,
    pub(crate) filters: Vec<Filter>,
    /// The entry is encrypted.
    pub(crate) encrypted: bool,
}

impl Facts {
    pub(crate) fn of(reader: &Reader<'_>, stream: bool) -> Self {
        Self {
            stream,
            format: reader.format(),
            filters: reader.filters(),
            encrypted: false,
        }
    }

    /// The filters' names, as they were put on: `gzip`, or `xz+uu`.
    fn filter_names(&self) -> String {
        let names: Vec<_> = self.filters.iter().map(|filter| filter.name()).collect();
        names.join("+")
    }
}

/// One line: what is wrong, then what to do.
pub(crate) fn explain(error: &Error, facts: &Facts) -> String {
    let mut text = error.message().to_owned();
    if let Some(remark) = error.remark() {
        text.push_str("; ");
        text.push_str(remark);
    }
    if let Some(source) = error.source() {
        text.push_str(": ");
        match source.downcast_ref::<io::Error>() {
            Some(source) => text.push_str(&io_text(source)),
            None => text.push_str(&source.to_string()),
        }
    }
    if let Some(limit) = error.limit() {
        text.push_str(&raise(limit));
    } else if let Some(advice) = advice(error, facts) {
        text.push_str("; ");
        text.push_str(advice);
    }
    text
}

/// What to do about a limit, to be put behind what is wrong.
pub(crate) fn raise(limit: Limit) -> String {
    let flag = flags::flag_of(limit);
    format!("; if you trust the archive, raise it with {flag}")
}

fn advice(error: &Error, facts: &Facts) -> Option<&'static str> {
    let through_filter = !facts.filters.is_empty();
    if facts.format == Some(Format::SevenZip) && may_want_seeking(error) {
        if facts.stream {
            return Some("7zip cannot be read from a pipe: save the archive to a file first");
        }
        if through_filter {
            return Some("7zip cannot be read through a filter: decompress the archive first");
        }
    }
    // libarchive decrypts no other format, and says many things when it tries.
    if facts.encrypted && facts.format != Some(Format::Zip) {
        return Some("the entry is encrypted, and only zip can be decrypted");
    }
    match error.kind() {
        ErrorKind::UnknownFormat if facts.stream => Some(
            "it is no archive, or in a format that is not supported ('anyarchive --help' lists \
             them), or it must be saved to a file first: some cannot be read from a pipe",
        ),
        ErrorKind::UnknownFormat => Some(
            "it is no archive, or in a format that is not supported ('anyarchive --help' lists \
             them)",
        ),
        ErrorKind::Corrupt | ErrorKind::Truncated if facts.encrypted => {
            Some("try another password, or get a good copy of the archive")
        }
        ErrorKind::Truncated => Some("the archive is cut short: get a complete copy"),
        ErrorKind::Corrupt => Some("the archive is damaged: get a good copy"),
        ErrorKind::PasswordRequired => Some(
            "give it with --password-file FILE, in ANYARCHIVE_PASSWORD, or when asked on a terminal",
        ),
        ErrorKind::WrongPassword => Some("try again with another password"),
        ErrorKind::Io => io_advice(error),
        ErrorKind::Other if error.op().is_some() => {
            Some("the archive is damaged, or uses something that is not supported")
        }
        _ => None,
    }
}

fn io_advice(error: &Error) -> Option<&'static str> {
    let source = error.source()?.downcast_ref::<io::Error>()?;
    match source.kind() {
        io::ErrorKind::NotFound => Some("check the name"),
        io::ErrorKind::PermissionDenied => Some("ask for access to it"),
        io::ErrorKind::ReadOnlyFilesystem => Some("choose another directory"),
        io::ErrorKind::NotADirectory => Some("choose another name: this one leads through a file"),
        io::ErrorKind::AlreadyExists => Some("choose another name: this one is taken"),
        _ => None,
    }
}

/// Whether the failure can come from going back in something that goes forward only: passwords,
/// codecs and failing sources have nothing to do with that.
fn may_want_seeking(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Truncated | ErrorKind::Corrupt | ErrorKind::Other
    )
}

/// What to say of an input without a single byte; `None` when there is something.
pub(crate) fn empty(facts: &Facts) -> Option<String> {
    if facts.format != Some(Format::Empty) {
        return None;
    }
    if facts.filters.is_empty() {
        return Some("is empty (0 bytes), not an archive".into());
    }
    Some(format!(
        "is empty (0 bytes) inside its {} compression, not an archive",
        facts.filter_names()
    ))
}
