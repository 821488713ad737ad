//! Regular files.

use std::{
    fs::File,
    io::{Read, copy},
    os::{fd::AsFd as _, unix::fs::FileExt},
};

use rustix::{
    fs::{AtFlags, OFlags, Stat, fstat, openat, unlinkat},
    io::Errno,
};

use super::{TRIES, mtime_of, set_flags, staged::Staging};
use crate::{
    Block, Entry, ErrorKind,
    extract::{
        Refusal,
        destination::{Dir, Id, id_of, mode, mode_of},
        halt::Halt,
        path::RelPath,
        plan::{FileSpec, PERMISSIONS},
        restore::Attributes,
        run::Run,
    },
};

/// Most that is written at once, so that progress is told and a stop obeyed.
const CHUNK: usize = 1 << 20;

const WRITE: &str = "write this file";

/// A file that is being written; removed unless it is finished.
pub(super) struct NewFile {
    pub(super) parent: Dir,
    /// The name that it has now.
    pub(super) name: Vec<u8>,
    file: File,
    /// How it gets the name of the entry, if that is another.
    pub(super) staging: Option<Staging>,
    /// Where the data ends, holes included.
    length: u64,
    /// Where the file ends so far.
    end: u64,
    /// Bytes of data.
    pub(super) bytes: u64,
    pub(super) finished: bool,
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.finished {
            // When it is gone already, so much the better.
            let _ = unlinkat(&self.parent, &*self.name, AtFlags::empty());
        }
    }
}

impl NewFile {
    pub(super) fn id(&self) -> Result<Id, Halt> {
        match fstat(&self.file) {
            Ok(stat) => Ok(id_of(&stat)),
            Err(error) => Err(Halt::os(WRITE, error)),
        }
    }

    /// All data is there: gives the file its length.
    fn end(&mut self) -> Result<(), Halt> {
        if self.length > self.end {
            self.file
                .set_len(self.length)
                .map_err(|error| Halt::os(WRITE, error))?;
            self.end = self.length;
        }
        Ok(())
    }
}

