//! `cargo xtask demo`: from a fresh clone to unpacked archives.

mod build;
mod compare;

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::repo::Repo;
use crate::{cmd, vendor};
use build::Programs;

/// Build everything, then list, test and extract archives.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Archives of your own; without any, samples in several formats are made.
    archives: Vec<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(repo: &Repo, args: &Args) -> Result<()> {
    ensure!(
        cmd::has_c_compiler(),
        "missing: {}",
        cmd::INSTALL_C_COMPILER
    );
    heading("the C source");
    vendor::ensure_first(repo, false)?;
    heading("building (some minutes the first time)");
    let programs = build::build(repo)?;
    println!("built {}", repo.display(&programs.anyarchive));
    let directory = from_here(&repo.root().join("target/demo"));
    // What an earlier demonstration left would be compared with this one.
    remove(&directory.join("out"))?;
    let demo = Demo {
        repo,
        programs,
        out: directory.join("out"),
    };
    if args.archives.is_empty() {
        demo.samples(&directory.join("samples"))
    } else {
        demo.of_the_user(&args.archives)
    }
}

/// Of the one sample that is encrypted; nobody asks for it elsewhere.
const SAMPLE_PASSWORD: &str = "anyarchive";

struct Demo<'a> {
    repo: &'a Repo,
    programs: Programs,
    out: PathBuf,
}

impl Demo<'_> {
    /// Makes archives of one tree in several formats; each has to give the tree back.
    fn samples(&self, directory: &Path) -> Result<()> {
        remove(directory)?;
        fs::create_dir_all(directory)?;
        heading("making sample archives");
        cmd::run(Command::new(&self.programs.make_samples).arg(directory))?;
        let tree = directory.join("tree");
        let expected = compare::totals(&tree)?;
        let archives = archives_in(directory)?;
        ensure!(
            !archives.is_empty(),
            "no sample was made in {}",
            directory.display()
        );
        println!(
            "{} archives of one tree: {} files, {} directories, {} links, {} bytes",
            archives.len(),
            expected.files,
            expected.directories,
            expected.links,
            expected.bytes
        );
        println!("ANYARCHIVE_PASSWORD={SAMPLE_PASSWORD} is set for the encrypted one");
        for archive in &archives {
            let out = self.unpack(archive, Some(SAMPLE_PASSWORD))?;
            let differences = compare::differences(&tree, &out)?;
            ensure!(
                differences.is_empty(),
                "{} differs from {}:\n  {}",
                out.display(),
                tree.display(),
                differences.join("\n  ")
            );
            println!("equal to the original, byte by byte");
        }
        heading("done");
        println!(
            "{} archives listed, tested, extracted and compared:",
            archives.len()
        );
        for archive in &archives {
            let bytes = fs::metadata(archive)?.len();
            println!("  {:>10} bytes  {}", bytes, self.repo.display(archive));
        }
        println!("Now with your own: cargo xtask demo ARCHIVE...");
        Ok(())
    }

    fn of_the_user(&self, archives: &[PathBuf]) -> Result<()> {
        let mut failed = Vec::new();
        for archive in archives {
            match self.unpack(archive, None) {
                Ok(out) => {
                    let totals = compare::totals(&out)?;
                    println!(
                        "{} files, {} directories, {} links, {} bytes are in {}",
                        totals.files,
                        totals.directories,
                        totals.links,
                        totals.bytes,
                        self.repo.display(&out)
                    );
                }
                Err(error) => {
                    eprintln!("{error:#}");
                    failed.push(archive.display().to_string());
                }
            }
        }
        if !failed.is_empty() {
            bail!("not all went well with {}; see above", failed.join(", "));
        }
        Ok(())
    }

    /// Shows, checks and extracts one archive; returns where its entries are.
    fn unpack(&self, archive: &Path, password: Option<&str>) -> Result<PathBuf> {
        heading(&self.repo.display(archive).to_string());
        fs::metadata(archive).with_context(|| format!("cannot open {}", archive.display()))?;
        let out = self.place_for(archive)?;
        let run = |arguments: &[&str], last: &[&OsStr]| {
            let mut command = Command::new(&self.programs.anyarchive);
            command.args(arguments).arg(archive).args(last);
            println!("$ {}", cmd::text(&command));
            command.envs(password.map(|password| ("ANYARCHIVE_PASSWORD", password)));
            cmd::run(&mut command)
        };
        // A damaged archive may still give some of what it has: every command is tried.
        let results = [
            run(&["info"], &[]),
            run(&["list", "-l"], &[]),
            run(&["test"], &[]),
            run(&["extract"], &["-C".as_ref(), out.as_os_str()]),
        ];
        results.into_iter().collect::<Result<()>>()?;
        Ok(out)
    }

    /// An empty directory of the archive's name; two archives may share it.
    fn place_for(&self, archive: &Path) -> Result<PathBuf> {
        let name = archive
            .file_name()
            .context("an archive needs a file name")?;
        let mut out = self.out.join(name);
        for number in 2.. {
            if !out.exists() {
                break;
            }
            let mut numbered = OsString::from(name);
            numbered.push(format!("-{number}"));
            out = self.out.join(numbered);
        }
        fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
        Ok(out)
    }
}

/// `path` without what the current directory has in common, so that the
/// commands shown are short and can be copied.
fn from_here(path: &Path) -> PathBuf {
    let here = env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).to_path_buf()
}

fn heading(text: &str) {
    println!("\n==> {text}");
}

/// The files in `directory`, by name.
fn archives_in(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut archives = Vec::new();
    for item in fs::read_dir(directory)? {
        let item = item?;
        if item.file_type()?.is_file() {
            archives.push(item.path());
        }
    }
    archives.sort();
    Ok(archives)
}

fn remove(directory: &Path) -> Result<()> {
    match fs::remove_dir_all(directory) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(e).with_context(|| format!("cannot remove {}", directory.display()))
        }
        _ => Ok(()),
    }
}
