//! Owner, bits of the mode, extended attributes, access control lists, times and flags.

use std::{collections::HashMap, ffi::CString, fmt::Display, io, os::fd::BorrowedFd};

use rustix::{
    fs::{
        AtFlags, Gid, Nsecs, Secs, Timespec, Timestamps, UTIME_OMIT, Uid, chownat, fchmod, fchown,
        fstat, futimens, utimensat,
    },
    io::Errno,
};

use super::acl::Who;
use crate::{
    Allow, Ownership, Timestamp,
    extract::{
        destination::{Dir, mode, mode_of},
        path::RelPath,
        plan::PERMISSIONS,
        policy::Policy,
        restore::{Attributes, More, Owner},
    },
    ffi::lookup,
};

/// Bits that let others act as the owner or group; they fall when the owner is not the right one.
const SET_ID: u32 = 0o6000;

/// Names of users and groups whose numbers are remembered.
const MAX_NAMES: usize = 1024;

/// Restores metadata and remarks on what cannot be restored.
#[derive(Debug, Default)]
pub(in crate::extract) struct Restorer {
    allow: Allow,
    /// Whether names of users and groups go before their numbers.
    by_name: bool,
    users: HashMap<Vec<u8>, Option<u32>>,
    groups: HashMap<Vec<u8>, Option<u32>>,
}

impl Restorer {
    pub(in crate::extract) fn new(policy: &Policy) -> Self {
        Self {
            allow: policy.allow,
            by_name: policy.ownership == Ownership::Names,
            ..Self::default()
        }
    }

    /// Gives a file or directory everything but its flags.
    pub(in crate::extract) fn restore(
        &mut self,
        fd: BorrowedFd<'_>,
        attributes: &Attributes,
        problems: &mut Vec<String>,
    ) {
        if let Some(more) = &attributes.more {
            // The owner first: changing it takes setuid bits and capabilities away.
            let owned = match self.owner(more) {
                Some((uid, gid)) => {
                    let result = fchown(fd, uid, gid);
                    if result.is_err() {
                        // The group alone is often allowed.
                        let _ = fchown(fd, None, gid);
                    }
                    tell(problems, "set the owner", result)
                }
                None => true,
            };
            set_mode(fd, more, owned, problems);
            self.linux(fd, more, problems);
        }
        if let Some(times) = timestamps(attributes) {
            tell(problems, "set the times", futimens(fd, &times));
        }
    }

    /// Gives something that is not followed (a symbolic link, a device) owner and times.
    pub(super) fn restore_by_name(
        &mut self,
        parent: &Dir,
        path: &RelPath,
        attributes: &Attributes,
        problems: &mut Vec<String>,
    ) {
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        let owner = attributes.more.as_ref().and_then(|more| self.owner(more));
        if let Some((uid, gid)) = owner {
            let result = chownat(parent, path.name(), uid, gid, flags);
            tell(problems, "set the owner", result);
        }
        problems.extend(left_out_by_name(attributes));
        if let Some(times) = timestamps(attributes) {
            let result = utimensat(parent, path.name(), &times, flags);
            tell(problems, "set the times", result);
        }
    }

    /// The user and group that something is to belong to; `None` for one stays as it is.
    fn owner(&mut self, more: &More) -> Option<(Option<Uid>, Option<Gid>)> {
        let owner: &Owner = more.owner.as_ref()?;
        let number = |id: Option<u64>| id.and_then(|id| u32::try_from(id).ok());
        let user = owner
            .user
            .as_deref()
            .and_then(|name| self.find(Who::User, name));
        let group = owner
            .group
            .as_deref()
            .and_then(|name| self.find(Who::Group, name));
        // The highest number means "as it is" to the system.
        let usable = |id: Option<u32>| id.filter(|id| *id != u32::MAX);
        Some((
            usable(user.or(number(owner.uid))).map(Uid::from_raw),
            usable(group.or(number(owner.gid))).map(Gid::from_raw),
        ))
    }

