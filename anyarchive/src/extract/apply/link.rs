//! Symbolic and hard links.

use std::collections::HashMap;

use rustix::{
    fs::{AtFlags, FileType, linkat, statat, symlinkat},
    io::Errno,
};

use super::TRIES;
use crate::{
    Entry, ErrorKind,
    extract::{
        Existing, Outcome, Refusal,
        destination::{Dir, Id, id_of},
        halt::Halt,
        path::RelPath,
        plan::FileSpec,
        restore::Attributes,
        run::Run,
    },
};

/// How systems say that there can be no hard link here, or no more.
pub(super) const NO_LINKS: &[Errno] = &[
    Errno::PERM,
    Errno::MLINK,
    Errno::XDEV,
    Errno::NOTSUP,
    Errno::OPNOTSUPP,
    Errno::NOSYS,
];

/// Files whose data can still come, with another of their names: cpio stores the data of hard links
/// with the last one, or with each.
#[derive(Debug, Default)]
pub(in crate::extract) struct Groups(HashMap<RelPath, Group>);

/// The names of one file, in the order of the archive.
#[derive(Debug)]
struct Group {
    /// With what each was when it was made: a later entry may have taken the name since.
    names: Vec<(RelPath, Id)>,
    has_data: bool,
}

/// Why the data of a file does not come: what became of the name that was to bring it.
#[derive(Clone, Copy, Debug)]
pub(in crate::extract) enum DataLost {
    Failed(ErrorKind),
    Refused,
    LeftOut,
}

impl DataLost {
    pub(in crate::extract) fn by(halt: &Halt) -> Self {
        match halt {
            Halt::Entry(Outcome::Failed(error)) | Halt::Everything(error) => match error.kind() {
                // What the system said was told with that name.
                ErrorKind::Io => Self::Failed(ErrorKind::Other),
                kind => Self::Failed(kind),
            },
            Halt::Entry(Outcome::Refused(_)) => Self::Refused,
            Halt::Entry(_) => Self::LeftOut,
        }
    }

    fn halt(self) -> Halt {
        let (kind, fate) = match self {
            Self::Failed(kind) => (kind, "failed"),
            Self::Refused => (ErrorKind::Refused, "was refused"),
            Self::LeftOut => (ErrorKind::Other, "was left out"),
        };
        let text = format!("its data was to come with a hard link to it that {fate}");
        Halt::failed(kind, text)
    }
}

impl Groups {
    /// Notes a file that the archive says has more names.
    pub(in crate::extract) fn begin(&mut self, path: &RelPath, id: Id, has_data: bool) {
        let names = vec![(path.clone(), id)];
        self.0.insert(path.clone(), Group { names, has_data });
    }

    /// Notes another name of a file.
    pub(in crate::extract) fn add(&mut self, target: &RelPath, path: &RelPath, id: Id) {
        if let Some(group) = self.0.get_mut(target) {
            group.names.push((path.clone(), id));
        }
    }

    /// The names that a file has got from this archive, while its data can still come.
    pub(in crate::extract) fn names(&self, target: &RelPath) -> impl Iterator<Item = &RelPath> {
        let names = self.0.get(target).map(|group| group.names.as_slice());
        names.unwrap_or_default().iter().map(|(name, _)| name)
    }
}

