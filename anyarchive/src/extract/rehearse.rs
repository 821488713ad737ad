//! A dry run: what an extraction would do, found out without a change on disk.
//!
//! What is made is noted by path, and what is there otherwise is looked up below the destination, with
//! the same care as when it counts. All else is the same code.

use std::{collections::BTreeMap, ops::Bound, time::SystemTime};

use rustix::{
    fs::{AtFlags, Dir as Listing, FileType, statat},
    io::Errno,
};

use super::{
    Refusal, Skip,
    apply::{DataLost, exists, left_out_by_name, mtime_of},
    destination::{Destination, Id, cannot_enter, id_of},
    halt::Halt,
    path::{RelPath, split},
    plan::{Action, FileSpec, Kind},
    policy::{Existing, Policy},
    pour::{Measure, Sink, pour},
    restore::Attributes,
    run::Run,
};
use crate::{Entry, ErrorKind, Timestamp};

/// What has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Thing {
    kind: FileType,
    /// Which file it is, of several names.
    id: Id,
    mtime: Timestamp,
    /// It would have been made by this run, so nothing on disk is below it.
    fresh: bool,
}

/// What would be different on disk by now.
#[derive(Debug, Default)]
pub(super) struct Shadow {
    /// By path; `None` for what would be gone.
    things: BTreeMap<Box<[u8]>, Option<Thing>>,
    /// The destination is not there.
    bare: bool,
    files: u64,
}

impl Shadow {
    pub(super) fn new(bare: bool) -> Self {
        Self {
            bare,
            ..Self::default()
        }
    }

    /// What would have a path, whose directory would be there.
    fn look(&self, disk: &mut Destination, path: &[u8]) -> Result<Option<Thing>, Errno> {
        if let Some(thing) = self.things.get(path) {
            return Ok(*thing);
        }
        let (parent, name) = split(path);
        if self.bare || self.is_fresh(parent) {
            return Ok(None);
        }
        let parent = match disk.existing_directory(parent) {
            Ok(parent) => parent,
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error),
        };
        match statat(&parent, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(Thing {
                kind: FileType::from_raw_mode(stat.st_mode),
                id: id_of(&stat),
                mtime: mtime_of(&stat),
                fresh: false,
            })),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a directory, or one above it, would have been made by this run.
    fn is_fresh(&self, mut path: &[u8]) -> bool {
        while !path.is_empty() {
            if let Some(Some(thing)) = self.things.get(path)
                && thing.fresh
            {
                return true;
            }
            path = split(path).0;
        }
        false
    }

    /// The directory at a path, for what is to be found in it.
    fn enter(&self, disk: &mut Destination, path: &[u8]) -> Result<(), Errno> {
        for above in prefixes(path) {
            match self.look(disk, above)? {
                Some(thing) => thing.enter()?,
                None => return Err(Errno::NOENT),
            }
        }
        Ok(())
    }

    /// The same for what is to be put into it: it is made with all that is missing above.
    fn directory(&mut self, disk: &mut Destination, path: &[u8]) -> Result<(), Halt> {
        for above in prefixes(path) {
            match self.look(disk, above).map_err(cannot_enter)? {
                Some(thing) => thing.enter().map_err(cannot_enter)?,
                None => self.make(disk, above, FileType::Directory, None),
            }
        }
        Ok(())
    }

    fn make(
        &mut self,
        disk: &mut Destination,
        path: &[u8],
        kind: FileType,
        mtime: Option<Timestamp>,
    ) {
        self.touch(disk, split(path).0);
        self.files += 1;
        // Directories get their times at the end.
        let mtime = mtime.filter(|_| kind != FileType::Directory);
        let thing = Thing {
            kind,
            // No device has this number.
            id: (u64::MAX, self.files),
            mtime: mtime.unwrap_or_else(now),
            fresh: true,
        };
        self.things.insert(path.into(), Some(thing));
    }

    /// What happens in a directory changes its time.
    fn touch(&mut self, disk: &mut Destination, path: &[u8]) {
        if path.is_empty() {
            return;
        }
        if let Ok(Some(thing)) = self.look(disk, path) {
            let thing = Thing {
                mtime: now(),
                ..thing
            };
            self.things.insert(path.into(), Some(thing));
        }
    }

    /// Removes a file, link or empty directory.
    fn remove(&mut self, disk: &mut Destination, path: &[u8]) -> Result<(), Halt> {
        let found = self.look(disk, path).map_err(cannot_look)?;
        let is_directory = found.is_some_and(|thing| thing.kind == FileType::Directory);
        if is_directory && !self.is_empty(disk, path).map_err(cannot_look)? {
            return Err(Refusal::DirectoryInTheWay.into());
        }
        self.touch(disk, split(path).0);
        self.things.insert(path.into(), None);
        Ok(())
    }

