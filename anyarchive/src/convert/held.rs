//! Names of a file in `cpio` that come before its data: it is with the last of them.

use std::{collections::HashMap, io::Write};

use super::{Convert, File, Loss, gauge::Gauge};
use crate::{EntryBuf, EntryRef, Error, ErrorKind, FileType, MetadataFields, Result, writer::Stop};

/// A name, as it is to be written.
#[derive(Debug)]
pub(super) struct Name {
    /// What it is in the old archive.
    pub(super) old: Vec<u8>,
    pub(super) metadata: EntryBuf,
    pub(super) warning: Option<String>,
}

/// Names of one file, in order.
#[derive(Debug)]
pub(super) struct Names {
    /// The first one in the old archive, which the others are links to.
    pub(super) first: Vec<u8>,
    pub(super) all: Vec<Name>,
    number: usize,
}

/// The names that wait, by the first one of their file.
#[derive(Debug, Default)]
pub(super) struct Held {
    files: HashMap<Vec<u8>, Names>,
    count: usize,
}

impl Held {
    /// The first name of the file that this entry is one of several of.
    pub(super) fn first(entry: &EntryRef) -> Option<&[u8]> {
        let is_one = entry.file_type() == FileType::File && entry.nlink() > 1;
        is_one.then(|| entry.hardlink_bytes().unwrap_or(entry.path_bytes()))
    }

    /// Keeps a name without data. Gives all names back when these are as many as the file has: there is no
    /// data.
    pub(super) fn push(&mut self, first: Vec<u8>, name: Name) -> Option<Names> {
        let count = name.metadata.nlink() as usize;
        self.count += 1;
        let names = self.files.entry(first.clone()).or_insert_with(|| Names {
            first: first.clone(),
            all: Vec::new(),
            number: self.count,
        });
        names.all.push(name);
        match names.all.len() >= count {
            true => self.files.remove(&first),
            false => None,
        }
    }

    /// The names before this one, whose data is here.
    pub(super) fn take(&mut self, first: &[u8]) -> Option<Names> {
        self.files.remove(first)
    }

    /// What is left, in the order of the old archive.
    pub(super) fn drain(&mut self) -> Vec<Names> {
        let mut left: Vec<Names> = self.files.drain().map(|(_, names)| names).collect();
        left.sort_by_key(|names| names.number);
        left
    }
}

impl<S: Write + Send> Convert<'_, '_, S> {
    /// Writes names that were held: as links to the file whose data has come, or as the empty file that
    /// they are.
    pub(super) fn write_names(
        &mut self,
        names: Names,
        file: Option<File>,
        is_lost: bool,
    ) -> Result<()> {
        for name in names.all {
            let Name {
                old,
                mut metadata,
                warning,
            } = name;
            let is_link = metadata.hardlink_bytes().is_some();
            let mut lost = MetadataFields::empty();
            let copy = file.as_ref().and_then(|file| self.copy_of(&file.old));
            if let Some((_, size)) = copy {
                metadata.remove_link().set_size(size)?;
            } else if let Some(file) = &file {
                metadata.set_hardlink_bytes(&file.path)?;
                // Without links it is a file that has this size.
                metadata.set_size(file.size)?;
            } else if is_lost || is_link && self.missing.contains(&names.first) {
                let text = "the file it is a name of is not in the archive";
                let error = Error::new(ErrorKind::Unsupported, text).with_entry(&old);
                self.missing.insert(old.clone());
                self.issue(old, Loss::LeftOut(error));
                continue;
            } else if is_link && self.copies.is_some() {
                // A copy of an empty file.
                metadata.remove_link();
                lost |= MetadataFields::HARD_LINK;
            }
            if let Some(text) = warning {
                self.issue(old.clone(), Loss::Warning(text));
            }
            lost |= self.writer.format().loses(&metadata);
            let remarks = self.writer.warnings().len();
            let written = match copy {
                Some((copy, _)) => {
                    lost |= MetadataFields::HARD_LINK;
                    self.write_copy(&old, &metadata, copy)?
                }
                None => {
                    let started = self.writer.start_entry(&metadata);
                    started.and_then(|entry| entry.finish())
                }
            };
            match written {
                Ok(()) => {
                    self.report.entries += 1;
                    self.remarks(remarks, &old);
                    if !lost.is_empty() {
                        self.issue(old, Loss::Metadata(lost));
                    }
                }
                Err(error) if error.ends_only_the_entry() => {
                    self.missing.insert(old.clone());
                    self.issue(old, Loss::LeftOut(error));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Writes a name with the data that was kept; what ends the conversion is the outer error.
    fn write_copy(&mut self, old: &[u8], metadata: &EntryRef, copy: usize) -> Result<Result<()>> {
        let Some(copies) = &mut self.copies else {
            return Ok(Ok(()));
        };
        let mut gauge = Gauge {
            limits: &self.limits,
            start: self.start,
            on_progress: self.on_progress.as_mut(),
            path: old,
            read: self.read,
            bytes: self.report.bytes,
            data: self.report.data,
            file: 0,
            entries: self.report.entries,
        };
        let mut data = copies.replay(copy, self.read);
        let done = self
            .writer
            .transfer(metadata, &mut data, &mut |piece| gauge.admit(piece));
        (self.report.bytes, self.report.data) = (gauge.bytes, gauge.data);
        match done {
            Ok(()) => Ok(Ok(())),
            Err(Stop::Writing(error)) => Ok(Err(error)),
            Err(Stop::Reading(error) | Stop::Callback(error)) => Err(error),
        }
    }
}
