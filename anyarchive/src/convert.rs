//! From archive to archive.

mod copies;
mod gauge;
mod held;
mod report;

use std::{borrow::Cow, collections::HashSet, fmt, io::Write, path::Path, time::Instant};

pub use self::report::{ConvertIssue, ConvertReport, Loss};
use self::{
    copies::Copies,
    gauge::{Gauge, check_entry},
    held::{Held, Name, Names},
};
use crate::{
    Entry, EntryBuf, EntryRef, Error, ErrorKind, FileType, Flow, Format, Limit, Limits,
    MetadataFields, Reader, Result, Timestamp, Writer, entry::path_from_bytes, extract::exceeded,
    writer::Stop,
};

/// Issues that a report keeps.
const KEPT_ISSUES: usize = 10_000;

/// Writes what is left of an archive into another one, of any format: entries with all metadata, data,
/// links and holes. What the other format does not keep is in the report.
///
/// [`Convert::run`] does it; before, there can be a filter, new names and a progress. The writer is not
/// finished by this, so several archives can become one.
///
/// # Examples
///
/// ```
/// # let cpio = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
/// use anyarchive::{Format, Reader, Writer, convert};
///
/// let mut reader = Reader::from_bytes(cpio)?;
/// let mut writer = Writer::builder(Format::Zip).spool_unknown_sizes().to_vec()?;
/// let report = convert(&mut reader, &mut writer).run()?;
/// for issue in report.issues() {
///     eprintln!("{issue}");
/// }
/// assert_eq!((report.entries(), report.bytes()), (1, 6));
/// let zip = writer.finish()?;
/// # assert!(zip.starts_with(b"PK"));
/// # Ok::<(), anyarchive::Error>(())
/// ```
pub fn convert<'c, 's, S: Write + Send>(
    reader: &'c mut Reader<'s>,
    writer: &'c mut Writer<S>,
) -> Convert<'c, 's, S> {
    Convert {
        reader,
        writer,
        filter: None,
        rename: None,
        on_progress: None,
        limits: Limits::new(),
        report: ConvertReport::new(KEPT_ISSUES),
        on_issue: None,
        read: 0,
        missing: HashSet::new(),
        held: Held::default(),
        copies: None,
        start: Instant::now(),
        before: None,
    }
}

type Filter<'c> = Box<dyn FnMut(&EntryRef) -> bool + 'c>;
type Rename<'c> = Box<dyn FnMut(&[u8]) -> Vec<u8> + 'c>;
type OnProgress<'c> = Box<dyn FnMut(&ConvertProgress<'_>) -> Flow + 'c>;
type OnIssue<'c> = Box<dyn FnMut(&ConvertIssue) + 'c>;

/// A conversion that was not started yet; made by [`convert`].
#[must_use = "nothing is converted before `run`"]
pub struct Convert<'c, 's, S> {
    reader: &'c mut Reader<'s>,
    writer: &'c mut Writer<S>,
    filter: Option<Filter<'c>>,
    rename: Option<Rename<'c>>,
    on_progress: Option<OnProgress<'c>>,
    on_issue: Option<OnIssue<'c>>,
    limits: Limits,
    report: ConvertReport,
    /// Bytes of the other archive that were read when the present entry was found.
    read: u64,
    /// Names of files that are not in the new archive: links to them lead nowhere.
    missing: HashSet<Vec<u8>>,
    held: Held,
    /// Data of files for further names, if these are to be copies.
    copies: Option<Copies>,
    start: Instant,
    /// Names of the present entry that were held until it.
    before: Option<(Names, Option<File>)>,
}

/// A file in the new archive.
#[derive(Debug)]
struct File {
    /// In the old archive.
    old: Vec<u8>,
    path: Vec<u8>,
    size: Option<u64>,
}

impl<S> fmt::Debug for Convert<'_, '_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Convert")
            .field("reader", &self.reader)
            .field("writer", &self.writer)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// How far a conversion has come: told at the start of every entry, and before each piece of its data.
#[derive(Clone, Copy, Debug)]
pub struct ConvertProgress<'a> {
    bytes_read: u64,
    bytes: u64,
    entries: u64,
    path: &'a [u8],
}

impl<'a> ConvertProgress<'a> {
    /// Bytes of the old archive that were read so far.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Bytes of data that were written so far, holes included, before they are compressed.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Entries that are in the new archive so far.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// The path of the entry, by its old name.
    #[must_use]
    pub fn path(&self) -> Cow<'a, Path> {
        path_from_bytes(self.path)
    }

    /// [`path`](Self::path) as bytes.
    #[must_use]
    pub fn path_bytes(&self) -> &'a [u8] {
        self.path
    }
}

