//! The program outside the workspace: linked one way, run, and looked at.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::fixture::Fixture;
use super::ways::Way;
use super::{Row, Settings};
use crate::repo::Repo;
use crate::{cmd, cpu};

pub(super) const HEAD: &str = "\
| release | mode | at run time | NEEDED | tar.zst | AES ZIP | exported archive_*: program, library | CPU s | bytes |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |";

pub(super) struct Program {
    fixture: Fixture,
    target: PathBuf,
    /// What the first way read of both samples, which all others have to read too.
    read: Option<[String; 2]>,
}

impl Program {
    pub(super) fn new(repo: &Repo, dir: &Path) -> Result<Self> {
        Ok(Self {
            fixture: Fixture::write(repo, dir)?,
            target: dir.join("target"),
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
            .current_dir(&self.fixture.directory);
        let output = cmd::capture(&mut cargo)?;
        ensure!(output.status.success(), "{}", cmd::errors(&output));
        let seconds = cpu::of_children()? - before;

        let program = self.target.join("debug/matrix");
        let said = self
            .fixture
            .run(&[&program.display().to_string()], settings)?;
        let value = |key| said.value(key);
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
