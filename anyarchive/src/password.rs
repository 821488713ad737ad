//! Passwords that are wiped and never printed.

use std::{borrow::Cow, ffi::CString, fmt, path::Path};

use zeroize::Zeroizing;

use crate::{Error, ErrorKind, Result, entry::path_from_bytes};

/// A password for an encrypted archive.
///
/// Wiped from memory when dropped; `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Password(Zeroizing<CString>);

impl Password {
    /// Takes the bytes of a password. ZIP uses them as they are; most programs give UTF-8.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for an empty password, and for one with a NUL byte.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self> {
        let bytes = Zeroizing::new(bytes.into());
        let problem = if bytes.is_empty() {
            "the password is empty"
        } else if bytes.contains(&0) {
            "the password has a NUL byte, which libarchive cannot take"
        } else {
            // A copy of exact size: CString::new could reallocate and leave the old bytes behind.
            let mut exact = Vec::with_capacity(bytes.len() + 1);
            exact.extend_from_slice(&bytes);
            if let Ok(text) = CString::new(exact) {
                return Ok(Self(Zeroizing::new(text)));
            }
            "the password has a NUL byte, which libarchive cannot take"
        };
        Err(Error::new(ErrorKind::InvalidInput, problem))
    }

    pub(crate) fn as_c_str(&self) -> &std::ffi::CStr {
        self.0.as_c_str()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What a password is asked for; see
/// [`ReaderBuilder::passwords_from`](crate::ReaderBuilder::passwords_from).
#[derive(Debug)]
pub struct PasswordRequest<'a> {
    entry: &'a [u8],
    attempt: u32,
}

impl<'a> PasswordRequest<'a> {
    pub(crate) fn new(entry: &'a [u8], attempt: u32) -> Self {
        Self { entry, attempt }
    }

    /// The path of the encrypted entry.
    #[must_use]
    pub fn entry(&self) -> Cow<'a, Path> {
        path_from_bytes(self.entry)
    }

    /// The path of the encrypted entry as the bytes of the archive.
    #[must_use]
    pub fn entry_bytes(&self) -> &'a [u8] {
        self.entry
    }

    /// How many answers were wrong for this entry so far; known passwords do not count.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_what_c_cannot_take_and_shows_nothing() {
        assert!(Password::new("").is_err());
        assert!(Password::new("a\0b").is_err());
        let password = Password::new("secret").unwrap();
        assert_eq!(format!("{password:?}"), "Password(…)");
    }
}
