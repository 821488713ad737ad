//! The programs in `examples/dlopen`, which load the library when they run.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::{Answer, Ground, Report};
use crate::cmd;

pub(super) fn run(ground: &Ground<'_>, report: &mut Report) -> Result<()> {
    let example = ground.repo.root().join("examples/dlopen");
    let scratch = ground.scratch("dlopen")?;

    let program = scratch.join("dlopen-c");
    let mut compiler = Command::new("cc");
    compiler.args([
        "-std=c11",
        "-Wall",
        "-Wextra",
        "-Wpedantic",
        "-Werror",
        "-I",
    ]);
    compiler.arg(ground.prefix.join("include/anyarchive"));
    compiler
        .arg(example.join("c/dlopen.c"))
        .arg("-o")
        .arg(&program);
    cmd::run(compiler.arg("-ldl"))?;
    report.line("dlopen, c", Answer::Passed(try_it(ground, &program)?));

    let target = ground.build.join("dlopen-rust");
    let mut cargo = cmd::cargo();
    cargo.args(["build", "--quiet", "--manifest-path"]);
    cargo
        .arg(example.join("rust/Cargo.toml"))
        .arg("--target-dir")
        .arg(&target);
    cmd::run(&mut cargo)?;
    let tests = try_it(ground, &target.join("debug/dlopen"))?;
    report.line("dlopen, rust", Answer::Passed(tests));
    Ok(())
}

/// Lists an archive, and fails as it should; how many tests that were.
fn try_it(ground: &Ground<'_>, program: &Path) -> Result<usize> {
    let archive = ground.build.join("dlopen.tar");
    let mut builder = tar::Builder::new(fs::File::create(&archive)?);
    for name in ["one", "two"] {
        let mut header = tar::Header::new_ustar();
        header.set_size(1);
        builder.append_data(&mut header, name, &b"x"[..])?;
    }
    builder.finish()?;
    let library = ground.lib().join("libanyarchive.so");
    let nothing = ground.build.join("nowhere");
    let libc = Path::new("libc.so.6");
    let cases: [(&Path, &Path, bool, &str); 4] = [
        (&library, &archive, true, "one\ntwo\n"),
        (&library, &nothing, false, "No such file"),
        (&nothing, &archive, false, "cannot open shared object file"),
        (libc, &archive, false, "anyarchive_version_number"),
    ];
    for (library, archive, works, said) in cases {
        let mut command = Command::new(program);
        let output = cmd::capture(command.arg(library).arg(archive))?;
        let text = if works {
            &output.stdout
        } else {
            &output.stderr
        };
        let text = String::from_utf8_lossy(text);
        ensure!(
            output.status.success() == works && text.contains(said),
            "`{}`: {}, {text}",
            cmd::text(&command),
            output.status
        );
    }
    // It is loaded, not linked.
    let needed = crate::elf::Dynamic::read(program)
        .with_context(|| program.display().to_string())?
        .needed;
    ensure!(
        !needed.iter().any(|name| name.contains("anyarchive")),
        "{} needs {needed:?}",
        program.display()
    );
    Ok(cases.len() + 1)
}
