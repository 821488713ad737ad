//! What is linked is what was found at build time, and the report tells it.

mod common;

use std::{collections::BTreeMap, fs};

use archive_sys as sys;
use common::text;

/// The keys of `link-report.txt`, which are those that dependents get.
fn report() -> BTreeMap<String, String> {
    let file = concat!(env!("OUT_DIR"), "/link-report.txt");
    fs::read_to_string(file)
        .expect(file)
        .lines()
        .filter_map(|line| line.strip_prefix("DEP_ARCHIVE_")?.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// Then nothing is known of the library when this is built.
fn is_loaded_at_run_time() -> bool {
    let loaded = sys::link_info().kind == "dlopen";
    if loaded {
        println!("not tested: the library is found at run time");
    }
    loaded
}

fn version_number() -> i32 {
    // SAFETY: returns a constant.
    unsafe { sys::archive_version_number() }
}

#[test]
fn linked_version_is_the_one_found() {
    if is_loaded_at_run_time() {
        return;
    }
    let report = report();
    assert_eq!(report["VERSION_NUMBER"], version_number().to_string());
    assert_eq!(sys::link_info().version, report["VERSION"]);
    // SAFETY: returns a constant string.
    let name = text(unsafe { sys::archive_version_string() }).expect("never NULL");
    assert_eq!(name, format!("libarchive {}", report["VERSION"]));
}

#[test]
fn headers_are_of_that_version() {
    if is_loaded_at_run_time() {
        return;
    }
    let include = &report()["INCLUDE"];
    let header = fs::read_to_string(format!("{include}/archive.h")).expect(include);
    let line = format!("#define\tARCHIVE_VERSION_NUMBER {}", version_number());
    assert!(header.lines().any(|found| found == line), "{include}");
    assert!(fs::exists(format!("{include}/archive_entry.h")).expect(include));
}

#[test]
fn report_has_every_key() {
    let report = report();
    let keys: Vec<&str> = report.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "CFGS",
            "CODECS",
            "CRYPTO",
            "DEFINES",
            "INCLUDE",
            "KIND",
            "LIBDIR",
            "ORIGIN",
            "ROOT",
            "SBOM",
            "VERSION",
            "VERSION_NUMBER",
        ]
    );
}

#[test]
fn link_info_is_the_report() {
    let (info, report) = (sys::link_info(), report());
    assert_eq!(info.kind, report["KIND"]);
    assert_eq!(info.origin, report["ORIGIN"]);
    assert_eq!(info.codecs, report["CODECS"]);
    assert_eq!(info.crypto, report["CRYPTO"]);
    assert!(!info.reason.is_empty());
}

#[test]
fn since_cfgs_follow_the_version() {
    if is_loaded_at_run_time() {
        return;
    }
    let expected: Vec<&str> = [
        (3_007_003, "archive_since_3_7_3"),
        (3_007_005, "archive_since_3_7_5"),
        (3_008_000, "archive_since_3_8_0"),
    ]
    .into_iter()
    .filter(|(since, _)| version_number() >= *since)
    .map(|(_, cfg)| cfg)
    .collect();
    assert_eq!(report()["CFGS"], expected.join(","));
}

#[test]
fn available_follows_the_version() {
    let since = |number| version_number() >= number;
    assert!(sys::available::archive_read_new());
    assert_eq!(sys::available::archive_entry_uid_is_set(), since(3_007_003));
    assert_eq!(
        sys::available::archive_entry_set_link_to_symlink(),
        since(3_007_005)
    );
    assert_eq!(sys::available::archive_entry_set_digest(), since(3_008_000));
}

/// The item is there for every release; where the function is not, the process ends with its name.
#[test]
fn a_function_that_is_not_there_ends_the_process() {
    const NAME: &str = "a_function_that_is_not_there_ends_the_process";
    const CALL: &str = "CALL_IT";
    if sys::available::archive_nettle_version() {
        eprintln!("not tested: the linked release has every function");
        return;
    }
    if std::env::var_os(CALL).is_some() {
        // SAFETY: no arguments.
        unsafe { sys::archive_nettle_version() };
        return;
    }
    let itself = std::env::current_exe().expect("its path");
    let output = std::process::Command::new(itself)
        .args(["--exact", NAME, "--nocapture"])
        .env(CALL, "1")
        .output()
        .expect("it starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{errors}");
    assert!(
        errors.contains("lacks archive_nettle_version: ask archive_sys::available::"),
        "{errors}"
    );
}

/// Message text is never taken for a format.
#[test]
fn error_message_is_text() {
    // SAFETY: no precondition; NULL is ruled out below.
    let archive = unsafe { sys::archive_read_new() };
    assert!(!archive.is_null());
    // SAFETY: a live handle and a C string.
    unsafe { sys::set_error_message(archive, libc::EIO, c"50 %s of %n") };
    // SAFETY: a live handle.
    let message = unsafe { sys::archive_error_string(archive) };
    assert_eq!(text(message).as_deref(), Some("50 %s of %n"));
    // SAFETY: a live handle.
    assert_eq!(unsafe { sys::archive_errno(archive) }, libc::EIO);
    // SAFETY: made above, freed once.
    assert_eq!(unsafe { sys::archive_read_free(archive) }, sys::ARCHIVE_OK);
}
