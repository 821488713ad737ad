//! The test programs of the workspace, as cargo builds them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::cmd;
use crate::repo::Repo;

/// One test program.
#[derive(Debug)]
pub(super) struct Program {
    /// `directory::target` or, for the tests inside a library or program, `directory`; the root's have
    /// no directory.
    pub(super) name: String,
    pub(super) file: PathBuf,
    /// Of its package: where it is to be run.
    pub(super) directory: PathBuf,
}

#[derive(Deserialize)]
struct Message {
    reason: String,
    manifest_path: Option<PathBuf>,
    target: Option<Target>,
    profile: Option<Profile>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// Builds them below `target`: those with these names, or all.
pub(super) fn build(
    repo: &Repo,
    target: &Path,
    names: &[String],
    settings: impl Fn(&mut Command),
) -> Result<Vec<Program>> {
    let cargo = |arguments: &[&str]| {
        let mut cargo = cmd::cargo();
        cargo.args(arguments).current_dir(repo.root());
        // The tasks are neither the product nor what touches C. The same packages each time, so that
        // their dependencies get the same features.
        cargo.args(["--workspace", "--exclude", "xtask"]);
        settings(cargo.env("CARGO_TARGET_DIR", target));
        cargo
    };
    // `tests/examples.rs` runs them.
    if names.is_empty() || names.iter().any(|name| name == "examples") {
        cmd::run(&mut cargo(&["build", "--examples"]))?;
    }
    let mut tests = cargo(&[
        "test",
        "--no-run",
        "--message-format=json-render-diagnostics",
    ]);
    match names {
        [] => tests.arg("--tests"),
        names => tests.args(names.iter().map(|name| format!("--test={name}"))),
    };
    let output = cmd::capture(tests.stderr(Stdio::inherit()))?;
    ensure!(output.status.success(), "`{}` failed", cmd::text(&tests));
    let mut programs = Vec::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let message: Message = serde_json::from_str(line).context("a message of cargo")?;
        programs.extend(message.program(repo));
    }
    programs.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(programs)
}

impl Message {
    fn program(self, repo: &Repo) -> Option<Program> {
        let (target, file) = (self.target?, self.executable?);
        if self.reason != "compiler-artifact" || !self.profile?.test {
            return None;
        }
        let directory = self.manifest_path?.parent()?.to_owned();
        let mut name = repo.display(&directory).to_string();
        let is_test = target.kind.iter().any(|kind| kind == "test");
        if directory == repo.root() {
            name = target.name;
        } else if is_test {
            name = format!("{name}::{}", target.name);
        }
        Some(Program {
            // A file of its log is named like it.
            name: name.replace('/', "-"),
            file,
            directory,
        })
    }
}
