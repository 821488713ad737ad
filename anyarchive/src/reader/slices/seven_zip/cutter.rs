//! Where slices begin.

use std::ops::Range;

use super::{super::hash, Streams};

/// Bytes of a name.
const MAX_NAME: u64 = 1 << 16;

/// What a file takes in a header, but for its name: a time and attributes, more or less.
const FILE: u64 = 16;

/// Files that are next to each other in the header, with all their folders.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Slice {
    /// Files before it.
    pub(in super::super) first: u64,
    pub(super) count: u64,
    /// The same of files without data.
    pub(super) first_without_data: u64,
    pub(super) without_data: u64,
    pub(super) folders: Range<usize>,
    pub(super) names_len: u64,
    /// What its bytes must give again.
    pub(super) hash: u64,
}

impl Slice {
    pub(super) fn len(&self) -> u64 {
        self.names_len + FILE * self.count
    }

    /// Adds bytes to what must come again.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.hash = self.hash.rotate_left(7) ^ hash(bytes);
    }
}

/// Cuts files into slices.
pub(super) struct Cutter<'s> {
    streams: &'s Streams,
    /// Before which folders it may.
    cuts: Vec<bool>,
    len: u64,
    slices: Vec<Slice>,
    /// Files before the present one.
    pub(super) files: u64,
    /// Bytes of its name so far.
    name_len: u64,
    /// The present folder, and its files so far.
    folder: usize,
    files_of_folder: usize,
    /// Names of the last slice.
    names: Vec<u8>,
}

impl<'s> Cutter<'s> {
    pub(super) fn new(streams: &'s Streams, len: u64) -> Self {
        Self {
            streams,
            cuts: streams.cuts(),
            len,
            slices: Vec::new(),
            files: 0,
            name_len: 0,
            folder: 0,
            files_of_folder: 0,
            names: Vec::new(),
        }
    }

    /// Takes the next bytes of a name.
    pub(super) fn unit(
        &mut self,
        unit: [u8; 2],
        without_data: impl FnOnce() -> bool,
    ) -> Option<()> {
        if self.name_len == 0 {
            self.begin();
        }
        self.name_len += 2;
        self.names.extend(unit);
        if unit != [0, 0] {
            return (self.name_len <= MAX_NAME).then_some(());
        }
        // libarchive counts on names that are not empty.
        if self.name_len == 2 {
            return None;
        }
        let slice = self.slices.last_mut()?;
        slice.names_len += self.name_len;
        slice.count += 1;
        self.files += 1;
        self.name_len = 0;
        if without_data() {
            slice.without_data += 1;
            return Some(());
        }
        self.files_of_folder += 1;
        if self.files_of_folder == self.streams.folders.get(self.folder)?.files.len() {
            (self.folder, self.files_of_folder) = (self.folder + 1, 0);
        }
        slice.folders.end = self.folder;
        Some(())
    }

    /// Has a file begin, and a slice if it may.
    fn begin(&mut self) {
        let can_cut = self.files_of_folder == 0 && self.cuts[self.folder];
        let next = match self.slices.last_mut() {
            Some(last) if !can_cut || last.len() < self.len => return,
            Some(last) => {
                last.add(&self.names);
                self.names.clear();
                last.first_without_data + last.without_data
            }
            None => 0,
        };
        self.slices.push(Slice {
            first: self.files,
            first_without_data: next,
            folders: self.folder..self.folder,
            ..Slice::default()
        });
    }

    /// The slices, if there are so many files.
    pub(super) fn finish(mut self, files: u64) -> Option<Vec<Slice>> {
        self.slices.last_mut()?.add(&self.names);
        self.slices.shrink_to_fit();
        (self.files == files && self.name_len == 0).then_some(self.slices)
    }
}
