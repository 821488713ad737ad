//! Go: the package, through cgo.

use std::process::Command;

use anyhow::{Result, ensure};

use super::{Answer, Ground, Report, exports};
use crate::cmd;
use crate::elf::Dynamic;

/// Runs the tests of the package, and of every function that C calls.
pub(super) fn run(ground: &Ground<'_>, report: &mut Report) -> Result<()> {
    let name = "Go package";
    if let Err(why) = needs(ground) {
        report.line(name, Answer::Skipped(why));
        return Ok(());
    }
    let source = ground.language("go");
    let program = ground.scratch("go")?.join("anyarchive.test");
    let mut vet = go(ground, "vet");
    cmd::run(vet.arg("./...").current_dir(&source))?;
    let mut build = go(ground, "test");
    build.args(["-c", "-o"]).arg(&program);
    cmd::run(build.current_dir(&source))?;
    exports::needed(
        name,
        &Dynamic::read(&program)?.needed,
        &["libanyarchive.so."],
    )?;
    report.line("Go package: needs", Answer::Passed(1));
    let mut tests = Command::new(&program);
    tests.arg("-test.v").current_dir(&source);
    let output = cmd::capture(&mut tests)?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "{text}{}", cmd::errors(&output));
    let passed = text
        .lines()
        .filter(|line| line.starts_with("--- PASS: "))
        .count();
    ensure!(
        passed > 0 && !text.contains("--- SKIP: "),
        "not all ran: {text}"
    );
    report.line(name, Answer::Passed(passed));
    Ok(())
}

pub(super) fn needs(ground: &Ground<'_>) -> Result<(), String> {
    let tools = [
        ("go", "golang-go"),
        ("gcc", "gcc"),
        ("pkg-config", "pkg-config"),
    ];
    for (program, package) in tools {
        ground.need(program, package)?;
    }
    Ok(())
}

/// A command of Go that finds the library.
pub(super) fn go(ground: &Ground<'_>, task: &str) -> Command {
    let mut command = Command::new("go");
    let lib = ground.lib();
    command
        .arg(task)
        .env("PKG_CONFIG_PATH", lib.join("pkgconfig"))
        .env("CGO_ENABLED", "1")
        .env("CGO_LDFLAGS", format!("-Wl,-rpath,{}", lib.display()))
        // It needs no other package.
        .env("GOPROXY", "off")
        .env("GOFLAGS", "");
    command
}
