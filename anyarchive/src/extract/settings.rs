//! The settings of an [`Extractor`].

use super::{
    AbsolutePaths, Allow, CancelToken, Duplicates, Existing, Extractor, Flow, HardLinks, Item,
    Limits, Ownership, PathRules, Permissions, Progress, Report, Restore, Symlinks, policy::Policy,
};
use crate::EntryRef;

/// Items that a report keeps unless it is set.
const KEPT_ITEMS: usize = 10_000;

impl Default for Extractor {
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            on_progress: None,
            on_item: None,
            filter: None,
            kept_items: KEPT_ITEMS,
            cancel: None,
            threads: None,
            report: Report::default(),
        }
    }
}

/// Settings, each with a default that is safe.
impl Extractor {
    /// The default settings: everything that is safe, existing files replaced.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Drops this many components from the front of every path, and of what hard links link to;
    /// targets of symbolic links stay as they are. An entry of which nothing is left is
    /// [skipped](crate::Skip::Stripped).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::Extractor;
    ///
    /// // project-1.0/src/lib.rs becomes src/lib.rs
    /// let extractor = Extractor::new().strip_components(1);
    /// ```
    #[must_use]
    pub fn strip_components(mut self, count: usize) -> Self {
        self.policy.strip_components = count;
        self
    }

    /// Leaves out the entries for which this says `false`; [`Report::filtered`] counts them. It sees
    /// entries as the archive has them, before anything else is looked at. A [`Matcher`](crate::Matcher)
    /// has patterns, times and owners.
    ///
    /// A hard link to a file that was left out cannot be made, which is told.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{Extractor, Matcher, Reader};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let out = dir.path();
    /// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
    /// let mut matcher = Matcher::new()?;
    /// matcher.exclude_pattern("*.txt")?;
    /// let report = Extractor::new()
    ///     .filter(move |entry| !matcher.path_excluded(entry.path_bytes()))
    ///     .extract(&mut Reader::from_bytes(archive)?, out)?;
    /// assert_eq!((report.entries(), report.filtered()), (0, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "archive_match_excluded")]
    #[must_use]
    pub fn filter(mut self, filter: impl FnMut(&EntryRef) -> bool + Send + 'static) -> Self {
        self.filter = Some(Box::new(filter));
        self
    }

    /// What happens when something has the name of an entry;
    /// [`Overwrite`](Existing::Overwrite) if not set. See there for an example.
    #[must_use]
    pub fn existing(mut self, existing: Existing) -> Self {
        self.policy.existing = existing;
        self
    }

    /// Writes each file under a temporary name (`.anyarchive-` and a random number) and gives it its
    /// own only when it is whole: nobody ever sees half a file, not even when the program is
    /// killed. Off if not set; then it is done for files that take the place of others only.
    ///
    /// # Examples
    ///
    /// ```
    /// let extractor = anyarchive::Extractor::new().atomic(true);
    /// ```
    #[must_use]
    pub fn atomic(mut self, atomic: bool) -> Self {
        self.policy.atomic = atomic;
        self
    }

