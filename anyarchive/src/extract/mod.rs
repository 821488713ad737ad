//! Extraction: a plan step that decides, from metadata alone, and an apply step that writes below one
//! directory handle.

#[cfg(unix)]
mod apply;
mod cancel;
#[cfg(unix)]
mod destination;
#[cfg(unix)]
mod fly;
#[cfg(unix)]
mod halt;
mod limits;
#[cfg(unix)]
mod names;
#[cfg(unix)]
mod parallel;
#[cfg(unix)]
mod path;
#[cfg(unix)]
mod plan;
mod policy;
#[cfg(unix)]
mod pour;
mod progress;
mod refusal;
#[cfg(unix)]
mod rehearse;
mod report;
mod restore;
#[cfg(unix)]
mod run;
mod settings;

use std::{fmt, path::Path};

pub(crate) use self::limits::exceeded;
pub use self::{
    cancel::CancelToken,
    limits::{Limit, Limits},
    policy::{AbsolutePaths, Allow, Duplicates, Existing, HardLinks, PathRules, Symlinks},
    progress::{Flow, Progress},
    refusal::Refusal,
    report::{Item, Outcome, Report, Skip},
    restore::{Ownership, Permissions, Restore},
};
use self::{policy::Policy, report::Data};
use crate::{EntryRef, Reader, Result};

type OnProgress = Box<dyn FnMut(&Progress<'_>) -> Flow + Send>;
type Filter = Box<dyn FnMut(&EntryRef) -> bool + Send>;
type OnItem = Box<dyn FnMut(&Item) + Send>;

/// Extracts archives, with settings that are secure from the start.
///
/// Nothing outside the destination is created, changed, linked or removed, whatever the archive
/// says and whatever another process does to the destination meanwhile: every path is resolved from
/// one handle of the destination, and symbolic links are never followed on the way. Entries that
/// ask for more are refused and told in the [`Report`]; so are devices, named pipes and sockets.
/// Setuid, setgid and sticky bits are dropped, with a warning. Files and directories belong to who
/// extracts, and the process's umask applies; neither the umask nor the working directory is
/// changed.
///
/// Symbolic links are made when they stay inside: relative, with every `..` in front, and no more
/// of these than the link is deep. Following any link that an extraction made stays inside then, as
/// far as only what the extraction made is on the way; a link to something that was there before,
/// and is itself a symbolic link, leads where that leads.
///
/// Handles of directories stay open for a while. A directory that another process moves elsewhere
/// meanwhile takes with it what is being written into it.
///
/// The destination itself keeps its mode and times.
///
/// Memory does not follow the data, nor the number of files. What does grow: some 200 bytes for each
/// directory that gets a mode or time in the end, what [`Duplicates`] remembers when it is set, and
/// what libarchive keeps: all of the directory of a ZIP file, and of a 7-Zip archive about 150 bytes for
/// each entry. Of both it gets slices of 64 KiB where that makes no difference: from a file, without
/// passwords, with nothing before the first entry. Of a ZIP file that is so when the entries of the
/// directory are in the order of their data, none at the same place as another. Of a 7-Zip archive it is
/// so when nothing is encrypted, and no slice is most of all: files that are compressed together stay in
/// one slice, so that a solid archive of files with data is read whole, and so do all files behind
/// filters, as programs are. Names, attributes and times of such a header are decoded each on its own,
/// with 64 KiB for the dictionary where that is enough, and with 8 MiB at most.
///
/// # Examples
///
/// ```
/// use anyarchive::{Existing, Extractor, Reader};
///
/// # let dir = tempfile::tempdir()?;
/// # let out = dir.path();
/// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
/// let mut extractor = Extractor::new().existing(Existing::Keep);
/// let report = extractor.extract(&mut Reader::from_bytes(archive)?, out)?;
/// for item in report.refused().chain(report.failed()) {
///     eprintln!("{item}");
/// }
/// assert_eq!(std::fs::read_to_string(out.join("hello.txt"))?, "hello\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Extractor {
    policy: Policy,
    on_progress: Option<OnProgress>,
    on_item: Option<OnItem>,
    filter: Option<Filter>,
    kept_items: usize,
    cancel: Option<CancelToken>,
    threads: Option<usize>,
    report: Report,
}

