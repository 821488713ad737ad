//! Decodes gzip and compares what its trailers say.

use std::io::{self, SeekFrom};

use zlib_rs::{Inflate, InflateFlush, Status, crc32::crc32};

use crate::{Error, ErrorKind, Filter, ffi::callbacks::read::Source};

/// Decoded bytes in one block.
const BLOCK: usize = 128 * 1024;

/// Most bytes that are decoded behind the end of the archive, to get at the trailer.
const MAX_BEHIND: u64 = 64 << 20;

/// Longest name and comment in a header, in bytes; as in libarchive.
const MAX_TEXT: usize = 1 << 20;

/// Whether a gzip header begins here that has no flag of an unknown meaning.
pub(super) fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(b"\x1f\x8b\x08") && head.get(3).is_some_and(|flags| flags & 0xe0 == 0)
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Data {
        crc: u32,
        size: u32,
    },
    /// Behind a member: another one, padding, or something else.
    Between,
    End,
}

/// The decoded data of a gzip stream of any number of members.
pub(super) struct Gzip<'s> {
    source: Box<dyn Source + 's>,
    /// Where in the source's block the undecoded bytes begin.
    at: usize,
    inflate: Inflate,
    state: State,
    block: Vec<u8>,
    len: usize,
    /// An error of the source that came after some bytes.
    pending: Option<io::Error>,
    /// What is wrong with the stream: kind and reason.
    problem: Option<(ErrorKind, String)>,
}

impl<'s> Gzip<'s> {
    /// A stream that begins with the source's present block.
    pub(super) fn new(source: Box<dyn Source + 's>) -> io::Result<Self> {
        let mut gzip = Self {
            source,
            at: 0,
            // No header, and the largest window.
            inflate: Inflate::new(false, 15),
            state: State::End,
            block: vec![0; BLOCK],
            len: 0,
            pending: None,
            problem: None,
        };
        gzip.header()?;
        Ok(gzip)
    }

    /// Whether there are undecoded bytes in the source's block, maybe after getting the next.
    fn has_input(&mut self) -> io::Result<bool> {
        if self.at < self.source.block().len() {
            return Ok(true);
        }
        self.at = 0;
        Ok(!self.source.read_block()?.is_empty())
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(if self.has_input()? {
            self.source.block().get(self.at).copied()
        } else {
            None
        })
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        let byte = self.peek()?;
        self.at += usize::from(byte.is_some());
        Ok(byte)
    }

    fn bytes<const N: usize>(&mut self) -> io::Result<Option<[u8; N]>> {
        let mut bytes = [0; N];
        for byte in &mut bytes {
            match self.byte()? {
                Some(next) => *byte = next,
                None => return Ok(None),
            }
        }
        Ok(Some(bytes))
    }

    fn fail(&mut self, kind: ErrorKind, why: impl Into<String>) {
        self.state = State::End;
        self.problem.get_or_insert((kind, why.into()));
    }

    fn cut(&mut self, what: &str) {
        self.fail(
            ErrorKind::Truncated,
            format!("the gzip stream is cut in {what}"),
        );
    }

    /// Reads a header; data follows, unless there is a problem.
    fn header(&mut self) -> io::Result<()> {
        match self.header_fields()? {
            Some(true) => {
                self.inflate.reset(false);
                self.state = State::Data { crc: 0, size: 0 };
            }
            Some(false) => self.fail(ErrorKind::Corrupt, "a gzip header is damaged"),
            None => self.cut("a header"),
        }
        Ok(())
    }

    /// Whether the header is right; `None` when it is cut.
    fn header_fields(&mut self) -> io::Result<Option<bool>> {
        let Some([.., flags, _, _, _, _, _, _]) = self.bytes::<10>()? else {
            return Ok(None);
        };
        if flags & 0xe0 != 0 {
            return Ok(Some(false));
        }
        if flags & 4 != 0 {
            let Some(len) = self.bytes::<2>()? else {
                return Ok(None);
            };
            for _ in 0..u16::from_le_bytes(len) {
                if self.byte()?.is_none() {
                    return Ok(None);
                }
            }
        }
        // A name and a comment.
        for flag in [8, 16] {
            let mut left = if flags & flag != 0 { MAX_TEXT } else { 0 };
            while left > 0 {
                match self.byte()? {
                    None => return Ok(None),
                    Some(0) => break,
                    Some(_) => left -= 1,
                }
                if left == 0 {
                    return Ok(Some(false));
                }
            }
        }
        if flags & 2 != 0 && self.bytes::<2>()?.is_none() {
            return Ok(None);
        }
        Ok(Some(true))
    }

