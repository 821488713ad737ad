//! CPU time, which says what a build costs however busy the machine is.

use std::fs;

use anyhow::{Context as _, Result};

/// Seconds of the processes that this one has started and waited for, and of theirs.
pub(crate) fn of_children() -> Result<f64> {
    /// `USER_HZ`, which Linux has kept at this for its interfaces.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat")
        .context("CPU time is read from /proc/self/stat, on Linux only")?;
    // The name in parentheses can have spaces; cutime and cstime are fields 16 and 17.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = fields
        .split_whitespace()
        .skip(13)
        .take(2)
        .filter_map(|field| field.parse::<f64>().ok())
        .sum();
    Ok(ticks / TICKS_PER_SECOND)
}
