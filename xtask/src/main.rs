//! Tasks of the workspace: `cargo xtask --help` lists them.

mod binary_dependencies;
mod bindings;
mod capi;
mod check;
mod cmd;
mod cold_build;
mod coverage;
mod cpu;
mod cross;
mod demo;
mod elf;
mod ffi_circle;
mod fuzz;
mod guide;
mod languages;
mod link_check;
mod link_matrix;
mod linkage;
mod release;
mod repo;
mod sanitize;
mod test;
mod test_counts;
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
    Test(test::Args),
    Demo(demo::Args),
    Linkage(linkage::Args),
    BinaryDependencies(binary_dependencies::Args),
    Bindings(bindings::Args),
    Capi(capi::Args),
    Languages(languages::Args),
    Coverage(coverage::Args),
    FfiCircle(ffi_circle::Args),
    Fuzz(fuzz::Args),
    Guide(guide::Args),
    Release(release::Args),
    Sanitize(sanitize::Args),
    Throughput(languages::throughput::Args),
    /// Build several crates on archive-sys together: one copy of everything, nothing exported.
    LinkCheck,
    LinkMatrix(link_matrix::Args),
    ColdBuild(cold_build::Args),
    Cross(cross::Args),
    /// Check the rules of this repository that no compiler knows.
    Check,
}

fn main() -> ExitCode {
    let repo = Repo::current();
    let result = match Cli::parse().task {
        Task::Vendor(args) => vendor::run(&repo, &args),
        Task::Test(args) => test::run(&repo, &args),
        Task::Demo(args) => demo::run(&repo, &args),
        Task::Linkage(args) => linkage::run(&args),
        Task::BinaryDependencies(args) => binary_dependencies::run(&repo, &args),
        Task::Bindings(args) => bindings::run(&repo, &args),
        Task::Capi(args) => capi::run(&repo, &args),
        Task::Languages(args) => languages::run(&repo, &args),
        Task::Coverage(args) => coverage::run(&repo, &args),
        Task::FfiCircle(args) => ffi_circle::run(&repo, &args),
        Task::Fuzz(args) => fuzz::run(&repo, &args),
        Task::Guide(args) => guide::run(&repo, &args),
        Task::Release(args) => release::run(&repo, &args),
        Task::Sanitize(args) => sanitize::run(&repo, &args),
        Task::Throughput(args) => languages::throughput::run(&repo, &args),
        Task::LinkCheck => link_check::run(&repo),
        Task::LinkMatrix(args) => link_matrix::run(&repo, &args),
        Task::ColdBuild(args) => cold_build::run(&repo, &args),
        Task::Cross(args) => cross::run(&repo, &args),
        Task::Check => check::run(&repo),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
