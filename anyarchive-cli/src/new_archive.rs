//! What flags and name say of an archive that is to be written.

use std::path::Path;

use anyarchive::{Format, WriteFilter, WriteFormat, Writer, WriterBuilder};

use crate::{exit::Failure, flags, sink::label};

/// Settings for a writer; [`check`] them when they are complete.
pub(crate) fn settings(path: &Path, args: &flags::NewArchive) -> Result<WriterBuilder, Failure> {
    let guess = WriteFormat::from_path(path);
    let (format, mut filters) = match (&args.format, guess) {
        (Some(name), guess) => {
            let filters = guess.map(|guess| guess.1);
            (format(name)?, filters.unwrap_or_default())
        }
        (None, Some(guess)) => guess,
        (None, None) => {
            return Err(Failure::Usage(format!(
                "the name of {} does not tell a format; name one with --format",
                label(path)
            )));
        }
    };
    if !args.filter.is_empty() {
        filters = named_filters(&args.filter)?;
    }
    let mut settings = Writer::builder(format);
    for filter in filters {
        settings = settings.filter(filter);
    }
    if let Some(level) = args.level {
        settings = settings.level(level);
    }
    settings = settings.threads(args.threads);
    for option in &args.option {
        settings = settings.options(option);
    }
    Ok(settings)
}

/// Tells what cannot work before a file is touched.
pub(crate) fn check(settings: &WriterBuilder) -> Result<(), Failure> {
    match settings.to_vec() {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::Usage(error.message().to_owned())),
    }
}

/// A variant by name, or a family.
fn format(name: &str) -> Result<WriteFormat, Failure> {
    if let Some(format) = WriteFormat::all().find(|format| format.name() == name) {
        return Ok(format);
    }
    let family = Format::all().find(|format| format.name() == name);
    match family.map(WriteFormat::try_from) {
        Some(Ok(format)) => Ok(format),
        Some(Err(error)) => Err(Failure::Usage(error.message().to_owned())),
        None => Err(unknown("format", name)),
    }
}

fn named_filters(names: &[String]) -> Result<Vec<WriteFilter>, Failure> {
    let mut filters = Vec::new();
    for name in names {
        if name == "none" && names.len() == 1 {
            return Ok(filters);
        }
        let filter = WriteFilter::all().find(|filter| filter.name() == name);
        filters.push(filter.ok_or_else(|| unknown("filter", name))?);
    }
    Ok(filters)
}

fn unknown(what: &str, name: &str) -> Failure {
    Failure::Usage(format!(
        "there is no {what} '{name}' to write; 'anyarchive info --capabilities' lists all"
    ))
}