impl Run<'_> {
    /// Makes a regular file from the entry's data.
    pub(super) fn file(
        &mut self,
        path: &RelPath,
        spec: &FileSpec,
        attributes: &Attributes,
        entry: &mut Entry<'_>,
    ) -> Result<(), Halt> {
        if let Some(file) = self.receive(path, spec, attributes, entry, true)? {
            if spec.has_more_names {
                self.groups.begin(path, file.id()?, file.bytes > 0);
            }
            self.keep(path, file, attributes)?;
        }
        Ok(())
    }

    /// Reads the entry's data into a new file. Nothing is made when there is none, unless
    /// `even_if_empty`.
    pub(super) fn receive(
        &mut self,
        path: &RelPath,
        spec: &FileSpec,
        attributes: &Attributes,
        entry: &mut Entry<'_>,
        even_if_empty: bool,
    ) -> Result<Option<NewFile>, Halt> {
        // The first piece comes before the file: what cannot be read at all, for want of a password
        // or codec, does not cost the file that is there already.
        self.meter.read(entry.archive_bytes_read());
        let mut block = entry.next_block().map_err(Halt::reading)?;
        if !even_if_empty {
            while block.is_some_and(|block| block.is_empty()) {
                block = entry.next_block().map_err(Halt::reading)?;
            }
            if block.is_none() {
                return Ok(None);
            }
        }
        let mut file = self.create(path, spec.mode, attributes)?;
        while let Some(piece) = block {
            self.write(&mut file, piece, spec.size)?;
            self.meter.read(entry.archive_bytes_read());
            block = entry.next_block().map_err(Halt::reading)?;
        }
        if let Some(size) = spec.size.filter(|&size| file.length < size) {
            return Err(too_short(size, file.length));
        }
        Ok(Some(file))
    }

    /// Writes a piece of data to its place; what lies between pieces stays a hole.
    fn write(
        &mut self,
        file: &mut NewFile,
        block: Block<'_>,
        size: Option<u64>,
    ) -> Result<(), Halt> {
        let mut offset = block.offset();
        let end = offset.saturating_add(block.len() as u64);
        if let Some(size) = size.filter(|&size| end > size) {
            return Err(too_long(size));
        }
        let limit = self.policy.limits.file_bytes;
        if let Some(limit) = limit.filter(|&limit| end > limit) {
            return Err(Refusal::FileTooLong(limit).into());
        }
        let growth = end.saturating_sub(file.length);
        let data = block.len() as u64;
        self.meter.admit(growth, data).map_err(Halt::Everything)?;
        for chunk in block.data().chunks(CHUNK) {
            file.file
                .write_all_at(chunk, offset)
                .map_err(|error| Halt::os(WRITE, error))?;
            let len = chunk.len() as u64;
            offset += len;
            file.end = file.end.max(offset);
            file.bytes += len;
            self.meter.wrote(len).map_err(Halt::Everything)?;
        }
        file.length = file.length.max(end);
        Ok(())
    }

    /// Finishes a file: all it lacks is length, metadata and, if it was staged, its name.
    pub(super) fn keep(
        &mut self,
        path: &RelPath,
        mut file: NewFile,
        attributes: &Attributes,
    ) -> Result<(), Halt> {
        file.end()?;
        self.restorer
            .restore(file.file.as_fd(), attributes, &mut self.warnings);
        self.settle(path, &mut file, attributes)?;
        file.finished = true;
        set_flags(file.file.as_fd(), attributes, &mut self.warnings);
        self.report.bytes += file.bytes;
        Ok(())
    }

    /// Makes a new, empty file, which never is one that was there.
    fn create(
        &mut self,
        path: &RelPath,
        permissions: u32,
        attributes: &Attributes,
    ) -> Result<NewFile, Halt> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut staging = None;
        for _ in 0..TRIES {
            let parent = self.destination.directory(path.parent())?;
            if self.policy.atomic && staging.is_none() {
                staging = Some(self.stage(&parent, path, attributes.mtime)?);
            }
            let name = match &staging {
                Some(staging) => staging.name(),
                None => path.name().to_vec(),
            };
            // The kernel applies the umask, or the default ACL of the directory.
            match openat(&parent, &*name, flags, mode(permissions)) {
                Ok(fd) => {
                    return Ok(NewFile {
                        parent,
                        name,
                        file: fd.into(),
                        staging,
                        length: 0,
                        end: 0,
                        bytes: 0,
                        finished: false,
                    });
                }
                Err(Errno::EXIST) => {
                    staging = Some(self.stage(&parent, path, attributes.mtime)?);
                }
                Err(Errno::INTR) => {}
                Err(error) => return Err(Halt::os("create this file", error)),
            }
        }
        Err(Halt::contended())
    }

    /// Makes a file with content, permissions and time of another one.
    pub(super) fn copy(&mut self, path: &RelPath, source: &File, stat: &Stat) -> Result<Id, Halt> {
        let attributes = Attributes {
            mtime: Some(mtime_of(stat)),
            ..Attributes::default()
        };
        let mut file = self.create(path, mode_of(stat) & PERMISSIONS, &attributes)?;
        loop {
            // Within the kernel where the system can.
            let count = copy(&mut source.take(CHUNK as u64), &mut file.file)
                .map_err(|error| Halt::os("copy the file that it links to", error))?;
            if count == 0 {
                break;
            }
            file.bytes += count;
            file.end += count;
            file.length += count;
            self.meter.admit(count, 0).map_err(Halt::Everything)?;
            self.meter.wrote(count).map_err(Halt::Everything)?;
        }
        let id = file.id()?;
        self.keep(path, file, &attributes)?;
        Ok(id)
    }

    /// Opens a regular file to read, without following and without waiting for anything.
    pub(super) fn open_to_read(parent: &Dir, name: &[u8]) -> Result<File, Errno> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        openat(parent, name, flags, mode(0)).map(File::from)
    }
}

fn too_long(size: u64) -> Halt {
    Halt::failed(
        ErrorKind::Corrupt,
        format!("it has more data than the {size} bytes that the archive says"),
    )
}

fn too_short(size: u64, length: u64) -> Halt {
    Halt::failed(
        ErrorKind::Truncated,
        format!("it has only {length} of the {size} bytes that the archive says"),
    )
}