    fn find(&mut self, who: Who, name: &[u8]) -> Option<u32> {
        let known = match who {
            Who::User => &mut self.users,
            Who::Group => &mut self.groups,
        };
        if let Some(id) = known.get(name) {
            return *id;
        }
        let text = CString::new(name).ok()?;
        let found = match who {
            Who::User => lookup::getpwnam(&text),
            Who::Group => lookup::getgrnam(&text),
        };
        // A directory service that does not answer knows nobody.
        let id = found.unwrap_or(None);
        if known.len() == MAX_NAMES {
            known.clear();
        }
        known.insert(name.to_vec(), id);
        id
    }
}

/// What is told of what something gets by its name, without what only a handle could give it.
pub(in crate::extract) fn left_out_by_name(attributes: &Attributes) -> Vec<String> {
    let Some(more) = &attributes.more else {
        return Vec::new();
    };
    let left_out = [
        ("permissions whatever the umask", more.permissions.is_some()),
        ("setuid, setgid or sticky", more.privileges != 0),
        ("extended attributes", !more.xattrs.is_empty()),
        ("access control lists", !more.acl.is_empty()),
        ("file flags", more.flags.is_some()),
    ];
    let left_out = left_out.into_iter().filter(|(_, there)| *there);
    left_out
        .map(|(what, _)| format!("made without {what}: it is no file or directory"))
        .collect()
}

fn set_mode(fd: BorrowedFd<'_>, more: &More, owned: bool, problems: &mut Vec<String>) {
    if more.permissions.is_none() && more.privileges == 0 {
        return;
    }
    let privileges = if owned {
        more.privileges
    } else {
        more.privileges & !SET_ID
    };
    if privileges != more.privileges {
        problems.push("made without setuid and setgid: the owner is another".into());
    }
    let result = fstat(fd).and_then(|stat| {
        let present = mode_of(&stat);
        let permissions = more.permissions.unwrap_or(present & PERMISSIONS);
        let wanted = permissions | privileges | present & !PERMISSIONS;
        fchmod(fd, mode(wanted))?;
        Ok((wanted, mode_of(&fstat(fd)?)))
    });
    match result {
        Ok((wanted, now)) if wanted != now => {
            problems.push(format!(
                "the system made the mode {now:o} instead of {wanted:o}"
            ));
        }
        Ok(_) => {}
        Err(error) => {
            tell(problems, "set the mode", Err(error));
        }
    }
}

/// Remarks on a failure; whether there was none.
fn tell(problems: &mut Vec<String>, what: impl Display, result: Result<(), Errno>) -> bool {
    if let Err(error) = result {
        problems.push(format!("cannot {what}: {}", io::Error::from(error)));
    }
    result.is_ok()
}

/// The times to set, if any.
fn timestamps(attributes: &Attributes) -> Option<Timestamps> {
    if attributes.mtime.is_none() && attributes.atime.is_none() {
        return None;
    }
    Some(Timestamps {
        last_access: timespec(attributes.atime),
        last_modification: timespec(attributes.mtime),
    })
}

