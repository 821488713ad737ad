//! Which entries to take: patterns, times, owners.

mod file;
mod glob;
#[cfg(test)]
mod tests;
mod time;

use std::{ffi::CString, path::Path};

use crate::{
    EntryRef, Timestamp,
    error::{Error, ErrorKind, Result},
    ffi::match_::MatchHandle,
};
use glob::{Anchor, Glob};

pub use file::PatternSeparator;
pub use time::{TimeField, TimeOrder};

/// Decides which entries to take, by patterns for paths, by times and by owners.
///
/// It works on entries of any kind: of an archive that is read, or of a directory that is walked.
///
/// # Patterns
///
/// `*` stands for any characters, slashes too, `?` for one, `[a-z]` and `[!a-z]` for one of a list or
/// out of it; `\` takes the meaning from the next. A pattern for *inclusion* begins where the path
/// begins, and what lies below a matching directory is included. One for *exclusion* may begin at
/// each component (`*.o` excludes `src/a.o`); `^` at its start ties it to the beginning of the path,
/// `$` at its end keeps it from what lies below. A `/` at the end changes nothing. Both compare bytes,
/// so in a list each byte of a UTF-8 character is one.
///
/// When there are inclusions, only what one of them includes is taken; what is both included and
/// excluded is not taken.
///
/// Patterns mean what they mean in libarchive, but the time is bounded: the length of a pattern,
/// 4096 bytes at most, times that of a path. C's own matcher needs more than the age of the universe
/// for patterns with many stars, so it is not used.
///
/// # Examples
///
/// ```
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio");
/// use anyarchive::{Matcher, Reader};
///
/// let mut matcher = Matcher::new()?;
/// matcher.include_pattern("*.txt")?.exclude_pattern("secret*")?;
///
/// let mut reader = Reader::open(path)?;
/// let mut taken = 0;
/// while let Some(entry) = reader.next_entry()? {
///     if !matcher.excluded(&entry)? {
///         taken += 1;
///     }
/// }
/// assert_eq!(taken, 1);
/// assert!(matcher.unmatched_inclusions().next().is_none());
/// # Ok::<(), anyarchive::Error>(())
/// ```
#[derive(Debug)]
pub struct Matcher {
    inclusions: Vec<Inclusion>,
    exclusions: Vec<Glob>,
    recursive: bool,
    handle: MatchHandle,
}

#[derive(Debug)]
struct Inclusion {
    glob: Glob,
    matched: bool,
}

impl Matcher {
    /// A matcher that takes everything.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](ErrorKind::OutOfMemory), and [`Unsupported`](ErrorKind::Unsupported) when
    /// libarchive is loaded at run time and there is none.
    #[doc(alias = "archive_match_new")]
    #[doc(alias = "archive_match_free")]
    pub fn new() -> Result<Self> {
        Ok(Self {
            inclusions: Vec::new(),
            exclusions: Vec::new(),
            recursive: true,
            handle: MatchHandle::new()?,
        })
    }

    /// Takes paths that fit a pattern.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a pattern that is empty, longer than 4096
    /// bytes, or has a NUL.
    #[doc(alias = "archive_match_include_pattern")]
    #[doc(alias = "archive_match_include_pattern_w")]
    pub fn include_pattern(&mut self, pattern: impl AsRef<[u8]>) -> Result<&mut Self> {
        self.inclusions.push(Inclusion {
            glob: Glob::inclusion(pattern.as_ref())?,
            matched: false,
        });
        Ok(self)
    }

    /// Takes no paths that fit a pattern.
    ///
    /// # Errors
    ///
    /// As for [`include_pattern`](Self::include_pattern).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::Matcher;
    ///
    /// let mut matcher = Matcher::new()?;
    /// matcher.exclude_pattern("*.o")?.exclude_pattern("^target")?;
    /// assert!(matcher.path_excluded("src/main.o"));
    /// assert!(matcher.path_excluded("target/debug"));
    /// assert!(!matcher.path_excluded("src/target"));
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_match_exclude_pattern")]
    #[doc(alias = "archive_match_exclude_pattern_w")]
    pub fn exclude_pattern(&mut self, pattern: impl AsRef<[u8]>) -> Result<&mut Self> {
        self.exclusions.push(Glob::exclusion(pattern.as_ref())?);
        Ok(self)
    }

    /// Takes paths that fit one of the patterns in a file; empty lines count for nothing.
    ///
    /// # Errors
    ///
    /// [`Io`](ErrorKind::Io) for the file, and those of [`include_pattern`](Self::include_pattern).
    /// The patterns before a bad one stay.
    #[doc(alias = "archive_match_include_pattern_from_file")]
    #[doc(alias = "archive_match_include_pattern_from_file_w")]
    pub fn include_patterns_from(
        &mut self,
        path: impl AsRef<Path>,
        separator: PatternSeparator,
    ) -> Result<&mut Self> {
        file::patterns(path.as_ref(), separator, |pattern| {
            self.include_pattern(pattern).map(drop)
        })?;
        Ok(self)
    }

