//! `anyarchive create`

use anyarchive::WriterBuilder;

use crate::{exit::Failure, flags, messages::Messages, new_archive, password};

pub(crate) fn run(
    args: &flags::Create,
    global: &flags::Global,
    messages: &Messages,
) -> Result<(), Failure> {
    let settings = settings(args, global, messages)?;
    write(args, &settings, messages)
}

/// What the flags ask of the writer.
fn settings(
    args: &flags::Create,
    global: &flags::Global,
    messages: &Messages,
) -> Result<WriterBuilder, Failure> {
    let mut settings = new_archive::settings(&args.archive, &args.new)?;
    if args.reproducible {
        settings = settings.reproducible();
    }
    if let Some(encryption) = args.encrypt {
        let password = password::for_new(
            global.password_file.as_deref(),
            "--password-file",
            messages.archive(),
        )?;
        settings = settings.encrypt(encryption.into(), &password);
    } else if global.password_file.is_some() {
        return Err(Failure::Usage(
            "--password-file is of no use here without --encrypt".into(),
        ));
    } else if password::is_in_environment() && !args.quiet {
        let variable = password::VARIABLE;
        messages.note(
            None,
            &format!("not encrypted: {variable} counts only with --encrypt"),
        );
    }
    new_archive::check(&settings)?;
    Ok(settings)
}

#[cfg(not(unix))]
fn write(_: &flags::Create, _: &WriterBuilder, _: &Messages) -> Result<(), Failure> {
    Err(Failure::Other(
        "create works on the Unix family only so far".into(),
    ))
}

#[cfg(unix)]
use on_unix::write;

#[cfg(unix)]
mod on_unix {
    use anyarchive::{
        Error, ErrorKind, Flow, FollowSymlinks, Matcher, Walk, Writer, WriterBuilder,
    };

    use crate::{
        cmd::count,
        exit::Failure,
        explain::{Facts, explain},
        flags,
        messages::Messages,
        progress,
        selection::exclude,
        sink::{Sink, is_pipe_closed},
    };

    pub(super) fn write(
        args: &flags::Create,
        settings: &WriterBuilder,
        messages: &Messages,
    ) -> Result<(), Failure> {
        let mut walk = walk(args)?;
        let sink = Sink::new(&args.archive)?;
        for (device, inode) in sink.ids() {
            walk.skip_file(device, inode);
        }
        progress::show(messages, args.quiet, total(args));
        let result = fill(settings, sink, &mut walk, messages);
        progress::clear(messages);
        let Some((sink, entries)) = result? else {
            return Ok(());
        };
        let problems = messages.problems();
        if entries == 0 && problems > 0 {
            messages.note(None, "nothing could be archived: no archive was made");
            return Ok(());
        }
        sink.keep()?;
        if problems > 0 {
            messages.note(
                None,
                &format!(
                    "{}; {} archived",
                    count(problems, "problem", "problems"),
                    count(entries, "entry", "entries")
                ),
            );
        }
        Ok(())
    }

    /// Bytes of all there is to read. What directories hold would have to be looked at twice to be known
    /// in advance.
    fn total(args: &flags::Create) -> Option<u64> {
        let directory = args.directory.as_deref().unwrap_or_else(|| "".as_ref());
        let sizes = args.paths.iter().map(|path| {
            let status = directory.join(path).symlink_metadata().ok()?;
            status.is_file().then_some(status.len())
        });
        sizes.sum()
    }

    fn walk(args: &flags::Create) -> Result<Walk, Failure> {
        let mut matcher = Matcher::new()?;
        exclude(&mut matcher, &args.exclude)?;
        let mut walk = Walk::builder()
            .sorted(true)
            .one_file_system(args.one_file_system)
            .matcher(matcher);
        if args.follow_symlinks {
            walk = walk.follow_symlinks(FollowSymlinks::Always);
        }
        if let Some(directory) = &args.directory {
            walk = walk.directory(directory);
        }
        Ok(walk.open_all(&args.paths)?)
    }

    /// Writes the whole archive; gives the sink back with the number of entries, and nothing when the
    /// archive cannot be completed, which is told.
    fn fill(
        settings: &WriterBuilder,
        sink: Sink,
        walk: &mut Walk,
        messages: &Messages,
    ) -> Result<Option<(Sink, u64)>, Failure> {
        let mut writer = settings.to_writer(sink)?;
        let report = writer.append_walk_with(walk, |progress| {
            match progress.problem() {
                Some(error) => messages.problem(error.entry_bytes(), &told(error)),
                None => {
                    progress::set(messages, progress.bytes_read());
                    progress::set_written(messages, progress.bytes_written());
                }
            }
            Flow::Continue
        });
        warn(&mut writer, messages);
        let entries = writer.entries_written();
        let finished = report.and_then(|_| writer.finish());
        match finished {
            Ok(sink) => Ok(Some((sink, entries))),
            Err(error) if is_pipe_closed(&error) => Err(Failure::PipeClosed),
            Err(error) => {
                messages.problem(error.entry_bytes(), &told(&error));
                messages.note(None, "the archive could not be completed");
                Ok(None)
            }
        }
    }

    fn warn(writer: &mut Writer<Sink>, messages: &Messages) {
        for warning in writer.take_warnings() {
            messages.warning(warning.entry_bytes(), warning.message());
        }
    }

    fn told(error: &Error) -> String {
        match error.kind() {
            // The advice for others is about archives that are read.
            ErrorKind::Io => explain(error, &Facts::default()),
            _ => error.message().to_owned(),
        }
    }
}
