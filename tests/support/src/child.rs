//! A test in a process of its own: for what could crash, hang, or needs another environment.

use std::{
    env, io,
    io::Read,
    process::{Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Tells a test that it is the child, and what to do.
const JOB: &str = "ARCHIVE_SYS_TEST_JOB";

/// How a child ended.
#[derive(Debug)]
pub struct Finished {
    /// Its status; `None` when it was killed because it took too long.
    pub status: Option<ExitStatus>,
    /// What it wrote to the standard output, that of the test harness included.
    pub stdout: String,
    /// What it wrote to the standard error output.
    pub stderr: String,
}

impl Finished {
    /// `None` when all went well, else what happened in one line.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        match self.status {
            Some(status) if status.success() => None,
            Some(status) => Some(format!("{status}: {}{}", self.stdout, self.stderr)),
            None => Some("took too long".into()),
        }
    }
}

/// In a child, the job that it was given: a test that gets `None` is to start children.
#[must_use]
pub fn child_job() -> Option<String> {
    env::var(JOB).ok()
}

/// Runs the test `name` of the running test program again, alone in a process of its own, where
/// [`child_job`] answers `job`. It is killed after `limit`.
///
/// # Errors
///
/// When it cannot be started.
pub fn run_as_child(
    name: &str,
    job: &str,
    environment: &[(&str, &str)],
    limit: Duration,
) -> io::Result<Finished> {
    let mut child = Command::new(env::current_exe()?)
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(JOB, job)
        .env("RUST_BACKTRACE", "0")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // Threads, because a child that fills one pipe while nobody reads it would hang.
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let start = Instant::now();
    let mut pause = Duration::from_millis(1);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            break None;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    };
    Ok(Finished {
        status,
        stdout: stdout.join().unwrap_or_default(),
        stderr: stderr.join().unwrap_or_default(),
    })
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What arrived before a failure is worth showing all the same.
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_of_a_child_is_told() {
        const NAME: &str = "child::tests::every_end_of_a_child_is_told";
        match child_job().as_deref() {
            None => {}
            Some("print") => return println!("{}", "x".repeat(200_000)),
            Some("panic") => panic!("on purpose"),
            Some("abort") => std::process::abort(),
            Some(_) => return thread::sleep(Duration::from_secs(60)),
        }
        let run = |job, limit| run_as_child(NAME, job, &[], Duration::from_secs(limit)).unwrap();
        let finished = run("print", 30);
        assert_eq!(finished.problem(), None);
        assert!(finished.stdout.contains(&"x".repeat(200_000)));
        assert!(run("panic", 30).problem().unwrap().contains("on purpose"));
        assert!(run("abort", 30).problem().unwrap().contains("signal: 6"));
        assert_eq!(run("hang", 1).problem().unwrap(), "took too long");
    }
}
