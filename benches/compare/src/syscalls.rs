//! Counts system calls with strace.

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, Result, bail};

use crate::{archives::Format, meter::Invocation, results::Calls};

pub(crate) fn count(
    name: &str,
    format: Format,
    files: u64,
    invocation: &Invocation,
    scratch: &Path,
) -> Result<Calls> {
    let table = scratch.join("calls.txt");
    let status = Command::new("timeout")
        .args(["600", "strace", "-f", "-qq", "-c", "-o"])
        .arg(&table)
        .args(&invocation.argv)
        .current_dir(&invocation.directory)
        .status()
        .context("run strace")?;
    if !status.success() {
        bail!("strace of {name}: {status}");
    }
    let mut frequent = parse(&fs::read_to_string(&table)?);
    frequent.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let total = frequent.iter().map(|(_, calls)| calls).sum();
    frequent.truncate(10);
    Ok(Calls {
        name: name.to_owned(),
        format,
        files,
        total,
        frequent,
    })
}

/// Names and numbers of calls from lines of `% time, seconds, usecs/call, calls, [errors,] name`.
fn parse(table: &str) -> Vec<(String, u64)> {
    let row = |line: &str| {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let [_, _, _, calls, .., name] = words[..] else {
            return None;
        };
        Some((name.to_owned(), calls.parse().ok()?))
    };
    let rows = table.lines().filter_map(row);
    rows.filter(|(name, _)| name != "total").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_with_and_without_errors_are_read() {
        let table = "\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 80.00    0.000010           1        10           write
 20.00    0.000002           1         2         1 openat
------ ----------- ----------- --------- --------- ----------------
100.00    0.000012           1        12         1 total
";
        let rows = [("write".to_owned(), 10), ("openat".to_owned(), 2)];
        assert_eq!(parse(table), rows);
    }
}
