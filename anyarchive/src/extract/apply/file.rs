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

use super::{
    Restorer, TRIES, mtime_of, set_flags,
    staged::{Settled, Staging},
};
use crate::{
    Entry,
    extract::{
        destination::{Dir, Id, id_of, mode, mode_of},
        halt::Halt,
        path::RelPath,
        plan::{FileSpec, PERMISSIONS},
        policy::Policy,
        pour::{CHUNK, Measure, Sink, pour},
        restore::Attributes,
        run::Run,
    },
};

const WRITE: &str = "write this file";

/// A file that is being written; removed unless it is finished.
pub(in crate::extract) struct NewFile {
    pub(super) parent: Dir,
    /// The name that it has now.
    pub(super) name: Vec<u8>,
    file: File,
    /// How it gets the name of the entry, if that is another.
    pub(super) staging: Option<Staging>,
    /// Where the data ends, holes included.
    pub(in crate::extract) length: u64,
    /// Where the file ends so far.
    end: u64,
    /// Bytes of data.
    pub(in crate::extract) bytes: u64,
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

impl Sink for NewFile {
    fn put(&mut self, offset: u64, data: &[u8]) -> Result<(), Halt> {
        self.file
            .write_all_at(data, offset)
            .map_err(|error| Halt::os(WRITE, error))?;
        self.end = self.end.max(offset + data.len() as u64);
        self.bytes += data.len() as u64;
        Ok(())
    }

    fn lengthen(&mut self, length: u64) -> Result<(), Halt> {
        self.length = self.length.max(length);
        Ok(())
    }
}

impl NewFile {
    /// Makes a new, empty file, which never is one that was there. When the name is taken and the
    /// policy lets the entry have it, the file waits under a temporary name for
    /// [`settle`](Self::settle).
    pub(in crate::extract) fn create(
        policy: &Policy,
        parent: &Dir,
        path: &RelPath,
        permissions: u32,
        attributes: &Attributes,
    ) -> Result<Self, Halt> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut staging = None;
        for _ in 0..TRIES {
            if policy.atomic && staging.is_none() {
                staging = Some(Staging::new(policy, parent, path, attributes.mtime)?);
            }
            let name = match &staging {
                Some(staging) => staging.name(),
                None => path.name().to_vec(),
            };
            // The kernel applies the umask, or the default ACL of the directory.
            match openat(parent, &*name, flags, mode(permissions)) {
                Ok(fd) => {
                    return Ok(Self {
                        parent: Dir::clone(parent),
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
                    staging = Some(Staging::new(policy, parent, path, attributes.mtime)?);
                }
                Err(Errno::INTR) => {}
                Err(error) => return Err(Halt::os("create this file", error)),
            }
        }
        Err(Halt::contended())
    }

    /// Whether a directory has the name that it is to have.
    pub(in crate::extract) fn is_over_directory(&self) -> bool {
        self.staging.is_some_and(|staging| staging.over_directory)
    }

    pub(super) fn id(&self) -> Result<Id, Halt> {
        match fstat(&self.file) {
            Ok(stat) => Ok(id_of(&stat)),
            Err(error) => Err(Halt::os(WRITE, error)),
        }
    }

    /// All data is there: gives the file its length and metadata.
    pub(in crate::extract) fn complete(
        &mut self,
        attributes: &Attributes,
        restorer: &mut Restorer,
        warnings: &mut Vec<String>,
    ) -> Result<(), Halt> {
        if self.length > self.end {
            self.file
                .set_len(self.length)
                .map_err(|error| Halt::os(WRITE, error))?;
            self.end = self.length;
        }
        restorer.restore(self.file.as_fd(), attributes, warnings);
        Ok(())
    }

    /// The file is complete and has its name: it stays.
    pub(in crate::extract) fn keep(mut self, attributes: &Attributes, warnings: &mut Vec<String>) {
        self.finished = true;
        set_flags(self.file.as_fd(), attributes, warnings);
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
        let meter = std::sync::Arc::clone(&self.meter);
        let mut counted = self.counted;
        let measure = Measure {
            meter: &meter,
            counted: &mut counted,
            size: spec.size,
            limit: self.policy.limits.file_bytes,
            reserved: false,
        };
        let open = || self.create(path, spec.mode, attributes);
        let (file, result) = pour(entry, measure, even_if_empty, open);
        self.counted = counted;
        result.map(|()| file)
    }

    /// Finishes a file: all it lacks is length, metadata and, if it was staged, its name.
    pub(super) fn keep(
        &mut self,
        path: &RelPath,
        mut file: NewFile,
        attributes: &Attributes,
    ) -> Result<(), Halt> {
        file.complete(attributes, &mut self.restorer, &mut self.warnings)?;
        self.settle(path, &mut file, attributes)?;
        self.report.bytes += file.bytes;
        file.keep(attributes, &mut self.warnings);
        Ok(())
    }

    /// Gives a finished file its name.
    pub(in crate::extract) fn settle(
        &mut self,
        path: &RelPath,
        file: &mut NewFile,
        attributes: &Attributes,
    ) -> Result<(), Halt> {
        for _ in 0..TRIES {
            match file.settle(self.policy, path)? {
                Settled::Done => return Ok(()),
                // A directory has got the name meanwhile, or something else that is to stay.
                Settled::Occupied => {
                    self.clear(&Dir::clone(&file.parent), path, attributes.mtime)?;
                }
            }
        }
        Err(Halt::contended())
    }

    /// Makes a new, empty file, and the directory that it is in. An empty directory makes way.
    fn create(
        &mut self,
        path: &RelPath,
        permissions: u32,
        attributes: &Attributes,
    ) -> Result<NewFile, Halt> {
        let parent = self.destination.directory(path.parent())?;
        let mut file = NewFile::create(self.policy, &parent, path, permissions, attributes)?;
        self.make_way(path, &mut file)?;
        Ok(file)
    }

    /// Removes the empty directory whose name a staged file is to have.
    pub(in crate::extract) fn make_way(
        &mut self,
        path: &RelPath,
        file: &mut NewFile,
    ) -> Result<(), Halt> {
        if let Some(staging) = &mut file.staging
            && std::mem::take(&mut staging.over_directory)
        {
            self.remove(&Dir::clone(&file.parent), path)?;
        }
        Ok(())
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
