//! What was seen of an archive, beside its entries.

use std::sync::Arc;

use super::{Reader, crc32::crc32, zip_end::ZipEnd};
use crate::{
    Error, ErrorKind, Filter, Format,
    ffi::{Status, read::EndClues},
};

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
    /// RAR. Or they end within the header of an entry, where libarchive does not notice: ar.
    Unmarked,
    /// A volume says that the archive goes on in another one, which is not there; RAR has that. See
    /// [`ReaderBuilder::open_volumes`](crate::ReaderBuilder::open_volumes).
    Continued,
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
    /// Behind these, this crate remarks at the end of a ZIP archive what its directory has and did not
    /// come: entries at the same place as another, of which libarchive gives one; and types and
    /// permissions, when it came through a stream, where libarchive goes without the directory. And
    /// that something follows the end of a tar or cpio that is not in a stream or compressed, but
    /// zeros, as far as 64 MiB. These remarks have no [`op`](Error::op).
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

impl Reader<'_> {
    /// What libarchive could not read before the header that it found last, and passed over: an entry
    /// or more is lost. It is a [`warning`](Self::warning) beside that header, too.
    pub(crate) fn damage(&self) -> Option<Error> {
        let remark = self.damaged.as_deref()?;
        let why = format!("an entry or more is lost here: {}", remark.message());
        let error = Error::new(ErrorKind::Corrupt, why).with_op("archive_read_next_header");
        let error = error.with_status(Status::Failed);
        Some(error.with_archive(self.archive.as_deref()))
    }
}

/// Judges the place where libarchive took the archive for ended.
pub(super) fn judge(
    format: Option<Format>,
    filters: &[Filter],
    len: Option<u64>,
    entries: u64,
    clues: &EndClues<'_>,
    zip: Option<&ZipEnd>,
) -> ArchiveEnd {
    let marked = match format {
        Some(Format::Tar) => ends_tar(entries, clues),
        // libarchive fails without a directory, a trailer, or the number of entries it was told.
        Some(Format::Cab | Format::Cpio | Format::SevenZip | Format::Xar) => Some(true),
        // Where the directory is cut, it goes by the entries themselves, and all is well for it. In a
        // stream it has nothing else.
        Some(Format::Zip) => Some(zip.is_none_or(|zip| zip.has_record)),
        Some(Format::Iso9660) => match (clues.volume_len, len) {
            (Some(volume), Some(len)) if filters.is_empty() => Some(volume <= len),
            _ => None,
        },
        Some(Format::Rar5) => return clues.tail().map_or(ArchiveEnd::Unknown, end_of_rar5),
        Some(Format::Rar) => return clues.tail().map_or(ArchiveEnd::Unknown, end_of_rar),
        // libarchive takes what is too short for a header for nothing; members are padded with a newline.
        Some(Format::Ar) => clues
            .rest()
            .filter(|rest| rest.iter().any(|byte| !matches!(byte, 0 | b'\n')))
            .map(|_| false),
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

/// From the block that ends an archive of RAR 5, if it is among the last bytes.
fn end_of_rar5(tail: &[u8]) -> ArchiveEnd {
    let end = |start: usize| {
        // Checksum, size of the rest, type 5, flags, size of an extra area, and flags of this type.
        let (crc, block) = tail.get(start..)?.split_first_chunk::<4>()?;
        let block = block.get(..1 + usize::from(*block.first()?))?;
        let [_, 5, flags, rest @ ..] = block else {
            return None;
        };
        let goes_on = rest
            .get(usize::from(flags & 1))
            .is_some_and(|end_flags| end_flags & 1 != 0);
        (*crc == crc32(block).to_le_bytes()).then_some(goes_on)
    };
    judge_volume((0..tail.len()).rev().find_map(end))
}

/// The same for RAR up to 4.
fn end_of_rar(tail: &[u8]) -> ArchiveEnd {
    let end = |start: usize| {
        // Half of a checksum, type, flags, size of all.
        let block = tail.get(start..)?;
        let [low, high, 0x7b, flags, _, size_low, size_high, ..] = block else {
            return None;
        };
        let size = u16::from_le_bytes([*size_low, *size_high]);
        let summed = crc32(block.get(2..usize::from(size))?).to_le_bytes();
        summed.starts_with(&[*low, *high]).then_some(flags & 1 != 0)
    };
    judge_volume((0..tail.len()).rev().find_map(end))
}

/// `goes_on` is what the mark of the end says, if there is one.
fn judge_volume(goes_on: Option<bool>) -> ArchiveEnd {
    match goes_on {
        None => ArchiveEnd::Unmarked,
        Some(false) => ArchiveEnd::Marked,
        Some(true) => ArchiveEnd::Continued,
    }
}
