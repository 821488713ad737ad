//! A file with other bytes at its start and behind it.

use std::io::{self, SeekFrom};

use crate::{
    ffi::callbacks::read::Source,
    reader::{
        origin::FileAt,
        source::{Bytes, Seekable},
    },
};

/// What is not as in the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Around {
    /// In place of so many bytes at its start.
    pub(super) head: Vec<u8>,
    pub(super) behind: Vec<u8>,
}

/// Who reads on from the file does not come to what is behind it: it ends where it ends.
pub(super) struct Sliced {
    head: Bytes<Vec<u8>>,
    file: Seekable<FileAt>,
    behind: Bytes<Vec<u8>>,
    at: Part,
    /// Bytes that were read before.
    taken: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Head,
    File,
    Behind,
}

impl Sliced {
    pub(super) fn new(
        file: FileAt,
        around: Around,
        block_size: usize,
        taken: u64,
    ) -> io::Result<Self> {
        Ok(Self {
            head: Bytes::new(around.head),
            file: Seekable::new(file, block_size)?,
            behind: Bytes::new(around.behind),
            at: Part::Head,
            taken,
        })
    }

    fn part_mut(&mut self) -> &mut dyn Source {
        match self.at {
            Part::Head => &mut self.head,
            Part::File => &mut self.file,
            Part::Behind => &mut self.behind,
        }
    }

    /// Where the present part begins.
    fn base(&self) -> u64 {
        match self.at {
            Part::Head | Part::File => 0,
            Part::Behind => self.file.len(),
        }
    }
}

impl Source for Sliced {
    fn read_block(&mut self) -> io::Result<&[u8]> {
        let head_len = self.head.len();
        if self.at == Part::Head && self.head.seek(SeekFrom::Current(0))? >= head_len {
            self.file.seek(SeekFrom::Start(head_len))?;
            self.at = Part::File;
        }
        self.part_mut().read_block()
    }

    fn block(&self) -> &[u8] {
        match self.at {
            Part::Head => self.head.block(),
            Part::File => self.file.block(),
            Part::Behind => self.behind.block(),
        }
    }

    fn skip(&mut self, count: u64) -> io::Result<u64> {
        match self.at {
            // A few bytes.
            Part::Head => Ok(0),
            Part::File => self.file.skip(count),
            Part::Behind => self.behind.skip(count),
        }
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (head_len, file_len) = (self.head.len(), self.file.len());
        let target = match to {
            SeekFrom::Start(target) => Some(target),
            SeekFrom::Current(delta) => {
                let base = self.base();
                let position = self.part_mut().seek(SeekFrom::Current(0))?;
                base.checked_add(position)
                    .and_then(|position| position.checked_add_signed(delta))
            }
            SeekFrom::End(delta) => {
                let end = file_len + self.behind.len();
                end.checked_add_signed(delta)
            }
        };
        let target = target.ok_or(io::ErrorKind::InvalidInput)?;
        self.at = match target {
            _ if target < head_len => Part::Head,
            _ if target < file_len => Part::File,
            _ => Part::Behind,
        };
        let base = self.base();
        self.part_mut().seek(SeekFrom::Start(target - base))?;
        Ok(target)
    }

    fn can_seek(&self) -> bool {
        true
    }

    fn bytes_read(&self) -> u64 {
        self.taken + self.head.bytes_read() + self.file.bytes_read() + self.behind.bytes_read()
    }
}
