//! `cargo xtask cold-build`: what the first build of `archive-sys` costs, beside that of another
//! crate for the same library.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use crate::repo::Repo;
use crate::{cmd, cpu, vendor};

/// Measure the first build of archive-sys, and of the crate libarchive2-sys beside it.
///
/// Fetches both with all they depend on, then builds each in an empty directory, offline, without a
/// compiler cache. archive-sys is built with a search path that has a C compiler and binutils alone;
/// the other is tried the same way, and then with everything that is here.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Measure this often, and print each.
    #[arg(long, default_value_t = 1)]
    times: u32,
}

/// A crate to build.
struct Subject {
    name: &'static str,
    /// Its line of the manifest, with `{path}` for that of this checkout.
    dependency: &'static str,
}

const SUBJECTS: &[Subject] = &[
    Subject {
        name: "archive-sys, codecs from source",
        dependency: "archive-sys = { path = {path}, features = [\"vendored\"] }",
    },
    Subject {
        name: "archive-sys, without codecs",
        dependency: "archive-sys = { path = {path}, default-features = false, \
                     features = [\"vendored\"] }",
    },
    Subject {
        name: "libarchive2-sys 0.2.0",
        dependency: "libarchive2-sys = \"=0.2.0\"",
    },
];

/// All that a machine with Rust and a C compiler is sure to have.
const BARE: &[&str] = &["cc", "gcc", "as", "ld", "ar", "ranlib", "nm", "strip", "sh"];

/// Runs the command.
pub(crate) fn run(repo: &Repo, args: &Args) -> Result<()> {
    vendor::ensure_first(repo, false)?;
    let dir = repo.root().join("target/cold-build");
    if dir.exists() {
        fs::remove_dir_all(&dir)?;
    }
    let bare = bare_path(&dir)?;
    println!(
        "| crate | search path | outcome | crates built | CPU s | wall s |\n\
         | --- | --- | --- | --- | --- | --- |"
    );
    let mut built = 0;
    for _ in 0..args.times {
        for (number, subject) in SUBJECTS.iter().enumerate() {
            let package = dir.join(format!("crate{number}"));
            write(repo, &package, subject)?;
            for (path, what) in [
                (Some(&*bare), "C compiler alone"),
                (None, "all that is here"),
            ] {
                let done = build(&package, path)?;
                println!("| {} | {what} | {} |", subject.name, done.text);
                if done.worked {
                    built += 1;
                    break;
                }
            }
        }
    }
    ensure!(
        built == args.times as usize * SUBJECTS.len(),
        "not everything could be built"
    );
    Ok(())
}

/// An empty crate that depends on the subject, with everything fetched.
fn write(repo: &Repo, package: &Path, subject: &Subject) -> Result<()> {
    fs::create_dir_all(package.join("src"))?;
    fs::write(package.join("src/lib.rs"), "")?;
    let path = format!("{:?}", repo.root().join("archive-sys"));
    let manifest = format!(
        "[package]\nname = \"cold\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\n{}\n",
        subject.dependency.replace("{path}", &path)
    );
    fs::write(package.join("Cargo.toml"), manifest)?;
    let mut cargo = cmd::cargo();
    cmd::run(cargo.args(["fetch", "--quiet"]).current_dir(package))
}

/// A directory with links to the few programs.
fn bare_path(dir: &Path) -> Result<PathBuf> {
    let bare = dir.join("bin");
    fs::create_dir_all(&bare)?;
    for name in BARE {
        if let Some(program) = cmd::find_program(name) {
            symlink(&program, &bare.join(name))?;
        }
    }
    Ok(bare)
}

#[cfg(unix)]
fn symlink(to: &Path, link: &Path) -> Result<()> {
    std::os::unix::fs::symlink(to, link).with_context(|| link.display().to_string())
}

#[cfg(not(unix))]
fn symlink(_: &Path, link: &Path) -> Result<()> {
    anyhow::bail!("{}: measured on Unix only", link.display())
}

struct Done {
    worked: bool,
    text: String,
}

/// Builds in an empty target directory.
fn build(package: &Path, path: Option<&Path>) -> Result<Done> {
    let target = package.join("target");
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    let mut rustc = Command::new("rustc");
    let sysroot = cmd::capture(rustc.args(["--print", "sysroot"]))?;
    let sysroot = PathBuf::from(String::from_utf8(sysroot.stdout)?.trim());
    let mut cargo = cmd::cargo();
    cmd::without_settings(&mut cargo)
        .args(["build", "--release", "--offline"])
        .env("CARGO_TARGET_DIR", &target)
        .env("RUSTC", sysroot.join("bin/rustc"))
        .env("CCACHE_DISABLE", "1")
        .env_remove("RUSTC_WRAPPER")
        .current_dir(package);
    if let Some(path) = path {
        cargo.env("PATH", path);
    }
    let (cpu, wall) = (cpu::of_children()?, Instant::now());
    let output = cmd::capture(&mut cargo)?;
    let (cpu, wall) = (cpu::of_children()? - cpu, wall.elapsed().as_secs_f64());
    let worked = output.status.success();
    let crates = lines(&output)
        .filter(|line| line.trim_start().starts_with("Compiling "))
        .count();
    let outcome = if worked {
        "built".to_owned()
    } else {
        format!("failed: {}", why(&output))
    };
    Ok(Done {
        worked,
        // All but the empty crate itself.
        text: format!(
            "{outcome} | {} | {cpu:.1} | {wall:.1}",
            crates.saturating_sub(1)
        ),
    })
}

fn lines(output: &Output) -> impl Iterator<Item = String> {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.into_iter()
}

/// The line that says what was missing.
fn why(output: &Output) -> String {
    lines(output)
        .find(|line| line.contains("not installed") || line.contains("Unable to find"))
        .unwrap_or_else(|| cmd::last_words(output))
        .trim()
        .to_owned()
}