fn timespec(time: Option<Timestamp>) -> Timespec {
    match time {
        Some(time) => Timespec {
            tv_sec: Secs::from(time.seconds),
            tv_nsec: time.nanoseconds as Nsecs,
        },
        None => Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_OMIT,
        },
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
impl Restorer {
    fn linux(&mut self, _: BorrowedFd<'_>, more: &More, problems: &mut Vec<String>) {
        for (what, there) in [
            ("extended attributes", !more.xattrs.is_empty()),
            ("access control lists", !more.acl.is_empty()),
        ] {
            if there {
                problems.push(format!(
                    "made without {what}: not there yet for this system"
                ));
            }
        }
    }
}

/// Sets the file flags, after which the system may allow no other change.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(in crate::extract) fn set_flags(
    _: BorrowedFd<'_>,
    attributes: &Attributes,
    problems: &mut Vec<String>,
) {
    if attributes
        .more
        .as_ref()
        .is_some_and(|more| more.flags.is_some())
    {
        problems.push("made without file flags: not there yet for this system".into());
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(in crate::extract) use self::linux::set_flags;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux {
    use rustix::fs::{IFlags, XattrFlags, fsetxattr, ioctl_getflags, ioctl_setflags};

    use super::{super::acl::encode, *};
    use crate::AclKind;

    /// Names that archives give the flags, most of them from BSD.
    const FLAGS: &[(&str, IFlags)] = &[
        ("appnd", IFlags::APPEND),
        ("append", IFlags::APPEND),
        ("sappnd", IFlags::APPEND),
        ("sappend", IFlags::APPEND),
        ("uappnd", IFlags::APPEND),
        ("uappend", IFlags::APPEND),
        ("immutable", IFlags::IMMUTABLE),
        ("schg", IFlags::IMMUTABLE),
        ("schange", IFlags::IMMUTABLE),
        ("simmutable", IFlags::IMMUTABLE),
        ("uchg", IFlags::IMMUTABLE),
        ("uchange", IFlags::IMMUTABLE),
        ("uimmutable", IFlags::IMMUTABLE),
        ("noatime", IFlags::NOATIME),
        ("compress", IFlags::COMPRESSED),
        ("ucompress", IFlags::COMPRESSED),
        ("nocow", IFlags::NOCOW),
        ("nodump", IFlags::NODUMP),
        ("dirsync", IFlags::DIRSYNC),
        ("sync", IFlags::SYNC),
        ("journal", IFlags::JOURNALING),
        ("journal-data", IFlags::JOURNALING),
        ("tail", IFlags::NOTAIL),
        ("topdir", IFlags::TOPDIR),
        ("securedeletion", IFlags::SECURE_REMOVAL),
        ("undel", IFlags::UNRM),
    ];

    impl Restorer {
        pub(super) fn linux(
            &mut self,
            fd: BorrowedFd<'_>,
            more: &More,
            problems: &mut Vec<String>,
        ) {
            for xattr in &more.xattrs {
                let name = String::from_utf8_lossy(&xattr.name);
                let trusted = self.allow.contains(Allow::TRUSTED_XATTRS);
                if name.starts_with("user.") || trusted && name.starts_with("trusted.") {
                    let flags = XattrFlags::empty();
                    let result = fsetxattr(fd, &*xattr.name, &xattr.value, flags);
                    tell(
                        problems,
                        format!("set the extended attribute {name}"),
                        result,
                    );
                } else {
                    problems.push(format!("made without the extended attribute {name}"));
                }
            }
            self.acl(fd, more, problems);
        }

        fn acl(&mut self, fd: BorrowedFd<'_>, more: &More, problems: &mut Vec<String>) {
            for (kind, name) in [
                (AclKind::Access, "system.posix_acl_access"),
                (AclKind::Default, "system.posix_acl_default"),
            ] {
                let encoded = encode(&more.acl, kind, |who, line| {
                    let by_name = |this: &mut Self| {
                        let name = line.name.as_deref()?;
                        this.find(who, name)
                    };
                    if self.by_name {
                        by_name(self).or(line.id)
                    } else {
                        line.id.or_else(|| by_name(self))
                    }
                });
                match encoded {
                    Ok(None) => {}
                    Ok(Some(value)) => {
                        let result = fsetxattr(fd, name, &value, XattrFlags::empty());
                        tell(problems, "set the access control list", result);
                    }
                    Err(reason) => {
                        problems.push(format!("made without its access control list: {reason}"));
                    }
                }
            }
            let posix = |kind| matches!(kind, AclKind::Access | AclKind::Default);
            if more.acl.iter().any(|line| !posix(line.kind)) {
                let text = "made without its access control list: this system has no NFSv4 lists";
                problems.push(text.into());
            }
        }
    }

    /// Sets the file flags, after which the system may allow no other change.
    pub(in crate::extract) fn set_flags(
        fd: BorrowedFd<'_>,
        attributes: &Attributes,
        problems: &mut Vec<String>,
    ) {
        let Some(text) = attributes
            .more
            .as_ref()
            .and_then(|more| more.flags.as_ref())
        else {
            return;
        };
        let mut wanted = IFlags::empty();
        for name in text.split(',') {
            match FLAGS.iter().find(|(known, _)| *known == name) {
                Some((_, flag)) => wanted |= *flag,
                None => problems.push(format!("made without the file flag {name}")),
            }
        }
        if !wanted.is_empty() {
            let result = ioctl_getflags(fd).and_then(|now| ioctl_setflags(fd, now | wanted));
            tell(problems, format!("set the file flags {text}"), result);
        }
    }
}
