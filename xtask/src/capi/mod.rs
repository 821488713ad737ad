//! `cargo xtask capi`: the C interface as C programs get it.

mod abi;
#[cfg(feature = "capi-header")]
mod header;
mod install;

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::repo::Repo;

pub(crate) use abi::declared;

/// Make the header of the C interface, or install it with the libraries.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, clap::Subcommand)]
enum Task {
    /// Generate anyarchive-capi/include/anyarchive.h from the code.
    Header {
        /// Compare with the committed file instead of writing it.
        #[arg(long)]
        check: bool,
    },
    /// List what compiled programs rely on in anyarchive-capi/abi.txt, from the header.
    Abi {
        /// Compare with the committed file instead of writing it.
        #[arg(long)]
        check: bool,
    },
    /// Build the shared and the static library and install them with header and pkg-config file.
    Install {
        /// Where to: its lib, include and lib/pkgconfig are made.
        #[arg(long, value_name = "DIR")]
        prefix: PathBuf,
        /// Build without optimisation.
        #[arg(long)]
        debug: bool,
        /// Let the static library have no global names but those of the header (needs ld and objcopy).
        #[arg(long)]
        private_static: bool,
    },
}

/// Runs the command.
pub(crate) fn run(repo: &Repo, args: &Args) -> Result<()> {
    match &args.task {
        Task::Header { check } => header(repo, *check),
        Task::Abi { check } => abi(repo, *check),
        Task::Install {
            prefix,
            debug,
            private_static,
        } => install(repo, prefix, *debug, *private_static),
    }
}

/// Writes or compares the list of what programs rely on.
pub(crate) fn abi(repo: &Repo, check: bool) -> Result<()> {
    abi::run(repo, check)
}

/// Installs the library.
pub(crate) fn install(repo: &Repo, prefix: &Path, debug: bool, private_static: bool) -> Result<()> {
    install::run(repo, prefix, debug, private_static)
}

#[cfg(feature = "capi-header")]
pub(crate) fn header(repo: &Repo, check: bool) -> Result<()> {
    header::run(repo, check)
}

/// Starts this program again, with the feature: few ever need cbindgen.
#[cfg(not(feature = "capi-header"))]
pub(crate) fn header(repo: &Repo, check: bool) -> Result<()> {
    let mut cargo = crate::cmd::cargo();
    cargo
        .current_dir(repo.root())
        .args(["run", "--quiet", "--profile", "xtask", "--package", "xtask"])
        .args(["--features", "capi-header", "--", "capi", "header"]);
    if check {
        cargo.arg("--check");
    }
    crate::cmd::run(&mut cargo)
}
