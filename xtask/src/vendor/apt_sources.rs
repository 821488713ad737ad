//! Reads the machine's apt sources, in both formats, to learn its Debian mirror.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// One enabled entry of the machine's apt sources.
///
/// Fields have their deb822 names in lower case; values keep their lines,
/// because `Signed-By` may hold a whole key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Entry {
    fields: BTreeMap<String, String>,
}

impl Entry {
    fn words(&self, field: &str) -> impl Iterator<Item = &str> {
        self.fields
            .get(field)
            .map_or("", String::as_str)
            .split_whitespace()
    }

    /// Whether this is a Debian release archive: its own suites, main included.
    ///
    /// Mirrors have any name, so the suites decide; derivatives have others.
    fn is_debian(&self) -> bool {
        const SUITES: [&str; 15] = [
            "buster",
            "bullseye",
            "bookworm",
            "trixie",
            "forky",
            "duke",
            "sid",
            "oldoldstable",
            "oldstable",
            "stable",
            "testing",
            "unstable",
            "experimental",
            "rc-buggy",
            "stretch",
        ];
        self.words("components")
            .any(|component| component == "main")
            && self
                .words("suites")
                .any(|suite| SUITES.contains(&suite.trim_end_matches('/')))
    }

    /// A deb822 entry for the source packages of another suite of the same archive.
    pub(crate) fn for_suite(&self, suite: &str) -> String {
        let mut text = String::from("Types: deb-src\nComponents: main\n");
        text.push_str(&format!("Suites: {suite}\n"));
        for (field, name) in [
            ("uris", "URIs"),
            ("signed-by", "Signed-By"),
            ("trusted", "Trusted"),
            ("check-valid-until", "Check-Valid-Until"),
        ] {
            if let Some(value) = self.fields.get(field) {
                text.push_str(&format!("{name}: {value}\n"));
            }
        }
        text
    }
}

/// The machine's Debian archives, without repetitions.
pub(crate) fn debian_archives(apt_directory: &Path) -> Vec<Entry> {
    let mut files = vec![apt_directory.join("sources.list")];
    if let Ok(listing) = fs::read_dir(apt_directory.join("sources.list.d")) {
        let mut parts: Vec<_> = listing.flatten().map(|item| item.path()).collect();
        parts.sort();
        files.extend(parts);
    }
    let mut found: Vec<Entry> = Vec::new();
    for file in files {
        let parse = match file.extension().and_then(|extension| extension.to_str()) {
            Some("list") => parse_list,
            Some("sources") => parse_deb822,
            _ => continue,
        };
        // A file that cannot be read is as good as none: the next origin follows.
        let Ok(text) = fs::read_to_string(&file) else {
            continue;
        };
        for entry in parse(&text).into_iter().filter(Entry::is_debian) {
            if !found
                .iter()
                .any(|known| known.for_suite("x") == entry.for_suite("x"))
            {
                found.push(entry);
            }
        }
    }
    found
}

/// The classic format: `deb [option=value ...] URI SUITE COMPONENT...`.
fn parse_list(text: &str) -> Vec<Entry> {
    text.lines().filter_map(parse_list_line).collect()
}

fn parse_list_line(line: &str) -> Option<Entry> {
    let line = line.split('#').next()?.trim();
    let (kind, rest) = line.split_once(char::is_whitespace)?;
    if kind != "deb" && kind != "deb-src" {
        return None;
    }
    let mut fields = BTreeMap::new();
    let mut rest = rest.trim_start();
    if let Some(options) = rest.strip_prefix('[') {
        let (options, after) = options.split_once(']')?;
        for (name, value) in options
            .split_whitespace()
            .filter_map(|option| option.split_once('='))
        {
            fields.insert(name.to_ascii_lowercase(), value.to_owned());
        }
        rest = after;
    }
    let mut words = rest.split_whitespace();
    fields.insert("uris".to_owned(), words.next()?.to_owned());
    fields.insert("suites".to_owned(), words.next()?.to_owned());
    fields.insert("components".to_owned(), words.collect::<Vec<_>>().join(" "));
    Some(Entry { fields })
}

