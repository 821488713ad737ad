//! Traps of matching.

use std::thread;

use anyarchive::{EntryBuf, Matcher};

/// Contract 2: `archive_free` on a match handle jumps to address 0. Nothing but `archive_match_free` gets one,
/// in whatever state and on whatever thread it ends.
#[test]
fn match_handles_are_freed_by_their_own_function() {
    drop(Matcher::new().unwrap());
    let mut matcher = Matcher::new().unwrap();
    matcher
        .include_pattern("a")
        .unwrap()
        .include_uid(1)
        .unwrap();
    assert!(matcher.excluded(&EntryBuf::file("b", 0).unwrap()).unwrap());
    assert!(
        matcher
            .include_date(
                anyarchive::TimeField::Both,
                anyarchive::TimeOrder::Newer,
                "?"
            )
            .is_err()
    );
    thread::spawn(move || drop(matcher)).join().unwrap();
}

/// Contract 6.7: matching backtracks exponentially in C: 70 stars on a path of 120 bytes take it more than 20
/// seconds, and these more than there are.
#[test]
fn patterns_with_many_stars_end() {
    let mut matcher = Matcher::new().unwrap();
    for stars in [70, 700, 2000] {
        matcher.exclude_pattern("*a".repeat(stars) + "b").unwrap();
        matcher.include_pattern("*?".repeat(stars) + "b").unwrap();
    }
    assert!(matcher.path_excluded("a".repeat(120)));
    assert!(matcher.path_excluded("a".repeat(10_000)));
}

/// Contract 6.7: from 3.8.8 on a pattern of more than 100 levels makes C's handle fail for all later paths;
/// before, the recursion had no end but that of the stack.
#[test]
fn deep_patterns_leave_the_matcher_usable() {
    let mut matcher = Matcher::new().unwrap();
    matcher.exclude_pattern("*a".repeat(500)).unwrap();
    assert!(matcher.path_excluded("a".repeat(500)));
    assert!(!matcher.path_excluded("a".repeat(499)));
    matcher.exclude_pattern("c").unwrap();
    assert!(
        matcher
            .excluded(&EntryBuf::file("b/c", 0).unwrap())
            .unwrap()
    );
}
