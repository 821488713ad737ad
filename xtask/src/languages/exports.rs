//! What the libraries export: what the header declares, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

use super::{Answer, Ground, Report};
use crate::capi;
use crate::elf::{Dynamic, global_names};

/// Compares both libraries with the header, and the header with what programs rely on.
pub(super) fn run(ground: &Ground<'_>, report: &mut Report) -> Result<()> {
    capi::abi(ground.repo, true)?;
    report.line("interface as it was", Answer::Passed(1));
    let header = fs::read_to_string(ground.prefix.join("include/anyarchive/anyarchive.h"))?;
    let declared = capi::declared(&header);
    ensure!(declared.len() > 50, "the header declares nearly nothing");
    let shared = Dynamic::read(&ground.lib().join("libanyarchive.so"))?;
    compare("the shared library", &declared, &shared.exported)?;
    report.line("exports of the shared library", Answer::Passed(1));
    let fixed = global_names(&ground.lib().join("libanyarchive.a"))?;
    compare("the static library", &declared, &fixed)?;
    report.line("exports of the static library", Answer::Passed(1));
    needed("the shared library", &shared.needed, &[])?;
    report.line("what the shared library needs", Answer::Passed(1));
    Ok(())
}

fn compare(what: &str, declared: &BTreeSet<String>, exported: &BTreeSet<String>) -> Result<()> {
    let missing: Vec<_> = declared.difference(exported).collect();
    ensure!(missing.is_empty(), "{what} lacks {missing:?}");
    let more: Vec<_> = exported.difference(declared).collect();
    ensure!(more.is_empty(), "{what} exports {more:?} too");
    Ok(())
}

/// Libraries of the system that every program has.
const SYSTEM: [&str; 7] = [
    "libc.so.6",
    "libm.so.6",
    "libgcc_s.so.1",
    "libdl.so.2",
    "libpthread.so.0",
    "librt.so.1",
    "ld-linux-",
];

/// An extension module: it exports what its runtime looks for, and needs nothing but the system and `more`.
pub(super) fn module(path: &Path, exports: &[&str], more: &[&str]) -> Result<()> {
    let what = path.display().to_string();
    let expected = exports.iter().copied().map(str::to_owned).collect();
    let module = Dynamic::read(path)?;
    compare(&what, &expected, &module.exported)?;
    needed(&what, &module.needed, more)
}

pub(super) fn needed(what: &str, needed: &BTreeSet<String>, more: &[&str]) -> Result<()> {
    ensure!(
        needed.contains("libc.so.6"),
        "{what} needs no libc: {needed:?}"
    );
    for name in needed {
        let mut known = SYSTEM.iter().chain(more);
        ensure!(
            known.any(|known| name.starts_with(known)),
            "{what} needs {name}"
        );
    }
    for name in more {
        ensure!(
            needed.iter().any(|found| found.starts_with(name)),
            "{what} does not need {name}"
        );
    }
    Ok(())
}
