//! How wide `time_t` will be in what is compiled.

use std::{fs, process::Command};

use crate::{config::Config, time};

/// Bits of `time_t` for the C compiler of the target, with [`time::WIDE`]: nothing is run, so it works in
/// cross builds.
pub(crate) fn of_compiler(config: &Config) -> Result<u32, String> {
    let mut problem = String::new();
    for bits in [64, 32] {
        let file = config.out_dir.join(format!("time{bits}.c"));
        let text = format!(
            "#include <time.h>\ntypedef char as_wide_as_that[sizeof(time_t) * 8 == {bits} ? 1 : -1];\n"
        );
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
        let mut compiler = compiler()?;
        for (name, value) in time::WIDE {
            compiler.arg(format!("-D{name}={value}"));
        }
        let output = compiler
            .arg("-fsyntax-only")
            .arg(&file)
            .output()
            .map_err(|error| format!("{compiler:?}: {error}"))?;
        if output.status.success() {
            return Ok(bits);
        }
        problem = String::from_utf8_lossy(&output.stderr).into_owned();
    }
    Err(format!(
        "the C compiler does not tell how wide time_t is:\n{problem}"
    ))
}

fn compiler() -> Result<Command, String> {
    let compiler = cc::Build::new().cargo_metadata(false).try_get_compiler();
    let compiler = compiler.map_err(|error| format!("no C compiler: {error}"))?;
    Ok(compiler.to_command())
}
