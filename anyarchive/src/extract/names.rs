//! Which names an archive has used.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{BuildHasher, RandomState},
};

use unicode_normalization::UnicodeNormalization as _;

use super::{Duplicates, Refusal, path::RelPath};

/// Every path so far, as keyed hashes: an archive cannot know which names collide.
#[derive(Debug, Default)]
pub(super) struct Names {
    hasher: RandomState,
    /// From the hash of a path without its variations to that of the path itself.
    seen: HashMap<u64, Seen>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    exact: u64,
    is_directory: bool,
}

impl Names {
    /// Notes a path, unless it is one too many.
    pub(super) fn add(
        &mut self,
        path: &RelPath,
        is_directory: bool,
        duplicates: Duplicates,
    ) -> Result<(), Refusal> {
        let path = path.as_bytes();
        match duplicates {
            Duplicates::Allow => Ok(()),
            Duplicates::Refuse => {
                let exact = self.hasher.hash_one(path);
                self.note(exact, exact, is_directory)
            }
            Duplicates::RefuseTwins => {
                let folded = fold(path);
                for (end, folded_end) in slashes(path).zip(slashes(&folded)) {
                    let (above, folded) = (&path[..end], &folded[..folded_end]);
                    let (exact, folded) =
                        (self.hasher.hash_one(above), self.hasher.hash_one(folded));
                    self.note(folded, exact, true)?;
                }
                let (exact, folded) = (self.hasher.hash_one(path), self.hasher.hash_one(&*folded));
                self.note(folded, exact, is_directory)
            }
        }
    }

    fn note(&mut self, folded: u64, exact: u64, is_directory: bool) -> Result<(), Refusal> {
        let new = Seen {
            exact,
            is_directory,
        };
        match self.seen.entry(folded) {
            Entry::Vacant(entry) => {
                entry.insert(new);
                Ok(())
            }
            Entry::Occupied(entry) if entry.get().exact != exact => Err(Refusal::Twin),
            Entry::Occupied(entry) if entry.get().is_directory && is_directory => Ok(()),
            Entry::Occupied(_) => Err(Refusal::Duplicate),
        }
    }
}

/// The path without case and without a choice in how its characters are composed. Neither concerns
/// slashes.
pub(super) fn fold(path: &[u8]) -> Vec<u8> {
    if path.is_ascii() {
        return path.to_ascii_lowercase();
    }
    match std::str::from_utf8(path) {
        Ok(path) => path
            .nfd()
            .flat_map(char::to_uppercase)
            .flat_map(char::to_lowercase)
            .nfd()
            .collect::<String>()
            .into_bytes(),
        Err(_) => path.to_ascii_lowercase(),
    }
}

fn slashes(path: &[u8]) -> impl Iterator<Item = usize> {
    let bytes = path.iter().enumerate();
    bytes.filter(|(_, byte)| **byte == b'/').map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::{
        path::{Place, place},
        policy::Policy,
    };

    fn outcomes(paths: &[&str], duplicates: Duplicates) -> Vec<Option<Refusal>> {
        let mut names = Names::default();
        let add = |path: &&str| match place(path.as_bytes(), &Policy::default()) {
            Ok(Place::Below(clean)) => names.add(&clean, path.ends_with('/'), duplicates).err(),
            other => panic!("{other:?}"),
        };
        paths.iter().map(add).collect()
    }

    #[test]
    fn duplicates_are_found() {
        let paths = ["a/", "a/b", "./a//b", "a/", "a", "a/b/", "A"];
        let duplicate = Some(Refusal::Duplicate);
        assert_eq!(outcomes(&paths, Duplicates::Allow), [None; 7]);
        assert_eq!(
            outcomes(&paths, Duplicates::Refuse),
            [None, None, duplicate, None, duplicate, duplicate, None]
        );
    }

    #[test]
    fn twins_are_found_wherever_they_differ() {
        let twin = Some(Refusal::Twin);
        for pair in [
            ["a", "A"],
            ["dir/a", "DIR/b"],
            ["a/b/c", "a/B/d"],
            ["straße", "STRASSE"],
            ["\u{e9}", "e\u{301}"],
            ["\u{c9}", "e\u{301}"],
            ["\u{212b}", "\u{e5}"],
            [
                "x/\u{1e9b}\u{323}",
                "x/\u{1e9b}\u{323}".to_uppercase().as_str(),
            ],
        ] {
            assert_eq!(
                outcomes(&pair, Duplicates::RefuseTwins),
                [None, twin],
                "{pair:?}"
            );
            assert_eq!(
                outcomes(&pair, Duplicates::Refuse),
                [None, None],
                "{pair:?}"
            );
        }
        let different = ["a", "b", "a/", "ab", "a b", "\u{e9}", "e"];
        let mut expected = [None; 7];
        expected[2] = Some(Refusal::Duplicate);
        assert_eq!(outcomes(&different, Duplicates::RefuseTwins), expected);
    }

    #[test]
    fn names_in_other_encodings_lose_their_case_as_far_as_it_is_known() {
        let mut names = Names::default();
        let rel = |raw: &[u8]| match place(raw, &Policy::default()) {
            Ok(Place::Below(path)) => path,
            other => panic!("{other:?}"),
        };
        let twins = Duplicates::RefuseTwins;
        assert_eq!(names.add(&rel(b"\xffa"), false, twins), Ok(()));
        assert_eq!(names.add(&rel(b"\xffA"), false, twins), Err(Refusal::Twin));
        assert_eq!(names.add(&rel(b"\xfea"), false, twins), Ok(()));
    }
}
