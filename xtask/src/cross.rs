//! `cargo xtask cross`: the C side, and where Rust's library is there the Rust side too, for systems
//! other than this one; run where something here can run it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::link_matrix::Fixture;
use crate::repo::Repo;
use crate::{cmd, cpu, vendor};

/// Build for other systems, run what can be run, and say which was which.
///
/// On Debian: apt-get install gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf gcc-i686-linux-gnu
/// musl-tools gcc-mingw-w64-x86-64 qemu-user, and rustup target add TARGET for the Rust side.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only targets whose name contains one of these.
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,

    /// Run the tests of archive-sys on the target as well.
    #[arg(long)]
    test: bool,
}

/// A system to build for, with the tools of Debian.
struct Target {
    triple: &'static str,
    /// The C compiler, which links too.
    compiler: &'static str,
    package: &'static str,
    /// What runs its programs, if anything has to.
    runner: &'static [&'static str],
}

const TARGETS: &[Target] = &[
    Target {
        triple: "aarch64-unknown-linux-gnu",
        compiler: "aarch64-linux-gnu-gcc",
        package: "gcc-aarch64-linux-gnu",
        runner: &["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"],
    },
    Target {
        triple: "x86_64-unknown-linux-musl",
        compiler: "musl-gcc",
        package: "musl-tools",
        runner: &[],
    },
    Target {
        triple: "x86_64-pc-windows-gnu",
        compiler: "x86_64-w64-mingw32-gcc",
        package: "gcc-mingw-w64-x86-64",
        runner: &["wine64"],
    },
    Target {
        triple: "armv7-unknown-linux-gnueabihf",
        compiler: "arm-linux-gnueabihf-gcc",
        package: "gcc-arm-linux-gnueabihf",
        runner: &["qemu-arm", "-L", "/usr/arm-linux-gnueabihf"],
    },
    Target {
        triple: "i686-unknown-linux-gnu",
        compiler: "i686-linux-gnu-gcc",
        package: "gcc-i686-linux-gnu",
        runner: &["qemu-i386", "-L", "/usr/i686-linux-gnu"],
    },
];

/// Runs the command. Rows are printed as they come.
pub(crate) fn run(repo: &Repo, args: &Args) -> Result<()> {
    ensure!(
        cfg!(target_os = "linux"),
        "builds are crossed on Linux only"
    );
    vendor::ensure_first(repo, false)?;
    let fixture = Fixture::write(repo, &repo.root().join("target/link-matrix"))?;
    println!("| target | C side | Rust side | run | CPU s |\n| --- | --- | --- | --- | --- |");
    let (mut failed, mut not_tried) = (0, 0);
    for target in TARGETS.iter().filter(|target| {
        args.only.is_empty() || args.only.iter().any(|part| target.triple.contains(&**part))
    }) {
        eprintln!("==> {}", target.triple);
        if cmd::find_program(target.compiler).is_none() {
            not_tried += 1;
            println!(
                "| {} | not tried: no {}, apt-get install {} |",
                target.triple, target.compiler, target.package
            );
            continue;
        }
        match target.try_it(repo, &fixture, args.test) {
            Ok(row) => println!("{row}"),
            Err(error) => {
                failed += 1;
                println!("| {} | FAILED |", target.triple);
                eprintln!("{error:#}");
            }
        }
    }
    if failed > 0 {
        bail!("{failed} targets failed");
    }
    ensure!(not_tried == 0, "{not_tried} targets were not tried");
    Ok(())
}

impl Target {
    fn try_it(&self, repo: &Repo, fixture: &Fixture, test: bool) -> Result<String> {
        let before = cpu::of_children()?;
        let dir = repo.root().join("target/cross");
        let has_rust = has_rust(self.triple)?;
        let mut cargo = self.cargo(&dir);
        cargo.current_dir(&fixture.directory);
        if has_rust {
            cargo.args(["build", "--quiet"]);
        } else {
            // Build scripts run all the same, and they compile C.
            cargo.args(["check", "--quiet", "--keep-going"]);
        }
        let output = cmd::capture(cargo.args(["--features", "anyarchive/default"]))?;
        if has_rust {
            ensure!(output.status.success(), "{}", cmd::errors(&output));
        }
        let c_side = c_side(&dir.join(self.triple).join("debug/build"))
            .with_context(|| cmd::errors(&output))?;
        let (rust_side, run) = if has_rust {
            let mut run = self.run(&dir, fixture)?;
            if test && self.runner().is_some() {
                run = format!("{run}; {}", self.test(repo, &dir)?);
            }
            ("compiled and linked".to_owned(), run)
        } else {
            let advice = format!("not compiled: rustup target add {}", self.triple);
            (advice, "not run".to_owned())
        };
        Ok(format!(
            "| {} | {c_side} | {rust_side} | {run} | {:.1} |",
            self.triple,
            cpu::of_children()? - before
        ))
    }

