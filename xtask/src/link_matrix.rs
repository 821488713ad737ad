//! `cargo xtask link-matrix`: one program outside the workspace, linked in every way there is, reads
//! a `tar.zst` and an AES ZIP; a table tells what came of each way.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::cmd;
use crate::repo::Repo;

/// Link one program in every way there is, run it, and print a table.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Build this release in the vendored ways instead of the newest that is here.
    #[arg(long, value_name = "VERSION")]
    release: Option<String>,

    /// Only the ways whose name contains this.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// A way of linking.
struct Way {
    name: &'static str,
    features: &'static str,
    settings: &'static [(&'static str, &'static str)],
    source: Source,
    /// Programs that it needs, and the Debian package of each.
    needs: &'static [(&'static str, &'static str)],
}

/// Where the library of a way comes from.
#[derive(Clone, Copy, PartialEq)]
enum Source {
    /// The verified source, whose release can be chosen.
    Vendored,
    /// The system.
    System,
    /// The shared library that an earlier way made.
    SharedByCc,
}

const RUST: &str = "bzip2,crypto-rust,lz4,xz,zlib-rs,zstd";
const SHARED_BY_CC: &str = "vendored, cc, shared";

/// In C alone, which a shared library needs.
macro_rules! in_c {
    ($more:literal) => {
        concat!($more, ",bzip2,lz4,openssl,xz,zlib,zstd")
    };
}

const PKG_CONFIG: (&str, &str) = ("pkg-config", "pkg-config");

const WAYS: &[Way] = &[
    Way {
        name: "vendored, cc, static",
        features: concat!("vendored,", "bzip2,crypto-rust,lz4,xz,zlib-rs,zstd"),
        settings: &[],
        source: Source::Vendored,
        needs: &[],
    },
    Way {
        name: SHARED_BY_CC,
        features: in_c!("vendored,dylib"),
        settings: &[],
        source: Source::Vendored,
        needs: &[PKG_CONFIG],
    },
    Way {
        name: "vendored, cmake, static",
        features: in_c!("cmake"),
        settings: &[],
        source: Source::Vendored,
        needs: &[("cmake", "cmake"), PKG_CONFIG],
    },
    Way {
        name: "vendored, cmake, shared",
        features: in_c!("cmake,dylib"),
        settings: &[],
        source: Source::Vendored,
        needs: &[("cmake", "cmake"), PKG_CONFIG],
    },
    Way {
        name: "vendored, bindgen",
        features: concat!("vendored,bindgen,", "bzip2,crypto-rust,lz4,xz,zlib-rs,zstd"),
        settings: &[],
        source: Source::Vendored,
        needs: &[],
    },
    Way {
        name: "system, shared",
        features: RUST,
        settings: &[("ARCHIVE_SYS_SYSTEM", "1")],
        source: Source::System,
        needs: &[PKG_CONFIG],
    },
    Way {
        name: "system, static",
        features: RUST,
        settings: &[("ARCHIVE_SYS_SYSTEM", "1"), ("ARCHIVE_SYS_STATIC", "1")],
        source: Source::System,
        needs: &[PKG_CONFIG],
    },
    Way {
        name: "dlopen, system",
        features: "dlopen",
        settings: &[],
        source: Source::System,
        needs: &[],
    },
    Way {
        name: "dlopen, vendored",
        features: "dlopen",
        settings: &[],
        source: Source::SharedByCc,
        needs: &[],
    },
];

/// Runs the command.
pub(crate) fn run(repo: &Repo, args: &Args) -> Result<()> {
    ensure!(cfg!(target_os = "linux"), "the table is made on Linux only");
    let dir = repo.root().join("target/link-matrix");
    let samples = dir.join("samples");
    if !samples.join("sample-aes256.zip").is_file() {
        let mut cargo = cmd::cargo();
        cargo
            .args(["run", "--quiet", "--example", "make_samples", "--"])
            .arg(&samples)
            .current_dir(repo.root());
        cmd::run(cmd::without_settings(&mut cargo))?;
    }
    let matrix = Matrix {
        program: write_program(repo, &dir)?,
        target: dir.join("target"),
        samples,
    };
    let (mut rows, mut failed, mut shared) = (Vec::new(), 0, None);
    for way in WAYS {
        if args
            .only
            .as_ref()
            .is_some_and(|part| !way.name.contains(part))
        {
            continue;
        }
        eprintln!("==> {}", way.name);
        let row = match matrix.settings(way, args, shared.as_deref()) {
            Ok(settings) => matrix.try_way(way, &settings),
            Err(reason) => {
                rows.push(format!("| {} | not tried: {reason} | | | | | |", way.name));
                continue;
            }
        };
        match row {
            Ok(row) => {
                if way.name == SHARED_BY_CC {
                    shared = Some(row.library.clone());
                }
                rows.push(row.text);
            }
            Err(error) => {
                failed += 1;
                rows.push(format!("| {} | FAILED: {error:#} | | | | | |", way.name));
            }
        }
    }
    println!(
        "| way | library | NEEDED | tar.zst | AES ZIP | exported archive_* | CPU s | bytes |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |"
    );
    for row in &rows {
        println!("{row}");
    }
    if failed > 0 {
        bail!("{failed} ways of linking failed");
    }
    Ok(())
}

