//! Numbers of users and groups by name, as the system knows them.

use std::{
    ffi::{CStr, c_char, c_int},
    io,
    mem::MaybeUninit,
    ptr,
};

/// Most that an answer may take: groups can have very many members.
const MAX_BUFFER: usize = 1 << 20;

/// `getpwnam_r`: the number of the user of this name, if there is one.
pub(crate) fn getpwnam(name: &CStr) -> io::Result<Option<libc::uid_t>> {
    let mut record = MaybeUninit::<libc::passwd>::uninit();
    with_buffer(|buffer| {
        let mut found = ptr::null_mut();
        // SAFETY: the name is terminated; record, buffer (with its length) and out-pointer are
        // valid for writes; nothing is kept.
        let code = unsafe {
            libc::getpwnam_r(
                name.as_ptr(),
                record.as_mut_ptr(),
                buffer.as_mut_ptr(),
                buffer.len(),
                &raw mut found,
            )
        };
        // SAFETY: NULL, or the record above, which was filled; its strings are not looked at.
        let user = unsafe { found.as_ref() };
        (code, user.map(|user| user.pw_uid))
    })
}

/// `getgrnam_r`: the number of the group of this name, if there is one.
pub(crate) fn getgrnam(name: &CStr) -> io::Result<Option<libc::gid_t>> {
    let mut record = MaybeUninit::<libc::group>::uninit();
    with_buffer(|buffer| {
        let mut found = ptr::null_mut();
        // SAFETY: as for `getpwnam_r`.
        let code = unsafe {
            libc::getgrnam_r(
                name.as_ptr(),
                record.as_mut_ptr(),
                buffer.as_mut_ptr(),
                buffer.len(),
                &raw mut found,
            )
        };
        // SAFETY: as for `getpwnam_r`.
        let group = unsafe { found.as_ref() };
        (code, group.map(|group| group.gr_gid))
    })
}

/// Calls until the buffer is large enough.
fn with_buffer<T>(
    mut call: impl FnMut(&mut [c_char]) -> (c_int, Option<T>),
) -> io::Result<Option<T>> {
    let mut buffer: Vec<c_char> = vec![0; 4096];
    loop {
        match call(&mut buffer) {
            (_, Some(found)) => return Ok(Some(found)),
            (libc::EINTR, None) => {}
            (libc::ERANGE, None) if buffer.len() < MAX_BUFFER => {
                buffer.resize(buffer.len() * 4, 0);
            }
            // The other ways in which systems say that there is nobody of the name.
            (0 | libc::ENOENT | libc::ESRCH | libc::EBADF | libc::EPERM, None) => return Ok(None),
            (code, None) => return Err(io::Error::from_raw_os_error(code)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_known_and_nobody_else_of_that_kind() {
        assert_eq!(getpwnam(c"root").unwrap(), Some(0));
        assert_eq!(getpwnam(c"no such user, ever").unwrap(), None);
        assert_eq!(getgrnam(c"no such group, ever").unwrap(), None);
        let group = std::fs::read_to_string("/etc/group").unwrap();
        let first = group.lines().next().unwrap();
        let mut fields = first.split(':');
        let name = std::ffi::CString::new(fields.next().unwrap()).unwrap();
        let gid = fields.nth(1).unwrap().parse().unwrap();
        assert_eq!(getgrnam(&name).unwrap(), Some(gid));
    }

    #[test]
    fn the_buffer_grows_to_its_limit() {
        let mut sizes = Vec::new();
        let answer = with_buffer::<()>(|buffer| {
            sizes.push(buffer.len());
            (libc::ERANGE, None)
        });
        assert_eq!(answer.unwrap_err().raw_os_error(), Some(libc::ERANGE));
        assert_eq!(sizes.last(), Some(&MAX_BUFFER));
    }
}
