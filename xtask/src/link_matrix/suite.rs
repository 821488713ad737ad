//! The test suites, run the way that a program would be linked.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use super::Settings;
use super::ways::Way;
use crate::repo::Repo;
use crate::{cmd, cpu};

pub(super) const HEAD: &str = "\
| release | mode | passed | failed | ignored | not tested here | CPU s |
| --- | --- | --- | --- | --- | --- | --- |";

/// How a test says that it has nothing to test here.
const NOT_TESTED: &str = "not tested";

/// The raw crate, the safe one, and the tests of the workspace, which use both.
const PACKAGES: [&str; 3] = ["archive-sys", "anyarchive", "anyarchive-workspace"];

pub(super) struct Suite {
    root: PathBuf,
    target: PathBuf,
}

/// What the test runner printed.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    passed: u32,
    failed: u32,
    ignored: u32,
    failures: BTreeSet<String>,
    not_tested: BTreeSet<String>,
}

impl Suite {
    pub(super) fn new(repo: &Repo, dir: &Path) -> Self {
        Self {
            root: repo.root().to_owned(),
            target: dir.join("tests"),
        }
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
            .args(PACKAGES.map(|name| format!("--package={name}")))
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

impl Counts {
    fn read(text: &str) -> Self {
        let mut counts = Self::default();
        // Above what a test printed: `---- name stdout ----`.
        let mut test = "";
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("test result: ") {
                counts.add(rest);
            } else if let Some(name) = line
                .strip_prefix("test ")
                .and_then(|rest| rest.strip_suffix(" ... FAILED"))
            {
                counts.failures.insert(name.to_owned());
            } else if let Some(name) = line
                .strip_prefix("---- ")
                .and_then(|rest| rest.strip_suffix(" stdout ----"))
            {
                test = name;
            } else if line.starts_with(NOT_TESTED) {
                counts.not_tested.insert(format!("{test}: {line}"));
            }
        }
        counts
    }

    /// `ok. 12 passed; 0 failed; 1 ignored; 0 measured; ...`
    fn add(&mut self, result: &str) {
        let result = result.split_once(". ").map_or("", |(_, numbers)| numbers);
        for part in result.split("; ") {
            let Some((number, what)) = part.split_once(' ') else {
                continue;
            };
            let number = number.parse().unwrap_or(0);
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_runner_prints_is_counted() {
        let counts = Counts::read(
            "running 3 tests
test a ... ok
test b ... FAILED
test c ... ignored

successes:

---- a stdout ----
not tested: needs libarchive 3.8.0

test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s
test result: ok. 20 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s
",
        );
        assert_eq!(
            counts,
            Counts {
                passed: 21,
                failed: 1,
                ignored: 1,
                failures: BTreeSet::from(["b".to_owned()]),
                not_tested: BTreeSet::from(["a: not tested: needs libarchive 3.8.0".to_owned()]),
            }
        );
    }
}
