//! The C interface of `anyarchive`; `include/anyarchive.h` is its header.
//!
//! Rules that hold everywhere here:
//!
//! - Every function runs in a [`guard`](panic): a panic becomes a status, and the handle that it
//!   happened in is of no more use.
//! - A handle knows whether it is alive and whether it is in use, so a call from its own callback, or
//!   from a second thread at the same time, is answered with a status and does nothing.
//! - Results are written through pointers, and only on success; a new handle's pointer is NULL else.
//! - What a callback says is believed only if it also wrote a count that is possible.

#![allow(non_camel_case_types)] // the names that C sees

#[cfg(panic = "abort")]
compile_error!("anyarchive-capi contains panics, so it needs panic = \"unwind\"");

mod callback;
mod entry;
mod entry_set;
mod error;
mod extract;
mod handle;
mod info;
mod limits;
mod panic;
mod reader;
mod settings;
mod status;
mod text;
mod writer;
mod writer_settings;

pub use self::{
    callback::*, entry::*, entry_set::*, error::*, extract::*, info::*, limits::*, reader::*,
    settings::*, status::*, writer::*, writer_settings::*,
};
