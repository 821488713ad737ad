//! Where an archive in the making stands: which entry is open, and what was remarked.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use tempfile::SpooledTempFile;

use super::{
    WriteFormat,
    check::{self, Warning, invalid, refused},
    iso,
    open::{Open, Wait, write_raw},
    quirks::{self, Seen},
    reproducible,
    rules::Links,
};
use crate::{
    EntryBuf, EntryRef, Error, ErrorKind, FileType, Result,
    ffi::{Status, write::RawWriter},
};

/// Up to here a file of unknown size waits in memory, not on disk.
const SPOOL_IN_MEMORY: usize = 1 << 20;

/// How much is copied at once.
pub(super) const COPY: usize = 64 * 1024;

#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    /// The data of ZIP is compressed with LZMA.
    pub(super) zip_lzma: bool,
    pub(super) spool: bool,
    pub(super) reproducible: bool,
    /// Whether another thread may read files that are to be written.
    #[cfg_attr(not(unix), allow(dead_code))]
    pub(super) reads_ahead: bool,
}

/// Device and number.
type Inode = (Option<(u64, u64)>, u64);

/// Everything of a writer but its handle.
#[derive(Debug)]
pub(super) struct Session {
    format: WriteFormat,
    settings: Settings,
    archive: Option<PathBuf>,
    /// Device and inode of the file that is written: it is not to be put into itself.
    output: Option<(u64, u64)>,
    open: Option<Open>,
    entries: u64,
    warnings: Vec<Error>,
    /// Formats that know links by inode: a number for each file with several names, and how many of
    /// them there are yet.
    inodes: HashMap<Inode, (u64, u32)>,
    /// The long names of a System V `ar`, as its entry `//` has them.
    long_names: Vec<u8>,
    /// What was written, where later entries change it.
    seen: Seen,
    /// The paths of files with a link count above one that links name, and their sizes.
    counted: HashMap<Vec<u8>, u64>,
}

impl Session {
    pub(super) fn new(format: WriteFormat, settings: Settings) -> Self {
        Self {
            format,
            settings,
            archive: None,
            output: None,
            open: None,
            entries: 0,
            warnings: Vec::new(),
            inodes: HashMap::new(),
            long_names: Vec::new(),
            seen: Seen::default(),
            counted: HashMap::new(),
        }
    }

    pub(super) fn named(mut self, path: &Path, file: &File) -> Self {
        self.archive = Some(path.to_path_buf());
        self.output = id(file);
        self
    }

    /// Device and inode of the file that is written, when the archive was made by path.
    #[cfg(unix)]
    pub(super) fn output(&self) -> Option<(u64, u64)> {
        self.output
    }

    #[cfg(unix)]
    pub(super) fn reads_ahead(&self) -> bool {
        self.settings.reads_ahead
    }

    pub(super) fn format(&self) -> WriteFormat {
        self.format
    }

    pub(super) fn archive(&self) -> Option<&Path> {
        self.archive.as_deref()
    }

    pub(super) fn entries(&self) -> u64 {
        self.entries
    }

