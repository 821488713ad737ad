//! `anyarchive info`

use std::collections::BTreeMap;

use anyarchive::{Entry, Filter, Reader};
use serde::Serialize;

use super::{
    capabilities, count,
    linkage::{self, Library},
};
use crate::{
    exit::Failure,
    flags,
    input::Input,
    json::{self, type_name},
    messages::Messages,
    output::Output,
    password,
    walk::walk_and_look,
};

/// Everything that `info` tells; the fields are those of `--json`.
#[derive(Debug, Serialize)]
struct Totals {
    /// As on the command line, with U+FFFD for what is not UTF-8.
    archive: String,
    format: Option<&'static str>,
    /// The exact variants, in the order of their first entries.
    format_names: Vec<String>,
    filters: Vec<&'static str>,
    entries: u64,
    /// Entries by type.
    types: BTreeMap<&'static str, u64>,
    /// Sum of the declared sizes of files.
    bytes: u64,
    /// Files that do not declare their size before their data.
    unknown_sizes: u64,
    /// Length of the archive itself.
    archive_bytes: u64,
    /// `archive_bytes / bytes`, when that says something.
    ratio: Option<f64>,
    /// Entries whose data is encrypted.
    encrypted: u64,
    /// Whether the end of the archive was reached and no entry was lost on the way.
    complete: bool,
    library: Library,
}

pub(crate) fn run(
    args: &flags::Info,
    global: &flags::Global,
    messages: &Messages,
) -> Result<(), Failure> {
    if args.capabilities {
        return capabilities::run(args.json);
    }
    let Some(archive) = &args.archive else {
        return linkage::run(args.json);
    };
    let input = Input::new(archive, global)?;
    let mut reader = input.open(password::given(global.password_file.as_deref())?.as_ref())?;
    let archive = archive.to_string_lossy().into_owned();
    let totals = Totals::gather(archive, &mut reader, &input, messages)?;
    let mut out = Output::new();
    if args.json {
        out.text(&json::line(&totals)?)?;
        out.end_line()?;
    } else {
        totals.print(messages.archive(), &mut out)?;
    }
    out.finish()
}

impl Totals {
    fn gather(
        archive: String,
        reader: &mut Reader<'_>,
        input: &Input,
        messages: &Messages,
    ) -> Result<Self, Failure> {
        let mut totals = Self {
            archive,
            format: None,
            format_names: Vec::new(),
            filters: Vec::new(),
            entries: 0,
            types: BTreeMap::new(),
            bytes: 0,
            unknown_sizes: 0,
            archive_bytes: 0,
            ratio: None,
            encrypted: 0,
            complete: false,
            library: Library::new(),
        };
        let mut names = Vec::new();
        let at_end = walk_and_look(
            reader,
            input.is_stream(),
            messages,
            |entry| {
                totals.add(entry);
                Ok(())
            },
            |reader| names.extend(reader.format_name().filter(|name| !names.contains(name))),
        )?;
        totals.format_names = names;
        totals.complete = at_end && messages.problems() == 0;
        totals.format = reader.format().map(anyarchive::Format::name);
        totals.filters = reader.filters().into_iter().map(Filter::name).collect();
        totals.archive_bytes = match reader.total_bytes() {
            Some(total) => total,
            None => reader.bytes_read() + input.drain()?,
        };
        totals.ratio = (totals.bytes > 0 && totals.unknown_sizes == 0)
            .then(|| totals.archive_bytes as f64 / totals.bytes as f64);
        Ok(totals)
    }

    fn add(&mut self, entry: &Entry<'_>) {
        let kind = type_name(entry);
        self.entries += 1;
        *self.types.entry(kind).or_default() += 1;
        self.encrypted += u64::from(entry.is_encrypted());
        if kind == "file" {
            match entry.size() {
                Some(size) => self.bytes = self.bytes.saturating_add(size),
                None => self.unknown_sizes += 1,
            }
        }
    }
}

impl Totals {
    /// `archive` is its name, safe to show.
    fn print(&self, archive: &str, out: &mut Output) -> Result<(), Failure> {
        let mut row = |key: &str, value: &str| {
            out.text(&format!("{key:<12}{value}"))?;
            out.end_line()
        };
        row("archive", archive)?;
        row("format", &self.format_text())?;
        row("filters", &list_or_none(&self.filters))?;
        row("entries", &self.entries_text())?;
        row("content", &self.content_text())?;
        row("size", &self.size_text())?;
        row(
            "encrypted",
            &match self.encrypted {
                0 => "no".to_owned(),
                n => count(n, "entry", "entries"),
            },
        )?;
        if !self.complete {
            row(
                "complete",
                "no: see the problems; the numbers are those of what could be read",
            )?;
        }
        let mut key = "library";
        for line in self.library.lines() {
            row(key, &line)?;
            key = "";
        }
        Ok(())
    }

    fn format_text(&self) -> String {
        match (self.format, self.format_names.as_slice()) {
            (None, _) => "unknown".to_owned(),
            (Some(format), []) => format.to_owned(),
            (Some(format), names) => format!("{format} ({})", names.join("; ")),
        }
    }

    fn entries_text(&self) -> String {
        let types: Vec<_> = self
            .types
            .iter()
            .map(|(kind, n)| format!("{kind} {n}"))
            .collect();
        match types.is_empty() {
            true => "0".to_owned(),
            false => format!("{} ({})", self.entries, types.join(", ")),
        }
    }

    fn content_text(&self) -> String {
        let mut text = count(self.bytes, "byte", "bytes");
        if self.unknown_sizes > 0 {
            let more = count(self.unknown_sizes, "file", "files");
            text.push_str(&format!(", and {more} of unknown size"));
        }
        text
    }

    fn size_text(&self) -> String {
        let bytes = count(self.archive_bytes, "byte", "bytes");
        match self.ratio {
            Some(ratio) => format!("{bytes}, {:.1} % of the content", ratio * 100.0),
            None => bytes,
        }
    }
}

fn list_or_none(names: &[&str]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.join(", "),
    }
}
