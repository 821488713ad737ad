//! From entry to entry to the end of an archive, whatever happens on the way.

use anyarchive::{ArchiveEnd, Entry, Format, Reader};

use crate::{
    exit::Failure,
    explain::{Facts, empty, explain},
    messages::Messages,
};

/// Shows `visit` every entry. Errors of the archive, those from `visit` included, are told; reading
/// goes on behind them where that is possible. The answer is whether the end was reached.
pub(crate) fn walk(
    reader: &mut Reader<'_>,
    stream: bool,
    messages: &Messages,
    visit: impl FnMut(&mut Entry<'_>) -> Result<(), Failure>,
) -> Result<bool, Failure> {
    walk_and_look(reader, stream, messages, visit, |_| {})
}

/// [`walk`] with a look at the reader behind each entry.
pub(crate) fn walk_and_look(
    reader: &mut Reader<'_>,
    stream: bool,
    messages: &Messages,
    mut visit: impl FnMut(&mut Entry<'_>) -> Result<(), Failure>,
    mut look: impl FnMut(&Reader<'_>),
) -> Result<bool, Failure> {
    loop {
        let mut encrypted = false;
        let error = match reader.next_entry() {
            Ok(None) => break,
            Ok(Some(mut entry)) => {
                if let Some(warning) = entry.warning() {
                    messages.warning(Some(entry.path_bytes()), warning.message());
                }
                encrypted = entry.is_encrypted();
                match visit(&mut entry) {
                    Ok(()) => {
                        look(reader);
                        continue;
                    }
                    Err(Failure::Archive(error)) => error,
                    Err(other) => return Err(other),
                }
            }
            Err(error) => error,
        };
        let facts = Facts {
            encrypted,
            ..Facts::of(reader, stream)
        };
        messages.error(&error, &facts);
        if !error.is_recoverable() {
            return Ok(false);
        }
    }
    at_end(reader, stream, messages);
    Ok(true)
}

/// What is left to say at the end: a last remark of the library, or that there was nothing at all.
fn at_end(reader: &Reader<'_>, stream: bool, messages: &Messages) {
    if let Some(warning) = reader.warning() {
        messages.warning(None, &explain(warning, &Facts::of(reader, stream)));
    }
    if let Some(text) = empty(&Facts::of(reader, stream)) {
        messages.problem(None, &text);
    }
    warn_of_end(reader, messages);
}

/// Tells of an end that the library took for one in silence.
pub(crate) fn warn_of_end(reader: &Reader<'_>, messages: &Messages) {
    let report = reader.report();
    match report.end() {
        ArchiveEnd::Unmarked if reader.format() == Some(Format::Ar) => messages.warning(
            None,
            "it ends within the header of an entry: it is cut short",
        ),
        ArchiveEnd::Unmarked => messages.warning(
            None,
            "the mark of its end is missing: it may be cut short, or was written without",
        ),
        ArchiveEnd::Continued => {
            messages.warning(None, "it goes on in another volume, which is not beside it")
        }
        _ => {}
    }
    if report.gzip_trailing_data() {
        messages.warning(
            None,
            "what follows the gzip stream is no gzip, and was left alone",
        );
    }
}
