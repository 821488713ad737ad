//! `anyarchive convert`

use std::path::Path;

use anyarchive::{Flow, Format, Limits, Loss, MetadataFields, Reader, Writer, convert};

use super::count;
use crate::{
    exit::Failure,
    explain::{Facts, empty, explain},
    flags,
    input::Input,
    messages::Messages,
    new_archive, password, progress,
    sink::{Sink, is_pipe_closed, label},
    walk::warn_of_end,
};

pub(crate) fn run(
    args: &flags::Convert,
    global: &flags::Global,
    messages: &Messages,
) -> Result<(), Failure> {
    // Sizes that the old archive does not tell before the data wait in a temporary file.
    let mut settings = new_archive::settings(&args.to, &args.new)?.spool_unknown_sizes();
    new_archive::check(&settings)?;
    let input = Input::new(&args.archive, global)?;
    let password = password::given_or_asked(global.password_file.as_deref(), &input, messages)?;
    if let Some(encryption) = args.encrypt {
        let new = match (&args.new_password_file, &password) {
            (None, Some(password)) => password.clone(),
            (file, _) => {
                password::for_new(file.as_deref(), "--new-password-file", &label(&args.to))?
            }
        };
        settings = settings.encrypt(encryption.into(), &new);
        new_archive::check(&settings)?;
    }
    let mut reader = input.open(password.as_ref())?;
    let sink = Sink::new(&args.to)?;
    let mut writer = settings.to_writer(sink)?;
    let job = Job {
        to: &args.to,
        stream: input.is_stream(),
        encrypted: password.is_some(),
        copy_hard_links: args.copy_hard_links,
        messages,
    };
    progress::show(messages, args.quiet, reader.total_bytes());
    let told = job.convert(&mut reader, &mut writer, (&args.limits).into());
    progress::clear(messages);
    let told = told?;
    // An input without a byte makes an empty archive, but somebody expected something.
    if let Some(text) = empty(&Facts::of(&reader, input.is_stream())) {
        messages.problem(None, &text);
        return Ok(());
    }
    warn_of_end(&reader, messages);
    let sink = writer.finish().map_err(|error| job.failure(error))?;
    sink.keep()?;
    let was_encrypted = reader.has_encrypted_entries() == Some(true);
    if was_encrypted && args.encrypt.is_none() && !args.quiet {
        let text = "not encrypted as the old archive was: see --encrypt";
        messages.note(None, &format!("{}: {text}", label(&args.to)));
    }
    told.sum_up(args, messages);
    Ok(())
}

struct Job<'a> {
    to: &'a Path,
    stream: bool,
    /// There is a password.
    encrypted: bool,
    copy_hard_links: bool,
    messages: &'a Messages,
}

/// What is told at the end, and not for each entry.
#[derive(Default)]
struct Told {
    entries: u64,
    lossy: u64,
    lost: MetadataFields,
}

impl Job<'_> {
    fn convert(
        &self,
        reader: &mut Reader<'_>,
        writer: &mut Writer<Sink>,
        limits: Limits,
    ) -> Result<Told, Failure> {
        let messages = self.messages;
        let facts = Facts {
            format: Some(Format::Zip).filter(|_| self.encrypted),
            encrypted: self.encrypted,
            ..Facts::of(reader, self.stream)
        };
        let mut told = Told::default();
        let mut conversion = convert(reader, writer);
        if self.copy_hard_links {
            conversion = conversion.copy_hard_links();
        }
        let result = conversion
            .limits(limits)
            .on_progress(|progress| {
                progress::set(messages, progress.bytes_read());
                Flow::Continue
            })
            .on_issue(|issue| {
                let path = Some(issue.path_bytes()).filter(|path| !path.is_empty());
                match issue.loss() {
                    Loss::LeftOut(error) => {
                        messages.problem(path, &format!("left out: {}", explain(error, &facts)));
                    }
                    Loss::Data(error) => messages.problem(path, &explain(error, &facts)),
                    Loss::Metadata(fields) => {
                        told.lossy += 1;
                        told.lost |= *fields;
                    }
                    Loss::Warning(text) => messages.warning(path, text),
                    other => messages.problem(path, &other.to_string()),
                }
            })
            .run();
        match result {
            Ok(report) => {
                told.entries = report.entries();
                Ok(told)
            }
            Err(error) => Err(self.failure(error)),
        }
    }

    /// An error that ends one of the archives, told of the right one.
    fn failure(&self, error: anyarchive::Error) -> Failure {
        if !error.op().is_some_and(|op| op.starts_with("archive_write")) {
            return Failure::Archive(error);
        }
        if is_pipe_closed(&error) {
            return Failure::PipeClosed;
        }
        let to = label(self.to);
        Failure::Other(format!("{to}: {}", explain(&error, &Facts::default())))
    }
}

impl Told {
    fn sum_up(&self, args: &flags::Convert, messages: &Messages) {
        if self.lossy > 0 {
            let entries = count(self.lossy, "entry", "entries");
            let text = format!("not kept by the format, of {entries}: {}", self.lost);
            messages.warning(None, &text);
        }
        let problems = messages.problems();
        if problems > 0 {
            let to = label(&args.to);
            messages.note(
                None,
                &format!(
                    "{}; {} written to {to}",
                    count(problems, "problem", "problems"),
                    count(self.entries, "entry", "entries"),
                ),
            );
        }
    }
}
