//! What a reader does beyond listing entries: single streams, volumes, passwords, limits, reports.

mod decode;
mod volumes;
