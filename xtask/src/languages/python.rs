//! Python: the package as a wheel, and the C library through ctypes and cffi.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::{Answer, Ground, Report, exports};
use crate::cmd;

/// What the tests need of Python's package index, with the version that was tried.
const PACKAGES: [&str; 6] = [
    "maturin>=1.9,<2",
    "cffi>=1.17,<3",
    "setuptools",
    "mypy<3",
    "auditwheel>=6,<7",
    "abi3audit>=0.0.20,<1",
];

/// A virtual environment of our own, in which nothing is that is not meant.
pub(super) struct Python(PathBuf);

impl Python {
    /// Makes it, or tells why it cannot be.
    pub(super) fn new(ground: &Ground<'_>) -> Result<Self, String> {
        ground.need("python3", "python3")?;
        let home = ground.build.join("venv");
        let python = Self(home.join("bin"));
        let done = home.join("packages.txt");
        let wanted = PACKAGES.join("\n");
        if fs::read_to_string(&done).is_ok_and(|packages| packages == wanted) {
            return Ok(python);
        }
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv", "--clear"]).arg(&home);
        answer(&mut venv).map_err(|why| {
            format!("no virtual environment (apt-get install python3-venv): {why}")
        })?;
        python.fetch(&PACKAGES)?;
        fs::write(&done, wanted).map_err(|error| error.to_string())?;
        Ok(python)
    }

    /// Installs packages of the index.
    pub(super) fn fetch(&self, packages: &[&str]) -> Result<(), String> {
        let mut pip = self.program("pip");
        pip.args(["install", "--quiet", "--disable-pip-version-check"]);
        answer(pip.args(packages)).map_err(|why| format!("pip cannot install: {why}"))
    }

    pub(super) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.0.join(name));
        // Nothing from the machine's own packages.
        command.env_remove("PYTHONPATH").env_remove("PYTHONHOME");
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    /// Runs tests of `unittest` and tells how many they were.
    fn unittest<S: AsRef<OsStr>>(
        &self,
        directory: &Path,
        arguments: impl IntoIterator<Item = S>,
        path: Option<&Path>,
    ) -> Result<usize> {
        let mut command = self.program("python");
        command.current_dir(directory).args(["-X", "dev"]);
        if let Some(path) = path {
            command.env("PYTHONPATH", path);
        }
        let output = cmd::capture(command.args(arguments))?;
        ensure!(
            output.status.success(),
            "`{}`: {}",
            cmd::text(&command),
            cmd::errors(&output)
        );
        count(&String::from_utf8_lossy(&output.stderr))
    }
}

/// Whether a command succeeds; else what it said.
fn answer(command: &mut Command) -> Result<(), String> {
    let output = cmd::capture(command).map_err(|error| format!("{error:#}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(cmd::last_words(&output))
}

/// How many tests `unittest` says it ran; none may be skipped.
fn count(output: &str) -> Result<usize> {
    let line = output.lines().find(|line| line.starts_with("Ran "));
    let number = line.and_then(|line| line.split(' ').nth(1));
    let tests = number.and_then(|number| number.parse().ok()).unwrap_or(0);
    ensure!(tests > 0, "no test ran:\n{output}");
    let last = output.lines().rfind(|line| !line.is_empty());
    ensure!(last == Some("OK"), "not all of the tests ran:\n{output}");
    Ok(tests)
}

/// The package, as a wheel that is installed where nothing else is.
pub(super) fn package(ground: &Ground<'_>, report: &mut Report) -> Result<()> {
    let python = match Python::new(ground) {
        Ok(python) => python,
        Err(why) => {
            report.line("Python package", Answer::Skipped(why));
            return Ok(());
        }
    };
    let wheels = install(ground, &python)?;
    let mut find = python.program("python");
    find.args([
        "-c",
        "import anyarchive._native as it; print(it.__file__, end='')",
    ]);
    let found = cmd::capture(&mut find)?;
    let module = PathBuf::from(String::from_utf8(found.stdout)?);
    exports::module(&module, &["PyInit__native"], &[])?;
    report.line("Python package: exports and needs", Answer::Passed(1));
    audit(&python, &only_file(&wheels)?)?;
    report.line("Python package: wheel audited", Answer::Passed(2));
    let mut stubs = python.program("python");
    stubs.args(["-m", "mypy.stubtest", "anyarchive"]);
    let output = cmd::capture(stubs.current_dir(&wheels))?;
    ensure!(
        output.status.success(),
        "stubs: {}{}",
        String::from_utf8_lossy(&output.stdout),
        cmd::errors(&output)
    );
    report.line("Python package: types as declared", Answer::Passed(1));
    let arguments = ["-m", "unittest", "discover", "--start-directory", "tests"];
    let tests = python.unittest(&ground.language("python"), arguments, None)?;
    report.line("Python package", Answer::Passed(tests));
    Ok(())
}

/// Builds the wheel and installs it; gives the directory that the wheel alone is in.
pub(super) fn install(ground: &Ground<'_>, python: &Python) -> Result<PathBuf> {
    let source = ground.language("python");
    let wheels = ground.scratch("wheels")?;
    let mut maturin = python.program("maturin");
    maturin
        .current_dir(&source)
        .env("CARGO_TARGET_DIR", ground.build.join("python-target"))
        .args(["build", "--quiet", "--locked", "--profile"])
        .arg(if ground.release { "release" } else { "dev" })
        .arg("--interpreter")
        .arg(python.0.join("python"))
        .arg("--out")
        .arg(&wheels);
    let output = cmd::capture(cmd::without_settings(&mut maturin))?;
    ensure!(output.status.success(), "maturin: {}", cmd::errors(&output));
    let wheel = only_file(&wheels)?;
    // One wheel for all versions of Python, on every Linux that is not older than the machine that built it.
    let name = wheel
        .file_name()
        .and_then(OsStr::to_str)
        .unwrap_or_default();
    ensure!(
        name.contains("-cp39-abi3-"),
        "{name} is not for every Python"
    );
    let mut pip = python.program("pip");
    pip.args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
    ]);
    cmd::run(pip.args(["--no-index", "--force-reinstall"]).arg(&wheel))?;
    Ok(wheels)
}

