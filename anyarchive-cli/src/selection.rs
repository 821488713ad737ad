//! Which entries are wanted.

use std::sync::{Arc, Mutex, PoisonError};

use anyarchive::{EntryRef, Matcher};

use crate::{exit::Failure, flags, messages::Messages};

/// The patterns of a command line; clones share what was found.
#[derive(Clone, Debug)]
pub(crate) struct Selection(Arc<Mutex<Matcher>>);

impl Selection {
    /// # Errors
    ///
    /// When a pattern is none.
    pub(crate) fn new(flags: &flags::Selection) -> Result<Self, Failure> {
        let mut matcher = Matcher::new()?;
        for path in &flags.paths {
            matcher
                .include_pattern(path.as_encoded_bytes())
                .map_err(|error| Failure::Usage(format!("PATH: {}", error.message())))?;
        }
        exclude(&mut matcher, &flags.exclude)?;
        Ok(Self(Arc::new(Mutex::new(matcher))))
    }

    /// Whether an entry is wanted.
    pub(crate) fn wants(&self, entry: &EntryRef) -> bool {
        let mut matcher = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        !matcher.path_excluded(entry.path_bytes())
    }

    /// Tells of the paths that the archive has not.
    pub(crate) fn tell_missing(&self, messages: &Messages) {
        let matcher = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for path in matcher.unmatched_inclusions() {
            messages.problem(Some(path), "not in the archive");
        }
    }
}

/// Takes the patterns of `--exclude` to a matcher.
///
/// # Errors
///
/// When one is none.
pub(crate) fn exclude(
    matcher: &mut Matcher,
    patterns: &[std::ffi::OsString],
) -> Result<(), Failure> {
    for pattern in patterns {
        matcher
            .exclude_pattern(pattern.as_encoded_bytes())
            .map_err(|error| Failure::Usage(format!("--exclude: {}", error.message())))?;
    }
    Ok(())
}
