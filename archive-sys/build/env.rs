//! Environment variables, looked up for the target first.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    path::PathBuf,
};

/// Prefix of all variables of this crate.
const PREFIX: &str = "ARCHIVE_SYS_";

/// The environment, and which variables were asked for.
pub(crate) struct Env {
    variables: BTreeMap<OsString, OsString>,
    watched: RefCell<BTreeSet<String>>,
}

impl Env {
    /// That of this process.
    pub(crate) fn process() -> Self {
        Self::new(std::env::vars_os())
    }

    pub(crate) fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self {
            variables: variables.into_iter().collect(),
            watched: RefCell::default(),
        }
    }

    /// A variable that cargo sets.
    pub(crate) fn cargo(&self, name: &str) -> Option<String> {
        self.variables
            .get(OsString::from(name).as_os_str())
            .map(|value| value.to_string_lossy().into_owned())
    }

    /// `ARCHIVE_SYS_{name}_{target}`, with `-` or `_` in the target, else `ARCHIVE_SYS_{name}`; empty
    /// counts as unset.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        let target = self.cargo("TARGET").unwrap_or_default();
        [
            format!("{PREFIX}{name}_{target}"),
            format!("{PREFIX}{name}_{}", target.replace('-', "_")),
            format!("{PREFIX}{name}"),
        ]
        .into_iter()
        .find_map(|name| {
            let value = self.variables.get(OsString::from(&name).as_os_str());
            self.watched.borrow_mut().insert(name);
            value.filter(|value| !value.is_empty()).map(PathBuf::from)
        })
    }

    /// As [`path`](Self::path), for a directory; a relative one would mean another place for the
    /// linker than for the build script.
    pub(crate) fn dir(&self, name: &str) -> Result<Option<PathBuf>, String> {
        match self.path(name) {
            Some(dir) if dir.is_relative() => Err(format!(
                "{PREFIX}{name} is `{}`; it has to be an absolute path",
                dir.display()
            )),
            dir => Ok(dir),
        }
    }

    /// As [`path`](Self::path), as text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.path(name)
            .map(|value| value.to_string_lossy().into_owned())
    }

    /// `1`, `0` or unset.
    pub(crate) fn switch(&self, name: &str) -> Result<Option<bool>, String> {
        match self.text(name).as_deref() {
            None => Ok(None),
            Some("1") => Ok(Some(true)),
            Some("0") => Ok(Some(false)),
            Some(other) => Err(format!(
                "{PREFIX}{name} is `{other}`; it can be 1, 0 or unset"
            )),
        }
    }

    /// Whether a feature of this crate is on.
    pub(crate) fn feature(&self, name: &str) -> bool {
        let name = name.to_uppercase().replace('-', "_");
        self.cargo(&format!("CARGO_FEATURE_{name}")).is_some()
    }

    /// The variables that were asked for.
    pub(crate) fn watched(&self) -> Vec<String> {
        self.watched.borrow().iter().cloned().collect()
    }
}
