//! C and C++: the header in every standard, and programs against the installed library.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::{Answer, Ground, Report, run_counted};
use crate::{capi, cmd};

const WARNINGS: [&str; 5] = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror"];
const C: [&str; 3] = ["c99", "c11", "c17"];
const CPP: [&str; 4] = ["c++11", "c++14", "c++17", "c++20"];

/// Compilers of C with those of C++.
const COMPILERS: [(&str, &str); 2] = [("gcc", "g++"), ("clang", "clang++")];

/// Whether the header is what the code gives, and compiles in every standard without a warning.
pub(super) fn header(ground: &Ground<'_>, report: &mut Report) -> Result<()> {
    capi::header(ground.repo, true)?;
    let scratch = ground.scratch("header")?;
    for (c, cpp) in COMPILERS {
        if let Err(why) = ground.need(c, c).and_then(|()| ground.need(cpp, cpp)) {
            report.line(&format!("header, {c}"), Answer::Skipped(why));
            continue;
        }
        let mut tests = 0;
        let file = scratch.join("header.c");
        // Twice: it has a guard. Alone: it includes what it needs.
        std::fs::write(
            &file,
            "#include <anyarchive.h>\n#include <anyarchive.h>\nint main(void) { return 0; }\n",
        )?;
        for standard in C {
            compile(ground, c, standard, &file, &[])?;
            tests += 1;
        }
        for standard in CPP {
            compile(ground, cpp, standard, &file, &["-x", "c++"])?;
            tests += 1;
        }
        let file = scratch.join("wrapper.cpp");
        for name in ["base", "entry", "extractor", "reader", "writer"] {
            let header = format!("anyarchive_{name}.hpp");
            let text = format!("#include <{header}>\n#include <{header}>\nint main() {{}}\n");
            std::fs::write(&file, text)?;
            for standard in ["c++17", "c++20"] {
                compile(ground, cpp, standard, &file, &[])?;
                tests += 1;
            }
        }
        let throwing = ground.source("tests/cpp/throwing.cpp");
        for standard in ["c++17", "c++20"] {
            compile(ground, cpp, standard, &throwing, &["-DNOEXCEPT=noexcept"])?;
            let refused = compile(ground, cpp, standard, &throwing, &[]);
            ensure!(
                refused.is_err(),
                "{cpp} -std={standard} takes a callback that can throw"
            );
            tests += 2;
        }
        report.line(&format!("header, {c}"), Answer::Passed(tests));
    }
    Ok(())
}

/// Compiles and links nothing.
fn compile(
    ground: &Ground<'_>,
    compiler: &str,
    standard: &str,
    file: &Path,
    flags: &[&str],
) -> Result<()> {
    let mut command = Command::new(compiler);
    command
        .arg(format!("-std={standard}"))
        .args(WARNINGS)
        .args(flags)
        .arg("-fsyntax-only")
        .arg("-I")
        .arg(ground.prefix.join("include/anyarchive"))
        .arg(file);
    let output = cmd::capture(&mut command)?;
    ensure!(
        output.status.success(),
        "{compiler} -std={standard}: {}",
        cmd::errors(&output)
    );
    Ok(())
}

/// How a program gets the library.
#[derive(Clone, Copy)]
pub(super) enum Link {
    Shared,
    Static,
}

/// A program to build and run.
struct Program<'a> {
    name: &'a str,
    compiler: &'a str,
    standard: &'a str,
    source: &'a str,
    link: Link,
}

impl Program<'_> {
    fn build(&self, ground: &Ground<'_>) -> Result<PathBuf> {
        let program = ground.build.join(self.name);
        let mut command = Command::new(self.compiler);
        command
            .arg(format!("-std={}", self.standard))
            .args(WARNINGS)
            .args(["-g", "-pthread"])
            .arg(ground.source(self.source))
            .arg("-o")
            .arg(&program)
            .args(pkg_config(ground, self.link)?);
        if matches!(self.link, Link::Shared) {
            command.arg(format!("-Wl,-rpath,{}", ground.lib().display()));
        }
        let output = cmd::capture(&mut command)?;
        ensure!(
            output.status.success(),
            "{}: {}",
            self.name,
            cmd::errors(&output)
        );
        Ok(program)
    }
}

