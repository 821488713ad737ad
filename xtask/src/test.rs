//! `cargo xtask test`: everything continuous integration runs, in its order.

use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::cmd;
use crate::repo::Repo;
use crate::{
    binary_dependencies, check, coverage, ffi_circle, guide, languages, link_check, vendor,
};

/// Run everything that continuous integration runs.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Leave out clippy, the documentation and the link check.
    #[arg(long)]
    fast: bool,
}

/// One thing to do, under its own heading.
struct Step<'a> {
    name: String,
    work: Box<dyn Fn() -> Result<()> + 'a>,
}

/// Runs the command; the last output is the test runner's own summary.
pub(crate) fn run(repo: &Repo, args: &Args) -> Result<()> {
    require_tools(args)?;
    let steps = steps(repo, args);
    let begin = Instant::now();
    for (index, step) in steps.iter().enumerate() {
        let number = index + 1;
        println!(
            "\n==> [{number}/{}] {} ({} s)",
            steps.len(),
            step.name,
            begin.elapsed().as_secs()
        );
        let step_begin = Instant::now();
        (step.work)().with_context(|| {
            format!(
                "step {number}, {}, after {:.1} s; the steps behind it did not run",
                step.name,
                step_begin.elapsed().as_secs_f64()
            )
        })?;
        if number < steps.len() {
            println!("    {:.1} s", step_begin.elapsed().as_secs_f64());
        }
    }
    Ok(())
}

fn steps<'a>(repo: &'a Repo, args: &Args) -> Vec<Step<'a>> {
    let mut steps: Vec<Step<'a>> = Vec::new();
    let mut add = |name: &str, work: Box<dyn Fn() -> Result<()> + 'a>| {
        steps.push(Step {
            name: name.to_owned(),
            work,
        });
    };
    let cargo = |arguments: &'static [&'static str], environment: (&'static str, &'static str)| {
        let work = move || {
            let mut command = cmd::cargo();
            command.args(arguments).env(environment.0, environment.1);
            cmd::run(command.current_dir(repo.root()))
        };
        Box::new(work) as Box<dyn Fn() -> Result<()> + 'a>
    };
    let as_is = ("CARGO_TERM_QUIET", "true");

    add(
        "C source and reference archives",
        Box::new(|| vendor::ensure_first(repo, true).map(drop)),
    );
    add("rules of the repository", Box::new(|| check::run(repo)));
    add(
        "coverage of the C library",
        Box::new(|| coverage::check(repo)),
    );
    add("snippets of the guide", Box::new(|| guide::check(repo)));
    add("formatting", cargo(&["fmt", "--all", "--check"], as_is));
    if !args.fast {
        add(
            "clippy",
            cargo(
                &[
                    "clippy",
                    "--workspace",
                    "--all-targets",
                    "--",
                    "-D",
                    "warnings",
                ],
                as_is,
            ),
        );
        add(
            "documentation",
            cargo(
                &["doc", "--quiet", "--workspace", "--no-deps"],
                ("RUSTDOCFLAGS", "-Dwarnings"),
            ),
        );
        add(
            "one copy of everything, nothing exported",
            Box::new(|| link_check::run(repo)),
        );
        add(
            "what is built needs and bundles",
            Box::new(|| binary_dependencies::check(repo)),
        );
        if cfg!(unix) {
            add(
                "the installed C library, from every language here",
                Box::new(|| languages::here(repo)),
            );
        }
        if cfg!(target_os = "linux") {
            add(
                "one archive around the circle of languages",
                Box::new(|| ffi_circle::here(repo)),
            );
        }
    }
    add(
        "examples in the documentation",
        cargo(&["test", "--doc", "--workspace"], as_is),
    );
    let tests: &[&str] = if has_component("nextest") {
        &["nextest", "run", "--workspace"]
    } else {
        &[
            "test",
            "--workspace",
            "--lib",
            "--bins",
            "--tests",
            "--examples",
        ]
    };
    add("tests, UTF-8 locale", cargo(tests, ("LC_ALL", "C.UTF-8")));
    add("tests, C locale", cargo(tests, ("LC_ALL", "C")));
    steps
}

/// Names every missing tool at once, with what installs it.
fn require_tools(args: &Args) -> Result<()> {
    let mut missing = Vec::new();
    if !has_component("fmt") {
        missing.push("cargo fmt: rustup component add rustfmt");
    }
    if !args.fast && !has_component("clippy") {
        missing.push("cargo clippy: rustup component add clippy");
    }
    if !cmd::has_c_compiler() {
        missing.push(cmd::INSTALL_C_COMPILER);
    }
    if cmd::find_program("git").is_none() {
        missing.push("git: apt-get install git");
    }
    if !missing.is_empty() {
        bail!(
            "missing tools, install them and run again:\n  {}",
            missing.join("\n  ")
        );
    }
    Ok(())
}

fn has_component(name: &str) -> bool {
    let mut cargo = cmd::cargo();
    cmd::capture(cargo.args([name, "--version"])).is_ok_and(|output| output.status.success())
}
