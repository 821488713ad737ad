//! What only an open file tells: extended attributes, access lists, flags, holes.

use std::{ops::Range, os::fd::BorrowedFd};

use rustix::{
    fs::{SeekFrom, seek},
    io::Errno,
};

use super::{acl, builder::Settings, owners::Owners, stat::Metadata};
use crate::{AclEntry, AclTag, EntryBuf, Error, Result, Timestamp};

/// Adds what the settings ask for to the entry of an open file or directory.
pub(super) fn add(
    entry: &mut EntryBuf,
    handle: BorrowedFd<'_>,
    settings: &Settings,
    owners: Option<&mut Owners>,
) -> Result<()> {
    if settings.xattrs || settings.acls {
        add_xattrs(entry, handle, settings, owners)?;
    }
    #[cfg(target_os = "linux")]
    if settings.flags {
        add_flags(entry, handle)?;
    }
    #[cfg(target_os = "linux")]
    if settings.all_times
        && let Some(time) = birthtime(handle)
    {
        entry.set_birthtime(time)?;
    }
    Ok(())
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn add_xattrs(
    entry: &mut EntryBuf,
    handle: BorrowedFd<'_>,
    settings: &Settings,
    owners: Option<&mut Owners>,
) -> Result<()> {
    let mut lines = Vec::new();
    let cannot = |error: Errno| Error::io("cannot read extended attributes", error.into());
    let names = match list(handle) {
        // The file system has none.
        Err(Errno::NOTSUP | Errno::NOSYS) => return Ok(()),
        names => names.map_err(cannot)?,
    };
    for name in names
        .split(|&byte| byte == 0)
        .filter(|name| !name.is_empty())
    {
        let kind = acl::kind_of(name);
        if !if kind.is_some() {
            settings.acls
        } else {
            settings.xattrs
        } {
            continue;
        }
        let value = match value(handle, name) {
            // It went away, or is listed for those who may not read it.
            Err(Errno::NODATA | Errno::PERM | Errno::ACCESS | Errno::NOTSUP) => continue,
            value => value.map_err(cannot)?,
        };
        match kind {
            None => {
                entry.set_xattr(name, value)?;
            }
            Some(kind) => lines.extend(acl::parse(kind, &value)?),
        }
    }
    if !lines.is_empty() {
        name_owners(&mut lines, owners);
        entry.set_acl(&lines)?;
    }
    Ok(())
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn add_xattrs(
    _: &mut EntryBuf,
    _: BorrowedFd<'_>,
    _: &Settings,
    _: Option<&mut Owners>,
) -> Result<()> {
    Ok(())
}

/// Adds names to the numbers in an access list: on another machine they are those of others.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn name_owners(lines: &mut [AclEntry], owners: Option<&mut Owners>) {
    let Some(owners) = owners else {
        return;
    };
    for line in lines {
        let name = match (line.tag, line.id) {
            (AclTag::User, Some(id)) => owners.user(id),
            (AclTag::Group, Some(id)) => owners.group(id),
            _ => None,
        };
        line.name = name.map(<[u8]>::to_vec);
    }
}

/// The names of all attributes, each with a NUL behind.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn list(handle: BorrowedFd<'_>) -> Result<Vec<u8>, Errno> {
    growing(|buffer| rustix::fs::flistxattr(handle, buffer))
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn value(handle: BorrowedFd<'_>, name: &[u8]) -> Result<Vec<u8>, Errno> {
    growing(|buffer| rustix::fs::fgetxattr(handle, name, buffer))
}

/// Calls with more and more room; the kernel gives no more than 64 KiB, others may.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn growing(mut read: impl FnMut(&mut [u8]) -> Result<usize, Errno>) -> Result<Vec<u8>, Errno> {
    const MOST: usize = 16 << 20;
    let mut buffer = vec![0; 1024];
    loop {
        match read(&mut buffer) {
            Ok(len) => {
                buffer.truncate(len);
                return Ok(buffer);
            }
            Err(Errno::RANGE) if buffer.len() < MOST => buffer.resize(buffer.len() * 8, 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
}

/// When the file was made, where the kernel and the file system tell it.
#[cfg(target_os = "linux")]
fn birthtime(handle: BorrowedFd<'_>) -> Option<Timestamp> {
    use rustix::fs::{AtFlags, StatxFlags, statx};

    let stat = statx(handle, c"", AtFlags::EMPTY_PATH, StatxFlags::BTIME).ok()?;
    let is_told = stat.stx_mask & StatxFlags::BTIME.bits() != 0;
    is_told.then_some(Timestamp {
        seconds: stat.stx_btime.tv_sec,
        nanoseconds: stat.stx_btime.tv_nsec,
    })
}

#[cfg(target_os = "linux")]
fn add_flags(entry: &mut EntryBuf, handle: BorrowedFd<'_>) -> Result<()> {
    use rustix::fs::{IFlags, ioctl_getflags};

    // Those that somebody set; the others say how the file system stores the file.
    let kept = IFlags::IMMUTABLE
        | IFlags::APPEND
        | IFlags::NODUMP
        | IFlags::NOATIME
        | IFlags::SYNC
        | IFlags::DIRSYNC
        | IFlags::NOCOW
        | IFlags::JOURNALING
        | IFlags::NOTAIL
        | IFlags::TOPDIR
        | IFlags::COMPRESSED
        | IFlags::UNRM
        | IFlags::SECURE_REMOVAL;
    match ioctl_getflags(handle) {
        Ok(flags) => {
            let flags = flags & kept;
            if !flags.is_empty() {
                entry.set_fflags(flags.bits().into(), 0)?;
            }
            Ok(())
        }
        // The file system has none, or this kind of file.
        Err(Errno::NOTTY | Errno::NOTSUP | Errno::INVAL | Errno::NOSYS | Errno::PERM) => Ok(()),
        Err(error) => Err(Error::io("cannot read file flags", error.into())),
    }
}

/// Most ranges of one file: behind that it counts as one range to the end.
const MOST_RANGES: usize = 100_000;

/// Ranges with data of a file with holes; empty when it has none, and one empty range at the end when
/// it is nothing but a hole.
pub(super) fn data_ranges(
    handle: BorrowedFd<'_>,
    metadata: &Metadata,
) -> Result<Vec<Range<u64>>, Errno> {
    // Without a question to the system for the many files that take their full room.
    if metadata.size == 0 || metadata.allocated >= metadata.size {
        return Ok(Vec::new());
    }
    let ranges = ranges(handle, metadata.size);
    seek(handle, SeekFrom::Start(0))?;
    ranges
}

#[cfg(any(
    target_os = "linux",
    target_os = "android",
    target_os = "freebsd",
    target_vendor = "apple"
))]
fn ranges(handle: BorrowedFd<'_>, size: u64) -> Result<Vec<Range<u64>>, Errno> {
    let mut ranges: Vec<Range<u64>> = Vec::new();
    let mut at = 0;
    while at < size {
        let start = match seek(handle, SeekFrom::Data(at)) {
            Ok(start) => start.min(size),
            // Nothing but a hole from here.
            Err(Errno::NXIO) => size,
            // The file system does not tell.
            Err(Errno::INVAL | Errno::NOTSUP) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        if start == size {
            if ranges.is_empty() {
                ranges.push(size..size);
            }
            break;
        }
        let end = match ranges.len() < MOST_RANGES {
            true => seek(handle, SeekFrom::Hole(start))?.min(size),
            false => size,
        };
        // Somebody makes holes while we look.
        if end <= start {
            return Ok(Vec::new());
        }
        ranges.push(start..end);
        at = end;
    }
    match ranges.as_slice() {
        [only] if *only == (0..size) => Ok(Vec::new()),
        _ => Ok(ranges),
    }
}

#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_os = "freebsd",
    target_vendor = "apple"
)))]
fn ranges(_: BorrowedFd<'_>, _: u64) -> Result<Vec<Range<u64>>, Errno> {
    Ok(Vec::new())
}
