//! The functions of libarchive, and what the sources of the safe crate say of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::repo::Repo;

/// Public functions that the bindings do not declare like the others: two of Windows, and the
/// variadic one.
const BESIDE_THE_BINDINGS: [&str; 3] = [
    "archive_entry_copy_bhfi",
    "archive_read_open_filenames_w",
    "archive_set_error",
];

/// What the safe crate says.
#[derive(Debug, Default)]
pub(super) struct Safe {
    /// Doc aliases, and the file of the first item that has them, without `anyarchive/src`.
    pub(super) aliases: BTreeMap<String, String>,
    /// Functions of `archive_sys` that are used.
    pub(super) called: BTreeSet<String>,
}

/// All public functions of the vendored release.
pub(super) fn all(repo: &Repo) -> Result<BTreeSet<String>> {
    const BINDINGS: &str = "archive-sys/src/bindings.rs";
    let text = fs::read_to_string(repo.root().join(BINDINGS)).context(BINDINGS)?;
    let mut names: BTreeSet<String> = words_after(&text, "fn ")
        .filter(|name| name.starts_with("archive_"))
        .map(str::to_owned)
        .collect();
    ensure!(
        names.len() > 400,
        "{BINDINGS} has {} functions",
        names.len()
    );
    names.extend(BESIDE_THE_BINDINGS.map(str::to_owned));
    Ok(names)
}

/// Reads the sources of the safe crate.
pub(super) fn safe(repo: &Repo) -> Result<Safe> {
    let root = repo.root().join("anyarchive/src");
    let mut safe = Safe::default();
    let mut directories = vec![root.clone()];
    while let Some(directory) = directories.pop() {
        for item in fs::read_dir(&directory).with_context(|| directory.display().to_string())? {
            let path = item?.path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap_or(&path);
                safe.add(name, &fs::read_to_string(&path)?);
            }
        }
    }
    Ok(safe)
}

impl Safe {
    fn add(&mut self, path: &Path, text: &str) {
        let file = path.to_string_lossy().replace('\\', "/");
        for alias in aliases(text) {
            let first = self.aliases.entry(alias.to_owned()).or_default();
            // The first in order, whatever order the system lists files in.
            if first.is_empty() || file < *first {
                first.clone_from(&file);
            }
        }
        // Macros of the ffi layer name functions without a path: every mention there counts.
        if file.starts_with("ffi/") {
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            for line in code {
                let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                let names = words.filter(|word| word.starts_with("archive_"));
                self.called.extend(names.map(str::to_owned));
            }
        }
    }
}

/// The texts in each `doc(alias = "…")` and `doc(alias("…", "…"))`.
fn aliases(text: &str) -> impl Iterator<Item = &str> {
    let attributes = text.split("[doc(alias").skip(1);
    attributes.flat_map(|rest| {
        let attribute = rest.split(']').next().unwrap_or_default();
        attribute.split('"').skip(1).step_by(2)
    })
}

/// The identifier behind each occurrence of `start`.
fn words_after<'t>(text: &'t str, start: &'t str) -> impl Iterator<Item = &'t str> {
    text.split(start).skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_and_calls_are_found() {
        let mut safe = Safe::default();
        let item = "    #[doc(alias = \"archive_x\")]\n    #[doc(alias(\n \"archive_y\", \"archive_z\"))]\n";
        safe.add(Path::new("z.rs"), item);
        safe.add(Path::new("b/c.rs"), item);
        safe.add(
            Path::new("ffi/f.rs"),
            "// archive_not\nlet code = unsafe { sys::archive_x(raw) };\nonly = \"archive_text\"",
        );
        safe.add(Path::new("b/d.rs"), "archive_elsewhere()");
        assert_eq!(safe.aliases["archive_x"], "b/c.rs");
        assert_eq!(safe.aliases["archive_y"], "b/c.rs");
        assert_eq!(safe.aliases["archive_z"], "b/c.rs");
        let called: Vec<_> = safe.called.iter().collect();
        assert_eq!(called, ["archive_text", "archive_x"]);
    }
}
