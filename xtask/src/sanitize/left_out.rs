//! What is not run under a tool, and why.

use anyhow::{Result, ensure};

use super::programs::Program;
use super::tool::Tool;

const ALL: &[Tool] = &[Tool::Address, Tool::Valgrind, Tool::Thread];

/// Whole test programs.
const PROGRAMS: &[(&str, &[Tool], &str)] = &[
    (
        "anyarchive::compile_fail",
        ALL,
        "it runs the compiler, and no code of ours",
    ),
    (
        "archive-sys::notes",
        ALL,
        "it builds programs with settings of its own and reads the files",
    ),
    (
        "examples",
        &[Tool::Valgrind, Tool::Thread],
        "its children are not watched; AddressSanitizer watches them",
    ),
    (
        "anyarchive-cli::cli",
        &[Tool::Valgrind, Tool::Thread],
        "its children are not watched; AddressSanitizer watches them",
    ),
];

/// Single tests of a program, by a part of their names.
const TESTS: &[(&str, &str, &[Tool], &str)] = &[
    (
        "extract",
        "system_calls::five_calls_make_a_small_file",
        ALL,
        "the tool makes system calls of its own",
    ),
    (
        "anyarchive",
        "matcher::tests::short_patterns_mean_the_same_as_in_c",
        &[Tool::Valgrind],
        "all short patterns on all short names take minutes; AddressSanitizer sees them",
    ),
    (
        "extract",
        "memory::many_files_need_no_more_memory_than_few",
        ALL,
        "it measures memory, and the tool has more of its own with every file",
    ),
    (
        "write",
        "sinks::a_zip_writer_dropped_within_an_entry_keeps_no_memory",
        &[Tool::Address],
        "it measures memory, and the tool keeps what is freed; its own search for leaks sees this in other tests",
    ),
];

/// Why this program is not run.
pub(super) fn program(tool: Tool, name: &str) -> Option<&'static str> {
    PROGRAMS
        .iter()
        .find(|(program, tools, _)| *program == name && tools.contains(&tool))
        .map(|(.., reason)| *reason)
}

/// Its tests that are not run, with the reasons.
pub(super) fn tests(tool: Tool, name: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    TESTS
        .iter()
        .filter(move |(program, _, tools, _)| *program == name && tools.contains(&tool))
        .map(|(_, test, _, reason)| (*test, *reason))
}

/// Fails when a program is left out that is not there any more.
pub(super) fn check(programs: &[Program]) -> Result<()> {
    let names = PROGRAMS.iter().map(|(name, ..)| *name);
    for name in names.chain(TESTS.iter().map(|(name, ..)| *name)) {
        ensure!(
            programs.iter().any(|program| program.name == name),
            "xtask/src/sanitize/left_out.rs names {name}, which is not there"
        );
    }
    Ok(())
}
