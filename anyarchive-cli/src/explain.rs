//! What an error means for the person at the keyboard, and what to do about it.

use std::error::Error as _;

use anyarchive::{Error, ErrorKind, Filter, Format, Reader};

use crate::output::io_text;

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
    if error.kind() == ErrorKind::UnknownFormat {
        return unknown_format(facts);
    }
    let mut text = error.message().to_owned();
    if let Some(source) = error.source() {
        text.push_str(": ");
        match source.downcast_ref() {
            Some(source) => text.push_str(&io_text(source)),
            None => text.push_str(&source.to_string()),
        }
    }
    if let Some(advice) = advice(error, facts) {
        text.push_str("; ");
        text.push_str(advice);
    }
    text
}

fn unknown_format(facts: &Facts) -> String {
    if facts.filters.is_empty() {
        return "not an archive, or in a format that is not supported; \
                'anyarchive --help' lists the formats"
            .into();
    }
    format!(
        "compressed with {}, but what is inside is not an archive in a supported format; \
         'anyarchive --help' lists the formats",
        facts.filter_names()
    )
}

fn advice(error: &Error, facts: &Facts) -> Option<&'static str> {
    if facts.stream && needs_seeking(error, facts) {
        return Some("this format cannot be read from a pipe: save the archive to a file first");
    }
    match error.kind() {
        ErrorKind::Truncated => Some("the archive is cut short: get a complete copy"),
        ErrorKind::Corrupt if facts.encrypted => {
            Some("the password is wrong or the archive is damaged")
        }
        ErrorKind::Corrupt => Some("the archive is damaged: get a good copy"),
        ErrorKind::PasswordRequired => Some(
            "give it with --password-file FILE, in ANYARCHIVE_PASSWORD, or when asked on a terminal",
        ),
        ErrorKind::WrongPassword => Some("try again with another password"),
        ErrorKind::Io => io_advice(error),
        _ => None,
    }
}

fn io_advice(error: &Error) -> Option<&'static str> {
    let source = error.source()?.downcast_ref::<std::io::Error>()?;
    match source.kind() {
        std::io::ErrorKind::NotFound => Some("check the name"),
        std::io::ErrorKind::PermissionDenied => Some("ask for access to it"),
        std::io::ErrorKind::StorageFull => Some("free some space and try again"),
        _ => None,
    }
}

/// Whether the failure comes from a format that goes back and forth in its file.
fn needs_seeking(error: &Error, facts: &Facts) -> bool {
    // Passwords, codecs and failing sources have nothing to do with the pipe.
    let about_data = matches!(
        error.kind(),
        ErrorKind::Truncated | ErrorKind::Corrupt | ErrorKind::Other
    );
    about_data && facts.format == Some(Format::SevenZip)
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
