//! What the figures were made on.

use std::{fs, path::Path, process::Command};

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) memory_gib: u64,
    pub(crate) kernel: String,
    pub(crate) system: String,
    pub(crate) rustc: String,
    /// The commit that was measured.
    pub(crate) commit: String,
}

impl Machine {
    pub(crate) fn this(repository: &Path) -> Self {
        let cpu = lines("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".into());
        let system = lines("/etc/os-release", "PRETTY_NAME").unwrap_or_default();
        let mut git = Command::new("git");
        git.arg("-C").arg(repository);
        let mut dirty = Command::new("git");
        dirty.arg("-C").arg(repository);
        let changed = first_line(dirty.args(["status", "--porcelain", "--untracked-files=no"]));
        let commit = first_line(git.args(["rev-parse", "--short=12", "HEAD"]));
        Self {
            cpu,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: kib("MemTotal").unwrap_or(0) >> 20,
            kernel: first_line(Command::new("uname").args(["-s", "-r", "-m"])).unwrap_or_default(),
            system: system.trim_matches('"').to_owned(),
            rustc: first_line(Command::new("rustc").arg("--version")).unwrap_or_default(),
            commit: match (commit, changed) {
                (Some(commit), None) => commit,
                (Some(commit), Some(_)) => format!("{commit} with changes"),
                (None, _) => "unknown".into(),
            },
        }
    }
}

/// Bytes that programs can still have.
pub(crate) fn memory_available() -> Option<u64> {
    Some(kib("MemAvailable")? << 10)
}

/// How many processes wanted to run in the last minute, on average.
pub(crate) fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ')
        .next()
        .and_then(|load| load.parse().ok())
        .unwrap_or(0.0)
}

/// The line by which a program tells its version: the first with digits around a point.
pub(crate) fn version_line(command: &mut Command) -> Option<String> {
    let is_version = |word: &str| {
        word.split_once('.').is_some_and(|(before, after)| {
            before.ends_with(|last: char| last.is_ascii_digit())
                && after.starts_with(|first: char| first.is_ascii_digit())
        })
    };
    let output = command.output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| line.split(' ').any(is_version))?;
    Some(line.trim_matches(['*', ' ']).to_owned())
}

/// The first line that a command prints, if it works and prints any.
fn first_line(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| !line.trim().is_empty())?;
    output.status.success().then(|| line.trim().to_owned())
}

fn kib(key: &str) -> Option<u64> {
    lines("/proc/meminfo", key)?.split(' ').next()?.parse().ok()
}

/// The value of the first line `key: value` or `key=value` of a file.
fn lines(path: &str, key: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| {
        let (name, value) = line.split_once([':', '='])?;
        (name.trim() == key).then(|| value.trim().to_owned())
    })
}
