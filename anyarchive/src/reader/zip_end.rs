//! The directory at the end of a ZIP archive, compared with the entries that came.
//!
//! See section 4 of <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>. libarchive reads a
//! stream without it, and of entries at one place it gives one.

use std::io::{self, Read as _, Seek as _, SeekFrom};

use crate::{Error, ErrorKind, FileType, ffi::callbacks::read::Rest};

/// How far from its end libarchive looks for the record that ends a ZIP file.
const TAIL: usize = 16 << 10;
/// Length of that record, without its comment.
const END: usize = 22;
const LOCATOR: usize = 20;
const END64: usize = 56;
const HEADER: usize = 46;
/// More of a directory is not looked at.
const MAX_DIRECTORY: u64 = 64 << 20;

/// What a ZIP archive gave, in a few bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Given {
    entries: u64,
    /// Of types and permissions, whatever their order.
    sum: u64,
    /// Not all came, which was told.
    pub(super) failed: bool,
}

impl Given {
    pub(super) fn add(&mut self, file_type: FileType, permissions: u32) {
        self.entries += 1;
        self.sum = self.sum.wrapping_add(mix(file_type, permissions));
    }
}

/// Two different numbers of entries of each kind have different sums, unless somebody makes them so:
/// who can do that can say the same in both places. Writing by group and others does not count: the
/// usual umask takes it away, and libarchive makes up 0664 where most archives have 0644.
fn mix(file_type: FileType, permissions: u32) -> u64 {
    let number = match file_type {
        FileType::Directory => 1,
        FileType::Symlink => 2,
        _ => 0,
    };
    let number = (u64::from(permissions & 0o7755) << 2 | number) + 1;
    number
        .wrapping_mul(number)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// What there is behind the entries.
#[derive(Debug)]
pub(super) struct ZipEnd {
    /// The record that ends the directory is there.
    pub(super) has_record: bool,
    /// What the directory has and did not come.
    pub(super) remark: Option<Error>,
}

/// Looks for the directory, and compares it with what came.
pub(super) fn look(rest: &mut Rest<'_>, given: Option<&Given>) -> io::Result<ZipEnd> {
    if !rest.can_seek() {
        return look_on(rest, given);
    }
    let record = find_record(rest)?;
    let has_record = record.is_some();
    let remark = match (record, given) {
        // All came, by the directory.
        (Some(record), Some(given)) if !record.is_used || record.entries != given.entries => {
            rest.seek(SeekFrom::Start(record.start))?;
            let directory = Directory::read(rest)?;
            if record.is_used {
                directory.hidden(given)
            } else {
                directory.other(given, "")
            }
        }
        _ => None,
    };
    Ok(ZipEnd { has_record, remark })
}

/// The same in a stream, where the directory is next.
fn look_on(rest: &mut Rest<'_>, given: Option<&Given>) -> io::Result<ZipEnd> {
    let directory = Directory::read(rest)?;
    let advice = ": read it from a file";
    Ok(ZipEnd {
        has_record: !directory.is_cut,
        remark: given.and_then(|given| directory.other(given, advice)),
    })
}

/// What the record at the end says.
struct Record {
    /// Where the directory starts.
    start: u64,
    entries: u64,
    /// libarchive finds it, and goes by the directory.
    is_used: bool,
}

fn find_record(rest: &mut Rest<'_>) -> io::Result<Option<Record>> {
    let len = rest.seek(SeekFrom::End(0))?;
    // Mostly there is no comment, and the most that there can be is this.
    for len_at_most in [TAIL, END + usize::from(u16::MAX)] {
        let tail_start = len.saturating_sub(len_at_most as u64);
        rest.seek(SeekFrom::Start(tail_start))?;
        let mut tail = Vec::new();
        rest.take(len_at_most as u64).read_to_end(&mut tail)?;
        let last = tail
            .windows(END)
            .rposition(|at| at.starts_with(b"PK\x05\x06"));
        let Some(at) = last else {
            continue;
        };
        let position = tail_start + at as u64;
        let record = &tail[at..];
        let (start, size) = (long(record, 16), long(record, 12));
        let is_in_reach = len_at_most == TAIL && at > 0;
        let locator = at.checked_sub(LOCATOR).map(|start| &tail[start..at]);
        if let Some(locator) = locator.filter(|locator| locator.starts_with(b"PK\x06\x07"))
            && let Some(found) = find_record_64(rest, locator, is_in_reach)?
        {
            return Ok(Some(found));
        }
        let is_whole =
            word(record, 4) == 0 && word(record, 6) == 0 && word(record, 8) == word(record, 10);
        return Ok(Some(Record {
            // Where it starts when something was put before the archive.
            start: position.checked_sub(size).unwrap_or(start),
            entries: word(record, 10).into(),
            is_used: is_in_reach && is_whole && start + size <= position,
        }));
    }
    Ok(None)
}

/// The record of 64 bits that a locator names.
fn find_record_64(
    rest: &mut Rest<'_>,
    locator: &[u8],
    is_in_reach: bool,
) -> io::Result<Option<Record>> {
    rest.seek(SeekFrom::Start(quad(locator, 8)))?;
    let mut record = Vec::new();
    rest.take(END64 as u64).read_to_end(&mut record)?;
    if record.len() < END64 || !(END64 as u64 - 12..=16384 - 12).contains(&quad(&record, 4)) {
        return Ok(None);
    }
    let is_whole = long(locator, 4) == 0
        && long(locator, 16) == 1
        && long(&record, 16) == 0
        && long(&record, 20) == 0
        && quad(&record, 24) == quad(&record, 32);
    Ok(is_whole.then(|| Record {
        start: quad(&record, 48),
        entries: quad(&record, 32),
        is_used: is_in_reach,
    }))
}

/// What a directory says, in a few bytes.
#[derive(Debug, Default)]
struct Directory {
    entries: u64,
    /// Those that belong to other entries for some systems.
    of_macs: u64,
    symlinks: u64,
    /// As in [`Given`].
    sum: u64,
    /// It goes on where the input ends.
    is_cut: bool,
    /// It is too long, or something else is there.
    is_odd: bool,
}

impl Directory {
    /// Reads a directory that is next, or soon.
    fn read(rest: &mut Rest<'_>) -> io::Result<Self> {
        let mut directory = Self::default();
        let mut bytes = rest.take(MAX_DIRECTORY);
        match directory.add_all(&mut bytes) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                directory.is_odd = bytes.limit() == 0;
                directory.is_cut = !directory.is_odd;
            }
            Err(error) => return Err(error),
        }
        Ok(directory)
    }

    fn add_all(&mut self, bytes: &mut impl io::Read) -> io::Result<()> {
        let mut mark = [0; 4];
        bytes.read_exact(&mut mark)?;
        // libarchive has not gone on to the place where it found it.
        while !matches!(&mark, [b'P', b'K', 1, 2] | [b'P', b'K', 5 | 6, 6]) {
            mark.rotate_left(1);
            bytes.read_exact(&mut mark[3..])?;
        }
        let mut text = Vec::new();
        while mark == *b"PK\x01\x02" {
            let mut header = [0; HEADER];
            header[..4].copy_from_slice(&mark);
            bytes.read_exact(&mut header[4..])?;
            let name_len = usize::from(word(&header, 28));
            let rest_len = usize::from(word(&header, 30)) + usize::from(word(&header, 32));
            text.resize(name_len + rest_len, 0);
            bytes.read_exact(&mut text)?;
            self.add(&header, &text[..name_len]);
            bytes.read_exact(&mut mark)?;
        }
        self.is_odd = mark[..2] != *b"PK";
        Ok(())
    }

    fn add(&mut self, header: &[u8; HEADER], name: &[u8]) {
        self.entries += 1;
        self.of_macs += u64::from(name.starts_with(b"__MACOSX/"));
        let attributes = long(header, 38) as u32;
        // As libarchive does, when it reads the directory and then the entry.
        let mut mode = match header[5] {
            3 => attributes >> 16,
            0 if attributes & 0x10 != 0 => kind::DIRECTORY | 0o775,
            0 => kind::FILE | 0o664,
            _ => 0,
        };
        if header[5] == 0 && attributes & 1 != 0 {
            mode &= !0o222;
        }
        if mode == 0 {
            mode = 0o664;
        }
        let mut file_type = match mode & kind::TYPE {
            kind::DIRECTORY => FileType::Directory,
            kind::SYMLINK => FileType::Symlink,
            _ => FileType::File,
        };
        if file_type != FileType::Directory && name.last() == Some(&b'/') {
            file_type = FileType::Directory;
            mode |= 0o111;
        }
        self.symlinks += u64::from(file_type == FileType::Symlink);
        self.sum = self.sum.wrapping_add(mix(file_type, mode));
    }

    /// What to say when the archive was read by this directory.
    fn hidden(&self, given: &Given) -> Option<Error> {
        let least = self.entries - self.of_macs;
        (given.entries < least && !self.is_cut && !self.is_odd).then(|| {
            let text = format!(
                "its directory has {least} entries, and {} came: the others are at the same places \
                 as some of these",
                given.entries
            );
            Error::new(ErrorKind::Corrupt, text)
        })
    }

    /// What to say when it was read without.
    fn other(&self, given: &Given, advice: &str) -> Option<Error> {
        if self.is_cut {
            return None;
        }
        let what = if self.is_odd {
            "which could not be compared with what came".to_owned()
        } else if self.entries != given.entries {
            let (entries, given) = (self.entries, given.entries);
            format!("which has {entries} entries, while {given} came")
        } else if self.sum == given.sum {
            return None;
        } else if self.symlinks > 0 {
            let symlinks = self.symlinks;
            format!("which has other types or permissions (symbolic links: {symlinks})")
        } else {
            "which has other types or permissions".to_owned()
        };
        let text = format!("it was read without its directory, {what}{advice}");
        Some(Error::new(ErrorKind::Unsupported, text))
    }
}

/// Types in a mode, which are the same on each system that makes ZIP archives.
mod kind {
    pub(super) const TYPE: u32 = 0o170_000;
    pub(super) const DIRECTORY: u32 = 0o040_000;
    pub(super) const FILE: u32 = 0o100_000;
    pub(super) const SYMLINK: u32 = 0o120_000;
}

pub(super) fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

pub(super) fn long(bytes: &[u8], at: usize) -> u64 {
    u64::from(word(bytes, at)) | u64::from(word(bytes, at + 2)) << 16
}

pub(super) fn quad(bytes: &[u8], at: usize) -> u64 {
    long(bytes, at) | long(bytes, at + 4) << 32
}
