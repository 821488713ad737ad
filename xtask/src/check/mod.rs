//! `cargo xtask check`: rules of this repository that no compiler knows.

mod files;
mod unsafe_code;

use std::fmt;
use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::cmd;
use crate::repo::Repo;

/// A file of the repository, as it is in the checkout.
struct File {
    /// Path from the root of the checkout, with `/`.
    path: String,
    bytes: Vec<u8>,
}

impl File {
    /// The contents, when they are text.
    fn text(&self) -> Option<&str> {
        let text = str::from_utf8(&self.bytes).ok()?;
        (!text.contains('\0')).then_some(text)
    }

    /// Written by a program, which says so in the first lines.
    fn is_generated(&self) -> bool {
        let text = self.text().unwrap_or_default();
        text.lines().take(5).any(|line| line.contains("@generated"))
    }
}

/// A broken rule.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    /// Counted from one; `None` when it is about the whole file.
    line: Option<usize>,
    rule: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.rule),
            None => write!(f, "{}: {}", self.path, self.rule),
        }
    }
}

/// Runs the command: every finding on a line of its own, then success or failure.
pub(crate) fn run(repo: &Repo) -> Result<()> {
    let files = files_of(repo)?;
    let mut findings = Vec::new();
    for file in &files {
        findings.extend(files::check(file));
        findings.extend(unsafe_code::check(file)?);
    }
    for finding in &findings {
        eprintln!("{finding}");
    }
    if !findings.is_empty() {
        bail!(
            "{} rule(s) of the repository broken, see above",
            findings.len()
        );
    }
    println!("{} files keep the rules of the repository", files.len());
    Ok(())
}

/// What git has or would add: ignored files are not the repository's.
fn files_of(repo: &Repo) -> Result<Vec<File>> {
    let mut git = Command::new("git");
    git.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ])
    .current_dir(repo.root());
    let output = cmd::capture(&mut git).context("install git to check the repository")?;
    if !output.status.success() {
        bail!(
            "git cannot list the files of the checkout: {}",
            cmd::last_words(&output)
        );
    }
    let mut files = Vec::new();
    for name in output
        .stdout
        .split(|&byte| byte == 0)
        .filter(|name| !name.is_empty())
    {
        let path = str::from_utf8(name)
            .context("a file name is not UTF-8")?
            .to_owned();
        let full = repo.root().join(&path);
        // Deleted but not yet committed, or a symbolic link: nothing to read.
        if fs::symlink_metadata(&full).is_ok_and(|metadata| metadata.is_file()) {
            let bytes = fs::read(&full).with_context(|| format!("cannot read {path}"))?;
            files.push(File { path, bytes });
        }
    }
    Ok(files)
}
