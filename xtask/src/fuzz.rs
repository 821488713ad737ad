//! `cargo xtask fuzz`: runs the fuzz targets for a bounded time, with AddressSanitizer.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use crate::cmd;
use crate::repo::Repo;
use crate::vendor;

/// Run the fuzz targets for a bounded time, with AddressSanitizer.
///
/// Needs cargo-fuzz (`cargo install cargo-fuzz`). With clang the C code is watched, too.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these; all of them when none is named.
    targets: Vec<String>,
    /// For how long each is run.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    seconds: u32,
}

/// Larger ones make every run slow.
const MAX_SEED: u64 = 64 * 1024;

/// What the sanitizer and the fuzzer want of a C compiler.
const FLAGS: &str = "-fsanitize=address -fno-omit-frame-pointer -g1 \
    -fsanitize-coverage=inline-8bit-counters,pc-table,indirect-calls,trace-cmp";

/// Runs the command.
pub(crate) fn run(repo: &Repo, args: &Args) -> Result<()> {
    let mut fuzz = cmd::cargo();
    if !cmd::capture(fuzz.args(["fuzz", "--version"]))?
        .status
        .success()
    {
        bail!("there is no cargo-fuzz: cargo install cargo-fuzz");
    }
    let all = targets(repo)?;
    let wanted = match args.targets.as_slice() {
        [] => all.clone(),
        named => named.to_vec(),
    };
    for target in &wanted {
        ensure!(
            all.contains(target),
            "there is no target {target}; there are {}",
            all.join(", ")
        );
    }
    let seeds = seeds(repo)?;
    let c_code = cmd::find_program("clang").is_some();
    if !c_code {
        println!("there is no clang, so the C code is not watched (apt-get install clang)");
    }
    let mut findings = Vec::new();
    for target in &wanted {
        println!("\n==> {target}, {} s", args.seconds);
        if !one(repo, target, args.seconds, &seeds, c_code)? {
            findings.push(target.as_str());
        }
    }
    ensure!(
        findings.is_empty(),
        "there are findings in fuzz/artifacts: {}",
        findings.join(", ")
    );
    Ok(())
}

/// Runs one target; whether it found nothing.
fn one(repo: &Repo, target: &str, seconds: u32, seeds: &Path, c_code: bool) -> Result<bool> {
    let fuzz = repo.root().join("fuzz");
    let corpus = fuzz.join("corpus").join(target);
    fs::create_dir_all(&corpus).with_context(|| corpus.display().to_string())?;
    let mut cargo = cmd::cargo();
    cargo
        .current_dir(repo.root())
        // Sanitizers are unstable flags of a compiler that is stable otherwise.
        .env("RUSTC_BOOTSTRAP", "1")
        // An archive can make C ask for gigabytes, which C only fills as far as the archive goes on.
        // It does not get them here, and has to take that; in Rust that would be a finding.
        .env(
            "ASAN_OPTIONS",
            "detect_leaks=1:allocator_may_return_null=1:max_allocation_size_mb=2048",
        )
        .args(["fuzz", "run", "--sanitizer", "address", target])
        .arg(&corpus)
        .arg(seeds)
        .args([
            "--",
            "-print_final_stats=1",
            "-timeout=20",
            "-rss_limit_mb=3072",
        ])
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={MAX_SEED}"))
        .arg(format!("-dict={}", fuzz.join("magic.dict").display()));
    if c_code {
        for (variable, value) in [("CC", "clang"), ("CFLAGS", FLAGS)] {
            // Of the target alone: build scripts are run, too.
            cargo.env(format!("{variable}_x86_64-unknown-linux-gnu"), value);
        }
    }
    let status = cmd::without_settings(&mut cargo)
        .status()
        .context("cannot start cargo fuzz")?;
    Ok(status.success())
}

/// Names of the targets.
fn targets(repo: &Repo) -> Result<Vec<String>> {
    let directory = repo.root().join("fuzz/fuzz_targets");
    let mut names = Vec::new();
    for item in fs::read_dir(&directory).with_context(|| directory.display().to_string())? {
        let path = item?.path();
        if let Some(name) = path
            .file_stem()
            .filter(|_| path.extension() == Some("rs".as_ref()))
        {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The reference archives that are small enough, in a directory of their own.
fn seeds(repo: &Repo) -> Result<PathBuf> {
    let version = vendor::ensure_first(repo, true)?;
    let from = repo.tests_dir(&version);
    let to = repo.root().join("fuzz/seeds");
    fs::create_dir_all(&to).with_context(|| to.display().to_string())?;
    for item in fs::read_dir(&from).with_context(|| from.display().to_string())? {
        let item = item?;
        let metadata = item.metadata()?;
        if metadata.is_file() && metadata.len() <= MAX_SEED {
            let seed = to.join(item.file_name());
            if !seed.exists() {
                // The last byte chooses how the archive is read.
                let mut bytes = fs::read(item.path())?;
                bytes.push(0);
                fs::write(&seed, bytes)?;
            }
        }
    }
    Ok(to)
}
