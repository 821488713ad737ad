//! Entries from the disk.

use std::{
    borrow::Cow,
    io::{self, Write},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use super::{EntryWriter, Writer, ahead, check::invalid, rules::Links, session::COPY};
use crate::{
    DataChange, DiskData, DiskEntry, EntryBuf, Error, ErrorKind, Flow, Result, Walk, disk::Piece,
    entry::path_from_bytes, ffi::Status,
};

/// What [`Writer::append_walk`] did: how much is in the archive, and what is not, or not whole.
///
/// # Examples
///
/// ```
/// use anyarchive::{Format, Walk, Writer};
///
/// # let dir = tempfile::tempdir()?;
/// # std::fs::write(dir.path().join("a"), "content")?;
/// let mut tar = Writer::builder(Format::Tar).to_vec()?;
/// let report = tar.append_walk(&mut Walk::builder().name("src").open(dir.path())?)?;
/// for problem in report.problems() {
///     eprintln!("{problem}");
/// }
/// assert_eq!((report.entries(), report.bytes()), (2, 7));
/// # tar.finish()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "it tells what is not in the archive"]
pub struct AppendReport {
    entries: u64,
    bytes: u64,
    problems: Vec<Error>,
}

impl AppendReport {
    /// Entries that are in the archive, those with a problem included.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Bytes of data that were read for them.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What could not be read or the format cannot hold, and files that changed while they were read,
    /// each with its path, in the order of the walk.
    #[must_use]
    pub fn problems(&self) -> &[Error] {
        &self.problems
    }

    /// The first of the problems.
    #[cfg(any(feature = "futures", feature = "tokio"))]
    pub(crate) fn into_problem(self) -> Option<Error> {
        self.problems.into_iter().next()
    }

    /// Whether everything is in the archive as it was on disk.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }
}

/// How far [`Writer::append_walk_with`] has come: told at the start of every entry, within it after
/// each piece that was read, and at each problem.
#[derive(Clone, Copy, Debug)]
pub struct AppendProgress<'a> {
    bytes: u64,
    written: u64,
    entries: u64,
    path: &'a [u8],
    problem: Option<&'a Error>,
}

impl<'a> AppendProgress<'a> {
    /// Bytes of data read so far.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.bytes
    }

    /// Bytes of the archive that the sink has taken so far, as
    /// [`Writer::bytes_written`](super::Writer::bytes_written) has them.
    #[must_use]
    pub fn bytes_written(&self) -> u64 {
        self.written
    }

    /// Entries come to so far, this one included.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// The path of the entry in the archive.
    #[must_use]
    pub fn path(&self) -> Cow<'a, Path> {
        path_from_bytes(self.path)
    }

    /// [`path`](Self::path) as bytes.
    #[must_use]
    pub fn path_bytes(&self) -> &'a [u8] {
        self.path
    }

    /// The problem that came up just now, which is in the report too. The path is its own then.
    #[must_use]
    pub fn problem(&self) -> Option<&'a Error> {
        self.problem
    }
}

/// What comes next of a file.
pub(super) enum Chunk<'a> {
    Data(&'a [u8]),
    /// So many zeros.
    Hole(u64),
    End,
}

/// How a file ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// Bytes of its size that were not read.
    missing: u64,
    change: io::Result<Option<DataChange>>,
}

impl Ended {
    pub(super) fn of(data: &DiskData) -> Self {
        Self {
            missing: data.missing(),
            change: data.change(),
        }
    }

    /// Nobody knows.
    pub(super) fn lost() -> Self {
        Self {
            missing: 0,
            change: Ok(None),
        }
    }
}

/// The content of a file.
pub(super) trait Content {
    fn next(&mut self) -> io::Result<Chunk<'_>>;

    /// Asked behind the end, or behind a failure.
    fn end(self) -> Ended;
}

/// Read here and now.
struct Here<'b> {
    data: DiskData,
    buffer: &'b mut [u8],
}

impl Content for Here<'_> {
    fn next(&mut self) -> io::Result<Chunk<'_>> {
        Ok(match self.data.next_piece(self.buffer)? {
            Piece::Data(count) => Chunk::Data(&self.buffer[..count]),
            Piece::Hole(len) => Chunk::Hole(len),
            Piece::End => Chunk::End,
        })
    }

    fn end(self) -> Ended {
        Ended::of(&self.data)
    }
}

/// What one appending of many files needs all the time.
struct Copier<'f> {
    bytes: u64,
    /// By the sink.
    written: Arc<AtomicU64>,
    entries: u64,
    on_progress: &'f mut dyn FnMut(&AppendProgress<'_>) -> Flow,
}

