//! Decodes gzip and compares what its trailers say.

use std::{ffi::CString, io};

use zlib_rs::{Inflate, InflateFlush, Status, crc32::crc32};

use crate::{
    Error, ErrorKind, Filter,
    ffi::callbacks::read::{self, Source, StreamHeader},
};

/// Decoded bytes in one block.
const BLOCK: usize = 128 * 1024;

/// Most bytes that are decoded behind the end of the archive, to get at the trailer.
const MAX_BEHIND: u64 = 64 << 20;

/// Longest name and comment in a header, in bytes; as in libarchive.
const MAX_TEXT: usize = 1 << 20;

const MAGIC: [u8; 2] = [0x1f, 0x8b];
const DEFLATE: u8 = 8;

// Flags of a header.
const HEADER_CRC: u8 = 2;
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;
const UNKNOWN: u8 = 0xe0;

/// Whether a gzip header begins here that has no flag of an unknown meaning.
pub(super) fn is_gzip(head: &[u8]) -> bool {
    matches!(head, [a, b, DEFLATE, flags, ..] if [*a, *b] == MAGIC && flags & UNKNOWN == 0)
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
    /// Checksum of the header so far.
    header_crc: u32,
    /// File name and time (seconds since 1970) in the first header.
    name: Option<CString>,
    modified: Option<u32>,
    /// Members whose trailers are right.
    members: u64,
    /// Something follows the last member.
    trailing: bool,
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
            header_crc: 0,
            name: None,
            modified: None,
            members: 0,
            trailing: false,
            block: vec![0; BLOCK],
            len: 0,
            pending: None,
            problem: None,
        };
        gzip.read_header()?;
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
        if let Some(byte) = byte {
            self.at += 1;
            self.header_crc = crc32(self.header_crc, &[byte]);
        }
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
    fn read_header(&mut self) -> io::Result<()> {
        self.header_crc = 0;
        if self.bytes()? != Some(MAGIC) {
            // What follows the last member is left alone, as all programs do.
            self.state = State::End;
            self.trailing = true;
            return Ok(());
        }
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

    /// Reads what follows the magic bytes: whether that is right; `None` when it is cut.
    fn header_fields(&mut self) -> io::Result<Option<bool>> {
        let Some([method, flags, time @ .., _, _]) = self.bytes::<8>()? else {
            return Ok(None);
        };
        if method != DEFLATE || flags & UNKNOWN != 0 {
            return Ok(Some(false));
        }
        if flags & EXTRA != 0 {
            let Some(len) = self.bytes::<2>()? else {
                return Ok(None);
            };
            for _ in 0..u16::from_le_bytes(len) {
                if self.byte()?.is_none() {
                    return Ok(None);
                }
            }
        }
        let mut name = None;
        for flag in [NAME, COMMENT] {
            if flags & flag == 0 {
                continue;
            }
            match self.text()? {
                Ok(text) if flag == NAME => name = Some(text),
                Ok(_) => {}
                Err(bad) => return Ok(bad),
            }
        }
        if flags & HEADER_CRC != 0 {
            // All bytes before it; the lower half of their checksum.
            let [low, high, ..] = self.header_crc.to_le_bytes();
            match self.bytes::<2>()? {
                Some(stored) if stored == [low, high] => {}
                Some(_) => return Ok(Some(false)),
                None => return Ok(None),
            }
        }
        if self.members == 0 {
            self.name = name;
            self.modified = Some(u32::from_le_bytes(time)).filter(|time| *time != 0);
        }
        Ok(Some(true))
    }

    /// Text that ends with NUL, or what [`header_fields`](Self::header_fields) answers without it.
    fn text(&mut self) -> io::Result<Result<CString, Option<bool>>> {
        let mut text = Vec::new();
        while text.len() < MAX_TEXT {
            match self.byte()? {
                None => return Ok(Err(None)),
                Some(0) => return Ok(CString::new(text).map_err(|_| Some(false))),
                Some(byte) => text.push(byte),
            }
        }
        Ok(Err(Some(false)))
    }

    /// Decodes into the block from `filled` on; how many bytes that gave.
    fn data(&mut self, filled: usize, crc: u32, size: u32) -> io::Result<usize> {
        if !self.has_input()? {
            self.cut("its data");
            return Ok(0);
        }
        let (consumed, produced) = (self.inflate.total_in(), self.inflate.total_out());
        // A source in memory may give less than a moment ago.
        let input = self.source.block().get(self.at..).unwrap_or_default();
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
        } else {
            self.members += 1;
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
            Some(_) => self.read_header()?,
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

    fn gzip(&self) -> Option<read::Gzip> {
        let open = matches!(self.state, State::Data { .. });
        Some(read::Gzip {
            verified: !open && self.problem.is_none(),
            trailing: self.trailing,
        })
    }

    fn header(&self) -> Option<StreamHeader<'_>> {
        Some(StreamHeader {
            name: self.name.as_deref(),
            modified: self.modified,
        })
    }

    fn filters(&self) -> Vec<Filter> {
        let mut filters = vec![Filter::Gzip];
        filters.extend(self.source.filters());
        filters
    }
}
