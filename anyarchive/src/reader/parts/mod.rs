//! Compressed streams in parts that do not depend on each other: several threads decode them.
//!
//! Each part is given to a decoder of its own as a stream of its own. When one of them fails, the
//! whole stream is decoded once more from its start by one decoder, up to where it fails, or does
//! not: so there is one truth about what a damaged stream holds, whatever the number of threads. For
//! this, nothing is given before more is decoded than a decoder of libarchive holds back.

mod queue;
mod xz;
mod zstd;

use std::{
    collections::VecDeque,
    io::{self, BufRead as _, Cursor, Read},
    sync::Arc,
    thread::{self, JoinHandle},
};

use self::queue::{CHUNK, Chunk, Claim, Queue};
use super::{Decoder, Reader, ReaderBuilder, origin::FileAt};
use crate::{
    Error, ErrorKind, Filter, Format,
    ffi::callbacks::read::{self, Undecodable},
};

/// A piece of a file that is a stream when something is put before and behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Part {
    before: Vec<u8>,
    start: u64,
    len: u64,
    behind: Vec<u8>,
}

/// What is decoded, in order.
pub(super) struct Source {
    queue: Arc<Queue>,
    decoders: Vec<JoinHandle<()>>,
    /// The chunk whose data was lent last.
    lent: Option<Chunk>,
    /// What is decoded and not given yet: all but the last is full.
    held: VecDeque<Chunk>,
    /// All is decoded.
    ended: bool,
    /// Bytes that were lent so far.
    given: u64,
    /// Bytes of the file that went into them.
    read: u64,
    file: FileAt,
    codec: Codec,
    /// Decodes all of it, since a part failed.
    whole: Option<Whole>,
}

struct Whole {
    decoder: Decoder<'static>,
    /// Bytes of its buffer that were lent.
    lent: usize,
}

impl Source {
    /// `None` when there is nothing to do for several threads.
    pub(super) fn new(
        file: FileAt,
        filter: Filter,
        threads: usize,
        memory: Option<u64>,
    ) -> Option<Self> {
        if threads < 2 {
            return None;
        }
        let codec = Codec { filter, memory };
        let parts = match filter {
            Filter::Xz => xz::parts(&file),
            Filter::Zstd => zstd::parts(&file),
            _ => return None,
        };
        // What cannot be taken apart may be damaged: one decoder tells.
        let parts: Arc<[Part]> = parts.ok()?.into();
        if parts.len() < 2 {
            return None;
        }
        let queue = Arc::new(Queue::new(parts.len()));
        let mut source = Self {
            queue,
            decoders: Vec::new(),
            lent: None,
            held: VecDeque::new(),
            ended: false,
            given: 0,
            read: 0,
            file,
            codec,
            whole: None,
        };
        for _ in 0..threads.min(parts.len()) {
            let (queue, parts) = (Arc::clone(&source.queue), Arc::clone(&parts));
            let file = source.file.range(0, source.file.end());
            let decode = move || {
                while let Some(claim) = queue.claim() {
                    let part = &parts[claim.index()];
                    decode(&file, part, codec, claim);
                }
            };
            let builder = thread::Builder::new().name("anyarchive-decode".into());
            source.decoders.extend(builder.spawn(decode));
        }
        (!source.decoders.is_empty()).then_some(source)
    }

    /// Puts a chunk behind those that are held; parts can be short, so that chunks are not full.
    fn hold(&mut self, mut chunk: Chunk) {
        if let Some(last) = self.held.back_mut() {
            let count = chunk.data.len().min(CHUNK - last.data.len());
            last.data.extend(chunk.data.drain(..count));
            last.read = chunk.read;
        }
        if chunk.data.is_empty() {
            self.queue.recycle(chunk);
        } else {
            self.held.push_back(chunk);
        }
    }

    /// The next bytes, by the one decoder of all.
    fn decode_whole(&mut self) -> io::Result<&[u8]> {
        let mut whole = match self.whole.take() {
            Some(whole) => whole,
            None => self.start_again()?,
        };
        whole.lent = whole.fill()?.len();
        self.read = whole.decoder.bytes_read();
        self.whole
            .insert(whole)
            .decoder
            .fill_buf()
            .map_err(io_failure)
    }

