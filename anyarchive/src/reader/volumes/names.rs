//! Which files make up a set, by their names.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{Error, Result};

/// Volumes that a set may have: what names can count, and an end to the search for more.
const MAX_VOLUMES: usize = 100_000;

/// How the volumes of a set are named, after what they have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Scheme {
    /// `a.part1.rar`, `a.part2.rar`, …; also `a.part01`. Digits as the first has them.
    Part { width: usize, tail: String },
    /// `a.001`, `a.002`, …
    Number,
    /// `a.rar`, `a.r00`, …, `a.r99`, `a.s00`, …
    OldRar { first: String, upper: bool },
    /// `a.z01`, `a.z02`, …, `a.zip`: the last has the name of the archive.
    Zip { last: String, prefix: String },
}

/// A volume's name, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    /// What all volumes begin with.
    stem: String,
    scheme: Scheme,
    /// Which volume it is, from 0; `None` for the last of [`Scheme::Zip`].
    index: Option<usize>,
    /// Whether the name alone says that there is a set: `a.part2.rar` and `a.r00`, not `a.zip`.
    certain: bool,
}

impl Name {
    /// `None` for a name that belongs to no scheme.
    fn parse(name: &str) -> Option<Self> {
        let (stem, extension) = name.rsplit_once('.')?;
        let lower = extension.to_ascii_lowercase();
        if let Some(part) = Self::parse_part(name, stem, extension) {
            return Some(part);
        }
        let new = |scheme, index, certain| {
            Some(Self {
                stem: stem.to_owned(),
                scheme,
                index,
                certain,
            })
        };
        let upper = extension.starts_with(|c: char| c.is_ascii_uppercase());
        let old_rar = || Scheme::OldRar {
            first: if upper { "RAR" } else { "rar" }.to_owned(),
            upper,
        };
        match lower.as_str() {
            "rar" => new(
                Scheme::OldRar {
                    first: extension.to_owned(),
                    upper,
                },
                Some(0),
                false,
            ),
            "zip" | "zipx" => {
                let prefix = extension[..1].to_owned();
                let prefix = if lower == "zipx" {
                    prefix + &extension[3..]
                } else {
                    prefix
                };
                let last = extension.to_owned();
                new(Scheme::Zip { last, prefix }, None, false)
            }
            _ if lower.len() == 3 && number(&lower).is_some() => {
                let index = number(&lower)?.checked_sub(1)?;
                new(Scheme::Number, Some(index), false)
            }
            _ => {
                let digits = lower.get(1..)?;
                match lower.as_bytes()[0] {
                    letter @ b'r'..=b'y' if digits.len() == 2 => {
                        let hundreds = usize::from(letter - b'r') * 100;
                        new(
                            old_rar(),
                            Some(hundreds + number(digits)? + 1),
                            letter == b'r',
                        )
                    }
                    b'z' => {
                        let (x, digits) = match digits.strip_prefix('x') {
                            Some(rest) => (true, rest),
                            None => (false, digits),
                        };
                        let index = number(digits)?.checked_sub(1)?;
                        let (last, prefix) = match (upper, x) {
                            (false, false) => ("zip", "z"),
                            (false, true) => ("zipx", "zx"),
                            (true, false) => ("ZIP", "Z"),
                            (true, true) => ("ZIPX", "ZX"),
                        };
                        let (last, prefix) = (last.to_owned(), prefix.to_owned());
                        (digits.len() >= 2)
                            .then(|| new(Scheme::Zip { last, prefix }, Some(index), false))?
                    }
                    _ => None,
                }
            }
        }
    }

    /// `a.part01.rar` and `a.part01`.
    fn parse_part(name: &str, stem: &str, extension: &str) -> Option<Self> {
        let (stem, part, tail) = match stem.rsplit_once('.') {
            Some((stem, part)) if part_number(part).is_some() => {
                (stem, part, format!(".{extension}"))
            }
            _ => (stem, extension, String::new()),
        };
        let digits = &part[part_number(part)?..];
        let index = number(digits)?.checked_sub(1)?;
        Some(Self {
            // With the word as it is written there.
            stem: name[..stem.len() + 1 + part.len() - digits.len()].to_owned(),
            scheme: Scheme::Part {
                width: digits.len(),
                tail,
            },
            index: Some(index),
            certain: true,
        })
    }

