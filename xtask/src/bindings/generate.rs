//! The committed bindings, made by the same code as those of the feature `bindgen` of archive-sys.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Error, Result, ensure};

use super::headers;
use crate::repo::Repo;

/// Where the generated file belongs, from the root of the checkout.
const OUTPUT: &str = "archive-sys/src/bindings.rs";

/// Generates the bindings of release `version`; with `check`, compares instead of writing.
pub(super) fn run(repo: &Repo, version: &str, check: bool) -> Result<()> {
    let directory = repo.source_dir(version).join("libarchive");
    // These headers have everything, so there is nothing to complete them from.
    let text = headers::bindings(&directory, version, "").map_err(Error::msg)?;
    let text = rustfmt(repo, &text)?;
    let output = repo.root().join(OUTPUT);
    if check {
        let committed = fs::read_to_string(&output).context(OUTPUT)?;
        ensure!(
            committed == text,
            "{OUTPUT} differs from the headers of {version}: run `cargo xtask bindings`"
        );
        println!("{OUTPUT} is what the headers of {version} give");
    } else {
        fs::write(&output, text).context(OUTPUT)?;
        println!("wrote {OUTPUT} from the headers of {version}");
    }
    Ok(())
}

/// The text in the style of this repository, so that a check can compare it with the committed file.
fn rustfmt(repo: &Repo, text: &str) -> Result<String> {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024"])
        .current_dir(repo.root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start rustfmt: rustup component add rustfmt")?;
    // Taken, so that rustfmt sees the end of its input.
    let mut input = rustfmt.stdin.take().context("rustfmt has no input")?;
    input.write_all(text.as_bytes()).context("rustfmt")?;
    drop(input);
    let output = rustfmt.wait_with_output().context("rustfmt")?;
    ensure!(
        output.status.success(),
        "rustfmt failed ({})",
        output.status
    );
    String::from_utf8(output.stdout).context("rustfmt")
}
