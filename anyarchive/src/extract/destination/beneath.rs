//! Opening directories below a handle, symbolic links never followed.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags, openat, statat},
    io::Errno,
};

/// How a path of several components is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::extract) enum Resolver {
    /// In one call of `openat2`, where the kernel itself keeps to the rules.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Kernel,
    /// Component by component, from handle to handle: no component can be a symbolic link, so each
    /// handle is of a directory in the one before.
    Walk,
}

impl Resolver {
    /// The best that this system may have.
    pub(in crate::extract) fn best() -> Self {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        return Self::Kernel;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        return Self::Walk;
    }

    /// Opens the directory at the clean path `path` (not empty, without `..`) below `base`.
    ///
    /// # Errors
    ///
    /// `LOOP` when a component is a symbolic link; `NOTDIR` when one is something else.
    pub(super) fn open(&mut self, base: BorrowedFd<'_>, path: &[u8]) -> Result<OwnedFd, Errno> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if *self == Self::Kernel {
            match open_in_kernel(base, path) {
                // Kernels before 5.6, and sandboxes that do not know the call.
                Err(Errno::NOSYS | Errno::PERM | Errno::INVAL) => *self = Self::Walk,
                // Something on the way was renamed again and again; or the path fits our limit, but
                // not the kernel's with its NUL.
                Err(Errno::AGAIN | Errno::NAMETOOLONG) => {}
                result => return result,
            }
        }
        walk(base, path)
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn open_in_kernel(base: BorrowedFd<'_>, path: &[u8]) -> Result<OwnedFd, Errno> {
    use rustix::fs::{ResolveFlags, openat2};

    let rules = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let mut tries = 0;
    loop {
        // Without NOFOLLOW, which would make a final link NOTDIR instead of LOOP.
        match openat2(base, path, DIRECTORY, Mode::empty(), rules) {
            Err(Errno::AGAIN | Errno::INTR) if tries < 8 => tries += 1,
            result => return result,
        }
    }
}

fn walk(base: BorrowedFd<'_>, path: &[u8]) -> Result<OwnedFd, Errno> {
    let mut names = path.split(|&byte| byte == b'/');
    let mut directory = open_child(base, names.next().unwrap_or_default())?;
    for name in names {
        directory = open_child(directory.as_fd(), name)?;
    }
    Ok(directory)
}

const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

/// Opens the directory `name` in `parent`.
///
/// # Errors
///
/// `LOOP` when it is a symbolic link; `NOTDIR` when it is something else.
pub(in crate::extract) fn open_child(
    parent: BorrowedFd<'_>,
    name: &[u8],
) -> Result<OwnedFd, Errno> {
    loop {
        match openat(parent, name, DIRECTORY | OFlags::NOFOLLOW, Mode::empty()) {
            Err(Errno::INTR) => {}
            // What systems answer to a symbolic link here differs.
            Err(Errno::LOOP | Errno::MLINK | Errno::NOTDIR) => {
                let stat = statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
                return Err(match FileType::from_raw_mode(stat.st_mode) {
                    FileType::Symlink => Errno::LOOP,
                    _ => Errno::NOTDIR,
                });
            }
            result => return result,
        }
    }
}
