//! Libraries that are not what they were said to be.

// The build script uses what a test does not.
#![allow(dead_code)]

#[path = "../build/config.rs"]
mod config;
#[path = "../build/env.rs"]
mod env;
#[path = "../build/probe/object.rs"]
mod object;
#[path = "../build/plan.rs"]
mod plan;
#[path = "../build/target.rs"]
mod target;

use std::fs;

use env::Env;
use plan::Library;
use target::Target;

fn target(triple: &str, arch: &str) -> Target {
    let variables = [("TARGET", triple), ("CARGO_CFG_TARGET_ARCH", arch)];
    Target::read(&Env::new(
        variables.map(|(name, value)| (name.into(), value.into())),
    ))
}

/// A file that an ELF linker would take for one of that processor, with a version in it.
fn elf(machine: u16, version: &str) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(18, 0);
    bytes.extend(machine.to_le_bytes());
    bytes.extend(format!("...libarchive is libarchive {version}\0...").bytes());
    bytes
}

/// What is said of a library with these bytes whose headers are of 3.8.9.
fn check(bytes: &[u8], link_static: bool, target: &Target) -> Result<(), String> {
    let dir = tempfile::tempdir().expect("a directory");
    let name = if link_static {
        "libarchive.a"
    } else {
        "libarchive.so"
    };
    fs::write(dir.path().join(name), bytes).expect(name);
    let library = Library {
        origin: "explicit",
        name: "archive",
        version: "3.8.9".into(),
        include: Some("/headers".into()),
        lib_dir: Some(dir.path().into()),
        search: Vec::new(),
        link_static,
        private: Vec::new(),
    };
    object::check(&library, target)
}

#[test]
fn a_library_of_that_release_and_processor_is_taken() {
    let x86_64 = target("x86_64-unknown-linux-gnu", "x86_64");
    assert_eq!(check(&elf(62, "3.8.9"), false, &x86_64), Ok(()));
    let archive = [b"!<arch>\nfile.o/ ".to_vec(), elf(62, "3.8.9")].concat();
    assert_eq!(check(&archive, true, &x86_64), Ok(()));
}

#[test]
fn headers_of_another_release_are_told() {
    let x86_64 = target("x86_64-unknown-linux-gnu", "x86_64");
    let problem = check(&elf(62, "3.6.2"), false, &x86_64).expect_err("refused");
    assert!(problem.contains("libarchive 3.6.2"), "{problem}");
    assert!(problem.contains("/headers are of 3.8.9"), "{problem}");
}

#[test]
fn another_processor_is_told() {
    let aarch64 = target("aarch64-unknown-linux-gnu", "aarch64");
    let problem = check(&elf(62, "3.8.9"), false, &aarch64).expect_err("refused");
    assert!(problem.contains("aarch64-unknown-linux-gnu"), "{problem}");
    let archive = [b"!<arch>\nfile.o/ ".to_vec(), elf(62, "3.8.9")].concat();
    check(&archive, true, &aarch64).expect_err("refused");
}

/// A linker script, an import library, a processor that is not known here.
#[test]
fn what_does_not_tell_is_left_to_the_linker() {
    let x86_64 = target("x86_64-unknown-linux-gnu", "x86_64");
    let script = b"INPUT ( libarchive.so.13 )";
    assert_eq!(check(script, false, &x86_64), Ok(()));
    let unknown = target("sparc64-unknown-linux-gnu", "sparc64");
    assert_eq!(check(&elf(43, "3.8.9"), false, &unknown), Ok(()));
}
