//! Watches a compressed stream for windows that are larger than the caller allows.

use std::io;

use super::{
    rpm::Rpm,
    windows::{Machine, Step, Xz, Zstd},
};
use crate::{Error, ErrorKind, Filter, Limit, Result};

/// Largest dictionary of lzip, in bytes. Its members cannot be walked without decoding them, so any
/// of them may have it.
const LZIP_MAX: u64 = 512 << 20;

/// A stream that is walked while it passes.
pub(super) struct Watched {
    machine: Box<dyn Machine>,
    filter: Filter,
    limit: u64,
    /// Bytes to pass without a look.
    skip: u64,
    /// How many bytes the machine needs, and those that came so far.
    need: usize,
    bytes: Vec<u8>,
    done: bool,
}

impl Watched {
    /// Looks at the first block of a stream; `None` when there is nothing to watch in it.
    ///
    /// # Errors
    ///
    /// When it asks for more memory than `limit` (bytes).
    pub(super) fn wrap(
        head: &[u8],
        decodes: &dyn Fn(Filter) -> bool,
        limit: u64,
    ) -> Result<Option<Self>> {
        let filter = match (Filter::from_magic(head), head) {
            // A skippable frame of zstd.
            (None, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]) => Filter::Zstd,
            (None, _) => Filter::Lzma,
            (Some(filter), _) => filter,
        };
        if !decodes(filter) {
            return Ok(None);
        }
        let machine: Box<dyn Machine> = match filter {
            Filter::Xz => Box::new(Xz::new()),
            Filter::Zstd => Box::new(Zstd::new()),
            Filter::Rpm => Box::new(Rpm::new()),
            Filter::Lzip => return check(filter, LZIP_MAX, limit).map(|()| None),
            Filter::Lzma => {
                let dictionary = lzma_dictionary(head).unwrap_or(0);
                return check(filter, dictionary, limit).map(|()| None);
            }
            _ => return Ok(None),
        };
        let mut watched = Self {
            machine,
            filter,
            limit,
            skip: 0,
            need: 4,
            bytes: Vec::new(),
            done: false,
        };
        match watched.follow(head) {
            Ok(()) => Ok(Some(watched)),
            Err(error) => Err(Error::of_source(error)),
        }
    }

    /// Follows the next bytes of the stream.
    pub(super) fn follow(&mut self, mut block: &[u8]) -> io::Result<()> {
        while !self.done && !block.is_empty() {
            if self.skip > 0 {
                let count =
                    usize::try_from(self.skip).map_or(block.len(), |skip| skip.min(block.len()));
                block = &block[count..];
                self.skip -= count as u64;
                continue;
            }
            let count = (self.need - self.bytes.len()).min(block.len());
            self.bytes.extend_from_slice(&block[..count]);
            block = &block[count..];
            if self.bytes.len() < self.need {
                break;
            }
            let step = self.machine.step(&self.bytes);
            self.bytes.clear();
            self.take(step)?;
        }
        Ok(())
    }

    fn take(&mut self, mut step: Step) -> io::Result<()> {
        loop {
            match step {
                Step::Need(count) => {
                    self.need = count;
                    return Ok(());
                }
                Step::Skip(count) => {
                    // What is needed behind it.
                    self.skip += count;
                    step = self.machine.step(&[]);
                }
                Step::Window(window) => {
                    check(self.filter, window, self.limit)?;
                    step = self.machine.step(&[]);
                }
                Step::Done => {
                    self.done = true;
                    return Ok(());
                }
                Step::Damaged => {
                    let why = format!("the {} stream is damaged", self.filter);
                    return Err(Error::new(ErrorKind::Corrupt, why).into());
                }
            }
        }
    }
}

fn check(filter: Filter, window: u64, limit: u64) -> Result<()> {
    if window <= limit {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Refused,
        format!(
            "to decode {filter} would take a window of {window} bytes, but the limit of decoder \
             memory is {limit}"
        ),
    )
    .with_limit(Limit::DecoderMemory))
}

/// The dictionary of what libarchive takes for the old `.lzma` format.
fn lzma_dictionary(head: &[u8]) -> Option<u64> {
    let header = head.first_chunk::<13>()?;
    let [first, a, b, c, d, size @ ..] = *header;
    let dictionary = u32::from_le_bytes([a, b, c, d]);
    let usual = dictionary.is_power_of_two() && dictionary >= 1 << 12;
    let of_xz_utils = matches!(first, 0x5d | 0x5e) && size == [0xff; 8];
    (first < 225 && (usual || of_xz_utils)).then_some(u64::from(dictionary))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Follows `stream` in pieces of every kind; the first window that is too large.
    fn refused(stream: &[u8], limit: u64) -> Option<String> {
        let mut told = Vec::new();
        for piece in [1, 7, 1000, stream.len()] {
            let (head, rest) = stream.split_at(16);
            let follow = || {
                let Some(mut watched) = Watched::wrap(head, &|_| true, limit)? else {
                    return Ok(());
                };
                for block in rest.chunks(piece) {
                    watched.follow(block).map_err(Error::of_source)?;
                }
                assert!(watched.skip == 0, "it ends within something");
                Ok(())
            };
            told.push(follow().err().map(|error: Error| error.to_string()));
        }
        told.dedup();
        assert_eq!(told.len(), 1, "{told:?}");
        told.pop().flatten()
    }

    #[test]
    fn each_frame_of_zstd_is_looked_at() {
        // A raw block of three bytes, window 1 KiB; then one of 8 MiB.
        let frame = |window: u8| {
            [
                0x28, 0xb5, 0x2f, 0xfd, 0, window, 0x19, 0, 0, b'a', b'b', b'c',
            ]
        };
        let skippable = [0x52, 0x2a, 0x4d, 0x18, 5, 0, 0, 0, 1, 2, 3, 4, 5];
        let small = [&frame(0)[..], &skippable, &frame(0)].concat();
        assert_eq!(refused(&small, 1 << 10), None);
        assert!(refused(&small, 1000).unwrap().contains("1024"));
        let large = [&frame(0)[..], &skippable, &frame(13 << 3)].concat();
        assert!(refused(&large, 1 << 22).unwrap().contains("8388608"));
        assert_eq!(refused(&large, 1 << 23), None);
    }

    #[test]
    fn old_lzma_and_lzip_are_judged_by_what_they_may_ask_for() {
        let mut lzma = vec![0x5d, 0, 0, 0, 4];
        lzma.extend([0xff; 20]);
        assert!(refused(&lzma, 1 << 20).unwrap().contains("lzma"));
        assert_eq!(refused(&lzma, 1 << 26), None);
        // Unusual properties and a known size, as libarchive takes them too.
        let mut unusual = vec![0, 0, 0, 0, 4, 99, 0, 0, 0, 0, 0, 0, 0];
        unusual.extend([0; 20]);
        assert!(refused(&unusual, 1 << 20).unwrap().contains("lzma"));
        let lzip = b"LZIP\x01\x0c and whatever follows";
        assert!(refused(lzip, 1 << 28).unwrap().contains("lzip"));
        assert_eq!(refused(lzip, 1 << 29), None);
        assert_eq!(refused(b"just any text that is long enough", 0), None);
    }
}
