//! What an extraction did not do as the archive says.

use std::{borrow::Cow, error, fmt, path::Path, sync::Arc};

use super::Refusal;
use crate::{Error, entry::path_from_bytes};

/// What an extraction has done: how much it wrote, and an [`Item`] for each entry, or property of
/// an entry, that is not on disk as the archive has it. Cheap to clone.
///
/// # Examples
///
/// ```
/// use anyarchive::Reader;
///
/// # let dir = tempfile::tempdir()?;
/// # let out = dir.path();
/// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
/// let report = Reader::from_bytes(archive)?.extract(out)?;
/// for item in report.items() {
///     eprintln!("{item}");
/// }
/// assert!(report.is_clean());
/// assert_eq!((report.entries(), report.bytes()), (1, 6));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Report(Arc<Data>);

/// Bytes of paths and texts that a report keeps: an archive can have very long ones.
const KEPT_BYTES: usize = 16 << 20;

#[derive(Debug, Default)]
pub(super) struct Data {
    pub(super) entries: u64,
    pub(super) bytes: u64,
    pub(super) filtered: u64,
    items: Vec<Item>,
    /// Bytes of paths and texts in them.
    weight: usize,
    /// By kind of outcome.
    counts: [u64; 4],
}

impl Data {
    /// Counts an item, and keeps it if there is room.
    #[cfg(unix)]
    pub(super) fn add(&mut self, item: Item, most: usize) {
        self.counts[item.outcome.index()] += 1;
        let weight = item.weight();
        if self.items.len() < most && self.weight + weight <= KEPT_BYTES {
            self.weight += weight;
            self.items.push(item);
        }
    }
}

impl Report {
    pub(super) fn new(data: Data) -> Self {
        Self(Arc::new(data))
    }

    /// Entries that are on disk now.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.0.entries
    }

    /// Bytes of data written for them; holes of sparse files do not count.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.bytes
    }

    /// Entries that the [`filter`](super::Extractor::filter) left out; they are no items.
    #[must_use]
    pub fn filtered(&self) -> u64 {
        self.0.filtered
    }

    /// Everything there is to tell, in the order of the archive; what concerns the mode or time of
    /// directories is last, because that is when they are set.
    ///
    /// There are no more of them than [`kept_items`](super::Extractor::kept_items), and less when
    /// their paths and texts are more than 16 MiB: memory does not grow with the archive.
    /// [`items_left_out`](Self::items_left_out) counts the rest, and
    /// [`on_item`](super::Extractor::on_item) gets all.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.0.items
    }

    /// Items that were too many to be kept; they count in all the numbers here.
    #[must_use]
    pub fn items_left_out(&self) -> u64 {
        self.0.counts.iter().sum::<u64>() - self.0.items.len() as u64
    }

    /// How many entries were refused, those whose items are left out included.
    #[must_use]
    pub fn refused_count(&self) -> u64 {
        self.0.counts[0]
    }

    /// How many entries failed.
    #[must_use]
    pub fn failed_count(&self) -> u64 {
        self.0.counts[1]
    }

    /// How many entries were skipped.
    #[must_use]
    pub fn skipped_count(&self) -> u64 {
        self.0.counts[2]
    }

    /// How many remarks there are.
    #[must_use]
    pub fn warning_count(&self) -> u64 {
        self.0.counts[3]
    }

    /// Entries that were not extracted because that would not be safe.
    pub fn refused(&self) -> impl Iterator<Item = &Item> {
        self.select(|outcome| matches!(outcome, Outcome::Refused(_)))
    }

    /// Entries that could not be extracted. Nothing of them is left on disk.
    pub fn failed(&self) -> impl Iterator<Item = &Item> {
        self.select(|outcome| matches!(outcome, Outcome::Failed(_)))
    }

    /// Entries that were not extracted because the settings say so, or because they are no files.
    pub fn skipped(&self) -> impl Iterator<Item = &Item> {
        self.select(|outcome| matches!(outcome, Outcome::Skipped(_)))
    }

    /// Remarks on entries that are on disk, or on the archive.
    pub fn warnings(&self) -> impl Iterator<Item = &Item> {
        self.select(|outcome| matches!(outcome, Outcome::Warned(_)))
    }

    /// Whether nothing was refused and nothing failed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.refused_count() == 0 && self.failed_count() == 0
    }

    fn select(&self, wanted: fn(&Outcome) -> bool) -> impl Iterator<Item = &Item> {
        self.items()
            .iter()
            .filter(move |item| wanted(item.outcome()))
    }
}

