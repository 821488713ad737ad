//! Files that patterns and times come from.

use std::{
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Read as _},
    path::Path,
};

use super::glob::MAX_PATTERN;
use crate::{
    Timestamp,
    error::{Error, ErrorKind, Result},
};

/// What stands between the patterns of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PatternSeparator {
    /// The end of a line: a line feed, a carriage return, or both.
    #[default]
    Line,
    /// A NUL character, as `find -print0` writes.
    Nul,
}

/// Hands each pattern of a file on; nothing is kept but one of them at a time.
pub(super) fn patterns(
    path: &Path,
    separator: PatternSeparator,
    mut add: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let cannot = |error| {
        Error::io(
            format!("cannot read patterns from {}", path.display()),
            error,
        )
    };
    let mut reader = BufReader::new(File::open(path).map_err(cannot)?);
    let end = match separator {
        PatternSeparator::Line => b'\n',
        PatternSeparator::Nul => b'\0',
    };
    let mut pattern = Vec::new();
    loop {
        pattern.clear();
        // One more than allowed, and "\r\n".
        let longest = MAX_PATTERN as u64 + 3;
        let len = read_until(&mut reader, longest, end, &mut pattern).map_err(cannot)?;
        if len == 0 {
            return Ok(());
        }
        if pattern.last() == Some(&end) {
            pattern.pop();
        } else if len as u64 == longest {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("{} has a pattern of more than 4096 bytes", path.display()),
            ));
        }
        let lines = pattern.split(|&byte| separator == PatternSeparator::Line && byte == b'\r');
        lines
            .filter(|line| !line.is_empty())
            .try_for_each(&mut add)?;
    }
}

fn read_until(
    reader: &mut BufReader<File>,
    longest: u64,
    end: u8,
    into: &mut Vec<u8>,
) -> io::Result<usize> {
    reader.take(longest).read_until(end, into)
}

/// Time of the content and time of the metadata of a file.
#[cfg(unix)]
pub(super) fn times(path: &Path) -> Result<(Timestamp, Timestamp)> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = metadata(path)?;
    let time = |seconds, nanoseconds: i64| Timestamp {
        seconds,
        nanoseconds: u32::try_from(nanoseconds).unwrap_or_default(),
    };
    Ok((
        time(metadata.mtime(), metadata.mtime_nsec()),
        time(metadata.ctime(), metadata.ctime_nsec()),
    ))
}

/// Time of the content and time of creation, which stands for that of the metadata as in C.
#[cfg(not(unix))]
pub(super) fn times(path: &Path) -> Result<(Timestamp, Timestamp)> {
    use std::time::{SystemTime, UNIX_EPOCH};
    let metadata = metadata(path)?;
    let time = |time: io::Result<SystemTime>| -> Result<Timestamp> {
        let time = time.map_err(|error| cannot_stat(path, error))?;
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok::<_, Error>(Timestamp {
            seconds: i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            nanoseconds: since.subsec_nanos(),
        })
    };
    Ok((time(metadata.modified())?, time(metadata.created())?))
}

fn metadata(path: &Path) -> Result<fs::Metadata> {
    fs::metadata(path).map_err(|error| cannot_stat(path, error))
}

fn cannot_stat(path: &Path, error: io::Error) -> Error {
    Error::io(
        format!("cannot read the times of {}", path.display()),
        error,
    )
}
