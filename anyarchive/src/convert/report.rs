//! What a conversion lost.

use std::{borrow::Cow, fmt, path::Path};

use crate::{Error, MetadataFields, entry::path_from_bytes};

/// Bytes of paths that a report keeps: an archive can have very long ones.
const KEPT_BYTES: usize = 16 << 20;

/// What a [`convert`](crate::convert) did, and everything that is not in the new archive as it was in
/// the old one.
#[derive(Debug)]
#[must_use = "it tells what is not in the new archive"]
pub struct ConvertReport {
    pub(super) entries: u64,
    pub(super) filtered: u64,
    pub(super) bytes: u64,
    /// Bytes without holes, which the ratio counts.
    pub(super) data: u64,
    /// Entries of the old archive.
    pub(super) seen: u64,
    issues: Vec<ConvertIssue>,
    most: usize,
    weight: usize,
    all: u64,
    lost: MetadataFields,
    problems: u64,
}

impl ConvertReport {
    pub(super) fn new(most: usize) -> Self {
        Self {
            entries: 0,
            filtered: 0,
            bytes: 0,
            data: 0,
            seen: 0,
            issues: Vec::new(),
            most,
            weight: 0,
            all: 0,
            lost: MetadataFields::empty(),
            problems: 0,
        }
    }

    pub(super) fn add(&mut self, issue: ConvertIssue) {
        self.all += 1;
        match issue.loss {
            Loss::Metadata(fields) => self.lost |= fields,
            Loss::LeftOut(_) | Loss::Data(_) => self.problems += 1,
            Loss::Warning(_) => {}
        }
        self.weight += issue.path.len();
        if self.issues.len() < self.most && self.weight <= KEPT_BYTES {
            self.issues.push(issue);
        }
    }

    /// Entries that are in the new archive, those with an issue included.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Entries that the filter left out.
    #[must_use]
    pub fn filtered(&self) -> u64 {
        self.filtered
    }

    /// Bytes of data in the new archive, holes included, before they are compressed.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What was lost, in the order of the archive. At most 10,000, with 16 MiB of paths:
    /// [`Convert::on_issue`](crate::Convert::on_issue) gets all.
    #[must_use]
    pub fn issues(&self) -> &[ConvertIssue] {
        &self.issues
    }

    /// Issues that were too many to be kept; they count in all the other numbers.
    #[must_use]
    pub fn issues_left_out(&self) -> u64 {
        self.all - self.issues.len() as u64
    }

    /// Entries that are not in the new archive, or not with the right data.
    #[must_use]
    pub fn problems(&self) -> u64 {
        self.problems
    }

    /// The metadata that at least one entry lost.
    #[must_use]
    pub fn lost_metadata(&self) -> MetadataFields {
        self.lost
    }

    /// Whether nothing is lost.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.all == 0
    }
}

/// Something of an entry that is not in the new archive.
#[derive(Debug)]
pub struct ConvertIssue {
    path: Vec<u8>,
    loss: Loss,
}

impl ConvertIssue {
    pub(super) fn new(path: Vec<u8>, loss: Loss) -> Self {
        Self { path, loss }
    }

    /// The path of the entry in the old archive; empty for what belongs to none.
    #[must_use]
    pub fn path(&self) -> Cow<'_, Path> {
        path_from_bytes(&self.path)
    }

    /// [`path`](Self::path) as bytes.
    #[must_use]
    pub fn path_bytes(&self) -> &[u8] {
        &self.path
    }

    /// What is lost.
    #[must_use]
    pub fn loss(&self) -> &Loss {
        &self.loss
    }
}

impl fmt::Display for ConvertIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path().display())?;
        }
        write!(f, "{}", self.loss)
    }
}

/// What an entry loses on its way.
#[derive(Debug)]
#[non_exhaustive]
pub enum Loss {
    /// The entry is not in the new archive: it could not be read, or the format cannot hold it.
    LeftOut(Error),
    /// The entry is there, but its data is not what the old archive means: it could not be read to
    /// the end, where the rest is zeros or nothing, or its checksum is wrong.
    Data(Error),
    /// This metadata is not there: the format does not have it.
    Metadata(MetadataFields),
    /// What libarchive remarked while it read or wrote the metadata.
    Warning(String),
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the errors themselves, which would tell the path again.
        match self {
            Self::LeftOut(error) => write!(f, "left out: {}", error.message()),
            Self::Data(error) => write!(f, "the data is wrong: {}", error.message()),
            Self::Metadata(fields) => write!(f, "the format does not keep: {fields}"),
            Self::Warning(text) => f.write_str(text),
        }
    }
}
