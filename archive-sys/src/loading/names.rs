//! Usual names of the shared library, the preferred one first: the sonames of autotools builds and
//! of the cmake builds of some releases. The build script reads this file too.

// Each target uses one of them.
#![allow(dead_code)]

pub(crate) const ELF: &[&str] = &[
    "libarchive.so.13",
    "libarchive.so.20",
    "libarchive.so.19",
    "libarchive.so",
];

pub(crate) const APPLE: &[&str] = &[
    "/opt/homebrew/opt/libarchive/lib/libarchive.13.dylib",
    "/usr/local/opt/libarchive/lib/libarchive.13.dylib",
    "libarchive.13.dylib",
    "libarchive.dylib",
];

pub(crate) const WINDOWS: &[&str] = &["archive.dll", "libarchive-13.dll", "libarchive.dll"];
