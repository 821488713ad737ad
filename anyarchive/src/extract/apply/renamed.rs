//! Entries that get another name because theirs is taken.

use std::collections::HashMap;

use rustix::{
    fs::{AtFlags, statat},
    io::Errno,
};

use super::exists;
use crate::{
    Existing,
    extract::{
        halt::Halt,
        path::RelPath,
        plan::{Action, Kind},
        run::Run,
    },
};

/// Highest number that is put behind a name.
const MAX_NUMBER: u32 = 9_999;

/// What was made under another name, by the name in the archive.
#[derive(Debug, Default)]
pub(in crate::extract) struct Renamed(HashMap<RelPath, (u32, RelPath)>);

impl Renamed {
    /// The path that a path of the archive has now.
    pub(in crate::extract) fn now<'p>(&'p self, path: &'p RelPath) -> &'p RelPath {
        self.0.get(path).map_or(path, |(_, now)| now)
    }
}

impl Run<'_> {
    /// The name to make an entry under instead, if the policy is to rename and its own is taken.
    pub(super) fn free_name(&mut self, action: &Action) -> Result<Option<RelPath>, Halt> {
        if self.policy.existing != Existing::Rename || matches!(action.kind, Kind::Directory { .. })
        {
            return Ok(None);
        }
        let path = &action.path;
        if self.is_free(path)? {
            return Ok(None);
        }
        let start = self.renamed.0.get(path).map_or(1, |(number, _)| number + 1);
        for number in start..=MAX_NUMBER {
            let other = path.with_suffix(&format!(".{number}"));
            if self.is_free(&other)? {
                let text = format!(
                    "made as '{}', because its name is taken",
                    String::from_utf8_lossy(other.as_bytes())
                );
                self.warnings.push(text);
                self.renamed.0.insert(path.clone(), (number, other.clone()));
                return Ok(Some(other));
            }
        }
        Err(exists())
    }

    fn is_free(&mut self, path: &RelPath) -> Result<bool, Halt> {
        if let Some(shadow) = &mut self.shadow {
            return shadow.is_free(&mut self.destination, path);
        }
        let parent = self.destination.directory(path.parent())?;
        match statat(&parent, path.name(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => Ok(false),
            Err(Errno::NOENT) => Ok(true),
            Err(error) => Err(Halt::os("look at what has its name", error)),
        }
    }
}
