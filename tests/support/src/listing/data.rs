//! The data of an entry, boiled down.

use sha2::{Digest as _, Sha256};

use super::Failure;

/// Longest file, in bytes, whose holes are filled to hash it: some have holes of terabytes.
const MAX_FILLED: u64 = 64 << 20;

/// What the data of an entry gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data {
    /// Where it ends, in bytes, with holes.
    pub length: u64,
    /// SHA-256 of the data with its holes filled; none for a file over 64 MiB.
    pub digest: Option<String>,
    /// What ended it, if that was not its end.
    pub failure: Option<Failure>,
}

/// Collects a [`Data`].
#[derive(Debug, Default)]
pub(super) struct Collector {
    length: u64,
    hasher: Sha256,
}

impl Collector {
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Bytes for this offset, which is not before the end so far.
    pub(super) fn block(&mut self, offset: u64, bytes: &[u8]) {
        self.fill_to(offset);
        self.length = self.length.saturating_add(bytes.len() as u64);
        if self.length <= MAX_FILLED {
            self.hasher.update(bytes);
        }
    }

    /// Zeros up to this offset.
    pub(super) fn fill_to(&mut self, offset: u64) {
        const ZEROS: [u8; 4096] = [0; 4096];
        if offset <= MAX_FILLED {
            let mut missing = offset.saturating_sub(self.length) as usize;
            while missing > 0 {
                let part = missing.min(ZEROS.len());
                self.hasher.update(&ZEROS[..part]);
                missing -= part;
            }
        }
        self.length = self.length.max(offset);
    }

    pub(super) fn finish(self, failure: Option<Failure>) -> Data {
        let digest = self.hasher.finalize();
        Data {
            length: self.length,
            digest: (self.length <= MAX_FILLED)
                .then(|| digest.iter().map(|byte| format!("{byte:02x}")).collect()),
            failure,
        }
    }
}