/// The fixture, with the crates of this checkout in the place of the published ones.
fn write_program(repo: &Repo, dir: &Path) -> Result<PathBuf> {
    let fixture = repo.root().join("tests/link/matrix");
    let program = dir.join("program");
    fs::create_dir_all(program.join("src"))?;
    for file in ["build.rs", "src/main.rs"] {
        fs::copy(fixture.join(file), program.join(file)).with_context(|| file.to_owned())?;
    }
    let mut manifest = fs::read_to_string(fixture.join("Cargo.toml"))?;
    manifest.push_str("\n[patch.crates-io]\n");
    for name in ["archive-sys", "anyarchive"] {
        let path = repo.root().join(name);
        manifest.push_str(&format!("{name} = {{ path = {path:?} }}\n"));
    }
    fs::write(program.join("Cargo.toml"), manifest)?;
    // The versions that are here already.
    fs::copy(repo.root().join("Cargo.lock"), program.join("Cargo.lock"))?;
    Ok(program)
}

struct Matrix {
    program: PathBuf,
    target: PathBuf,
    samples: PathBuf,
}

struct Row {
    text: String,
    /// The file that holds the library.
    library: PathBuf,
}

type Settings = Vec<(String, String)>;

impl Matrix {
    /// The variables of a way, or why it cannot be tried here.
    fn settings(&self, way: &Way, args: &Args, shared: Option<&Path>) -> Result<Settings, String> {
        for (program, package) in way.needs {
            if cmd::find_program(program).is_none() {
                return Err(format!("no {program}: apt-get install {package}"));
            }
        }
        let mut settings: Settings = way
            .settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let mut set = |name: &str, value: String| settings.push((name.to_owned(), value));
        match way.source {
            Source::Vendored => {
                if let Some(release) = &args.release {
                    set("ARCHIVE_SYS_RELEASE", release.clone());
                }
            }
            Source::System => {}
            Source::SharedByCc => match shared {
                Some(path) => set("ARCHIVE_SYS_DLOPEN_PATH", path.display().to_string()),
                None => return Err(format!("needs what `{SHARED_BY_CC}` makes")),
            },
        }
        Ok(settings)
    }

    fn try_way(&self, way: &Way, settings: &Settings) -> Result<Row> {
        let before = cpu_of_children()?;
        let mut features = String::new();
        for feature in way.features.split(',') {
            features.push_str("anyarchive/");
            features.push_str(feature);
            features.push(',');
        }
        let mut cargo = cmd::cargo();
        cmd::without_settings(&mut cargo)
            .args(["build", "--quiet", "--features", &features])
            .envs(settings.iter().cloned())
            .env("CARGO_TARGET_DIR", &self.target)
            .current_dir(&self.program);
        let output = cmd::capture(&mut cargo)?;
        ensure!(output.status.success(), "{}", cmd::last_words(&output));
        let seconds = cpu_of_children()? - before;

        let program = self.target.join("debug/matrix");
        let mut run = Command::new(&program);
        run.arg(self.samples.join("sample.tar.zst"))
            .arg(self.samples.join("sample-aes256.zip"))
            .arg("anyarchive")
            .envs(settings.iter().cloned());
        let output = cmd::capture(&mut run)?;
        ensure!(output.status.success(), "{}", cmd::last_words(&output));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let value = |key: &str| {
            said.lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('\t'))
                .unwrap_or_default()
                .to_owned()
        };
        let library = PathBuf::from(value("file"));
        let text = format!(
            "| {} | {}, {} | {} | {} | {} | program {}, library {} | {seconds:.1} | {} |",
            way.name,
            value("version"),
            value("linked"),
            needed(&program)?.join(" "),
            value("plain"),
            value("encrypted"),
            exported(&program)?,
            if library == program {
                "-".to_owned()
            } else {
                exported(&library)?.to_string()
            },
            fs::metadata(&program)?.len(),
        );
        Ok(Row { text, library })
    }
}

/// CPU seconds of the processes that this one has started and waited for.
fn cpu_of_children() -> Result<f64> {
    /// `USER_HZ`, which Linux has kept at this for its interfaces.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").context("/proc/self/stat")?;
    // The name in parentheses can have spaces; cutime and cstime are fields 16 and 17.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = fields
        .split_whitespace()
        .skip(13)
        .take(2)
        .filter_map(|field| field.parse::<f64>().ok())
        .sum();
    Ok(ticks / TICKS_PER_SECOND)
}

/// The shared libraries that a program names.
fn needed(program: &Path) -> Result<Vec<String>> {
    let output = cmd::capture(Command::new("readelf").arg("-d").arg(program))?;
    ensure!(
        output.status.success(),
        "readelf: {}",
        cmd::last_words(&output)
    );
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text
        .lines()
        .filter(|line| line.contains("(NEEDED)"))
        .filter_map(|line| Some(line.split_once('[')?.1.trim_end_matches(']').to_owned()))
        .collect())
}

/// How many functions `archive_*` an object exports.
fn exported(object: &Path) -> Result<usize> {
    let mut nm = Command::new("nm");
    let output = cmd::capture(nm.args(["--dynamic", "--defined-only"]).arg(object))?;
    ensure!(output.status.success(), "nm: {}", cmd::last_words(&output));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text
        .lines()
        .filter_map(|line| line.split_whitespace().last())
        .filter(|name| name.starts_with("archive_"))
        .count())
}
