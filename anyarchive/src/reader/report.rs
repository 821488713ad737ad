//! What was seen of an archive, beside its entries.

use std::sync::Arc;

use crate::{Error, Filter, Format, ffi::read::EndClues};

/// How an archive ends, as far as anybody can tell from its bytes.
///
/// # Examples
///
/// A tar that was cut where an entry could begin looks whole to libarchive:
///
/// ```
/// use anyarchive::{ArchiveEnd, ErrorKind, Reader, WriteFormat, Writer};
///
/// let mut writer = Writer::builder(WriteFormat::Ustar).to_writer(Vec::new())?;
/// writer.append_bytes("a.txt", b"data")?;
/// let mut tar = writer.finish()?;
/// tar.truncate(1024);
///
/// let mut reader = Reader::from_bytes(&tar)?;
/// while let Some(_) = reader.next_entry()? {}
/// assert_eq!(reader.report().end(), ArchiveEnd::Unmarked);
///
/// let mut reader = Reader::builder().strict(true).from_bytes(&tar)?;
/// assert!(reader.next_entry()?.is_some());
/// assert_eq!(reader.next_entry().unwrap_err().kind(), ErrorKind::Truncated);
/// # Ok::<(), anyarchive::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ArchiveEnd {
    /// Nobody came to the end: there are more entries, or reading failed.
    #[default]
    NotReached,
    /// The archive says that this is its end, or how many entries it has, and all of them came.
    Marked,
    /// The bytes end where an entry could begin, and the mark of the end is not there. Either the
    /// archive was cut, or its writer leaves the mark out, as some do in tar, LHA and the oldest
    /// RAR.
    Unmarked,
    /// The format has no mark of its end (ar, mtree, WARC, no bytes at all, a stream that is not
    /// compressed), or the mark is where this crate cannot see it.
    Unknown,
}

/// What was seen of an archive up to now: see [`Reader::report`](super::Reader::report).
///
/// # Examples
///
/// ```
/// use anyarchive::{ArchiveEnd, Reader};
///
/// # let archive = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio"));
/// let mut reader = Reader::from_bytes(archive)?;
/// while let Some(_) = reader.next_entry()? {}
/// let report = reader.report();
/// assert_eq!(report.end(), ArchiveEnd::Marked);
/// assert_eq!((report.entries(), report.bytes_read()), (1, archive.len() as u64));
/// assert!(report.warnings().next().is_none());
/// # Ok::<(), anyarchive::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReadReport {
    pub(super) bytes_read: u64,
    pub(super) entries: u64,
    pub(super) warnings: Warnings,
    pub(super) end: ArchiveEnd,
    pub(super) gzip_verified: Option<bool>,
    pub(super) gzip_trailing: bool,
}

impl ReadReport {
    /// Bytes that the source has given; some formats read some bytes twice.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Entries that were given.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// What libarchive remarked on headers, in order: all of it, but no more than 1000 remarks and
    /// 1 MiB of text.
    ///
    /// A warning on the data of an entry is an error of the call that reads it.
    pub fn warnings(&self) -> impl ExactSizeIterator<Item = &Error> {
        self.warnings.kept.iter().map(|warning| &**warning)
    }

    /// How many remarks there were, those included that [`warnings`](Self::warnings) leaves out.
    #[must_use]
    pub fn warning_count(&self) -> u64 {
        self.warnings.count
    }

    /// How the archive ends.
    #[must_use]
    pub fn end(&self) -> ArchiveEnd {
        self.end
    }

    /// Whether the checksum and the length in each trailer of a gzip stream were compared, so far as
    /// the archive goes; `None` when the outermost filter is not gzip, or not decoded here (feature
    /// `verify-gzip`).
    ///
    /// A difference is an error. `Some(false)` is for a stream that was not read to its trailer: an
    /// archive that nobody came to the end of, or one with more than 64 MiB behind its end.
    #[must_use]
    pub fn gzip_verified(&self) -> Option<bool> {
        self.gzip_verified
    }

