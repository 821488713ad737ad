//! ZIP, compressed by several threads.
//!
//! libarchive writes everything but the data: it is asked to compress, gets no data, and ends each file
//! as if it were empty. What it writes comes here at once, piece by piece. Its local headers stay as
//! they are; the ends of files, and in the directory what depends on the data, are made anew.
//!
//! See section 4 of <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>.

mod directory;

use std::{
    collections::VecDeque,
    io::{self, Write},
};

use zlib_rs::crc32::crc32_combine;

use self::directory::{Directory, MAX};
use super::{
    blocks::Blocks,
    deflate::{Job, Piece, WINDOW},
    pool::Pool,
};

/// So much of a file is compressed by one thread at once. The output depends on it.
const BLOCK: usize = 256 * 1024;
const LOCAL_HEADER: usize = 30;
/// Lengths of a descriptor, with numbers of 32 and of 64 bits.
const DESCRIPTOR: usize = 16;
const LARGE_DESCRIPTOR: usize = 24;

#[derive(Debug)]
pub(in crate::writer) struct Zip {
    pool: Pool,
    /// What comes next.
    job: Job,
    plan: Plan,
    /// The plans of the jobs that are given, the oldest first.
    given: VecDeque<Plan>,
    state: State,
    /// Where the data of the next piece begins, and how many bytes before it belong to the same file.
    start: usize,
    window: usize,
    output: Written,
}

/// What to write when a job is done.
#[derive(Debug, Default)]
struct Plan {
    steps: Vec<Step>,
    /// As libarchive wrote it.
    text: Vec<u8>,
}

#[derive(Debug)]
enum Step {
    /// An entry begins here.
    Start,
    /// The next bytes of the text.
    Text(usize),
    /// The next piece.
    Piece,
    /// No more pieces of this file; the numbers that follow have 64 bits whatever they are, or if need be.
    End { large: bool },
}

/// What the bytes are that libarchive writes.
#[derive(Debug)]
enum State {
    /// The next local header, and the target of a link.
    Header(Vec<u8>),
    /// The end of a file whose data is compressed here.
    End(Vec<u8>),
    /// All of an entry.
    Whole,
    Directory(Directory),
}

/// What is known of a file when its data is written.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    crc: u32,
    compressed: u64,
    size: u64,
}

#[derive(Clone, Copy, Debug)]
struct Record {
    /// Where its local header is.
    offset: u64,
    /// If its data was compressed here.
    sum: Option<Sum>,
}

/// What was passed on.
#[derive(Debug, Default)]
struct Written {
    position: u64,
    records: Vec<Record>,
    sum: Sum,
}

impl Zip {
    pub(in crate::writer) fn new(level: i32, threads: usize) -> Self {
        Self {
            pool: Pool::new(level, threads),
            job: Job::default(),
            plan: Plan::default(),
            given: VecDeque::new(),
            state: State::Header(Vec::new()),
            start: 0,
            window: 0,
            output: Written::default(),
        }
    }

    /// Takes what libarchive writes.
    pub(super) fn write(
        &mut self,
        bytes: &[u8],
        blocks: &mut Blocks<impl Write>,
    ) -> io::Result<()> {
        match &mut self.state {
            State::Header(buffer) | State::End(buffer) => {
                buffer.extend_from_slice(bytes);
                Ok(())
            }
            State::Whole => {
                for part in bytes.chunks(BLOCK) {
                    self.plan.tell(part);
                    self.give_when_full(blocks)?;
                }
                Ok(())
            }
            State::Directory(directory) => directory.write(bytes, &mut self.output, blocks),
        }
    }

    /// Whether data is to come here.
    pub(super) fn takes_data(&self) -> bool {
        matches!(self.state, State::End(_))
    }

