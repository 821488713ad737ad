//! The patterns mean what they mean in C, and need no more time than is promised.

use std::ffi::CString;

use super::{Matcher, PatternSeparator, glob::MAX_PATTERN};
use crate::{ErrorKind, ffi::match_::MatchHandle};

/// What C answers for a path; `None` when it gives up.
fn in_c(pattern: &str, include: bool, recursive: bool, path: &str) -> Option<bool> {
    let mut handle = MatchHandle::new().expect("memory");
    let pattern = CString::new(pattern).expect("no NUL");
    match include {
        true => handle.include_pattern(&pattern),
        false => handle.exclude_pattern(&pattern),
    }
    .expect("a pattern");
    handle.set_inclusion_recursion(recursive).expect("a flag");
    let excluded = handle.path_excluded(&CString::new(path).expect("no NUL"));
    if include {
        assert_eq!(handle.unmatched_inclusions() == 0, excluded == Some(false));
    }
    excluded
}

fn here(pattern: &str, include: bool, recursive: bool, path: &str) -> bool {
    let mut matcher = Matcher::new().expect("memory");
    match include {
        true => matcher.include_pattern(pattern),
        false => matcher.exclude_pattern(pattern),
    }
    .expect("a pattern");
    matcher.inclusion_recursion(recursive);
    let excluded = matcher.path_excluded(path);
    if include {
        assert_eq!(matcher.unmatched_inclusions().count() == 0, !excluded);
    }
    excluded
}

fn compare(pattern: &str, path: &str) {
    for (include, recursive) in [(true, true), (true, false), (false, true)] {
        assert_eq!(
            Some(here(pattern, include, recursive, path)),
            in_c(pattern, include, recursive, path),
            "pattern {pattern:?}, path {path:?}, include {include}, recursive {recursive}"
        );
    }
}

/// Every text over an alphabet up to a length.
fn all_texts(alphabet: &[&str], longest: usize) -> Vec<String> {
    let mut texts = vec![String::new()];
    let mut from = 0;
    for _ in 0..longest {
        let to = texts.len();
        for index in from..to {
            for letter in alphabet {
                texts.push(format!("{}{letter}", texts[index]));
            }
        }
        from = to;
    }
    texts
}

#[test]
fn short_patterns_mean_the_same_as_in_c() {
    let patterns = all_texts(&["a", "*", "/", ".", "?", "$", "^", "[a.]", "\\"], 3);
    let paths = all_texts(&["a", "/", "."], 4);
    for pattern in patterns.iter().filter(|pattern| !pattern.is_empty()) {
        for path in &paths {
            compare(pattern, path);
        }
    }
}

#[test]
fn longer_patterns_mean_the_same_as_in_c() {
    let pieces = [
        "a", "b", "*", "*", "**", "?", "/", "/", ".", "./", "[ab]", "[!a]", "[^b-]", "[a-b]",
        "[a-\\b]", "[]", "[!]", "[", "\\*", "\\", "$", "^", "ü",
    ];
    let path_pieces = [
        "a", "b", "ab", "/", "/", "./", ".", "//", "-", "*", "$", "^", "ü", "\\",
    ];
    // Not random at all: the same texts in each run.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).expect("small")
    };
    for _ in 0..20_000 {
        let pattern: String = (0..=next(9)).map(|_| pieces[next(pieces.len())]).collect();
        for _ in 0..4 {
            let len = next(9);
            let path: String = (0..len)
                .map(|_| path_pieces[next(path_pieces.len())])
                .collect();
            compare(&pattern, &path);
        }
    }
}

/// With C's way of matching none of these ends in a lifetime.
#[test]
fn many_stars_end() {
    let stars = |piece: &str| piece.repeat(MAX_PATTERN / piece.len() - 1);
    for (pattern, path) in [
        (stars("*a") + "b", "a".repeat(20_000)),
        (stars("*") + "b", "a".repeat(20_000)),
        (stars("*/a") + "b", "/a".repeat(10_000)),
        (stars("*?*/") + "b", "./".repeat(10_000)),
        (stars("*[!b]") + "b", "//".repeat(10_000)),
        (stars("a*") + "b", "a/".repeat(10_000)),
    ] {
        for include in [true, false] {
            assert_eq!(
                here(&pattern, include, true, &path),
                include,
                "{}",
                &pattern[..8]
            );
        }
    }
}

/// C gives its handle up for good after 100 levels.
#[test]
fn many_stars_can_match() {
    let mut matcher = Matcher::new().expect("memory");
    let pattern = "*a".repeat(150);
    matcher.exclude_pattern(&pattern).expect("a pattern");
    assert!(matcher.path_excluded("xa".repeat(150)));
    assert!(!matcher.path_excluded("xa".repeat(149)));
    assert!(matcher.path_excluded("xa".repeat(151)));
}

#[test]
fn bad_patterns_are_refused() {
    let mut matcher = Matcher::new().expect("memory");
    let too_long = "a".repeat(MAX_PATTERN + 1);
    for bad in ["", "a\0b", &too_long] {
        for result in [
            matcher.include_pattern(bad).map(drop),
            matcher.exclude_pattern(bad).map(drop),
        ] {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }
    assert!(!matcher.path_excluded("anything"));
}

#[test]
fn files_of_patterns() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("patterns");
    let read = |content: &[u8], separator| {
        std::fs::write(&file, content).expect("written");
        let mut matcher = Matcher::new().expect("memory");
        matcher.include_patterns_from(&file, separator).map(drop)?;
        let unmatched: Vec<_> = matcher.unmatched_inclusions().map(<[u8]>::to_vec).collect();
        Ok::<_, crate::Error>(unmatched)
    };
    let longest = "x".repeat(MAX_PATTERN);
    assert_eq!(
        read(b"a\r\n\n\rb c\r\xff\nlast", PatternSeparator::Line).expect("patterns"),
        [&b"a"[..], b"b c", b"\xff", b"last"]
    );
    assert_eq!(
        read(b"a\nb\0\0c", PatternSeparator::Nul).expect("patterns"),
        [&b"a\nb"[..], b"c"]
    );
    assert_eq!(
        read(
            format!("{longest}\r\n{longest}").as_bytes(),
            PatternSeparator::Line
        )
        .expect("patterns")
        .len(),
        2
    );
    assert!(
        read(b"", PatternSeparator::Line)
            .expect("patterns")
            .is_empty()
    );
    for bad in [
        format!("{longest}x\n"),
        longest.repeat(3),
        "a\0b\n".to_owned(),
    ] {
        let error = read(bad.as_bytes(), PatternSeparator::Line).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    let missing = directory.path().join("missing");
    let mut matcher = Matcher::new().expect("memory");
    let error = matcher
        .exclude_patterns_from(&missing, PatternSeparator::Line)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("missing"), "{error}");
}
