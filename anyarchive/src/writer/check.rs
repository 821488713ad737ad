//! What cannot be written is refused before its first byte, with the reason.

use std::{borrow::Cow, str};

use super::{
    MetadataFields, WriteFormat, iso,
    rules::{Links, Names, Rules},
};
use crate::{EntryRef, Error, ErrorKind, FileType, Result, Timestamp, ffi::Status};

/// An entry that this format cannot hold; the writer goes on.
pub(super) fn refused(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Unsupported, message).with_status(Status::Failed)
}

/// An entry that no format can hold, or a call that does not fit it; the writer goes on.
pub(super) fn invalid(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidInput, message).with_status(Status::Failed)
}

/// Whether the format keeps data with this entry.
pub(super) fn has_data(format: WriteFormat, entry: &EntryRef) -> bool {
    let links = format.rules().links;
    entry.file_type() == FileType::File
        && (entry.hardlink_bytes().is_none() || links == Links::ByInode)
}

/// Whether the format holds this entry as it is.
pub(super) fn entry(format: WriteFormat, entry: &EntryRef) -> Result<()> {
    let rules = format.rules();
    if format != WriteFormat::Raw {
        names(format, rules, entry)?;
    }
    kind(format, rules, entry)?;
    if format == WriteFormat::Iso9660 {
        iso::path(entry)?;
        iso::target(entry)?;
    }
    links(format, rules, entry)?;
    if rules.keeps.contains(MetadataFields::POSIX_ACL) {
        acl(format, entry)?;
    }
    numbers(format, rules, entry)
}

fn names(format: WriteFormat, rules: &Rules, entry: &EntryRef) -> Result<()> {
    let path = entry.path_bytes();
    if path.is_empty() {
        return Err(invalid("the entry has no path"));
    }
    if format == WriteFormat::Zip && path.contains(&b'\\') {
        return Err(refused("readers of zip take `\\` for `/`"));
    }
    if format == WriteFormat::Warc && path.windows(3).any(|part| part == b"://") {
        return Err(refused("warc takes a path with `://` for an address"));
    }
    if path.ends_with(b"/")
        && entry.file_type() != FileType::Directory
        && rules.names != Names::Flat
    {
        // Readers would take it for one, and lose the data.
        return Err(invalid("only a directory has a path that ends in `/`"));
    }
    let mut texts = vec![("path", path)];
    texts.extend(entry.symlink_bytes().map(|target| ("target", target)));
    texts.extend(entry.hardlink_bytes().map(|target| ("target", target)));
    for (what, text) in texts {
        let bad = match rules.names {
            Names::Text | Names::Resolved => str::from_utf8(text).is_err(),
            Names::Header => !str::from_utf8(text)
                .is_ok_and(|text| text.chars().all(|c| !c.is_control() && !c.is_whitespace())),
            _ => false,
        };
        if bad {
            return Err(refused(format!(
                "{format} cannot hold a {what} of these bytes"
            )));
        }
    }
    if path.len() > rules.max_path {
        return Err(refused(format!(
            "{format} holds no path above {} bytes",
            rules.max_path
        )));
    }
    if path
        .split(|&byte| byte == b'/')
        .any(|part| part.len() > rules.max_part)
    {
        return Err(refused(format!(
            "{format} holds no name above {} bytes",
            rules.max_part
        )));
    }
    if format == WriteFormat::MtreeClassic {
        let mut directories = above(entry).split(|&byte| byte == b'/');
        if directories
            .any(|part| part.iter().any(|byte| b"\n\r".contains(byte)) || part.ends_with(b"\\"))
        {
            return Err(refused(
                "mtree-classic writes directories into comments, which a line end or a `\\` would end",
            ));
        }
    }
    match rules.names {
        Names::Resolved | Names::ResolvedBytes => resolved(format, entry)?,
        // These are tables of the archive itself.
        Names::Flat if matches!(path, b"/" | b"//" | b"/SYM64/") => {}
        Names::Flat if path.contains(&b'/') => {
            return Err(refused(format!("{format} has no directories")));
        }
        Names::Flat | Names::Bytes | Names::Text | Names::Header => {}
    }
    for name in [entry.uname_bytes(), entry.gname_bytes()] {
        if name.is_some_and(|name| name.len() > rules.max_owner) {
            return Err(refused(format!(
                "{format} cuts names of owners and groups after {} bytes",
                rules.max_owner
            )));
        }
    }
    Ok(())
}

/// The directories of a path.
fn above(entry: &EntryRef) -> &[u8] {
    let path = entry.path_bytes();
    match path.iter().rposition(|&byte| byte == b'/') {
        _ if entry.file_type() == FileType::Directory => path,
        Some(end) => &path[..end],
        None => &[],
    }
}

