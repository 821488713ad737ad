//! Reads, unpacks and writes nearly every archive format: tar, ZIP, 7-Zip, RAR, ISO 9660, cpio and
//! more, with or without compression, on [libarchive](https://www.libarchive.org).
//!
//! [`Reader`] goes through the entries of an archive, [`Extractor`] unpacks one below a directory,
//! [`Writer`] makes one, [`Walk`] finds what is to be in it, and [`capabilities`] tells what the
//! libarchive in use can do. The module `future` reads from asynchronous sources and
//! writes into asynchronous sinks.
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
//! Extract one that a stranger sent. What was refused or failed is data:
//!
//! ```
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hello.cpio");
//! # let dir = tempfile::tempdir()?;
//! # let out = dir.path().join("out");
//! use anyarchive::{Extractor, Limits, Reader};
//!
//! let mut reader = Reader::open(path)?;
//! let report = Extractor::new().limits(Limits::server()).extract(&mut reader, &out)?;
//! for item in report.items() {
//!     eprintln!("{item}");
//! }
//! assert_eq!(std::fs::read(out.join("hello.txt"))?, b"hello\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
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
//! Create one of a directory, in the format and with the compression that the name tells:
//!
//! ```
//! # #[cfg(unix)] {
//! # let dir = tempfile::tempdir()?;
//! # let site = dir.path().join("site");
//! # std::fs::create_dir(&site)?;
//! # std::fs::write(site.join("index.html"), "<h1>Hello</h1>")?;
//! # let archive = dir.path().join("site.tar.gz");
//! use anyarchive::Writer;
//!
//! let mut writer = Writer::create(&archive)?;
//! writer.append_dir_all(&site)?;
//! writer.finish()?;
//! # assert!(std::fs::read(&archive)?.starts_with(b"\x1f\x8b"));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Stream from any reader into any writer, with all metadata, from one format to another:
//!
//! ```
//! # let socket = &include_bytes!("../tests/data/hello.cpio")[..];
//! # let sink = Vec::new();
//! use anyarchive::{Format, Reader, Writer};
//!
//! let mut reader = Reader::from_reader(socket)?;
//! let mut writer = Writer::builder(Format::Zip).to_writer(sink)?;
//! while let Some(mut entry) = reader.next_entry()? {
//!     writer.append_from(&mut entry)?;
//! }
//! let sink = writer.finish()?;
//! # assert!(sink.starts_with(b"PK"));
//! # Ok::<(), anyarchive::Error>(())
//! ```
//!
//! # What it promises
//!
//! No safe call, with any input and in any order, causes undefined behaviour, an abort, a hang or an
//! exit of the process. Panics and errors of your readers and writers come back to you whole, after the
//! C code has returned. Nothing in an archive can start a program: filters that need one are never
//! enabled. Names are right in any locale. Checksums that libarchive knows are compared before the last
//! byte of an entry is handed out. What a format cannot hold is refused before the first byte of the
//! entry is written.
//!
//! # Security of extraction
//!
//! Unless you say otherwise:
//!
//! | what | default | changed by |
//! | --- | --- | --- |
//! | paths with `..` | refused | no setting |
//! | absolute paths, drive letters | refused | [`Extractor::absolute_paths`] |
//! | links that lead out of the destination | refused; no link is followed in writing | [`Extractor::symlinks`], [`Extractor::hard_links`] |
//! | devices, named pipes, sockets | refused | [`Extractor::allow`] |
//! | setuid, setgid, sticky | dropped | [`Extractor::allow`] |
//! | owners | those of the process | [`Extractor::ownership`] |
//! | files that are there | replaced when the new one is whole | [`Extractor::existing`] |
//! | sizes, counts, ratio, depth, time | generous [`Limits`] | [`Extractor::limits`]; [`Limits::server`] is strict |
//!
//! Every name is looked up below one open directory, so nothing that others do to the tree meanwhile
//! leads out. Each refusal is an [`Item`] of the [`Report`] with its reason.
//!
//! # Features
//!
//! | feature | default | what it does |
//! | --- | --- | --- |
//! | `vendored` | on | builds the C library from the source in the package |
//! | `zlib-rs`, `zlib` | `zlib-rs` | deflate, in Rust or in C |
//! | `bzip2`, `lz4`, `xz`, `zstd` | on | codecs of the vendored build |
//! | `xz-threads`, `zstd-threads` | off | the same with threads |
//! | `parallel-deflate` | on | [`WriterBuilder::threads`] for gzip and ZIP, in Rust |
//! | `verify-gzip` | on | decodes gzip in Rust and compares its checksums, which libarchive does not |
//! | `crypto-rust`, `openssl` | `crypto-rust` | AES for ZIP, and digests |
//! | `static`, `dylib`, `dlopen` | off | how the library is linked, or loaded when it is first needed |
//! | `cmake`, `bindgen` | off | builds with cmake; makes the raw bindings anew |
//! | `tokio`, `futures` | off | the module `future`: reading from asynchronous sources, writing into asynchronous sinks |
//! | `serde` | off | metadata of entries as data |
//! | `time`, `jiff`, `camino` | off | times and paths of entries as types of these crates |
//! | `raw` | off | the module `raw`: the C objects behind entries, readers and writers |
//! | `no-linkage-note` | off | leaves out the note that names the native libraries |
//!
//! # Which libarchive
//!
//! | wanted | how |
//! | --- | --- |
//! | the one in the package, built by a C compiler alone | nothing to do |
//! | the system's, 3.6.2 or newer | `ARCHIVE_SYS_SYSTEM=1`, or default features off |
//! | one in a directory | `ARCHIVE_SYS_LIB_DIR` and `ARCHIVE_SYS_INCLUDE_DIR` |
//! | static or shared | `ARCHIVE_SYS_STATIC=1` or `0`; features `static`, `dylib` |
//! | none before it is needed | feature `dlopen`, and `ARCHIVE_SYS_DLOPEN=1` |
//!
//! [`linkage`] tells what was chosen and why. What a release lacks answers
//! [`ErrorKind::Unsupported`]; the API stays the same.
//!
//! # Versions
//!
//! Versions follow semantic versioning; the oldest Rust that works is raised in minor versions only.
//! Linux is tested. Other Unix systems should work; elsewhere extraction and walks answer
//! [`ErrorKind::Unsupported`].

#![deny(unsafe_code)]

mod capabilities;
mod convert;
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

#[cfg(feature = "raw")]
pub use crate::ffi::raw;
pub use crate::{
    capabilities::{Capabilities, LibraryVersion, capabilities},
    convert::{Convert, ConvertIssue, ConvertProgress, ConvertReport, Loss, convert},
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
    reader::{
        ArchiveEnd, Block, Decoder, EncryptionSupport, Entry, ReadOption, ReadReport, Reader,
        ReaderBuilder,
    },
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
