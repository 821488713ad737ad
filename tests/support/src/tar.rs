//! Tar archives byte by byte: what no library would write.

/// An archive under construction.
#[derive(Debug, Default)]
pub struct Tar(Vec<u8>);

/// A member that is still to be added; every field of the header can be anything.
#[derive(Clone, Debug)]
pub struct Member<'a> {
    /// The type flag.
    pub kind: u8,
    /// The path; 100 bytes of it fit.
    pub name: &'a [u8],
    /// What a link links to.
    pub link: &'a [u8],
    /// Permissions and the bits above.
    pub mode: u32,
    /// Length that the header claims, if it is not that of the data.
    pub claim: Option<u64>,
    /// Major and minor number.
    pub device: (u32, u32),
}

impl<'a> Member<'a> {
    /// A member of mode 0644 without a link.
    #[must_use]
    pub fn new(kind: u8, name: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self {
            kind,
            name: name.as_ref(),
            link: b"",
            mode: 0o644,
            claim: None,
            device: (0, 0),
        }
    }

    /// Sets what it links to.
    #[must_use]
    pub fn link(self, link: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self {
            link: link.as_ref(),
            ..self
        }
    }

    /// Sets the mode.
    #[must_use]
    pub fn mode(self, mode: u32) -> Self {
        Self { mode, ..self }
    }

    /// Sets the length that the header claims.
    #[must_use]
    pub fn claim(self, size: u64) -> Self {
        Self {
            claim: Some(size),
            ..self
        }
    }
}

impl Tar {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a regular file.
    #[must_use]
    pub fn file(self, name: &(impl AsRef<[u8]> + ?Sized), data: &[u8]) -> Self {
        self.member(&Member::new(b'0', name), data)
    }

    /// Attributes of the next member, for which the old header has no room.
    #[must_use]
    pub fn pax(self, records: &[(&str, &[u8])]) -> Self {
        let mut data = Vec::new();
        for (key, value) in records {
            let rest = key.len() + value.len() + 3;
            let mut len = rest + 1;
            while len != rest + len.to_string().len() {
                len = rest + len.to_string().len();
            }
            data.extend_from_slice(format!("{len} {key}=").as_bytes());
            data.extend_from_slice(value);
            data.push(b'\n');
        }
        self.member(&Member::new(b'x', "pax"), &data)
    }

    /// Adds a member and its data.
    #[must_use]
    pub fn member(mut self, member: &Member<'_>, data: &[u8]) -> Self {
        let mut header = [0; 512];
        let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &member.name[..member.name.len().min(100)]);
        put(100, format!("{:07o}\0", member.mode).as_bytes());
        put(108, b"0000000\0");
        put(116, b"0000000\0");
        let size = member.claim.unwrap_or(data.len() as u64);
        if size < 1 << 33 {
            put(124, format!("{size:011o}\0").as_bytes());
        } else {
            put(124, &[0x80, 0, 0, 0]);
            put(128, &size.to_be_bytes());
        }
        put(136, b"00000000000\0");
        put(148, b"        ");
        put(157, &member.link[..member.link.len().min(100)]);
        put(257, b"ustar\x0000");
        put(329, format!("{:07o}\0", member.device.0).as_bytes());
        put(337, format!("{:07o}\0", member.device.1).as_bytes());
        header[156] = member.kind;
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.0.extend_from_slice(&header);
        self.0.extend_from_slice(data);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    /// The archive, with the blocks that end it.
    #[must_use]
    pub fn end(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 1024, 0);
        self.0
    }
}
