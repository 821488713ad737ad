//! Running the C compiler on the headers of one release.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// The C compiler with one set of headers.
pub(crate) struct Compiler {
    include: PathBuf,
    scratch: TempDir,
}

impl Compiler {
    pub(crate) fn new(include: &Path) -> Self {
        Self {
            include: include.to_path_buf(),
            scratch: TempDir::new().expect("a temporary directory"),
        }
    }

    /// Compiles and runs a program, and returns what it printed.
    pub(crate) fn run(&self, source: &str) -> Result<String, String> {
        let file = self.scratch.path().join("program.c");
        let program = self.scratch.path().join("program");
        fs::write(&file, source).map_err(|error| error.to_string())?;
        output(self.command().arg(&file).arg("-o").arg(&program))?;
        output(&mut Command::new(&program))
    }

    /// Both headers with everything they include.
    pub(crate) fn preprocessed(&self) -> Result<String, String> {
        self.preprocess("#include <archive.h>\n#include <archive_entry.h>\n")
    }

    /// `ARCHIVE_VERSION_NUMBER`
    pub(crate) fn version_number(&self) -> Result<String, String> {
        let text = self.preprocess("#include <archive.h>\nARCHIVE_VERSION_NUMBER\n")?;
        let line = text.lines().rev().find(|line| !line.trim().is_empty());
        line.map(|line| line.trim().to_owned())
            .ok_or_else(|| "nothing came out of the preprocessor".to_owned())
    }

    fn preprocess(&self, source: &str) -> Result<String, String> {
        let file = self.scratch.path().join("headers.c");
        fs::write(&file, source).map_err(|error| error.to_string())?;
        output(self.command().args(["-E", "-P"]).arg(&file))
    }

    fn command(&self) -> Command {
        let mut build = cc::Build::new();
        build
            .target(env!("SYSTEST_TARGET"))
            .host(env!("SYSTEST_HOST"))
            .opt_level(0)
            .cargo_metadata(false)
            .warnings(false);
        let mut command = build.get_compiler().to_command();
        // A function that is not declared must be an error with every compiler.
        command
            .arg("-Werror=implicit-function-declaration")
            .arg("-Wno-deprecated-declarations");
        // A library of the system has its headers where the compiler looks by itself.
        if !self.include.as_os_str().is_empty() {
            command.arg("-I").arg(&self.include);
        }
        command
    }
}

/// Standard output of a command that must succeed.
fn output(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let errors = String::from_utf8_lossy(&output.stderr);
        Err(format!("{command:?}: {}\n{errors}", output.status))
    }
}

/// Names of the functions, not the callback types, that a preprocessed header declares.
pub(crate) fn declared_functions(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for declaration in text.split(';') {
        if declaration.trim_start().starts_with("typedef") {
            continue;
        }
        // The name is what stands before the first parenthesis that follows an `archive_` word.
        for (end, _) in declaration.match_indices('(') {
            let head = declaration[..end].trim_end();
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let name = &head[head.trim_end_matches(is_name).len()..];
            if name.starts_with("archive_") {
                names.insert(name.to_owned());
                break;
            }
        }
    }
    names
}
