//! What the tests write, and how it is read back.

use std::io::Read;

use anyarchive::{
    EntryBuf, EntryRef, Error, FileType, Reader, Result, Timestamp, WriteFilter, WriteFormat,
    Writer, WriterBuilder,
};
use anyarchive_test_support::is_older_than;

/// An entry and its data.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) entry: EntryBuf,
    pub(crate) data: Vec<u8>,
}

impl Item {
    pub(crate) fn file(path: &str, data: impl Into<Vec<u8>>) -> Self {
        let data = data.into();
        let mut entry = EntryBuf::file(path, data.len() as u64).unwrap();
        entry.set_mtime(seconds(1_600_000_000)).unwrap();
        Self { entry, data }
    }

    pub(crate) fn directory(path: &str) -> Self {
        let mut entry = EntryBuf::directory(path).unwrap();
        entry.set_mtime(seconds(1_500_000_000)).unwrap();
        Self {
            entry,
            data: Vec::new(),
        }
    }

    pub(crate) fn symlink(path: &str, target: &str) -> Self {
        let mut entry = EntryBuf::symlink(path, target).unwrap();
        entry.set_mtime(seconds(1_400_000_000)).unwrap();
        Self {
            entry,
            data: Vec::new(),
        }
    }
}

pub(crate) fn seconds(seconds: i64) -> Timestamp {
    Timestamp {
        seconds,
        nanoseconds: 0,
    }
}

/// Bytes that do not compress much.
pub(crate) fn noise(len: u64) -> Vec<u8> {
    (0..len)
        .map(|n| (n.wrapping_mul(n).wrapping_mul(31) >> 3) as u8)
        .collect()
}

pub(crate) fn builtin() -> Vec<WriteFilter> {
    WriteFilter::builtin().unwrap()
}

/// Formats that the linked library writes.
pub(crate) fn formats() -> Vec<WriteFormat> {
    WriteFormat::all()
        .filter(|format| format.is_available().unwrap())
        .collect()
}

/// Formats that keep data and can be read again.
pub(crate) fn containers() -> Vec<WriteFormat> {
    let containers = formats().into_iter();
    let defects = "gives four bytes too many of files in WARC, and cuts numbers in xar";
    let broken: &[WriteFormat] = if is_older_than(3_008_009, defects) {
        &[WriteFormat::Warc, WriteFormat::Xar]
    } else {
        &[]
    };
    containers
        .filter(|format| !broken.contains(format))
        .filter(|format| format.format().is_some())
        .filter(|format| !matches!(format, WriteFormat::Mtree | WriteFormat::MtreeClassic))
        .collect()
}

pub(crate) fn write(settings: &WriterBuilder, items: &[Item]) -> Result<Vec<u8>> {
    let mut writer = settings.to_vec()?;
    for item in items {
        writer.append(&item.entry, &item.data[..])?;
    }
    writer.finish()
}

/// What a format may change of an entry is not compared.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) kind: FileType,
    pub(crate) mode: u32,
    pub(crate) mtime: Option<i64>,
    pub(crate) target: Option<Vec<u8>>,
    pub(crate) data: Vec<u8>,
}

pub(crate) fn seen(entry: &EntryRef, data: Vec<u8>) -> Seen {
    let path = String::from_utf8_lossy(entry.path_bytes());
    let path = path.strip_prefix("./").unwrap_or(&path);
    Seen {
        path: path.trim_end_matches('/').into(),
        kind: entry.file_type(),
        mode: entry.mode(),
        mtime: entry.mtime().map(|time| time.seconds),
        target: entry.symlink_bytes().map(<[u8]>::to_vec),
        data,
    }
}

pub(crate) fn read(archive: &[u8]) -> Result<Vec<Seen>> {
    let mut all = Vec::new();
    let mut reader = Reader::from_bytes(archive)?;
    while let Some(mut entry) = reader.next_entry()? {
        let mut data = Vec::new();
        entry
            .read_to_end(&mut data)
            .map_err(|error| error.downcast::<Error>().unwrap())?;
        all.push(seen(&entry, data));
    }
    Ok(all)
}

/// Settings for a format without more.
pub(crate) fn plain(format: WriteFormat) -> WriterBuilder {
    Writer::builder(format)
}