    /// libarchive has written a header.
    pub(super) fn start_entry(&mut self) -> io::Result<()> {
        let State::Header(header) = &mut self.state else {
            return Err(unexpected());
        };
        let header = std::mem::take(header);
        let is_deflated = is_deflated(&header).ok_or_else(unexpected)?;
        self.plan.steps.push(Step::Start);
        self.plan.tell(&header);
        self.state = match is_deflated {
            true => State::End(Vec::new()),
            false => State::Whole,
        };
        (self.start, self.window) = (self.job.input.len(), 0);
        Ok(())
    }

    /// Takes data of the present entry.
    pub(super) fn data(
        &mut self,
        mut bytes: &[u8],
        blocks: &mut Blocks<impl Write>,
    ) -> io::Result<()> {
        while !bytes.is_empty() {
            let room = self.start + BLOCK - self.job.input.len();
            if room == 0 {
                self.cut(false);
                self.window = WINDOW;
                self.give(false, blocks)?;
                continue;
            }
            let (some, rest) = bytes.split_at(room.min(bytes.len()));
            self.job.input.extend_from_slice(some);
            bytes = rest;
        }
        Ok(())
    }

    /// libarchive has ended an entry.
    pub(super) fn end_entry(&mut self, blocks: &mut Blocks<impl Write>) -> io::Result<()> {
        match std::mem::replace(&mut self.state, State::Header(Vec::new())) {
            State::Header(text) if text.is_empty() => return Ok(()),
            State::Whole => {}
            State::End(end) => {
                let has_descriptor = |len| {
                    let found = end.len().checked_sub(len).map(|at| &end[at..]);
                    found.is_some_and(|found| found.starts_with(b"PK\x07\x08"))
                };
                // As 3.6.2 does for each file whose size is not known.
                let large = has_descriptor(LARGE_DESCRIPTOR);
                if !large && !has_descriptor(DESCRIPTOR) {
                    return Err(unexpected());
                }
                self.cut(true);
                self.plan.steps.push(Step::End { large });
            }
            State::Header(_) | State::Directory(_) => return Err(unexpected()),
        }
        self.window = 0;
        self.give_when_full(blocks)
    }

    /// What libarchive writes from now on is the directory.
    pub(super) fn end_entries(&mut self, blocks: &mut Blocks<impl Write>) -> io::Result<()> {
        self.give(true, blocks)?;
        while self.pass(true, blocks)? {}
        self.state = State::Directory(Directory::new(self.output.position));
        Ok(())
    }

    /// Writes the end.
    pub(super) fn finish(&mut self, blocks: &mut Blocks<impl Write>) -> io::Result<()> {
        match &self.state {
            State::Directory(directory) => directory.finish(&mut self.output, blocks),
            _ => Err(unexpected()),
        }
    }

    /// Ends a piece.
    fn cut(&mut self, last: bool) {
        self.job.pieces.push(Piece {
            data: self.start..self.job.input.len(),
            window: self.window,
            last,
        });
        self.plan.steps.push(Step::Piece);
        self.start = self.job.input.len();
    }

    /// Small files are compressed together.
    fn give_when_full(&mut self, blocks: &mut Blocks<impl Write>) -> io::Result<()> {
        match self.job.input.len() + self.plan.text.len() < BLOCK {
            true => Ok(()),
            false => self.give(false, blocks),
        }
    }

    /// Has the present job done.
    fn give(&mut self, last: bool, blocks: &mut Blocks<impl Write>) -> io::Result<()> {
        while self.pass(self.pool.is_full(), blocks)? {}
        let mut next = self.pool.job();
        let end = self.job.input.len();
        next.input
            .extend_from_slice(&self.job.input[end - self.window..]);
        self.start = self.window;
        let job = std::mem::replace(&mut self.job, next);
        self.given.push_back(std::mem::take(&mut self.plan));
        self.pool.give(job, last)
    }

    /// Passes the oldest job on; whether there was one, which is maybe waited for.
    fn pass(&mut self, wait: bool, blocks: &mut Blocks<impl Write>) -> io::Result<bool> {
        let Some(job) = self.pool.take(wait)? else {
            return Ok(false);
        };
        let plan = self.given.pop_front().unwrap_or_default();
        self.output.pass(&plan, &job, blocks)?;
        self.pool.recycle(job);
        Ok(true)
    }
}