/// The deb822 format: stanzas of `Field: value`, continued on indented lines.
fn parse_deb822(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut entry = Entry::default();
    let mut field = String::new();
    for line in text.lines().chain([""]) {
        if line.trim().is_empty() {
            let finished = std::mem::take(&mut entry);
            let enabled = !matches!(finished.words("enabled").next(), Some("no" | "false" | "0"));
            if enabled && finished.words("uris").next().is_some() {
                entries.push(finished);
            }
        } else if line.starts_with('#') {
            // A comment may stand between the lines of a field.
        } else if line.starts_with([' ', '\t']) {
            if let Some(value) = entry.fields.get_mut(&field) {
                value.push('\n');
                value.push_str(line);
            }
        } else if let Some((name, value)) = line.split_once(':') {
            field = name.trim().to_ascii_lowercase();
            entry.fields.insert(field.clone(), value.trim().to_owned());
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classic_lines() {
        let entries = parse_list(
            "# a comment\n\
             deb [arch=amd64 signed-by=/usr/share/keyrings/d.gpg] http://mirror.test/debian bookworm main contrib # tail\n\
             deb http://mirror.test/debian-security bookworm-security main\n\
             deb-src http://mirror.test/other stable main\n\
             rpm http://mirror.test/x y z\n\
             deb [trusted=yes http://broken.test/debian bookworm main\n",
        );
        assert_eq!(entries.len(), 3);
        assert!(entries[0].is_debian());
        assert!(
            !entries[1].is_debian(),
            "security updates are another archive"
        );
        assert!(entries[2].is_debian());
        assert_eq!(
            entries[0].for_suite("forky"),
            "Types: deb-src\nComponents: main\nSuites: forky\nURIs: http://mirror.test/debian\n\
             Signed-By: /usr/share/keyrings/d.gpg\n"
        );
    }

    #[test]
    fn deb822_stanzas() {
        let entries = parse_deb822(
            "Types: deb\n# http://snapshot.test/\nURIs: http://mirror.test/debian\n\
             Suites: bookworm bookworm-updates\nComponents: main\n\
             Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n\
             \nTypes: deb\nURIs: http://mirror.test/debian-security\n\
             Suites: bookworm-security\nComponents: main\n\
             \n\nEnabled: no\nTypes: deb\nURIs: http://off.test/debian\nSuites: sid\nComponents: main\n",
        );
        assert_eq!(entries.len(), 2);
        assert!(entries[0].is_debian());
        assert!(!entries[1].is_debian());
        assert_eq!(
            entries[0].for_suite("forky"),
            "Types: deb-src\nComponents: main\nSuites: forky\nURIs: http://mirror.test/debian\n\
             Signed-By: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n"
        );
    }

    #[test]
    fn derivatives_are_not_debian() {
        let entries = parse_list(
            "deb http://archive.test/ubuntu noble main universe\n\
             deb http://http.kali.test/kali kali-rolling main\n\
             deb http://mirror.test/debian bookworm contrib\n",
        );
        assert_eq!(entries.len(), 3);
        assert!(!entries.iter().any(Entry::is_debian));
    }

    #[test]
    fn all_files_of_a_machine_without_repetitions() {
        let apt = tempfile::tempdir().unwrap();
        let line = "deb http://mirror.test/debian bookworm main\n";
        fs::write(apt.path().join("sources.list"), line).unwrap();
        fs::create_dir(apt.path().join("sources.list.d")).unwrap();
        let part = |name: &str| apt.path().join("sources.list.d").join(name);
        fs::write(part("same.list"), line.replace("main", "main contrib")).unwrap();
        fs::write(part("off.list.disabled"), line.replace("mirror", "off")).unwrap();
        let stanza = "Types: deb\nURIs: http://two.test/debian\nSuites: trixie\nComponents: main\n";
        fs::write(part("two.sources"), stanza).unwrap();
        let archives = debian_archives(apt.path());
        let uris: Vec<&str> = archives
            .iter()
            .flat_map(|entry| entry.words("uris"))
            .collect();
        assert_eq!(
            uris,
            ["http://mirror.test/debian", "http://two.test/debian"]
        );
    }

    #[test]
    fn a_machine_without_apt_has_no_archives() {
        assert_eq!(debian_archives(Path::new("/nonexistent")), []);
    }
}