impl Run<'_> {
    pub(super) fn symlink(
        &mut self,
        path: &RelPath,
        target: &[u8],
        attributes: &Attributes,
    ) -> Result<(), Halt> {
        for _ in 0..TRIES {
            let parent = self.destination.directory(path.parent())?;
            match symlinkat(target, &parent, path.name()) {
                Ok(()) => {
                    let warnings = &mut self.warnings;
                    self.restorer
                        .restore_by_name(&parent, path, attributes, warnings);
                    return Ok(());
                }
                Err(Errno::EXIST) => self.clear(&parent, path, attributes.mtime)?,
                Err(error) => return Err(Halt::os("create this symbolic link", error)),
            }
        }
        Err(Halt::contended())
    }

    /// Makes another name of a file. If the entry has data, that is the content of all names.
    pub(super) fn hard_link(
        &mut self,
        path: &RelPath,
        target: &RelPath,
        spec: &FileSpec,
        attributes: &Attributes,
        entry: &mut Entry<'_>,
    ) -> Result<(), Halt> {
        match self.receive(path, spec, attributes, entry, false) {
            Ok(None) => {
                let id = self.link(path, target, attributes)?;
                self.groups.add(target, path, id);
                Ok(())
            }
            // What is there is never written into: the new file takes over the names instead.
            Ok(Some(file)) => {
                let id = file.id()?;
                self.keep(path, file, attributes)?;
                self.join(path, id, target)
            }
            Err(halt) => {
                self.abandon(target, DataLost::by(&halt));
                Err(halt)
            }
        }
    }

    /// Gives the new file `path` all names that `target` has got from this archive.
    pub(in crate::extract) fn join(
        &mut self,
        path: &RelPath,
        id: Id,
        target: &RelPath,
    ) -> Result<(), Halt> {
        let names = match self.groups.0.remove(target) {
            Some(group) => group.names,
            // No name that the archive could not take by an entry of its own.
            None if self.policy.existing == Existing::Overwrite => self
                .look_at(target)
                .map(|id| (target.clone(), id))
                .into_iter()
                .collect(),
            None => Vec::new(),
        };
        let mut joined = vec![(path.clone(), id)];
        for (name, old) in names.into_iter().filter(|(name, _)| name != path) {
            match self.look_at(&name) {
                Some(now) if now == id => joined.push((name, id)),
                Some(now) if now == old => match self.replace(&name, path) {
                    Ok(id) => joined.push((name, id)),
                    Err(Halt::Entry(outcome)) => self.lost(&name, outcome),
                    Err(halt) => return Err(halt),
                },
                // Something else has the name since then.
                _ => {}
            }
        }
        if joined.len() == 1 && path != target {
            let text = "the file that it links to is not there: it became a file of its own";
            self.warnings.push(text.into());
        }
        let group = Group {
            names: joined,
            has_data: true,
        };
        self.groups.0.insert(target.clone(), group);
        Ok(())
    }

    /// Makes `name` a name of the file `path`.
    fn replace(&mut self, name: &RelPath, path: &RelPath) -> Result<Id, Halt> {
        self.take_away(name)?;
        if let Some(mut shadow) = self.shadow.take() {
            let result = self.link_on_paper(&mut shadow, name, path, None);
            self.shadow = Some(shadow);
            return result;
        }
        self.link(name, path, &Attributes::default())
    }

    /// The data of a file was to come with another of its names, and does not: what was made of it
    /// is no file of the archive.
    pub(in crate::extract) fn abandon(&mut self, target: &RelPath, why: DataLost) {
        let Some(group) = self.groups.0.remove(target) else {
            return;
        };
        if group.has_data {
            self.groups.0.insert(target.clone(), group);
            return;
        }
        for (name, id) in group.names {
            if self.look_at(&name) != Some(id) {
                continue;
            }
            let halt = self.take_away(&name).err().unwrap_or_else(|| why.halt());
            if let Halt::Entry(outcome) = halt {
                self.lost(&name, outcome);
            }
        }
    }

    /// Makes `path` another name of the regular file `target`, or a copy of it where the file system
    /// has no hard links.
    fn link(
        &mut self,
        path: &RelPath,
        target: &RelPath,
        attributes: &Attributes,
    ) -> Result<Id, Halt> {
        for _ in 0..TRIES {
            let source = match self.destination.existing_directory(target.parent()) {
                Ok(dir) => dir,
                Err(Errno::LOOP) => return Err(Refusal::UnsafeHardLink.into()),
                Err(error) => return Err(Halt::os("find the file that it links to", error)),
            };
            let flags = AtFlags::SYMLINK_NOFOLLOW;
            let stat = statat(&source, target.name(), flags)
                .map_err(|error| Halt::os("find the file that it links to", error))?;
            if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
                return Err(Refusal::HardLinkToSpecial.into());
            }
            let id = id_of(&stat);
            let parent = self.destination.directory(path.parent())?;
            match linkat(
                &source,
                target.name(),
                &parent,
                path.name(),
                AtFlags::empty(),
            ) {
                // The name may have become a symbolic link between the two calls.
                Ok(()) if regular_file(&parent, path) == Some(id) => return Ok(id),
                Ok(()) => self.remove(&parent, path)?,
                Err(Errno::EXIST) if regular_file(&parent, path) == Some(id) => return Ok(id),
                Err(Errno::EXIST) => self.clear(&parent, path, attributes.mtime)?,
                Err(Errno::NOENT) => {}
                Err(error) if NO_LINKS.contains(&error) => {
                    return self.copy_instead(path, &source, target, id, error);
                }
                Err(error) => return Err(Halt::os("create this hard link", error)),
            }
        }
        Err(Halt::contended())
    }

    pub(super) fn copy_instead(
        &mut self,
        path: &RelPath,
        source: &Dir,
        target: &RelPath,
        id: Id,
        error: Errno,
    ) -> Result<Id, Halt> {
        let cannot = |error| Halt::os("read the file that it links to", error);
        let file = Self::open_to_read(source, target.name()).map_err(cannot)?;
        let stat = rustix::fs::fstat(&file).map_err(cannot)?;
        if id_of(&stat) != id {
            return Err(Halt::contended());
        }
        let id = self.copy(path, &file, &stat)?;
        let error = std::io::Error::from(error);
        self.warnings
            .push(format!("copied instead of linked: {error}"));
        Ok(id)
    }

    fn take_away(&mut self, path: &RelPath) -> Result<(), Halt> {
        if let Some(shadow) = &mut self.shadow {
            return shadow.take_away(&mut self.destination, path);
        }
        let parent = self.destination.directory(path.parent())?;
        self.remove(&parent, path)
    }

    /// What the regular file at a path is, if there is one.
    fn look_at(&mut self, path: &RelPath) -> Option<Id> {
        if let Some(shadow) = &self.shadow {
            return shadow.regular_file(&mut self.destination, path);
        }
        let parent = self.destination.existing_directory(path.parent()).ok()?;
        regular_file(&parent, path)
    }
}

fn regular_file(parent: &Dir, path: &RelPath) -> Option<Id> {
    let stat = statat(parent, path.name(), AtFlags::SYMLINK_NOFOLLOW).ok()?;
    let regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    regular.then(|| id_of(&stat))
}
