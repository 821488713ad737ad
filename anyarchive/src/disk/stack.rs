//! The directories between the start of a walk and where it is.

use std::{
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
    vec,
};

use rustix::{fs::Dir, io::Errno};

use super::{
    open::reopen,
    stat::{Id, Metadata},
};

/// Directories that stay open: those at the bottom. The ones above are opened again on the way back,
/// so that no tree is too deep.
const MAX_OPEN: usize = 32;

/// A directory whose entries are being visited.
#[derive(Debug)]
pub(super) struct Level {
    /// Its name in the directory above.
    name: Vec<u8>,
    /// How much of the path of the deepest one is its own.
    path_len: usize,
    id: Id,
    names: Names,
    /// Not there when `names` holds the handle, and while it is closed.
    handle: Option<OwnedFd>,
}

#[derive(Debug)]
enum Names {
    /// As the system gives them, a few at a time.
    Stream(Dir),
    List(vec::IntoIter<Box<[u8]>>),
}

#[derive(Debug, Default)]
pub(super) struct Stack {
    levels: Vec<Level>,
    /// The path of the deepest one in the archive; empty when it has none.
    path: Vec<u8>,
    follow: bool,
}

impl Stack {
    pub(super) fn new(follow: bool) -> Self {
        Self {
            levels: Vec::new(),
            path: Vec::new(),
            follow,
        }
    }

    pub(super) fn last(&self) -> Option<&Level> {
        self.levels.last()
    }

    /// The path of the deepest directory in the archive; empty when it has none.
    pub(super) fn path(&self) -> &[u8] {
        &self.path
    }

    /// Whether a directory is one of those that lead to here: a link to it would be a circle.
    pub(super) fn contains(&self, id: Id) -> bool {
        self.levels.iter().any(|level| level.id == id)
    }

    /// Goes down into an open directory, whose path begins with the one above.
    pub(super) fn push(
        &mut self,
        handle: OwnedFd,
        metadata: &Metadata,
        name: &[u8],
        path: &[u8],
        sorted: bool,
    ) -> Result<(), Errno> {
        let mut level = Level {
            name: name.to_vec(),
            path_len: path.len(),
            id: metadata.id,
            names: Names::Stream(Dir::new(handle)?),
            handle: None,
        };
        if sorted {
            // The handle stays, as the names do not hold it any more.
            level.list(true)?;
        }
        self.levels.push(level);
        // Each level's own would take gigabytes in a tree that is deep enough.
        self.path.extend_from_slice(&path[self.path.len()..]);
        // The first one stays open: from there all others can be found.
        if let Some(index) = self.levels.len().checked_sub(MAX_OPEN + 1)
            && index > 0
        {
            self.levels[index].close()?;
        }
        Ok(())
    }

    /// Goes back up. When the directory above cannot be opened again, what was still to be visited
    /// there is lost, so the next call of [`next_name`](Self::next_name) fails.
    pub(super) fn pop(&mut self) {
        let Some(left) = self.levels.pop() else {
            return;
        };
        let path_len = self.last().map_or(0, |level| level.path_len);
        self.path.truncate(path_len);
        let follow = self.follow;
        if let Some(level) = self.levels.last_mut()
            && level.directory().is_none()
            && let Some(below) = left.directory()
        {
            // `..` is right unless a link led down or somebody moved a directory: the id tells.
            level.handle = reopen(below, b"..", follow, level.id).ok();
        }
    }

    /// The next name in the deepest directory.
    ///
    /// # Errors
    ///
    /// The directory cannot be read on; it is left at the next [`pop`](Self::pop).
    pub(super) fn next_name(&mut self) -> Result<Option<Box<[u8]>>, Errno> {
        let Some(level) = self.levels.last_mut() else {
            return Ok(None);
        };
        let name = level.next_name()?;
        if name.is_some() && level.directory().is_none() {
            self.open_again()?;
        }
        Ok(name)
    }

    /// Opens the deepest directory from the nearest one above that is open.
    fn open_again(&mut self) -> Result<(), Errno> {
        let open = self
            .levels
            .iter()
            .rposition(|level| level.directory().is_some())
            .ok_or(Errno::BADF)?;
        let mut handle: Option<OwnedFd> = None;
        for index in open + 1..self.levels.len() {
            let level = &self.levels[index];
            let from = match &handle {
                Some(handle) => handle.as_fd(),
                None => self.levels[open].directory().ok_or(Errno::BADF)?,
            };
            handle = Some(reopen(from, &level.name, self.follow, level.id)?);
        }
        if let Some(last) = self.levels.last_mut() {
            last.handle = handle;
        }
        Ok(())
    }
}

impl Level {
    pub(super) fn directory(&self) -> Option<BorrowedFd<'_>> {
        match (&self.handle, &self.names) {
            (Some(handle), _) => Some(handle.as_fd()),
            (None, Names::Stream(dir)) => dir.fd().ok(),
            (None, Names::List(_)) => None,
        }
    }

    fn next_name(&mut self) -> Result<Option<Box<[u8]>>, Errno> {
        match &mut self.names {
            Names::List(names) => Ok(names.next()),
            Names::Stream(dir) => next_in(dir),
        }
    }

    /// Reads the rest of the names, in order if they are all still to come.
    fn list(&mut self, keep_handle: bool) -> Result<(), Errno> {
        let Names::Stream(dir) = &mut self.names else {
            return Ok(());
        };
        let mut names = Vec::new();
        while let Some(name) = next_in(dir)? {
            names.push(name);
        }
        if keep_handle {
            self.handle = Some(dir.fd()?.try_clone_to_owned().map_err(|_| Errno::MFILE)?);
            names.sort_unstable();
        }
        self.names = Names::List(names.into_iter());
        Ok(())
    }

    fn close(&mut self) -> Result<(), Errno> {
        self.list(false)?;
        self.handle = None;
        Ok(())
    }
}

fn next_in(dir: &mut Dir) -> Result<Option<Box<[u8]>>, Errno> {
    loop {
        match dir.read() {
            None => return Ok(None),
            Some(Err(Errno::INTR)) => {}
            Some(Err(error)) => return Err(error),
            Some(Ok(entry)) => {
                let name = entry.file_name().to_bytes();
                if name != b"." && name != b".." {
                    return Ok(Some(name.into()));
                }
            }
        }
    }
}
