//! A copy of the repository with everything that packages hold.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use super::CRATES;
use crate::cmd;
use crate::repo::Repo;

/// Clones what is committed, which has to be everything; a clone keeps the commit's name in the
/// packages.
pub(super) fn clone(repo: &Repo, stage: &Repo, allow_dirty: bool) -> Result<()> {
    let changed = git(repo, &["status", "--porcelain"])?;
    if !changed.is_empty() && !allow_dirty {
        bail!(
            "not committed, so it would be missing from the packages (or use --allow-dirty):\n{}",
            changed.trim_end()
        );
    }
    let mut clone = Command::new("git");
    clone
        .args(["clone", "--quiet", "--shared"])
        .arg(repo.root())
        .arg(stage.root());
    cmd::run(&mut clone)?;
    let (ours, theirs) = (
        git(repo, &["rev-parse", "HEAD"])?,
        git(stage, &["rev-parse", "HEAD"])?,
    );
    ensure!(ours == theirs, "the clone is at {theirs}, not {ours}");
    if changed.is_empty() {
        println!("packaging commit {}", ours.trim_end());
        return Ok(());
    }
    println!("packaging commit {} with local changes", ours.trim_end());
    let listing = git(
        repo,
        &["ls-files", "--cached", "--others", "--exclude-standard"],
    )?;
    for name in listing.lines() {
        let from = repo.root().join(name);
        // Deleted, but still known to git.
        if from.is_file() {
            copy(&from, &stage.root().join(name))?;
        } else if stage.root().join(name).is_file() {
            fs::remove_file(stage.root().join(name)).with_context(|| name.to_owned())?;
        }
    }
    Ok(())
}

/// Copies into each crate what the repository has once: the licences, and the configuration of the
/// C source.
pub(super) fn add_what_git_has_elsewhere(stage: &Repo) -> Result<()> {
    let root = stage.root();
    for name in CRATES {
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            copy(&root.join(licence), &root.join(name).join(licence))?;
        }
    }
    let config = root.join("vendor/config");
    let listing =
        fs::read_dir(&config).with_context(|| format!("cannot read {}", config.display()))?;
    for file in listing {
        let file = file?;
        let destination = root.join("archive-sys/vendor/config");
        copy(&file.path(), &destination.join(file.file_name()))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    to.parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::copy(from, to))
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

/// What git prints.
fn git(repo: &Repo, arguments: &[&str]) -> Result<String> {
    let mut git = Command::new("git");
    git.args(["-c", "core.quotePath=false"])
        .args(arguments)
        .current_dir(repo.root());
    let output = cmd::capture(&mut git)?;
    ensure!(
        output.status.success(),
        "`{}` failed: {}",
        cmd::text(&git),
        cmd::last_words(&output)
    );
    String::from_utf8(output.stdout).context("a file name is not UTF-8")
}
