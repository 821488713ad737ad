//! `cargo xtask linkage`: reads what `archive-sys` wrote into a program, without running it.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};
use object::{Endianness, Object as _, ObjectSection as _, SectionKind};
use serde_json::Value;

/// Owner and type of the note with the linkage record; `archive-sys/src/note.rs` writes it.
const LINKAGE: (&[u8], u32) = (b"anyarchive", 0x6172_6368);
/// The section on Apple systems.
const LINKAGE_MACHO: &str = "__anyarchive";
/// Libraries that are loaded at run time: <https://systemd.io/ELF_DLOPEN_METADATA>.
const DLOPEN: (&[u8], u32) = (b"FDO", 0x407c_0c0a);

/// Print the native libraries that a program or shared library says it has.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// An ELF or Mach-O file.
    file: PathBuf,
}

/// Runs the command: one JSON object with what was found.
pub(crate) fn run(args: &Args) -> Result<()> {
    let name = args.file.display();
    let bytes = fs::read(&args.file).with_context(|| format!("cannot read {name}"))?;
    let found = read(&bytes).with_context(|| format!("{name}"))?;
    println!("{found:#}");
    Ok(())
}

/// `{"linkage": ..., "dlopen": [...]}`; the second only if the file has such a note.
pub(crate) fn read(file: &[u8]) -> Result<Value> {
    let file = object::File::parse(file)?;
    let mut linkage = None;
    let mut dlopen = Vec::new();
    for section in file.sections() {
        let is_note = section.kind() == SectionKind::Note;
        if !is_note && section.name() != Ok(LINKAGE_MACHO) {
            continue;
        }
        let data = section.data()?;
        if !is_note {
            linkage = Some(json(data)?);
            continue;
        }
        for note in notes(data, file.endianness(), section.align())? {
            match (note.owner, note.kind) {
                LINKAGE => {
                    ensure!(linkage.is_none(), "two linkage notes");
                    linkage = Some(json(note.text)?);
                }
                DLOPEN => match json(note.text)? {
                    Value::Array(libraries) => dlopen.extend(libraries),
                    other => bail!("a dlopen note that is no list: {other}"),
                },
                _ => {}
            }
        }
    }
    let Some(linkage) = linkage else {
        bail!(
            "no linkage note: archive-sys is not in this file, or was built with the feature \
             `no-linkage-note`"
        );
    };
    let mut found = serde_json::json!({ "linkage": linkage });
    if !dlopen.is_empty() {
        found["dlopen"] = dlopen.into();
    }
    Ok(found)
}

struct Note<'a> {
    owner: &'a [u8],
    kind: u32,
    text: &'a [u8],
}

/// The notes of a section: three numbers, the owner and the text, each filled up to `align`.
fn notes(mut data: &[u8], endian: Endianness, align: u64) -> Result<Vec<Note<'_>>> {
    // Some linkers write 0 or 1 and mean 4.
    let align = if align == 8 { 8 } else { 4 };
    let mut notes = Vec::new();
    while !data.is_empty() {
        let number = |index: usize| {
            let bytes = data.get(index * 4..index * 4 + 4).context("a cut note")?;
            let bytes = bytes.try_into()?;
            anyhow::Ok(match endian {
                Endianness::Little => u32::from_le_bytes(bytes),
                Endianness::Big => u32::from_be_bytes(bytes),
            })
        };
        let (owner_size, text_size) = (number(0)? as usize, number(1)? as usize);
        let kind = number(2)?;
        let text_begin = (12 + owner_size).next_multiple_of(align);
        let text_end = text_begin.saturating_add(text_size);
        let owner = data.get(12..12 + owner_size).context("a cut note")?;
        let text = data.get(text_begin..text_end).context("a cut note")?;
        notes.push(Note {
            owner: unterminated(owner),
            kind,
            text,
        });
        let end = text_end.next_multiple_of(align).min(data.len());
        data = &data[end..];
    }
    Ok(notes)
}

fn unterminated(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn json(text: &[u8]) -> Result<Value> {
    serde_json::from_slice(unterminated(text)).context("a note that is no JSON")
}

#[cfg(test)]
mod tests {
    use object::{Architecture, BinaryFormat, write};

    use super::*;

    fn section(owner: &str, kind: u32, text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in [owner.len() as u32 + 1, text.len() as u32 + 1, kind] {
            bytes.extend(number.to_be_bytes());
        }
        for field in [owner, text] {
            bytes.extend(field.as_bytes());
            bytes.push(0);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        bytes
    }

    #[test]
    fn notes_are_told_apart() {
        let mut bytes = section("GNU", 3, "some build id");
        bytes.extend(section("anyarchive", LINKAGE.1, "{}"));
        let notes = notes(&bytes, Endianness::Big, 4).unwrap();
        let names: Vec<_> = notes.iter().map(|note| (note.owner, note.kind)).collect();
        assert_eq!(names, [(&b"GNU"[..], 3), LINKAGE]);
        assert_eq!(json(notes[1].text).unwrap(), serde_json::json!({}));
    }

    #[test]
    fn a_cut_note_is_an_error() {
        let bytes = section("anyarchive", LINKAGE.1, "{}");
        for length in 1..bytes.len() - 1 {
            assert!(
                notes(&bytes[..length], Endianness::Big, 4).is_err(),
                "{length}"
            );
        }
        let huge = [0xff; 12];
        assert!(notes(&huge, Endianness::Big, 4).is_err());
    }

    fn elf(sections: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let (format, cpu) = (BinaryFormat::Elf, Architecture::PowerPc64);
        let mut file = write::Object::new(format, cpu, Endianness::Big);
        for (name, data) in sections {
            let name = name.as_bytes().to_vec();
            let section = file.add_section(Vec::new(), name, SectionKind::Note);
            file.append_section_data(section, data, 4);
        }
        file.write().unwrap()
    }

    #[test]
    fn both_notes_of_a_program_are_found() {
        let linkage = section("anyarchive", LINKAGE.1, r#"{"format":1}"#);
        let file = elf(&[(".note.anyarchive", linkage.clone())]);
        let expected = serde_json::json!({ "linkage": { "format": 1 } });
        assert_eq!(read(&file).unwrap(), expected);

        // As one section per kind, and two notes in one.
        let mut two = section("FDO", DLOPEN.1, r#"[{"soname":["a"]}]"#);
        two.extend(section("FDO", DLOPEN.1, r#"[{"soname":["b"]}]"#));
        let file = elf(&[(".note.dlopen", two), (".note.anyarchive", linkage.clone())]);
        let sonames = serde_json::json!([{ "soname": ["a"] }, { "soname": ["b"] }]);
        assert_eq!(read(&file).unwrap()["dlopen"], sonames);

        let twice = [linkage.clone(), linkage].concat();
        let error = read(&elf(&[(".note.anyarchive", twice)])).unwrap_err();
        assert!(error.to_string().contains("two"), "{error}");
    }

    /// This program does not have `archive-sys` in it.
    #[test]
    fn a_program_without_the_note_is_named_as_such() {
        let program = fs::read(std::env::current_exe().unwrap()).unwrap();
        let error = read(&program).unwrap_err().to_string();
        assert!(error.contains("no linkage note"), "{error}");
        assert!(read(b"no program").is_err());
    }
}
