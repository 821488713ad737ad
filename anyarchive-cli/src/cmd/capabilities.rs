//! `anyarchive info --capabilities`

use std::{collections::BTreeMap, fmt::Display};

use anyarchive::capabilities;
use serde::Serialize;

use crate::{exit::Failure, json, output::Output};

/// The fields of `--json`.
#[derive(Debug, Serialize)]
struct Line {
    version: String,
    read_formats: Vec<String>,
    read_filters: Vec<String>,
    write_formats: Vec<String>,
    write_filters: Vec<String>,
    /// Those of the filters that write on several threads.
    threaded_filters: Vec<String>,
    /// By format, how it can compress inside.
    compressions: BTreeMap<String, Vec<String>>,
    zip_encryptions: Vec<String>,
    /// By library, its version; null when libarchive was built without it.
    libraries: BTreeMap<&'static str, Option<String>>,
}

/// Shows what the library can do.
pub(super) fn run(as_json: bool) -> Result<(), Failure> {
    let can = capabilities()?;
    let mut out = Output::new();
    if !as_json {
        out.text(&can.to_string())?;
        return out.finish();
    }
    let mut compressions: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (format, compression) in &can.compressions {
        let of_format = compressions.entry(format.to_string()).or_default();
        of_format.push(compression.to_string());
    }
    let line = Line {
        version: anyarchive::version_string(),
        read_formats: names(&can.read_formats),
        read_filters: names(&can.read_filters),
        write_formats: names(&can.write_formats),
        write_filters: names(&can.write_filters),
        threaded_filters: names(&can.threaded_filters),
        compressions,
        zip_encryptions: names(&can.zip_encryptions),
        libraries: can
            .libraries
            .iter()
            .map(|library| (library.name, library.version.clone()))
            .collect(),
    };
    out.text(&json::line(&line)?)?;
    out.end_line()?;
    out.finish()
}

fn names(values: &[impl Display]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}
