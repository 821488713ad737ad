//! Bytes and numbers of a header.

use std::io::{BufReader, Read};

/// A header, read from its first byte to its last. `None` is an end where there should be none, and
/// whatever is wrong with it.
pub(super) struct Input<R> {
    bytes: BufReader<R>,
    position: u64,
    end: u64,
    /// Nothing is read beyond for now.
    limit: u64,
}

impl<R: Read> Input<R> {
    pub(super) fn new(bytes: R, len: u64) -> Self {
        Self {
            bytes: BufReader::with_capacity(1 << 16, bytes),
            position: 0,
            end: len,
            limit: len,
        }
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn left(&self) -> u64 {
        self.limit - self.position
    }

    /// Allows no more than so many bytes, until this is called once more.
    pub(super) fn allow(&mut self, len: u64) {
        self.limit = self.position.saturating_add(len).min(self.end);
    }

    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> Option<()> {
        if buffer.len() as u64 > self.left() {
            return None;
        }
        self.bytes.read_exact(buffer).ok()?;
        self.position += buffer.len() as u64;
        Some(())
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let mut byte = [0];
        self.fill(&mut byte)?;
        Some(byte[0])
    }

    pub(super) fn expect(&mut self, wanted: u8) -> Option<()> {
        (self.byte()? == wanted).then_some(())
    }

    /// Takes only memory for what is there.
    pub(super) fn vec(&mut self, len: u64) -> Option<Vec<u8>> {
        if len > self.left() {
            return None;
        }
        let mut bytes = Vec::new();
        let count = (&mut self.bytes).take(len).read_to_end(&mut bytes).ok()?;
        self.position += count as u64;
        (count as u64 == len).then_some(bytes)
    }

    /// How many bytes follow is told by the first ones of the first byte.
    pub(super) fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        let more = first.leading_ones() as usize;
        let mut bytes = [0; 8];
        self.fill(&mut bytes[..more])?;
        let low = u64::from_le_bytes(bytes);
        let high = match more {
            0..=6 => u64::from(first & (0x7f >> more)) << (8 * more),
            _ => 0,
        };
        i64::try_from(low | high).ok()?.try_into().ok()
    }

    /// A number that libarchive takes for one of things.
    pub(super) fn count(&mut self) -> Option<u64> {
        self.number().filter(|count| *count <= 100_000_000)
    }

    /// One bit for each.
    pub(super) fn bits(&mut self, count: u64) -> Option<Bits> {
        self.vec(count.div_ceil(8))
            .map(|bytes| Bits::new(bytes, count))
    }

    /// Whether all that was announced was read, and nothing follows.
    pub(super) fn is_over(&mut self) -> bool {
        self.position == self.end && matches!(self.bytes.read(&mut [0]), Ok(0))
    }

    /// What the bytes come from.
    pub(super) fn source(&self) -> &R {
        self.bytes.get_ref()
    }
}

/// Bits, in what takes less memory.
#[derive(Debug)]
pub(super) enum Bits {
    /// The highest of each byte first.
    Each(Vec<u8>),
    /// Which differ from the one before; before the first is none.
    Changes(Vec<u64>),
}

impl Bits {
    fn new(bytes: Vec<u8>, count: u64) -> Self {
        let each = Self::Each(bytes);
        let is_other = |index: &u64| {
            let before = index.checked_sub(1).is_some_and(|before| each.get(before));
            each.get(*index) != before
        };
        let most = (count / 128) as usize;
        let changes: Vec<_> = (0..count).filter(is_other).take(most + 1).collect();
        if changes.len() > most {
            return each;
        }
        Self::Changes(changes)
    }

    pub(super) fn get(&self, index: u64) -> bool {
        match self {
            Self::Each(bytes) => {
                let byte = usize::try_from(index / 8).ok();
                let byte = byte.and_then(|byte| bytes.get(byte));
                byte.is_some_and(|byte| byte & (0x80 >> (index % 8)) != 0)
            }
            Self::Changes(changes) => changes.partition_point(|change| *change <= index) % 2 == 1,
        }
    }

    /// How many of those from `start` on are set.
    pub(super) fn count(&self, start: u64, len: u64) -> u64 {
        (start..start + len)
            .filter(|index| self.get(*index))
            .count() as u64
    }

    pub(super) fn push_to(bytes: &mut Vec<u8>, bits: impl Iterator<Item = bool>) {
        for (index, bit) in bits.enumerate() {
            if index % 8 == 0 {
                bytes.push(0);
            }
            if let Some(last) = bytes.last_mut() {
                *last |= u8::from(bit) << (7 - index % 8);
            }
        }
    }
}

/// Writes a number as [`Input::number`] reads it.
pub(super) fn put_number(bytes: &mut Vec<u8>, value: u64) {
    let more = (0..8).find(|more| value < 1 << (7 * (more + 1)));
    let more = more.unwrap_or(8);
    let ones = !(0xff_u16 >> more) as u8;
    let high = match more {
        0..=6 => (value >> (8 * more)) as u8,
        _ => 0,
    };
    bytes.push(ones | high);
    bytes.extend(&value.to_le_bytes()[..more]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_those_that_were_given() {
        let mut each = vec![0xff; 200];
        each.extend([0; 300]);
        each.extend([0x0f, 0xff]);
        each.extend([0xff; 299]);
        for (bytes, changes) in [
            (vec![0x5a; 801], None),
            (each, Some(3)),
            (vec![0; 3], Some(0)),
        ] {
            let len = bytes.len() as u64;
            let bits = Input::new(&bytes[..], len).bits(8 * len).unwrap();
            match &bits {
                Bits::Each(_) => assert_eq!(changes, None),
                Bits::Changes(all) => assert_eq!(changes, Some(all.len())),
            }
            let mut again = Vec::new();
            Bits::push_to(&mut again, (0..8 * len).map(|index| bits.get(index)));
            assert_eq!(again, bytes);
            let ones = bytes[1..].iter().map(|byte| byte.count_ones());
            assert_eq!(bits.count(8, 8 * len - 8), ones.sum::<u32>().into());
        }
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        for shift in 0..63 {
            for value in [1_u64 << shift, (1 << shift) - 1, (1 << shift) + 1] {
                let mut bytes = Vec::new();
                put_number(&mut bytes, value);
                let len = bytes.len() as u64;
                let mut input = Input::new(&bytes[..], len);
                assert_eq!(input.number(), Some(value), "{bytes:x?}");
                assert!(input.is_over());
                let mut cut = Input::new(&bytes[..bytes.len() - 1], len);
                assert_eq!(cut.number(), None);
            }
        }
        for (bytes, value) in [
            (&[0x7f][..], Some(127)),
            (&[0xbf, 0xff], Some(0x3fff)),
            (&[0xc0, 1, 2], Some(0x201)),
            (&[0xfe, 1, 0, 0, 0, 0, 0, 1], Some(1 | 1 << 48)),
            (&[0xff; 9], None),
            (&[0xff, 0, 0, 0, 0, 0, 0, 0, 0x80], None),
        ] {
            assert_eq!(Input::new(bytes, 9).number(), value, "{bytes:x?}");
        }
    }
}
