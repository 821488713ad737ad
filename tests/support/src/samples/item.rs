//! One entry of a sample archive.

/// An entry to write: a path of any bytes but NUL, what it is, and metadata.
#[derive(Clone, Debug)]
pub struct Item {
    pub(super) path: Vec<u8>,
    pub(super) content: Content,
    pub(super) mode: u32,
    pub(super) mtime: (i64, u32),
    pub(super) owner: (i64, i64),
    pub(super) names: Option<(Vec<u8>, Vec<u8>)>,
    pub(super) inode: Option<(i64, u32)>,
}

/// What an [`Item`] is, and what it holds.
#[derive(Clone, Debug)]
pub enum Content {
    /// A regular file.
    File(Vec<u8>),
    /// A regular file of zeros but for these pieces (offset in bytes, data), in order.
    Sparse {
        /// Length in bytes.
        size: u64,
        /// What is not zero.
        pieces: Vec<(u64, Vec<u8>)>,
    },
    /// A directory.
    Directory,
    /// A symbolic link and its target.
    Symlink(Vec<u8>),
    /// Another name of the entry with this path.
    HardLink(Vec<u8>),
    /// A character device: major and minor number.
    CharDevice(u32, u32),
    /// A block device: major and minor number.
    BlockDevice(u32, u32),
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
}

impl Item {
    /// An entry of mode 0644, or 0755 for directories and 0777 for symbolic links, owned by 0:0, of
    /// 2020-09-13 12:26:40 UTC.
    pub fn new(path: impl Into<Vec<u8>>, content: Content) -> Self {
        let mode = match content {
            Content::Directory => 0o755,
            Content::Symlink(_) => 0o777,
            _ => 0o644,
        };
        Self {
            path: path.into(),
            content,
            mode,
            mtime: (1_600_000_000, 0),
            owner: (0, 0),
            names: None,
            inode: None,
        }
    }

    /// A regular file.
    pub fn file(path: impl Into<Vec<u8>>, data: impl Into<Vec<u8>>) -> Self {
        Self::new(path, Content::File(data.into()))
    }

    /// A directory.
    pub fn directory(path: impl Into<Vec<u8>>) -> Self {
        Self::new(path, Content::Directory)
    }

    /// A symbolic link to `target`.
    pub fn symlink(path: impl Into<Vec<u8>>, target: impl Into<Vec<u8>>) -> Self {
        Self::new(path, Content::Symlink(target.into()))
    }

    /// Another name of the entry `target`.
    pub fn hard_link(path: impl Into<Vec<u8>>, target: impl Into<Vec<u8>>) -> Self {
        Self::new(path, Content::HardLink(target.into()))
    }

    /// The same under another path.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<Vec<u8>>) -> Self {
        self.path = path.into();
        self
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// What it is.
    #[must_use]
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// Its permissions with setuid, setgid and sticky.
    #[must_use]
    pub fn permissions(&self) -> u32 {
        self.mode
    }

    /// Sets the permissions with setuid, setgid and sticky.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// Sets the time of modification: seconds since 1970 and nanoseconds.
    #[must_use]
    pub fn mtime(mut self, seconds: i64, nanoseconds: u32) -> Self {
        self.mtime = (seconds, nanoseconds);
        self
    }

    /// Sets user and group number.
    #[must_use]
    pub fn owner(mut self, uid: i64, gid: i64) -> Self {
        self.owner = (uid, gid);
        self
    }

    /// Sets user and group name.
    #[must_use]
    pub fn owner_names(mut self, user: impl Into<Vec<u8>>, group: impl Into<Vec<u8>>) -> Self {
        self.names = Some((user.into(), group.into()));
        self
    }

    /// Sets inode number and link count: how cpio tells hard links.
    #[must_use]
    pub fn inode(mut self, ino: i64, nlink: u32) -> Self {
        self.inode = Some((ino, nlink));
        self
    }
}

impl Content {
    /// Length of the data in bytes.
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::File(data) => data.len() as u64,
            Self::Sparse { size, .. } => *size,
            _ => 0,
        }
    }

    /// The data in pieces, with the zeros that a sparse file stands for.
    pub(super) fn chunks(&self) -> Vec<Vec<u8>> {
        match self {
            Self::File(data) => vec![data.clone()],
            Self::Sparse { size, pieces } => {
                let mut chunks = Vec::new();
                let mut position = 0;
                for (offset, data) in pieces {
                    chunks.push(zeros(offset - position));
                    chunks.push(data.clone());
                    position = offset + data.len() as u64;
                }
                chunks.push(zeros(size - position));
                chunks
            }
            _ => Vec::new(),
        }
    }
}

fn zeros(len: u64) -> Vec<u8> {
    vec![0; usize::try_from(len).expect("a sample that fits in memory")]
}
