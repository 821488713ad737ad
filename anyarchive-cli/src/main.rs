//! `anyarchive`: lists, extracts, shows, tests, creates and converts archives of nearly every format.

#![forbid(unsafe_code)]

mod cmd;
mod exit;
mod explain;
mod flags;
mod input;
mod json;
mod long;
mod messages;
mod new_archive;
mod output;
mod password;
mod progress;
mod selection;
mod sink;
mod walk;

use std::process::ExitCode;

use clap::Parser;

use crate::{exit::Exit, flags::Cli, messages::Messages};

fn main() -> ExitCode {
    run().into()
}

fn run() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return flags::show(&error),
    };
    let label = match cli.command.archive() {
        None => String::new(),
        Some(path) if cli.command.is_writing() => sink::label(path),
        Some(path) => input::label(path),
    };
    let messages = Messages::new(&label, cli.command.is_strict());
    let result = cmd::run(&cli, &messages);
    progress::clear(&messages);
    messages.finish(result)
}