impl Plan {
    fn tell(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
        self.steps.push(Step::Text(text.len()));
    }
}

impl Written {
    fn put(&mut self, bytes: &[u8], blocks: &mut Blocks<impl Write>) -> io::Result<()> {
        self.position += bytes.len() as u64;
        blocks.put(bytes)
    }

    fn pass(&mut self, plan: &Plan, job: &Job, blocks: &mut Blocks<impl Write>) -> io::Result<()> {
        let (mut text, mut output) = (&plan.text[..], &job.output[..]);
        let mut pieces = job.pieces.iter().zip(&job.made);
        for step in &plan.steps {
            match step {
                Step::Start => {
                    self.records.push(Record {
                        offset: self.position,
                        sum: None,
                    });
                    self.sum = Sum::default();
                }
                Step::Text(len) => {
                    let (some, rest) = text.split_at(*len);
                    self.put(some, blocks)?;
                    text = rest;
                }
                Step::Piece => {
                    let Some((piece, made)) = pieces.next() else {
                        return Err(unexpected());
                    };
                    let len = piece.data.len() as u64;
                    self.sum.crc = crc32_combine(self.sum.crc, made.crc, len);
                    self.sum.compressed += made.len as u64;
                    self.sum.size += len;
                    let (compressed, rest) = output.split_at(made.len);
                    self.put(compressed, blocks)?;
                    output = rest;
                }
                Step::End { large } => {
                    let sum = self.sum;
                    self.put(&sum.descriptor(*large), blocks)?;
                    if let Some(record) = self.records.last_mut() {
                        record.sum = Some(sum);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Sum {
    fn descriptor(self, large: bool) -> Vec<u8> {
        let mut bytes = b"PK\x07\x08".to_vec();
        bytes.extend(self.crc.to_le_bytes());
        if large || self.compressed > MAX || self.size > MAX {
            bytes.extend(self.compressed.to_le_bytes());
            bytes.extend(self.size.to_le_bytes());
        } else {
            bytes.extend((self.compressed as u32).to_le_bytes());
            bytes.extend((self.size as u32).to_le_bytes());
        }
        bytes
    }
}

/// Whether a local header is of a file with deflated data, whose sizes and checksum come behind it;
/// `None` when it is no local header.
fn is_deflated(header: &[u8]) -> Option<bool> {
    const ENCRYPTED: u16 = 1;
    const SIZES_BEHIND: u16 = 8;
    const DEFLATED: u16 = 8;
    let len = LOCAL_HEADER + usize::from(word(header, 26)?) + usize::from(word(header, 28)?);
    if !header.starts_with(b"PK\x03\x04") || header.len() < len {
        return None;
    }
    let (flags, method) = (word(header, 6)?, word(header, 8)?);
    let is_ours = method == DEFLATED && flags & (ENCRYPTED | SIZES_BEHIND) == SIZES_BEHIND;
    Some(is_ours && header.len() == len)
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_le_bytes(*bytes))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes(*bytes))
}

fn unexpected() -> io::Error {
    io::Error::other("libarchive writes ZIP in a way that is not known here")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{Reader, WriteFormat, Writer, writer::output::Shape};

    fn blocks() -> Blocks<Vec<u8>> {
        let shape = Shape {
            block: 512,
            padding: 1,
        };
        Blocks::new(Vec::new(), shape)
    }

    /// The local header, the data and what is behind it, the directory and what is behind it.
    fn parts(data: &[u8]) -> [Vec<u8>; 3] {
        let mut writer = Writer::builder(WriteFormat::Zip).to_vec().unwrap();
        writer.append_bytes("name", data).unwrap();
        let mut zip = writer.finish().unwrap();
        let directory = long(&zip, zip.len() - 6).unwrap() as usize;
        let directory = zip.split_off(directory);
        let header_len = LOCAL_HEADER + 4 + usize::from(word(&zip, 28).unwrap());
        let end = zip.split_off(header_len);
        [zip, end, directory]
    }

    #[test]
    fn places_beyond_4_gib_are_found_again() {
        const START: u64 = 5 << 30;
        let data = b"data ".repeat(BLOCK / 3);
        let [header, end, directory] = parts(b"");
        let (mut zip, mut blocks) = (Zip::new(6, 2), blocks());
        zip.output.position = START;
        zip.write(&header, &mut blocks).unwrap();
        zip.start_entry().unwrap();
        zip.data(&data, &mut blocks).unwrap();
        zip.write(&end, &mut blocks).unwrap();
        zip.end_entry(&mut blocks).unwrap();
        zip.end_entries(&mut blocks).unwrap();
        for byte in directory {
            zip.write(&[byte], &mut blocks).unwrap();
        }
        zip.finish(&mut blocks).unwrap();
        blocks.finish().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive");
        let mut file = fs::File::create(&path).unwrap();
        io::Seek::seek(&mut file, io::SeekFrom::Start(START)).unwrap();
        file.write_all(blocks.sink()).unwrap();
        let mut reader = Reader::open(&path).unwrap();
        let mut entry = reader.next_entry().unwrap().expect("an entry");
        assert_eq!(entry.path_bytes(), b"name");
        assert_eq!(entry.size(), Some(data.len() as u64));
        assert!(entry.read_to_vec().unwrap() == data);
        assert!(reader.next_entry().unwrap().is_none());
    }

    #[test]
    fn large_sizes_have_a_large_descriptor() {
        let sum = |compressed, size| Sum {
            crc: 1,
            compressed,
            size,
        };
        let small = sum(2, MAX).descriptor(false);
        assert_eq!(small[8..], *b"\x02\0\0\0\xff\xff\xff\xff");
        for (large, compressed, size) in [(false, 2, 1 << 32), (false, 1 << 32, 2), (true, 1, 2)] {
            let descriptor = sum(compressed, size).descriptor(large);
            let numbers = [compressed.to_le_bytes(), size.to_le_bytes()].concat();
            assert_eq!(descriptor[8..], numbers);
        }
    }

    /// Another libarchive may do things in another way; that must not become another archive.
    #[test]
    fn what_libarchive_should_not_write_is_an_error() {
        let [header, end, directory] = parts(b"");
        for part in [&b""[..], b"PK", &end, &header[..header.len() - 1]] {
            let mut zip = Zip::new(6, 2);
            zip.write(part, &mut blocks()).unwrap();
            zip.start_entry().unwrap_err();
        }
        let start = || {
            let mut zip = Zip::new(6, 2);
            zip.write(&header, &mut blocks()).unwrap();
            zip.start_entry().unwrap();
            zip
        };
        for part in [
            &b""[..],
            &end[..end.len() - 1],
            &[end.clone(), vec![0]].concat(),
        ] {
            let mut zip = start();
            zip.write(part, &mut blocks()).unwrap();
            zip.end_entry(&mut blocks()).unwrap_err();
        }
        let mut zip = start();
        assert!(zip.takes_data());
        zip.start_entry().unwrap_err();
        zip.finish(&mut blocks()).unwrap_err();
        zip.write(&end, &mut blocks()).unwrap();
        zip.end_entry(&mut blocks()).unwrap();
        zip.end_entries(&mut blocks()).unwrap();
        zip.write(&directory[..directory.len() - 30], &mut blocks())
            .unwrap();
        zip.finish(&mut blocks()).unwrap_err();
    }

    #[test]
    fn what_is_not_deflated_stays_as_it_is() {
        let [mut header, end, _] = parts(b"x");
        assert_eq!(is_deflated(&header), Some(true));
        for (at, value) in [(6, 0), (6, 9), (8, 0), (8, 93)] {
            let before = std::mem::replace(&mut header[at], value);
            assert_eq!(is_deflated(&header), Some(false), "{at}, {value}");
            header[at] = before;
        }
        assert_eq!(is_deflated(&[header, end].concat()), Some(false));
    }
}
