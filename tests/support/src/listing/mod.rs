//! What reading an archive to its end gives, as values to compare: once by a plain loop over the
//! raw bindings (`raw`), once by the safe crate (`safe`).

mod data;
mod raw;
mod safe;

use std::fmt;

pub use self::{
    data::Data,
    raw::{
        from_bytes as raw_bytes, from_file as raw_file, from_stream as raw_stream,
        headers as raw_headers,
    },
    safe::{DataBy, safe},
};

/// Everything that reading an archive gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Entries, and headers that failed while reading went on.
    pub steps: Vec<Step>,
    /// What ended the reading; `None` for the end of the archive.
    pub end: Option<Failure>,
    /// Remarks on headers.
    pub warnings: u64,
    /// What is known about the archive afterwards.
    pub summary: Vec<Field>,
}

/// A header that was read, or failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// An entry: every getter, its data, and the remark that came with it.
    Entry(Vec<Field>, Data, Option<String>),
    /// No entry, but the next one can be asked for.
    Failed(Failure),
}

/// The name of a getter, and what it gave.
pub type Field = (&'static str, String);

/// A failure as libarchive tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// `-10` (RETRY), `-20` (WARN), `-25` (FAILED) or `-30` (FATAL).
    pub code: i32,
    /// Its text.
    pub text: String,
}

/// How well an archive could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// To the end, without a remark.
    Whole,
    /// To the end, with remarks.
    Warn,
    /// To the end, but an entry or its data failed.
    Failed,
    /// Not to the end.
    Fatal,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Whole => "whole",
            Self::Warn => "warn",
            Self::Failed => "failed",
            Self::Fatal => "fatal",
        })
    }
}

impl Listing {
    /// How well it went.
    #[must_use]
    pub fn class(&self) -> Class {
        if self.end.is_some() {
            return Class::Fatal;
        }
        let failures = self.failures().map(|failure| match failure.code {
            archive_sys::ARCHIVE_WARN => Class::Warn,
            _ => Class::Failed,
        });
        let remarks = (self.warnings > 0).then_some(Class::Warn);
        failures.chain(remarks).max().unwrap_or(Class::Whole)
    }

    /// Everything that failed, in order.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        let of_steps = self.steps.iter().filter_map(|step| match step {
            Step::Entry(_, data, _) => data.failure.as_ref(),
            Step::Failed(failure) => Some(failure),
        });
        of_steps.chain(&self.end)
    }

    /// The remarks that came with entries.
    pub fn remarks(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|step| match step {
            Step::Entry(_, _, remark) => remark.as_deref(),
            Step::Failed(_) => None,
        })
    }

    /// Entries that were read, with their data or without.
    #[must_use]
    pub fn entries(&self) -> usize {
        let entries = self.steps.iter();
        entries
            .filter(|step| matches!(step, Step::Entry(..)))
            .count()
    }

    /// The same, without how far data went that failed: [`Read`](std::io::Read) tells of a failure
    /// at the end of the data instead of giving the last bytes.
    #[must_use]
    pub fn without_failed_data(mut self) -> Self {
        for step in &mut self.steps {
            if let Step::Entry(_, data, _) = step
                && data.failure.is_some()
            {
                (data.length, data.digest) = (0, None);
            }
        }
        self
    }

    /// One line for each difference from `other`.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        let mut compare = |what: String, mine: String, others: String| {
            if mine != others {
                found.push(format!("{what}: {mine} / {others}"));
            }
        };
        let lengths = |listing: &Self| listing.steps.len().to_string();
        compare("number of headers".into(), lengths(self), lengths(other));
        for (index, pair) in self.steps.iter().zip(&other.steps).enumerate() {
            match pair {
                (
                    Step::Entry(mine, my_data, my_remark),
                    Step::Entry(others, others_data, others_remark),
                ) => {
                    for (mine, others) in mine.iter().zip(others) {
                        if mine.0 == "inode" && inodes_are_counted_on() {
                            continue;
                        }
                        let what = format!("entry {index}, {}", mine.0);
                        compare(what, format!("{mine:?}"), format!("{others:?}"));
                    }
                    let what = format!("entry {index}, number of fields");
                    compare(what, mine.len().to_string(), others.len().to_string());
                    let what = format!("entry {index}, data");
                    compare(what, format!("{my_data:?}"), format!("{others_data:?}"));
                    let what = format!("entry {index}, remark");
                    compare(what, format!("{my_remark:?}"), format!("{others_remark:?}"));
                }
                (mine, others) => {
                    let what = format!("header {index}");
                    compare(what, format!("{mine:?}"), format!("{others:?}"));
                }
            }
        }
        let end = |listing: &Self| format!("{:?}", listing.end);
        compare("end".into(), end(self), end(other));
        let warnings = |listing: &Self| listing.warnings.to_string();
        compare("warnings".into(), warnings(self), warnings(other));
        let summary = |listing: &Self| format!("{:?}", listing.summary);
        compare("summary".into(), summary(self), summary(other));
        found
    }
}

/// Whether the numbers that readers of tar make up go on from one archive to the next in a process, as
/// up to 3.8.1 at least.
fn inodes_are_counted_on() -> bool {
    // SAFETY: returns a constant.
    let linked = unsafe { archive_sys::archive_version_number() };
    linked < 3_008_009
}

/// Bytes as text that shows every byte.
fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// The same for what may be missing.
fn shown_option(bytes: Option<&[u8]>) -> String {
    bytes.map_or_else(|| "none".into(), |bytes| format!("\"{}\"", shown(bytes)))
}

#[cfg(test)]
mod tests {
    use anyarchive::Reader;

    use super::*;
    use crate::samples::{Content, Item, Spec};

    fn archive(data: &str, mtime: i64) -> Vec<u8> {
        let sparse = Content::Sparse {
            size: 300_000,
            pieces: vec![(100_000, b"middle".to_vec())],
        };
        let items = [
            Item::file("a", data).mtime(mtime, 0),
            Item::new("b", sparse),
            Item::symlink("c", "a"),
        ];
        Spec::new("pax").to_vec(items).unwrap()
    }

    #[test]
    fn the_two_loops_agree_and_every_difference_is_seen() {
        let bytes = archive("text", 1);
        let raw = raw_bytes(&bytes, &[]);
        assert_eq!((raw.class(), raw.entries()), (Class::Whole, 3));
        for by in [DataBy::Blocks, DataBy::Read(1), DataBy::Read(100_000)] {
            let safe = safe(Reader::from_bytes(bytes.as_slice()), by);
            assert_eq!(raw.differences(&safe), Vec::<String>::new(), "{by:?}");
        }
        let found = |bytes: &[u8]| raw.differences(&raw_stream(bytes, &[])).join("\n");
        assert!(found(&archive("tEXt", 1)).contains("entry 0, data"));
        assert!(found(&archive("text", 2)).contains("entry 0, mtime"));
        assert!(found(&bytes[..2000]).contains("number of headers"));
        assert!(found(b"").contains("summary"));
    }

    #[test]
    fn holes_are_filled_in_the_digest() {
        let listing = raw_bytes(&archive("text", 1), &[]);
        let Step::Entry(_, data, _) = &listing.steps[1] else {
            panic!("{listing:?}");
        };
        let mut plain = vec![0; 300_000];
        plain[100_000..100_006].copy_from_slice(b"middle");
        let other = Spec::new("ustar").to_vec([Item::file("b", plain)]).unwrap();
        let Step::Entry(_, filled, _) = &raw_bytes(&other, &[]).steps[0] else {
            panic!("no entry");
        };
        assert_eq!(data, filled);
    }
}