    /// The name of a volume, from 0; for [`Scheme::Zip`] without the last.
    fn volume(&self, index: usize) -> String {
        let stem = &self.stem;
        match &self.scheme {
            Scheme::Part { width, tail } => format!("{stem}{:0width$}{tail}", index + 1),
            Scheme::Number => format!("{stem}.{:03}", index + 1),
            Scheme::OldRar { first, .. } if index == 0 => format!("{stem}.{first}"),
            Scheme::OldRar { upper, .. } => {
                // After z there is nothing that a name can say; nothing has that name.
                let letter =
                    b'r'.saturating_add(u8::try_from((index - 1) / 100).unwrap_or(u8::MAX));
                let letter = char::from(letter.min(b'{'));
                let letter = if *upper {
                    letter.to_ascii_uppercase()
                } else {
                    letter
                };
                format!("{stem}.{letter}{:02}", (index - 1) % 100)
            }
            Scheme::Zip { prefix, .. } => format!("{stem}.{prefix}{:02}", index + 1),
        }
    }

    /// Whether its number begins with a zero.
    fn is_padded(&self) -> bool {
        match (&self.scheme, self.index) {
            (Scheme::Part { width, .. }, Some(index)) => (index + 1).to_string().len() < *width,
            _ => false,
        }
    }

    /// The same with so many digits.
    fn with_width(&self, digits: usize) -> Self {
        let mut name = self.clone();
        if let Scheme::Part { width, .. } = &mut name.scheme {
            *width = digits;
        }
        name
    }

    /// The volume that comes after all that are counted.
    fn last(&self) -> Option<String> {
        match &self.scheme {
            Scheme::Zip { last, .. } => Some(format!("{}.{last}", self.stem)),
            _ => None,
        }
    }
}

fn number(digits: &str) -> Option<usize> {
    let all = !digits.is_empty() && digits.len() <= 6 && digits.bytes().all(|b| b.is_ascii_digit());
    if all { digits.parse().ok() } else { None }
}

/// Where the digits begin in `part01`.
fn part_number(part: &str) -> Option<usize> {
    let word = part.get(..4)?;
    let known = word.eq_ignore_ascii_case("part") && number(&part[4..]).is_some();
    known.then_some(4)
}

/// The volumes of the set that `path` is one of, in the order of reading; `path` alone when there is
/// no set. `exists` says which names there are.
///
/// # Errors
///
/// When a volume between others is missing, with its name.
pub(super) fn discover(
    path: &Path,
    mut exists: impl FnMut(&Path) -> io::Result<bool>,
) -> Result<Vec<PathBuf>> {
    let alone = || Ok(vec![path.to_path_buf()]);
    // A name that is no text belongs to no scheme that counts.
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return alone();
    };
    let Some(mut name) = Name::parse(name) else {
        return alone();
    };
    let mut there = |path: &Path| {
        exists(path)
            .map_err(|error| Error::io("cannot look for volumes", error).with_archive(Some(path)))
    };
    // The tenth is `part10` after `part1`, and after `part01`.
    if let Scheme::Part { width, .. } = name.scheme
        && !name.is_padded()
    {
        for narrow in 1..width {
            let narrow = name.with_width(narrow);
            if there(&path.with_file_name(narrow.volume(0)))? {
                name = narrow;
                break;
            }
        }
    }
    let volume = |index| path.with_file_name(name.volume(index));
    let mut found = Vec::new();
    while found.len() < MAX_VOLUMES && there(&volume(found.len()))? {
        found.push(volume(found.len()));
    }
    // One behind the gap, or the very one that was asked for.
    let gap = match name.index {
        Some(index) if index >= found.len() => {
            name.certain
                || !found.is_empty()
                || there(&volume(index + 1))?
                || (index > 0 && there(&volume(index - 1))?)
        }
        _ => there(&volume(found.len() + 1))?,
    };
    if gap {
        return Err(missing_volume(&volume(found.len())));
    }
    let last = name.last().map(|last| path.with_file_name(last));
    match last {
        _ if found.is_empty() => return alone(),
        // `a.rar` without more.
        None if found.len() == 1 && name.index == Some(0) => return alone(),
        None => {}
        Some(last) if there(&last)? => found.push(last),
        Some(last) => return Err(missing_volume(&last)),
    }
    Ok(found)
}

