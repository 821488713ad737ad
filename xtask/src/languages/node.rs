//! Node: the package with its addon in C, and the C library through koffi.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::{Answer, Ground, Report, exports};
use crate::cmd;

/// What Node looks for in an addon.
const EXPORTS: [&str; 2] = [
    "napi_register_module_v1",
    "node_api_module_get_api_version_v1",
];

/// Compiles the addon and runs the tests on it.
pub(super) fn package(ground: &Ground<'_>, report: &mut Report) -> Result<()> {
    let name = "Node package";
    if let Err(why) = needs(ground) {
        report.line(name, Answer::Skipped(why));
        return Ok(());
    }
    let source = ground.language("node");
    let module = addon(ground)?;
    exports::module(&module, &EXPORTS, &["libanyarchive.so."])?;
    report.line("Node package: exports and needs", Answer::Passed(1));
    let mut tests = test(&[source.join("test/test.js"), source.join("test/writer.js")]);
    tests.env("ANYARCHIVE_NATIVE", &module);
    report.line(name, Answer::Passed(passed(&mut tests)?));
    Ok(())
}

/// Compiles the addon.
pub(super) fn addon(ground: &Ground<'_>) -> Result<PathBuf> {
    let module = ground.scratch("node")?.join("native.node");
    let mut build = Command::new("node");
    build
        .arg(ground.language("node").join("build.js"))
        .arg(&module);
    build.env("PKG_CONFIG_PATH", ground.lib().join("pkgconfig"));
    let output = cmd::capture(&mut build)?;
    ensure!(output.status.success(), "{}", cmd::errors(&output));
    Ok(module)
}

/// The same C library, with nothing compiled.
pub(super) fn koffi(ground: &Ground<'_>, report: &mut Report) -> Result<()> {
    let name = "Node, koffi";
    let source = ground.language("node-koffi");
    let modules = match modules(ground, &source, "koffi") {
        Ok(modules) => modules,
        Err(why) => {
            report.line(name, Answer::Skipped(why));
            return Ok(());
        }
    };
    let mut tests = test(&[source.join("test.js")]);
    tests
        .env("NODE_PATH", modules)
        .env("ANYARCHIVE_LIBRARY", ground.lib().join("libanyarchive.so"));
    report.line(name, Answer::Passed(passed(&mut tests)?));
    Ok(())
}

/// Where the package of npm is that a `package.json` names; it is fetched once.
pub(super) fn modules(
    ground: &Ground<'_>,
    source: &Path,
    package: &str,
) -> Result<PathBuf, String> {
    ground.need("node", "nodejs")?;
    let directory = ground.build.join("npm").join(package);
    let modules = directory.join("node_modules");
    let wanted = fs::read(source.join("package.json")).map_err(|error| error.to_string())?;
    let manifest = directory.join("package.json");
    if modules.join(package).exists() && fs::read(&manifest).is_ok_and(|found| found == wanted) {
        return Ok(modules);
    }
    ground.need("npm", "npm")?;
    fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
    fs::write(&manifest, wanted).map_err(|error| error.to_string())?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--silent"]);
    let output = cmd::capture(npm.current_dir(&directory)).map_err(|error| format!("{error:#}"))?;
    if output.status.success() {
        return Ok(modules);
    }
    Err(format!(
        "npm cannot install {package}: {}",
        cmd::last_words(&output)
    ))
}

fn test(files: &[PathBuf]) -> Command {
    let mut tests = Command::new("node");
    tests
        .args(["--test", "--test-reporter=tap"])
        .args(files)
        .env_remove("NODE_OPTIONS");
    tests
}

/// Runs tests, and tells how many they were.
fn passed(tests: &mut Command) -> Result<usize> {
    let output = cmd::capture(tests)?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "{text}{}", cmd::errors(&output));
    count(&text)
}

pub(super) fn needs(ground: &Ground<'_>) -> Result<(), String> {
    let tools = [
        ("node", "nodejs"),
        ("cc", "gcc"),
        ("pkg-config", "pkg-config"),
    ];
    for (program, package) in tools {
        ground.need(program, package)?;
    }
    let header = "process.exit(require('fs').existsSync(require('path')\
        .resolve(process.execPath, '../../include/node/node_api.h')) ? 0 : 1)";
    ground.need_part("headers of Node", "libnode-dev", || {
        let mut node = Command::new("node");
        cmd::capture(node.args(["-e", header])).is_ok_and(|output| output.status.success())
    })
}

/// The number in `# pass N`; none may fail or be skipped.
fn count(output: &str) -> Result<usize> {
    let number = |what: &str| {
        let line = output.lines().find_map(|line| line.strip_prefix(what));
        line.and_then(|number| number.trim().parse::<usize>().ok())
    };
    let passed = number("# pass ").unwrap_or(0);
    ensure!(passed > 0, "no test ran:\n{output}");
    for what in ["# fail ", "# cancelled ", "# skipped ", "# todo "] {
        ensure!(
            number(what) == Some(0),
            "not all of the tests ran:\n{output}"
        );
    }
    Ok(passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_that_did_not_run_are_not_counted() {
        let rest = "# fail 0\n# cancelled 0\n# skipped 0\n# todo 0\n";
        assert_eq!(count(&format!("# pass 7\n{rest}")).unwrap(), 7);
        assert!(count(&format!("# pass 0\n{rest}")).is_err());
        let skipped = rest.replace("skipped 0", "skipped 1");
        assert!(count(&format!("# pass 7\n{skipped}")).is_err());
        assert!(count("").is_err());
    }
}
