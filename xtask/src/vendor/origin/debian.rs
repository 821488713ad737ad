//! The Debian source package, through the machine's own mirror.
//!
//! apt runs with all of its directories redirected and its hooks cleared, so
//! it needs no privilege and leaves the system's lists and caches alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, Result};

use super::{CachedTarball, Fetched, Origin};
use crate::cmd;
use crate::vendor::apt_sources::{self, Entry};
use crate::vendor::lock::Release;
use crate::vendor::tree::Tree;

#[derive(Debug)]
pub(super) struct Debian {
    suite: String,
    /// What Debian calls the upstream tarball.
    file_name: String,
    tarball: CachedTarball,
    cache: PathBuf,
}

impl Debian {
    pub(super) fn new(suite: &str, release: &Release, cache: &Path) -> Self {
        Self {
            suite: suite.to_owned(),
            file_name: format!("libarchive_{}.orig.tar.xz", release.version),
            tarball: CachedTarball::new(cache, "debian", release),
            cache: cache.to_path_buf(),
        }
    }

    /// Downloads the source package from one archive; `Err` text says why not.
    fn download(&self, archive: &Entry) -> Result<std::result::Result<Vec<u8>, String>> {
        fs::create_dir_all(&self.cache)
            .with_context(|| format!("cannot write to {}", self.cache.display()))?;
        let apt = Apt::new(&self.cache, &archive.for_suite(&self.suite))?;
        let update = apt.get(&["update"])?;
        if !update.status.success() {
            return Ok(Err(cmd::last_words(&update)));
        }
        // Suites move on: look what this one has before downloading it.
        let listing = apt.get(&["source", "--print-uris", "libarchive"])?;
        if !listing.status.success() {
            return Ok(Err(cmd::last_words(&listing)));
        }
        if !String::from_utf8_lossy(&listing.stdout).contains(&self.file_name) {
            return Ok(Err(format!(
                "the suite does not have {} now",
                self.file_name
            )));
        }
        let source = apt.get(&["source", "--download-only", "libarchive"])?;
        if !source.status.success() {
            return Ok(Err(cmd::last_words(&source)));
        }
        let file = apt.directory.path().join(&self.file_name);
        Ok(Ok(fs::read(&file).with_context(|| {
            format!("apt-get left no {}", file.display())
        })?))
    }
}

impl Origin for Debian {
    fn name(&self) -> String {
        format!("the Debian source package in {}", self.suite)
    }

    fn cached(&self) -> Result<Option<Tree>> {
        self.tarball.read()
    }

    fn fetch(&self) -> Result<Fetched> {
        if cmd::find_program("apt-get").is_none() {
            return Ok(Fetched::Unavailable(
                "this machine has no apt-get".to_owned(),
            ));
        }
        let mut reason = "this machine has no Debian mirror in its apt sources".to_owned();
        for archive in apt_sources::debian_archives(Path::new("/etc/apt")) {
            match self.download(&archive)? {
                Ok(bytes) => {
                    let file = self.tarball.start()?;
                    fs::write(file.path(), bytes)
                        .with_context(|| format!("cannot write {}", file.path().display()))?;
                    return self.tarball.finish(file);
                }
                Err(problem) => reason = problem,
            }
        }
        Ok(Fetched::Unavailable(reason))
    }
}

/// An apt of our own in a temporary directory.
struct Apt {
    directory: tempfile::TempDir,
}

impl Apt {
    fn new(parent: &Path, sources: &str) -> Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix(".apt-")
            .tempdir_in(parent)?;
        let at = |name: &str| directory.path().join(name);
        for name in ["lists/partial", "cache/archives/partial", "parts"] {
            fs::create_dir_all(at(name))?;
        }
        fs::write(at("parts/debian.sources"), sources)?;
        // Relative to the directory apt is started in, so that no character of
        // the checkout's path can upset apt's own syntax.
        fs::write(at("apt.conf"), CONFIGURATION)?;
        Ok(Self { directory })
    }

    fn get(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = Command::new("apt-get");
        command
            .args(["-c", "apt.conf", "-q"])
            .args(arguments)
            .env("LC_ALL", "C.UTF-8")
            .current_dir(self.directory.path());
        cmd::capture(&mut command)
    }
}

/// Read by apt after the machine's own configuration, whose proxy settings stay.
const CONFIGURATION: &str = r#"
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "./parts/";
Dir::State::Lists "./lists/";
Dir::State::Status "/dev/null";
Dir::Cache "./cache/";
Dir::Cache::Archives "./cache/archives/";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Debug::NoLocking "1";
APT::Sandbox::User "";
APT::Update::Error-Mode "any";
Acquire::Retries "1";
Acquire::http::Timeout "10";
Acquire::https::Timeout "10";
Acquire::Languages "none";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"#;
