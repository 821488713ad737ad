//! The program of `tests/link/matrix`, outside the workspace, and the samples it reads.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::cmd;
use crate::repo::Repo;

pub(crate) struct Fixture {
    /// Its package.
    pub(crate) directory: PathBuf,
    samples: PathBuf,
}

/// What the program printed: a key, a tab, a value on each line.
pub(crate) struct Said(String);

impl Said {
    pub(crate) fn value(&self, key: &str) -> String {
        self.0
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('\t'))
            .unwrap_or_default()
            .to_owned()
    }
}

impl Fixture {
    /// Writes the package, with the crates of this checkout in the place of the published ones, and
    /// the samples.
    pub(crate) fn write(repo: &Repo, dir: &Path) -> Result<Self> {
        let samples = dir.join("samples");
        if !samples.join("sample-aes256.zip").is_file() {
            let mut cargo = cmd::cargo();
            cargo
                .args(["run", "--quiet", "--example", "make_samples", "--"])
                .arg(&samples)
                .current_dir(repo.root());
            let output = cmd::capture(cmd::without_settings(&mut cargo))?;
            ensure!(output.status.success(), "{}", cmd::errors(&output));
        }
        let fixture = repo.root().join("tests/link/matrix");
        let directory = dir.join("program");
        fs::create_dir_all(directory.join("src"))?;
        for file in ["build.rs", "src/main.rs"] {
            fs::copy(fixture.join(file), directory.join(file)).with_context(|| file.to_owned())?;
        }
        let mut manifest = fs::read_to_string(fixture.join("Cargo.toml"))?;
        manifest.push_str("\n[patch.crates-io]\n");
        for name in ["archive-sys", "anyarchive"] {
            let path = repo.root().join(name);
            manifest.push_str(&format!("{name} = {{ path = {path:?} }}\n"));
        }
        fs::write(directory.join("Cargo.toml"), manifest)?;
        // The versions that are here already.
        fs::copy(repo.root().join("Cargo.lock"), directory.join("Cargo.lock"))?;
        Ok(Self { directory, samples })
    }

    /// Runs the program, which `words` start, on a plain and an encrypted archive.
    pub(crate) fn run(&self, words: &[&str], settings: &[(String, String)]) -> Result<Said> {
        let (first, more) = words.split_first().context("a program")?;
        let mut run = Command::new(first);
        run.args(more)
            .arg(self.samples.join("sample.tar.zst"))
            .arg(self.samples.join("sample-aes256.zip"))
            .arg("anyarchive")
            .envs(settings.iter().cloned());
        let output = cmd::capture(&mut run)?;
        ensure!(output.status.success(), "{}", cmd::errors(&output));
        Ok(Said(String::from_utf8(output.stdout)?))
    }
}
