//! How wide `time_t` is in a library that is there.

// The build script uses what a test does not.
#![allow(dead_code)]

#[path = "../build/time.rs"]
mod time;

use std::fs;

#[test]
fn the_width_is_seen_in_the_names_of_called_functions() {
    assert_eq!(time::of_object(b"\x7fELF..localtime_r\0mktime\0"), 32);
    assert_eq!(time::of_object(b"\x7fELF..__localtime64_r\0__time64\0"), 64);
    assert_eq!(time::of_object(b""), 32);
}

#[test]
fn the_file_is_the_one_that_is_linked() {
    let dir = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).expect(name);
    write("libarchive.a", "localtime_r");
    write("libarchive.so", "__mktime64");
    assert_eq!(time::of_library(dir.path(), true), Ok(32));
    assert_eq!(time::of_library(dir.path(), false), Ok(64));
    fs::remove_file(dir.path().join("libarchive.a")).expect("it was there");
    let problem = time::of_library(dir.path(), true).expect_err("no file");
    assert!(problem.contains("libarchive.a"), "{problem}");
}

#[test]
fn c_code_of_dependents_is_told() {
    assert_eq!(time::exported(), ["_FILE_OFFSET_BITS=64", "_TIME_BITS=64"]);
}
