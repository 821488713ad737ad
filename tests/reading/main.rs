//! What a reader does beyond listing entries: single streams, volumes, passwords, options, reports.

mod data;
mod decode;
mod decoder_memory;
mod gzip;
mod local_times;
mod options;
mod passwords;
mod report;
mod volumes;
