//! Builds the programs of the demonstration.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::cmd;
use crate::repo::Repo;

/// The executables cargo made.
#[derive(Debug)]
pub(super) struct Programs {
    /// The command line.
    pub(super) anyarchive: PathBuf,
    /// The example that writes the sample archives.
    pub(super) make_samples: PathBuf,
}

/// Builds both in one go, so that what they share is compiled once.
pub(super) fn build(repo: &Repo) -> Result<Programs> {
    let mut cargo = cmd::cargo();
    cargo
        .args([
            "build",
            "--release",
            "--message-format",
            "json-render-diagnostics",
        ])
        .args(["--package", "anyarchive-cli", "--bin", "anyarchive"])
        .args([
            "--package",
            "anyarchive-workspace",
            "--example",
            "make_samples",
        ])
        .current_dir(repo.root())
        .stderr(Stdio::inherit());
    let output = cmd::capture(&mut cargo)?;
    if !output.status.success() {
        bail!("`{}` failed, see above", cmd::text(&cargo));
    }
    let messages = String::from_utf8(output.stdout).context("cargo speaks UTF-8")?;
    Ok(Programs {
        anyarchive: executable(&messages, "anyarchive")?,
        make_samples: executable(&messages, "make_samples")?,
    })
}

#[derive(Debug, Deserialize)]
struct Message {
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
}

/// Where cargo put the executable of that name, wherever its target directory is.
fn executable(messages: &str, name: &str) -> Result<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| {
            message
                .target
                .as_ref()
                .is_some_and(|target| target.name == name)
        })
        .find_map(|message| message.executable)
        .with_context(|| format!("cargo built no {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_is_found_among_the_messages() {
        let messages = r#"
{"reason":"compiler-artifact","target":{"name":"anyarchive","kind":["lib"]},"executable":null}
{"reason":"build-script-executed","package_id":"x"}
{"reason":"compiler-artifact","target":{"name":"anyarchive","kind":["bin"]},"executable":"/t/release/anyarchive"}
{"reason":"build-finished","success":true}
"#;
        let found = executable(messages, "anyarchive").unwrap();
        assert_eq!(found, PathBuf::from("/t/release/anyarchive"));
        assert!(executable(messages, "make_samples").is_err());
    }
}