    /// Reads the archive to its end as an extraction does, with all policies, limits and checks, and
    /// changes nothing on disk: the report tells what an extraction would do, onto what is there now.
    /// Off if not set.
    ///
    /// What only the system knows when it is asked is not foreseen: missing permissions, a full disk,
    /// metadata, special files or hard links that the file system does not take. Paths are remembered,
    /// so memory grows with the number of entries.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{Extractor, Reader};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let out = dir.path().join("out");
    /// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
    /// let mut extractor = Extractor::new().dry_run(true);
    /// let report = extractor.extract(&mut Reader::from_bytes(archive)?, &out)?;
    /// assert_eq!(report.entries(), 1);
    /// assert!(!out.exists());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.policy.dry_run = dry_run;
        self
    }

    /// What happens to names that come twice; [`Allow`](Duplicates::Allow) if not set. See there for
    /// an example.
    #[must_use]
    pub fn duplicates(mut self, duplicates: Duplicates) -> Self {
        self.policy.duplicates = duplicates;
        self
    }

    /// What names are good ones; [`Native`](PathRules::Native) if not set. See there for an example.
    #[must_use]
    pub fn path_rules(mut self, rules: PathRules) -> Self {
        self.policy.path_rules = rules;
        self
    }

    /// What happens to absolute paths; [`Refuse`](AbsolutePaths::Refuse) if not set. See there for an
    /// example.
    #[must_use]
    pub fn absolute_paths(mut self, paths: AbsolutePaths) -> Self {
        self.policy.absolute_paths = paths;
        self
    }

    /// What happens to symbolic links; [`Inside`](Symlinks::Inside) if not set. See there for an
    /// example.
    #[must_use]
    pub fn symlinks(mut self, symlinks: Symlinks) -> Self {
        self.policy.symlinks = symlinks;
        self
    }

    /// What happens to hard links; [`Inside`](HardLinks::Inside) if not set. See there for an
    /// example.
    #[must_use]
    pub fn hard_links(mut self, hard_links: HardLinks) -> Self {
        self.policy.hard_links = hard_links;
        self
    }

    /// What of the dangerous things is done all the same; nothing if not set. See [`Allow`] for an
    /// example.
    #[must_use]
    pub fn allow(mut self, allow: Allow) -> Self {
        self.policy.allow = allow;
        self
    }

    /// Whose the files are; [`Ignore`](Ownership::Ignore) if not set: the extracting user's. See
    /// [`Ownership`] for an example.
    #[doc(alias = "ARCHIVE_EXTRACT_OWNER")]
    #[must_use]
    pub fn ownership(mut self, ownership: Ownership) -> Self {
        self.policy.ownership = ownership;
        self
    }

    /// What permissions files get; [`Umask`](Permissions::Umask) if not set. See there for an
    /// example.
    #[doc(alias = "ARCHIVE_EXTRACT_PERM")]
    #[must_use]
    pub fn permissions(mut self, permissions: Permissions) -> Self {
        self.policy.permissions = permissions;
        self
    }

    /// What other metadata is restored; [`Restore::MTIME`] if not set. See [`Restore`] for an
    /// example.
    #[doc(alias = "ARCHIVE_EXTRACT_TIME")]
    #[doc(alias = "ARCHIVE_EXTRACT_XATTR")]
    #[doc(alias = "ARCHIVE_EXTRACT_ACL")]
    #[doc(alias = "ARCHIVE_EXTRACT_FFLAGS")]
    #[must_use]
    pub fn restore(mut self, restore: Restore) -> Self {
        self.policy.restore = restore;
        self
    }

    /// What the archive may cost at most; [`Limits::new`] if not set. See [`Limits`] for an example.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.policy.limits = limits;
        self
    }

    /// How many items the report keeps, 10,000 if not set. All are counted and told to
    /// [`on_item`](Self::on_item).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::Extractor;
    ///
    /// // Somebody reads them as they come.
    /// let extractor = Extractor::new().on_item(|item| eprintln!("{item}")).kept_items(0);
    /// ```
    #[must_use]
    pub fn kept_items(mut self, items: usize) -> Self {
        self.kept_items = items;
        self
    }

    /// How many processors to keep busy: as many as there are, 8 at most, if not set; 256 at most. With
    /// 1 all is done by the calling thread. Else other threads write files and, when the archive is
    /// a file that was compressed in parts (xz, zstd), a ZIP file or a plain tar file, read it, too.
    ///
    /// What is on disk in the end, and the report, are the same with any number; only after an error
    /// that ends the extraction there can be entries from behind it, and how far it comes until it
    /// goes beyond [`Limits::ratio`] can depend on what was read by then. Callbacks run on the calling
    /// thread or on another, never on two at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::Extractor;
    ///
    /// // In a program that has its own threads.
    /// let extractor = Extractor::new().threads(1);
    /// ```
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads.clamp(1, 256));
        self
    }

    /// Stops when [`CancelToken::cancel`] is called, from any thread. See [`CancelToken`] for an
    /// example.
    #[must_use]
    pub fn cancel_token(mut self, token: &CancelToken) -> Self {
        self.cancel = Some(token.clone());
        self
    }

    /// Calls `callback` at each entry and within long ones; it can stop the extraction. See
    /// [`Progress`] for an example.
    #[must_use]
    pub fn on_progress(
        mut self,
        callback: impl FnMut(&Progress<'_>) -> Flow + Send + 'static,
    ) -> Self {
        self.on_progress = Some(Box::new(callback));
        self
    }

    /// Calls `callback` with every [`Item`] of the report as it happens.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::Extractor;
    ///
    /// let extractor = Extractor::new().on_item(|item| eprintln!("{item}"));
    /// ```
    #[must_use]
    pub fn on_item(mut self, callback: impl FnMut(&Item) + Send + 'static) -> Self {
        self.on_item = Some(Box::new(callback));
        self
    }
}
