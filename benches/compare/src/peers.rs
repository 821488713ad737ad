//! Who takes part, and the command for each task, as its manual gives it.
//!
//! All run as the user who measures. Nobody restores owners: only root could, and not everybody
//! can be told to.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use crate::{archives::Format, machine};
use Format::{SevenZip, Tar, TarGz, TarXz, TarZst, Zip};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Ours,
    Tool,
    Crate,
}

/// Commands with `{archive}`, `{out}` (the directory to extract into), `{parent}` (the directory
/// that has the tree `corpus`) and the names of built programs in braces.
type Commands = &'static [(&'static [Format], &'static str)];

#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Programs with the Debian packages that bring them.
    needs: &'static [(&'static str, &'static str)],
    version: Version,
    extract: Commands,
    create: Commands,
}

#[derive(Debug)]
enum Version {
    /// Of this repository.
    Ours,
    /// The line of a command's output that has it.
    Line(&'static [&'static str]),
    /// Of crates in `benches/Cargo.lock`.
    Crates(&'static [&'static str]),
}

const TARS: &[Format] = &[Tar, TarGz, TarZst, TarXz];
const ALL: &[Format] = &Format::ALL;

pub(crate) const PEERS: &[Peer] = &[
    Peer {
        name: "anyarchive",
        kind: Kind::Ours,
        needs: &[],
        version: Version::Ours,
        extract: &[(
            ALL,
            "{anyarchive} extract --quiet --max-entries none {archive} -C {out}",
        )],
        create: &[(
            &[TarGz, TarZst, Zip],
            "{anyarchive} create --quiet {archive} -C {parent} corpus",
        )],
    },
    Peer {
        name: "anyarchive library",
        kind: Kind::Ours,
        needs: &[],
        version: Version::Ours,
        extract: &[(ALL, "{library} extract {archive} {out}")],
        create: &[],
    },
    Peer {
        name: "bsdtar",
        kind: Kind::Tool,
        needs: &[("bsdtar", "libarchive-tools")],
        version: Version::Line(&["bsdtar", "--version"]),
        extract: &[(ALL, "bsdtar --no-same-owner -xf {archive} -C {out}")],
        create: &[
            (&[TarGz], "bsdtar -czf {archive} -C {parent} corpus"),
            (&[TarZst], "bsdtar --zstd -cf {archive} -C {parent} corpus"),
            (
                &[Zip],
                "bsdtar --format=zip -cf {archive} -C {parent} corpus",
            ),
        ],
    },
    Peer {
        name: "GNU tar",
        kind: Kind::Tool,
        needs: &[("tar", "tar")],
        version: Version::Line(&["tar", "--version"]),
        extract: &[(TARS, "tar --no-same-owner -xf {archive} -C {out}")],
        create: &[
            (&[TarGz], "tar -czf {archive} -C {parent} corpus"),
            (&[TarZst], "tar --zstd -cf {archive} -C {parent} corpus"),
        ],
    },
    Peer {
        name: "GNU tar, pigz",
        kind: Kind::Tool,
        needs: &[("tar", "tar"), ("pigz", "pigz")],
        version: Version::Line(&["pigz", "--version"]),
        extract: &[(
            &[TarGz],
            "tar --no-same-owner -I pigz -xf {archive} -C {out}",
        )],
        create: &[(&[TarGz], "tar -I pigz -cf {archive} -C {parent} corpus")],
    },
    Peer {
        name: "GNU tar, xz -T0",
        kind: Kind::Tool,
        needs: &[("tar", "tar"), ("xz", "xz-utils")],
        version: Version::Line(&["xz", "--version"]),
        extract: &[(
            &[TarXz],
            "tar --no-same-owner -I 'xz -T0' -xf {archive} -C {out}",
        )],
        create: &[],
    },
    Peer {
        name: "GNU tar, zstd -T0",
        kind: Kind::Tool,
        needs: &[("tar", "tar"), ("zstd", "zstd")],
        version: Version::Line(&["zstd", "--version"]),
        extract: &[],
        create: &[(
            &[TarZst],
            "tar -I 'zstd -T0' -cf {archive} -C {parent} corpus",
        )],
    },
    Peer {
        name: "unzip",
        kind: Kind::Tool,
        needs: &[("unzip", "unzip")],
        version: Version::Line(&["unzip", "-v"]),
        extract: &[(&[Zip], "unzip -q {archive} -d {out}")],
        create: &[],
    },
    Peer {
        name: "zip",
        kind: Kind::Tool,
        needs: &[("zip", "zip")],
        version: Version::Line(&["zip", "-v"]),
        extract: &[],
        create: &[(
            &[Zip],
            "sh -c 'cd \"$1\" && zip -q -r \"$2\" corpus' sh {parent} {archive}",
        )],
    },
    Peer {
        name: "7-Zip",
        kind: Kind::Tool,
        needs: &[("7zz", "7zip")],
        version: Version::Line(&["7zz", "--help"]),
        extract: &[
            (
                &[Tar, Zip, SevenZip],
                "7zz x -y -bso0 -bsp0 -o{out} {archive}",
            ),
            (
                &[TarGz, TarXz, TarZst],
                "sh -c '7zz x -so -bsp0 \"$1\" | 7zz x -si -ttar -y -bso0 -bsp0 \"-o$2\"' sh {archive} {out}",
            ),
        ],
        create: &[(
            &[Zip],
            "sh -c 'cd \"$1\" && 7zz a -tzip -bso0 -bsp0 \"$2\" corpus' sh {parent} {archive}",
        )],
    },
    Peer {
        name: "crate tar",
        kind: Kind::Crate,
        needs: &[],
        version: Version::Crates(&["tar", "flate2", "zlib-rs", "zstd", "liblzma"]),
        extract: &[(TARS, "{peers} tar extract {archive} {out}")],
        create: &[(
            &[TarGz, TarZst],
            "{peers} tar create {archive} {parent} corpus",
        )],
    },
    Peer {
        name: "crate zip",
        kind: Kind::Crate,
        needs: &[],
        version: Version::Crates(&["zip", "zlib-rs"]),
        extract: &[(&[Zip], "{peers} zip extract {archive} {out}")],
        create: &[(&[Zip], "{peers} zip create {archive} {parent} corpus")],
    },
    Peer {
        name: "crate sevenz-rust2",
        kind: Kind::Crate,
        needs: &[],
        version: Version::Crates(&["sevenz-rust2"]),
        extract: &[(&[SevenZip], "{peers} sevenz-rust2 extract {archive} {out}")],
        create: &[],
    },
    Peer {
        name: "crate compress-tools",
        kind: Kind::Crate,
        needs: &[("pkg-config", "pkg-config libarchive-dev")],
        version: Version::Crates(&["compress-tools"]),
        extract: &[(ALL, "{peers} compress-tools extract {archive} {out}")],
        create: &[],
    },
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Task {
    Extract,
    Create,
}

impl Task {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Extract => "extract",
            Self::Create => "create",
        }
    }
}

