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

use std::io::{self, Write};

use self::blocks::Blocks;

/// Between libarchive and the sink.
#[derive(Debug)]
pub(super) enum Stage {
    /// All is done already.
    None,
    #[cfg(feature = "parallel-deflate")]
    Gzip(Box<gzip::Gzip>),
}

impl Stage {
    pub(super) fn is_none(&self) -> bool {
        matches!(self, Self::None)
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

    /// Bytes that the sink took.
    pub(super) fn written(&self) -> u64 {
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
