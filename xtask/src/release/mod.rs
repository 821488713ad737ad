//! `cargo xtask release`: makes the packages and proves that they are enough.

mod downstream;
mod package;
mod stage;

use std::fs;

use anyhow::{Context as _, Result, ensure};

use crate::repo::Repo;
use crate::{cmd, vendor};

/// Make the packages for crates.io, and build and run a program on them, offline.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Publish nothing. Required: publishing is done by hand, with what this made.
    #[arg(long, required = true)]
    dry_run: bool,
    /// Package the files as they are, not only what is committed.
    #[arg(long)]
    allow_dirty: bool,
}

/// What is published, in this order: each needs those before it.
const CRATES: [&str; 3] = ["archive-sys", "anyarchive", "anyarchive-cli"];

/// crates.io takes ten times as much; ours has no reason to.
const MAX_CRATE_BYTES: u64 = 1_500_000;

/// Runs the command.
pub(crate) fn run(repo: &Repo, args: &Args) -> Result<()> {
    ensure!(
        cmd::has_c_compiler(),
        "missing: {}",
        cmd::INSTALL_C_COMPILER
    );
    // Far from the workspace, so that nothing of it is found by accident.
    let scratch = tempfile::tempdir().context("cannot make a temporary directory")?;
    let stage = Repo::at(&scratch.path().join("stage"));
    stage::clone(repo, &stage, args.allow_dirty)?;
    let source = vendor::copy_best(repo, &stage)?;
    println!(
        "libarchive {}: tree digest {} is that of vendor/lock.toml",
        source.version, source.tree_digest
    );
    stage::add_what_git_has_elsewhere(&stage)?;

    let packages = package::make(&stage)?;
    let downstream = scratch.path().join("downstream");
    for package in &packages {
        package.unpack(&downstream)?;
        package.check(&downstream, &source)?;
        println!("{package}");
    }
    downstream::prove(repo, &downstream, &packages)?;

    let kept = repo.root().join("target/package");
    fs::create_dir_all(&kept).with_context(|| format!("cannot make {}", kept.display()))?;
    for package in &packages {
        package.keep(&kept)?;
    }
    println!(
        "the packages are in {}; nothing was published",
        repo.display(&kept)
    );
    Ok(())
}
