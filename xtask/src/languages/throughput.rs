//! `cargo xtask throughput`: how fast each language gets entries and data, beside what it usually has.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use super::native::{self, Link};
use super::{Ground, go, node, python, ruby};
use crate::cmd;
use crate::repo::Repo;

/// Measure each language at listing and at streaming a tar, beside the language's usual libraries.
///
/// Everybody does the same work: listing counts entries, the bytes of their names and their sizes;
/// streaming reads all data in pieces of 64 KiB. The results are compared with what is in the archive.
/// The programs take turns and measure themselves, without the start of their runtime.
/// On Debian: apt-get install g++ golang-go libarchive-dev libnode-dev nodejs npm python3-venv ruby-dev
/// ruby-ffi-libarchive.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How often each one runs.
    #[arg(long, default_value_t = 5, value_name = "N")]
    rounds: usize,
    /// Where the archives are made, 1.2 GiB.
    #[arg(long, default_value = "/dev/shm", value_name = "DIR")]
    scratch: PathBuf,
    /// Write the table into docs/throughput.md.
    #[arg(long)]
    write: bool,
    /// Install what is missing, by apt-get.
    #[arg(long)]
    install: bool,
}

const ENTRIES: u64 = 100_000;
const STREAM: u64 = 1 << 30;
const DOCUMENT: &str = "docs/throughput.md";

/// One library in one language.
struct Runner {
    language: &'static str,
    library: String,
    /// Without the task and the archive.
    command: Result<Box<dyn Fn() -> Command>, String>,
}

impl Runner {
    fn new(
        language: &'static str,
        library: impl Into<String>,
        command: Result<impl Fn() -> Command + 'static, String>,
    ) -> Self {
        Self {
            language,
            library: library.into(),
            command: command.map(|command| Box::new(command) as _),
        }
    }
}

/// What there is to count in an archive.
#[derive(Debug, PartialEq, Eq)]
struct Counts {
    entries: u64,
    names: u64,
    bytes: u64,
}

/// Runs the command.
pub(crate) fn run(repo: &Repo, args: &Args) -> Result<()> {
    ensure!(args.rounds > 0, "at least one round");
    let ground = Ground::new(repo, args.install, true)?;
    let runners = runners(&ground)?;
    for runner in &runners {
        if let Err(why) = &runner.command {
            println!("left out: {}, {}: {why}", runner.language, runner.library);
        }
    }
    let scratch = tempfile::tempdir_in(&args.scratch)
        .with_context(|| format!("no directory in {}", args.scratch.display()))?;
    let small = scratch.path().join("entries.tar");
    let large = scratch.path().join("data.tar");
    let tasks = [
        ("list", &small, many_entries(&small)?),
        ("stream", &large, much_data(&large)?),
    ];
    let mut times: BTreeMap<(usize, &str), Vec<f64>> = BTreeMap::new();
    for round in 0..args.rounds {
        eprintln!("round {} of {}", round + 1, args.rounds);
        for (task, archive, counts) in &tasks {
            for (index, runner) in runners.iter().enumerate() {
                let Ok(command) = &runner.command else {
                    continue;
                };
                let seconds = measure(command(), task, archive, counts)
                    .with_context(|| format!("{}, {}", runner.language, runner.library))?;
                times.entry((index, *task)).or_default().push(seconds);
            }
        }
    }
    let mut table = String::from(
        "| language | library | 100,000 entries, s | entries per s | 1 GiB, s | GiB per s |\n\
         | --- | --- | --: | --: | --: | --: |\n",
    );
    for (index, runner) in runners.iter().enumerate() {
        if runner.command.is_err() {
            continue;
        }
        let list = median(&times[&(index, "list")]);
        let stream = median(&times[&(index, "stream")]);
        writeln!(
            table,
            "| {} | {} | {list:.3} | {} | {stream:.3} | {:.2} |",
            runner.language,
            runner.library,
            thousands(ENTRIES as f64 / list),
            1.0 / stream
        )?;
    }
    print!("{table}");
    if args.write {
        let missing = runners.iter().filter(|runner| runner.command.is_err());
        if let Some(runner) = missing.into_iter().next() {
            bail!(
                "{DOCUMENT} is not written: {}, {} is missing",
                runner.language,
                runner.library
            );
        }
        let file = repo.root().join(DOCUMENT);
        fs::write(&file, document(args.rounds, &table)?)
            .with_context(|| file.display().to_string())?;
    }
    Ok(())
}

