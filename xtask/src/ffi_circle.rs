//! `cargo xtask ffi-circle`: one archive's bytes through every language here, in one process.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::repo::Repo;
use crate::{capi, cmd};

/// Send the bytes of an archive through every language that is here, in one process, many times.
///
/// Half of the runs have a failure in one hop: its exception must come back as an error at the start.
/// On Debian: apt-get install g++ make golang-go python3-dev ruby-dev nodejs npm.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How often the host in C runs.
    #[arg(long, default_value_t = 200, value_name = "N")]
    runs: usize,
    /// How often each other host runs.
    #[arg(long, default_value_t = 40, value_name = "N")]
    other_runs: usize,
    /// Fail when a language is missing.
    #[arg(long)]
    all: bool,
}

/// A language with a hop.
struct Hop {
    letter: char,
    name: &'static str,
    library: &'static str,
}

const HOPS: [Hop; 5] = [
    Hop {
        letter: 'C',
        name: "C",
        library: "libhop_c.so",
    },
    Hop {
        letter: 'X',
        name: "C++",
        library: "libhop_cxx.so",
    },
    Hop {
        letter: 'G',
        name: "Go",
        library: "libhop_go.so",
    },
    Hop {
        letter: 'P',
        name: "Python",
        library: "libhop_py.so",
    },
    Hop {
        letter: 'B',
        name: "Ruby",
        library: "libhop_rb.so",
    },
];

/// Good calls before a failure: at once, soon, and after many.
const FAILURES: [&str; 4] = ["0", "1", "7", "100"];

struct Circle {
    source: PathBuf,
    prefix: PathBuf,
    out: PathBuf,
    python_config: PathBuf,
    archive: PathBuf,
}

/// A program that chains the hops.
struct Host {
    name: &'static str,
    command: Vec<PathBuf>,
    chain: String,
}

/// A few runs through the languages that are here; those that are not are named.
pub(crate) fn here(repo: &Repo) -> Result<()> {
    if cmd::find_program("make").is_none() {
        println!("not run: no make (apt-get install make)");
        return Ok(());
    }
    let args = Args {
        runs: 24,
        other_runs: 8,
        all: false,
    };
    run(repo, &args)
}

/// Runs the command.
pub(crate) fn run(repo: &Repo, args: &Args) -> Result<()> {
    ensure!(
        cfg!(target_os = "linux"),
        "the circle is built on Linux only"
    );
    let target = repo.root().join("target/ffi-circle");
    let circle = Circle {
        source: repo.root().join("examples/ffi-circle"),
        prefix: target.join("prefix"),
        out: target.join("build"),
        python_config: python_config(),
        archive: target.join("archive.tar"),
    };
    fs::create_dir_all(&circle.out).with_context(|| circle.out.display().to_string())?;
    capi::install(repo, &circle.prefix, true, true)?;
    circle.make("libcircle_rust.so")?;
    make_archive(&circle.archive)?;

    let mut missing = Vec::new();
    let mut chain = String::new();
    for hop in &HOPS {
        match circle.make(hop.library) {
            Ok(()) => chain.push(hop.letter),
            Err(error) => missing.push(format!("{}: {error:#}", hop.name)),
        }
    }
    circle.make("host")?;
    let names = HOPS.iter().filter(|hop| chain.contains(hop.letter));
    let names: Vec<&str> = names.map(|hop| hop.name).collect();
    println!("Rust -> {} -> Rust", names.join(" -> "));
    let mut failed = 0;
    for host in circle.hosts(&target, &chain, &mut missing) {
        let runs = if host.name == "C" {
            args.runs
        } else {
            args.other_runs
        };
        let good = (0..runs).filter(|&run| circle.go_round(&host, run)).count();
        println!(
            "{:<8} {good:>4} of {runs} runs, chain {}",
            host.name, host.chain
        );
        failed += runs - good;
    }
    for problem in &missing {
        println!("missing: {problem}");
    }
    ensure!(failed == 0, "{failed} runs failed");
    ensure!(missing.is_empty() || !args.all, "languages are missing");
    Ok(())
}

impl Circle {
    fn make(&self, file: &str) -> Result<()> {
        let mut make = Command::new("make");
        make.arg("--silent").arg("--directory").arg(&self.source);
        make.arg(format!("PREFIX={}", self.prefix.display()));
        make.arg(format!("OUT={}", self.out.display()));
        make.arg(format!("PYTHON_CONFIG={}", self.python_config.display()));
        let output = cmd::capture(make.arg(self.out.join(file)))?;
        ensure!(output.status.success(), "{}", cmd::last_words(&output));
        Ok(())
    }

