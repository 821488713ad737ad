//! How much memory the headers of compressed streams ask for.

/// What came of the next bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// So many bytes are needed to go on.
    Need(usize),
    /// Bytes of no interest.
    Skip(u64),
    /// A window of so many bytes, after which the machine is asked again.
    Window(u64),
    /// Nothing more to look for.
    Done,
    /// The stream is not as its format says.
    Damaged,
}

/// Follows one format; `bytes` are what the last [`Step::Need`] asked for.
pub(super) trait Machine: Send {
    fn step(&mut self, bytes: &[u8]) -> Step;
}

/// `.xz`: each block has its own dictionary. Blocks are walked by the headers of their LZMA2 chunks.
#[derive(Debug)]
pub(super) struct Xz {
    state: XzState,
    /// Size of the check behind each block, in bytes.
    check: u64,
    /// Bytes of the block, or of the index, so far.
    size: u64,
}

#[derive(Clone, Copy, Debug)]
enum XzState {
    /// Four bytes: padding of a stream, or the start of the next.
    Padding,
    StreamHeader,
    BlockSize,
    BlockHeader,
    Chunk,
    ChunkSize {
        compressed: bool,
        properties: bool,
    },
    /// A number of the index; how many follow, once that was read.
    Number {
        left: Option<u64>,
        value: u64,
        shift: u32,
    },
}