    /// Cargo, for this target.
    fn cargo(&self, dir: &Path) -> Command {
        let upper = self.triple.to_uppercase().replace('-', "_");
        let mut cargo = cmd::cargo();
        cmd::without_settings(&mut cargo)
            .env("CARGO_TARGET_DIR", dir)
            .env("CARGO_BUILD_TARGET", self.triple)
            .env(
                format!("CARGO_TARGET_{upper}_RUNNER"),
                self.runner.join(" "),
            )
            .env(
                format!("CC_{}", self.triple.replace('-', "_")),
                self.compiler,
            );
        // Rust brings what a musl program is linked with.
        if !self.triple.ends_with("musl") {
            cargo.env(format!("CARGO_TARGET_{upper}_LINKER"), self.compiler);
        }
        if self.runner.is_empty() {
            cargo.env_remove(format!("CARGO_TARGET_{upper}_RUNNER"));
        }
        cargo
    }

    /// How a program is started; `None` when nothing here can.
    fn runner(&self) -> Option<Vec<&'static str>> {
        match self.runner.first() {
            Some(program) => cmd::find_program(program).map(|_| self.runner.to_vec()),
            None => Some(Vec::new()),
        }
    }

    /// The program reads both samples.
    fn run(&self, dir: &Path, fixture: &Fixture) -> Result<String> {
        let Some(mut words) = self.runner() else {
            return Ok(format!("not run: no {}", self.runner.join(" ")));
        };
        let suffix = if self.triple.contains("windows") {
            ".exe"
        } else {
            ""
        };
        let program = dir
            .join(self.triple)
            .join(format!("debug/matrix{suffix}"))
            .display()
            .to_string();
        words.push(&program);
        let said = fixture.run(&words, &[])?;
        Ok(format!(
            "run{}: {}, {}; tar.zst {}; AES ZIP {}",
            self.runner
                .first()
                .map(|runner| format!(" by {runner}"))
                .unwrap_or_default(),
            said.value("version"),
            said.value("linked"),
            said.value("plain"),
            said.value("encrypted"),
        ))
    }

    /// The tests of archive-sys, on the target.
    fn test(&self, repo: &Repo, dir: &Path) -> Result<String> {
        let mut cargo = self.cargo(dir);
        cargo
            .args([
                "test",
                "--quiet",
                "--package",
                "archive-sys",
                "--no-fail-fast",
            ])
            .args(["--features", "vendored", "--lib", "--tests"])
            .current_dir(repo.root());
        let output = cmd::capture(&mut cargo)?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(output.status.success(), "{text}\n{}", cmd::errors(&output));
        let passed: u32 = text
            .lines()
            .filter_map(|line| line.strip_prefix("test result: ok. ")?.split_once(' '))
            .filter_map(|(number, _)| number.parse::<u32>().ok())
            .sum();
        Ok(format!("{passed} tests of archive-sys pass"))
    }
}

/// Whether Rust's own library for a target is installed.
fn has_rust(triple: &str) -> Result<bool> {
    let mut rustc = Command::new("rustc");
    let output = cmd::capture(rustc.args(["--print", "target-libdir", "--target", triple]))?;
    let dir = PathBuf::from(String::from_utf8(output.stdout)?.trim());
    Ok(dir.is_dir())
}

/// How many objects the newest `libarchive.a` below a directory of build scripts has.
fn c_side(build: &Path) -> Result<String> {
    let mut newest = None;
    for item in fs::read_dir(build).with_context(|| build.display().to_string())? {
        let library = item?.path().join("out/static/libarchive.a");
        if let Ok(metadata) = library.metadata() {
            newest = newest.max(Some((metadata.modified()?, library)));
        }
    }
    let (_, library) = newest.context("no libarchive.a was made")?;
    let output = cmd::capture(Command::new("ar").arg("t").arg(&library))?;
    ensure!(output.status.success(), "ar: {}", cmd::last_words(&output));
    let objects = output.stdout.split(|byte| *byte == b'\n');
    let objects = objects.filter(|name| name.ends_with(b".o")).count();
    ensure!(objects > 100, "libarchive.a has {objects} objects only");
    Ok(format!("{objects} objects compiled"))
}