impl<'c, S: Write + Send> Convert<'c, '_, S> {
    /// Leaves out the entries for which this says `false`. A hard link to a file that was left out is
    /// left out too, and told.
    ///
    /// # Examples
    ///
    /// ```
    /// # let cpio = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
    /// use anyarchive::{Format, Reader, Writer, convert};
    ///
    /// let mut reader = Reader::from_bytes(cpio)?;
    /// let mut writer = Writer::builder(Format::Tar).to_vec()?;
    /// let report = convert(&mut reader, &mut writer)
    ///     .filter(|entry| !entry.path_bytes().ends_with(b".txt"))
    ///     .run()?;
    /// assert_eq!((report.entries(), report.filtered()), (0, 1));
    /// # writer.finish()?;
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    pub fn filter(mut self, filter: impl FnMut(&EntryRef) -> bool + 'c) -> Self {
        self.filter = Some(Box::new(filter));
        self
    }

    /// Gives every path another one, and every target of a hard link, which is a path of the archive.
    /// Targets of symbolic links stay.
    ///
    /// # Examples
    ///
    /// ```
    /// # let cpio = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
    /// use anyarchive::{Format, Reader, Writer, convert};
    ///
    /// let mut reader = Reader::from_bytes(cpio)?;
    /// let mut writer = Writer::builder(Format::Tar).to_vec()?;
    /// convert(&mut reader, &mut writer)
    ///     .rename(|path| [b"top/", path].concat())
    ///     .run()?;
    /// let tar = writer.finish()?;
    /// assert!(Reader::from_bytes(tar)?.find("top/hello.txt")?.is_some());
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    pub fn rename(mut self, rename: impl FnMut(&[u8]) -> Vec<u8> + 'c) -> Self {
        self.rename = Some(Box::new(rename));
        self
    }

    /// In a format without hard links, writes every further name of a file with the data once more, instead of
    /// [leaving it out](Loss::LeftOut). Such names count for the [limits](Self::limits) like any other data, and
    /// the report says that the hard link is lost.
    ///
    /// Any file can have further names in most formats: the data of all of them waits for those, above 1 MiB in
    /// a temporary file. It has no effect where the new format has hard links.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyarchive::{EntryBuf, Format, Reader, Writer, convert};
    ///
    /// let mut tar = Writer::builder(Format::Tar).to_vec()?;
    /// tar.append_bytes("file", b"data")?;
    /// tar.append_entry(EntryBuf::hardlink("link", "file")?)?;
    /// let mut reader = Reader::from_bytes(tar.finish()?)?;
    /// let mut zip = Writer::builder(Format::Zip).to_vec()?;
    /// convert(&mut reader, &mut zip).copy_hard_links().run()?;
    /// let mut reader = Reader::from_bytes(zip.finish()?)?;
    /// let mut link = reader.find("link")?.expect("a copy");
    /// assert_eq!(link.read_to_vec()?, b"data");
    /// # Ok::<(), anyarchive::Error>(())
    /// ```
    pub fn copy_hard_links(mut self) -> Self {
        self.copies = self.writer.has_no_links().then(Copies::new);
        self
    }

    /// How much the archive may be, as for an [`Extractor`](crate::Extractor): an entry whose own
    /// numbers are too high is [left out](Loss::LeftOut), every other limit ends the conversion.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Calls this on the way; it can stop the conversion.
    pub fn on_progress(mut self, tell: impl FnMut(&ConvertProgress<'_>) -> Flow + 'c) -> Self {
        self.on_progress = Some(Box::new(tell));
        self
    }

    /// Calls this with every issue when it is found, also with those that are too many to be kept.
    pub fn on_issue(mut self, tell: impl FnMut(&ConvertIssue) + 'c) -> Self {
        self.on_issue = Some(Box::new(tell));
        self
    }

    /// Converts, to the end of the old archive, and goes on behind entries that cannot be read or kept.
    ///
    /// # Errors
    ///
    /// What ends one of the archives; [`Refused`](ErrorKind::Refused) beyond a limit, and
    /// [`Cancelled`](ErrorKind::Cancelled) when the progress said so. What was written before stays: the
    /// writer can be finished, unless it was the one to fail.
    pub fn run(mut self) -> Result<ConvertReport> {
        self.start = Instant::now();
        let filters = self.reader.filters().len();
        if let Some(limit) = self.limits.filters.filter(|&limit| filters > limit) {
            return Err(exceeded(
                Limit::Filters,
                &format!("has more than {limit} filters"),
            ));
        }
        loop {
            match self.reader.advance() {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) if error.is_recoverable() => {
                    let path = error.entry_bytes().unwrap_or_default().to_vec();
                    self.issue(path, Loss::LeftOut(error));
                    continue;
                }
                Err(error) => return Err(error),
            }
            self.read = self.reader.bytes_read();
            if let Some(error) = self.reader.damage() {
                self.issue(Vec::new(), Loss::LeftOut(error));
            }
            let written = self.writer.entries_written();
            self.entry()?;
            if let Some((names, file)) = self.before.take() {
                let is_there = self.writer.entries_written() > written;
                self.write_names(names, file.filter(|_| is_there), !is_there)?;
            }
        }
        for names in self.held.drain() {
            self.write_names(names, None, false)?;
        }
        if let Some(error) = self.reader.damage() {
            self.issue(Vec::new(), Loss::LeftOut(error));
        } else if let Some(warning) = self.reader.warning() {
            let text = warning.message().to_owned();
            self.issue(Vec::new(), Loss::Warning(text));
        }
        Ok(self.report)
    }

    fn issue(&mut self, path: Vec<u8>, loss: Loss) {
        let issue = ConvertIssue::new(path, loss);
        if let Some(tell) = &mut self.on_issue {
            tell(&issue);
        }
        self.report.add(issue);
    }

    /// What the writer remarked about an entry.
    fn remarks(&mut self, from: usize, old: &[u8]) {
        let remarks = self.writer.warnings()[from..].iter();
        let remarks: Vec<_> = remarks.map(|remark| remark.message().to_owned()).collect();
        for text in remarks {
            self.issue(old.to_vec(), Loss::Warning(text));
        }
    }

    /// A file whose data was kept under this name.
    fn copy_of(&self, old: &[u8]) -> Option<(usize, u64)> {
        self.copies.as_ref()?.find(old)
    }

    /// The entry that the reader stands on.
    fn entry(&mut self) -> Result<()> {
        let from = self.reader.format();
        let Some(mut entry) = self.reader.current_entry() else {
            return Ok(());
        };
        let old = entry.path_bytes().to_vec();
        if let Some(copies) = &mut self.copies {
            // Links to this name mean this one from now on.
            copies.forget(&old);
        }
        self.report.seen += 1;
        let count = self.report.seen;
        if let Some(limit) = self.limits.entries.filter(|&limit| count > limit) {
            return Err(exceeded(
                Limit::Entries,
                &format!("has more than {limit} entries"),
            ));
        }
        let mut gauge = Gauge {
            limits: &self.limits,
            start: self.start,
            on_progress: self.on_progress.as_mut(),
            path: &old,
            read: self.read,
            bytes: self.report.bytes,
            data: self.report.data,
            file: 0,
            entries: self.report.entries,
        };
        gauge.tell()?;
        if self.filter.as_mut().is_some_and(|filter| !filter(&entry)) {
            self.report.filtered += 1;
            self.missing.insert(old);
            return Ok(());
        }
        let warning = entry.warning().filter(|warning| !warning.is_of_damage());
        let warning = warning.map(|warning| warning.message().to_owned());
        // Where names are told by inode numbers, the new archive can be as the old one.
        let first = Held::first(&entry)
            .filter(|_| from == Some(Format::Cpio) && !self.writer.links_by_inode())
            .map(<[u8]>::to_vec);
        if let Some(first) = first.clone().filter(|_| entry.size() == Some(0)) {
            let prepared = check_entry(&self.limits, &entry)
                .and_then(|()| prepare(&entry, &HashSet::new(), self.rename.as_mut(), false));
            match prepared {
                Ok((metadata, _)) => {
                    let name = Name {
                        old,
                        metadata,
                        warning,
                    };
                    if let Some(names) = self.held.push(first, name) {
                        self.write_names(names, None, false)?;
                    }
                }
                Err(error) => {
                    self.missing.insert(old.clone());
                    self.issue(old, Loss::LeftOut(error));
                }
            }
            return Ok(());
        }
        let is_single = from == Some(Format::Cpio) && first.is_none();
        let held = first.and_then(|first| self.held.take(&first));
        let mut file = None;
        let target = entry
            .hardlink_bytes()
            .filter(|_| entry.size().unwrap_or(0) == 0);
        let copies = self.copies.as_ref();
        let copy = target.and_then(|target| copies?.find(target));
        let remarks = self.writer.warnings().len();
        let before = self.writer.entries_written();
        let invents_times = matches!(from, Some(Format::Zip | Format::Rar));
        let result = check_entry(&self.limits, &entry)
            .and_then(|()| prepare(&entry, &self.missing, self.rename.as_mut(), invents_times))
            .and_then(|(mut metadata, lost)| {
                if let Some((_, size)) = copy {
                    // Readers of tar tell no kind for a link.
                    metadata
                        .remove_link()
                        .set_file_type(FileType::File)?
                        .set_size(size)?;
                    return Ok((metadata, lost | MetadataFields::HARD_LINK));
                }
                Ok((metadata, lost))
            })
            .map(|(mut metadata, mut lost)| {
                if held.is_some() {
                    // The names before become names of this one.
                    metadata.remove_link();
                    lost.remove(MetadataFields::HARD_LINK);
                    file = Some(File {
                        old: old.clone(),
                        path: metadata.path_bytes().to_vec(),
                        size: metadata.size(),
                    });
                } else if self.writer.loses_data(&metadata) {
                    // Better a file twice than a link to nothing.
                    metadata.remove_link();
                    lost |= MetadataFields::HARD_LINK;
                }
                lost |= self.writer.format().loses(&metadata);
                let is_file =
                    metadata.file_type() == FileType::File && metadata.hardlink_bytes().is_none();
                let mut admit = |piece| gauge.admit(piece);
                let writer = &mut *self.writer;
                let done = match (&mut self.copies, copy) {
                    (Some(copies), Some((copy, _))) => {
                        let mut data = copies.replay(copy, entry.archive_bytes_read());
                        let done = writer.transfer(&metadata, &mut data, &mut admit);
                        copies.name(old.clone(), copy);
                        done
                    }
                    (Some(copies), None) if is_file && !is_single => {
                        let mut data = copies.record(&mut entry);
                        let done = writer.transfer(&metadata, &mut data, &mut admit);
                        if done.is_ok() {
                            data.keep(old.clone());
                        }
                        done
                    }
                    _ => writer.transfer(&metadata, &mut entry, &mut admit),
                };
                (lost, done)
            });
        (self.report.bytes, self.report.data) = (gauge.bytes, gauge.data);
        self.before = held.map(|names| (names, file));
        let (lost, stop) = match result {
            Ok((lost, Ok(()))) => (lost, None),
            Ok((lost, Err(stop))) => (lost, Some(stop)),
            Err(error) => {
                self.missing.insert(old.clone());
                self.issue(old, Loss::LeftOut(error));
                return Ok(());
            }
        };
        let is_there = self.writer.entries_written() > before;
        self.report.entries += self.writer.entries_written() - before;
        if let Some(text) = warning {
            self.issue(old.clone(), Loss::Warning(text));
        }
        self.remarks(remarks, &old);
        if is_there && !lost.is_empty() {
            self.issue(old.clone(), Loss::Metadata(lost));
        }
        if !is_there {
            self.missing.insert(old.clone());
        }
        let error = match stop {
            None => return Ok(()),
            Some(Stop::Callback(error)) if error.limit() != Some(Limit::FileBytes) => {
                return Err(error);
            }
            Some(Stop::Reading(error)) if !error.is_recoverable() => return Err(error),
            Some(Stop::Writing(error)) if !error.ends_only_the_entry() => return Err(error),
            Some(Stop::Callback(error) | Stop::Reading(error) | Stop::Writing(error)) => error,
        };
        let loss = if is_there {
            Loss::Data(error)
        } else {
            Loss::LeftOut(error)
        };
        self.issue(old, loss);
        Ok(())
    }
}