    /// Takes no paths that fit one of the patterns in a file; empty lines count for nothing.
    ///
    /// # Errors
    ///
    /// As for [`include_patterns_from`](Self::include_patterns_from).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{Matcher, PatternSeparator};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let file = directory.path().join("ignore");
    /// std::fs::write(&file, "*.o\n*.tmp\n")?;
    /// let mut matcher = Matcher::new()?;
    /// matcher.exclude_patterns_from(&file, PatternSeparator::Line)?;
    /// assert!(matcher.path_excluded("a/b.tmp"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "archive_match_exclude_pattern_from_file")]
    #[doc(alias = "archive_match_exclude_pattern_from_file_w")]
    pub fn exclude_patterns_from(
        &mut self,
        path: impl AsRef<Path>,
        separator: PatternSeparator,
    ) -> Result<&mut Self> {
        file::patterns(path.as_ref(), separator, |pattern| {
            self.exclude_pattern(pattern).map(drop)
        })?;
        Ok(self)
    }

    /// Whether what lies below an included directory is included; it is, unless this says `false`.
    #[doc(alias = "archive_match_set_inclusion_recursion")]
    pub fn inclusion_recursion(&mut self, recursive: bool) -> &mut Self {
        self.recursive = recursive;
        self
    }

    /// Takes entries whose time compares so to `time`.
    ///
    /// There is one lower and one upper bound for each time: a second call replaces the first.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a time that is out of the system's range.
    #[doc(alias = "archive_match_include_time")]
    pub fn include_time(
        &mut self,
        field: TimeField,
        order: TimeOrder,
        time: Timestamp,
    ) -> Result<&mut Self> {
        let (seconds, nanoseconds) = time::to_c(time)?;
        self.handle
            .include_time(time::flag(field, order), seconds, nanoseconds)?;
        Ok(self)
    }

    /// Takes entries whose time compares so to a date in words: `2024-02-29 12:00 UTC`,
    /// `yesterday`, `3 weeks ago`. Relative ones start from when the matcher was made; without a
    /// zone it is the process's.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for what is no date, has more than 128 characters,
    /// or a number of more than four digits.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{Matcher, TimeField, TimeOrder};
    ///
    /// let mut matcher = Matcher::new()?;
    /// matcher.include_date(TimeField::Mtime, TimeOrder::Newer, "2024-02-29 12:00 UTC")?;
    /// assert!(matcher.include_date(TimeField::Mtime, TimeOrder::Newer, "Saturn").is_err());
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    #[doc(alias = "archive_match_include_date")]
    #[doc(alias = "archive_match_include_date_w")]
    #[doc(alias = "archive_parse_date")]
    pub fn include_date(
        &mut self,
        field: TimeField,
        order: TimeOrder,
        date: &str,
    ) -> Result<&mut Self> {
        self.handle
            .include_date(time::flag(field, order), &time::date(date)?)?;
        Ok(self)
    }

    /// Takes entries whose time compares so to that of a file; symbolic links are followed.
    ///
    /// # Errors
    ///
    /// [`Io`](ErrorKind::Io) for the file.
    #[doc(alias = "archive_match_include_file_time")]
    #[doc(alias = "archive_match_include_file_time_w")]
    pub fn include_file_time(
        &mut self,
        field: TimeField,
        order: TimeOrder,
        path: impl AsRef<Path>,
    ) -> Result<&mut Self> {
        let (mtime, ctime) = file::times(path.as_ref())?;
        if matches!(field, TimeField::Mtime | TimeField::Both) {
            self.include_time(TimeField::Mtime, order, mtime)?;
        }
        if matches!(field, TimeField::Ctime | TimeField::Both) {
            self.include_time(TimeField::Ctime, order, ctime)?;
        }
        Ok(self)
    }

