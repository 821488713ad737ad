//! The program outside the workspace: linked one way, run, and looked at.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::ways::Way;
use super::{Row, Settings};
use crate::repo::Repo;
use crate::{cmd, cpu};

pub(super) const HEAD: &str = "\
| release | mode | at run time | NEEDED | tar.zst | AES ZIP | exported archive_*: program, library | CPU s | bytes |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |";

pub(super) struct Program {
    directory: PathBuf,
    target: PathBuf,
    samples: PathBuf,
    /// What the first way read of both samples, which all others have to read too.
    read: Option<[String; 2]>,
}

impl Program {
    /// Writes the fixture, with the crates of this checkout in the place of the published ones, and
    /// the samples.
    pub(super) fn new(repo: &Repo, dir: &Path) -> Result<Self> {
        let samples = dir.join("samples");
        if !samples.join("sample-aes256.zip").is_file() {
            let mut cargo = cmd::cargo();
            cargo
                .args(["run", "--quiet", "--example", "make_samples", "--"])
                .arg(&samples)
                .current_dir(repo.root());
            cmd::run(cmd::without_settings(&mut cargo))?;
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
        Ok(Self {
            directory,
            target: dir.join("target"),
            samples,
            read: None,
        })
    }

    /// Links it that way, runs it and looks at it.
    pub(super) fn try_way(&mut self, way: &Way, release: &str, settings: &Settings) -> Result<Row> {
        let before = cpu::of_children()?;
        let features: Vec<String> = way
            .features
            .split(',')
            .map(|feature| format!("anyarchive/{feature}"))
            .collect();
        let mut cargo = cmd::cargo();
        cmd::without_settings(&mut cargo)
            .args(["build", "--quiet", "--features", &features.join(",")])
            .envs(settings.iter().cloned())
            .env("CARGO_TARGET_DIR", &self.target)
            .current_dir(&self.directory);
        let output = cmd::capture(&mut cargo)?;
        ensure!(output.status.success(), "{}", cmd::errors(&output));
        let seconds = cpu::of_children()? - before;

        let program = self.target.join("debug/matrix");
        let mut run = Command::new(&program);
        run.arg(self.samples.join("sample.tar.zst"))
            .arg(self.samples.join("sample-aes256.zip"))
            .arg("anyarchive")
            .envs(settings.iter().cloned());
        let output = cmd::capture(&mut run)?;
        ensure!(output.status.success(), "{}", cmd::last_words(&output));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let value = |key: &str| {
            said.lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('\t'))
                .unwrap_or_default()
                .to_owned()
        };
        let (version, linked) = (value("version"), value("linked"));
        let library = PathBuf::from(value("file"));
        let needed = needed(&program)?;
        let exports = [exported(&program)?, exported(&library)?];
        let read = [value("plain"), value("encrypted")];

        ensure!(
            version.split_whitespace().last() == Some(release) || release == "-",
            "{version} at run time, not {release}"
        );
        ensure!(linked.starts_with(way.kind), "{linked}, not {}", way.kind);
        let has_it = needed.iter().any(|name| name.contains("archive.so"));
        ensure!(has_it == (way.kind == "dylib"), "NEEDED has {needed:?}");
        ensure!(exports[0] == 0, "the program exports {}", exports[0]);
        let first = self.read.get_or_insert_with(|| read.clone());
        ensure!(read == *first, "read {read:?}, the first way {first:?}");

        let text = format!(
            "| {release} | {} | {version}, {linked} | {} | {} | {} | {}, {} | {seconds:.1} | {} |",
            way.name,
            needed.join(" "),
            read[0],
            read[1],
            exports[0],
            if library == program {
                "-".to_owned()
            } else {
                exports[1].to_string()
            },
            fs::metadata(&program)?.len(),
        );
        Ok(Row { text, library })
    }
}

/// The shared libraries that a program names.
fn needed(program: &Path) -> Result<Vec<String>> {
    let output = cmd::capture(Command::new("readelf").arg("-d").arg(program))?;
    ensure!(
        output.status.success(),
        "readelf: {}",
        cmd::last_words(&output)
    );
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text
        .lines()
        .filter(|line| line.contains("(NEEDED)"))
        .filter_map(|line| Some(line.split_once('[')?.1.trim_end_matches(']').to_owned()))
        .collect())
}

/// How many functions `archive_*` an object exports.
fn exported(object: &Path) -> Result<usize> {
    let mut nm = Command::new("nm");
    let output = cmd::capture(nm.args(["--dynamic", "--defined-only"]).arg(object))?;
    ensure!(output.status.success(), "nm: {}", cmd::last_words(&output));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text
        .lines()
        .filter_map(|line| line.split_whitespace().last())
        .filter(|name| name.starts_with("archive_"))
        .count())
}
