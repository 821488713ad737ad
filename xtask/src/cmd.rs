//! Running other programs.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output};

use anyhow::{Context as _, Result, bail};

/// Where `program` is on the search path.
pub(crate) fn find_program(program: &str) -> Option<PathBuf> {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?)
        .map(|dir| dir.join(&name))
        .find(|path| path.is_file())
}

/// The cargo that runs us, so that a chosen toolchain stays chosen.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Takes our own variables out of the command's environment: the vendored library is meant,
/// whatever this machine prefers.
pub(crate) fn without_settings(command: &mut Command) -> &mut Command {
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("ARCHIVE_SYS_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs `command` with its output captured; `Err` only when it cannot be started.
pub(crate) fn capture(command: &mut Command) -> Result<Output> {
    command
        .output()
        .with_context(|| format!("cannot start {}", text(command)))
}

/// Runs `command` with its output shown and demands success.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("cannot start {}", text(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", text(command));
    }
    Ok(())
}

/// The last thing a program said before it failed, on one line.
pub(crate) fn last_words(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    let line = errors.lines().map(str::trim).rfind(|line| !line.is_empty());
    line.map_or_else(|| output.status.to_string(), str::to_owned)
}

/// Everything a program said before it failed, for a person to read.
pub(crate) fn errors(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    format!("{}\n{}", output.status, errors.trim_end())
}

/// The command as a person would type it, without quoting.
pub(crate) fn text(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let name = program.file_stem().unwrap_or(command.get_program());
    let words = [name].into_iter().chain(command.get_args());
    words
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

/// What to tell someone without a C compiler.
pub(crate) const INSTALL_C_COMPILER: &str =
    "a C compiler: apt-get install gcc libc6-dev (or the like; set CC to use another)";

/// Whether there is something to compile libarchive with.
pub(crate) fn has_c_compiler() -> bool {
    // Microsoft's compiler is not on the search path; the `cc` crate finds it.
    cfg!(windows)
        || env::var_os("CC").is_some()
        || ["cc", "gcc", "clang"]
            .iter()
            .any(|name| find_program(name).is_some())
}