/// The metadata as it is to be written, and whether it is a file of its own where it was a link before.
fn prepare(
    entry: &Entry<'_>,
    missing: &HashSet<Vec<u8>>,
    rename: Option<&mut Rename<'_>>,
    invents_times: bool,
) -> Result<(EntryBuf, MetadataFields)> {
    let mut metadata: EntryBuf = (**entry).to_owned();
    let mut lost = MetadataFields::empty();
    if let Some(target) = entry
        .hardlink_bytes()
        .filter(|target| missing.contains(*target))
    {
        // Some formats have the data at every name.
        if metadata.size().unwrap_or(0) == 0 {
            let target = String::from_utf8_lossy(target);
            let text = format!("the file it is a name of, {target}, is not in the archive");
            return Err(Error::new(ErrorKind::Unsupported, text).with_entry(entry.path_bytes()));
        }
        metadata.remove_link();
        lost |= MetadataFields::HARD_LINK;
    }
    // The new archive is not, unless its writer was told so.
    metadata.set_encrypted(false);
    metadata.set_metadata_encrypted(false);
    // C sets those that the archive does not have, to the beginning of 1970.
    if invents_times {
        if metadata.atime() == Some(Timestamp::EPOCH) {
            metadata.set_atime(None)?;
        }
        if metadata.ctime() == Some(Timestamp::EPOCH) {
            metadata.set_ctime(None)?;
        }
    }
    if let Some(rename) = rename {
        metadata.set_path_bytes(rename(entry.path_bytes()))?;
        if let Some(target) = metadata.hardlink_bytes().map(&mut *rename) {
            metadata.set_hardlink_bytes(target)?;
        }
    }
    Ok((metadata, lost))
}