    fn is_empty(&self, disk: &mut Destination, path: &[u8]) -> Result<bool, Errno> {
        let below = [path, b"/"].concat();
        let from = (Bound::Included(&*below), Bound::Unbounded);
        let made = self.things.range::<[u8], _>(from);
        let mut made = made.take_while(|(other, _)| other.starts_with(&below));
        if made.any(|(_, thing)| thing.is_some()) {
            return Ok(false);
        }
        if self.bare || self.is_fresh(path) {
            return Ok(true);
        }
        let directory = disk.existing_directory(path)?;
        for item in Listing::read_from(&directory)? {
            let item = item?;
            let name = item.file_name().to_bytes();
            let gone = self.things.get(&*[&*below, name].concat()) == Some(&None);
            if name != b"." && name != b".." && !gone {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Thing {
    fn enter(self) -> Result<(), Errno> {
        match self.kind {
            FileType::Directory => Ok(()),
            FileType::Symlink => Err(Errno::LOOP),
            _ => Err(Errno::NOTDIR),
        }
    }
}

/// A path's directories and itself, from above.
fn prefixes(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    let ends = ends.map(|(end, _)| end).chain([path.len()]);
    ends.map(move |end| &path[..end])
        .filter(|path| !path.is_empty())
}

fn now() -> Timestamp {
    SystemTime::now().into()
}

fn cannot_look(error: Errno) -> Halt {
    Halt::os("look at what has its name", error)
}

/// Counts what would be written.
struct Nowhere(u64);

impl Sink for Nowhere {
    fn put(&mut self, _: u64, data: &[u8]) -> Result<(), Halt> {
        self.0 += data.len() as u64;
        Ok(())
    }

    fn lengthen(&mut self, _: u64) -> Result<(), Halt> {
        Ok(())
    }
}

/// As for what is on disk.
fn may_replace(policy: &Policy, present: Thing, mtime: Option<Timestamp>) -> Result<(), Halt> {
    match policy.existing {
        Existing::Overwrite => Ok(()),
        Existing::KeepNewer => match mtime {
            Some(mtime) if mtime > present.mtime => Ok(()),
            _ => Err(Skip::Newer.into()),
        },
        Existing::Keep => Err(Skip::Exists.into()),
        Existing::Rename | Existing::Error => Err(exists()),
    }
}

impl Run<'_> {
    /// Does what an entry asks for, but on paper.
    pub(super) fn rehearse(
        &mut self,
        shadow: &mut Shadow,
        path: &RelPath,
        action: &Action,
        entry: &mut Entry<'_>,
    ) -> Result<(), Halt> {
        let mtime = action.attributes.mtime;
        match &action.kind {
            Kind::Directory { .. } => {
                shadow.directory(&mut self.destination, path.parent())?;
                let found = shadow.look(&mut self.destination, path.as_bytes());
                match found.map_err(cannot_look)? {
                    Some(thing) if thing.kind == FileType::Directory => Ok(()),
                    _ => self.take(shadow, path, FileType::Directory, mtime),
                }
            }
            Kind::Symlink { .. } => {
                self.take(shadow, path, FileType::Symlink, mtime)?;
                self.warnings.extend(left_out_by_name(&action.attributes));
                Ok(())
            }
            Kind::Special(special) => {
                let numbers = (
                    u32::try_from(special.device.0),
                    u32::try_from(special.device.1),
                );
                if let (Err(_), _) | (_, Err(_)) = numbers {
                    return Err(Halt::failed(
                        ErrorKind::Unsupported,
                        "its device number is too high for this system",
                    ));
                }
                self.take(shadow, path, FileType::Fifo, mtime)?;
                self.warnings.extend(left_out_by_name(&action.attributes));
                Ok(())
            }
            Kind::File(spec) => {
                let bytes =
                    self.pour_nowhere(shadow, path, spec, &action.attributes, entry, true)?;
                if spec.has_more_names
                    && let Some(id) = shadow.regular_file(&mut self.destination, path)
                {
                    self.groups.begin(path, id, bytes > Some(0));
                }
                Ok(())
            }
            Kind::HardLink { target, file } => {
                let target = self.renamed.now(target).clone();
                let attributes = &action.attributes;
                self.rehearse_link(shadow, path, &target, file, attributes, entry)
            }
        }
    }

    /// Takes a name, as far as the policy lets an entry have it.
    fn take(
        &mut self,
        shadow: &mut Shadow,
        path: &RelPath,
        kind: FileType,
        mtime: Option<Timestamp>,
    ) -> Result<(), Halt> {
        let disk = &mut self.destination;
        shadow.directory(disk, path.parent())?;
        if let Some(present) = shadow.look(disk, path.as_bytes()).map_err(cannot_look)? {
            may_replace(self.policy, present, mtime)?;
            shadow.remove(disk, path.as_bytes())?;
        }
        shadow.make(disk, path.as_bytes(), kind, mtime);
        Ok(())
    }

    /// Reads an entry's data; how much it is. Nothing is made when there is none, unless
    /// `even_if_empty`.
    fn pour_nowhere(
        &mut self,
        shadow: &mut Shadow,
        path: &RelPath,
        spec: &FileSpec,
        attributes: &Attributes,
        entry: &mut Entry<'_>,
        even_if_empty: bool,
    ) -> Result<Option<u64>, Halt> {
        let meter = std::sync::Arc::clone(&self.meter);
        let mut counted = self.counted;
        let measure = Measure {
            meter: &meter,
            counted: &mut counted,
            size: spec.size,
            limit: self.policy.limits.file_bytes,
            reserved: false,
        };
        let (disk, policy) = (&mut self.destination, self.policy);
        let open = || {
            shadow.directory(disk, path.parent())?;
            if let Some(present) = shadow.look(disk, path.as_bytes()).map_err(cannot_look)? {
                may_replace(policy, present, attributes.mtime)?;
                // Only a directory goes before the file is whole.
                if present.kind == FileType::Directory {
                    shadow.remove(disk, path.as_bytes())?;
                }
            }
            shadow.touch(disk, path.parent());
            Ok(Nowhere(0))
        };
        let (sink, result) = pour(entry, measure, even_if_empty, open);
        self.counted = counted;
        result?;
        let Some(Nowhere(bytes)) = sink else {
            return Ok(None);
        };
        let (disk, mtime) = (&mut self.destination, attributes.mtime);
        shadow.make(disk, path.as_bytes(), FileType::RegularFile, mtime);
        self.report.bytes += bytes;
        Ok(Some(bytes))
    }

    fn rehearse_link(
        &mut self,
        shadow: &mut Shadow,
        path: &RelPath,
        target: &RelPath,
        spec: &FileSpec,
        attributes: &Attributes,
        entry: &mut Entry<'_>,
    ) -> Result<(), Halt> {
        match self.pour_nowhere(shadow, path, spec, attributes, entry, false) {
            Ok(None) => {
                let id = self.link_on_paper(shadow, path, target, attributes.mtime)?;
                self.groups.add(target, path, id);
                Ok(())
            }
            Ok(Some(_)) => match shadow.regular_file(&mut self.destination, path) {
                Some(id) => self.with_shadow(shadow, |run| run.join(path, id, target)),
                None => Ok(()),
            },
            Err(halt) => {
                let why = DataLost::by(&halt);
                self.with_shadow(shadow, |run| run.abandon(target, why));
                Err(halt)
            }
        }
    }

    /// Lends the shadow back to code that finds it in the run.
    fn with_shadow<T>(&mut self, shadow: &mut Shadow, act: impl FnOnce(&mut Self) -> T) -> T {
        self.shadow = Some(std::mem::take(shadow));
        let result = act(self);
        *shadow = self.shadow.take().unwrap_or_default();
        result
    }

    /// Makes `path` another name of the regular file `target`.
    pub(super) fn link_on_paper(
        &mut self,
        shadow: &mut Shadow,
        path: &RelPath,
        target: &RelPath,
        mtime: Option<Timestamp>,
    ) -> Result<Id, Halt> {
        const WHAT: &str = "find the file that it links to";
        let disk = &mut self.destination;
        match shadow.enter(disk, target.parent()) {
            Ok(()) => {}
            Err(Errno::LOOP) => return Err(Refusal::UnsafeHardLink.into()),
            Err(error) => return Err(Halt::os(WHAT, error)),
        }
        let found = shadow.look(disk, target.as_bytes());
        let found = found.and_then(|found| found.ok_or(Errno::NOENT));
        let source = found.map_err(|error| Halt::os(WHAT, error))?;
        if source.kind != FileType::RegularFile {
            return Err(Refusal::HardLinkToSpecial.into());
        }
        shadow.directory(disk, path.parent())?;
        if let Some(present) = shadow.look(disk, path.as_bytes()).map_err(cannot_look)? {
            if present.kind == FileType::RegularFile && present.id == source.id {
                return Ok(source.id);
            }
            may_replace(self.policy, present, mtime)?;
            shadow.remove(disk, path.as_bytes())?;
        }
        shadow.touch(disk, path.parent());
        shadow.things.insert(path.as_bytes().into(), Some(source));
        Ok(source.id)
    }
}

impl Shadow {
    /// What the regular file at a path would be, if there were one.
    pub(super) fn regular_file(&self, disk: &mut Destination, path: &RelPath) -> Option<Id> {
        self.enter(disk, path.parent()).ok()?;
        let thing = self.look(disk, path.as_bytes()).ok()??;
        (thing.kind == FileType::RegularFile).then_some(thing.id)
    }

    /// Takes a name away.
    pub(super) fn take_away(&mut self, disk: &mut Destination, path: &RelPath) -> Result<(), Halt> {
        self.directory(disk, path.parent())?;
        self.remove(disk, path.as_bytes())
    }

    /// Whether a name is free.
    pub(super) fn is_free(&mut self, disk: &mut Destination, path: &RelPath) -> Result<bool, Halt> {
        self.directory(disk, path.parent())?;
        let found = self.look(disk, path.as_bytes());
        found.map(|found| found.is_none()).map_err(cannot_look)
    }
}
