//! What each format can hold, where the library does not say so itself, or says it too late.

use super::{MetadataFields, WriteFormat};
use crate::FileType::{self, BlockDevice, CharDevice, Directory, Fifo, File, Socket, Symlink};

/// How a format tells that two names are one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Links {
    /// The entry names its target.
    ByName,
    /// As by name, but both entries must have a link count above one.
    ByNameAndCount,
    /// Entries of one file have the same inode number and a link count above one.
    ByInode,
    /// A further name is written as a file of its own, without data.
    AsFile,
    /// Not at all.
    No,
}

/// Which names a format keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// Any bytes.
    Bytes,
    /// Text, without `..`: the library resolves such parts.
    Resolved,
    /// Bytes without `..`.
    ResolvedBytes,
    /// Text: other bytes would become something else.
    Text,
    /// Text that can stand in a line of headers.
    Header,
    /// One part, no directories: the library takes what is behind the last `/`.
    Flat,
}

/// What a format can hold.
#[derive(Debug)]
pub(super) struct Rules {
    /// The header has the size, so it must be known before the data.
    pub(super) size_first: bool,
    /// Largest file in bytes.
    pub(super) max_size: u64,
    pub(super) kinds: &'static [FileType],
    pub(super) links: Links,
    pub(super) names: Names,
    /// Longest path in bytes, where C says it too late.
    pub(super) max_path: usize,
    /// Longest part of a path in bytes, where C gives up the archive for a longer one.
    pub(super) max_part: usize,
    /// Largest number of an owner or group.
    pub(super) max_id: u64,
    /// Longest name of an owner or group in bytes, where longer ones would be cut.
    pub(super) max_owner: usize,
    /// First and last second since 1970 of any time that is stored.
    pub(super) times: (i64, i64),
    /// Largest major and minor number of a device.
    pub(super) max_device: (u64, u64),
    pub(super) keeps: MetadataFields,
    /// Nanoseconds that times are cut to.
    pub(super) time_step: u32,
    /// How much data may be missing, that C then fills up with zeros. More is no archive worth having,
    /// and the false size of a damaged archive could take for ever.
    pub(super) max_fill: u64,
    /// Something of the archive is new each time it is written; what it is.
    pub(super) not_reproducible: Option<&'static str>,
}

const ANY_TIME: (i64, i64) = (i64::MIN, i64::MAX);
/// Years 1 to 9999.
const CALENDAR: (i64, i64) = (-62_135_596_800, 253_402_300_799);
const U32: u64 = u32::MAX as u64;
const U32_TIME: (i64, i64) = (0, u32::MAX as i64);
const OCTAL_11: i64 = (1 << 33) - 1;
const OCTAL_6: u64 = (1 << 18) - 1;
/// No limit of the format.
const ANY: u64 = i64::MAX as u64;

/// Fields that nearly every format of Unix has.
const BASIC: MetadataFields = MetadataFields::MODE
    .union(MetadataFields::MTIME)
    .union(MetadataFields::OWNER_IDS);
const LINKED: MetadataFields = BASIC.union(MetadataFields::HARD_LINK);
const NAMED: MetadataFields = LINKED.union(MetadataFields::OWNER_NAMES);
const THREE_TIMES: MetadataFields = MetadataFields::MTIME
    .union(MetadataFields::ATIME)
    .union(MetadataFields::CTIME);
const PAX_FIELDS: MetadataFields = MetadataFields::all().difference(MetadataFields::DIGESTS);
/// The longest name of a file.
const NAME_MAX: usize = 255;
const SECOND: u32 = 1_000_000_000;

const TAR_KINDS: &[FileType] = &[File, Directory, Symlink, CharDevice, BlockDevice, Fifo];
const ALL_KINDS: &[FileType] = &[
    File,
    Directory,
    Symlink,
    CharDevice,
    BlockDevice,
    Fifo,
    Socket,
];

/// The widest, from which the others take what they do not say.
const TAR: Rules = Rules {
    size_first: true,
    max_size: ANY,
    kinds: TAR_KINDS,
    links: Links::ByName,
    names: Names::Bytes,
    max_path: usize::MAX,
    max_part: usize::MAX,
    // Readers take no more.
    max_id: (1 << 56) - 1,
    max_owner: usize::MAX,
    times: ANY_TIME,
    keeps: PAX_FIELDS,
    time_step: 1,
    // Of a larger minor number readers lose the major one.
    max_device: (OCTAL_6, OCTAL_6),
    max_fill: 64 << 20,
    not_reproducible: None,
};

/// Extended headers are written for what could not be there otherwise, and times can.
const PAX_RESTRICTED: Rules = Rules {
    keeps: PAX_FIELDS
        .difference(MetadataFields::ATIME)
        .difference(MetadataFields::CTIME)
        .difference(MetadataFields::BIRTHTIME),
    time_step: SECOND,
    ..TAR
};

const USTAR: Rules = Rules {
    keeps: NAMED,
    time_step: SECOND,
    max_size: OCTAL_11 as u64,
    max_id: OCTAL_6,
    times: (0, OCTAL_11),
    ..TAR
};

const V7TAR: Rules = Rules {
    keeps: LINKED,
    kinds: &[File, Directory, Symlink],
    ..USTAR
};

const GNUTAR: Rules = Rules {
    keeps: NAMED,
    time_step: SECOND,
    max_owner: 32,
    times: (0, OCTAL_11),
    ..TAR
};

/// Scripts call `chmod`, `chown` and `chflags`, and `ln`.
const SHAR: Rules = Rules {
    keeps: LINKED.difference(MetadataFields::MTIME),
    ..TAR
};