    /// Those that can be started here.
    fn hosts(&self, target: &Path, chain: &str, missing: &mut Vec<String>) -> Vec<Host> {
        let host = |name, command, chain: String| Host {
            name,
            command,
            chain,
        };
        let mut hosts = vec![host("C", vec![self.out.join("host")], chain.into())];
        if chain.contains('G') {
            match self.make("host-go") {
                // A process has one runtime of Go.
                Ok(()) => {
                    let chain = chain.replace('G', "");
                    hosts.push(host("Go", vec![self.out.join("host-go")], chain));
                }
                Err(error) => missing.push(format!("Go host: {error:#}")),
            }
        }
        if chain.contains('P') {
            let python = self.python_config.with_file_name("python3");
            let command = vec![python, self.source.join("python/host.py")];
            hosts.push(host("Python", command, chain.into()));
        }
        if chain.contains('B') {
            let command = vec!["ruby".into(), self.source.join("ruby/host.rb")];
            hosts.push(host("Ruby", command, chain.into()));
        }
        match koffi(target) {
            Ok(()) => {
                let command = vec!["node".into(), self.source.join("node/host.mjs")];
                hosts.push(host("Node", command, format!("{chain}N")));
            }
            Err(error) => missing.push(format!("Node: {error:#}")),
        }
        hosts
    }

    /// One run; every second one has a failure in one of the hops.
    fn go_round(&self, host: &Host, run: usize) -> bool {
        let mut command = Command::new(&host.command[0]);
        command
            .args(&host.command[1..])
            .arg(&self.archive)
            .arg(&host.chain);
        if run % 2 == 1 {
            let failing: Vec<char> = format!("r{}", host.chain).chars().collect();
            let turn = run / 2;
            let calls = FAILURES[turn / failing.len() % FAILURES.len()];
            command
                .arg(failing[turn % failing.len()].to_string())
                .arg(calls);
        }
        command
            .env("CIRCLE_LIB", &self.out)
            .env("CIRCLE_PYTHON", self.source.join("python"))
            .env("CIRCLE_RUBY", self.source.join("ruby/hop.rb"))
            .env("CIRCLE_NODE", self.out.with_file_name("node"))
            .env("PYTHONDONTWRITEBYTECODE", "1");
        match cmd::capture(&mut command) {
            Ok(output) if output.status.success() => true,
            Ok(output) => {
                println!(
                    "{}: {}: {}",
                    cmd::text(&command),
                    output.status,
                    cmd::last_words(&output)
                );
                false
            }
            Err(error) => {
                println!("{}: {error:#}", cmd::text(&command));
                false
            }
        }
    }
}

/// The system's first: others often have no shared library.
fn python_config() -> PathBuf {
    let system = PathBuf::from("/usr/bin/python3-config");
    if system.exists() {
        return system;
    }
    cmd::find_program("python3-config").unwrap_or_else(|| "python3-config".into())
}

/// Node calls C by this package.
fn koffi(target: &Path) -> Result<()> {
    for program in ["node", "npm"] {
        if cmd::find_program(program).is_none() {
            bail!("no {program} (apt-get install nodejs npm)");
        }
    }
    let directory = target.join("node");
    fs::create_dir_all(&directory)?;
    fs::write(directory.join("package.json"), "{\"private\": true}\n")?;
    if directory.join("node_modules/koffi").exists() {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-fund", "--no-audit", "koffi@3"]);
    let output = cmd::capture(npm.current_dir(&directory))?;
    ensure!(
        output.status.success(),
        "npm install koffi: {}",
        cmd::last_words(&output)
    );
    Ok(())
}

/// Large enough for a failure after a hundred trips.
fn make_archive(path: &Path) -> Result<()> {
    let mut builder = tar::Builder::new(fs::File::create(path)?);
    for index in 0..8_u32 {
        let data: Vec<u8> = (0..400_000_u32)
            .map(|at| (at.wrapping_mul(index + 3) >> 7) as u8)
            .collect();
        let mut header = tar::Header::new_ustar();
        header.set_size(data.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, format!("file-{index}"), data.as_slice())?;
    }
    builder.into_inner()?.sync_all()?;
    Ok(())
}
