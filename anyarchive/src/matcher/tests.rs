//! The patterns mean what they mean in C, and need no more time than is promised.

use std::ffi::CString;

use super::{Matcher, PatternSeparator, TimeField, TimeOrder, glob::MAX_PATTERN};
use crate::{EntryBuf, ErrorKind, Timestamp, ffi::match_::MatchHandle};

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

/// Up to 3.8.1 at least, `^` is an anchor in more places, and fewer ways of a path are tried.
fn has_the_rules_of_today() -> bool {
    let has = crate::version_number() >= 3_008_009;
    if !has {
        println!("not tested: {} matches otherwise", crate::version_string());
    }
    has
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
    if !has_the_rules_of_today() {
        return;
    }
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
    if !has_the_rules_of_today() {
        return;
    }
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

fn at(seconds: i64, nanoseconds: u32) -> Timestamp {
    Timestamp {
        seconds,
        nanoseconds,
    }
}

/// An entry "a" that changed then.
fn changed(mtime: Timestamp) -> EntryBuf {
    let mut entry = EntryBuf::file("a", 0).expect("an entry");
    entry.set_mtime(mtime).expect("a time");
    entry
}

#[test]
fn times_are_bounds() {
    let (before, then, after) = (at(100, 4), at(100, 5), at(100, 6));
    for (order, taken) in [
        (TimeOrder::Newer, [false, false, true]),
        (TimeOrder::NewerOrEqual, [false, true, true]),
        (TimeOrder::Older, [true, false, false]),
        (TimeOrder::OlderOrEqual, [true, true, false]),
        (TimeOrder::Equal, [false, true, false]),
    ] {
        let mut matcher = Matcher::new().expect("memory");
        matcher
            .include_time(TimeField::Mtime, order, then)
            .expect("a time");
        let found = [before, then, after].map(|mtime| {
            let entry = changed(mtime);
            let excluded = matcher.time_excluded(&entry).expect("an answer");
            assert_eq!(matcher.excluded(&entry).expect("an answer"), excluded);
            !excluded
        });
        assert_eq!(found, taken, "{order:?}");

        // The same words about an entry that is excluded, to leave out what compares so.
        let mut matcher = Matcher::new().expect("memory");
        let known = changed(then);
        matcher
            .exclude_entry(TimeField::Mtime, order, &known)
            .expect("an entry");
        let left_out = [before, then, after]
            .map(|mtime| matcher.time_excluded(&changed(mtime)).expect("an answer"));
        assert_eq!(left_out, taken, "{order:?}");
        let mut other = changed(then);
        other.set_path("b").expect("a path");
        assert!(!matcher.time_excluded(&other).expect("an answer"));
    }
}

#[test]
fn both_times_count_when_both_are_asked_for() {
    let mut entry = changed(at(10, 0));
    let mut matcher = Matcher::new().expect("memory");
    matcher
        .include_time(TimeField::Both, TimeOrder::Newer, at(5, 0))
        .expect("a time");
    // Without a time of the metadata that of the content stands for it.
    assert!(!matcher.time_excluded(&entry).expect("an answer"));
    entry.set_ctime(at(1, 0)).expect("a time");
    assert!(matcher.time_excluded(&entry).expect("an answer"));
}

#[test]
fn dates_and_files_give_times() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("file");
    std::fs::write(&file, "").expect("written");
    let mut matcher = Matcher::new().expect("memory");
    matcher
        .include_file_time(TimeField::Mtime, TimeOrder::Older, &file)
        .expect("a file");
    assert!(
        !matcher
            .time_excluded(&changed(at(0, 0)))
            .expect("an answer")
    );
    assert!(
        matcher
            .time_excluded(&changed(at(1 << 40, 0)))
            .expect("an answer")
    );
    let missing = directory.path().join("missing");
    let error = matcher
        .include_file_time(TimeField::Mtime, TimeOrder::Older, &missing)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);

    let mut matcher = Matcher::new().expect("memory");
    matcher
        .include_date(
            TimeField::Mtime,
            TimeOrder::Newer,
            "2001-09-09 01:46:40 UTC",
        )
        .expect("a date");
    assert!(
        matcher
            .time_excluded(&changed(at(1_000_000_000, 0)))
            .expect("an answer")
    );
    assert!(
        !matcher
            .time_excluded(&changed(at(1_000_000_001, 0)))
            .expect("an answer")
    );
    // Years in a loop, sums that overflow, and texts of any length: not for C.
    let long = "1 ".repeat(100);
    for bad in [
        "",
        "Saturn",
        "99999999999999-01-01",
        "2024-01-01 99999 years",
        "@5",
        "ü",
        "a\0b",
        &long,
    ] {
        let error = matcher
            .include_date(TimeField::Mtime, TimeOrder::Newer, bad)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{bad}");
    }
}

#[test]
fn impossible_values_are_refused() {
    let mut matcher = Matcher::new().expect("memory");
    for result in [
        matcher
            .include_time(TimeField::Mtime, TimeOrder::Equal, at(0, 1_000_000_000))
            .map(drop),
        matcher.include_uid(u64::MAX).map(drop),
        matcher.include_gid(u64::MAX).map(drop),
        matcher.include_uname("a\0b").map(drop),
        matcher.include_gname("a\0b").map(drop),
    ] {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    assert!(!matcher.excluded(&changed(at(0, 0))).expect("an answer"));
}

#[test]
fn owners_are_compared() {
    let mut entry = EntryBuf::file("a", 0).expect("an entry");
    entry
        .set_uid(1000)
        .and_then(|entry| entry.set_gid(50))
        .expect("numbers");
    entry
        .set_uname("größe")
        .and_then(|entry| entry.set_gname("staff"))
        .expect("names");
    let excluded = |set: &dyn Fn(&mut Matcher) -> crate::Result<()>| {
        let mut matcher = Matcher::new().expect("memory");
        set(&mut matcher).expect("set");
        matcher.owner_excluded(&entry).expect("an answer")
    };
    assert!(!excluded(&|_| Ok(())));
    assert!(!excluded(&|matcher| matcher
        .include_uid(7)?
        .include_uid(1000)
        .map(drop)));
    assert!(excluded(&|matcher| matcher.include_uid(7).map(drop)));
    assert!(!excluded(&|matcher| matcher.include_gid(50).map(drop)));
    assert!(excluded(&|matcher| matcher.include_gid(51).map(drop)));
    assert!(!excluded(&|matcher| matcher
        .include_uname("größe")
        .map(drop)));
    assert!(excluded(&|matcher| matcher
        .include_uname("groesse")
        .map(drop)));
    assert!(!excluded(&|matcher| matcher
        .include_gname("staff")
        .map(drop)));
    assert!(excluded(&|matcher| matcher
        .include_uid(1000)?
        .include_gname("x")
        .map(drop)));
}