impl Peer {
    /// The command for a task, if there is one for this format.
    pub(crate) fn template(&self, task: Task, format: Format) -> Option<&'static str> {
        let commands = match task {
            Task::Extract => self.extract,
            Task::Create => self.create,
        };
        let found = commands
            .iter()
            .find(|(formats, _)| formats.contains(&format));
        found.map(|(_, command)| *command)
    }

    /// Why it cannot take part on this machine.
    pub(crate) fn missing(&self) -> Option<String> {
        if self.name == "crate compress-tools" && !has_libarchive() {
            return Some(format!("{}: package libarchive-dev", self.name));
        }
        let (program, package) = self.needs.iter().find(|(program, _)| !is_there(program))?;
        Some(format!(
            "{}: no {program} here (package {package})",
            self.name
        ))
    }

    pub(crate) fn version(&self, benches: &Path, names: &Names) -> String {
        match self.version {
            Version::Ours => {
                let line = names
                    .get("anyarchive")
                    .and_then(|path| machine::version_line(Command::new(path).arg("--version")));
                line.unwrap_or_else(|| "not built".into())
            }
            Version::Line(argv) => {
                let line = machine::version_line(Command::new(argv[0]).args(&argv[1..]));
                line.unwrap_or_else(|| "unknown".into())
            }
            Version::Crates(names) => {
                let lock = std::fs::read_to_string(benches.join("Cargo.lock")).unwrap_or_default();
                let versions = names.iter().map(|name| locked(&lock, name));
                versions.collect::<Vec<_>>().join(", ")
            }
        }
    }
}

/// `name version` of a crate in the text of a lock file.
fn locked(lock: &str, name: &str) -> String {
    let key = format!("name = \"{name}\"\nversion = \"");
    let version = lock
        .split_once(&key)
        .and_then(|(_, rest)| rest.split('"').next());
    format!("{name} {}", version.unwrap_or("of unknown version"))
}

/// Whether a program is in the search path.
pub(crate) fn is_there(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

/// Whether compress-tools could be built here.
pub(crate) fn has_libarchive() -> bool {
    let mut command = Command::new("pkg-config");
    command.args(["--exists", "libarchive"]);
    command.status().is_ok_and(|status| status.success())
}

/// What stands in braces in a command, and what for.
pub(crate) type Names = BTreeMap<&'static str, PathBuf>;

/// Splits a command at spaces outside of single quotes, then puts the names in.
pub(crate) fn fill(template: &str, names: &Names) -> Result<Vec<OsString>> {
    let mut words = Vec::new();
    for (index, part) in template.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(part);
        } else {
            words.extend(part.split_ascii_whitespace());
        }
    }
    let fill_word = |word: &str| -> Result<OsString> {
        let Some((before, rest)) = word.split_once('{') else {
            return Ok(word.into());
        };
        let Some((name, after)) = rest.split_once('}') else {
            bail!("{word}: no closing brace");
        };
        let Some(path) = names.get(name) else {
            bail!("{word}: unknown name");
        };
        let mut filled = OsString::from(before);
        filled.push(path);
        filled.push(after);
        Ok(filled)
    };
    words.into_iter().map(fill_word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_put_in_after_splitting() {
        let names = Names::from([
            ("out", PathBuf::from("/a b/c")),
            ("archive", "x.tar".into()),
        ]);
        let argv = fill("tar -I 'xz -T0' -o{out} {archive}", &names).unwrap();
        assert_eq!(argv, ["tar", "-I", "xz -T0", "-o/a b/c", "x.tar"]);
        assert!(fill("tar {nothing}", &names).is_err());
    }

    #[test]
    fn every_command_can_be_filled() {
        let all = ["archive", "out", "parent", "anyarchive", "library", "peers"];
        let names: Names = all
            .into_iter()
            .map(|name| (name, PathBuf::from(name)))
            .collect();
        for peer in PEERS {
            for (_, command) in peer.extract.iter().chain(peer.create) {
                assert!(fill(command, &names).is_ok(), "{}: {command}", peer.name);
            }
        }
    }

    #[test]
    fn versions_are_found_in_a_lock_file() {
        let lock = "[[package]]\nname = \"tar\"\nversion = \"0.4.46\"\n";
        assert_eq!(locked(lock, "tar"), "tar 0.4.46");
        assert_eq!(locked(lock, "zip"), "zip of unknown version");
    }
}
