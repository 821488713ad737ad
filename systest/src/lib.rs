//! What `archive-sys` says about libarchive, as data, and a C program that says the same from the
//! C headers of a release.
//!
//! The test `abi` compares both for every release whose headers are there. Two steps make the proof
//! whole: the C compiler confirms that each function has the C type that its Rust signature spells,
//! and each named type in such a signature has one size, alignment and sign on both sides.

mod program;
mod tables;
mod types;

pub use program::{program, read_output};
pub use tables::{CALLBACKS, CONSTANTS, FILE_TYPES, FUNCTIONS, addresses};
pub use types::{TypeFacts, types};

use std::ffi::CStr;

/// A function of the bindings.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// Its name in both languages.
    pub name: &'static str,
    /// The cfg of the release that brought it; `None` if all supported releases have it.
    pub since: Option<&'static str>,
    /// What its Rust signature makes of a pointer to it in C.
    pub c_type: &'static str,
}

/// A callback type of the bindings.
#[derive(Debug, Clone, Copy)]
pub struct Callback {
    /// Its name in both languages.
    pub name: &'static str,
    /// What its Rust definition makes of it in C, as a pointer.
    pub c_type: &'static str,
}

/// A constant of the bindings.
#[derive(Debug, Clone, Copy)]
pub struct Constant {
    /// Its name in both languages.
    pub name: &'static str,
    /// Its value in Rust.
    pub value: Value,
}

/// The value of a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// An integer.
    Number(i64),
    /// A string with its final NUL.
    Text(&'static [u8]),
}

impl Function {
    /// Whether a release of this number (3008009 for 3.8.9) has the function, as the bindings say.
    ///
    /// # Panics
    ///
    /// If the cfg is not of the form `archive_since_3_7_3`.
    #[must_use]
    pub fn is_in(&self, version: i64) -> bool {
        let Some(since) = self.since else {
            return true;
        };
        let mut number = 0;
        let release = since.strip_prefix("archive_since_").expect(since);
        for part in release.split('_') {
            number = number * 1000 + part.parse::<i64>().expect(since);
        }
        version >= number
    }
}

impl Value {
    /// As the C program prints it.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(bytes) => match CStr::from_bytes_with_nul(bytes) {
                Ok(text) => text.to_string_lossy().into_owned(),
                Err(error) => format!("no C string: {error}"),
            },
        }
    }
}