/// What the installed pkg-config file says. The static library is named by its file: the linker would
/// take the shared one that lies beside it.
pub(super) fn pkg_config(ground: &Ground<'_>, link: Link) -> Result<Vec<String>> {
    let mut command = Command::new("pkg-config");
    command
        .args(["--cflags", "--libs"])
        .env("PKG_CONFIG_PATH", ground.lib().join("pkgconfig"));
    if matches!(link, Link::Static) {
        command.arg("--static");
    }
    let output = cmd::capture(command.arg("anyarchive"))?;
    ensure!(
        output.status.success(),
        "pkg-config: {}",
        cmd::errors(&output)
    );
    let flags = String::from_utf8_lossy(&output.stdout).into_owned();
    let named = |flag: &str| match (link, flag) {
        (Link::Static, "-lanyarchive") => "-l:libanyarchive.a".to_owned(),
        _ => flag.to_owned(),
    };
    Ok(flags.split_whitespace().map(named).collect())
}

/// Builds and runs one program, under valgrind when it is there and wanted.
fn test(
    ground: &Ground<'_>,
    report: &mut Report,
    program: &Program<'_>,
    memory: bool,
) -> Result<()> {
    let file = program.build(ground)?;
    let scratch = ground.scratch(&format!("{}.scratch", program.name))?;
    let tests = run_counted(Command::new(&file).arg(&scratch))?;
    report.line(program.name, Answer::Passed(tests));
    if !memory {
        return Ok(());
    }
    let name = format!("{}, valgrind", program.name);
    if let Err(why) = ground.need("valgrind", "valgrind") {
        report.line(&name, Answer::Skipped(why));
        return Ok(());
    }
    let scratch = ground.scratch(&format!("{}.scratch", program.name))?;
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--quiet", "--error-exitcode=99", "--leak-check=full"])
        // Not what a thread's own data holds by a pointer into its middle, as Rust's does.
        .arg("--errors-for-leak-kinds=definite,indirect")
        .args(["--show-leak-kinds=definite,indirect"])
        .arg(file)
        .arg(scratch);
    let tests = run_counted(&mut valgrind)?;
    report.line(&name, Answer::Passed(tests));
    Ok(())
}

/// Tools without which neither language is tested.
pub(super) fn missing(ground: &Ground<'_>, compiler: &str) -> Option<String> {
    let tools = [(compiler, compiler), ("pkg-config", "pkg-config")];
    tools
        .iter()
        .find_map(|(program, package)| ground.need(program, package).err())
}

/// Programs in C.
pub(super) fn c(ground: &Ground<'_>, report: &mut Report) -> Result<()> {
    if let Some(why) = missing(ground, "gcc") {
        report.line("C", Answer::Skipped(why));
        return Ok(());
    }
    let program = |name, source, link| Program {
        name,
        compiler: "gcc",
        standard: "c99",
        source,
        link,
    };
    let shared = program("C, shared library", "tests/c/test.c", Link::Shared);
    test(ground, report, &shared, true)?;
    let fixed = program("C, static library", "tests/c/test.c", Link::Static);
    test(ground, report, &fixed, false)?;
    let own = program(
        "C, static library beside names like its own",
        "tests/c/own_names.c",
        Link::Static,
    );
    test(ground, report, &own, false)
}

/// Programs in C++.
pub(super) fn cpp(ground: &Ground<'_>, report: &mut Report) -> Result<()> {
    if let Some(why) = missing(ground, "g++") {
        report.line("C++", Answer::Skipped(why));
        return Ok(());
    }
    let program = |name, standard, link| Program {
        name,
        compiler: "g++",
        standard,
        source: "tests/cpp/test.cpp",
        link,
    };
    let shared = program("C++17, shared library", "c++17", Link::Shared);
    test(ground, report, &shared, true)?;
    let fixed = program("C++20, static library", "c++20", Link::Static);
    test(ground, report, &fixed, false)
}