    /// Takes no entry that has the path of `entry` and whose time compares so to that of `entry`.
    ///
    /// This is how to add to an archive only what is newer than in it: exclude each entry of the
    /// archive with [`OlderOrEqual`](TimeOrder::OlderOrEqual).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) when the entry has no path.
    #[doc(alias = "archive_match_exclude_entry")]
    pub fn exclude_entry(
        &mut self,
        field: TimeField,
        order: TimeOrder,
        entry: &EntryRef,
    ) -> Result<&mut Self> {
        if entry.path_bytes().is_empty() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "an entry without a path cannot be excluded",
            ));
        }
        self.handle.exclude_entry(time::flag(field, order), entry)?;
        Ok(self)
    }

    /// Takes entries of this owner, or of another one that is included by number.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a number above [`i64::MAX`].
    #[doc(alias = "archive_match_include_uid")]
    pub fn include_uid(&mut self, uid: u64) -> Result<&mut Self> {
        self.handle.include_uid(id(uid)?)?;
        Ok(self)
    }

    /// Takes entries of this group, or of another one that is included by number.
    ///
    /// # Errors
    ///
    /// As for [`include_uid`](Self::include_uid).
    #[doc(alias = "archive_match_include_gid")]
    pub fn include_gid(&mut self, gid: u64) -> Result<&mut Self> {
        self.handle.include_gid(id(gid)?)?;
        Ok(self)
    }

    /// Takes entries whose owner has this name, or another one that is included by name.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a name with a NUL.
    #[doc(alias = "archive_match_include_uname")]
    #[doc(alias = "archive_match_include_uname_w")]
    pub fn include_uname(&mut self, name: impl AsRef<[u8]>) -> Result<&mut Self> {
        self.handle.include_uname(&c_name(name.as_ref())?)?;
        Ok(self)
    }

    /// Takes entries whose group has this name, or another one that is included by name.
    ///
    /// # Errors
    ///
    /// As for [`include_uname`](Self::include_uname).
    #[doc(alias = "archive_match_include_gname")]
    #[doc(alias = "archive_match_include_gname_w")]
    pub fn include_gname(&mut self, name: impl AsRef<[u8]>) -> Result<&mut Self> {
        self.handle.include_gname(&c_name(name.as_ref())?)?;
        Ok(self)
    }

    /// Whether an entry is not to be taken, by its path, its times or its owner.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](ErrorKind::OutOfMemory).
    #[doc(alias = "archive_match_excluded")]
    pub fn excluded(&mut self, entry: &EntryRef) -> Result<bool> {
        Ok(self.path_excluded(entry.path_bytes())
            || self.time_excluded(entry)?
            || self.owner_excluded(entry)?)
    }

    /// Whether a path is not to be taken. Marks the inclusions that it fits as matched, also when
    /// it is excluded.
    ///
    /// A NUL ends the path.
    #[doc(alias = "archive_match_path_excluded")]
    pub fn path_excluded(&mut self, path: impl AsRef<[u8]>) -> bool {
        if self.inclusions.is_empty() && self.exclusions.is_empty() {
            return false;
        }
        let path = glob::Path::new(path.as_ref());
        let anchor = match self.recursive {
            true => Anchor::None,
            false => Anchor::End,
        };
        let mut included = self.inclusions.is_empty();
        for inclusion in &mut self.inclusions {
            if !inclusion.matched || !included {
                let fits = inclusion.glob.matches(&path, anchor);
                inclusion.matched |= fits;
                included |= fits;
            }
        }
        !included
            || self
                .exclusions
                .iter()
                .any(|glob| glob.matches(&path, Anchor::None))
    }

    /// Whether everything below a directory is excluded too, so that nobody need look there.
    #[cfg(unix)]
    pub(crate) fn is_pruned(&self, directory: &[u8]) -> bool {
        let path = glob::Path::new(directory);
        let mut globs = self.exclusions.iter();
        globs.any(|glob| !glob.ends_path() && glob.matches(&path, Anchor::None))
    }

    /// Whether an entry is not to be taken by its times.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](ErrorKind::OutOfMemory).
    #[doc(alias = "archive_match_time_excluded")]
    pub fn time_excluded(&mut self, entry: &EntryRef) -> Result<bool> {
        self.handle.time_excluded(entry)
    }

    /// Whether an entry is not to be taken by its owner or group.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](ErrorKind::OutOfMemory).
    #[doc(alias = "archive_match_owner_excluded")]
    pub fn owner_excluded(&mut self, entry: &EntryRef) -> Result<bool> {
        self.handle.owner_excluded(entry)
    }

    /// The inclusions that no path has matched so far: a command line tells them as missing.
    #[doc(alias = "archive_match_path_unmatched_inclusions")]
    #[doc(alias = "archive_match_path_unmatched_inclusions_next")]
    #[doc(alias = "archive_match_path_unmatched_inclusions_next_w")]
    pub fn unmatched_inclusions(&self) -> impl Iterator<Item = &[u8]> {
        self.inclusions
            .iter()
            .filter(|inclusion| !inclusion.matched)
            .map(|inclusion| inclusion.glob.text())
    }
}

fn id(id: u64) -> Result<i64> {
    i64::try_from(id)
        .map_err(|_| Error::new(ErrorKind::InvalidInput, "an owner's number is too large"))
}

fn c_name(name: &[u8]) -> Result<CString> {
    CString::new(name).map_err(|_| {
        Error::new(
            ErrorKind::InvalidInput,
            "an owner's name has a NUL character",
        )
    })
}
