//! Safe, fast reading and extraction of nearly every archive format, on libarchive.

#![deny(unsafe_code)]

mod entry;
mod error;
mod ffi;
mod filter;
mod format;
mod password;
mod reader;
mod version;

pub use crate::{
    entry::{
        AclEntry, AclKind, AclPermissions, AclTag, DigestKind, EntryRef, FileType, Timestamp, Xattr,
    },
    error::{Error, ErrorKind, Result},
    filter::Filter,
    format::Format,
    password::Password,
    reader::{Block, Entry, Reader, ReaderBuilder},
    version::{version_number, version_string},
};
