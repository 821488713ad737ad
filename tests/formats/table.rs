//! The table as text.

use std::fmt::Write as _;

use anyarchive::WriteFormat;

use crate::{Outcome, probes::PROBES};

/// The release of libarchive that the committed table is about.
pub(crate) const RELEASE: u32 = 3_008_009;

const HEAD: &str = "\
# What each format keeps

One entry was written with each of these things, and read again, with libarchive 3.8.9. The table is made
by `tests/formats`, and compared with what the formats do in every run of the tests;
`UPDATE_DOCS=1 cargo test --test formats` writes it.

- `yes`: it comes back as it was.
- `no`: it does not, and the library does not say so. `WriteFormat::loses` tells it for the columns that are
  about metadata, and `convert` reports it.
- `told`: it does not, and `Writer::warnings` has a remark.
- `refused`: an error before the first byte of the entry; others can follow.

Of names with accents apart from their letters (Unicode's decomposed form, as macOS has them) the archive has
what was written, but libarchive's readers tell the composed form where it says `no`: `e` and an accent come
back as `é`.

`raw`, `shar` and `shar-dump` are written, but not read, and so not here; nor is `xar`, which the library that
comes with the crate does not have.
";

pub(crate) fn render(rows: &[(WriteFormat, Vec<Outcome>)]) -> String {
    let mut out = String::from(HEAD);
    let mut groups: Vec<&str> = PROBES.iter().map(|probe| probe.group).collect();
    groups.dedup();
    for group in groups {
        let columns = || {
            PROBES
                .iter()
                .enumerate()
                .filter(|(_, probe)| probe.group == group)
        };
        let _ = write!(out, "\n## {group}\n\n|");
        for (_, probe) in columns() {
            let _ = write!(out, " | {}", probe.name);
        }
        let _ = write!(out, " |\n| ---");
        for _ in columns() {
            let _ = write!(out, " | ---");
        }
        out.push_str(" |\n");
        for (format, outcomes) in rows {
            let _ = write!(out, "| {format}");
            for (index, _) in columns() {
                let _ = write!(out, " | {}", word(outcomes[index]));
            }
            out.push_str(" |\n");
        }
    }
    out
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Kept => "yes",
        Outcome::Lost => "no",
        Outcome::Reported => "told",
        Outcome::Refused => "refused",
    }
}
