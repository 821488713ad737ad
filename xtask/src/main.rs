//! Tasks of the workspace: `cargo xtask --help` lists them.

mod cmd;
mod repo;
mod vendor;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use repo::Repo;

/// Tasks of the anyarchive workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    Vendor(vendor::Args),
}

fn main() -> ExitCode {
    let repo = Repo::current();
    let result = match Cli::parse().task {
        Task::Vendor(args) => vendor::run(&repo, &args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
