//! Which part of the work several threads can do.

use std::thread;

use super::{WriteFilter, WriteFormat, WriterBuilder, output::Stage, write_option::WriteOption};
use crate::{ErrorKind, Result, ffi::write::NewWriter};

/// As many as there are processors, but no more than find something to do. Never 1, so that the bytes
/// of an archive do not depend on the machine.
pub(super) fn default_threads() -> usize {
    let processors = thread::available_parallelism();
    processors.map_or(2, |count| count.get().clamp(2, 8))
}

impl WriterBuilder {
    /// What is to be between libarchive and the sink.
    pub(super) fn stage(&self) -> Result<Stage> {
        #[cfg(feature = "parallel-deflate")]
        if let Some((WriteFilter::Gzip, inner)) = self.filters.split_last()
            && self.threads != 1
            && !inner.contains(&WriteFilter::Gzip)
            && !self.options.iter().any(WriteOption::is_of_anybody)
        {
            return self.gzip_stage();
        }
        #[cfg(feature = "parallel-deflate")]
        if let Some(level) = self.zip_level()
            && self.threads != 1
        {
            let zip = super::output::zip::Zip::new(level, self.threads);
            return Ok(Stage::Zip(Box::new(zip)));
        }
        Ok(Stage::None)
    }

    /// The level of a ZIP archive without filters that is deflated, and has nothing unusual about it.
    #[cfg(feature = "parallel-deflate")]
    fn zip_level(&self) -> Option<i32> {
        if self.format != Some(WriteFormat::Zip) || !self.filters.is_empty() {
            return None;
        }
        // As libarchive has it.
        let mut level = 6;
        for option in &self.options {
            let (key, value) = match option {
                WriteOption::Own {
                    filter: None,
                    key,
                    value,
                } => (*key, value),
                WriteOption::Named { module, key, value } if module == "zip" => {
                    (key.as_str(), value)
                }
                _ => return None,
            };
            match (key, value.as_str()) {
                ("compression", "deflate") | ("hdrcharset", _) => {}
                ("compression-level", value) => level = value.parse().ok()?,
                _ => return None,
            }
        }
        // Level 0 stores, and libarchive refuses what is not a level.
        Some(level).filter(|level| (1..=9).contains(level))
    }

    /// libarchive writes the header of an empty file, and refuses what it does not know.
    #[cfg(feature = "parallel-deflate")]
    fn gzip_stage(&self) -> Result<Stage> {
        use super::{builder::forget_the_time, output::gzip::Gzip};
        let mut new = NewWriter::new()?;
        WriteFormat::Raw.set(&mut new)?;
        WriteFilter::Gzip.add(&mut new)?;
        // As libarchive and zlib have it.
        let mut level = 6;
        for option in &self.options {
            if option.is_of(WriteFilter::Gzip) {
                option.apply(&mut new, WriteFormat::Raw)?;
                level = option.level().unwrap_or(level);
            }
        }
        if self.reproducible {
            forget_the_time(&mut new, &[WriteFilter::Gzip])?;
        }
        new.set_bytes_in_last_block(1)?;
        let mut handle = new.open(Vec::new())?;
        handle.close()?;
        let mut header = handle.into_sink();
        let Some(len) = header_len(&header) else {
            return Ok(Stage::None);
        };
        header.truncate(len);
        Ok(Stage::Gzip(Box::new(Gzip::new(
            header,
            level,
            self.threads,
        ))))
    }

    /// Has libarchive use threads where it can.
    pub(super) fn ask_for_threads(&self, new: &mut NewWriter, format: WriteFormat) -> Result<()> {
        if self.threads == 1 {
            return Ok(());
        }
        match self.filters.last() {
            Some(filter) => filter.set_threads(new, self.threads).map(drop),
            None => {
                let count = WriteOption::threads(None, self.threads);
                match count.apply(new, format) {
                    Err(error) if error.kind() == ErrorKind::OutOfMemory => Err(error),
                    // It cannot.
                    _ => Ok(()),
                }
            }
        }
    }
}

impl WriteFilter {
    /// Whether several threads can do its work, when it is the last one.
    pub(crate) fn is_threaded(self) -> Result<bool> {
        if cfg!(feature = "parallel-deflate") && self == Self::Gzip {
            return Ok(true);
        }
        let mut new = NewWriter::new()?;
        self.add(&mut new)?;
        self.set_threads(&mut new, 2)
    }

    /// Whether libarchive takes the number.
    fn set_threads(self, new: &mut NewWriter, threads: usize) -> Result<bool> {
        let count = WriteOption::threads(Some(self), threads);
        match count.apply(new, WriteFormat::Raw) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::OutOfMemory => Err(error),
            Err(_) => Ok(false),
        }
    }
}

impl WriteOption {
    fn threads(filter: Option<WriteFilter>, threads: usize) -> Self {
        Self::Own {
            filter,
            key: "threads",
            value: threads.to_string(),
        }
    }

    /// Whether it is for this filter and for nobody else.
    pub(super) fn is_of(&self, wanted: WriteFilter) -> bool {
        match self {
            Self::Own { filter, .. } => *filter == Some(wanted),
            Self::Named { module, .. } => module == wanted.name(),
            Self::Text(_) => false,
        }
    }

    /// Whether libarchive looks for who knows it, or for several.
    #[cfg(feature = "parallel-deflate")]
    fn is_of_anybody(&self) -> bool {
        match self {
            Self::Own { .. } => false,
            Self::Named { module, .. } => module.is_empty(),
            Self::Text(text) => text.split(',').any(|option| {
                let module = option.trim_start_matches('!').split_once(':');
                // Without a module, or with a colon in the value.
                module.is_none_or(|(module, _)| {
                    module == WriteFilter::Gzip.name() || module.contains('=')
                })
            }),
        }
    }

    #[cfg(feature = "parallel-deflate")]
    fn level(&self) -> Option<i32> {
        let (key, value) = match self {
            Self::Own { key, value, .. } => (*key, value),
            Self::Named { key, value, .. } => (key.as_str(), value),
            Self::Text(_) => return None,
        };
        // libarchive has looked at it.
        let level = value.parse().ok();
        level.filter(|_| key == "compression-level")
    }
}

/// Length of a gzip header as libarchive writes it: maybe with a name, and nothing else.
#[cfg(feature = "parallel-deflate")]
fn header_len(gzip: &[u8]) -> Option<usize> {
    match gzip {
        [0x1f, 0x8b, 8, 0, ..] => Some(10),
        [0x1f, 0x8b, 8, 8, ..] => {
            let name = gzip.get(10..)?;
            Some(10 + name.iter().position(|&byte| byte == 0)? + 1)
        }
        _ => None,
    }
}
