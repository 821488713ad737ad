//! Programs that tests need, and how they get here.

use std::process::Command;

use anyhow::Result;

use super::Ground;
use crate::cmd;

impl Ground<'_> {
    /// Whether a program is here. With `--install`, it is installed if it can be; else what the answer
    /// says is why not, with the command that installs it.
    pub(super) fn need(&self, program: &str, package: &str) -> Result<(), String> {
        self.need_part(program, package, || cmd::find_program(program).is_some())
    }

    /// The same for what is no program: whether it is here, `found` tells.
    pub(super) fn need_part(
        &self,
        program: &str,
        package: &str,
        found: impl Fn() -> bool,
    ) -> Result<(), String> {
        if found() {
            return Ok(());
        }
        let install = ["install", "--yes", "--no-install-recommends", package];
        if self.install && cmd::find_program("apt-get").is_some() {
            println!("installing {program}: apt-get {}", install.join(" "));
            let mut apt = Command::new("apt-get");
            apt.args(install).env("DEBIAN_FRONTEND", "noninteractive");
            if let Err(error) = cmd::run(&mut apt) {
                return Err(format!("{program} cannot be installed: {error:#}"));
            }
            if found() {
                return Ok(());
            }
        }
        Err(format!("no {program} (apt-get install {package})"))
    }
}
