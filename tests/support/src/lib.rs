//! What the tests, examples and tools of this workspace share; not for publication.
//!
//! Archives are written here through the raw bindings, so that tests of reading do not rest on the
//! crate that they test. Everything is for Unix: trees have links, modes and devices.

mod checksum;
mod child;
mod diff;
pub mod listing;
mod locale;
mod poll;
mod reference;
mod release;
pub mod samples;
pub mod sources;
pub mod tar;
mod traps;
mod tree;
pub mod world;

pub use crate::{
    checksum::crc32,
    child::{Finished, child_job, run_as_child},
    diff::{Compare, diff_trees, diff_trees_with},
    locale::Utf8Locale,
    poll::poll_some,
    reference::reference_archives,
    release::is_older_than,
    traps::set_traps,
    tree::make_tree,
};
