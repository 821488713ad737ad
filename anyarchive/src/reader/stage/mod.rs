//! What happens to the bytes of a source before libarchive gets them: gzip is decoded here, because
//! libarchive compares none of its checksums, and compressed streams are watched for the memory that
//! they ask for.

#[cfg(feature = "verify-gzip")]
mod gzip;
mod rpm;
mod watch;
mod windows;

use std::io::{self, SeekFrom};

use self::watch::Watched;
use crate::{
    Error, Filter, Result,
    ffi::{
        Status,
        callbacks::read::{self, Source, StreamHeader},
    },
};

/// Puts the stages that the first bytes ask for around a source.
///
/// # Errors
///
/// When the first block cannot be read, and when it asks for more memory than `memory` (bytes)
/// allows.
pub(super) fn wrap<'s>(
    mut source: Box<dyn Source + 's>,
    decodes: &dyn Fn(Filter) -> bool,
    memory: Option<u64>,
) -> Result<Box<dyn Source + 's>> {
    source.read_block().map_err(cannot_read)?;
    #[cfg(feature = "verify-gzip")]
    if decodes(Filter::Gzip) && gzip::is_gzip(source.block()) {
        source = Box::new(gzip::Gzip::new(source).map_err(cannot_read)?);
        source.read_block().map_err(cannot_read)?;
    }
    let watched = match memory {
        Some(limit) => Watched::wrap(source.block(), decodes, limit)?,
        None => None,
    };
    Ok(Box::new(Again {
        source,
        first: true,
        watched,
    }))
}

/// As an error of the same source is told when libarchive asked for the bytes.
fn cannot_read(error: io::Error) -> Error {
    Error::of_source(error)
        .with_op("archive_read_open1")
        .with_status(Status::Fatal)
}

/// A source whose first block was looked at: it comes again.
struct Again<'s> {
    source: Box<dyn Source + 's>,
    /// The first block is to be given once more.
    first: bool,
    watched: Option<Watched>,
}

impl Source for Again<'_> {
    fn read_block(&mut self) -> io::Result<&[u8]> {
        if std::mem::take(&mut self.first) {
            // Watched already.
            return Ok(self.source.block());
        }
        match &mut self.watched {
            None => self.source.read_block(),
            Some(watched) => {
                watched.follow(self.source.read_block()?)?;
                Ok(self.source.block())
            }
        }
    }

    fn block(&self) -> &[u8] {
        self.source.block()
    }

    fn skip(&mut self, count: u64) -> io::Result<u64> {
        if self.first || self.watched.is_some() {
            return Ok(0);
        }
        self.source.skip(count)
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            // The source stands behind the block that nobody got yet.
            SeekFrom::Current(delta) if self.first => {
                let len = i64::try_from(self.source.block().len()).unwrap_or(i64::MAX);
                SeekFrom::Current(delta.checked_sub(len).ok_or(io::ErrorKind::InvalidInput)?)
            }
            to => to,
        };
        let position = self.source.seek(to)?;
        self.first = false;
        Ok(position)
    }

    fn can_seek(&self) -> bool {
        // A compressed stream is read from its start to its end.
        self.watched.is_none() && self.source.can_seek()
    }

    fn bytes_read(&self) -> u64 {
        let unread = if self.first {
            self.source.block().len() as u64
        } else {
            0
        };
        self.source.bytes_read() - unread
    }

    fn settle(&mut self) -> io::Result<()> {
        self.source.settle()
    }

    fn problem(&self) -> Option<Error> {
        self.source.problem()
    }

    fn gzip(&self) -> Option<read::Gzip> {
        self.source.gzip()
    }

    fn header(&self) -> Option<StreamHeader<'_>> {
        self.source.header()
    }

    fn filters(&self) -> Vec<Filter> {
        self.source.filters()
    }
}