    /// Whether something that is no gzip was seen behind a gzip stream. It is left alone, as by
    /// `gzip`; zeros do not count.
    #[must_use]
    pub fn gzip_trailing_data(&self) -> bool {
        self.gzip_trailing
    }
}

/// Remarks that are kept, and what they may weigh (bytes of text).
const KEPT: usize = 1000;
const KEPT_BYTES: usize = 1 << 20;

/// Remarks of libarchive, collected in bounds: an archive can bring up any number of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Warnings {
    kept: Vec<Arc<Error>>,
    bytes: usize,
    count: u64,
}

impl Warnings {
    pub(super) fn add(&mut self, warning: &Arc<Error>) {
        self.count += 1;
        let bytes = self.bytes + warning.text_len();
        if self.kept.len() < KEPT && bytes <= KEPT_BYTES {
            self.bytes = bytes;
            self.kept.push(Arc::clone(warning));
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }
}

/// Judges the place where libarchive took the archive for ended.
pub(super) fn judge(
    format: Option<Format>,
    filters: &[Filter],
    len: Option<u64>,
    entries: u64,
    clues: &EndClues<'_>,
) -> ArchiveEnd {
    let marked = match format {
        Some(Format::Tar) => ends_tar(entries, clues),
        // libarchive fails without a directory, a trailer, or the number of entries it was told.
        Some(Format::Cab | Format::Cpio | Format::SevenZip | Format::Xar | Format::Zip) => {
            Some(true)
        }
        Some(Format::Iso9660) => match (clues.volume_len, len) {
            (Some(volume), Some(len)) if filters.is_empty() => Some(volume <= len),
            _ => None,
        },
        Some(Format::Rar5) => clues.tail().map(ends_rar5),
        Some(Format::Rar) => clues.tail().map(ends_rar),
        Some(Format::Lha) => clues.rest().map(|rest| rest.first() == Some(&0)),
        // The stream has an end of its own, but for compress.
        Some(Format::Raw) => match filters.first() {
            None | Some(Filter::Compress) => None,
            Some(_) => Some(true),
        },
        _ => None,
    };
    match marked {
        Some(true) => ArchiveEnd::Marked,
        Some(false) => ArchiveEnd::Unmarked,
        None => ArchiveEnd::Unknown,
    }
}

/// Whether libarchive came by a block of zeros.
fn ends_tar(entries: u64, clues: &EndClues<'_>) -> Option<bool> {
    if clues.consumed == 0 {
        return Some(false);
    }
    // It may also have taken a header that is for all entries, which are not there.
    match clues.at_end() {
        Some(taken) => Some(taken.iter().all(|byte| *byte == 0)),
        None if clues.is_filtered() && entries == 0 => None,
        None => Some(true),
    }
}

/// Whether the last bytes hold the block that ends an archive of RAR 5.
fn ends_rar5(tail: &[u8]) -> bool {
    tail.windows(7).enumerate().any(|(start, head)| {
        // Checksum, size of the rest, type 5.
        let [crc @ .., size, 5, _] = head else {
            return false;
        };
        let block = &tail[start + 4..];
        let block = block.get(..1 + usize::from(*size));
        block.is_some_and(|block| crc == crc32(block).to_le_bytes())
    })
}

/// The same for RAR up to 4.
fn ends_rar(tail: &[u8]) -> bool {
    tail.windows(7).enumerate().any(|(start, head)| {
        // Half of a checksum, type, flags, size of all.
        let [low, high, 0x7b, _, _, size @ ..] = head else {
            return false;
        };
        let size = u16::from_le_bytes([size[0], size[1]]);
        let block = &tail[start..];
        let block = block.get(2..usize::from(size));
        block.is_some_and(|block| crc32(block).to_le_bytes().starts_with(&[*low, *high]))
    })
}

/// The checksum of ZIP and gzip, for a few bytes.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
        })
    })
}
