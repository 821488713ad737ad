//! `cargo xtask languages`: the library as programs in other languages use it.

mod exports;
mod go;
mod loading;
mod native;
mod node;
mod python;
mod ruby;
pub(crate) mod throughput;
mod tools;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail, ensure};

use crate::repo::Repo;
use crate::{capi, cmd};

/// Install the C library into a directory of its own and run the tests of every language on it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these: header, exports, c, c++, dlopen, python, python-ffi, go, ruby, ruby-ffi, node,
    /// node-koffi.
    #[arg(value_name = "NAME")]
    only: Vec<String>,
    /// Fail when this one, or any of `all`, cannot be tested here.
    #[arg(long, value_name = "NAME")]
    require: Vec<String>,
    /// Install what is missing, by apt-get.
    #[arg(long)]
    install: bool,
    /// Test libraries that are built with optimisation.
    #[arg(long)]
    release: bool,
}

/// Where things are while the tests run.
struct Ground<'a> {
    repo: &'a Repo,
    /// Where the library is installed.
    prefix: PathBuf,
    /// For what the tests build.
    build: PathBuf,
    install: bool,
    release: bool,
}

/// What came of one consumer.
enum Answer {
    /// This many tests passed.
    Passed(usize),
    /// It cannot run here, for this reason.
    Skipped(String),
}

/// One consumer: its name, and what tests it.
type Consumer = (&'static str, fn(&Ground<'_>, &mut Report) -> Result<()>);

const CONSUMERS: [Consumer; 12] = [
    ("header", native::header),
    ("exports", exports::run),
    ("c", native::c),
    ("c++", native::cpp),
    ("dlopen", loading::run),
    ("python", python::package),
    ("python-ffi", python::ffi),
    ("go", go::run),
    ("ruby", ruby::gem),
    ("ruby-ffi", ruby::ffi),
    ("node", node::package),
    ("node-koffi", node::koffi),
];

/// One line for each thing that was tested.
#[derive(Default)]
struct Report {
    tests: usize,
    skipped: usize,
}

impl Report {
    fn line(&mut self, name: &str, answer: Answer) {
        match answer {
            Answer::Passed(tests) => {
                self.tests += tests;
                println!("{name:<44} {tests:>5} passed");
            }
            Answer::Skipped(why) => {
                self.skipped += 1;
                println!("{name:<44} skipped: {why}");
            }
        }
    }
}

/// All that can be tested here; what cannot is named.
pub(crate) fn here(repo: &Repo) -> Result<()> {
    let args = Args {
        only: Vec::new(),
        require: Vec::new(),
        install: false,
        release: false,
    };
    run(repo, &args)
}

/// Runs the command.
pub(crate) fn run(repo: &Repo, args: &Args) -> Result<()> {
    ensure!(cfg!(unix), "the tests of the languages need Unix");
    let known: BTreeSet<&str> = CONSUMERS.iter().map(|(name, _)| *name).collect();
    for name in args.only.iter().chain(&args.require) {
        ensure!(
            known.contains(name.as_str()) || name == "all",
            "no consumer is called {name}"
        );
    }
    let ground = Ground::new(repo, args.install, args.release)?;
    let mut report = Report::default();
    let mut failed = Vec::new();
    for (name, test) in CONSUMERS {
        let among = |names: &[String]| names.iter().any(|it| it == name || it == "all");
        if !args.only.is_empty() && !among(&args.only) {
            continue;
        }
        let skipped = report.skipped;
        let mut result = test(&ground, &mut report);
        if report.skipped > skipped && among(&args.require) {
            result = result.and(Err(anyhow!("it is required, and was skipped")));
        }
        if let Err(error) = result {
            println!("{name:<44} FAILED");
            eprintln!("{name}: {error:#}");
            failed.push(name);
        }
    }
    println!(
        "{} tests passed, {} consumers skipped",
        report.tests, report.skipped
    );
    if !failed.is_empty() {
        bail!("these failed: {}", failed.join(", "));
    }
    Ok(())
}

impl<'a> Ground<'a> {
    /// Installs the library where everything else finds it.
    fn new(repo: &'a Repo, install: bool, release: bool) -> Result<Self> {
        let target = repo.root().join("target/languages");
        let ground = Self {
            repo,
            prefix: target.join("prefix"),
            build: target.join("build"),
            install,
            release,
        };
        for directory in [&ground.prefix, &ground.build] {
            fs::create_dir_all(directory).with_context(|| directory.display().to_string())?;
        }
        capi::install(repo, &ground.prefix, !release, true)?;
        Ok(ground)
    }

    /// An empty directory for what a program writes.
    fn scratch(&self, name: &str) -> Result<PathBuf> {
        let directory = self.build.join(name);
        if directory.exists() {
            fs::remove_dir_all(&directory).with_context(|| directory.display().to_string())?;
        }
        fs::create_dir_all(&directory).with_context(|| directory.display().to_string())?;
        Ok(directory)
    }

    fn lib(&self) -> PathBuf {
        self.prefix.join("lib")
    }

    /// A directory of `languages/`.
    fn language(&self, name: &str) -> PathBuf {
        self.repo.root().join("languages").join(name)
    }

    /// A file of the C interface.
    fn source(&self, path: impl AsRef<Path>) -> PathBuf {
        self.repo.root().join("anyarchive-capi").join(path)
    }
}

/// The number in the last line, which is `N tests`.
fn count(output: &[u8]) -> Result<usize> {
    let text = String::from_utf8_lossy(output);
    let line = text.lines().rfind(|line| !line.trim().is_empty());
    let number = line.and_then(|line| line.strip_suffix(" tests"));
    number
        .and_then(|number| number.parse().ok())
        .filter(|&tests| tests > 0)
        .with_context(|| format!("the last line is not `N tests`: {line:?}"))
}

/// Runs a program whose last line is the number of its tests.
fn run_counted(command: &mut std::process::Command) -> Result<usize> {
    let output = cmd::capture(command)?;
    ensure!(
        output.status.success(),
        "`{}`: {}",
        cmd::text(command),
        cmd::errors(&output)
    );
    count(&output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_must_say_how_many_tests_they_ran() {
        assert_eq!(count(b"ok this\n7 tests\n").unwrap(), 7);
        for output in ["", "ok\n", "0 tests\n", "7 tests\nok\n", "x tests\n"] {
            assert!(count(output.as_bytes()).is_err(), "{output:?}");
        }
    }
}
