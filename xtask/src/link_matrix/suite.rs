//! The test suites, run the way that a program would be linked.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use super::Settings;
use super::ways::Way;
use crate::repo::Repo;
use crate::test_counts::Counts;
use crate::{cmd, cpu};

pub(super) const HEAD: &str = "\
| release | mode | passed | failed | ignored | not tested here | CPU s |
| --- | --- | --- | --- | --- | --- | --- |";

/// The raw crate, the safe one, and the tests of the workspace, which use both.
const PACKAGES: [&str; 3] = ["archive-sys", "anyarchive", "anyarchive-workspace"];

pub(super) struct Suite {
    root: PathBuf,
    target: PathBuf,
    /// Documentation tests only.
    doc: bool,
}

impl Suite {
    pub(super) fn new(repo: &Repo, dir: &Path, doc: bool) -> Self {
        Self {
            root: repo.root().to_owned(),
            target: dir.join("tests"),
            doc,
        }
    }

    fn packages(&self) -> impl Iterator<Item = &'static str> {
        // The last has no library, so no documentation tests: cargo would call that an error.
        let skipped = usize::from(self.doc);
        PACKAGES.into_iter().take(PACKAGES.len() - skipped)
    }

    /// Runs unit, integration and documentation tests, linked that way.
    pub(super) fn try_way(&self, way: &Way, release: &str, settings: &Settings) -> Result<String> {
        let before = cpu::of_children()?;
        // On top of the default features: variables and these beat them.
        let features: Vec<String> = way
            .features
            .split(',')
            .map(|feature| format!("anyarchive/{feature}"))
            .collect();
        let mut cargo = cmd::cargo();
        cmd::without_settings(&mut cargo)
            .args(["test", "--quiet", "--no-fail-fast"])
            .args(self.doc.then_some("--doc"))
            .args(self.packages().map(|name| format!("--package={name}")))
            .args(["--features", &features.join(",")])
            // So that the reasons of tests that had nothing to test are seen.
            .args(["--", "--show-output", "--format=pretty"])
            .envs(settings.iter().cloned())
            .env("CARGO_TARGET_DIR", &self.target)
            // Nobody debugs these, and linking them is half of the work.
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("LC_ALL", "C.UTF-8")
            .current_dir(&self.root);
        let output = cmd::capture(&mut cargo)?;
        let seconds = cpu::of_children()? - before;
        let log = self.target.join(format!("{release} {}.log", way.name));
        fs::write(&log, [&*output.stdout, &*output.stderr].concat())?;
        let counts = Counts::read(&String::from_utf8_lossy(&output.stdout));
        ensure!(
            output.status.success() && counts.failed == 0 && counts.passed > 0,
            "{} passed, {} failed: {}\nall of it in {}\n{}",
            counts.passed,
            counts.failed,
            join(&counts.failures),
            log.display(),
            cmd::errors(&output)
        );
        Ok(format!(
            "| {release} | {} | {} | {} | {} | {} | {seconds:.0} |",
            way.name,
            counts.passed,
            counts.failed,
            counts.ignored,
            join(&counts.not_tested)
        ))
    }
}

fn join(lines: &BTreeSet<String>) -> String {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    lines.join("; ")
}
