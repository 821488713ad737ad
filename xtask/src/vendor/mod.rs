//! `cargo xtask vendor`: obtains libarchive's source and proves that it is the right one.

mod apt_sources;
mod lock;
mod origin;
mod place;
#[cfg(test)]
mod tests;
mod tree;
mod uu;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use crate::repo::Repo;
use lock::{Lock, Release};
use origin::{Download, Fetched, Origin};
use tree::{Part, Tree};

/// Obtain the C source of libarchive and verify it.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Obtain this release instead of the first of vendor/lock.toml that can
    /// be had; may be given several times.
    #[arg(long, value_name = "VERSION")]
    release: Vec<String>,
    /// Unpack upstream's reference archives as well, for our tests.
    #[arg(long)]
    tests: bool,
    /// Use what is on this machine already.
    #[arg(long)]
    offline: bool,
    /// Replace what is in place, even if it is right.
    #[arg(long)]
    force: bool,
    /// Take the release from this tarball or unpacked directory.
    #[arg(long, value_name = "PATH")]
    from: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(repo: &Repo, args: &Args) -> Result<()> {
    let lock = Lock::load(&repo.lock_file())?;
    let vendor = Vendor {
        repo,
        args,
        origins: &|release| origin::all(repo, release),
    };
    if let Some(path) = &args.from {
        return vendor.take_path(&lock, path);
    }
    if args.release.is_empty() {
        vendor.first(&lock)?;
    }
    for version in &args.release {
        let obtained = vendor.one(lock.find(version)?)?;
        ensure!(
            obtained,
            "libarchive {version} cannot be had from any origin. {ADVICE}"
        );
    }
    Ok(())
}

/// Makes sure that the source, and the reference archives if asked, of the
/// best release that can be had are in place; returns its version.
pub(crate) fn ensure_first(repo: &Repo, tests: bool) -> Result<String> {
    let lock = Lock::load(&repo.lock_file())?;
    let args = Args {
        tests,
        ..Args::default()
    };
    let vendor = Vendor {
        repo,
        args: &args,
        origins: &|release| origin::all(repo, release),
    };
    vendor.first(&lock)
}

/// Makes sure that the source of these releases is in place.
pub(crate) fn obtain(repo: &Repo, releases: &[String]) -> Result<()> {
    run(
        repo,
        &Args {
            release: releases.to_vec(),
            ..Args::default()
        },
    )
}

/// The same for every release of the lock; returns them, the newest first.
pub(crate) fn obtain_all(repo: &Repo) -> Result<Vec<String>> {
    let lock = Lock::load(&repo.lock_file())?;
    let all: Vec<String> = lock.releases.into_iter().map(|r| r.version).collect();
    obtain(repo, &all)?;
    Ok(all)
}

/// The source of a release, verified.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) version: String,
    pub(crate) tree_digest: String,
}

/// Puts the source of the lock's first release into another checkout, without a trace of where it
/// came from on this machine.
pub(crate) fn copy_best(repo: &Repo, other: &Repo) -> Result<Source> {
    let lock = Lock::load(&repo.lock_file())?;
    let release = lock.releases.first().context("the lock lists no release")?;
    run(
        repo,
        &Args {
            release: vec![release.version.clone()],
            ..Args::default()
        },
    )?;
    let found = Found {
        origin: "the package archive-sys".to_owned(),
        tree: Tree::from_directory(&repo.source_dir(&release.version))?,
        download: None,
    };
    verify(release, &found, false)?;
    place::place_source(other, release, &found.tree, &found.origin)?;
    Ok(Source {
        version: release.version.clone(),
        tree_digest: release.tree_digest.clone(),
    })
}

/// The digest of everything that is compiled, of an unpacked release.
pub(crate) fn tree_digest(root: &Path) -> Result<String> {
    Ok(Tree::from_directory(root)?.digest(Part::Source))
}

const ADVICE: &str = "Check the network, or download a release file elsewhere and run \
                      `cargo xtask vendor --from FILE`";

struct Vendor<'a> {
    repo: &'a Repo,
    args: &'a Args,
    /// Finds the origins of a release; the tests give fake ones.
    origins: &'a dyn Fn(&Release) -> Vec<Box<dyn Origin>>,
}

/// What is missing of a release.
struct Missing {
    source: bool,
    tests: bool,
}

/// A release in memory, not yet compared with the lock.
struct Found {
    origin: String,
    tree: Tree,
    download: Option<Download>,
}

