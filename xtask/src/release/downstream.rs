//! A program of somebody else, built on the packages alone.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use super::package::Package;
use crate::cmd;
use crate::repo::Repo;

/// Builds the downstream program and the command line in `directory`, where the packages are
/// unpacked, and has both read the packages, which are archives themselves.
pub(super) fn prove(repo: &Repo, directory: &Path, packages: &[Package]) -> Result<()> {
    write_workspace(repo, directory, packages)?;
    let begin = Instant::now();
    let mut cargo = cmd::cargo();
    cargo
        .args(["build", "--offline", "--quiet"])
        .args(["--package", "downstream", "--package", "anyarchive-cli"])
        .env("CARGO_TARGET_DIR", directory.join("target"))
        .current_dir(directory);
    cmd::run(cmd::without_settings(&mut cargo))?;
    println!(
        "built offline on the packages alone, outside the workspace, in {:.1} s",
        begin.elapsed().as_secs_f64()
    );

    let mut downstream = program(directory, "downstream");
    let output = said(downstream.args(packages.iter().map(|package| &package.file)))?;
    let mut lines = output.lines();
    let version = lines.next().context("the program said nothing")?;
    for package in packages {
        let expected = format!("{} {}", package.files, package.unpacked_bytes);
        let found = lines.next().unwrap_or_default();
        ensure!(
            found == expected,
            "the program found `{found}` in {}, expected `{expected}`",
            package.directory()
        );
    }
    println!("the program runs with {version} and finds everything in the packages");

    for package in packages {
        let mut list = program(directory, "anyarchive");
        let listed = said(list.arg("list").arg(&package.file))?.lines().count() as u64;
        ensure!(
            listed == package.files,
            "`anyarchive list` shows {listed} of the {} files in {}",
            package.files,
            package.directory()
        );
    }
    println!("the command line lists them");
    Ok(())
}

/// A workspace around the packages, with the versions of dependencies that ours has: there is no
/// network to choose others from.
fn write_workspace(repo: &Repo, directory: &Path, packages: &[Package]) -> Result<()> {
    let mut manifest = String::from("[workspace]\nresolver = \"3\"\nmembers = [\"downstream\"");
    for package in packages {
        manifest.push_str(&format!(", {:?}", package.directory()));
    }
    manifest.push_str("]\n\n[patch.crates-io]\n");
    for package in packages {
        let (name, path) = (package.name, package.directory());
        manifest.push_str(&format!("{name} = {{ path = {path:?} }}\n"));
    }
    let write = |path: &str, bytes: &[u8]| {
        let path = directory.join(path);
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&path, bytes))
            .with_context(|| format!("cannot write {}", path.display()))
    };
    write("Cargo.toml", manifest.as_bytes())?;
    write("Cargo.lock", &fs::read(repo.root().join("Cargo.lock"))?)?;
    for file in ["Cargo.toml", "src/main.rs"] {
        let bytes = fs::read(repo.root().join("tests/link/downstream").join(file))?;
        write(&format!("downstream/{file}"), &bytes)?;
    }
    Ok(())
}

fn program(directory: &Path, name: &str) -> Command {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    Command::new(directory.join("target/debug").join(name))
}

/// What a program that has to succeed prints.
fn said(command: &mut Command) -> Result<String> {
    let output = cmd::capture(command)?;
    ensure!(
        output.status.success(),
        "{} failed: {}",
        OsStr::new(command.get_program()).display(),
        cmd::last_words(&output)
    );
    String::from_utf8(output.stdout).context("a program of ours speaks UTF-8")
}
