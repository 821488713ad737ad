//! What every format keeps, refuses and reports, found out by writing and reading it; the table of it,
//! `docs/formats.md`, is compared with the committed one.

mod probes;
mod table;

use std::{env, fs, path::Path};

use anyarchive::{EntryRef, ErrorKind, ReadOption, Reader, Result, WriteFormat, Writer};

use crate::probes::{PROBES, Probe};

/// What became of one thing in one format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Kept,
    /// It is not there, and nobody said so.
    Lost,
    /// It is not there, and the writer remarked it.
    Reported,
    /// The entry is not in the archive, by an error before its first byte.
    Refused,
}

/// Formats whose archives can be read again.
fn formats() -> Vec<WriteFormat> {
    WriteFormat::all()
        .filter(|format| format.format().is_some() && format.is_available().unwrap())
        .collect()
}

fn try_out(format: WriteFormat, probe: &Probe) -> Outcome {
    let (entries, data) = probe.make();
    let mut writer = Writer::builder(format).to_vec().unwrap();
    for entry in &entries {
        let has_data =
            entry.size().is_some_and(|size| size > 0) && entry.hardlink_bytes().is_none();
        let data = if has_data { &data[..] } else { b"" };
        if let Err(error) = writer.append(entry, data) {
            assert_eq!(
                error.kind(),
                ErrorKind::Unsupported,
                "{format}, {}: {error:#}",
                probe.name
            );
            assert!(
                error.is_recoverable(),
                "{format}, {}: {error:#}",
                probe.name
            );
            return Outcome::Refused;
        }
    }
    let told = !writer.warnings().is_empty();
    let archive = writer.finish().unwrap();
    let entry = entries.last().unwrap();
    let is_kept = find(&archive, entry.path_bytes(), |found, data| {
        (probe.is_kept)(entry, found, data)
    });
    match is_kept.unwrap_or_else(|error| panic!("{format}, {}: {error:#}", probe.name)) {
        Some(true) => Outcome::Kept,
        _ if told => Outcome::Reported,
        _ => Outcome::Lost,
    }
}

/// Looks at an entry; `None` when there is none of this name.
fn find<T>(
    archive: &[u8],
    path: &[u8],
    look: impl FnOnce(&EntryRef, Vec<u8>) -> T,
) -> Result<Option<T>> {
    let mut reader = Reader::builder()
        .set(ReadOption::MacMetadata(true))
        .from_bytes(archive)?;
    while let Some(mut entry) = reader.next_entry()? {
        let found = entry.path_bytes();
        let found = found.strip_prefix(b"./").unwrap_or(found);
        if found.strip_suffix(b"/").unwrap_or(found) == path {
            let data = if entry.file_type() == anyarchive::FileType::File {
                entry.read_to_vec()?
            } else {
                Vec::new()
            };
            return Ok(Some(look(&entry, data)));
        }
    }
    Ok(None)
}

/// The committed table holds for the release that comes with the crate; others are tried all the same.
#[test]
fn the_table_is_what_the_formats_do() {
    if anyarchive::version_number() != table::RELEASE {
        println!("not tested: the table is about another release");
        return;
    }
    let rows: Vec<_> = formats()
        .into_iter()
        .map(|format| {
            let outcomes = PROBES.iter().map(|probe| try_out(format, probe)).collect();
            (format, outcomes)
        })
        .collect();
    let table = table::render(&rows);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/formats.md");
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &table).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap();
    let lines = |text: &str| -> Vec<String> {
        // A format that this build lacks is no difference.
        let lines = text.lines().filter(|line| {
            let format =
                WriteFormat::all().find(|format| line.starts_with(&format!("| {format} |")));
            format.is_none_or(|format| format.is_available().unwrap())
        });
        lines.map(ToOwned::to_owned).collect()
    };
    let (committed, found) = (lines(&committed), lines(&table));
    for (committed, found) in committed.iter().zip(&found) {
        assert_eq!(
            committed, found,
            "UPDATE_DOCS=1 cargo test --test formats writes docs/formats.md"
        );
    }
    assert_eq!(committed.len(), found.len());
}

#[test]
fn a_format_says_itself_what_it_loses() {
    if anyarchive::version_number() < table::RELEASE {
        return;
    }
    let mut wrong = Vec::new();
    for format in formats() {
        for probe in PROBES {
            let Some(field) = probe.field else {
                continue;
            };
            let (entries, _) = probe.make();
            let says = format.loses(entries.last().unwrap()).contains(field);
            let outcome = try_out(format, probe);
            if says != (outcome == Outcome::Lost) && outcome != Outcome::Refused {
                wrong.push(format!("{format}, {}: {outcome:?}", probe.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
