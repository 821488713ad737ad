//! Puts verified files in their place, all or nothing.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::lock::Release;
use super::tree::{Part, Tree};
use super::uu;
use crate::repo::Repo;

/// Says what the directory holds; `archive-sys` reads it too.
const STAMP: &str = ".stamp";

#[derive(Debug, Deserialize)]
struct SourceStamp {
    version: String,
    tree_digest: String,
    origin: String,
    tarball_sha256: Option<String>,
}

#[derive(Debug, Deserialize)]
struct TestsStamp {
    tests_digest: String,
    tests: usize,
}

/// Where the source in place came from, if it is the one of the lock, unchanged. Brings its stamp
/// up to date with the lock.
pub(super) fn source_origin(repo: &Repo, release: &Release) -> Result<Option<String>> {
    let directory = repo.source_dir(&release.version);
    let Some(stamp) = read_stamp::<SourceStamp>(&directory.join(STAMP))? else {
        return Ok(None);
    };
    let right = stamp.version == release.version && stamp.tree_digest == release.tree_digest;
    if !right {
        return Ok(None);
    }
    let tree = Tree::from_directory(&directory)?;
    let unchanged = tree.digest(Part::Source) == release.tree_digest
        && tree.digest(Part::Android) == release.android_digest
        && tree.digest(Part::Cmake) == release.cmake_digest;
    if unchanged && stamp.tarball_sha256 != release.tarball_sha256 {
        let path = directory.join(STAMP);
        fs::write(&path, source_stamp(release, &stamp.origin))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(unchanged.then_some(stamp.origin))
}

/// What the linkage record of `archive-sys` tells of the source is from here.
fn source_stamp(release: &Release, origin: &str) -> String {
    let mut stamp = format!(
        "version = {:?}\ntree_digest = {:?}\norigin = {origin:?}\n",
        release.version, release.tree_digest
    );
    if let Some(sha256) = &release.tarball_sha256 {
        stamp += &format!("tarball_sha256 = {sha256:?}\n");
    }
    stamp
}

/// Whether the decoded reference archives are in place.
pub(super) fn tests_present(repo: &Repo, release: &Release) -> Result<bool> {
    let directory = repo.tests_dir(&release.version);
    let Some(stamp) = read_stamp::<TestsStamp>(&tests_stamp(&directory))? else {
        return Ok(false);
    };
    let right = stamp.tests_digest == release.tests_digest && stamp.tests == release.tests;
    Ok(right && directory.is_dir() && fs::read_dir(&directory)?.count() == release.tests)
}

/// Next to the directory, which holds the archives and nothing else.
fn tests_stamp(directory: &Path) -> PathBuf {
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    directory.with_file_name(format!("{name}.stamp"))
}

fn read_stamp<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match fs::read_to_string(path) {
        // A stamp that says something else is as good as none.
        Ok(text) => Ok(toml::from_str(&text).ok()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Writes the source of a release, whose digests were compared before.
pub(super) fn place_source(
    repo: &Repo,
    release: &Release,
    tree: &Tree,
    origin: &str,
) -> Result<()> {
    let stamp = source_stamp(release, origin);
    let parts = [Part::Source, Part::Android, Part::Cmake];
    let files = parts.into_iter().flat_map(|part| tree.part(part));
    let files = files.chain([(STAMP, stamp.as_bytes())]);
    replace(&repo.source_dir(&release.version), files)
}

/// Writes the reference archives of a release, decoded, and returns their number.
pub(super) fn place_tests(repo: &Repo, release: &Release, tree: &Tree) -> Result<usize> {
    let mut decoded = Vec::new();
    for (path, text) in tree.part(Part::Tests) {
        let name = path.rsplit('/').next().unwrap_or(path);
        let name = name.strip_suffix(".uu").unwrap_or(name);
        let bytes = uu::decode(text).with_context(|| format!("{path} cannot be decoded"))?;
        decoded.push((name, bytes));
    }
    let stamp = format!(
        "tests_digest = {:?}\ntests = {}\n",
        release.tests_digest,
        decoded.len()
    );
    let files = decoded
        .iter()
        .map(|(name, bytes)| (*name, bytes.as_slice()));
    let directory = repo.tests_dir(&release.version);
    replace(&directory, files)?;
    let path = tests_stamp(&directory);
    fs::write(&path, stamp).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(decoded.len())
}

/// Writes `files` into a directory next to `destination`, then renames it.
fn replace<'a>(destination: &Path, files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Result<()> {
    let parent = destination
        .parent()
        .context("the destination has no parent")?;
    let cannot = || format!("cannot write to {}", parent.display());
    fs::create_dir_all(parent).with_context(cannot)?;
    let scratch = tempfile::Builder::new()
        .prefix(".vendor-")
        .tempdir_in(parent)
        .with_context(cannot)?;
    // A directory inside, because the scratch directory itself is private to its owner.
    let fresh = scratch.path().join("new");
    fs::create_dir(&fresh).with_context(cannot)?;
    for (path, bytes) in files {
        let path = fresh.join(path);
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&path, bytes))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    if destination.exists() {
        // Goes away together with the scratch directory.
        fs::rename(destination, scratch.path().join("old"))
            .with_context(|| format!("cannot replace {}", destination.display()))?;
    }
    fs::rename(&fresh, destination)
        .with_context(|| format!("cannot move the files to {}", destination.display()))
}
