//! What is made in a destination is harmless.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

/// The symbolic links in a destination that its owner made.
pub(crate) fn links_in(destination: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(destination).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.is_symlink()).collect()
}

/// Everything in a destination is a file, a directory or a symbolic link that stays inside or was
/// there before, belongs to us and gives no privilege.
pub(crate) fn is_harmless(destination: &Path, links: &[PathBuf]) {
    let top = destination.canonicalize().unwrap();
    let own = fs::metadata(&top).unwrap();
    let mut open = vec![top.clone()];
    while let Some(path) = open.pop() {
        let metadata = fs::symlink_metadata(&path).unwrap();
        let kind = metadata.file_type();
        assert!(
            kind.is_dir() || kind.is_file() || kind.is_symlink(),
            "{path:?} is special"
        );
        assert_eq!(
            (metadata.uid(), metadata.gid()),
            (own.uid(), own.gid()),
            "{path:?} is given away"
        );
        if kind.is_symlink() {
            let name = path.strip_prefix(&top).unwrap();
            if !links.contains(&destination.join(name)) {
                stays_below(&top, &path);
            }
        } else {
            assert_eq!(metadata.mode() & 0o7000, 0, "{path:?} gives privileges");
            has_no_capabilities(&path);
        }
        if kind.is_dir() {
            // Root alone gets into all of them.
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
            let entries = fs::read_dir(&path).unwrap();
            open.extend(entries.map(|entry| entry.unwrap().path()));
        }
    }
}

/// Where a symbolic link leads, if anything is there; else where it would.
fn stays_below(top: &Path, link: &Path) {
    let target = fs::read_link(link).unwrap();
    assert!(target.is_relative(), "{link:?} -> {target:?}");
    let place = link.canonicalize().unwrap_or_else(|_| {
        let mut place = link.parent().unwrap().to_path_buf();
        for component in target.components() {
            match component.as_os_str().as_encoded_bytes() {
                b".." => drop(place.pop()),
                _ => place.push(component),
            }
        }
        place
    });
    assert!(place.starts_with(top), "{link:?} -> {target:?}");
}

fn has_no_capabilities(path: &Path) {
    let mut value = [0; 64];
    // An error is what we want, whatever it is: there is no such attribute.
    let capability = rustix::fs::lgetxattr(path, "security.capability", &mut value);
    assert!(capability.is_err(), "{path:?} has capabilities");
}
