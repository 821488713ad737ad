//! `anyarchive extract`

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use anyarchive::{Flow, Format, Item, Outcome, Skip};

use super::count;
use crate::{
    exit::Failure,
    explain::{Facts, empty, explain, raise},
    flags,
    input::Input,
    messages::Messages,
    output::visible_name,
    password, progress,
    selection::Selection,
    walk::warn_of_end,
};

pub(crate) fn run(
    args: &flags::Extract,
    global: &flags::Global,
    messages: &Messages,
) -> Result<(), Failure> {
    let selection = Selection::new(&args.selection)?;
    let input = Input::new(&args.archive.archive, global)?;
    let password = password::given_or_asked(global.password_file.as_deref(), &input, messages)?;
    let mut reader = input.open(password.as_ref())?;
    progress::show(messages, args.quiet, reader.total_bytes());
    let stripped = Arc::new(AtomicU64::new(0));
    let teller = Teller {
        messages: messages.clone(),
        facts: Facts::of(&reader, input.is_stream()),
        notes: !args.quiet,
        stripped: Arc::clone(&stripped),
    };
    let bar = messages.clone();
    let wanted = selection.clone();
    let mut extractor = args
        .extractor()
        .filter(move |entry| wanted.wants(entry))
        .on_progress(move |progress| {
            progress::set(&bar, progress.bytes_read());
            Flow::Continue
        })
        .on_item(move |item| teller.tell(item));
    let result = extractor.extract(&mut reader, &args.directory);
    progress::clear(messages);
    let facts = Facts {
        encrypted: password.is_some() && reader.format() == Some(Format::Zip),
        ..Facts::of(&reader, input.is_stream())
    };
    match result {
        // An input without a byte extracts well, but somebody expected something.
        Ok(_) => {
            if let Some(text) = empty(&facts) {
                messages.problem(None, &text);
            }
            selection.tell_missing(messages);
            warn_of_end(&reader, messages);
        }
        Err(error) => messages.error(&error, &facts),
    }
    let stripped = stripped.load(Ordering::Relaxed);
    if stripped > 0 && !args.quiet {
        let entries = count(stripped, "entry", "entries");
        messages.note(
            None,
            &format!("{entries} skipped: --strip-components leaves no name"),
        );
    }
    summary(extractor.report().entries(), args, messages);
    Ok(())
}

/// Tells items as they happen.
struct Teller {
    messages: Messages,
    facts: Facts,
    notes: bool,
    stripped: Arc<AtomicU64>,
}

impl Teller {
    fn tell(&self, item: &Item) {
        let messages = &self.messages;
        let path = Some(item.path_bytes()).filter(|path| !path.is_empty());
        match item.outcome() {
            Outcome::Refused(reason) => {
                let mut text = format!("refused: {reason}");
                if let Some(limit) = reason.limit() {
                    text.push_str(&raise(limit));
                }
                messages.problem(path, &text);
            }
            Outcome::Failed(error) => messages.problem(path, &explain(error, &self.facts)),
            Outcome::Warned(text) => messages.warning(path, text),
            // A top directory goes with every `--strip-components`: nobody misses it.
            Outcome::Skipped(Skip::Stripped) if item.path_bytes().ends_with(b"/") => {}
            Outcome::Skipped(Skip::Stripped) => {
                self.stripped.fetch_add(1, Ordering::Relaxed);
            }
            Outcome::Skipped(reason) if self.notes => {
                messages.note(path, &format!("skipped: {reason}"));
            }
            Outcome::Skipped(_) => {}
            // Kinds of outcome that this program does not know yet are no reason to be silent.
            _ => messages.problem(None, &item.to_string()),
        }
    }
}

/// After problems: what there is all the same.
fn summary(entries: u64, args: &flags::Extract, messages: &Messages) {
    let problems = messages.problems();
    let directory = visible_name(args.directory.as_os_str().as_encoded_bytes());
    let entries_of = count(entries, "entry", "entries");
    let problems_of = count(problems, "problem", "problems");
    if args.dry_run && !args.quiet {
        let text = format!("dry run: {problems_of}; {entries_of} would go to '{directory}'");
        messages.note(None, &text);
    } else if problems > 0 && entries > 0 {
        let text = format!("{problems_of}; {entries_of} extracted to '{directory}'");
        messages.note(None, &text);
    }
}