/// Builds everything.
fn runners(ground: &Ground<'_>) -> Result<Vec<Runner>> {
    let source = ground.repo.root().join("benches/languages");
    let mut runners = Vec::new();
    let ours = "**anyarchive**";

    let program = rust(ground)?;
    for (library, who) in [(ours, "anyarchive"), ("crate tar", "tar")] {
        let program = program.clone();
        runners.push(Runner::new("Rust", library, Ok(with(program, &[who]))));
    }
    for (language, library, compiler, file) in [
        ("C", ours, "gcc", "throughput.c"),
        ("C", "libarchive", "gcc", "libarchive.c"),
        ("C++", ours, "g++", "throughput.cpp"),
    ] {
        let ours = library == ours;
        let built = native_program(ground, compiler, &source.join(file), ours)?;
        let library = match ours {
            true => library.to_owned(),
            false => format!("libarchive {}, the system's", system_libarchive()),
        };
        runners.push(Runner::new(
            language,
            library,
            built.map(|program| with(program, &[])),
        ));
    }
    runners.extend(pythons(ground, &source)?);
    runners.extend(rubies(ground, &source)?);
    runners.extend(nodes(ground, &source)?);
    let program = match go::needs(ground) {
        Ok(()) => {
            let program = ground.scratch("throughput-go")?.join("throughput");
            let mut build = go::go(ground, "build");
            build.arg("-o").arg(&program);
            cmd::run(build.arg(".").current_dir(source.join("go")))?;
            Ok(program)
        }
        Err(why) => Err(why),
    };
    for (library, who) in [(ours, "anyarchive"), ("archive/tar", "archive/tar")] {
        let program = program.clone();
        let command = program.map(|program| with(program, &[who]));
        runners.push(Runner::new("Go", library, command));
    }
    Ok(runners)
}

/// A program with arguments that always are the same.
fn with(program: PathBuf, args: &[&str]) -> impl Fn() -> Command + use<> {
    let args: Vec<String> = args.iter().copied().map(str::to_owned).collect();
    move || {
        let mut command = Command::new(&program);
        command.args(&args);
        command
    }
}

fn rust(ground: &Ground<'_>) -> Result<PathBuf> {
    let root = ground.repo.root();
    let mut build = cmd::cargo();
    build
        .args([
            "build",
            "--quiet",
            "--release",
            "--locked",
            "--package",
            "throughput",
        ])
        .arg("--manifest-path")
        .arg(root.join("benches/Cargo.toml"))
        .arg("--target-dir")
        .arg(ground.build.join("throughput-rust"));
    cmd::run(cmd::without_settings(&mut build))?;
    Ok(ground
        .build
        .join("throughput-rust/release/throughput")
        .with_extension(std::env::consts::EXE_EXTENSION))
}

/// A program in C or C++, over the installed library or over the system's libarchive.
fn native_program(
    ground: &Ground<'_>,
    compiler: &str,
    file: &Path,
    ours: bool,
) -> Result<Result<PathBuf, String>> {
    if let Some(why) = native::missing(ground, compiler) {
        return Ok(Err(why));
    }
    let flags = if ours {
        native::pkg_config(ground, Link::Shared)?
    } else {
        let mut command = Command::new("pkg-config");
        let output = cmd::capture(command.args(["--cflags", "--libs", "libarchive"]))?;
        if !output.status.success() {
            return Ok(Err(
                "no libarchive (apt-get install libarchive-dev)".to_owned()
            ));
        }
        let flags = String::from_utf8_lossy(&output.stdout).into_owned();
        flags.split_whitespace().map(str::to_owned).collect()
    };
    let name = file.file_name().and_then(|name| name.to_str());
    let name = name.context("it has a name")?;
    let program = ground
        .scratch(&format!("throughput-{name}"))?
        .join("program");
    let mut build = Command::new(compiler);
    build
        .args(["-O2", "-Wall", "-Wextra", "-Werror"])
        .arg(file)
        .arg("-o")
        .arg(&program)
        .args(flags)
        .arg(format!("-Wl,-rpath,{}", ground.lib().display()));
    cmd::run(&mut build)?;
    Ok(Ok(program))
}

