//! Upstream's own release file over https, with curl or wget.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{CachedTarball, Fetched, Origin};
use crate::cmd;
use crate::vendor::lock::Release;
use crate::vendor::tree::Tree;

/// Seconds to wait for a connection; a machine without a way out should not wait long.
const CONNECT_TIMEOUT: &str = "10";

#[derive(Debug)]
pub(super) struct Upstream {
    url: String,
    tarball: CachedTarball,
}

impl Upstream {
    pub(super) fn new(url: &str, release: &Release, cache: &Path) -> Self {
        Self {
            url: url.to_owned(),
            tarball: CachedTarball::new(cache, "upstream", release),
        }
    }

    fn downloader(&self, destination: &Path) -> Option<Command> {
        if let Some(curl) = cmd::find_program("curl") {
            let mut command = Command::new(curl);
            command
                .args([
                    "--fail",
                    "--silent",
                    "--show-error",
                    "--location",
                    "--proto",
                    "=https",
                ])
                .args([
                    "--connect-timeout",
                    CONNECT_TIMEOUT,
                    "--max-time",
                    "600",
                    "--output",
                ])
                .arg(destination)
                .arg(&self.url);
            return Some(command);
        }
        let mut command = Command::new(cmd::find_program("wget")?);
        command
            .args(["-nv", "-t", "1", "-T", CONNECT_TIMEOUT, "-O"])
            .arg(destination)
            .arg(&self.url);
        Some(command)
    }
}

impl Origin for Upstream {
    fn name(&self) -> String {
        format!("the upstream release {}", self.url)
    }

    fn cached(&self) -> Result<Option<Tree>> {
        self.tarball.read()
    }

    fn fetch(&self) -> Result<Fetched> {
        let file = self.tarball.start()?;
        let Some(mut command) = self.downloader(file.path()) else {
            return Ok(Fetched::Unavailable(
                "neither curl nor wget is installed".to_owned(),
            ));
        };
        let output = cmd::capture(&mut command)?;
        if !output.status.success() {
            return Ok(Fetched::Unavailable(cmd::last_words(&output)));
        }
        self.tarball.finish(file)
    }
}
