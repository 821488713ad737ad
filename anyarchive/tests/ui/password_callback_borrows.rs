// error[E0373]
//! Settings outlive the function that they were made in.

use anyarchive::{Password, Reader, ReaderBuilder};

fn settings(word: String) -> ReaderBuilder {
    Reader::builder().passwords_from(|_| Password::new(word.as_bytes()).ok()) //~
}

fn main() {
    let _ = settings;
}
