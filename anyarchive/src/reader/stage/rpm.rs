//! What is inside RPM packages: a lead, headers, and the compressed archive behind them.

use super::windows::{Machine, Step, Xz, Zstd};

/// Bytes of the lead behind its first four.
const LEAD: u64 = 92;

/// What begins a header.
const HEADER: &[u8] = b"\x8e\xad\xe8\x01";

/// Dictionary of lzip and lzma that libarchive takes at most, in bytes.
const LZMA_MAX: u64 = 512 << 20;

/// Walks to the archive, and follows it then.
pub(super) struct Rpm {
    state: State,
    inside: Option<Box<dyn Machine>>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Lead,
    /// Four bytes: a header, or the archive.
    Magic,
    /// Numbers and size of the header.
    Size,
    /// Zeros behind a header.
    Padding,
    /// What is behind the first byte that is no zero.
    Behind(u8),
    Archive,
}

impl Rpm {
    pub(super) fn new() -> Self {
        Self {
            state: State::Lead,
            inside: None,
        }
    }

    fn need(&mut self, state: State, count: usize) -> Step {
        self.state = state;
        Step::Need(count)
    }

    /// The first four bytes of a header, or of the archive.
    fn magic(&mut self, bytes: &[u8]) -> Step {
        if bytes == HEADER {
            return self.need(State::Size, 12);
        }
        self.state = State::Archive;
        let mut inside: Box<dyn Machine> = match bytes {
            b"\xfd7zX" => Box::new(Xz::new()),
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Box::new(Zstd::new()),
            // gzip, bzip2, and cpio that is not compressed.
            [0x1f, 0x8b, ..] | [b'B', b'Z', b'h', _] | b"0707" => return Step::Done,
            // lzip, lzma, and what nobody knows: the most that it can be.
            _ => return Step::Window(LZMA_MAX),
        };
        let step = inside.step(bytes);
        self.inside = Some(inside);
        step
    }
}

impl Machine for Rpm {
    fn step(&mut self, bytes: &[u8]) -> Step {
        if let Some(inside) = &mut self.inside {
            return inside.step(bytes);
        }
        match (self.state, bytes) {
            (State::Lead, []) => self.need(State::Magic, 4),
            (State::Lead, _) => Step::Skip(LEAD),
            (State::Magic, _) => self.magic(bytes),
            (State::Size, []) => self.need(State::Padding, 1),
            (State::Size, bytes) => {
                let number = |at: usize| {
                    let number = bytes.get(at..at + 4).and_then(<[u8]>::first_chunk);
                    u64::from(number.map_or(0, |number| u32::from_be_bytes(*number)))
                };
                Step::Skip(number(4) * 16 + number(8))
            }
            (State::Padding, [0]) => Step::Need(1),
            (State::Padding, bytes) => {
                let first = bytes.first().copied().unwrap_or(0);
                self.need(State::Behind(first), 3)
            }
            (State::Behind(first), bytes) => self.magic(&[&[first], bytes].concat()),
            (State::Archive, _) => Step::Done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_ends_at_the_archive() {
        let mut rpm = Rpm::new();
        assert_eq!(rpm.step(b"\xed\xab\xee\xdb"), Step::Skip(92));
        assert_eq!(rpm.step(&[]), Step::Need(4));
        assert_eq!(rpm.step(HEADER), Step::Need(12));
        let size = [0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 1, 1];
        assert_eq!(rpm.step(&size), Step::Skip(2 * 16 + 0x101));
        assert_eq!(rpm.step(&[]), Step::Need(1));
        assert_eq!(rpm.step(&[0]), Step::Need(1));
        // Another header, without padding.
        assert_eq!(rpm.step(&HEADER[..1]), Step::Need(3));
        assert_eq!(rpm.step(&HEADER[1..]), Step::Need(12));
        assert_eq!(rpm.step(&size), Step::Skip(2 * 16 + 0x101));
        assert_eq!(rpm.step(&[]), Step::Need(1));
        assert_eq!(rpm.step(b"\xfd"), Step::Need(3));
        assert!(matches!(rpm.step(b"7zX"), Step::Need(_)));
        assert!(rpm.inside.is_some());
    }
}
