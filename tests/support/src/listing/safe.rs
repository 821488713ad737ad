//! Reading with the safe crate.

use std::io::Read as _;

use anyarchive::{DigestKind, Entry, EntryRef, Error, FileType, Reader, Timestamp};

use super::{Data, Failure, Field, Listing, Step, data::Collector, shown, shown_option};

/// Which of the ways to read data is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataBy {
    /// None: it is skipped.
    Skipping,
    /// [`Entry::next_block`].
    Blocks,
    /// [`std::io::Read`], up to this many bytes at once; longer files than 64 MiB go by blocks.
    Read(usize),
}

/// Reads to the end with the safe crate; takes what opening gave.
///
/// # Panics
///
/// When an error is none that comes from libarchive.
#[must_use]
pub fn safe(reader: Result<Reader<'_>, Error>, by: DataBy) -> Listing {
    let mut listing = Listing::default();
    let mut reader = match reader {
        Ok(reader) => reader,
        Err(error) => {
            listing.end = Some(failure(&error));
            return listing;
        }
    };
    listing.end = loop {
        match reader.next_entry() {
            Ok(None) => break None,
            Ok(Some(mut entry)) => {
                let fields = fields(&entry);
                let remark = entry.warning().map(|remark| failure(remark).text);
                let (data, go_on) = data(&mut entry, by);
                let end = data.failure.clone();
                listing.steps.push(Step::Entry(fields, data, remark));
                if !go_on {
                    break end;
                }
            }
            Err(error) if error.is_recoverable() => {
                listing.steps.push(Step::Failed(failure(&error)));
            }
            Err(error) => break Some(failure(&error)),
        }
    };
    listing.warnings = reader.warning_count() - own_remarks(&reader);
    listing.summary = vec![
        ("format", format!("{:?}", reader.format().map(|f| f.name()))),
        ("format name", format!("{:?}", reader.format_name())),
        (
            "filters",
            reader
                .filters()
                .iter()
                .map(|f| f.name())
                .collect::<Vec<_>>()
                .join(" "),
        ),
        ("encrypted", format!("{:?}", reader.has_encrypted_entries())),
    ];
    listing
}

fn failure(error: &Error) -> Failure {
    const UNKNOWN: &str = "Unrecognized archive format";
    let (code, text) = (error.code(), error.message());
    Failure {
        code: code.unwrap_or_else(|| panic!("not an error of libarchive: {error:?}")),
        // The safe crate adds what it is compressed with.
        text: if text.starts_with(UNKNOWN) {
            UNKNOWN.to_owned()
        } else {
            text.to_owned()
        },
    }
}

/// The data, and whether the next entry can be asked for.
fn data(entry: &mut Entry<'_>, by: DataBy) -> (Data, bool) {
    let mut collector = Collector::default();
    let result = match by {
        DataBy::Skipping => Ok(()),
        DataBy::Read(at_once) if entry.size().is_none_or(|size| size <= 64 << 20) => {
            read(entry, at_once, &mut collector)
        }
        _ => blocks(entry, &mut collector),
    };
    match result {
        Ok(()) => (collector.finish(None), true),
        Err(error) => (
            collector.finish(Some(failure(&error))),
            error.is_recoverable(),
        ),
    }
}

fn blocks(entry: &mut Entry<'_>, collector: &mut Collector) -> Result<(), Error> {
    while let Some(block) = entry.next_block()? {
        collector.block(block.offset(), block.data());
    }
    Ok(())
}

fn read(entry: &mut Entry<'_>, at_once: usize, collector: &mut Collector) -> Result<(), Error> {
    let mut buffer = vec![0; at_once];
    loop {
        match entry.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => collector.block(collector.length(), &buffer[..count]),
            Err(error) => {
                let error = error.downcast::<Error>();
                return Err(error.expect("an error of the safe crate inside"));
            }
        }
    }
}

/// Every getter of an entry.
fn fields(entry: &EntryRef) -> Vec<Field> {
    let mut fields = vec![
        ("path", shown(entry.path_bytes())),
        ("hard link", shown_option(entry.hardlink_bytes())),
        ("symbolic link", shown_option(entry.symlink_bytes())),
        ("user name", shown_option(entry.uname_bytes())),
        ("group name", shown_option(entry.gname_bytes())),
        ("type", kind(entry.file_type()).into()),
        ("mode", format!("{:o}", entry.mode())),
        ("size", format!("{:?}", entry.size())),
        ("uid", format!("{:?}", entry.uid())),
        ("gid", format!("{:?}", entry.gid())),
        ("links", entry.nlink().to_string()),
        ("inode", format!("{:?}", entry.ino())),
        ("device", format!("{:?}", entry.dev())),
        ("device itself", format!("{:?}", entry.rdev())),
        ("mtime", time(entry.mtime())),
        ("atime", time(entry.atime())),
        ("ctime", time(entry.ctime())),
        ("birth time", time(entry.birthtime())),
        ("encrypted", entry.is_encrypted().to_string()),
        (
            "metadata encrypted",
            entry.is_metadata_encrypted().to_string(),
        ),
        ("flags", format!("{:?}", entry.fflags_text())),
        ("macOS metadata", shown_option(entry.mac_metadata())),
        ("sparse map", format!("{:?}", entry.sparse_map())),
    ];
    for attribute in entry.xattrs() {
        let value = format!("{}={}", shown(&attribute.name), shown(&attribute.value));
        fields.push(("xattr", value));
    }
    for line in entry.acl() {
        let name = shown_option(line.name.as_deref());
        let bits = line.permissions.bits();
        let (kind, tag) = (line.kind, line.tag);
        fields.push((
            "acl",
            format!("{kind:?} {tag:?} {bits:x} {:?} {name}", line.id),
        ));
    }
    for kind in [
        DigestKind::Md5,
        DigestKind::Rmd160,
        DigestKind::Sha1,
        DigestKind::Sha256,
        DigestKind::Sha384,
        DigestKind::Sha512,
    ] {
        if let Some(digest) = entry.digest(kind) {
            fields.push(("digest", format!("{kind:?} {}", shown(&digest))));
        }
    }
    fields
}

fn time(time: Option<Timestamp>) -> String {
    format!("{:?}", time.map(|time| (time.seconds, time.nanoseconds)))
}

/// The letter that `archive_entry_strmode(3)` would show.
fn kind(kind: FileType) -> &'static str {
    match kind {
        FileType::File => "-",
        FileType::Directory => "d",
        FileType::Symlink => "l",
        FileType::CharDevice => "c",
        FileType::BlockDevice => "b",
        FileType::Fifo => "p",
        FileType::Socket => "s",
        _ => "?",
    }
}

/// What this crate remarks, and libarchive does not.
fn own_remarks(reader: &Reader<'_>) -> u64 {
    let report = reader.report();
    let own = report.warnings().filter(|remark| remark.op().is_none());
    own.count() as u64
}