const CPIO_BIN: Rules = Rules {
    keeps: LINKED,
    time_step: SECOND,
    max_size: i32::MAX as u64,
    kinds: &[File, Directory, Symlink, CharDevice, BlockDevice],
    links: Links::ByInode,
    max_id: u16::MAX as u64,
    times: U32_TIME,
    max_device: (u8::MAX as u64, u8::MAX as u64),
    ..TAR
};

const CPIO_PWB: Rules = Rules {
    max_size: (1 << 24) - 1,
    kinds: &[File, Directory, CharDevice, BlockDevice],
    ..CPIO_BIN
};

const CPIO_ODC: Rules = Rules {
    max_size: OCTAL_11 as u64,
    kinds: ALL_KINDS,
    max_id: OCTAL_6,
    times: (0, OCTAL_11),
    // One number of 18 bits, 8 of them the minor one.
    max_device: (1023, 255),
    ..CPIO_BIN
};

const CPIO_NEWC: Rules = Rules {
    max_size: U32,
    kinds: ALL_KINDS,
    max_id: U32,
    max_device: (U32, U32),
    ..CPIO_BIN
};

const AR: Rules = Rules {
    keeps: BASIC,
    time_step: SECOND,
    // Ten digits, for the data and a name of up to 1 MiB.
    max_size: 9_998_000_000,
    kinds: &[File],
    links: Links::No,
    names: Names::Flat,
    max_id: 999_999,
    times: (0, 999_999_999_999),
    // C fills nothing up.
    max_fill: 0,
    ..TAR
};

const MTREE: Rules = Rules {
    keeps: BASIC
        .union(MetadataFields::OWNER_NAMES)
        .union(MetadataFields::FILE_FLAGS),
    kinds: ALL_KINDS,
    links: Links::AsFile,
    names: Names::ResolvedBytes,
    max_part: NAME_MAX,
    max_device: (ANY, ANY),
    ..TAR
};

/// C gives entries the names of owners of others, so it gets none.
const MTREE_CLASSIC: Rules = Rules {
    keeps: MTREE.keeps.difference(MetadataFields::OWNER_NAMES),
    ..MTREE
};

const ZIP: Rules = Rules {
    keeps: BASIC.union(THREE_TIMES),
    time_step: SECOND,
    size_first: false,
    kinds: &[File, Directory, Symlink],
    links: Links::No,
    // C marks every name that is not ASCII as UTF-8.
    names: Names::Text,
    // The field has 16 bits, and a directory gets a `/`; some releases overrun their memory.
    max_path: u16::MAX as usize - 1,
    max_id: U32,
    times: U32_TIME,
    // The size is written behind the data.
    max_fill: u64::MAX,
    ..TAR
};

const SEVEN_ZIP: Rules = Rules {
    keeps: THREE_TIMES.union(MetadataFields::MODE),
    time_step: 100,
    kinds: &[File, Directory, Symlink],
    links: Links::No,
    names: Names::Text,
    // 100-nanosecond steps since 1601 in 63 bits; what is before 1970 C writes wrong.
    times: (0, 910_692_730_085),
    ..TAR
};

const ISO9660: Rules = Rules {
    keeps: LINKED.union(THREE_TIMES).union(MetadataFields::BIRTHTIME),
    time_step: SECOND,
    links: Links::ByNameAndCount,
    names: Names::Resolved,
    max_part: NAME_MAX,
    max_id: U32,
    // Up to the year 2155 in any time zone; nobody reads what was before 1970.
    times: (0, 5_869_497_600),
    max_device: (U32, U32),
    not_reproducible: Some("the time at which it is written"),
    ..TAR
};

const XAR: Rules = Rules {
    keeps: NAMED.union(THREE_TIMES),
    time_step: SECOND,
    kinds: ALL_KINDS,
    links: Links::ByNameAndCount,
    names: Names::Resolved,
    max_part: NAME_MAX,
    times: CALENDAR,
    not_reproducible: Some("the time at which it is written"),
    ..TAR
};

const WARC: Rules = Rules {
    keeps: MetadataFields::MTIME,
    time_step: SECOND,
    kinds: &[File],
    links: Links::No,
    names: Names::Header,
    max_path: 270,
    times: (0, CALENDAR.1),
    max_fill: 0,
    not_reproducible: Some("the time at which it is written, and random identifiers"),
    ..TAR
};

const RAW: Rules = Rules {
    keeps: MetadataFields::empty(),
    size_first: false,
    max_fill: u64::MAX,
    kinds: &[File],
    links: Links::No,
    ..TAR
};

impl Rules {
    pub(super) fn of(format: WriteFormat) -> &'static Self {
        match format {
            WriteFormat::Pax => &TAR,
            WriteFormat::PaxRestricted => &PAX_RESTRICTED,
            WriteFormat::Shar | WriteFormat::SharDump => &SHAR,
            WriteFormat::GnuTar => &GNUTAR,
            WriteFormat::Ustar => &USTAR,
            WriteFormat::V7Tar => &V7TAR,
            WriteFormat::CpioBin => &CPIO_BIN,
            WriteFormat::CpioPwb => &CPIO_PWB,
            WriteFormat::CpioOdc => &CPIO_ODC,
            WriteFormat::CpioNewc => &CPIO_NEWC,
            WriteFormat::ArBsd | WriteFormat::ArSvr4 => &AR,
            WriteFormat::Mtree => &MTREE,
            WriteFormat::MtreeClassic => &MTREE_CLASSIC,
            WriteFormat::Zip => &ZIP,
            WriteFormat::SevenZip => &SEVEN_ZIP,
            WriteFormat::Iso9660 => &ISO9660,
            WriteFormat::Xar => &XAR,
            WriteFormat::Warc => &WARC,
            WriteFormat::Raw => &RAW,
        }
    }
}
