//! Where passwords come from: a file, the environment, a person at a terminal. Never an argument,
//! which every other user of the machine could read.

use std::{
    env,
    fs::File,
    io::{self, IsTerminal, Read},
    path::Path,
};

use anyarchive::{Format, Password};
use zeroize::Zeroizing;

use crate::{
    exit::Failure,
    input::Input,
    messages::Messages,
    output::{io_text, visible_name},
};

/// The environment variable with the password.
pub(crate) const VARIABLE: &str = "ANYARCHIVE_PASSWORD";

/// Longest password in bytes: more than any format takes.
const MAX_LEN: u64 = 64 * 1024;

/// The password that was given, if one was.
pub(crate) fn given(file: Option<&Path>) -> Result<Option<Password>, Failure> {
    if let Some(path) = file {
        return from_file(path).map(Some);
    }
    match env::var_os(VARIABLE) {
        Some(text) if !text.is_empty() => Password::new(text.into_encoded_bytes())
            .map(Some)
            .map_err(|error| Failure::Other(format!("{VARIABLE}: {}", error.message()))),
        _ => Ok(None),
    }
}

/// The password that was given or, when an entry needs one and nobody gave it, one that is asked
/// for. Looks through the entries for that, so it asks before anything is written.
pub(crate) fn given_or_asked(
    file: Option<&Path>,
    input: &Input,
    messages: &Messages,
) -> Result<Option<Password>, Failure> {
    let given = given(file)?;
    if given.is_none() && can_ask(input) && needed(input) {
        return ask(messages);
    }
    Ok(given)
}

/// Whether there is somebody to ask, and a way to use the answer.
pub(crate) fn can_ask(input: &Input) -> bool {
    io::stderr().is_terminal() && input.can_reopen()
}

/// Asks on the terminal; `None` when there is none after all, or no answer.
pub(crate) fn ask(messages: &Messages) -> Result<Option<Password>, Failure> {
    let prompt = format!("Password for {}: ", messages.archive());
    // Without a terminal to ask on, the entry's own error says that a password is missing.
    let Ok(answer) = rpassword::prompt_password(prompt) else {
        return Ok(None);
    };
    if answer.is_empty() {
        return Ok(None);
    }
    Password::new(answer)
        .map(Some)
        .map_err(|error| Failure::Other(error.message().to_owned()))
}

/// The password for the archive `name` that is to be written: the one that was given with `flag` or in
/// the environment, or one that is typed twice.
pub(crate) fn for_new(file: Option<&Path>, flag: &str, name: &str) -> Result<Password, Failure> {
    if let Some(password) = given(file)? {
        return Ok(password);
    }
    let missing = || {
        Failure::Usage(format!(
            "--encrypt needs a password: give it with {flag} FILE, in {VARIABLE}, or when \
             asked on a terminal"
        ))
    };
    if !io::stderr().is_terminal() {
        return Err(missing());
    }
    let prompt = |what: &str| {
        rpassword::prompt_password(format!("{what} for {name}: "))
            .map(Zeroizing::new)
            .map_err(|_| missing())
    };
    let (first, second) = (prompt("New password")?, prompt("Once more the password")?);
    if first.is_empty() {
        return Err(missing());
    }
    if first != second {
        return Err(Failure::Other("the two passwords differ".into()));
    }
    Password::new(first.as_str()).map_err(|error| Failure::Other(error.message().to_owned()))
}

/// Whether a password is in the environment.
pub(crate) fn is_in_environment() -> bool {
    env::var_os(VARIABLE).is_some_and(|text| !text.is_empty())
}

/// Whether an entry is encrypted in a way that a password can open.
fn needed(input: &Input) -> bool {
    // What is wrong with the archive is told when it is read for good.
    let Ok(mut reader) = input.open(None) else {
        return false;
    };
    loop {
        let encrypted = match reader.next_entry() {
            Ok(Some(entry)) => entry.is_encrypted(),
            Err(error) if error.is_recoverable() => false,
            Ok(None) | Err(_) => return false,
        };
        // libarchive decrypts no other format, and looking through a tar can take minutes.
        if reader.format() != Some(Format::Zip) {
            return false;
        }
        if encrypted {
            return true;
        }
    }
}

/// The whole file but one line end.
fn from_file(path: &Path) -> Result<Password, Failure> {
    let name = visible_name(path.as_os_str().as_encoded_bytes());
    let cannot = |error: io::Error| {
        Failure::Other(format!(
            "{name}: cannot read the password: {}",
            io_text(&error)
        ))
    };
    // Of this size from the start: growing would leave copies in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_LEN as usize + 2));
    let file = File::open(path).map_err(cannot)?;
    file.take(MAX_LEN + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    if bytes.len() as u64 > MAX_LEN {
        return Err(Failure::Other(format!(
            "{name}: this is too long for a password"
        )));
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    Password::new(bytes.as_slice())
        .map_err(|error| Failure::Other(format!("{name}: {}", error.message())))
}