/// A number of 7 bits per byte, and its length in bytes.
fn variable(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(9) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

impl Xz {
    pub(super) fn new() -> Self {
        Self {
            state: XzState::Padding,
            check: 0,
            size: 0,
        }
    }

    fn need(&mut self, state: XzState, count: usize) -> Step {
        self.state = state;
        Step::Need(count)
    }

    fn stream_header(&mut self, bytes: &[u8]) -> Step {
        // The rest of the magic, and the first byte of the flags.
        if !bytes.starts_with(b"Z\0\0") {
            return Step::Damaged;
        }
        self.check = match bytes[3] & 0x0f {
            0 => 0,
            kind => 4 << ((kind - 1) / 3),
        };
        self.need(XzState::BlockSize, 1)
    }

    fn block_size(&mut self, byte: u8) -> Step {
        if byte == 0 {
            self.size = 1;
            return self.number(None);
        }
        // The size counts this byte; one more is never there.
        let size = (usize::from(byte) + 1) * 4;
        self.size = size as u64;
        self.need(XzState::BlockHeader, size - 1)
    }

    /// The dictionary in the properties of the last filter.
    fn dictionary(bytes: &[u8]) -> Option<u64> {
        let (&flags, mut rest) = bytes.split_first()?;
        let number = |rest: &mut &[u8]| {
            let (value, len) = variable(rest)?;
            *rest = rest.get(len..)?;
            Some(value)
        };
        for flag in [0x40, 0x80] {
            if flags & flag != 0 {
                number(&mut rest)?;
            }
        }
        for _ in 0..flags & 3 {
            number(&mut rest)?;
            let len = usize::try_from(number(&mut rest)?).ok()?;
            rest = rest.get(len..)?;
        }
        if number(&mut rest)? != 0x21 || number(&mut rest)? != 1 {
            return None;
        }
        match *rest.first()? {
            40 => Some(u64::from(u32::MAX)),
            bits @ 0..40 => Some((2 | u64::from(bits & 1)) << (bits / 2 + 11)),
            _ => None,
        }
    }

    fn chunk(&mut self, control: u8) -> Step {
        self.size += 1;
        match control {
            0 => {
                // Up to four bytes, and the check.
                let padding = self.size.wrapping_neg() % 4;
                self.state = XzState::BlockSize;
                Step::Skip(padding + self.check)
            }
            1 | 2 => self.need(
                XzState::ChunkSize {
                    compressed: false,
                    properties: false,
                },
                2,
            ),
            0x80.. => self.need(
                XzState::ChunkSize {
                    compressed: true,
                    properties: control >= 0xc0,
                },
                4,
            ),
            _ => Step::Damaged,
        }
    }

    fn chunk_size(&mut self, bytes: &[u8], compressed: bool, properties: bool) -> Step {
        let last = if compressed {
            &bytes[2..4]
        } else {
            &bytes[..2]
        };
        let size = u64::from(u16::from_be_bytes([last[0], last[1]])) + 1 + u64::from(properties);
        self.size += bytes.len() as u64 + size;
        self.state = XzState::Chunk;
        Step::Skip(size)
    }

    fn number(&mut self, left: Option<u64>) -> Step {
        let state = XzState::Number {
            left,
            value: 0,
            shift: 0,
        };
        self.need(state, 1)
    }

    fn number_byte(&mut self, byte: u8, left: Option<u64>, value: u64, shift: u32) -> Step {
        self.size += 1;
        let value = value | u64::from(byte & 0x7f) << shift;
        if byte & 0x80 != 0 {
            let shift = shift + 7;
            if shift > 56 {
                return Step::Damaged;
            }
            return self.need(XzState::Number { left, value, shift }, 1);
        }
        // Two numbers per record.
        match left.map_or(value.checked_mul(2), |left| left.checked_sub(1)) {
            Some(0) => {
                // Padding, checksum and footer.
                let padding = self.size.wrapping_neg() % 4;
                self.state = XzState::Padding;
                Step::Skip(padding + 4 + 12)
            }
            left @ Some(_) => self.number(left),
            None => Step::Damaged,
        }
    }
}

impl Machine for Xz {
    fn step(&mut self, bytes: &[u8]) -> Step {
        match (self.state, bytes) {
            // After a skip or a window: the state says what is needed.
            (XzState::Padding, []) => Step::Need(4),
            (_, []) => Step::Need(1),
            (XzState::Padding, [0, 0, 0, 0]) => Step::Need(4),
            (XzState::Padding, b"\xfd7zX") => self.need(XzState::StreamHeader, 8),
            // Something behind the last stream.
            (XzState::Padding, _) => Step::Done,
            (XzState::StreamHeader, bytes) => self.stream_header(bytes),
            (XzState::BlockSize, bytes) => self.block_size(bytes[0]),
            (XzState::BlockHeader, bytes) => match Self::dictionary(bytes) {
                Some(dictionary) => {
                    self.state = XzState::Chunk;
                    Step::Window(dictionary)
                }
                None => Step::Damaged,
            },
            (XzState::Chunk, bytes) => self.chunk(bytes[0]),
            (
                XzState::ChunkSize {
                    compressed,
                    properties,
                },
                bytes,
            ) => self.chunk_size(bytes, compressed, properties),
            (XzState::Number { left, value, shift }, bytes) => {
                self.number_byte(bytes[0], left, value, shift)
            }
        }
    }
}

/// Zstandard: each frame has its own window. Frames are walked by the headers of their blocks.
#[derive(Debug)]
pub(super) struct Zstd {
    state: ZstdState,
    /// A checksum follows the last block.
    checksum: bool,
}

#[derive(Clone, Copy, Debug)]
enum ZstdState {
    Magic,
    Skippable,
    Descriptor,
    Header(u8),
    Block,
}

impl Zstd {
    pub(super) fn new() -> Self {
        Self {
            state: ZstdState::Magic,
            checksum: false,
        }
    }

    fn need(&mut self, state: ZstdState, count: usize) -> Step {
        self.state = state;
        Step::Need(count)
    }

    fn magic(&mut self, bytes: &[u8]) -> Step {
        match bytes {
            b"\x28\xb5\x2f\xfd" => self.need(ZstdState::Descriptor, 1),
            [0x50..=0x5f, 0x2a, 0x4d, 0x18] => self.need(ZstdState::Skippable, 4),
            // Something behind the last frame.
            _ => Step::Done,
        }
    }

    fn descriptor(&mut self, descriptor: u8) -> Step {
        self.checksum = descriptor & 4 != 0;
        let single = descriptor & 0x20 != 0;
        let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
        let content = match descriptor >> 6 {
            0 => usize::from(single),
            size => 1 << size,
        };
        let len = usize::from(!single) + dictionary + content;
        self.need(ZstdState::Header(descriptor), len)
    }

    /// The window, or the size of the content where that is the window.
    fn window(descriptor: u8, bytes: &[u8]) -> u64 {
        if descriptor & 0x20 == 0 {
            let base = 1_u64 << (10 + (bytes[0] >> 3));
            return base + base / 8 * u64::from(bytes[0] & 7);
        }
        let size = &bytes[[0, 1, 2, 4][usize::from(descriptor & 3)]..];
        let mut content = [0; 8];
        content[..size.len()].copy_from_slice(size);
        let content = u64::from_le_bytes(content);
        // Two bytes count from 256.
        if size.len() == 2 {
            content + 256
        } else {
            content
        }
    }

    fn block(&mut self, bytes: &[u8]) -> Step {
        let header = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]);
        let size = match header >> 1 & 3 {
            0 | 2 => u64::from(header >> 3),
            1 => 1,
            _ => return Step::Damaged,
        };
        if header & 1 != 0 {
            self.state = ZstdState::Magic;
            return Step::Skip(size + if self.checksum { 4 } else { 0 });
        }
        Step::Skip(size)
    }
}

impl Machine for Zstd {
    fn step(&mut self, bytes: &[u8]) -> Step {
        match (self.state, bytes) {
            (ZstdState::Magic, []) => Step::Need(4),
            (ZstdState::Block, []) => Step::Need(3),
            (ZstdState::Magic, bytes) => self.magic(bytes),
            (ZstdState::Block, bytes) => self.block(bytes),
            (ZstdState::Skippable, bytes) => {
                self.state = ZstdState::Magic;
                let size = bytes.iter().rev();
                Step::Skip(size.fold(0, |size, byte| size << 8 | u64::from(*byte)))
            }
            (ZstdState::Descriptor, bytes) => match bytes {
                [descriptor] => self.descriptor(*descriptor),
                _ => Step::Damaged,
            },
            (ZstdState::Header(descriptor), bytes) => {
                self.state = ZstdState::Block;
                Step::Window(Self::window(descriptor, bytes))
            }
        }
    }
}
