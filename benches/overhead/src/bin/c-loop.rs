//! The program in `loop.c`, linked with the library that archive-sys built.

#![no_main]

use archive_sys as _;