impl<'f> Copier<'f> {
    fn new(
        written: &Arc<AtomicU64>,
        on_progress: &'f mut dyn FnMut(&AppendProgress<'_>) -> Flow,
    ) -> Self {
        Self {
            bytes: 0,
            written: Arc::clone(written),
            entries: 0,
            on_progress,
        }
    }

    fn tell(&mut self, path: &[u8]) -> Result<()> {
        self.tell_problem(path, None)
    }

    fn tell_problem(&mut self, path: &[u8], problem: Option<&Error>) -> Result<()> {
        let progress = AppendProgress {
            bytes: self.bytes,
            written: self.written.load(Relaxed),
            entries: self.entries,
            path,
            problem,
        };
        match (self.on_progress)(&progress) {
            Flow::Continue => Ok(()),
            Flow::Stop => Err(Error::new(ErrorKind::Cancelled, "stopped by the caller")),
        }
    }

    /// All that can be read.
    fn copy(
        &mut self,
        content: &mut impl Content,
        path: &[u8],
        entry: &mut EntryWriter<'_>,
    ) -> Result<(), Stop> {
        loop {
            match content.next() {
                Ok(Chunk::Data(data)) => {
                    entry.write_data(data).map_err(Stop::Writing)?;
                    self.bytes += data.len() as u64;
                    self.tell(path).map_err(Stop::Writing)?;
                }
                Ok(Chunk::Hole(len)) => entry.write_zeros(len).map_err(Stop::Writing)?,
                Ok(Chunk::End) => return Ok(()),
                Err(error) => return Err(Stop::Reading(error)),
            }
        }
    }
}

/// Why copying stopped.
enum Stop {
    Reading(io::Error),
    Writing(Error),
}