fn system_libarchive() -> String {
    let mut command = Command::new("pkg-config");
    let output = cmd::capture(command.args(["--modversion", "libarchive"]));
    output.map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

fn pythons(ground: &Ground<'_>, source: &Path) -> Result<Vec<Runner>> {
    let script = source.join("throughput.py");
    let python = python::Python::new(ground).and_then(|python| {
        python.fetch(&["libarchive-c==5.3"])?;
        Ok(python)
    });
    if let Ok(python) = &python {
        python::install(ground, python)?;
    }
    let library = ground.lib().join("libanyarchive.so");
    let modules = ground.language("python-ffi");
    let python = python.map(std::rc::Rc::new);
    let all = [
        ("**anyarchive**, extension", "anyarchive"),
        ("**anyarchive**, ctypes", "ctypes"),
        ("**anyarchive**, cffi (ABI)", "cffi"),
        ("tarfile", "tarfile"),
        ("libarchive-c 5.3", "libarchive-c"),
    ];
    let runner = |(name, who): (&str, &'static str)| {
        let (script, library, modules) = (script.clone(), library.clone(), modules.clone());
        let command = python.clone().map(|python| {
            move || {
                let mut command = python.program("python");
                command.env("PYTHONPATH", &modules);
                command.env("ANYARCHIVE_LIBRARY", &library);
                command.arg(&script).arg(who);
                command
            }
        });
        Runner::new("Python", name, command)
    };
    Ok(all.into_iter().map(runner).collect())
}

fn rubies(ground: &Ground<'_>, source: &Path) -> Result<Vec<Runner>> {
    let script = source.join("throughput.rb");
    let mut ready = ruby::needs(ground);
    let mut load = Vec::new();
    if ready.is_ok() {
        let build = ruby::extension(ground)?;
        load.push(build.parent().context("it has a parent")?.to_owned());
        load.push(ground.language("ruby").join("lib"));
    }
    let lib = ground.lib();
    let mut runners = Vec::new();
    for (name, who) in [
        ("**anyarchive**", "anyarchive"),
        ("Gem::Package", "Gem::Package"),
        ("ffi-libarchive", "ffi-libarchive"),
    ] {
        if who == "ffi-libarchive" {
            let found = || ruby::has("require 'ffi-libarchive'");
            ready = ready.and_then(|()| ground.need_part(who, "ruby-ffi-libarchive", found));
        }
        let (script, load, lib) = (script.clone(), load.clone(), lib.clone());
        let command = ready.clone().map(|()| {
            move || {
                let mut command = Command::new("ruby");
                command.env("LD_LIBRARY_PATH", &lib).env_remove("RUBYLIB");
                for directory in &load {
                    command.arg("-I").arg(directory);
                }
                command.arg(&script).arg(who);
                command
            }
        });
        runners.push(Runner::new("Ruby", name, command));
    }
    Ok(runners)
}

fn nodes(ground: &Ground<'_>, source: &Path) -> Result<Vec<Runner>> {
    let ready = node::needs(ground);
    let module = match &ready {
        Ok(()) => node::addon(ground)?,
        Err(_) => PathBuf::new(),
    };
    let modules = ready
        .clone()
        .and_then(|()| node::modules(ground, source, "tar"));
    let package = ground.language("node").join("lib/index.js");
    let script = source.join("throughput.js");
    let runner = |name, who: &'static str, modules: Result<PathBuf, String>| {
        let (script, module, package) = (script.clone(), module.clone(), package.clone());
        let command = modules.map(|modules| {
            move || {
                let mut command = Command::new("node");
                command
                    .env("NODE_PATH", &modules)
                    .env_remove("NODE_OPTIONS");
                command.env("ANYARCHIVE_NATIVE", &module);
                command.env("ANYARCHIVE_PACKAGE", &package);
                command.arg(&script).arg(who);
                command
            }
        });
        Runner::new("Node", name, command)
    };
    Ok(vec![
        runner(
            "**anyarchive**",
            "anyarchive",
            ready.map(|()| PathBuf::new()),
        ),
        runner("tar 7.5.23", "tar", modules),
    ])
}

/// Small files, as in a source tree.
fn many_entries(file: &Path) -> Result<Counts> {
    let mut counts = Counts {
        entries: 0,
        names: 0,
        bytes: 0,
    };
    let mut archive = builder(file)?;
    for index in 0..ENTRIES {
        let name = format!(
            "project/module-{:03}/source-file-{index:06}.txt",
            index / 500
        );
        let data = vec![b'x'; (index % 500) as usize];
        append(&mut archive, &name, &mut &*data, data.len() as u64)?;
        counts.entries += 1;
        counts.names += name.len() as u64;
        counts.bytes += data.len() as u64;
    }
    archive.into_inner()?.flush()?;
    Ok(counts)
}

