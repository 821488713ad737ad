//! `anyarchive test`

use anyarchive::Entry;

use super::count;
use crate::{
    exit::Failure, flags, input::Input, messages::Messages, output::Output, password, progress,
    walk::walk,
};

pub(crate) fn run(
    args: &flags::Test,
    global: &flags::Global,
    messages: &Messages,
) -> Result<(), Failure> {
    let input = Input::new(&args.archive.archive, global)?;
    let password = password::given_or_asked(global.password_file.as_deref(), &input, messages)?;
    let mut reader = input.open(password.as_ref())?;
    progress::show(messages, args.quiet, reader.total_bytes());
    let mut bytes = 0;
    let at_end = walk(&mut reader, input.is_stream(), messages, |entry| {
        read_all(entry, &mut bytes, messages)
    })?;
    progress::clear(messages);
    let mut out = Output::new();
    out.text(&summary(messages, reader.entries_read(), bytes, at_end))?;
    out.end_line()?;
    out.finish()
}

/// Reads an entry to its end, which makes the library compare checksums; holes count as bytes.
fn read_all(entry: &mut Entry<'_>, bytes: &mut u64, messages: &Messages) -> Result<(), Failure> {
    let before = *bytes;
    loop {
        let Some(block) = entry.next_block()? else {
            return Ok(());
        };
        let end = block.offset().saturating_add(block.data().len() as u64);
        *bytes = (*bytes).max(before.saturating_add(end));
        progress::set(messages, entry.archive_bytes_read());
    }
}

fn summary(messages: &Messages, entries: u64, bytes: u64, at_end: bool) -> String {
    let mut line = format!(
        "{}: {}, {}: ",
        messages.archive(),
        count(entries, "entry", "entries"),
        count(bytes, "byte", "bytes"),
    );
    match (messages.problems(), messages.warnings()) {
        (0, 0) => line.push_str("no problem"),
        (problems, 0) => line.push_str(&count(problems, "problem", "problems")),
        (0, warnings) => line.push_str(&count(warnings, "warning", "warnings")),
        (problems, warnings) => {
            line.push_str(&count(problems, "problem", "problems"));
            line.push_str(", ");
            line.push_str(&count(warnings, "warning", "warnings"));
        }
    }
    if !at_end {
        line.push_str("; what follows the last problem could not be read");
    }
    line
}
