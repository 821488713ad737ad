//! `cargo xtask bindings`: the Rust side of libarchive's headers, as committed in `archive-sys`.
//!
//! Everything but this file is behind the feature `bindings`, because bindgen takes longer to
//! compile than the rest of this program, and few ever run it.

#[cfg(feature = "bindings")]
mod generate;
#[cfg(feature = "bindings")]
#[path = "../../../archive-sys/build/generate/mod.rs"]
mod headers;

use anyhow::Result;

use crate::repo::Repo;

/// Generate `archive-sys/src/bindings.rs` from the headers of the first release in the lock.
///
/// Needs libclang (on Debian: apt-get install libclang-dev) and rustfmt.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Compare with the committed file instead of writing it.
    #[arg(long)]
    check: bool,
}

#[cfg(feature = "bindings")]
pub(crate) fn run(repo: &Repo, args: &Args) -> Result<()> {
    let version = crate::vendor::ensure_first(repo, false)?;
    generate::run(repo, &version, args.check)
}

/// Starts this program again, with the feature.
#[cfg(not(feature = "bindings"))]
pub(crate) fn run(repo: &Repo, args: &Args) -> Result<()> {
    let mut cargo = crate::cmd::cargo();
    cargo
        .current_dir(repo.root())
        .args(["run", "--quiet", "--profile", "xtask", "--package", "xtask"])
        .args(["--features", "bindings", "--", "bindings"]);
    if args.check {
        cargo.arg("--check");
    }
    crate::cmd::run(&mut cargo)
}