/// One file of bytes that are not all alike.
fn much_data(file: &Path) -> Result<Counts> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut piece = Vec::with_capacity(1 << 20);
    while piece.len() < 1 << 20 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        piece.extend_from_slice(&state.to_le_bytes());
    }
    let name = "data.bin";
    let mut archive = builder(file)?;
    append(&mut archive, name, &mut Again(&piece, 0), STREAM)?;
    archive.into_inner()?.flush()?;
    Ok(Counts {
        entries: 1,
        names: name.len() as u64,
        bytes: STREAM,
    })
}

/// The same bytes again and again.
struct Again<'a>(&'a [u8], usize);

impl Read for Again<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let rest = &self.0[self.1..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.1 = (self.1 + count) % self.0.len();
        Ok(count)
    }
}

type Archive = tar::Builder<BufWriter<File>>;

fn builder(file: &Path) -> Result<Archive> {
    let file = File::create(file).with_context(|| file.display().to_string())?;
    Ok(tar::Builder::new(BufWriter::with_capacity(1 << 20, file)))
}

fn append(archive: &mut Archive, name: &str, data: &mut dyn Read, size: u64) -> Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(size);
    header.set_mode(0o644);
    header.set_mtime(1_700_000_000);
    archive.append_data(&mut header, name, data.take(size))?;
    Ok(())
}

/// Runs a program and tells the seconds it says, when what it counted is right.
fn measure(mut command: Command, task: &str, archive: &Path, counts: &Counts) -> Result<f64> {
    command.arg(task).arg(archive);
    let output = cmd::capture(&mut command)?;
    ensure!(
        output.status.success(),
        "`{}`: {}",
        cmd::text(&command),
        cmd::errors(&output)
    );
    let text = String::from_utf8_lossy(&output.stdout);
    let words: Vec<&str> = text.split_whitespace().collect();
    let [entries, names, bytes, seconds] = words[..] else {
        bail!("`{}` says {text:?}", cmd::text(&command));
    };
    let found = Counts {
        entries: entries.parse()?,
        names: names.parse()?,
        bytes: bytes.parse()?,
    };
    ensure!(
        found == *counts,
        "{task}: it counted {found:?}, and there are {counts:?}"
    );
    Ok(seconds.parse()?)
}

fn median(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// A whole number with commas.
fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn document(rounds: usize, table: &str) -> Result<String> {
    let line = |command: &mut Command| {
        cmd::capture(command).map_or_else(
            |_| String::new(),
            |output| {
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                text.lines().next().unwrap_or_default().trim().to_owned()
            },
        )
    };
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown", |rest| rest.trim_start_matches([' ', '\t', ':']));
    let versions = [
        line(Command::new("rustc").arg("--version")),
        line(Command::new("gcc").arg("--version")),
        line(Command::new("python3").arg("--version")),
        line(Command::new("ruby").arg("--version")),
        format!("Node {}", line(Command::new("node").arg("--version"))),
        line(Command::new("go").arg("version")),
    ];
    let cores = std::thread::available_parallelism()?;
    Ok(format!(
        "# Throughput in every language\n\n\
         This page is made by `cargo xtask throughput --write`; the programs are in \
         [benches/languages](../benches/languages).\n\n\
         A tar without a filter, in memory (tmpfs): 100,000 small files are listed, and a file of 1 GiB \
         is read. All do the same: listing counts the entries, the bytes of their names and their sizes; \
         streaming reads all data, in pieces of 64 KiB where the library lets one choose. What was \
         counted is compared with what is in the archive. Each program measures itself, without the \
         start of its runtime; {rounds} rounds in turns, medians.\n\n{table}\n\
         {processor}, {cores} cores; {}.\n",
        versions.join("; ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_get_commas() {
        assert_eq!(thousands(999.4), "999");
        assert_eq!(thousands(1_234_567.0), "1,234,567");
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert!((median(&[9.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_wrong_count_is_a_failure() {
        let counts = Counts {
            entries: 1,
            names: 2,
            bytes: 3,
        };
        let said = |text: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", &format!("echo {text}")]);
            measure(command, "list", Path::new("any.tar"), &counts)
        };
        assert!((said("1 2 3 0.5").unwrap() - 0.5).abs() < f64::EPSILON);
        for wrong in ["1 2 4 0.5", "2 2 3 0.5", "1 2 3", ""] {
            assert!(said(wrong).is_err(), "{wrong}");
        }
    }
}
