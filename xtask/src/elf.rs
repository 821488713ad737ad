//! What files that are built say of themselves: names, and what they need.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use object::elf;
use object::read::archive::ArchiveFile;
use object::read::elf::{Dyn as _, ElfFile64, FileHeader as _};
use object::{Object as _, ObjectSymbol as _};

/// What the loader reads of a program or shared library.
pub(crate) struct Dynamic {
    /// `DT_NEEDED`
    pub(crate) needed: BTreeSet<String>,
    /// `DT_SONAME`
    pub(crate) soname: Option<String>,
    /// Names that it shows to others.
    pub(crate) exported: BTreeSet<String>,
}

impl Dynamic {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let data = fs::read(path).with_context(|| path.display().to_string())?;
        Self::parse(&data).with_context(|| path.display().to_string())
    }

    fn parse(data: &[u8]) -> Result<Self> {
        let file: ElfFile64<'_> = ElfFile64::parse(data)?;
        let endian = file.endian();
        let sections = file.elf_header().sections(endian, data)?;
        let dynamic = sections.dynamic(endian, data)?;
        let (entries, strings) = dynamic.context("no dynamic section")?;
        let strings = sections.strings(endian, data, strings)?;
        let mut needed = BTreeSet::new();
        let mut soname = None;
        for entry in entries {
            let name = || -> Result<String> {
                Ok(String::from_utf8_lossy(entry.string(endian, strings)?).into_owned())
            };
            match entry.tag(endian) {
                elf::DT_NEEDED => drop(needed.insert(name()?)),
                elf::DT_SONAME => soname = Some(name()?),
                _ => {}
            }
        }
        let symbols = file.dynamic_symbols().filter(|it| it.is_definition());
        let exported = symbols
            .map(|it| Ok(it.name()?.to_owned()))
            .collect::<Result<_>>()?;
        Ok(Self {
            needed,
            soname,
            exported,
        })
    }
}

/// Global names of all members of a static library.
pub(crate) fn global_names(path: &Path) -> Result<BTreeSet<String>> {
    let data = fs::read(path).with_context(|| path.display().to_string())?;
    let archive = ArchiveFile::parse(&*data)?;
    let mut names = BTreeSet::new();
    for member in archive.members() {
        let member = member?.data(&*data)?;
        for symbol in object::File::parse(member)?.symbols() {
            if symbol.is_definition() && symbol.is_global() {
                names.insert(symbol.name()?.to_owned());
            }
        }
    }
    Ok(names)
}
