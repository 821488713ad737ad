//! Rust functions with C names are hidden from shared libraries that contain this crate.

use std::collections::BTreeSet;

/// The words of a text that have this crate's prefix for C names.
fn names(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("archive_sys_"))
        .collect()
}

#[test]
fn every_function_with_a_c_name_is_hidden() {
    let mut functions = BTreeSet::new();
    for source in [
        include_str!("../src/crypto.rs"),
        include_str!("../src/random.rs"),
        include_str!("../src/zlib.rs"),
    ] {
        let found = names(source);
        assert!(!found.is_empty(), "nothing found: has the prefix changed?");
        functions.extend(found);
    }
    let mut hidden = names(include_str!("../shim/hidden.c"));
    // The table itself.
    hidden.remove("archive_sys_hidden");
    assert_eq!(hidden, functions);
}
