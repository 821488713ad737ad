//! The umask, read without changing it: changing would show in every other thread.

use std::os::fd::BorrowedFd;

use rustix::{
    fs::{AtFlags, Mode, mkdirat, statat, unlinkat},
    io::Errno,
};

/// What is assumed when it cannot be found out: nothing for others.
const STRICT: u32 = 0o077;

/// The umask of this process.
pub(super) fn umask(root: BorrowedFd<'_>) -> u32 {
    from_proc().or_else(|| from_probe(root)).unwrap_or(STRICT)
}

/// As Linux tells it, from 4.7 on.
fn from_proc() -> Option<u32> {
    if !cfg!(any(target_os = "linux", target_os = "android")) {
        return None;
    }
    parse(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn parse(status: &str) -> Option<u32> {
    let value = status
        .lines()
        .find_map(|line| line.strip_prefix("Umask:"))?;
    u32::from_str_radix(value.trim(), 8).ok()
}

/// What the kernel leaves of the mode of a new directory.
fn from_probe(root: BorrowedFd<'_>) -> Option<u32> {
    let process = std::process::id();
    for number in 0..64 {
        let name = format!(".anyarchive-umask-{process}-{number}");
        match mkdirat(root, &*name, Mode::from_raw_mode(0o777)) {
            Ok(()) => {
                let stat = statat(root, &*name, AtFlags::SYMLINK_NOFOLLOW);
                // Nothing can be in it but what another process has just put there.
                let _ = unlinkat(root, &*name, AtFlags::REMOVEDIR);
                return stat.ok().map(|stat| 0o777 & !super::mode_of(&stat));
            }
            Err(Errno::EXIST) => {}
            Err(_) => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn both_ways_agree() {
        let dir = tempfile::tempdir().unwrap();
        let root = std::fs::File::open(dir.path()).unwrap();
        let probed = from_probe(root.as_fd()).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        if let Some(told) = from_proc() {
            assert_eq!(told, probed);
        }
        assert_eq!(umask(root.as_fd()), probed);
    }

    #[test]
    fn the_line_of_linux_is_read() {
        assert_eq!(parse("Name:\tx\nUmask:\t0027\nState:\tR\n"), Some(0o27));
        assert_eq!(parse("Name:\tx\n"), None);
        assert_eq!(parse("Umask:\t09\n"), None);
    }
}