    /// A decoder of all that has come to where the others came.
    fn start_again(&self) -> io::Result<Whole> {
        self.queue.close();
        let file = self.file.range(0, self.file.end());
        let decoder = self
            .codec
            .settings()
            .from_seekable(file)
            .and_then(Reader::into_decoder)
            .map_err(failure)?;
        let mut whole = Whole { decoder, lent: 0 };
        let mut left = self.given;
        while left > 0 {
            let count = left.min(whole.fill()?.len() as u64);
            if count == 0 {
                // Another process changed the file.
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            whole.lent = count as usize;
            left -= count;
        }
        Ok(whole)
    }
}

impl Whole {
    fn fill(&mut self) -> io::Result<&[u8]> {
        self.decoder.consume(std::mem::take(&mut self.lent));
        self.decoder.fill_buf().map_err(io_failure)
    }
}

impl read::Source for Source {
    fn read_block(&mut self) -> io::Result<&[u8]> {
        if self.whole.is_some() {
            return self.decode_whole();
        }
        if let Some(chunk) = self.lent.take() {
            self.queue.recycle(chunk);
        }
        // The one decoder gives nothing of the piece that it was at when it failed.
        while self.held.len() < 3 && !self.ended {
            match self.queue.next() {
                Ok(Some(chunk)) => self.hold(chunk),
                Ok(None) => self.ended = true,
                Err(queue::Failed) => return self.decode_whole(),
            }
        }
        match self.held.pop_front() {
            Some(chunk) => {
                self.given += chunk.data.len() as u64;
                self.read = chunk.read;
                Ok(&self.lent.insert(chunk).data)
            }
            None => {
                self.read = self.file.end();
                Ok(&[])
            }
        }
    }

    fn block(&self) -> &[u8] {
        match (&self.whole, &self.lent) {
            (Some(whole), _) => whole.decoder.buffered(),
            (None, Some(chunk)) => &chunk.data,
            (None, None) => &[],
        }
    }

    fn bytes_read(&self) -> u64 {
        self.read
    }

    fn filters(&self) -> Vec<Filter> {
        vec![self.codec.filter]
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.queue.close();
        for decoder in self.decoders.drain(..) {
            // What a decoder throws is the end of its part, which was told.
            let _ = decoder.join();
        }
    }
}

/// What each decoder is set to.
#[derive(Clone, Copy, Debug)]
struct Codec {
    filter: Filter,
    /// Limit of [`ReaderBuilder::decoder_memory`].
    memory: Option<u64>,
}

impl Codec {
    fn settings(self) -> ReaderBuilder {
        let settings = ReaderBuilder::new().format(Format::Raw);
        let settings = settings.filter(self.filter);
        match self.memory {
            Some(bytes) => settings.decoder_memory(bytes),
            None => settings,
        }
    }
}

/// Decodes a part until it ends, fails, or nobody wants it.
fn decode(file: &FileAt, part: &Part, codec: Codec, claim: Claim<'_>) {
    let bytes = Cursor::new(&*part.before)
        .chain(file.range(part.start, part.len))
        .chain(Cursor::new(&*part.behind));
    let decoder = codec
        .settings()
        .from_reader(bytes)
        .and_then(Reader::into_decoder);
    let Ok(mut decoder) = decoder else {
        return;
    };
    let mut chunk: Option<Chunk> = None;
    loop {
        let Ok(data) = decoder.fill_buf() else {
            return;
        };
        if data.is_empty() {
            break;
        }
        let target = match &mut chunk {
            Some(chunk) => chunk,
            None => match claim.chunk() {
                Some(new) => chunk.insert(new),
                None => return,
            },
        };
        let count = data.len().min(CHUNK - target.data.len());
        target.data.extend_from_slice(&data[..count]);
        decoder.consume(count);
        target.read = part.start + decoder.bytes_read().min(part.len);
        if target.data.len() == CHUNK
            && let Some(full) = chunk.take()
        {
            claim.push(full);
        }
    }
    if let Some(last) = chunk {
        claim.push(last);
    }
    claim.finish();
}

/// The failure of the one decoder: of its file, or of what is in it.
fn failure(error: Error) -> io::Error {
    if error.kind() == ErrorKind::Refused {
        // Not a failure of the decoder.
        return error.into();
    }
    let undecodable = |error| io::Error::other(Undecodable(error));
    error.into_io_source().unwrap_or_else(undecodable)
}

fn io_failure(error: io::Error) -> io::Error {
    error
        .downcast::<Error>()
        .map_or_else(|error| error, failure)
}

/// Reads a file where it is told to.
fn read_at(file: &FileAt, start: u64, len: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; len];
    file.range(start, len as u64).read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
