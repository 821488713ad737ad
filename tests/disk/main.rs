//! Directories to entries and back: C's own ways.

mod ahead;
mod append;
mod read_disk;
mod write_disk;