impl<S: Write + Send> Writer<S> {
    /// Appends one file, directory or link with its metadata; of a directory not what is in it.
    ///
    /// Its path in the archive is the one on disk, without root, `.` and what is before a `..`. For
    /// another one, and other settings, walk by [`Walk::builder`] without recursion.
    ///
    /// # Errors
    ///
    /// As for [`start_entry`](Self::start_entry), [`Io`](ErrorKind::Io) when the file cannot be read,
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a path without a name, such as `.`, and
    /// [`Changed`](ErrorKind::Changed) when the file changed while it was read.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{Format, Writer};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let notes = dir.path().join("notes.txt");
    /// # std::fs::write(&notes, "content")?;
    /// let mut zip = Writer::builder(Format::Zip).to_vec()?;
    /// zip.append_path(&notes)?;
    /// assert!(zip.append_path("/nonexistent").is_err());
    /// # zip.finish()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn append_path(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let mut walk = Walk::builder().recursive(false).open(path)?;
        match walk.next() {
            Some(found) => self.append_disk_entry(found?),
            None => Err(invalid("this path has no name that an archive could tell")),
        }
    }

    /// Appends a directory with all that is below, in the order of names. The first thing that is not
    /// in the archive as it is on disk ends it; [`append_walk`](Self::append_walk) goes on.
    ///
    /// Paths in the archive begin with the path on disk, without root, `.` and what is before a `..`.
    /// An archive that is written to a file in that directory does not take itself.
    ///
    /// # Errors
    ///
    /// As for [`append_path`](Self::append_path); what was appended before stays.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{Filter, Format, Writer};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let site = dir.path().join("site");
    /// # std::fs::create_dir(&site)?;
    /// # std::fs::write(site.join("index.html"), "<h1>Hello</h1>")?;
    /// # let archive = dir.path().join("site.tar.gz");
    /// let mut tar = Writer::create(&archive)?;
    /// tar.append_dir_all(&site)?;
    /// tar.finish()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn append_dir_all(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let mut walk = Walk::builder().sorted(true).open(path)?;
        self.prepare(&mut walk);
        let mut on_progress = |_: &AppendProgress<'_>| Flow::Continue;
        let mut copier = Copier::new(self.handle.output().written(), &mut on_progress);
        self.append_all(&mut walk, &mut copier, |_, done| done)
    }

    /// Appends what a walk finds, and goes on behind what cannot be read or kept.
    ///
    /// In a format without hard links every name of a file is written with the data. An archive that is
    /// written to a file in the tree does not take itself.
    ///
    /// # Errors
    ///
    /// What ends the archive: errors of the sink. Everything else is in the report. By
    /// [several threads](super::WriterBuilder::threads) the walk may be further than the archive then.
    pub fn append_walk(&mut self, walk: &mut Walk) -> Result<AppendReport> {
        self.append_walk_with(walk, |_| Flow::Continue)
    }

    /// [`append_walk`](Self::append_walk) with a callback, which can stop it.
    ///
    /// # Errors
    ///
    /// As for [`append_walk`](Self::append_walk), and [`Cancelled`](ErrorKind::Cancelled) when the
    /// callback said so: the entry it was told is not complete in the archive then. There is no report
    /// in both cases, but the callback was told every problem.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{ErrorKind, Flow, Format, Walk, Writer};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # std::fs::write(dir.path().join("a"), "content")?;
    /// let mut tar = Writer::builder(Format::Tar).to_vec()?;
    /// let mut walk = Walk::builder().name("src").open(dir.path())?;
    /// let stopped = tar.append_walk_with(&mut walk, |progress| {
    ///     println!("{}", progress.path().display());
    ///     if progress.entries() < 2 { Flow::Continue } else { Flow::Stop }
    /// });
    /// assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Cancelled);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn append_walk_with(
        &mut self,
        walk: &mut Walk,
        mut on_progress: impl FnMut(&AppendProgress<'_>) -> Flow,
    ) -> Result<AppendReport> {
        self.prepare(walk);
        let mut copier = Copier::new(self.handle.output().written(), &mut on_progress);
        let mut problems = Vec::new();
        let before = self.entries_written();
        self.append_all(walk, &mut copier, |copier, done| match done {
            Err(error) if error.ends_only_the_entry() => {
                let path = error.entry_bytes().unwrap_or_default();
                copier.tell_problem(path, Some(&error))?;
                problems.push(error);
                Ok(())
            }
            done => done,
        })?;
        Ok(AppendReport {
            entries: self.entries_written() - before,
            bytes: copier.bytes,
            problems,
        })
    }

    /// Appends one thing that a walk found.
    ///
    /// # Errors
    ///
    /// As for [`append_path`](Self::append_path).
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{Format, Walk, Writer};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # std::fs::write(dir.path().join("a"), "content")?;
    /// let mut tar = Writer::builder(Format::Tar).to_vec()?;
    /// for found in Walk::builder().name("src").open(dir.path())? {
    ///     let mut found = found?;
    ///     found.entry_mut().set_uname("nobody")?;
    ///     tar.append_disk_entry(found)?;
    /// }
    /// # tar.finish()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn append_disk_entry(&mut self, found: DiskEntry) -> Result<()> {
        let mut on_progress = |_: &AppendProgress<'_>| Flow::Continue;
        let mut copier = Copier::new(self.handle.output().written(), &mut on_progress);
        self.append_here(found, &mut vec![0; COPY], &mut copier)
    }

    /// Fits a walk to the format, and keeps the archive out of itself.
    fn prepare(&self, walk: &mut Walk) {
        if matches!(self.format().rules().links, Links::No | Links::AsFile) {
            walk.copy_hardlinks();
        }
        if let Some(id) = self.session.output() {
            walk.skip_file(id.0, id.1);
        }
    }

    /// Appends what a walk finds; `then` decides what becomes of a failure.
    fn append_all(
        &mut self,
        walk: &mut Walk,
        copier: &mut Copier<'_>,
        mut then: impl FnMut(&mut Copier<'_>, Result<()>) -> Result<()>,
    ) -> Result<()> {
        let unread = |error: Error| error.with_status(Status::Failed);
        // What is wrong with an entry that was dropped is not about the first file.
        self.session.settle(&mut self.handle)?;
        if self.session.reads_ahead() {
            let done = ahead::read(walk, |found| {
                let done = match found {
                    Ok((entry, content)) => self.append_found(&entry, content, copier),
                    Err(error) => Err(unread(error)),
                };
                then(copier, done)
            });
            if let Some(done) = done {
                return done;
            }
        }
        let mut buffer = vec![0; COPY];
        for found in walk {
            let done = match found {
                Ok(found) => self.append_here(found, &mut buffer, copier),
                Err(error) => Err(unread(error)),
            };
            then(copier, done)?;
        }
        Ok(())
    }

    fn append_here(
        &mut self,
        found: DiskEntry,
        buffer: &mut [u8],
        copier: &mut Copier<'_>,
    ) -> Result<()> {
        let (entry, data) = found.into_parts();
        let content = data.map(|data| Here { data, buffer });
        self.append_found(&entry, content, copier)
    }

    fn append_found(
        &mut self,
        entry: &EntryBuf,
        content: Option<impl Content>,
        copier: &mut Copier<'_>,
    ) -> Result<()> {
        let path = entry.path_bytes();
        copier.entries += 1;
        copier.tell(path)?;
        let Some(mut content) = content else {
            return self.append_entry(entry);
        };
        let mut writer = self.start_entry(entry)?;
        let failed = match copier.copy(&mut content, path, &mut writer) {
            Ok(()) => None,
            Err(Stop::Reading(error)) => Some(error),
            Err(Stop::Writing(error)) => {
                writer.abandon();
                return Err(self.session.tell(error, path));
            }
        };
        let ended = content.end();
        // The header has told the size, so what could not be read is zero in the archive.
        writer.write_zeros(ended.missing)?;
        writer.finish()?;
        let problem = match (failed, ended.change) {
            (Some(error), _) => Error::io("cannot read all of the file", error),
            (None, Err(error)) => Error::io("cannot look at the file again", error),
            (None, Ok(None)) => return Ok(()),
            (None, Ok(Some(change))) => changed(change),
        };
        Err(self.session.tell(problem.with_status(Status::Failed), path))
    }
}

fn changed(change: DataChange) -> Error {
    let what = match change {
        DataChange::Shrunk { missing } => format!(
            "the file became shorter while it was read: its last {missing} bytes are zeros in the \
             archive"
        ),
        DataChange::Grown => {
            "the file grew while it was read: what was added is not in the archive".to_owned()
        }
        DataChange::Modified => "the file was written to while it was read".to_owned(),
    };
    Error::new(ErrorKind::Changed, what)
}
