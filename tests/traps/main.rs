//! Traps of libarchive that no safe call can reach, one test each.
//!
//! The documentation of each test begins with the section of the contract paper that tells of the trap:
//! 2 is ownership, 3 callbacks, 4 threads and locale, 5.4 what ends the process, 6 traps of single calls.

mod acl;
mod disk;
mod entry;
mod matcher;
mod pax;
mod rar5;
mod reader;
mod resolver;
mod writer;
