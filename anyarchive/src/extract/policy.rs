//! What is allowed, and what happens to what is there.

/// What happens when something has the name of an entry.
///
/// A directory that is there is used for an entry that is a directory, whatever is set here; only
/// [`Overwrite`](Self::Overwrite) gives it the mode and time of the entry. A directory is never
/// removed with what is in it.
///
/// # Examples
///
/// ```
/// use anyarchive::{Existing, Extractor, Reader};
///
/// # let dir = tempfile::tempdir()?;
/// # let out = dir.path();
/// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
/// let mut extractor = Extractor::new().existing(Existing::Error);
/// assert!(extractor.extract(&mut Reader::from_bytes(archive)?, out)?.is_clean());
/// assert!(!extractor.extract(&mut Reader::from_bytes(archive)?, out)?.is_clean());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Existing {
    /// It is removed (an empty directory too), and the entry is made new. What is there is never
    /// written into, so hard links to it elsewhere keep their content. Of two entries with one name
    /// the last stays. What was removed is gone, also when the entry turns out to be damaged in the
    /// middle of its data; one that cannot be read from the start, for want of a password or codec,
    /// removes nothing.
    #[default]
    Overwrite,
    /// It stays, and the entry is [skipped](crate::Skip::Exists).
    Keep,
    /// It stays, and the entry [fails](crate::Outcome::Failed).
    Error,
}

/// The settings that decide about an entry.
#[derive(Clone, Debug, Default)]
pub(super) struct Policy {
    pub(super) strip_components: usize,
    pub(super) existing: Existing,
}
