//! `cargo xtask sanitize`: the test suites under a tool that watches memory or threads.

mod left_out;
mod programs;
mod tool;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};

use crate::cmd;
use crate::repo::Repo;
use crate::test_counts::Counts;
use crate::vendor;
use programs::Program;
use tool::Tool;

/// Run the test suites under a tool that watches memory or threads.
///
/// Documentation tests, and tests that only build other programs, are left out.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What watches.
    #[arg(value_enum, default_value_t = Tool::Address)]
    tool: Tool,
    /// Which libarchive is used.
    #[arg(long, value_enum, default_value_t = Release::Vendored)]
    release: Release,
    /// Only these test programs, named as in `cargo test --test NAME`.
    #[arg(long = "test", value_name = "NAME")]
    tests: Vec<String>,
    /// Arguments of the test programs, as behind the `--` of `cargo test`: names of tests.
    #[arg(last = true)]
    filter: Vec<String>,
}

/// The library that the tests use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Release {
    /// The newest one, built here.
    Vendored,
    /// The system's, which only valgrind can watch.
    System,
}

/// Runs the command.
pub(crate) fn run(repo: &Repo, args: &Args) -> Result<()> {
    if args.release == Release::System && args.tool != Tool::Valgrind {
        bail!(
            "the system's library was not compiled for a sanitizer: cargo xtask sanitize valgrind \
             --release system"
        );
    }
    if let Some(missing) = args.tool.missing() {
        println!("not run: {missing}");
        return Ok(());
    }
    let version = vendor::ensure_first(repo, true)?;
    let version = match args.release {
        Release::Vendored => version,
        Release::System => system_version()?,
    };
    let session = Session::new(repo, args);
    let programs = session.programs()?;
    ensure!(!programs.is_empty(), "there is no such test program");
    if session.tests.is_empty() {
        left_out::check(&programs)?;
    }

    let mut sum = Counts::default();
    let mut findings = Vec::new();
    let mut table = String::new();
    for program in &programs {
        if let Some(reason) = left_out::program(args.tool, &program.name) {
            println!("left out: {}: {reason}", program.name);
            continue;
        }
        let result = session.run(program)?;
        let counts = &result.counts;
        if !result.ok {
            findings.push(program.name.as_str());
        }
        writeln!(
            table,
            "| {} | {} | {} | {} | {} |",
            program.name, counts.passed, counts.failed, counts.ignored, result.seconds
        )?;
        sum.passed += counts.passed;
        sum.failed += counts.failed;
        sum.ignored += counts.ignored;
    }
    print!(
        "\n| tests of | passed | failed | ignored | s |\n| --- | --- | --- | --- | --- |\n{table}"
    );
    println!(
        "\n{:?} over libarchive {version}: {} passed, {} failed, {} ignored; programs with findings: {}",
        args.tool,
        sum.passed,
        sum.failed,
        sum.ignored,
        findings.len()
    );
    ensure!(
        findings.is_empty(),
        "there are findings, told in {}: {}",
        repo.display(&session.logs),
        findings.join(", ")
    );
    ensure!(sum.passed > 0, "no test ran");
    Ok(())
}

fn system_version() -> Result<String> {
    let mut pkg_config = Command::new("pkg-config");
    let output = cmd::capture(pkg_config.args(["--modversion", "libarchive"]))?;
    ensure!(
        output.status.success(),
        "the system's library: apt-get install libarchive-dev pkg-config: {}",
        cmd::last_words(&output)
    );
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// One run of the command.
struct Session<'a> {
    repo: &'a Repo,
    args: &'a Args,
    /// Names of the wanted test programs; of all when empty.
    tests: Vec<String>,
    target: PathBuf,
    logs: PathBuf,
}

/// What came of one test program.
struct Outcome {
    ok: bool,
    counts: Counts,
    seconds: u64,
}

impl<'a> Session<'a> {
    fn new(repo: &'a Repo, args: &'a Args) -> Self {
        // Other flags, other files: none of them is of use to a usual build.
        let name = match (args.tool, args.release) {
            (Tool::Address, _) => "address",
            (Tool::Thread, _) => "thread",
            (Tool::Valgrind, Release::Vendored) => "valgrind",
            (Tool::Valgrind, Release::System) => "valgrind-system",
        };
        let target = repo.root().join("target/sanitize").join(name);
        let mut tests = args.tests.clone();
        if let (true, Some(own)) = (tests.is_empty(), args.tool.programs()) {
            tests.extend(own.iter().copied().map(str::to_owned));
        }
        Self {
            repo,
            args,
            tests,
            logs: target.join("logs"),
            target,
        }
    }

    /// Builds the test programs.
    fn programs(&self) -> Result<Vec<Program>> {
        programs::build(self.repo, &self.target, &self.tests, |cargo| {
            cmd::without_settings(cargo);
            if self.args.release == Release::System {
                cargo.env("ARCHIVE_SYS_SYSTEM", "1");
            }
            self.args.tool.build(cargo);
        })
    }

    /// Runs one of them, with all that it says in a file.
    fn run(&self, program: &Program) -> Result<Outcome> {
        let tool = self.args.tool;
        let log = self.log(program)?;
        println!("==> {}", program.name);
        let mut command = tool.command(self.repo, &program.file);
        for (name, reason) in left_out::tests(tool, &program.name) {
            println!("    left out: {name}: {reason}");
            command.args(["--skip", name]);
        }
        command
            .args(&self.args.filter)
            .arg("--show-output")
            // As cargo does.
            .current_dir(&program.directory)
            .env("CARGO_MANIFEST_DIR", &program.directory)
            .env("CARGO_TARGET_DIR", &self.target)
            .stdin(Stdio::null())
            .stdout(File::options().append(true).open(&log)?)
            .stderr(File::options().append(true).open(&log)?);
        let begin = Instant::now();
        let status = cmd::without_settings(&mut command)
            .status()
            .with_context(|| format!("cannot start {}", cmd::text(&command)))?;
        let seconds = begin.elapsed().as_secs();
        let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        let counts = Counts::read(&text);
        for said in &counts.not_tested {
            println!("    {said}");
        }
        for failure in &counts.failures {
            println!("    FAILED: {failure}");
        }
        if !status.success() {
            println!("    {status}, see {}", self.repo.display(&log));
            for line in text.lines().filter(|line| tool.is_headline(line)).take(20) {
                println!("    {line}");
            }
        }
        println!(
            "    {} passed, {} failed, {} ignored, {seconds} s",
            counts.passed, counts.failed, counts.ignored
        );
        Ok(Outcome {
            ok: status.success(),
            counts,
            seconds,
        })
    }

    /// An empty file for what a program says.
    fn log(&self, program: &Program) -> Result<PathBuf> {
        fs::create_dir_all(&self.logs).with_context(|| self.logs.display().to_string())?;
        let log = self.logs.join(format!("{}.log", program.name));
        File::create(&log).with_context(|| log.display().to_string())?;
        Ok(log)
    }
}