impl Extractor {
    /// Extracts the entries that the reader has not come to yet into the directory `destination`,
    /// which is created if it is missing.
    ///
    /// What is wrong with one entry is an [`Item`] of the report, and the next one follows.
    ///
    /// # Errors
    ///
    /// What ends the extraction: the destination cannot be made or opened, is full, read-only or
    /// broken; the archive cannot be read any further; a callback stopped it
    /// ([`Cancelled`](crate::ErrorKind::Cancelled)); or the system is none of the Unix family
    /// ([`Unsupported`](crate::ErrorKind::Unsupported)). [`report`](Self::report) tells what was
    /// done until then; the file that was being written is removed, and directories have got their
    /// modes and times.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{Extractor, Reader};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let out = dir.path();
    /// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
    /// let report = Extractor::new().extract(&mut Reader::from_bytes(archive)?, out)?;
    /// assert_eq!(report.entries(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "archive_read_extract")]
    #[doc(alias = "archive_write_disk_new")]
    pub fn extract(
        &mut self,
        reader: &mut Reader<'_>,
        destination: impl AsRef<Path>,
    ) -> Result<Report> {
        self.report = Report::default();
        let mut data = Data::default();
        let result = self.run(reader, destination.as_ref(), &mut data);
        self.report = Report::new(data);
        result.map(|()| self.report.clone())
    }

    /// The report of the last [`extract`](Self::extract), also when that failed; empty before.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{Extractor, Reader};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let out = dir.path();
    /// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
    /// let cut = &archive[..130]; // behind the first entry
    /// let mut extractor = Extractor::new();
    /// assert!(extractor.extract(&mut Reader::from_bytes(cut)?, out).is_err());
    /// assert_eq!(extractor.report().entries(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    #[cfg(unix)]
    fn run(&mut self, reader: &mut Reader<'_>, destination: &Path, data: &mut Data) -> Result<()> {
        let settings = run::Settings {
            policy: &self.policy,
            on_progress: self.on_progress.as_mut(),
            on_item: self.on_item.as_mut(),
            filter: self.filter.as_mut(),
            kept_items: self.kept_items,
            cancel: self.cancel.as_ref(),
            threads: self.threads.unwrap_or_else(default_threads),
        };
        run::run(reader, destination, settings, data)
    }

    #[cfg(not(unix))]
    fn run(&mut self, _: &mut Reader<'_>, _: &Path, _: &mut Data) -> Result<()> {
        Err(crate::Error::new(
            crate::ErrorKind::Unsupported,
            "extraction is not there yet for this system: it works on the Unix family",
        ))
    }
}

/// More threads than this seldom find something to do.
#[cfg(unix)]
fn default_threads() -> usize {
    let processors = std::thread::available_parallelism();
    processors.map_or(1, |count| count.get().min(8))
}

impl fmt::Debug for Extractor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extractor")
            .field("policy", &self.policy)
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}

impl Reader<'_> {
    /// Extracts the entries that were not read yet into the directory `destination`, with the
    /// default settings of [`Extractor`].
    ///
    /// # Errors
    ///
    /// As for [`Extractor::extract`].
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::Reader;
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let out = dir.path();
    /// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
    /// for warning in Reader::from_bytes(archive)?.extract(out)?.warnings() {
    ///     eprintln!("{warning}");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "archive_read_extract")]
    #[doc(alias = "archive_read_extract2")]
    pub fn extract(&mut self, destination: impl AsRef<Path>) -> Result<Report> {
        Extractor::new().extract(self, destination)
    }
}
