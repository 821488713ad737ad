//! Standard error: one line per problem, safe to show, around the progress bar.

use std::{
    io::{self, Write as _},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use indicatif::ProgressBar;

use crate::{
    exit::{Exit, Failure},
    explain::{Facts, explain},
    output::{visible_name, visible_text},
};

/// Tells problems and counts them; the count decides the exit code. Clones share all of it.
#[derive(Clone)]
pub(crate) struct Messages {
    archive: Arc<str>,
    strict: bool,
    problems: Arc<AtomicU64>,
    warnings: Arc<AtomicU64>,
    bar: ProgressBar,
}

impl Messages {
    /// For an archive of this name, which is safe to show already. When `strict`, a warning makes
    /// the run fail.
    pub(crate) fn new(archive: &str, strict: bool) -> Self {
        Self {
            archive: archive.into(),
            strict,
            problems: Arc::default(),
            warnings: Arc::default(),
            bar: ProgressBar::hidden(),
        }
    }

    /// The archive's name, safe to show.
    pub(crate) fn archive(&self) -> &str {
        &self.archive
    }

    /// The bar that messages stay clear of; hidden until somebody shows it.
    pub(crate) fn bar(&self) -> &ProgressBar {
        &self.bar
    }

    pub(crate) fn problems(&self) -> u64 {
        self.problems.load(Ordering::Relaxed)
    }

    pub(crate) fn warnings(&self) -> u64 {
        self.warnings.load(Ordering::Relaxed)
    }

    /// A problem of the archive or of one of its entries.
    pub(crate) fn problem(&self, entry: Option<&[u8]>, text: &str) {
        self.problems.fetch_add(1, Ordering::Relaxed);
        self.about(entry, text);
    }

    /// Something that may be lost of an entry's metadata.
    pub(crate) fn warning(&self, entry: Option<&[u8]>, text: &str) {
        self.warnings.fetch_add(1, Ordering::Relaxed);
        self.about(entry, &format!("warning: {text}"));
    }

    /// Something worth knowing that is no problem.
    pub(crate) fn note(&self, entry: Option<&[u8]>, text: &str) {
        self.about(entry, text);
    }

    /// An error of the reader.
    pub(crate) fn error(&self, error: &anyarchive::Error, facts: &Facts) {
        self.problem(error.entry_bytes(), &explain(error, facts));
    }

    /// The end of a run: tells why it stopped, if it did, and decides the exit code.
    pub(crate) fn finish(&self, result: Result<(), Failure>) -> Exit {
        match result {
            Ok(()) | Err(Failure::PipeClosed) => {}
            Err(Failure::Archive(error)) => self.error(&error, &Facts::default()),
            Err(Failure::Open { error, stream }) => self.error(
                &error,
                &Facts {
                    stream,
                    ..Facts::default()
                },
            ),
            Err(Failure::Other(text)) => {
                self.problems.fetch_add(1, Ordering::Relaxed);
                self.line(&text);
            }
            Err(Failure::Usage(text)) => {
                self.line(&text);
                return Exit::Usage;
            }
        }
        if self.problems() > 0 || (self.strict && self.warnings() > 0) {
            Exit::Problem
        } else {
            Exit::Ok
        }
    }

    fn about(&self, entry: Option<&[u8]>, text: &str) {
        let archive = &self.archive;
        match entry {
            Some(entry) => self.line(&format!("{archive}: {}: {text}", visible_name(entry))),
            None => self.line(&format!("{archive}: {text}")),
        }
    }

    fn line(&self, text: &str) {
        let line = format!("anyarchive: {}\n", visible_text(text));
        self.bar.suspend(|| {
            // When standard error is gone, the exit code is all that can be told.
            let _ = io::stderr().write_all(line.as_bytes());
        });
    }
}
