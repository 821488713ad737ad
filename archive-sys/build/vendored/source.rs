//! The C source: where it is, and that it is what it says.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    config::Config,
    linkage::library,
    plan::{Builder, OLDEST, parts},
    probe,
};

/// A source tree.
pub(crate) struct Source {
    /// Root of the release.
    pub(crate) root: PathBuf,
    /// Where the C files are.
    pub(crate) libarchive: PathBuf,
    pub(crate) version: String,
    /// Empty for a directory that a variable names.
    pub(crate) digests: library::Source,
}

/// `ARCHIVE_SYS_SOURCE_DIR`, else `ARCHIVE_SYS_RELEASE`, else the newest verified release that is
/// in `upstream/`.
pub(crate) fn find(config: &Config, builder: Builder) -> Result<Source, String> {
    let upstream = config.manifest_dir.join("upstream");
    let (root, digests) = match (&config.source_dir, &config.release) {
        (Some(dir), _) => (dir.clone(), library::Source::default()),
        (None, Some(release)) => stamped(&upstream, release)?,
        (None, None) => newest(&upstream)?,
    };
    if builder == Builder::Cmake && !root.join("CMakeLists.txt").is_file() {
        return Err(format!(
            "{} has no CMakeLists.txt, so cmake cannot build it: bring the source up to date with \
             `cargo xtask vendor`, name a whole tree with ARCHIVE_SYS_SOURCE_DIR, or build without \
             cmake (ARCHIVE_SYS_CMAKE=0)",
            root.display()
        ));
    }
    let libarchive = root.join("libarchive");
    let version = probe::version_of(&libarchive)?;
    if parts(&version) < parts(OLDEST) {
        return Err(format!(
            "{} holds libarchive {version}; {OLDEST} is the oldest that works",
            root.display()
        ));
    }
    Ok(Source {
        root,
        libarchive,
        version,
        digests,
    })
}

/// Where our `config.h` is: in the package, else beside it in the repository.
pub(crate) fn config_dir(config: &Config) -> Result<PathBuf, String> {
    ["vendor/config", "../vendor/config"]
        .map(|dir| config.manifest_dir.join(dir))
        .into_iter()
        .find(|dir| dir.join("config.h").is_file())
        .ok_or_else(|| "vendor/config/config.h is missing from this package".into())
}

fn newest(upstream: &Path) -> Result<(PathBuf, library::Source), String> {
    let mut releases: Vec<String> = fs::read_dir(upstream)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().join(".stamp").is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    releases.sort_by_key(|release| parts(release));
    match releases.last() {
        Some(release) => stamped(upstream, release),
        None => Err(format!(
            "the C source is not there: {} is empty. {}",
            upstream.display(),
            HOW_TO_GET
        )),
    }
}

/// A release that was verified when it was put there, and still says the same of itself.
fn stamped(upstream: &Path, release: &str) -> Result<(PathBuf, library::Source), String> {
    let root = upstream.join(release);
    let stamp = fs::read_to_string(root.join(".stamp")).map_err(|_| {
        format!(
            "the source of release {release} is not in {}. {HOW_TO_GET}",
            upstream.display()
        )
    })?;
    let header = probe::version_of(&root.join("libarchive"))?;
    if stamp_value(&stamp, "version") != Some(&header) || header != release {
        return Err(format!(
            "{} is not what its stamp says (archive.h: {header}); remove it. {HOW_TO_GET}",
            root.display()
        ));
    }
    let digest = |key| stamp_value(&stamp, key).map(str::to_owned);
    let digests = library::Source {
        tarball_sha256: digest("tarball_sha256"),
        tree_digest: digest("tree_digest"),
    };
    Ok((root, digests))
}

const HOW_TO_GET: &str = "In a clone of the repository, `cargo xtask vendor` fetches and verifies \
                          it; with `--release VERSION` a certain one.";

/// The value of a line `key = "value"`.
fn stamp_value<'a>(stamp: &'a str, key: &str) -> Option<&'a str> {
    stamp.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == key).then(|| value.trim().trim_matches('"'))
    })
}
