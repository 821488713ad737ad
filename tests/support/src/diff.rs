//! What differs between two directory trees.

use std::{
    collections::{BTreeMap, HashMap},
    fs, io,
    os::unix::fs::{FileTypeExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

/// How exactly two trees are compared.
#[derive(Clone, Copy, Debug)]
pub struct Compare {
    /// By how much times of modification may differ: formats round them.
    pub mtime_tolerance: Duration,
    /// Whether the same names must be hard links of each other.
    pub hard_links: bool,
}

impl Default for Compare {
    /// Exactly.
    fn default() -> Self {
        Self {
            mtime_tolerance: Duration::ZERO,
            hard_links: true,
        }
    }
}

/// Compares everything below two directories: which names there are, types, contents, modes, times
/// of modification, targets of symbolic links, device numbers, and which names are hard links of
/// each other. One line for each difference, none when the trees are the same.
///
/// # Panics
///
/// When something cannot be read.
#[must_use]
pub fn diff_trees(a: impl AsRef<Path>, b: impl AsRef<Path>) -> Vec<String> {
    diff_trees_with(a, b, Compare::default())
}

/// [`diff_trees`], less exactly.
///
/// # Panics
///
/// When something cannot be read.
#[must_use]
pub fn diff_trees_with(a: impl AsRef<Path>, b: impl AsRef<Path>, compare: Compare) -> Vec<String> {
    let (a, b) = (a.as_ref(), b.as_ref());
    let (left, right) = (read(a), read(b));
    let mut differences = Vec::new();
    for (path, node) in &left {
        let Some(other) = right.get(path) else {
            differences.push(format!("{}: missing in {}", path.display(), b.display()));
            continue;
        };
        let mut differ = |what: &str, left: String, right: String| {
            if left != right {
                differences.push(format!("{}: {what} {left} / {right}", path.display()));
            }
        };
        let (mine, others) = (&node.metadata, &other.metadata);
        differ("type", node.kind().into(), other.kind().into());
        differ("mode", octal(mine), octal(others));
        if time(mine).abs_diff(time(others)) > compare.mtime_tolerance.as_nanos() {
            differ("mtime", time(mine).to_string(), time(others).to_string());
        }
        if mine.file_type().is_char_device() || mine.file_type().is_block_device() {
            differ("device", mine.rdev().to_string(), others.rdev().to_string());
        }
        if compare.hard_links {
            let name = |node: &Node| node.first_name.display().to_string();
            differ("hard link of", name(node), name(other));
        }
        if mine.is_symlink() && others.is_symlink() {
            let target = |root: &Path| {
                let target = fs::read_link(root.join(path));
                format!("{:?}", target.unwrap_or_else(|error| cannot(path, &error)))
            };
            differ("target", target(a), target(b));
        }
        if mine.is_file() && others.is_file() {
            let (x, y) = (content(&a.join(path)), content(&b.join(path)));
            if x != y {
                let at = x.iter().zip(&y).take_while(|(x, y)| x == y).count();
                let what = format!("content from byte {at} on, lengths");
                differences.push(format!(
                    "{}: {what} {} / {}",
                    path.display(),
                    x.len(),
                    y.len()
                ));
            }
        }
    }
    for path in right.keys().filter(|path| !left.contains_key(*path)) {
        differences.push(format!("{}: missing in {}", path.display(), a.display()));
    }
    differences
}

struct Node {
    metadata: fs::Metadata,
    /// The first of the names that are hard links of each other.
    first_name: PathBuf,
}

impl Node {
    fn kind(&self) -> &'static str {
        let kind = self.metadata.file_type();
        match () {
            () if kind.is_file() => "file",
            () if kind.is_dir() => "directory",
            () if kind.is_symlink() => "symbolic link",
            () if kind.is_fifo() => "named pipe",
            () if kind.is_socket() => "socket",
            () if kind.is_char_device() => "character device",
            () => "block device",
        }
    }
}

fn read(root: &Path) -> BTreeMap<PathBuf, Node> {
    let mut metadata = BTreeMap::new();
    let mut open = vec![PathBuf::new()];
    while let Some(parent) = open.pop() {
        let here = root.join(&parent);
        for entry in fs::read_dir(&here).unwrap_or_else(|error| cannot(&here, &error)) {
            let entry = entry.unwrap_or_else(|error| cannot(&here, &error));
            let path = parent.join(entry.file_name());
            // Of the link itself, as read_dir gives it.
            let found = entry
                .metadata()
                .unwrap_or_else(|error| cannot(&path, &error));
            if found.is_dir() {
                open.push(path.clone());
            }
            metadata.insert(path, found);
        }
    }
    let mut names = HashMap::new();
    metadata
        .into_iter()
        .map(|(path, metadata)| {
            let inode = (metadata.dev(), metadata.ino());
            let first_name = names.entry(inode).or_insert_with(|| path.clone()).clone();
            (
                path,
                Node {
                    metadata,
                    first_name,
                },
            )
        })
        .collect()
}

fn octal(metadata: &fs::Metadata) -> String {
    format!("{:o}", metadata.mode() & 0o7777)
}

/// Time of modification in nanoseconds since 1970.
fn time(metadata: &fs::Metadata) -> i128 {
    i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec())
}

fn content(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| cannot(path, &error))
}

fn cannot(path: &Path, error: &io::Error) -> ! {
    panic!("cannot compare {}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;
    use crate::make_tree;

    #[test]
    fn the_same_seed_gives_the_same_tree() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        make_tree(&a, 250, 7).unwrap();
        make_tree(&b, 250, 7).unwrap();
        assert_eq!(diff_trees(&a, &b), Vec::<String>::new());
        make_tree(dir.path().join("c"), 250, 8).unwrap();
        assert!(diff_trees(&a, dir.path().join("c")).len() > 250);
    }

    #[test]
    fn each_kind_of_difference_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        make_tree(&a, 5, 7).unwrap();
        make_tree(&b, 5, 7).unwrap();
        let set = b.join("group-00/set-0000");
        fs::write(set.join("file-000001.txt"), "other").unwrap();
        fs::set_permissions(b.join("big"), fs::Permissions::from_mode(0o700)).unwrap();
        fs::remove_file(b.join("empty file")).unwrap();
        fs::create_dir(b.join("empty file")).unwrap();
        fs::remove_file(set.join("a-symlink")).unwrap();
        std::os::unix::fs::symlink("elsewhere", set.join("a-symlink")).unwrap();
        fs::copy(set.join("z-hardlink.txt"), set.join("copy")).unwrap();
        fs::rename(set.join("copy"), set.join("z-hardlink.txt")).unwrap();
        fs::remove_file(b.join("big/noise.bin")).unwrap();
        fs::write(b.join("new"), "").unwrap();
        let found = diff_trees(&a, &b).join("\n");
        for expected in [
            "file-000001.txt: content from byte 0 on",
            "big: mode 755 / 700",
            "empty file: type file / directory",
            "a-symlink: target",
            "z-hardlink.txt: hard link of",
            "noise.bin: missing in",
            "new: missing in",
            "big: mtime",
        ] {
            assert!(found.contains(expected), "{expected} not in\n{found}");
        }
        let rough = Compare {
            mtime_tolerance: Duration::from_secs(1 << 40),
            hard_links: false,
        };
        let found = diff_trees_with(&a, &b, rough).join("\n");
        assert!(
            !found.contains("mtime") && !found.contains("hard link"),
            "{found}"
        );
    }
}
