//! What happens to the bytes of an archive between libarchive and the sink: nothing, or compression by
//! several threads.

#[cfg_attr(not(feature = "parallel-deflate"), allow(dead_code))]
mod blocks;
#[cfg(feature = "parallel-deflate")]
mod deflate;
#[cfg(feature = "parallel-deflate")]
pub(super) mod gzip;
#[cfg(feature = "parallel-deflate")]
mod pool;
#[cfg(feature = "parallel-deflate")]
pub(super) mod zip;

use std::{
    io::{self, Write},
    sync::{Arc, atomic::AtomicU64},
};

use self::blocks::Blocks;

/// Between libarchive and the sink.
#[derive(Debug)]
pub(super) enum Stage {
    /// All is done already.
    None,
    #[cfg(feature = "parallel-deflate")]
    Gzip(Box<gzip::Gzip>),
    #[cfg(feature = "parallel-deflate")]
    Zip(Box<zip::Zip>),
}

impl Stage {
    pub(super) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Whether it does the work of the last filter.
    pub(super) fn is_filter(&self) -> bool {
        #[cfg(feature = "parallel-deflate")]
        if matches!(self, Self::Gzip(_)) {
            return true;
        }
        false
    }

    /// Whether it wants to see each piece when libarchive makes it.
    pub(super) fn wants_pieces(&self) -> bool {
        !self.is_none() && !self.is_filter()
    }
}

/// The sink of an archive, with what is before it.
pub(crate) struct Output<S> {
    stage: Stage,
    blocks: Blocks<S>,
}

impl<S> Output<S> {
    pub(super) fn new(sink: S, stage: Stage, shape: Shape) -> Self {
        Self {
            stage,
            blocks: Blocks::new(sink, shape),
        }
    }

    pub(super) fn sink(&self) -> &S {
        self.blocks.sink()
    }

    pub(super) fn into_sink(self) -> S {
        self.blocks.into_sink()
    }

    /// Whether the data of the present entry is to come here, and not to libarchive.
    pub(super) fn takes_data(&self) -> bool {
        match &self.stage {
            #[cfg(feature = "parallel-deflate")]
            Stage::Zip(zip) => zip.takes_data(),
            _ => false,
        }
    }

    /// Bytes that the sink took.
    pub(super) fn written(&self) -> &Arc<AtomicU64> {
        self.blocks.written()
    }
}

impl<S: Write> Output<S> {
    /// Writes what is still on its way; libarchive gives no more.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        match &mut self.stage {
            Stage::None => Ok(()),
            #[cfg(feature = "parallel-deflate")]
            Stage::Gzip(gzip) => {
                gzip.finish(&mut self.blocks)?;
                self.blocks.finish()
            }
            #[cfg(feature = "parallel-deflate")]
            Stage::Zip(zip) => {
                zip.finish(&mut self.blocks)?;
                self.blocks.finish()
            }
        }
    }

    /// libarchive has written a header.
    pub(super) fn start_entry(&mut self) -> io::Result<()> {
        match &mut self.stage {
            #[cfg(feature = "parallel-deflate")]
            Stage::Zip(zip) => zip.start_entry(),
            _ => Ok(()),
        }
    }

    /// Takes data instead of libarchive.
    #[cfg_attr(not(feature = "parallel-deflate"), expect(unused_variables))]
    pub(super) fn data(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.stage {
            #[cfg(feature = "parallel-deflate")]
            Stage::Zip(zip) => zip.data(bytes, &mut self.blocks),
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// libarchive has ended an entry.
    pub(super) fn end_entry(&mut self) -> io::Result<()> {
        match &mut self.stage {
            #[cfg(feature = "parallel-deflate")]
            Stage::Zip(zip) => zip.end_entry(&mut self.blocks),
            _ => Ok(()),
        }
    }

    /// libarchive writes the end next.
    pub(super) fn end_entries(&mut self) -> io::Result<()> {
        match &mut self.stage {
            #[cfg(feature = "parallel-deflate")]
            Stage::Zip(zip) => zip.end_entries(&mut self.blocks),
            _ => Ok(()),
        }
    }
}

impl<S: Write> Write for Output<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.stage {
            // libarchive has made blocks of them.
            Stage::None => self.blocks.pass(bytes),
            #[cfg(feature = "parallel-deflate")]
            Stage::Gzip(gzip) => {
                gzip.write(bytes, &mut self.blocks)?;
                Ok(bytes.len())
            }
            #[cfg(feature = "parallel-deflate")]
            Stage::Zip(zip) => {
                zip.write(bytes, &mut self.blocks)?;
                Ok(bytes.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How the sink gets its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// So many at once, but for the last.
    pub(super) block: usize,
    /// All together a multiple of this.
    #[cfg_attr(not(feature = "parallel-deflate"), allow(dead_code))]
    pub(super) padding: usize,
}
