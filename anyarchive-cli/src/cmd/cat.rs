//! `anyarchive cat`

use std::{io::Read, path::Path};

use anyarchive::{Entry, EntryRef, FileType, Password, Reader};

use crate::{
    exit::Failure,
    explain::{Facts, empty},
    flags,
    input::Input,
    messages::Messages,
    output::{Output, visible_name},
    password,
};

pub(crate) fn run(
    args: &flags::Cat,
    global: &flags::Global,
    messages: &Messages,
) -> Result<(), Failure> {
    let input = Input::new(&args.archive.archive, global)?;
    let given = password::given(global.password_file.as_deref())?;
    let job = Job {
        input: &input,
        name: Path::new(&args.entry),
        messages,
    };
    let may_ask = given.is_none() && password::can_ask(&input);
    if job.run(given.as_ref(), may_ask)? == Done::NeedsPassword {
        let password = password::ask(messages)?;
        job.run(password.as_ref(), false)?;
    }
    Ok(())
}

struct Job<'a> {
    input: &'a Input,
    name: &'a Path,
    messages: &'a Messages,
}

#[derive(PartialEq, Eq)]
enum Done {
    Finished,
    /// Nothing was written: the entry is encrypted and somebody can be asked.
    NeedsPassword,
}

impl Job<'_> {
    fn run(&self, password: Option<&Password>, may_ask: bool) -> Result<Done, Failure> {
        let mut reader = self.input.open(password)?;
        let stream = self.input.is_stream();
        loop {
            let error = match reader.find(self.name) {
                Ok(Some(mut entry)) => {
                    if may_ask && entry.is_encrypted() {
                        return Ok(Done::NeedsPassword);
                    }
                    let encrypted = entry.is_encrypted();
                    match self.write(&mut entry) {
                        Err(Failure::Archive(error)) => {
                            let facts = Facts {
                                encrypted,
                                ..Facts::of(&reader, stream)
                            };
                            self.messages.error(&error, &facts);
                            return Ok(Done::Finished);
                        }
                        result => return result.map(|()| Done::Finished),
                    }
                }
                Ok(None) => {
                    self.not_found(&reader);
                    return Ok(Done::Finished);
                }
                Err(error) => error,
            };
            self.messages.error(&error, &Facts::of(&reader, stream));
            if !error.is_recoverable() {
                return Ok(Done::Finished);
            }
        }
    }

    fn write(&self, entry: &mut Entry<'_>) -> Result<(), Failure> {
        let name = entry.path_bytes().to_vec();
        if let Some(warning) = entry.warning() {
            self.messages.warning(Some(&name), warning.message());
        }
        if let Some(reason) = no_data(entry) {
            self.messages.problem(Some(&name), &reason);
            return Ok(());
        }
        let mut out = Output::new();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let count = match entry.read(&mut buffer) {
                Ok(count) => count,
                Err(error) => {
                    // What came before the damage belongs to whoever reads the output.
                    out.finish()?;
                    return Err(from_read(error));
                }
            };
            if count == 0 {
                return out.finish();
            }
            out.bytes(&buffer[..count])?;
        }
    }

    fn not_found(&self, reader: &Reader<'_>) {
        let facts = Facts::of(reader, self.input.is_stream());
        match empty(&facts) {
            Some(text) => self.messages.problem(None, &text),
            None => self.messages.problem(
                Some(self.name.as_os_str().as_encoded_bytes()),
                "no such entry; 'anyarchive list' shows the names",
            ),
        }
    }
}

/// Why an entry has no data to show, and what to do instead.
fn no_data(entry: &EntryRef) -> Option<String> {
    // Some formats keep the data at every name of a file, or at its last one.
    if let Some(target) = entry.hardlink_bytes()
        && entry.size().unwrap_or(0) == 0
    {
        let target = visible_name(target);
        return Some(format!(
            "is a hard link to '{target}'; show that one instead"
        ));
    }
    Some(match entry.file_type() {
        FileType::File | FileType::Unknown => return None,
        FileType::Directory => "is a directory; only files have data to show".into(),
        FileType::Symlink => {
            let target = visible_name(entry.symlink_bytes().unwrap_or_default());
            format!("is a symbolic link to '{target}'; show that one instead")
        }
        _ => "is a device, pipe or socket; only files have data to show".into(),
    })
}

/// The reader's error out of the `io::Error` around it.
fn from_read(error: std::io::Error) -> Failure {
    match error.downcast::<anyarchive::Error>() {
        Ok(error) => Failure::Archive(error),
        Err(error) => Failure::Other(error.to_string()),
    }
}
