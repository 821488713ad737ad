//! Compares anyarchive with other programs and crates at the same tasks; see `benches/README.md`.

mod archives;
mod chart;
mod corpus;
mod machine;
mod meter;
mod peers;
mod report;
mod results;
mod run;
mod scratch;
mod syscalls;
mod tree;

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process,
};

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};

/// Measure anyarchive and others at the same tasks, and write docs/performance.md
///
/// Corpora and archives are made first and kept for the next time. Each result is verified. What
/// was measured is kept too: with --only, the report has the earlier figures of everything else,
/// each with its commit.
#[derive(Debug, Parser)]
#[command(name = "compare")]
pub(crate) struct Args {
    /// What to do
    #[arg(value_enum, default_values_t = [Step::Prepare, Step::Time, Step::Memory, Step::Calls, Step::Report])]
    steps: Vec<Step>,

    /// How often each command runs; all take turns
    #[arg(long, value_name = "N", default_value_t = 5)]
    rounds: usize,

    /// Small corpora, for trying things out; the report does not go to docs
    #[arg(long)]
    small: bool,

    /// Only tasks whose name has these parts, such as extract/small-20000/tar.gz, large-512/tar or
    /// create; can be repeated
    #[arg(long, value_name = "PARTS")]
    only: Vec<String>,

    /// Only these competitors, such as bsdtar; can be repeated
    #[arg(long, value_name = "NAME")]
    peer: Vec<String>,

    /// Seconds after which a command is ended and counts as failed
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    time_limit: u64,

    /// File system in memory to work on
    #[arg(long, value_name = "DIR", default_value = "/dev/shm")]
    scratch: PathBuf,

    /// Where corpora's archives and results are kept [default: target/compare beside Cargo.lock]
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,

    /// Use the programs that were built before
    #[arg(long)]
    no_build: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// Make the archives
    Prepare,
    /// Extraction and creation
    Time,
    /// Peak memory for few and for many entries
    Memory,
    /// System calls per file
    Calls,
    /// Write the table and the chart
    Report,
}

/// Where things are.
pub(crate) struct Places {
    pub(crate) repository: PathBuf,
    pub(crate) benches: PathBuf,
    pub(crate) keep: PathBuf,
}

impl Places {
    fn new(args: &Args) -> Result<Self> {
        let benches = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        let benches = benches.context("the workspace of the benches")?;
        let repository = benches.parent().context("the repository")?;
        let size = if args.small {
            "compare-small"
        } else {
            "compare"
        };
        let keep = match &args.keep {
            Some(keep) => keep.clone(),
            None => benches.join("target").join(size),
        };
        std::fs::create_dir_all(&keep)?;
        Ok(Self {
            repository: repository.to_path_buf(),
            benches: benches.to_path_buf(),
            keep: keep.canonicalize()?,
        })
    }

    pub(crate) fn results(&self) -> PathBuf {
        self.keep.join("results.json")
    }
}

fn main() -> Result<()> {
    let mut raw = env::args_os().skip(1);
    if raw.next().is_some_and(|first| first == "meter") {
        return meter::main(&raw.collect::<Vec<OsString>>());
    }
    let args = Args::parse();
    let places = Places::new(&args)?;
    let measures = args.steps.iter().any(|step| *step != Step::Report);
    if measures {
        let scratch = scratch::Scratch::new(&args.scratch)?;
        let path = scratch.path().to_path_buf();
        ctrlc::set_handler(move || {
            meter::stop();
            let _ = std::fs::remove_dir_all(&path);
            process::exit(130);
        })?;
        run::run(&args, &places, &scratch)?;
    }
    if args.steps.contains(&Step::Report) {
        let docs = if args.small {
            places.keep.clone()
        } else {
            places.repository.join("docs")
        };
        report::write(&results::Results::load(&places.results())?, &places, &docs)?;
    }
    Ok(())
}
