//! Reads and unpacks nearly every archive format: tar, ZIP, 7-Zip, RAR, ISO 9660, cpio and more,
//! with or without compression, on [libarchive](https://www.libarchive.org).
//!
//! # Five tasks
//!
//! List an archive, whatever its format and compression are:
//!
//! ```
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio");
//! use anyarchive::Reader;
//!
//! let mut reader = Reader::open(path)?;
//! while let Some(entry) = reader.next_entry()? {
//!     println!("{:?} {:?}", entry.path(), entry.size());
//! }
//! # Ok::<(), anyarchive::Error>(())
//! ```
//!
//! Read one file out of it:
//!
//! ```
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio");
//! use anyarchive::Reader;
//!
//! let mut reader = Reader::open(path)?;
//! let data = match reader.find("hello.txt")? {
//!     Some(mut entry) => entry.read_to_vec()?,
//!     None => Vec::new(),
//! };
//! assert_eq!(data, b"hello\n");
//! # Ok::<(), anyarchive::Error>(())
//! ```
//!
//! Stream from any reader, without a copy of the data. What lies between two blocks is a hole:
//!
//! ```
//! # let socket = &include_bytes!("../tests/data/hello.cpio")[..];
//! use anyarchive::Reader;
//!
//! let mut reader = Reader::from_reader(socket)?;
//! while let Some(mut entry) = reader.next_entry()? {
//!     while let Some(block) = entry.next_block()? {
//!         println!("{} bytes at {}", block.len(), block.offset());
//!     }
//! }
//! # Ok::<(), anyarchive::Error>(())
//! ```
//!
//! Go on after a damaged entry, and stop at what cannot go on:
//!
//! ```
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio");
//! use anyarchive::Reader;
//!
//! let mut reader = Reader::open(path)?;
//! loop {
//!     match reader.next_entry() {
//!         Ok(Some(entry)) => println!("{:?}", entry.path()),
//!         Ok(None) => break,
//!         Err(error) if error.is_recoverable() => eprintln!("lost an entry: {error}"),
//!         Err(error) => return Err(error),
//!     }
//! }
//! # Ok::<(), anyarchive::Error>(())
//! ```
//!
//! # What it promises
//!
//! No safe call, with any input and in any order, causes undefined behaviour, an abort, a hang or an
//! exit of the process. Panics and errors of your readers come back to you whole, after the C code has
//! returned. Nothing in an archive can start a program: filters that need one are never enabled.
//! Names are right in any locale. Checksums that libarchive knows are compared before the last byte
//! of an entry is handed out.
//!
//! # Which libarchive
//!
//! By default the one that comes with `archive-sys`, built with a C compiler alone. The variable
//! `ARCHIVE_SYS_SYSTEM=1`, or default features off, takes the system's, 3.6.2 or newer. What a release
//! lacks answers [`ErrorKind::Unsupported`]; the API stays the same.
//!
//! | feature | default | what it does |
//! | --- | --- | --- |
//! | `vendored` | on | builds the C library from the source in the package |
//! | `dlopen` | off | links nothing; loads the library when it is first needed |
//! | `zlib-rs`, `zlib` | `zlib-rs` | deflate, in Rust or in C |
//! | `bzip2`, `lz4`, `xz`, `zstd` | on | codecs of the vendored build |
//! | `xz-threads`, `zstd-threads` | off | the same with threads |
//! | `crypto-rust` | on | AES for ZIP, and digests |
//! | `serde` | off | metadata of entries as data |
//! | `time`, `jiff`, `camino` | off | times and paths of entries as types of these crates |
//!
//! Versions follow semantic versioning; the oldest Rust that works is raised in minor versions only.

#![deny(unsafe_code)]

mod capabilities;
mod disk;
mod entry;
mod error;
mod extract;
mod ffi;
mod filter;
mod format;
#[cfg(any(feature = "tokio", feature = "futures"))]
pub mod future;
mod linkage;
mod matcher;
mod password;
mod reader;
mod version;
mod writer;

pub use crate::{
    capabilities::{Capabilities, LibraryVersion, capabilities},
    disk::{
        FollowSymlinks, ReadDisk, ReadDiskBehavior, ReadDiskBuilder, ReadDiskEntry, WalkBuilder,
        WriteDisk, WriteDiskFile, WriteDiskFlags, WriteDiskStart,
    },
    entry::{
        AclEntry, AclKind, AclPermissions, AclTag, DigestKind, EntryBuf, EntryRef, FileType,
        LinkResolver, LinkStrategy, SymlinkType, Timestamp, Xattr,
    },
    error::{Error, ErrorKind, Result},
    extract::{
        AbsolutePaths, Allow, CancelToken, Duplicates, Existing, Extractor, Flow, HardLinks, Item,
        Limit, Limits, Outcome, Ownership, PathRules, Permissions, Progress, Refusal, Report,
        Restore, Skip, Symlinks,
    },
    filter::Filter,
    format::Format,
    linkage::{Linkage, LinkedLibrary, linkage},
    matcher::{Matcher, PatternSeparator, TimeField, TimeOrder},
    password::{Password, PasswordRequest},
    reader::{Block, Decoder, EncryptionSupport, Entry, ReadOption, Reader, ReaderBuilder},
    version::{version_number, version_string},
    writer::{
        Compression, EntryWriter, MetadataFields, WriteFilter, WriteFormat, Writer, WriterBuilder,
        ZipEncryption,
    },
};
#[cfg(unix)]
pub use crate::{
    disk::{DataChange, DiskData, DiskEntry, Walk},
    writer::{AppendProgress, AppendReport},
};

/// Compiles the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
