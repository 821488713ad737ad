//! The archives that upstream tests its library with.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The reference archives of the newest release that was unpacked, sorted by name, or what to do to
/// get them. They are no part of this repository.
///
/// # Errors
///
/// When they are not there.
pub fn reference_archives() -> Result<Vec<PathBuf>, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vendor/upstream-tests");
    let missing = || {
        format!(
            "no reference archives below {}: run `cargo xtask vendor --tests`",
            root.display()
        )
    };
    let newest = fs::read_dir(&root)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .max_by_key(|path| version(path))
        .ok_or_else(missing)?;
    let mut archives: Vec<_> = fs::read_dir(&newest)
        .map_err(|error| format!("{}: {error}", newest.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .collect();
    archives.sort();
    if archives.is_empty() {
        return Err(missing());
    }
    Ok(archives)
}

/// `3.8.10` is newer than `3.8.9`.
fn version(path: &Path) -> Vec<u64> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split('.')
        .map(|part| part.parse().unwrap_or(0))
        .collect()
}
