//! Names of a file in `cpio` that come before its data: it is with the last of them.

use std::collections::HashMap;

use crate::{EntryBuf, EntryRef, FileType};

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
