//! Running the program, and archives for it.

use std::{
    fs,
    path::{Path, PathBuf},
    process,
};

use anyarchive_test_support::samples::{Item, Spec};
use assert_cmd::Command;
use tempfile::TempDir;

/// The program, without a password of whoever runs the tests, in the plainest locale.
pub(crate) fn anyarchive() -> Command {
    Command::from_std(plain())
}

/// [`anyarchive`] for tests that connect the streams themselves.
pub(crate) fn plain() -> process::Command {
    let mut command = process::Command::new(env!("CARGO_BIN_EXE_anyarchive"));
    command
        .env_remove("ANYARCHIVE_PASSWORD")
        .env("LC_ALL", "C")
        .env("TERM", "xterm");
    command
}

/// A directory of one test, gone with it.
pub(crate) struct Dir(TempDir);

impl Dir {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory for the test"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file and gives its path.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, bytes).expect("a file for the test");
        path
    }

    /// Writes an archive and gives its path.
    pub(crate) fn archive(
        &self,
        name: &str,
        spec: &Spec,
        items: impl IntoIterator<Item = Item>,
    ) -> PathBuf {
        self.file(name, archive(spec, items))
    }
}

/// An archive in memory.
pub(crate) fn archive(spec: &Spec, items: impl IntoIterator<Item = Item>) -> Vec<u8> {
    spec.to_vec(items).expect("the library writes the sample")
}

/// A tar of three small files: `a.txt`, `dir/b.txt` and `c.txt`.
pub(crate) fn three_files() -> [Item; 4] {
    [
        Item::file("a.txt", "alpha\n"),
        Item::directory("dir"),
        Item::file("dir/b.txt", "beta\n"),
        Item::file("c.txt", "gamma\n"),
    ]
}

/// Bytes that do not compress, the same ones each time.
pub(crate) fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut out = Vec::with_capacity(len);
    while out.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend_from_slice(&state.to_le_bytes());
    }
    out.truncate(len);
    out
}

/// Where `needle` begins in `bytes`.
pub(crate) fn position(bytes: &[u8], needle: &[u8]) -> usize {
    bytes
        .windows(needle.len())
        .position(|window| window == needle)
        .expect("the bytes are in the archive")
}

/// A zip with stored data in which a byte of the middle one of three files is flipped.
pub(crate) fn damaged_zip() -> Vec<u8> {
    let spec = Spec::new("zip").option("zip:compression=store");
    let mut bytes = archive(&spec, three_files());
    let at = position(&bytes, b"beta\n");
    bytes[at] ^= 1;
    bytes
}
