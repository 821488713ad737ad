//! What the libraries export: what the header declares, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use object::read::archive::ArchiveFile;
use object::{Object as _, ObjectSymbol as _};

use super::{Answer, Ground, Report};
use crate::capi;

/// Compares both libraries with the header, and the header with what programs rely on.
pub(super) fn run(ground: &Ground<'_>, report: &mut Report) -> Result<()> {
    capi::abi(ground.repo, true)?;
    report.line("interface as it was", Answer::Passed(1));
    let header = fs::read_to_string(ground.prefix.join("include/anyarchive/anyarchive.h"))?;
    let declared = capi::declared(&header);
    ensure!(declared.len() > 50, "the header declares nearly nothing");
    let shared = shared(&ground.lib().join("libanyarchive.so"))?;
    compare("the shared library", &declared, &shared)?;
    report.line("exports of the shared library", Answer::Passed(1));
    let fixed = fixed(&ground.lib().join("libanyarchive.a"))?;
    compare("the static library", &declared, &fixed)?;
    report.line("exports of the static library", Answer::Passed(1));
    needed(&ground.lib().join("libanyarchive.so"))?;
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

fn shared(path: &Path) -> Result<BTreeSet<String>> {
    let data = fs::read(path).with_context(|| path.display().to_string())?;
    let file = object::File::parse(&*data)?;
    let symbols = file.dynamic_symbols().filter(|it| it.is_definition());
    Ok(symbols
        .filter_map(|it| it.name().ok())
        .map(str::to_owned)
        .collect())
}

/// Global names of all members.
fn fixed(path: &Path) -> Result<BTreeSet<String>> {
    let data = fs::read(path).with_context(|| path.display().to_string())?;
    let archive = ArchiveFile::parse(&*data)?;
    let mut names = BTreeSet::new();
    for member in archive.members() {
        let member = member?.data(&*data)?;
        let file = object::File::parse(member)?;
        for symbol in file.symbols() {
            if symbol.is_definition() && symbol.is_global() {
                names.insert(symbol.name()?.to_owned());
            }
        }
    }
    Ok(names)
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

fn needed(path: &Path) -> Result<()> {
    let data = fs::read(path).with_context(|| path.display().to_string())?;
    let needed = needed_names(&data)?;
    ensure!(needed.contains("libc.so.6"), "it needs no libc: {needed:?}");
    for name in &needed {
        ensure!(
            SYSTEM.iter().any(|known| name.starts_with(known)),
            "it needs {name}"
        );
    }
    Ok(())
}

/// DT_NEEDED.
fn needed_names(data: &[u8]) -> Result<BTreeSet<String>> {
    use object::elf;
    use object::read::elf::{Dyn as _, ElfFile64, FileHeader as _};

    let file: ElfFile64<'_> = ElfFile64::parse(data)?;
    let endian = file.endian();
    let sections = file.elf_header().sections(endian, data)?;
    let (entries, strings) = sections
        .dynamic(endian, data)?
        .context("no dynamic section")?;
    let strings = sections.strings(endian, data, strings)?;
    let mut names = BTreeSet::new();
    for entry in entries {
        if entry.tag(endian) == elf::DT_NEEDED {
            let name = entry.string(endian, strings)?;
            names.insert(String::from_utf8_lossy(name).into_owned());
        }
    }
    Ok(names)
}
