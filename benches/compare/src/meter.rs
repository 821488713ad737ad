//! Runs one command and measures it.
//!
//! A process starts with the peak memory of the one that started it, so the command is started by a
//! small process of ours (`compare meter`) and not by the one that has read whole trees.

use std::{
    ffi::OsString,
    fs::{self, File},
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};
use wait4::Wait4 as _;

/// A command line and where it runs.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    pub(crate) argv: Vec<OsString>,
    pub(crate) directory: PathBuf,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Usage {
    /// From start to end.
    pub(crate) seconds: f64,
    /// User and system time of all its threads and children.
    pub(crate) cpu_seconds: f64,
    /// Largest resident set, in bytes: of the process, or of the largest child that it waited for.
    pub(crate) peak_bytes: u64,
}

pub(crate) enum Outcome {
    Done(Usage),
    Failed(String),
    TimedOut,
}

/// The process group of the command that is running, for whoever is interrupted.
static RUNNING: Mutex<Option<Pid>> = Mutex::new(None);

/// Ends the command that is running.
pub(crate) fn stop() {
    if let Some(group) = RUNNING.lock().ok().and_then(|mut running| running.take()) {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// Runs a command under the meter. What it prints goes to a file in `scratch`.
pub(crate) fn run(invocation: &Invocation, scratch: &Path, limit: Duration) -> Result<Outcome> {
    let (answer, said) = (scratch.join("usage.json"), scratch.join("said.txt"));
    let log = File::create(&said)?;
    let mut meter = Command::new(std::env::current_exe()?)
        .arg("meter")
        .arg(&answer)
        .args(&invocation.argv)
        .current_dir(&invocation.directory)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0)
        .spawn()
        .context("start the meter")?;
    let group = Pid::from_child(&meter);
    set_running(Some(group));
    let deadline = Instant::now() + limit;
    let status = loop {
        if let Some(status) = meter.try_wait()? {
            break status;
        }
        if Instant::now() >= deadline {
            stop();
            meter.wait()?;
            return Ok(Outcome::TimedOut);
        }
        // The meter takes the time, not this loop.
        thread::sleep(Duration::from_millis(5));
    };
    set_running(None);
    if status.success() {
        let usage = serde_json::from_slice(&fs::read(&answer)?).context("the meter's answer")?;
        return Ok(Outcome::Done(usage));
    }
    let said = fs::read(&said)?;
    let said = String::from_utf8_lossy(&said[..said.len().min(400)]).replace('\n', " ");
    Ok(Outcome::Failed(match status.signal() {
        Some(signal) => format!("ended by signal {signal}: {said}"),
        None => format!("exit code {}: {said}", status.code().unwrap_or(-1)),
    }))
}

fn set_running(group: Option<Pid>) {
    if let Ok(mut running) = RUNNING.lock() {
        *running = group;
    }
}

/// `compare meter ANSWER PROGRAM ARGUMENTS`: the small process.
pub(crate) fn main(args: &[OsString]) -> Result<()> {
    let [answer, program, args @ ..] = args else {
        bail!("compare meter ANSWER PROGRAM ARGUMENTS");
    };
    let start = Instant::now();
    let used = Command::new(program)
        .args(args)
        .spawn()
        .with_context(|| format!("start {}", program.display()))?
        .wait4()?;
    let usage = Usage {
        seconds: start.elapsed().as_secs_f64(),
        cpu_seconds: (used.rusage.utime + used.rusage.stime).as_secs_f64(),
        peak_bytes: used.rusage.maxrss,
    };
    if !used.status.success() {
        bail!("{}", used.status);
    }
    fs::write(answer, serde_json::to_vec(&usage)?)?;
    Ok(())
}
