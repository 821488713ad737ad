//! Writing: what comes back is what went in, what cannot be written is refused before its first byte,
//! and no sink, however bad, harms more than its own archive.

mod quirks;
mod refusals;
mod reproducible;
mod round_trip;
mod sinks;
mod sizes;
mod threads;
mod transfer;
mod world;
mod zip_threads;
