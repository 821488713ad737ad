//! The progress bar.

use std::io::{self, IsTerminal};

use indicatif::{ProgressDrawTarget, ProgressStyle};

use crate::messages::Messages;

/// Shows the bar on a terminal, unless it is not wanted. `total` is how many bytes will be read.
pub(crate) fn show(messages: &Messages, quiet: bool, total: Option<u64>) {
    if quiet || !io::stderr().is_terminal() {
        return;
    }
    let template = match total {
        Some(_) => "{wide_bar} {bytes}/{total_bytes}{msg} {eta}",
        None => "{spinner} {bytes}{msg} {bytes_per_sec}",
    };
    let bar = messages.bar();
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    if let Some(total) = total {
        bar.set_length(total);
    }
    bar.set_draw_target(ProgressDrawTarget::stderr());
}

/// Moves the bar to so many bytes that were read; formats that seek can read more than there are.
pub(crate) fn set(messages: &Messages, bytes: u64) {
    let bar = messages.bar();
    bar.set_position(bytes.min(bar.length().unwrap_or(bytes)));
}

/// Says how much has become of it in the new archive.
#[cfg(unix)]
pub(crate) fn set_written(messages: &Messages, bytes: u64) {
    let bar = messages.bar();
    if !bar.is_hidden() {
        bar.set_message(format!(" -> {}", indicatif::HumanBytes(bytes)));
    }
}

/// Takes the bar away.
pub(crate) fn clear(messages: &Messages) {
    messages.bar().finish_and_clear();
}
