//! The program as its users see it: output, messages, exit codes.
//!
//! For Unix, like the archives that these tests make: they hold links, modes and odd names.
#![cfg(unix)]

mod bad_input;
mod cat;
mod convert;
mod create;
mod extract;
mod extract_limits;
mod extract_policies;
mod help;
mod info;
mod list;
mod password;
mod selection;
mod support;
mod terminal;
mod verify;