fn missing_volume(path: &Path) -> Error {
    let error = io::Error::new(io::ErrorKind::NotFound, "there is no such file");
    let name = path.file_name().unwrap_or(path.as_os_str()).display();
    let error = Error::io("a volume of the archive is missing", error);
    error
        .with_remark(format!("it is {name}"))
        .with_archive(Some(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Discovers among names; the volumes, or the missing one.
    fn find(path: &str, names: &[&str]) -> Result<Vec<String>, String> {
        let exists = |path: &Path| Ok(names.iter().any(|name| Path::new(name) == path));
        match discover(Path::new(path), exists) {
            Ok(found) => Ok(found
                .iter()
                .map(|path| path.to_str().unwrap().to_owned())
                .collect()),
            Err(error) => Err(error.archive().unwrap().to_str().unwrap().to_owned()),
        }
    }

    #[test]
    fn finds_sets_from_any_of_their_volumes_and_in_order() {
        let many: Vec<String> = (1..=12).map(|n| format!("d/x.part{n}.rar")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let sets: &[&[&str]] = &[
            &["a.part01.rar", "a.part02.rar"],
            &["a.PART001.RAR", "a.PART002.RAR", "a.PART003.RAR"],
            &["a.part1", "a.part2"],
            &many,
            &["x/a.rar", "x/a.r00", "x/a.r01"],
            &["A.RAR", "A.R00"],
            &["a.7z.001", "a.7z.002", "a.7z.003"],
            &["a.z01", "a.z02", "a.zip"],
            &["A.Z01", "A.ZIP"],
            &["a.zx01", "a.zipx"],
        ];
        for set in sets {
            for volume in *set {
                assert_eq!(find(volume, set).unwrap(), *set, "{volume}");
            }
        }
    }

    #[test]
    fn old_names_of_rar_go_on_after_99() {
        let mut set = vec!["a.rar".to_owned()];
        set.extend((0..100).map(|n| format!("a.r{n:02}")));
        set.push("a.s00".to_owned());
        let names: Vec<&str> = set.iter().map(String::as_str).collect();
        assert_eq!(find("a.rar", &names).unwrap(), set);
        assert_eq!(find("a.s00", &names).unwrap(), set);
    }

    #[test]
    fn a_gap_is_an_error_that_names_the_missing_one() {
        for (path, names, missing) in [
            (
                "a.part1.rar",
                &["a.part1.rar", "a.part3.rar"][..],
                "a.part2.rar",
            ),
            (
                "a.part3.rar",
                &["a.part2.rar", "a.part3.rar"],
                "a.part1.rar",
            ),
            ("a.part3.rar", &["a.part3.rar"], "a.part1.rar"),
            (
                "a.part3.rar",
                &["a.part1.rar", "a.part2.rar"],
                "a.part3.rar",
            ),
            ("a.rar", &["a.rar", "a.r01"], "a.r00"),
            ("a.r00", &["a.r00"], "a.rar"),
            ("d/a.001", &["d/a.001", "d/a.003"], "d/a.002"),
            ("a.002", &["a.002", "a.003"], "a.001"),
            ("a.zip", &["a.z02", "a.zip"], "a.z01"),
            ("a.z01", &["a.z01", "a.z02"], "a.zip"),
        ] {
            assert_eq!(
                find(path, names).unwrap_err(),
                missing,
                "{path} of {names:?}"
            );
        }
    }

    #[test]
    fn names_without_a_set_stand_alone() {
        for path in [
            "a.rar",
            "a.zip",
            "a.001",
            "report.2024",
            "game.z64",
            "a.100",
            "a.tar.gz",
            "part1",
            "party.rar",
            "a.part.rar",
            "a.part0.rar",
            "a.000",
            "a.z",
            "a.r",
            "a.é01",
            "a.",
            ".zip",
        ] {
            assert_eq!(find(path, &[path, "b.zip"]).unwrap(), [path]);
            // One that is not there is for the open to refuse.
            assert_eq!(find(path, &[]).unwrap(), [path]);
        }
    }
}
