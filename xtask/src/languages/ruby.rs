//! Ruby: the gem with its extension in C, and the C library through Fiddle and the gem ffi.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::{Answer, Ground, Report, exports};
use crate::cmd;

/// Compiles the extension and runs the tests on it.
pub(super) fn gem(ground: &Ground<'_>, report: &mut Report) -> Result<()> {
    let name = "Ruby gem";
    if let Err(why) = needs(ground) {
        report.line(name, Answer::Skipped(why));
        return Ok(());
    }
    let source = ground.language("ruby");
    let build = extension(ground)?;
    let needs = ["libanyarchive.so.", "libruby"];
    exports::module(&build.join("native.so"), &["Init_native"], &needs)?;
    report.line("Ruby gem: exports and needs", Answer::Passed(1));
    let mut check = Command::new("gem");
    check.args(["build", "--silent", "anyarchive.gemspec", "--output"]);
    check.arg(ground.scratch("gem")?.join("anyarchive.gem"));
    quietly(check.current_dir(&source))?;
    report.line("Ruby gem: builds", Answer::Passed(1));
    let load = build.parent().context("it has a parent")?;
    let mut tests = ruby(ground);
    for directory in [load, &source.join("lib")] {
        tests.arg("-I").arg(directory);
    }
    tests.arg(source.join("test/test_anyarchive.rb"));
    let tests = minitest(&mut tests)?;
    report.line(name, Answer::Passed(tests));
    Ok(())
}

/// Compiles the extension; gives its directory.
pub(super) fn extension(ground: &Ground<'_>) -> Result<PathBuf> {
    let build = ground.scratch("ruby/anyarchive")?;
    let mut configure = Command::new("ruby");
    configure
        .arg(ground.language("ruby").join("ext/anyarchive/extconf.rb"))
        .arg("--with-cflags=-O2 -g -Werror")
        .env("PKG_CONFIG_PATH", ground.lib().join("pkgconfig"));
    quietly(configure.current_dir(&build))?;
    quietly(Command::new("make").current_dir(&build))?;
    Ok(build)
}

pub(super) fn needs(ground: &Ground<'_>) -> Result<(), String> {
    let tools = [
        ("ruby", "ruby"),
        ("gcc", "gcc"),
        ("make", "make"),
        ("pkg-config", "pkg-config"),
    ];
    for (program, package) in tools {
        ground.need(program, package)?;
    }
    let header = "require 'rbconfig'; exit File.exist?(RbConfig::CONFIG['rubyhdrdir'] + '/ruby.h')";
    ground.need_part("headers of Ruby", "ruby-dev", || has(header))?;
    ground.need_part("minitest", "ruby-minitest", || has("require 'minitest'"))
}

/// Whether some Ruby code ends well.
pub(super) fn has(code: &str) -> bool {
    let mut ruby = Command::new("ruby");
    cmd::capture(ruby.args(["-e", code])).is_ok_and(|output| output.status.success())
}

/// The same C library, with nothing compiled.
pub(super) fn ffi(ground: &Ground<'_>, report: &mut Report) -> Result<()> {
    let library = ground.lib().join("libanyarchive.so");
    let ways = [
        ("Ruby, Fiddle", "fiddle", "require 'fiddle'", "ruby"),
        ("Ruby, gem ffi", "ffi", "require 'ffi'", "ruby-ffi"),
    ];
    for (name, way, check, package) in ways {
        let missing = ground
            .need("ruby", "ruby")
            .and_then(|()| {
                ground.need_part("minitest", "ruby-minitest", || has("require 'minitest'"))
            })
            .and_then(|()| ground.need_part(way, package, || has(check)));
        if let Err(why) = missing {
            report.line(name, Answer::Skipped(why));
            continue;
        }
        let mut tests = ruby(ground);
        tests
            .arg(ground.language("ruby-ffi").join("test.rb"))
            .arg(way);
        report.line(name, Answer::Passed(minitest(tests.arg(&library))?));
    }
    Ok(())
}

/// Runs a command, whose output is only shown when it fails.
fn quietly(command: &mut Command) -> Result<()> {
    let output = cmd::capture(command)?;
    ensure!(
        output.status.success(),
        "`{}`: {}{}",
        cmd::text(command),
        String::from_utf8_lossy(&output.stdout),
        cmd::errors(&output)
    );
    Ok(())
}

/// Ruby with warnings, which finds the library.
fn ruby(ground: &Ground<'_>) -> Command {
    let mut ruby = Command::new("ruby");
    ruby.arg("-w")
        .env("LD_LIBRARY_PATH", ground.lib())
        .env_remove("RUBYLIB");
    ruby
}

/// Runs tests, and tells how many they were.
fn minitest(command: &mut Command) -> Result<usize> {
    let output = cmd::capture(command)?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "{text}{}", cmd::errors(&output));
    ensure!(
        output.stderr.is_empty(),
        "warnings: {}",
        cmd::errors(&output)
    );
    count(&text)
}

/// The number in `N runs, ... 0 skips`.
fn count(output: &str) -> Result<usize> {
    let line = output.lines().find(|line| line.contains(" runs, "));
    let number = line.and_then(|line| line.split(' ').next());
    let tests = number.and_then(|number| number.parse().ok()).unwrap_or(0);
    ensure!(tests > 0, "no test ran:\n{output}");
    ensure!(
        line.is_some_and(|line| line.ends_with(" 0 failures, 0 errors, 0 skips")),
        "not all of the tests ran:\n{output}"
    );
    Ok(tests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_that_did_not_run_are_not_counted() {
        let good = "7 runs, 9 assertions, 0 failures, 0 errors, 0 skips\n";
        assert_eq!(count(good).unwrap(), 7);
        for output in [
            "0 runs, 0 assertions, 0 failures, 0 errors, 0 skips\n",
            "7 runs, 9 assertions, 0 failures, 0 errors, 1 skips\n",
            "",
        ] {
            assert!(count(output).is_err(), "{output:?}");
        }
    }
}
