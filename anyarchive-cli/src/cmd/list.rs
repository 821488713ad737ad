//! `anyarchive list`

use crate::{
    exit::Failure,
    flags,
    input::Input,
    json::{self, EntryLine},
    long::LongList,
    messages::Messages,
    output::Output,
    password,
    selection::Selection,
    walk::walk,
};

pub(crate) fn run(
    args: &flags::List,
    global: &flags::Global,
    messages: &Messages,
) -> Result<(), Failure> {
    let selection = Selection::new(&args.selection)?;
    let input = Input::new(&args.archive.archive, global)?;
    // Names need no password in any format that libarchive decrypts: nobody is asked.
    let mut reader = input.open(password::given(global.password_file.as_deref())?.as_ref())?;
    let mut out = Output::new();
    let mut long = LongList::new();
    let result = walk(&mut reader, input.is_stream(), messages, |entry| {
        if !selection.wants(entry) {
            return Ok(());
        }
        if args.json {
            let line = EntryLine {
                warning: entry.warning().map(anyarchive::Error::message),
                entry,
            };
            out.text(&json::line(&line)?)?;
            out.end_line()
        } else if args.long {
            long.write(&mut out, entry)
        } else {
            out.name(entry.path_bytes())?;
            out.end_line()
        }
    });
    // What was listed before a failure is worth seeing, too.
    out.finish()?;
    // Behind a failure nobody knows.
    if result? {
        selection.tell_missing(messages);
    }
    Ok(())
}
