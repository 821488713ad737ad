//! Where a new archive goes: a path, or standard output.

use std::{
    fs::File,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::{
    exit::Failure,
    input::is_standard,
    output::{io_text, visible_name},
};

/// A new archive that is being written.
#[derive(Debug)]
pub(crate) enum Sink {
    /// A file beside `path` that takes its place at the end.
    Beside { file: NamedTempFile, path: PathBuf },
    /// Standard output, or a pipe or device with a name.
    Stream(File),
}

impl Sink {
    pub(crate) fn new(path: &Path) -> Result<Self, Failure> {
        if is_standard(path) {
            if io::stdout().is_terminal() {
                return Err(Failure::Usage(
                    "standard output is a terminal: pipe the archive into something, or give a file"
                        .into(),
                ));
            }
            return stdout_file()
                .map(Self::Stream)
                .map_err(|error| cannot(path, &error));
        }
        let found = path.metadata();
        if found.as_ref().is_ok_and(|found| found.is_dir()) {
            return Err(cannot(path, &io::ErrorKind::IsADirectory.into()));
        }
        if found.as_ref().is_ok_and(|found| !found.is_file()) {
            return File::options()
                .write(true)
                .open(path)
                .map(Self::Stream)
                .map_err(|error| cannot(path, &error));
        }
        // A link stays, and what it leads to is replaced.
        let target = match path.symlink_metadata() {
            Ok(link) if link.is_symlink() => path.canonicalize(),
            _ => Ok(path.to_path_buf()),
        };
        let target = target.map_err(|error| cannot(path, &error))?;
        let parent = match target.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".anyarchive-");
        #[cfg(unix)]
        {
            use std::{fs::Permissions, os::unix::fs::PermissionsExt as _};
            // Of the old archive, or those that the umask leaves of these.
            builder.permissions(match &found {
                Ok(old) => old.permissions(),
                Err(_) => Permissions::from_mode(0o666),
            });
        }
        builder
            .tempfile_in(parent)
            .map(|file| Self::Beside { file, path: target })
            .map_err(|error| cannot(path, &error))
    }

    /// Device and inode of the files that the archive must not take: itself, and the one that it
    /// replaces.
    #[cfg(unix)]
    pub(crate) fn ids(&self) -> Vec<(u64, u64)> {
        use std::os::unix::fs::MetadataExt as _;
        let found = match self {
            Self::Beside { file, path } => {
                vec![file.as_file().metadata(), path.metadata()]
            }
            Self::Stream(file) => vec![file.metadata()],
        };
        let found = found.into_iter().flatten();
        found.map(|file| (file.dev(), file.ino())).collect()
    }

    /// Puts the archive, which is complete, where it belongs.
    pub(crate) fn keep(self) -> Result<(), Failure> {
        match self {
            Self::Stream(_) => Ok(()),
            Self::Beside { file, path } => {
                let kept = file.persist(&path);
                kept.map(drop).map_err(|error| cannot(&path, &error.error))
            }
        }
    }
}

impl Write for Sink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        match self {
            Self::Beside { file, .. } => file.as_file_mut().write(data),
            Self::Stream(file) => file.write(data),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn cannot(path: &Path, error: &io::Error) -> Failure {
    let name = label(path);
    Failure::Other(format!("{name}: cannot write: {}", io_text(error)))
}

/// What messages call the archive; safe to show.
pub(crate) fn label(path: &Path) -> String {
    match is_standard(path) {
        true => "standard output".into(),
        false => visible_name(path.as_os_str().as_encoded_bytes()),
    }
}

/// Whether a writer failed because whoever reads the archive has had enough.
pub(crate) fn is_pipe_closed(error: &anyarchive::Error) -> bool {
    let source = std::error::Error::source(error);
    source
        .and_then(|source| source.downcast_ref::<io::Error>())
        .is_some_and(|source| source.kind() == io::ErrorKind::BrokenPipe)
}

/// Standard output without the buffer of `std`.
#[cfg(unix)]
fn stdout_file() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

/// Standard output without the buffer of `std`.
#[cfg(windows)]
fn stdout_file() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(io::stdout().as_handle().try_clone_to_owned()?.into())
}
