//! Compares two directory trees, byte by byte.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// What a tree holds, without the root itself.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) files: usize,
    pub(super) directories: usize,
    pub(super) links: usize,
    pub(super) bytes: u64,
}

/// The totals of the tree at `root`.
pub(super) fn totals(root: &Path) -> Result<Totals> {
    let mut totals = Totals::default();
    for metadata in walk(root)?.values() {
        if metadata.is_dir() {
            totals.directories += 1;
        } else if metadata.is_symlink() {
            totals.links += 1;
        } else {
            totals.files += 1;
            totals.bytes += metadata.len();
        }
    }
    Ok(totals)
}

/// Every difference between two trees, a line each; none when they are equal.
pub(super) fn differences(original: &Path, copy: &Path) -> Result<Vec<String>> {
    let (expected, actual) = (walk(original)?, walk(copy)?);
    let mut differences = Vec::new();
    for (path, metadata) in &expected {
        let Some(other) = actual.get(path) else {
            differences.push(format!("{} is missing", path.display()));
            continue;
        };
        if let Some(difference) =
            difference(&original.join(path), metadata, &copy.join(path), other)?
        {
            differences.push(format!("{}: {difference}", path.display()));
        }
    }
    for path in actual.keys().filter(|path| !expected.contains_key(*path)) {
        differences.push(format!("{} is not in the original", path.display()));
    }
    Ok(differences)
}

fn difference(
    left: &Path,
    left_metadata: &Metadata,
    right: &Path,
    right_metadata: &Metadata,
) -> Result<Option<String>> {
    if left_metadata.file_type() != right_metadata.file_type() {
        return Ok(Some("another type of file".to_owned()));
    }
    if left_metadata.is_symlink() {
        let same = fs::read_link(left)? == fs::read_link(right)?;
        return Ok((!same).then(|| "another link target".to_owned()));
    }
    if owner_mode(left_metadata) != owner_mode(right_metadata) {
        return Ok(Some("another mode".to_owned()));
    }
    if left_metadata.is_file() && read(left)? != read(right)? {
        return Ok(Some("other contents".to_owned()));
    }
    Ok(None)
}

/// The owner's permission bits; the umask may have taken others away.
#[cfg(unix)]
fn owner_mode(metadata: &Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o700
}

#[cfg(not(unix))]
fn owner_mode(_: &Metadata) -> u32 {
    0
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Everything below `root`, by path from it. Links are not followed.
fn walk(root: &Path) -> Result<BTreeMap<PathBuf, Metadata>> {
    let mut found = BTreeMap::new();
    let mut directories = vec![PathBuf::new()];
    while let Some(directory) = directories.pop() {
        let listing = fs::read_dir(root.join(&directory))
            .with_context(|| format!("cannot list {}", root.join(&directory).display()))?;
        for item in listing {
            let item = item?;
            let path = directory.join(item.file_name());
            let metadata = item.metadata()?;
            if metadata.is_dir() {
                directories.push(path.clone());
            }
            found.insert(path, metadata);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("a/empty")).unwrap();
        fs::write(directory.path().join("a/x"), "hello").unwrap();
        fs::write(directory.path().join("y"), "").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("a/x", directory.path().join("link")).unwrap();
        directory
    }

    #[test]
    fn equal_trees_have_no_differences() {
        let (one, two) = (sample(), sample());
        assert_eq!(
            differences(one.path(), two.path()).unwrap(),
            Vec::<String>::new()
        );
        let totals = totals(one.path()).unwrap();
        assert_eq!((totals.files, totals.directories, totals.bytes), (2, 2, 5));
    }

    #[test]
    fn every_kind_of_difference_is_found() {
        let one = sample();
        let differs = |change: &dyn Fn(&Path)| {
            let two = sample();
            change(two.path());
            differences(one.path(), two.path()).unwrap()
        };
        let found = differs(&|root| fs::write(root.join("a/x"), "hellO").unwrap());
        assert_eq!(
            found,
            [format!("{}: other contents", Path::new("a/x").display())]
        );
        assert_eq!(
            differs(&|root| fs::remove_file(root.join("y")).unwrap()),
            ["y is missing"]
        );
        assert_eq!(
            differs(&|root| fs::write(root.join("z"), "").unwrap()),
            ["z is not in the original"]
        );
        let found = differs(&|root| {
            fs::remove_file(root.join("y")).unwrap();
            fs::create_dir(root.join("y")).unwrap();
        });
        assert_eq!(found, ["y: another type of file"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_modes_count() {
        use std::os::unix::fs::PermissionsExt as _;
        let (one, two) = (sample(), sample());
        fs::remove_file(two.path().join("link")).unwrap();
        std::os::unix::fs::symlink("y", two.path().join("link")).unwrap();
        fs::set_permissions(two.path().join("y"), fs::Permissions::from_mode(0o744)).unwrap();
        let mut found = differences(one.path(), two.path()).unwrap();
        found.sort();
        assert_eq!(found, ["link: another link target", "y: another mode"]);
    }
}
