//! `anyarchive info --linkage`, and the text of `--version`

use anyarchive::{Linkage, LinkedLibrary};
use serde::Serialize;

use crate::{
    exit::Failure,
    json,
    output::{Output, visible_name},
};

/// Which libarchive is in use; see [`anyarchive::Linkage`].
#[derive(Debug, Serialize)]
pub(super) struct Library {
    version: String,
    kind: &'static str,
    origin: &'static str,
    /// The file with its code, with U+FFFD for what is not UTF-8.
    path: Option<String>,
    codecs: Vec<&'static str>,
    crypto: &'static str,
    reason: &'static str,
}

/// Shows the native libraries in this program.
pub(super) fn run(as_json: bool) -> Result<(), Failure> {
    let linkage = anyarchive::linkage();
    let mut out = Output::new();
    let lines = if as_json {
        vec![json::harmless(&linkage.to_json())]
    } else {
        let mut lines = Library::of(&linkage).lines();
        lines.push(String::new());
        lines.extend(table(linkage.libraries));
        lines
    };
    for line in lines {
        out.text(&line)?;
        out.end_line()?;
    }
    out.finish()
}

/// Name, version, kind of link, package URL and licence, in columns.
fn table(libraries: &[LinkedLibrary]) -> Vec<String> {
    let rows: Vec<[String; 5]> = libraries
        .iter()
        .map(|library| {
            let name = match library.part_of {
                Some(whole) => format!("{} in {whole}", library.name),
                None => library.name.to_owned(),
            };
            [
                name,
                library.version.unwrap_or("-").to_owned(),
                library.link.to_owned(),
                library.purl.to_owned(),
                library.license.unwrap_or("-").to_owned(),
            ]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths = [0, 1, 2, 3].map(width);
    rows.iter()
        .map(|row| {
            let columns = row.iter().zip(widths);
            let mut line: String = columns
                .map(|(text, width)| format!("{text:<width$}  "))
                .collect();
            line.push_str(&row[4]);
            line
        })
        .collect()
}

impl Library {
    pub(super) fn new() -> Self {
        Self::of(&anyarchive::linkage())
    }

    fn of(linkage: &Linkage) -> Self {
        let path = linkage.loaded_path.as_deref();
        Self {
            version: match anyarchive::version_string() {
                none if none.is_empty() => "no libarchive found".to_owned(),
                version => version,
            },
            kind: linkage.kind,
            origin: linkage.origin,
            path: path.map(|path| path.to_string_lossy().into_owned()),
            codecs: linkage.codecs.clone(),
            crypto: linkage.crypto,
            reason: linkage.reason,
        }
    }

    /// What it is, what it was built with, and why it was chosen.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.summary()];
        lines.extend(self.built_with());
        lines.push(self.reason.to_owned());
        lines
    }

    /// `libarchive 3.8.9, static, vendored-cc`, and the file of a shared library.
    fn summary(&self) -> String {
        let mut text = format!("{}, {}, {}", self.version, self.kind, self.origin);
        if let (Some(path), "dylib" | "dlopen") = (&self.path, self.kind) {
            text.push_str(&format!(", {}", visible_name(path.as_bytes())));
        }
        text
    }

    fn built_with(&self) -> Option<String> {
        let crypto = format!("cryptography: {}", self.crypto);
        (!self.codecs.is_empty()).then(|| format!("{}; {crypto}", self.codecs.join(", ")))
    }
}

/// What `--version` prints behind the program's name.
pub(crate) fn version() -> String {
    let library = Library::new();
    let mut text = format!("{}\n{}", env!("CARGO_PKG_VERSION"), library.summary());
    if let Some(built_with) = library.built_with() {
        text.push('\n');
        text.push_str(&built_with);
    }
    text
}
