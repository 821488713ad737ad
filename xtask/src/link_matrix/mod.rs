//! `cargo xtask link-matrix`: one program outside the workspace, linked in every way there is, reads
//! a `tar.zst` and an AES ZIP; a table tells what came of each way. With `--test` the test suites
//! run in every way instead.

mod fixture;
mod program;
mod suite;
mod system;
mod ways;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use crate::cmd;
use crate::repo::Repo;
use crate::vendor;
pub(crate) use fixture::Fixture;
use program::Program;
use suite::Suite;
use system::System;
use ways::{SHARED_BY_CC, Source, WAYS, Way};

/// Link one program in every way there is, run it, and print a table.
///
/// Needs Linux, a C compiler and binutils; the ways say what else they need. On Debian: apt-get
/// install cmake libclang-dev pkg-config libssl-dev libarchive-dev libacl1-dev libbz2-dev
/// liblz4-dev liblzma-dev libxml2-dev libzstd-dev nettle-dev zlib1g-dev
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// This release instead of the newest that is here, and instead of the system's; may be given
    /// several times.
    #[arg(long, value_name = "VERSION")]
    release: Vec<String>,

    /// Every release of vendor/lock.toml, one after the other.
    #[arg(long, conflicts_with = "release")]
    all_releases: bool,

    /// Only the ways whose name contains one of these, and what they need.
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,

    /// Run the test suites of archive-sys and anyarchive in every way.
    #[arg(long)]
    test: bool,

    /// Of the test suites only the documentation's.
    #[arg(long, requires = "test")]
    doc: bool,
}

/// A way that worked.
struct Row {
    text: String,
    /// The file that holds the library.
    library: PathBuf,
}

type Settings = Vec<(String, String)>;

/// Runs the command. Rows are printed as they come, so that an interrupted run has said something.
pub(crate) fn run(repo: &Repo, args: &Args) -> Result<()> {
    ensure!(cfg!(target_os = "linux"), "the table is made on Linux only");
    let releases = if args.all_releases {
        vendor::obtain_all(repo)?.into_iter().map(Some).collect()
    } else if args.release.is_empty() {
        vendor::ensure_first(repo, args.test)?;
        vec![None]
    } else {
        vendor::obtain(repo, &args.release)?;
        args.release.iter().cloned().map(Some).collect::<Vec<_>>()
    };
    let dir = repo.root().join("target/link-matrix");
    let mut program = Program::new(repo, &dir)?;
    let suite = Suite::new(repo, &dir, args.doc);
    println!(
        "{}",
        if args.test {
            suite::HEAD
        } else {
            program::HEAD
        }
    );
    let (mut failed, mut not_tried) = (0, 0);
    for release in &releases {
        let mut machine = Machine {
            repo,
            dir: &dir,
            release: release.as_deref(),
            shared: None,
        };
        for way in WAYS.iter().filter(|way| is_wanted(way, &args.only)) {
            let release = release.as_deref().unwrap_or("-");
            eprintln!("==> {release}: {}", way.name);
            let settings = match machine.settings(way, &mut program) {
                Ok(settings) => settings,
                Err(reason) => {
                    not_tried += 1;
                    println!("| {release} | {} | not tried: {reason:#} |", way.name);
                    continue;
                }
            };
            let row = if args.test {
                suite.try_way(way, release, &settings)
            } else {
                program.try_way(way, release, &settings).map(|row| {
                    if way.name == SHARED_BY_CC {
                        machine.shared = Some(row.library);
                    }
                    row.text
                })
            };
            match row {
                Ok(text) => println!("{text}"),
                Err(error) => {
                    failed += 1;
                    println!("| {release} | {} | FAILED |", way.name);
                    eprintln!("{error:#}");
                }
            }
        }
    }
    if failed > 0 {
        bail!("{failed} ways of linking failed");
    }
    ensure!(not_tried == 0, "{not_tried} ways of linking were not tried");
    Ok(())
}

fn is_wanted(way: &Way, only: &[String]) -> bool {
    only.is_empty() || only.iter().any(|part| way.name.contains(part.as_str()))
}

/// What the ways find, for one release.
struct Machine<'a> {
    repo: &'a Repo,
    dir: &'a Path,
    release: Option<&'a str>,
    /// What the way [`SHARED_BY_CC`] made.
    shared: Option<PathBuf>,
}

impl Machine<'_> {
    /// The variables of a way; an error when it cannot be tried here.
    fn settings(&mut self, way: &Way, program: &mut Program) -> Result<Settings> {
        for (tool, package) in way.needs {
            ensure!(
                cmd::find_program(tool).is_some(),
                "no {tool}: apt-get install {package}"
            );
        }
        let mut settings: Settings = way
            .settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let mut set = |name: &str, value: &Path| {
            settings.push((name.to_owned(), value.display().to_string()));
        };
        match way.source {
            Source::Vendored => {
                if let Some(release) = self.release {
                    set("ARCHIVE_SYS_RELEASE", Path::new(release));
                }
            }
            Source::System => settings.extend(self.system()?.settings()),
            Source::Explicit => {
                let system = self.system()?;
                set("ARCHIVE_SYS_LIB_DIR", &system.lib_dir()?);
                set("ARCHIVE_SYS_INCLUDE_DIR", &system.include_dir()?);
            }
            Source::SystemFile => {
                if let Some(file) = self.system()?.file() {
                    set("ARCHIVE_SYS_DLOPEN_PATH", &file);
                }
            }
            Source::SharedByCc => {
                let shared = match self.shared.take() {
                    Some(shared) => shared,
                    None => self.make_shared(program)?,
                };
                set("ARCHIVE_SYS_DLOPEN_PATH", &shared);
                self.shared = Some(shared);
            }
        }
        Ok(settings)
    }

    fn system(&self) -> Result<System> {
        System::of(self.repo, self.release, &self.dir.join("system"))
    }

    fn make_shared(&mut self, program: &mut Program) -> Result<PathBuf> {
        let way = WAYS.iter().find(|way| way.name == SHARED_BY_CC);
        let way = way.context(SHARED_BY_CC)?;
        let settings = self.settings(way, program)?;
        let row = program.try_way(way, self.release.unwrap_or("-"), &settings)?;
        Ok(row.library)
    }
}
