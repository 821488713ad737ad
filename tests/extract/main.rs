//! Extraction: what is safe is on disk as the archive has it, the rest is in the report, and nothing
//! outside the destination changes.
#![cfg(unix)]

mod dry_run;
mod existing;
mod failures;
#[cfg(target_os = "linux")]
mod full_disk;
mod hostile;
mod limits;
mod links;
#[cfg(target_os = "linux")]
mod memory;
mod metadata;
mod ordinary;
mod policies;
#[cfg(target_os = "linux")]
mod system_calls;
mod threads;
mod umask;
#[cfg(target_os = "linux")]
mod without_openat2;
