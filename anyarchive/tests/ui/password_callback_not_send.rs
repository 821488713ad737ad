// error[E0277]
//! A reader asks from whichever thread it is on.

use std::rc::Rc;

use anyarchive::{Password, Reader};

fn main() {
    let word = Rc::new(String::from("secret"));
    let _ = Reader::builder().passwords_from(move |_| Password::new(word.as_bytes()).ok()); //~
}
