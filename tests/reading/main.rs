//! What a reader does beyond listing entries: single streams, volumes, passwords, options, reports.

mod decode;
mod options;
mod passwords;
mod volumes;
