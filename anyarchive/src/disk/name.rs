//! Names in the archive of what is on disk.

use std::path::{Component, Path};

use crate::entry::path_bytes;

/// The path in an archive for a path on disk: relative, and from behind the last `..`.
///
/// Empty for `.`, `..` and `/`: such a directory has no name that an archive could tell.
pub(super) fn name_in_archive(path: &Path) -> Vec<u8> {
    let mut name = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => {
                push(&mut name, &path_bytes(Path::new(part)));
            }
            Component::ParentDir => name.clear(),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    name
}

/// `name` below `directory`, which can be empty.
pub(super) fn join(directory: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = Vec::with_capacity(directory.len() + 1 + name.len());
    path.extend_from_slice(directory);
    push(&mut path, name);
    path
}

fn push(path: &mut Vec<u8>, name: &[u8]) {
    if !path.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_and_have_no_dots() {
        for (path, name) in [
            ("site", "site"),
            ("./site/", "site"),
            ("/srv/www/site", "srv/www/site"),
            ("../../site/a", "site/a"),
            ("a/../b", "b"),
            ("a/./b//c", "a/b/c"),
            (".", ""),
            ("..", ""),
            ("a/..", ""),
            ("/", ""),
        ] {
            assert_eq!(name_in_archive(Path::new(path)), name.as_bytes(), "{path}");
        }
        assert_eq!(join(b"", b"a"), b"a");
        assert_eq!(join(b"a", b"b"), b"a/b");
    }
}