/// For formats that build a tree and take `a/../b` as `b`.
fn resolved(format: WriteFormat, entry: &EntryRef) -> Result<()> {
    let mut parts = entry.path_bytes().split(|&byte| byte == b'/');
    if parts.clone().any(|part| part == b"..") {
        return Err(refused(format!("{format} cannot hold a path with `..`")));
    }
    let is_root = parts.all(|part| matches!(part, b"" | b"."));
    if is_root && entry.file_type() != FileType::Directory {
        return Err(refused(format!(
            "{format} takes this path as its root, which is a directory"
        )));
    }
    Ok(())
}

fn kind(format: WriteFormat, rules: &Rules, entry: &EntryRef) -> Result<()> {
    let kind = entry.file_type();
    let is_link = entry.hardlink_bytes().is_some();
    if kind == FileType::Unknown && !is_link {
        return Err(invalid("the entry does not say what it is"));
    }
    if kind == FileType::Symlink && entry.symlink_bytes().is_none_or(<[u8]>::is_empty) {
        return Err(invalid("the symbolic link has no target"));
    }
    if kind != FileType::Unknown && !rules.kinds.contains(&kind) {
        let what = match kind {
            FileType::File => "regular files",
            FileType::Directory => "directories",
            FileType::Symlink => "symbolic links",
            FileType::CharDevice | FileType::BlockDevice => "devices",
            FileType::Fifo => "named pipes",
            _ => "sockets",
        };
        return Err(refused(format!("{format} cannot hold {what}")));
    }
    Ok(())
}

fn links(format: WriteFormat, rules: &Rules, entry: &EntryRef) -> Result<()> {
    if entry.hardlink_bytes().is_none() {
        return Ok(());
    }
    match rules.links {
        Links::No => Err(refused(format!("{format} cannot hold hard links"))),
        Links::ByInode if entry.ino().is_none() || entry.nlink() < 2 => Err(refused(format!(
            "{format} knows hard links by inode number and a link count above one, which this \
             entry lacks"
        ))),
        _ => Ok(()),
    }
}

/// Lists are written as text, in which such names would make other lines, with rights for others.
fn acl(format: WriteFormat, entry: &EntryRef) -> Result<()> {
    for line in entry.acl() {
        let Some(name) = line.name else {
            continue;
        };
        let is_mark = |byte: &u8| b":,# \t\n\x0b\x0c\r".contains(byte);
        let text = str::from_utf8(&name);
        // Digits are taken for a number.
        let is_other = name.iter().all(u8::is_ascii_digit)
            && line.id.is_none_or(|id| id.to_string().as_bytes() != name);
        if name.iter().any(is_mark) || text.is_err() || is_other {
            return Err(refused(format!(
                "{format} cannot hold an access control list with the name {:?}",
                String::from_utf8_lossy(&name)
            )));
        }
    }
    Ok(())
}

fn numbers(format: WriteFormat, rules: &Rules, entry: &EntryRef) -> Result<()> {
    if has_data(format, entry) && entry.size().is_some_and(|size| size > rules.max_size) {
        return Err(refused(format!(
            "{format} holds no file above {} bytes",
            rules.max_size
        )));
    }
    for (what, id) in [("owner", entry.uid()), ("group", entry.gid())] {
        if id.is_some_and(|id| id > rules.max_id) {
            return Err(refused(format!(
                "the number of the {what} is not between 0 and {}, as {format} wants it",
                rules.max_id
            )));
        }
    }
    let (first, last) = rules.times;
    let mut times = vec![("modification", entry.mtime())];
    if keeps_other_times(format) {
        times.push(("access", entry.atime()));
        times.push(("status change", entry.ctime()));
        times.push(("creation", entry.birthtime()));
    }
    for (what, time) in times {
        let Some(Timestamp { seconds, .. }) = time else {
            continue;
        };
        if !(first..=last).contains(&seconds) {
            return Err(refused(format!(
                "the {what} time, {seconds} seconds since 1970, is not between {first} and {last}, \
                 as {format} wants it"
            )));
        }
    }
    if let Some((major, minor)) = entry.rdev()
        && (major > rules.max_device.0 || minor > rules.max_device.1)
    {
        return Err(refused(format!(
            "{format} cannot hold the device number {major}:{minor}"
        )));
    }
    Ok(())
}

/// Formats with limits that do something with the other times.
fn keeps_other_times(format: WriteFormat) -> bool {
    matches!(
        format,
        WriteFormat::Zip | WriteFormat::SevenZip | WriteFormat::Iso9660 | WriteFormat::Xar
    )
}

/// A warning of C at the header, which can mean that the entry was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Warning {
    /// The entry is there.
    Remark,
    /// It is not, and others can follow.
    Refusal,
    /// It is not, and C would go on with what is left of the entry before.
    Fatal,
}

pub(super) fn warning(format: WriteFormat, warning: &Error) -> Warning {
    match format {
        WriteFormat::ArBsd | WriteFormat::ArSvr4 | WriteFormat::Shar | WriteFormat::SharDump => {
            Warning::Fatal
        }
        WriteFormat::Iso9660 if warning.message().starts_with("Ignore") => Warning::Refusal,
        _ => Warning::Remark,
    }
}
