//! The tools: what they need, how programs are built for them and run under them.

use std::env;
use std::path::Path;
use std::process::Command;

use crate::cmd;
use crate::repo::Repo;

/// What watches the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Tool {
    /// AddressSanitizer and LeakSanitizer, in Rust and in C. Needs clang.
    Address,
    /// Valgrind's memcheck, with leaks.
    Valgrind,
    /// ThreadSanitizer, in Rust, its standard library and C, over the tests that have threads. Needs
    /// clang and rust-src.
    Thread,
}

const HOST: &str = "x86_64-unknown-linux-gnu";

/// An exit status that no test program has by itself.
const FINDING: u8 = 99;

impl Tool {
    /// Why it cannot be used here.
    pub(super) fn missing(self) -> Option<String> {
        if !cfg!(all(
            target_os = "linux",
            target_env = "gnu",
            target_arch = "x86_64"
        )) {
            return Some(format!("this is for {HOST} only"));
        }
        let program = match self {
            Self::Valgrind => "valgrind",
            Self::Address | Self::Thread => "clang",
        };
        if cmd::find_program(program).is_none() {
            return Some(format!("there is no {program} (apt-get install {program})"));
        }
        if self == Self::Thread && !has_rust_src() {
            return Some(
                "ThreadSanitizer must see the standard library, which is then compiled with it: rustup \
                 component add rust-src"
                    .to_owned(),
            );
        }
        None
    }

    /// The test programs for it; `None` for all.
    pub(super) fn programs(self) -> Option<&'static [&'static str]> {
        // Those that have threads.
        (self == Self::Thread)
            .then_some(&["disk", "extract", "future", "sources", "threads", "write"])
    }

    /// Tells cargo how to build for it.
    pub(super) fn build(self, cargo: &mut Command) {
        let sanitizer = match self {
            Self::Valgrind => return,
            Self::Address => "address",
            Self::Thread => "thread",
        };
        cargo
            // Sanitizers are unstable flags of a compiler that is stable otherwise.
            .env("RUSTC_BOOTSTRAP", "1")
            // With a target named, these are not for build scripts and macros.
            .env("RUSTFLAGS", format!("-Zsanitizer={sanitizer}"))
            .env(format!("CC_{HOST}"), "clang")
            .env(
                format!("CFLAGS_{HOST}"),
                format!("-fsanitize={sanitizer} -fno-omit-frame-pointer -g1"),
            )
            .args(["--target", HOST]);
        if self == Self::Thread {
            cargo.arg("-Zbuild-std");
        }
    }

    /// Runs a test program under it.
    pub(super) fn command(self, repo: &Repo, program: &Path) -> Command {
        let options = format!("exitcode={FINDING}");
        match self {
            Self::Address => {
                let mut command = Command::new(program);
                // Archives that lie ask for sizes that nobody has: C must survive that answer.
                let more = "detect_leaks=1:allocator_may_return_null=1";
                command.env("ASAN_OPTIONS", format!("{options}:{more}"));
                let file = repo.root().join("xtask/src/sanitize/leaks.supp");
                let leaks = format!("suppressions={}:print_suppressions=0", file.display());
                command.env("LSAN_OPTIONS", leaks);
                command
            }
            Self::Thread => {
                let mut command = Command::new(program);
                command.env("TSAN_OPTIONS", options);
                command
            }
            Self::Valgrind => {
                let mut command = Command::new("valgrind");
                let file = repo.root().join("xtask/src/sanitize/valgrind.supp");
                command
                    .args(["--quiet", "--leak-check=full", "--num-callers=30"])
                    .arg("--errors-for-leak-kinds=definite")
                    .arg(format!("--suppressions={}", file.display()))
                    .arg("--show-leak-kinds=definite")
                    .arg(format!("--error-exitcode={FINDING}"))
                    .current_dir(repo.root())
                    .arg(program)
                    .arg("--test-threads=1");
                command
            }
        }
    }

    /// Whether a line begins or sums up a finding.
    pub(super) fn is_headline(self, line: &str) -> bool {
        match self {
            Self::Address | Self::Thread => {
                line.contains("ERROR: ") || line.contains("WARNING: ") || line.contains("SUMMARY: ")
            }
            Self::Valgrind => {
                line.starts_with("==")
                    && [
                        " definitely lost ",
                        "nvalid ",
                        "ninitialised ",
                        "Mismatched ",
                    ]
                    .iter()
                    .any(|word| line.contains(word))
            }
        }
    }
}

/// Whether the source of the standard library is there.
fn has_rust_src() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    cmd::capture(Command::new(rustc).args(["--print", "sysroot"])).is_ok_and(|output| {
        let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Path::new(&sysroot)
            .join("lib/rustlib/src/rust/library/Cargo.toml")
            .is_file()
    })
}