    /// Whether there is an entry that was not finished.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    pub(super) fn warnings(&self) -> &[Error] {
        &self.warnings
    }

    pub(super) fn take_warnings(&mut self) -> Vec<Error> {
        std::mem::take(&mut self.warnings)
    }

    /// Adds to an error where it happened.
    pub(super) fn tell(&self, error: Error, path: &[u8]) -> Error {
        error.with_archive(self.archive.as_deref()).with_entry(path)
    }

    fn remark(&mut self, remark: Option<Error>, path: &[u8]) {
        if let Some(remark) = remark {
            let remark = self.tell(remark, path);
            self.warnings.push(remark);
        }
    }

    /// Ends the entry of an `EntryWriter` that was dropped.
    pub(super) fn settle(&mut self, raw: &mut dyn RawWriter) -> Result<()> {
        let Some(mut open) = self.open.take() else {
            return Ok(());
        };
        if !open.told {
            self.begin(raw, &mut open, true)?;
        }
        let unfinished = !open.is_complete() && !open.told;
        self.end(raw, &open)?;
        if unfinished {
            let error = invalid("the entry was dropped before it was finished");
            return Err(self.tell(error, &open.path));
        }
        Ok(())
    }

    /// Whether this is a further name of a file whose data is not in the archive yet, and will not be
    /// when it is written as a link. Some formats have the data at the last name.
    pub(super) fn loses_data(&self, entry: &EntryRef) -> bool {
        let Some(target) = entry.hardlink_bytes() else {
            return false;
        };
        let size = entry.size().unwrap_or(0);
        let is_there = match self.format.rules().links {
            Links::ByInode | Links::AsFile => true,
            Links::No => false,
            Links::ByName | Links::ByNameAndCount => self.counted.get(target) == Some(&size),
        };
        size > 0 && !is_there
    }

    /// Has C end the entry, if C knows of it.
    fn end(&mut self, raw: &mut dyn RawWriter, open: &Open) -> Result<()> {
        if !matches!(open.wait, Wait::No) {
            return Ok(());
        }
        let missing = open.size.map_or(0, |size| size - open.written);
        if missing > self.format.rules().max_fill {
            raw.give_up();
            let error = Error::new(
                ErrorKind::InvalidInput,
                format!("{missing} bytes of the entry are missing, so the archive was given up"),
            );
            return Err(self.tell(error, &open.path));
        }
        match raw.finish_entry() {
            Ok(remark) => {
                self.remark(remark, &open.path);
                Ok(())
            }
            Err(error) => Err(self.tell(error, &open.path)),
        }
    }

    /// Writes the header of the next entry.
    pub(super) fn start(&mut self, raw: &mut dyn RawWriter, entry: &EntryRef) -> Result<()> {
        self.settle(raw)?;
        let path = entry.path_bytes();
        self.start_settled(raw, entry.to_owned())
            .map_err(|error| self.tell(error, path))
    }

    fn start_settled(&mut self, raw: &mut dyn RawWriter, mut entry: EntryBuf) -> Result<()> {
        if self.format == WriteFormat::Raw && self.entries > 0 {
            return Err(refused("raw holds one entry"));
        }
        check::entry(self.format, &entry)?;
        self.check_long_name(entry.path_bytes())?;
        narrow(&mut entry)?;
        entry.unify_xattrs();
        self.adapt(&mut entry)?;
        let remark = self.seen.add(self.format, &entry)?;
        let remark = remark.or_else(|| quirks::remark(self.format, &entry));
        if self.settings.reproducible {
            reproducible::forget(&mut entry, self.format.rules().links)?;
        }
        let has_data = check::has_data(self.format, &entry);
        let links = self.format.rules().links;
        // A further name has the size of its file where it is written as one.
        if !has_data && (links != Links::AsFile || entry.file_type() != FileType::File) {
            entry.set_size(0)?;
        }
        let mut open = Open {
            path: entry.path_bytes().to_vec(),
            size: if has_data { entry.size() } else { Some(0) },
            written: 0,
            map: if has_data {
                entry.sparse_map()
            } else {
                Vec::new()
            },
            wait: Wait::No,
            told: false,
        };
        if has_data && entry.size().is_none() && self.format.rules().size_first {
            if !self.settings.spool {
                return Err(invalid(format!(
                    "{} wants the size of the data before the data; see spool_unknown_sizes",
                    self.format
                )));
            }
            open.wait = Wait::Size(SpooledTempFile::new(SPOOL_IN_MEMORY), entry);
        } else if has_data && entry.size().is_none() && self.settings.zip_lzma {
            open.wait = Wait::FirstByte(entry);
        } else {
            self.header(raw, &mut entry)?;
        }
        self.remark(remark, &open.path);
        self.open = Some(open);
        Ok(())
    }

    /// Writes a header that waited for data.
    fn begin(&mut self, raw: &mut dyn RawWriter, open: &mut Open, is_empty: bool) -> Result<()> {
        if let Wait::FirstByte(entry) = &mut open.wait {
            if is_empty {
                entry.set_size(0)?;
            }
            self.header(raw, entry)
                .map_err(|error| self.tell(error, &open.path))?;
            open.wait = Wait::No;
        }
        Ok(())
    }

    fn header(&mut self, raw: &mut dyn RawWriter, entry: &mut EntryBuf) -> Result<()> {
        let path = entry.path_bytes().to_vec();
        let remark = self
            .write_header(raw, entry)
            .map_err(|error| match error.kind() {
                // It did not fit the format; with more words that C has no code for.
                ErrorKind::Other | ErrorKind::Corrupt if error.is_recoverable() => {
                    error.with_kind(ErrorKind::Unsupported)
                }
                _ => error,
            })?;
        if let Some(remark) = remark {
            match check::warning(self.format, &remark) {
                Warning::Remark => self.remark(Some(remark), &path),
                Warning::Refusal => return Err(remark.with_kind(ErrorKind::Unsupported)),
                Warning::Fatal => {
                    raw.give_up();
                    let remark = remark.with_kind(ErrorKind::Unsupported);
                    return Err(remark.with_status(Status::Fatal));
                }
            }
        }
        self.entries += 1;
        let by_name = matches!(
            self.format.rules().links,
            Links::ByName | Links::ByNameAndCount
        );
        if by_name && entry.nlink() > 1 {
            self.counted.insert(path, entry.size().unwrap_or(0));
        }
        Ok(())
    }

    /// Without data C leaves out what LZMA begins with in ZIP, and readers find the archive damaged: such
    /// entries are not compressed.
    fn write_header(&self, raw: &mut dyn RawWriter, entry: &mut EntryBuf) -> Result<Option<Error>> {
        let is_stored = self.settings.zip_lzma && entry.size() == Some(0);
        if is_stored {
            raw.zip_set_compression_store()?;
        }
        let result = raw.header(entry);
        let restored = match is_stored {
            true => raw.zip_set_compression_lzma(),
            false => Ok(()),
        };
        let remark = result?;
        restored?;
        Ok(remark)
    }

    /// C only warns when an entry of `ar` has a name that is not in the table, and then damages the
    /// archive.
    fn check_long_name(&self, path: &[u8]) -> Result<()> {
        if self.format != WriteFormat::ArSvr4 || path.len() <= 15 {
            return Ok(());
        }
        let line = [path, b"/\n"].concat();
        if self.long_names.windows(line.len()).any(|part| part == line) {
            return Ok(());
        }
        Err(refused(
            "ar-svr4 holds a name above 15 bytes only if an entry `//` before has a line with it \
             and a `/`",
        ))
    }

    /// Makes links work that C would leave as empty files, or tie to a wrong file.
    fn adapt(&mut self, entry: &mut EntryBuf) -> Result<()> {
        let links = self.format.rules().links;
        if links == Links::ByNameAndCount && entry.hardlink_bytes().is_some() {
            let target = entry.hardlink_bytes().unwrap_or_default();
            if !self.counted.contains_key(target) {
                return Err(refused(format!(
                    "{} holds a hard link only to an earlier entry whose link count is above one",
                    self.format
                )));
            }
            if entry.nlink() < 2 {
                entry.set_nlink(2);
            }
        }
        if self.format == WriteFormat::MtreeClassic {
            entry.set_uname("")?.set_gname("")?;
        }
        if self.format == WriteFormat::Iso9660
            && let Some(path) = iso::without_dot(entry.path_bytes())
        {
            entry.set_path_bytes(path)?;
        }
        // C cuts the second copy of the name that it writes then.
        if matches!(self.format, WriteFormat::Pax | WriteFormat::PaxRestricted)
            && quirks::cuts_sparse_name(entry)
        {
            entry.set_sparse_map(&[])?;
        }
        // C looks at the inode number alone and takes files of two devices for one; and it cuts
        // numbers that are too large.
        if links == Links::ByInode
            && let Some(ino) = entry.ino()
        {
            let next = self.inodes.len() as u64 + 1;
            let ino = if entry.nlink() > 1 {
                let file = self.inodes.entry((entry.dev(), ino));
                let (number, names) = file.or_insert((next, 0));
                // Nobody would find the data.
                if *names == 0
                    && entry.size().unwrap_or(0) == 0
                    && entry
                        .hardlink_bytes()
                        .is_some_and(|target| target != entry.path_bytes())
                {
                    return Err(refused(format!(
                        "{} holds a hard link without data only to an entry that it has already",
                        self.format
                    )));
                }
                // Readers forget a file when it has as many names as it should have; the next name
                // would be a file of its own, without data.
                if entry.hardlink_bytes().is_some() && *names >= entry.nlink() {
                    return Err(refused(format!(
                        "{} holds no more names of a file than its link count",
                        self.format
                    )));
                }
                *names += 1;
                *number
            } else {
                ino.min(u64::from(u32::MAX))
            };
            entry.set_ino(ino)?;
            if entry.hardlink_bytes().is_some() && entry.size().is_none() {
                entry.set_size(0)?;
            }
        }
        Ok(())
    }

    /// Writes some of `data` and tells how much.
    pub(super) fn write(&mut self, raw: &mut dyn RawWriter, data: &[u8]) -> Result<usize> {
        if !data.is_empty()
            && let Some(mut open) = self.open.take()
        {
            let begun = self.begin(raw, &mut open, false);
            open.told |= begun.is_err();
            self.open = Some(open);
            begun?;
        }
        let Some(open) = &mut self.open else {
            return Err(invalid("there is no open entry"));
        };
        let result = open.write(raw, data);
        if let Ok(count) = result
            && self.format == WriteFormat::ArSvr4
            && open.path == b"//"
        {
            self.long_names.extend_from_slice(&data[..count]);
        }
        let path = open.path.clone();
        result.map_err(|error| self.tell(error, &path))
    }

    /// Ends the open entry, which must be complete.
    pub(super) fn finish_entry(&mut self, raw: &mut dyn RawWriter) -> Result<()> {
        let Some(mut open) = self.open.take() else {
            return Err(invalid("there is no open entry"));
        };
        if !open.told {
            self.begin(raw, &mut open, true)?;
        }
        if let Wait::Size(spool, entry) = open.wait {
            return self
                .unspool(raw, spool, entry, open.written)
                .map_err(|error| self.tell(error, &open.path));
        }
        self.end(raw, &open)?;
        let error = match open.size {
            _ if open.told => Error::new(ErrorKind::Poisoned, "the entry failed before")
                .with_status(Status::Failed),
            Some(size) if size != open.written => invalid(format!(
                "the entry has {size} bytes by its header, but {} were written; what is missing \
                 is zero or nothing in the archive",
                open.written
            )),
            _ => return Ok(()),
        };
        Err(self.tell(error, &open.path))
    }

    /// Gives up the open entry after a failure that the caller knows.
    pub(super) fn abandon(&mut self, raw: &mut dyn RawWriter) {
        if let Some(open) = &mut self.open {
            open.told = true;
        }
        // What fails now is what failed before.
        let _ = self.settle(raw);
    }

    fn unspool(
        &mut self,
        raw: &mut dyn RawWriter,
        mut spool: SpooledTempFile,
        mut entry: EntryBuf,
        size: u64,
    ) -> Result<()> {
        let cannot = |error| Error::io("cannot use a temporary file", error);
        entry.set_size(size)?;
        check::entry(self.format, &entry)?;
        self.header(raw, &mut entry)?;
        spool.seek(SeekFrom::Start(0)).map_err(cannot)?;
        let mut buffer = vec![0; COPY];
        let mut left = size;
        while left > 0 {
            let count = match spool.read(&mut buffer) {
                Ok(0) => return Err(cannot(io::ErrorKind::UnexpectedEof.into())),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(cannot(error)),
            };
            let mut data = &buffer[..count];
            while !data.is_empty() {
                data = &data[write_raw(raw, data)?..];
            }
            left = left.saturating_sub(count as u64);
        }
        let remark = raw.finish_entry()?;
        self.remark(remark, entry.path_bytes());
        Ok(())
    }
}

#[cfg(unix)]
fn id(file: &File) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = file.metadata().ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn id(_: &File) -> Option<(u64, u64)> {
    None
}

/// Sets all text in its narrow form. Text that a reader got as UTF-8 has no other form, and where
/// the system has no locale to convert it by, writers of pax and shar would read through NULL.
fn narrow(entry: &mut EntryBuf) -> Result<()> {
    if cfg!(windows) {
        return Ok(());
    }
    let path = entry.path_bytes().to_vec();
    if !path.is_empty() {
        entry.set_path_bytes(path)?;
    }
    if let Some(target) = entry.hardlink_bytes().map(<[u8]>::to_vec) {
        entry.set_hardlink_bytes(target)?;
    } else if let Some(target) = entry.symlink_bytes().map(<[u8]>::to_vec) {
        entry.set_symlink_bytes(target)?;
    }
    if let Some(name) = entry.uname_bytes().map(<[u8]>::to_vec) {
        entry.set_uname(name)?;
    }
    if let Some(name) = entry.gname_bytes().map(<[u8]>::to_vec) {
        entry.set_gname(name)?;
    }
    Ok(())
}
