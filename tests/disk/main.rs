//! Directories to entries and back: C's own ways.

mod append;
mod read_disk;
mod write_disk;