    /// Decodes into the block from `filled` on; how many bytes that gave.
    fn data(&mut self, filled: usize, crc: u32, size: u32) -> io::Result<usize> {
        if !self.has_input()? {
            self.cut("its data");
            return Ok(0);
        }
        let (consumed, produced) = (self.inflate.total_in(), self.inflate.total_out());
        let input = &self.source.block()[self.at..];
        let output = &mut self.block[filled..];
        let status = self
            .inflate
            .decompress(input, output, InflateFlush::NoFlush);
        // No more than the lengths of the two slices.
        let consumed = (self.inflate.total_in() - consumed) as usize;
        let produced = (self.inflate.total_out() - produced) as usize;
        self.at += consumed;
        let crc = crc32(crc, &self.block[filled..filled + produced]);
        let size = size.wrapping_add(produced as u32);
        self.state = State::Data { crc, size };
        match status {
            Ok(Status::StreamEnd) => self.trailer(crc, size)?,
            Ok(_) if consumed > 0 || produced > 0 => {}
            _ => self.fail(ErrorKind::Corrupt, "the data of the gzip stream is damaged"),
        }
        Ok(produced)
    }

    fn trailer(&mut self, crc: u32, size: u32) -> io::Result<()> {
        self.state = State::Between;
        let (Some(stored_crc), Some(stored_size)) = (self.bytes::<4>()?, self.bytes::<4>()?) else {
            self.cut("its trailer");
            return Ok(());
        };
        let stored = (
            u32::from_le_bytes(stored_crc),
            u32::from_le_bytes(stored_size),
        );
        if stored.0 != crc {
            let why = format!(
                "the gzip stream's checksum is {crc:08x}, but should be {:08x}",
                stored.0
            );
            self.fail(ErrorKind::Corrupt, why);
        } else if stored.1 != size {
            let why = format!(
                "the gzip stream's length is {size}, but should be {} (modulo 4 GiB)",
                stored.1
            );
            self.fail(ErrorKind::Corrupt, why);
        }
        Ok(())
    }

    /// Behind a member: zeros that fill a tape's block, another member, or the end.
    fn between(&mut self) -> io::Result<()> {
        while self.peek()? == Some(0) {
            self.at += 1;
        }
        match self.peek()? {
            None => self.state = State::End,
            Some(0x1f) => self.header()?,
            Some(_) => self.state = State::End,
        }
        Ok(())
    }

    fn fill(&mut self) -> io::Result<()> {
        while self.len < self.block.len() {
            match self.state {
                State::Data { crc, size } => {
                    let filled = self.len;
                    self.len += self.data(filled, crc, size)?;
                }
                State::Between => self.between()?,
                State::End => break,
            }
        }
        Ok(())
    }
}

impl Source for Gzip<'_> {
    fn read_block(&mut self) -> io::Result<&[u8]> {
        self.len = 0;
        if let Some(error) = self.pending.take() {
            return Err(error);
        }
        if let Err(error) = self.fill() {
            if self.len == 0 {
                return Err(error);
            }
            self.pending = Some(error);
        }
        Ok(self.block())
    }

    fn block(&self) -> &[u8] {
        &self.block[..self.len]
    }

    fn skip(&mut self, _: u64) -> io::Result<u64> {
        Ok(0)
    }

    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::NotSeekable.into())
    }

    fn can_seek(&self) -> bool {
        false
    }

    fn bytes_read(&self) -> u64 {
        self.source.bytes_read()
    }

    /// Decodes the rest of the member, whose trailer tells about all of it.
    fn settle(&mut self) -> io::Result<()> {
        if let Some(error) = self.pending.take() {
            return Err(error);
        }
        let mut behind = 0;
        while let State::Data { crc, size } = self.state
            && behind < MAX_BEHIND
        {
            behind += self.data(0, crc, size)? as u64;
        }
        Ok(())
    }

    fn problem(&self) -> Option<Error> {
        match &self.problem {
            Some((kind, why)) => Some(Error::new(*kind, why.clone())),
            None => self.source.problem(),
        }
    }

    fn filters(&self) -> Vec<Filter> {
        let mut filters = vec![Filter::Gzip];
        filters.extend(self.source.filters());
        filters
    }
}
