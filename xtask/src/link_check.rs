//! `cargo xtask link-check`: several crates on `archive-sys` share one libarchive and one copy of
//! each codec, and nothing of them leaves a shared library.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::cmd;
use crate::repo::Repo;

/// Runs the command.
pub(crate) fn run(repo: &Repo) -> Result<()> {
    let check = Check {
        workspace: repo.root().join("target/link-check/workspace"),
        target: repo.root().join("target/link-check/target"),
    };
    check.write_workspace(repo)?;
    check.cargo(&["run", "--quiet", "--package", "app"])?;
    check.cargo(&["build", "--quiet", "--package", "plugin"])?;
    if !cfg!(target_os = "linux") {
        println!("symbols are compared on Linux only");
        return Ok(());
    }
    if cmd::find_program("nm").is_none() {
        println!("symbols were not compared: there is no nm (apt-get install binutils)");
        return Ok(());
    }
    check.one_copy_each()?;
    check.nothing_exported()
}

/// A function of each library that must be in a program once.
const ONCE: [&str; 7] = [
    "archive_version_number",
    "inflate",
    "deflate",
    "BZ2_bzDecompress",
    "lzma_code",
    "LZ4_decompress_safe",
    "ZSTD_decompressStream",
];

struct Check {
    workspace: PathBuf,
    target: PathBuf,
}

impl Check {
    /// The fixture, with the crates of this checkout in the place of the published ones.
    fn write_workspace(&self, repo: &Repo) -> Result<()> {
        let fixture = repo.root().join("tests/link/shared");
        if self.workspace.exists() {
            fs::remove_dir_all(&self.workspace)?;
        }
        copy_directory(&fixture, &self.workspace)?;
        let manifest = self.workspace.join("Cargo.toml");
        let mut text = fs::read_to_string(&manifest)?;
        text.push_str("\n[patch.crates-io]\n");
        for name in ["archive-sys", "anyarchive"] {
            let path = repo.root().join(name);
            text.push_str(&format!("{name} = {{ path = {path:?} }}\n"));
        }
        fs::write(&manifest, text).with_context(|| format!("cannot write {}", manifest.display()))
    }

    fn cargo(&self, arguments: &[&str]) -> Result<()> {
        let mut cargo = cmd::cargo();
        cargo
            .args(arguments)
            .env("CARGO_TARGET_DIR", &self.target)
            .current_dir(&self.workspace);
        cmd::run(cmd::without_settings(&mut cargo))
    }

    fn one_copy_each(&self) -> Result<()> {
        let symbols = defined(&["--defined-only"], &self.target.join("debug/app"))?;
        for name in ONCE {
            let copies = symbols.get(name).copied().unwrap_or(0);
            ensure!(copies == 1, "the program has {copies} copies of {name}");
        }
        println!("the program has one copy each of {}", ONCE.join(", "));
        Ok(())
    }

    fn nothing_exported(&self) -> Result<()> {
        let library = self.target.join("debug/libplugin.so");
        let inside = defined(&["--defined-only"], &library)?;
        for name in [
            "archive_read_new",
            "archive_sys_inflate",
            "BZ2_bzDecompress",
        ] {
            ensure!(
                inside.contains_key(name),
                "the library was to contain {name}, and does not"
            );
        }
        let exported = defined(&["--dynamic", "--defined-only"], &library)?;
        let exported: Vec<&str> = exported.keys().map(String::as_str).collect();
        if exported != ["plugin_entries"] {
            bail!(
                "a shared library exports more than its own function: {}",
                exported.join(", ")
            );
        }
        println!("a shared library with libarchive inside exports its own function alone");
        Ok(())
    }
}

/// Names of symbols, and how often each is there.
fn defined(arguments: &[&str], file: &Path) -> Result<BTreeMap<String, usize>> {
    let mut nm = Command::new("nm");
    let output = cmd::capture(nm.args(arguments).arg(file))?;
    ensure!(
        output.status.success(),
        "`{}` failed: {}",
        cmd::text(&nm),
        cmd::last_words(&output)
    );
    let mut symbols = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        if let Some(name) = line.split_whitespace().last() {
            *symbols.entry(name.to_owned()).or_default() += 1;
        }
    }
    Ok(symbols)
}

fn copy_directory(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    let listing = fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
    for item in listing {
        let item = item?;
        let (from, to) = (item.path(), to.join(item.file_name()));
        if item.file_type()?.is_dir() {
            copy_directory(&from, &to)?;
        } else {
            fs::copy(&from, &to).with_context(|| format!("cannot write {}", to.display()))?;
        }
    }
    Ok(())
}
