//! The commands, one file each.

mod capabilities;
mod cat;
mod convert;
mod create;
mod extract;
mod info;
mod linkage;
mod list;
mod test;

use crate::{
    exit::Failure,
    flags::{Cli, Command},
    messages::Messages,
};

pub(crate) use linkage::version;

/// Runs the command; problems of the archive are told, an `Err` is what ended the run early.
pub(crate) fn run(cli: &Cli, messages: &Messages) -> Result<(), Failure> {
    let global = &cli.global;
    match &cli.command {
        Command::List(args) => list::run(args, global, messages),
        Command::Extract(args) => extract::run(args, global, messages),
        Command::Convert(args) => convert::run(args, global, messages),
        Command::Cat(args) => cat::run(args, global, messages),
        Command::Create(args) => create::run(args, global, messages),
        Command::Info(args) => info::run(args, global, messages),
        Command::Test(args) => test::run(args, global, messages),
    }
}

/// `1 entry`, `2 entries`.
fn count(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