/// Whether the wheel needs nothing of the machine but what its name says, and nothing of Python but what
/// stays as it is: by the tools that the package index looks at wheels with.
fn audit(python: &Python, wheel: &Path) -> Result<()> {
    let name = wheel.file_stem().and_then(OsStr::to_str);
    let tag = name.and_then(|name| name.rsplit('-').next());
    let tag = tag.context("a wheel has a platform in its name")?;
    let mut auditwheel = python.program("auditwheel");
    let output = cmd::capture(auditwheel.arg("show").arg(wheel))?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success() && names_platform(&text, tag),
        "auditwheel: {text}{}",
        cmd::errors(&output)
    );
    let mut abi3audit = python.program("abi3audit");
    let output = cmd::capture(abi3audit.args(["--strict", "--summary"]).arg(wheel))?;
    ensure!(
        output.status.success(),
        "abi3audit: {}",
        cmd::errors(&output)
    );
    Ok(())
}

/// Whether `auditwheel` says that a wheel fits the platform of its name, which is not this machine alone.
fn names_platform(text: &str, tag: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let said = format!("is consistent with the following platform tag: \"{tag}\".");
    (tag.starts_with("manylinux_") || tag.starts_with("musllinux_"))
        && words.join(" ").contains(&said)
}

fn only_file(directory: &Path) -> Result<PathBuf> {
    let files = fs::read_dir(directory).with_context(|| directory.display().to_string())?;
    let files: Vec<_> = files.collect::<Result<_, _>>()?;
    ensure!(
        files.len() == 1,
        "{} files in {}",
        files.len(),
        directory.display()
    );
    Ok(files[0].path())
}

/// The same C library three times.
pub(super) fn ffi(ground: &Ground<'_>, report: &mut Report) -> Result<()> {
    let python = match Python::new(ground) {
        Ok(python) => python,
        Err(why) => {
            report.line("Python through ctypes and cffi", Answer::Skipped(why));
            return Ok(());
        }
    };
    let source = ground.language("python-ffi");
    let library = ground.lib().join("libanyarchive.so");
    for (name, kind) in [
        ("Python, ctypes", "ctypes"),
        ("Python, cffi ABI", "cffi-abi"),
    ] {
        let arguments = ["test.py".as_ref(), kind.as_ref(), library.as_os_str()];
        let tests = python.unittest(&source, arguments, None)?;
        report.line(name, Answer::Passed(tests));
    }
    let name = "Python, cffi API";
    if let Err(why) = ground.need("cc", "gcc") {
        report.line(name, Answer::Skipped(why));
        return Ok(());
    }
    let module = ground.scratch("cffi")?;
    let mut build = python.program("python");
    build.current_dir(&source).arg("build_cffi.py");
    build.arg(&ground.prefix).arg(&module);
    let output = cmd::capture(&mut build)?;
    ensure!(output.status.success(), "cffi: {}", cmd::errors(&output));
    let file = fs::read_dir(&module)?
        .filter_map(Result::ok)
        .map(|file| file.path())
        .find(|path| path.extension() == Some("so".as_ref()))
        .context("cffi compiled no module")?;
    exports::module(&file, &["PyInit__anyarchive_cffi"], &["libanyarchive.so."])?;
    report.line("Python, cffi API: exports and needs", Answer::Passed(1));
    let tests = python.unittest(&source, ["test.py", "cffi-api"], Some(&module))?;
    report.line(name, Answer::Passed(tests));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wheel_for_this_machine_alone_is_none() {
        let text =
            "\nit.whl is consistent\nwith the following platform tag: \"manylinux_2_34_x86_64\".\n";
        assert!(names_platform(text, "manylinux_2_34_x86_64"));
        assert!(!names_platform(text, "manylinux_2_17_x86_64"));
        let text = "it.whl is consistent with the following platform tag: \"linux_x86_64\".";
        assert!(!names_platform(text, "linux_x86_64"));
    }

    #[test]
    fn tests_that_did_not_run_are_not_counted() {
        assert_eq!(count("..\nRan 7 tests in 1.0s\n\nOK\n").unwrap(), 7);
        for output in [
            "Ran 0 tests in 0.000s\n\nNO TESTS RAN\n",
            "Ran 7 tests in 1.0s\n\nOK (skipped=1)\n",
            "OK\n",
            "",
        ] {
            assert!(count(output).is_err(), "{output:?}");
        }
    }
}