/// One thing that a [`Report`] tells.
///
/// `Display` is the path and what happened, in one line as long as the path has no line break:
/// paths are shown as they are, so neutralise control characters before a terminal sees them.
///
/// # Examples
///
/// ```
/// use anyarchive::{Existing, Extractor, Outcome, Reader, Skip};
///
/// # let dir = tempfile::tempdir()?;
/// # let out = dir.path();
/// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
/// std::fs::write(out.join("hello.txt"), "mine")?;
/// let mut extractor = Extractor::new().existing(Existing::Keep);
/// let report = extractor.extract(&mut Reader::from_bytes(archive)?, out)?;
/// let item = &report.items()[0];
/// assert_eq!(item.path().to_str(), Some("hello.txt"));
/// assert!(matches!(item.outcome(), Outcome::Skipped(Skip::Exists)));
/// assert_eq!(item.to_string(), "hello.txt: skipped, it exists already");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Item {
    pub(super) path: Box<[u8]>,
    pub(super) outcome: Outcome,
}

impl Item {
    #[cfg(unix)]
    pub(super) fn new(path: &[u8], outcome: Outcome) -> Self {
        Self {
            path: path.into(),
            outcome,
        }
    }

    #[cfg(unix)]
    fn weight(&self) -> usize {
        let text = match &self.outcome {
            Outcome::Warned(text) => text.len(),
            // With the path that it has of its own.
            Outcome::Failed(error) => error.message().len() + self.path.len() + 256,
            Outcome::Refused(_) | Outcome::Skipped(_) => 0,
        };
        self.path.len() + text
    }

    /// The path of the entry as the archive has it; empty when it concerns the archive as a whole.
    #[must_use]
    pub fn path(&self) -> Cow<'_, Path> {
        path_from_bytes(&self.path)
    }

    /// [`path`](Self::path) as the bytes of the archive.
    #[must_use]
    pub fn path_bytes(&self) -> &[u8] {
        &self.path
    }

    /// What happened.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path().display())?;
        }
        match &self.outcome {
            Outcome::Refused(reason) => write!(f, "refused, {reason}"),
            Outcome::Skipped(reason) => write!(f, "skipped, {reason}"),
            Outcome::Warned(text) => f.write_str(text),
            // Not the error itself, which would tell the path again.
            Outcome::Failed(error) => {
                f.write_str(error.message())?;
                if let Some(remark) = error.remark() {
                    write!(f, "; {remark}")?;
                }
                match error::Error::source(error) {
                    Some(cause) => write!(f, ": {cause}"),
                    None => Ok(()),
                }
            }
        }
    }
}

/// What became of an entry.
///
/// # Examples
///
/// ```
/// use anyarchive::{Item, Outcome};
///
/// /// Whether it is worth another try with other settings.
/// fn can_be_allowed(item: &Item) -> bool {
///     matches!(item.outcome(), Outcome::Refused(_) | Outcome::Skipped(_))
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// Not extracted: it would not be safe.
    Refused(Refusal),
    /// Not extracted: it could not be read or written. Nothing of it is left.
    Failed(Error),
    /// Not extracted: the settings say so, or it is no file.
    Skipped(Skip),
    /// Extracted, but not all as the archive says.
    Warned(String),
}

#[cfg(unix)]
impl Outcome {
    fn index(&self) -> usize {
        match self {
            Self::Refused(_) => 0,
            Self::Failed(_) => 1,
            Self::Skipped(_) => 2,
            Self::Warned(_) => 3,
        }
    }
}

/// Why an entry was skipped.
///
/// # Examples
///
/// ```
/// use anyarchive::{Extractor, Outcome, Reader, Skip};
///
/// # let dir = tempfile::tempdir()?;
/// # let out = dir.path();
/// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
/// let mut extractor = Extractor::new().strip_components(1);
/// let report = extractor.extract(&mut Reader::from_bytes(archive)?, out)?;
/// let item = report.skipped().next().expect("hello.txt has one component");
/// assert!(matches!(item.outcome(), Outcome::Skipped(Skip::Stripped)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Skip {
    /// Its name is taken, and [`Existing::Keep`](super::Existing::Keep) is set.
    Exists,
    /// What has its name is as new or newer, and [`Existing::KeepNewer`](super::Existing::KeepNewer)
    /// is set.
    Newer,
    /// It is a symbolic link, and [`Symlinks::Skip`](super::Symlinks::Skip) is set.
    Symlink,
    /// It is a hard link, and [`HardLinks::Skip`](super::HardLinks::Skip) is set.
    HardLink,
    /// [`strip_components`](super::Extractor::strip_components) leaves nothing of its path.
    Stripped,
    /// It is the symbol table or the list of long names of an ar archive.
    Index,
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exists => "it exists already",
            Self::Newer => "what exists is as new or newer",
            Self::Symlink => "it is a symbolic link",
            Self::HardLink => "it is a hard link",
            Self::Stripped => "its path has too few components",
            Self::Index => "it is an index of the archive and no file",
        })
    }
}
