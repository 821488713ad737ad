//! The list of functions that a shared library exports.

#[path = "../build/vendored/exports.rs"]
mod exports;

use exports::{public, version_script};

const BINDINGS: &str = include_str!("../src/bindings.rs");
const SINCE_3_7: &[&str] = &["archive_since_3_7_3"];
const SINCE_3_8: &[&str] = &[
    "archive_since_3_7_3",
    "archive_since_3_7_5",
    "archive_since_3_8_0",
];

/// Counted in the headers of these releases.
#[test]
fn the_list_has_every_public_function_of_a_release() {
    assert_eq!(public(BINDINGS, &[]).len(), 421, "3.6.2");
    assert_eq!(public(BINDINGS, SINCE_3_7).len(), 425, "3.7.4");
    assert_eq!(public(BINDINGS, SINCE_3_8).len(), 453, "3.8.9");
}

#[test]
fn names_are_names_and_in_order() {
    let names = public(BINDINGS, SINCE_3_8);
    assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
    for name in &names {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        assert!(
            name.starts_with("archive_") && name.chars().all(plain),
            "{name}"
        );
    }
    assert!(names.iter().any(|name| name == "archive_set_error"));
}

#[test]
fn the_script_hides_everything_else() {
    let script = version_script(&["archive_a".into(), "archive_b".into()]);
    let words: Vec<&str> = script.split_whitespace().collect();
    let expected = [
        "{",
        "global:",
        "archive_a;",
        "archive_b;",
        "local:",
        "*;",
        "};",
    ];
    assert_eq!(words, expected);
}