impl Vendor<'_> {
    /// The first release of the lock that can be had; returns its version.
    fn first(&self, lock: &Lock) -> Result<String> {
        for (index, release) in lock.releases.iter().enumerate() {
            let version = &release.version;
            if self.one(release)? {
                return Ok(version.clone());
            }
            if let Some(next) = lock.releases.get(index + 1) {
                println!(
                    "libarchive {version} cannot be had from any origin, trying {}",
                    next.version
                );
            }
        }
        bail!("no release of libarchive can be had from any origin. {ADVICE}");
    }

    /// Puts one release in place; `false` when no origin has it.
    fn one(&self, release: &Release) -> Result<bool> {
        let Some(missing) = self.missing(release)? else {
            return Ok(true);
        };
        let Some(found) = self.find(release)? else {
            return Ok(false);
        };
        self.take(release, &missing, found)?;
        Ok(true)
    }

    /// Takes the release that the user has at `path`, whichever of the lock it is.
    fn take_path(&self, lock: &Lock, path: &Path) -> Result<()> {
        let tree = origin::read_local(path)?;
        let digest = tree.digest(Part::Source);
        let release = lock
            .releases
            .iter()
            .find(|release| release.tree_digest == digest);
        let release = release.with_context(|| {
            format!(
                "{} has tree digest {digest}, which is no release of vendor/lock.toml; nothing was kept",
                path.display()
            )
        })?;
        let named = &self.args.release;
        ensure!(
            named.is_empty() || *named == [release.version.as_str()],
            "{} is libarchive {}, not {}",
            path.display(),
            release.version,
            named.join(", ")
        );
        let Some(missing) = self.missing(release)? else {
            return Ok(());
        };
        let origin = path.display().to_string();
        self.take(
            release,
            &missing,
            Found {
                origin,
                tree,
                download: None,
            },
        )
    }

    /// What has to be obtained; says so when it is nothing.
    fn missing(&self, release: &Release) -> Result<Option<Missing>> {
        let force = self.args.force;
        let present = place::source_origin(self.repo, release)?;
        let missing = Missing {
            source: force || present.is_none(),
            tests: self.args.tests && (force || !place::tests_present(self.repo, release)?),
        };
        if missing.source || missing.tests {
            return Ok(Some(missing));
        }
        let directory = self.repo.source_dir(&release.version);
        println!(
            "libarchive {} is in place in {}, from {}",
            release.version,
            self.repo.display(&directory),
            present.unwrap_or_default()
        );
        Ok(None)
    }

    /// Asks the origins in turn, first for what is on this machine.
    fn find(&self, release: &Release) -> Result<Option<Found>> {
        let origins = (self.origins)(release);
        let version = &release.version;
        let wrong = |name: &str| format!("libarchive {version} from {name}: nothing was kept");
        for origin in &origins {
            let name = origin.name();
            if let Some(tree) = origin.cached().with_context(|| wrong(&name))? {
                return Ok(Some(Found {
                    origin: name,
                    tree,
                    download: None,
                }));
            }
        }
        if self.args.offline {
            println!("libarchive {version} is not on this machine");
            return Ok(None);
        }
        for origin in &origins {
            let name = origin.name();
            match origin.fetch().with_context(|| wrong(&name))? {
                Fetched::Tree(tree, download) => {
                    return Ok(Some(Found {
                        origin: name,
                        tree,
                        download,
                    }));
                }
                Fetched::Unavailable(reason) => println!("{name} is not to be had: {reason}"),
            }
        }
        Ok(None)
    }

    /// Verifies what was found and puts what is missing in place.
    fn take(&self, release: &Release, missing: &Missing, found: Found) -> Result<()> {
        let Release {
            version,
            tree_digest,
            ..
        } = release;
        verify(release, &found, missing.tests)?;
        let Found {
            origin,
            tree,
            download,
        } = found;
        if let Some(download) = download {
            download.keep()?;
        }
        if missing.source {
            let directory = self.repo.source_dir(version);
            place::place_source(self.repo, release, &tree, &origin)?;
            println!(
                "libarchive {version}: took {origin}, tree digest {tree_digest}, into {}",
                self.repo.display(&directory)
            );
        }
        if missing.tests {
            let count = place::place_tests(self.repo, release, &tree)?;
            let directory = self.repo.tests_dir(version);
            println!(
                "libarchive {version}: decoded {count} reference archives into {}",
                self.repo.display(&directory)
            );
        }
        Ok(())
    }
}

/// Compares everything that will be written with the lock.
fn verify(release: &Release, found: &Found, tests: bool) -> Result<()> {
    let mut parts = vec![
        ("tree", Part::Source, &release.tree_digest),
        ("android", Part::Android, &release.android_digest),
        ("cmake", Part::Cmake, &release.cmake_digest),
    ];
    if tests {
        let count = found.tree.part(Part::Tests).count();
        ensure!(
            count == release.tests,
            "{} has {count} of the {} reference archives of libarchive {}; nothing was kept",
            found.origin,
            release.tests,
            release.version
        );
        parts.push(("tests", Part::Tests, &release.tests_digest));
    }
    for (name, part, expected) in parts {
        let actual = found.tree.digest(part);
        ensure!(
            actual == *expected,
            "libarchive {} from {}: the {name} digest is {actual}, vendor/lock.toml says \
             {expected}; nothing was kept. Do not use that copy",
            release.version,
            found.origin
        );
    }
    Ok(())
}
