//! Regular files.

use std::{
    fs::File,
    io::{Read, copy},
    os::unix::fs::FileExt,
};

use rustix::{
    fs::{AtFlags, OFlags, Stat, fstat, futimens, openat, unlinkat},
    io::Errno,
};

use super::{TRIES, timestamps};
use crate::{
    Block, Entry, ErrorKind, Timestamp,
    extract::{
        destination::{Dir, Id, id_of, mode, mode_of},
        halt::Halt,
        path::RelPath,
        plan::{FileSpec, PERMISSIONS},
        progress::Meter,
        run::Run,
    },
};

/// Most that is written at once, so that progress is told and a stop obeyed.
const CHUNK: usize = 1 << 20;

const WRITE: &str = "write this file";

/// A file that is being written; removed unless it is finished.
pub(super) struct NewFile {
    parent: Dir,
    name: Vec<u8>,
    file: File,
    /// Where the data ends, holes included.
    length: u64,
    /// Where the file ends so far.
    end: u64,
    /// Bytes of data.
    pub(super) bytes: u64,
    finished: bool,
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
    /// Writes a piece of data to its place; what lies between pieces stays a hole.
    fn write(
        &mut self,
        block: Block<'_>,
        size: Option<u64>,
        meter: &mut Meter<'_>,
    ) -> Result<(), Halt> {
        let mut offset = block.offset();
        let end = offset.saturating_add(block.len() as u64);
        if let Some(size) = size.filter(|&size| end > size) {
            return Err(too_long(size));
        }
        for chunk in block.data().chunks(CHUNK) {
            self.file
                .write_all_at(chunk, offset)
                .map_err(|error| Halt::os(WRITE, error))?;
            let len = chunk.len() as u64;
            offset += len;
            self.end = self.end.max(offset);
            self.bytes += len;
            meter.wrote(len)?;
        }
        self.length = self.length.max(end);
        Ok(())
    }

    pub(super) fn id(&self) -> Result<Id, Halt> {
        match fstat(&self.file) {
            Ok(stat) => Ok(id_of(&stat)),
            Err(error) => Err(Halt::os(WRITE, error)),
        }
    }

    /// All data is there: gives the file its length and time, and keeps it. The time can fail
    /// without harm.
    fn finish(mut self, mtime: Option<Timestamp>) -> Result<Result<(), Errno>, Halt> {
        if self.length > self.end {
            self.file
                .set_len(self.length)
                .map_err(|error| Halt::os(WRITE, error))?;
        }
        self.finished = true;
        Ok(match mtime {
            Some(mtime) => futimens(&self.file, &timestamps(mtime)),
            None => Ok(()),
        })
    }
}

impl Run<'_> {
    /// Makes a regular file from the entry's data.
    pub(super) fn file(
        &mut self,
        path: &RelPath,
        spec: &FileSpec,
        mtime: Option<Timestamp>,
        entry: &mut Entry<'_>,
    ) -> Result<(), Halt> {
        if let Some(file) = self.receive(path, spec, entry, true)? {
            if spec.has_more_names {
                self.groups.begin(path, file.id()?, file.bytes > 0);
            }
            self.keep(file, mtime)?;
        }
        Ok(())
    }

    /// Reads the entry's data into a new file. Nothing is made when there is none, unless
    /// `even_if_empty`.
    pub(super) fn receive(
        &mut self,
        path: &RelPath,
        spec: &FileSpec,
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
        let mut file = self.create(path, spec.mode)?;
        while let Some(piece) = block {
            file.write(piece, spec.size, &mut self.meter)?;
            self.meter.read(entry.archive_bytes_read());
            block = entry.next_block().map_err(Halt::reading)?;
        }
        if let Some(size) = spec.size.filter(|&size| file.length < size) {
            return Err(too_short(size, file.length));
        }
        Ok(Some(file))
    }

    /// Finishes a file.
    pub(super) fn keep(&mut self, file: NewFile, mtime: Option<Timestamp>) -> Result<(), Halt> {
        let bytes = file.bytes;
        if let Err(error) = file.finish(mtime)? {
            self.warn_of_time(error);
        }
        self.report.bytes += bytes;
        Ok(())
    }

    /// Makes a new, empty file, which never is one that was there.
    fn create(&mut self, path: &RelPath, permissions: u32) -> Result<NewFile, Halt> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        for _ in 0..TRIES {
            let parent = self.destination.directory(path.parent())?;
            // The kernel applies the umask, or the default ACL of the directory.
            match openat(&parent, path.name(), flags, mode(permissions)) {
                Ok(fd) => {
                    return Ok(NewFile {
                        parent,
                        name: path.name().to_vec(),
                        file: fd.into(),
                        length: 0,
                        end: 0,
                        bytes: 0,
                        finished: false,
                    });
                }
                Err(Errno::EXIST) => self.clear(&parent, path)?,
                Err(Errno::INTR) => {}
                Err(error) => return Err(Halt::os("create this file", error)),
            }
        }
        Err(Halt::contended())
    }

    /// Makes a file with content, permissions and time of another one.
    pub(super) fn copy(&mut self, path: &RelPath, source: &File, stat: &Stat) -> Result<Id, Halt> {
        let mut file = self.create(path, mode_of(stat) & PERMISSIONS)?;
        loop {
            // Within the kernel where the system can.
            let count = copy(&mut source.take(CHUNK as u64), &mut file.file)
                .map_err(|error| Halt::os("copy the file that it links to", error))?;
            if count == 0 {
                break;
            }
            file.bytes += count;
            self.meter.wrote(count)?;
        }
        let id = file.id()?;
        let mtime = Timestamp {
            seconds: stat.st_mtime,
            nanoseconds: u32::try_from(stat.st_mtime_nsec).unwrap_or(0),
        };
        self.keep(file, Some(mtime))?;
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
