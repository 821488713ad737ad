//! Where the archive comes from: a path, or standard input.

use std::{
    fs::File,
    io::{self, IsTerminal, Seek},
    path::{Path, PathBuf},
};

use anyarchive::{Password, Reader};

use crate::{
    exit::Failure,
    flags,
    output::{io_text, visible_name},
};

/// The archive of the command line.
#[derive(Debug)]
pub(crate) struct Input {
    source: Source,
    /// Bytes that decoders may take.
    memory: Option<u64>,
}

#[derive(Debug)]
enum Source {
    /// A path.
    File(PathBuf),
    /// Standard input that is a file read from its start, so that it can seek.
    StdinFile(File),
    /// Standard input that only goes forward.
    StdinStream(File),
}

impl Input {
    /// `-` is standard input, everything else a path.
    pub(crate) fn new(path: &Path, global: &flags::Global) -> Result<Self, Failure> {
        Ok(Self {
            source: Source::new(path)?,
            memory: global.max_memory.0,
        })
    }

    /// Opens the archive; more than once only when [`can_reopen`](Source::can_reopen).
    pub(crate) fn open(&self, password: Option<&Password>) -> Result<Reader<'static>, Failure> {
        let mut builder = Reader::builder();
        if let Some(password) = password {
            builder = builder.password(password.clone());
        }
        if let Some(bytes) = self.memory {
            builder = builder.decoder_memory(bytes);
        }
        let reader = match &self.source {
            Source::File(path) => builder.open_volumes(path),
            Source::StdinFile(file) => {
                let mut file = file.try_clone().map_err(failed)?;
                file.rewind().map_err(failed)?;
                builder.from_seekable(file)
            }
            Source::StdinStream(file) => builder.from_reader(file.try_clone().map_err(failed)?),
        };
        reader.map_err(|error| Failure::Open {
            error,
            stream: self.is_stream(),
        })
    }

    /// Whether the archive can be opened again from its start.
    pub(crate) fn can_reopen(&self) -> bool {
        match &self.source {
            Source::File(path) => path.metadata().is_ok_and(|metadata| metadata.is_file()),
            Source::StdinFile(_) => true,
            Source::StdinStream(_) => false,
        }
    }

    /// Whether the archive comes through something that only goes forward.
    pub(crate) fn is_stream(&self) -> bool {
        match &self.source {
            // A pipe can have a name.
            Source::File(path) => path
                .metadata()
                .is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()),
            Source::StdinFile(_) => false,
            Source::StdinStream(_) => true,
        }
    }

    /// Reads what the archive's reader left of standard input, and says how much that was.
    pub(crate) fn drain(&self) -> Result<u64, Failure> {
        match &self.source {
            Source::StdinStream(file) => io::copy(&mut &*file, &mut io::sink()).map_err(failed),
            _ => Ok(0),
        }
    }
}

impl Source {
    fn new(path: &Path) -> Result<Self, Failure> {
        if !is_standard(path) {
            return Ok(Self::File(path.to_path_buf()));
        }
        if io::stdin().is_terminal() {
            return Err(Failure::Usage(
                "standard input is a terminal: pipe an archive into it, or give a file".into(),
            ));
        }
        let mut file = stdin_file().map_err(failed)?;
        let is_file = file.metadata().map_err(failed)?.is_file();
        // Formats with a table of contents count from the start of the file.
        if is_file && file.stream_position().map_err(failed)? == 0 {
            Ok(Self::StdinFile(file))
        } else {
            Ok(Self::StdinStream(file))
        }
    }
}

/// Whether a path means the standard stream.
pub(crate) fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// What messages call the archive; safe to show.
pub(crate) fn label(path: &Path) -> String {
    if is_standard(path) {
        "standard input".into()
    } else {
        visible_name(path.as_os_str().as_encoded_bytes())
    }
}

/// Standard input without the buffer of `std`, which would read ahead of a seek.
#[cfg(unix)]
fn stdin_file() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(io::stdin().as_fd().try_clone_to_owned()?.into())
}

/// Standard input without the buffer of `std`, which would read ahead of a seek.
#[cfg(windows)]
fn stdin_file() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(io::stdin().as_handle().try_clone_to_owned()?.into())
}

fn failed(error: io::Error) -> Failure {
    Failure::Other(format!("standard input: cannot read: {}", io_text(&error)))
}
