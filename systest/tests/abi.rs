//! The bindings agree with the C headers of every supported release.

mod common;

use std::{
    collections::BTreeSet,
    io::{Write as _, stderr},
    path::{Path, PathBuf},
};

use common::{Compiler, declared_functions};
use systest::{CALLBACKS, CONSTANTS, Constant, FILE_TYPES, FUNCTIONS, Function, TypeFacts, Value};

/// The releases whose headers the bindings must fit.
const RELEASES: [&str; 4] = ["3.6.2", "3.7.4", "3.8.1", "3.8.9"];

/// Variadic, so it is reachable through a shim only.
const NOT_BOUND: &str = "archive_set_error";

/// Everything that differs between the bindings and the headers in `include`, and what was compared.
fn compare(
    include: &Path,
    functions: &[Function],
    constants: &[Constant],
    types: &[TypeFacts],
) -> Result<(String, Vec<String>), String> {
    let compiler = Compiler::new(include);
    let version: i64 = compiler.version_number()?.parse().expect("a number");
    let (here, later): (Vec<&Function>, Vec<&Function>) = functions
        .iter()
        .partition(|function| function.is_in(version));
    let source = systest::program(here.iter().copied(), CALLBACKS, constants, types);
    let output = compiler.run(&source)?;
    let said = systest::read_output(&output);
    let mut wrong = Vec::new();
    let mut expect = |key: String, expected: &str| match said.get(key.as_str()) {
        Some(found) if *found == expected => {}
        Some(found) => wrong.push(format!("{key}: Rust {expected}, C {found}")),
        None => wrong.push(format!("{key}: the C program did not tell")),
    };
    for constant in constants {
        // Each release has its own.
        if !constant.name.starts_with("ARCHIVE_VERSION") || version == linked_version() {
            let key = format!("constant {}", constant.name);
            expect(key, &constant.value.text());
        }
    }
    for ty in types {
        let facts = format!("{},{},{}", ty.size, ty.align, u8::from(ty.signed));
        expect(format!("type {}", ty.name), &facts);
    }
    for callback in CALLBACKS {
        expect(format!("callback {}", callback.name), "1");
    }
    for function in &here {
        expect(format!("function {}", function.name), "1");
    }

    let declared = declared_functions(&compiler.preprocessed()?);
    let bound: BTreeSet<&str> = here.iter().map(|function| function.name).collect();
    for name in declared.iter().filter(|name| **name != NOT_BOUND) {
        if let Some(function) = later.iter().find(|function| function.name == name) {
            let since = function.since.unwrap_or_default();
            wrong.push(format!("function {name}: held back until {since}"));
        } else if !bound.contains(name.as_str()) {
            wrong.push(format!("function {name}: not bound"));
        }
    }
    let counts = format!(
        "{} functions, {} callback types, {} constants, {} types; {} functions are of later releases",
        here.len(),
        CALLBACKS.len(),
        constants.len(),
        types.len(),
        later.len()
    );
    Ok((counts, wrong))
}

fn all_constants() -> Vec<Constant> {
    CONSTANTS.iter().copied().chain(FILE_TYPES).collect()
}

/// The release that the bindings were made from.
fn linked_version() -> i64 {
    i64::from(archive_sys::ARCHIVE_VERSION_NUMBER)
}

/// Compares and reports on the terminal, past the capture of the test runner.
fn check(name: &str, include: &Path) {
    let compared = compare(include, FUNCTIONS, &all_constants(), &systest::types());
    let (counts, wrong) = compared.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    writeln!(stderr(), "abi: {name}: {counts}").expect("stderr");
}

fn headers(release: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../archive-sys/upstream")
        .join(release)
        .join("libarchive")
}

/// Headers of the linked library; without a link, the newest that are here.
fn headers_in_use() -> PathBuf {
    match archive_sys::link_info().kind {
        "static" | "dylib" => PathBuf::from(env!("SYSTEST_INCLUDE")),
        _ => {
            let here = |release: &&str| headers(release).join("archive.h").is_file();
            let newest = RELEASES.into_iter().rev().find(here);
            headers(newest.expect("headers of some release: cargo xtask vendor"))
        }
    }
}

#[test]
fn headers_of_the_linked_library() {
    check("linked library", &headers_in_use());
}

#[test]
fn headers_of_every_release() {
    for release in RELEASES {
        let include = headers(release);
        if include.join("archive.h").is_file() {
            check(release, &include);
        } else {
            let advice = format!("cargo xtask vendor --release {release}");
            writeln!(stderr(), "abi: {release}: skipped, not here; {advice}").expect("stderr");
        }
    }
}

#[test]
fn tables_hold_the_whole_bindings() {
    let text = include_str!("../../archive-sys/src/bindings.rs");
    assert_eq!(FUNCTIONS.len(), text.matches(" fn archive_").count());
    assert_eq!(CONSTANTS.len(), text.matches("\npub const ").count());
    assert_eq!(CALLBACKS.len(), text.matches("\npub type ").count());
    assert!(FUNCTIONS.len() > 400, "{}", FUNCTIONS.len());
}

#[test]
fn every_function_is_in_the_library() {
    let addresses = systest::addresses();
    let version = archive_sys::link_info().version;
    assert!(addresses.len() > 400, "{version}: {}", addresses.len());
    let distinct: BTreeSet<*const ()> = addresses.iter().map(|(_, address)| *address).collect();
    assert!(!distinct.contains(&std::ptr::null()));
    assert_eq!(distinct.len(), addresses.len());
}

/// Each kind of difference is found, and named.
#[test]
fn differences_are_found() {
    let mut functions = FUNCTIONS.to_vec();
    let function = |name: &str| FUNCTIONS.iter().position(|f| f.name == name).expect(name);
    functions[function("archive_errno")].c_type = "long (*)(struct archive *)";
    functions[function("archive_error_string")].c_type = "char * (*)(struct archive *)";
    functions[function("archive_free")].since = Some("archive_since_9_0_0");
    functions.remove(function("archive_zlib_version"));
    let mut constants = all_constants();
    let eof = constants.iter().position(|c| c.name == "ARCHIVE_EOF");
    constants[eof.expect("ARCHIVE_EOF")].value = Value::Number(2);
    let mut types = systest::types();
    let int = types.iter().position(|t| t.name == "la_int64_t");
    types[int.expect("la_int64_t")].signed = false;

    let (_, wrong) = compare(&headers_in_use(), &functions, &constants, &types).expect("compiles");
    assert_eq!(
        wrong,
        [
            "constant ARCHIVE_EOF: Rust 2, C 1",
            "type la_int64_t: Rust 8,8,0, C 8,8,1",
            "function archive_errno: Rust 1, C 0",
            "function archive_error_string: Rust 1, C 0",
            "function archive_free: held back until archive_since_9_0_0",
            "function archive_zlib_version: not bound",
        ]
    );
}

/// A function that a release lacks stops the compiler, which names it.
#[test]
fn a_missing_function_is_found() {
    let mut functions = FUNCTIONS.to_vec();
    functions[0].name = "archive_no_such_function";
    let error = compare(&headers_in_use(), &functions, &[], &[]).expect_err("must not compile");
    assert!(error.contains("archive_no_such_function"), "{error}");
}
