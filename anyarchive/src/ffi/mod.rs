//! The thin layer over the C functions: the only place of this crate with `unsafe` code.
//!
//! One struct per C object, one method per C function, no policy. SAFETY comments cite these
//! invariants:
//!
//! - **I1, live handle.** The pointer in a handle struct is non-null, came from the matching
//!   `archive_*_new`, is owned by that struct alone, and is freed once, in its `Drop`.
//! - **I2, one call at a time.** Calls that change a handle or what it lent take `&mut self`.
//!   Handles are `Send` but not `Sync`, so no two calls overlap on one handle.
//! - **I3, callback state.** The state that C gets as `client_data` is a heap allocation that only
//!   a raw pointer owns (no `Box` that moves could invalidate it). It is freed after the handle, so
//!   no callback can see it freed, and Rust touches it only while no C call is running.
//! - **I4, results.** A pointer from C is checked for NULL, then either copied at once or lent for
//!   no longer than the borrow of the object whose next change could invalidate it.
//! - **I5, arguments.** Strings given to C are `CStr`s that live for the call; C copies them.
//! - **I6, callbacks.** C runs a callback only inside a call on its handle, on the calling thread,
//!   and passes the `client_data` of I3 back unchanged.
//! - **I7, entries.** An `&EntryRef` is a non-null `struct archive_entry *` that lives as long as
//!   the reference. Its getters write caches behind the pointer, so `EntryRef` is neither `Send`
//!   nor `Sync`; they never move text that another getter lent.
//! - **I8, owned entries.** The pointer in an `EntryBuf` is non-null, came from `archive_entry_new` or
//!   `archive_entry_clone`, refers to no handle, is owned by that struct alone and freed once, in its
//!   `Drop`. Calls that change the entry take `&mut EntryBuf`, so that nothing is lent meanwhile.

#![allow(unsafe_code)]

pub(crate) mod callbacks;
pub(crate) mod cstr;
pub(crate) mod entry;
pub(crate) mod entry_buf;
pub(crate) mod entry_lists;
mod failure;
pub(crate) mod filters;
pub(crate) mod linkify;
mod locale;
#[cfg(unix)]
pub(crate) mod lookup;
pub(crate) mod match_;
mod process;
#[cfg(feature = "raw")]
pub mod raw;
pub(crate) mod read;
pub(crate) mod read_disk;
mod status;
pub(crate) mod version;
pub(crate) mod write;
pub(crate) mod write_disk;

pub(crate) use status::Status;
