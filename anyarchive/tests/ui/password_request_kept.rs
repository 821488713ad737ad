// error[E0521]
//! What C tells of an entry is gone after the answer.

use std::sync::mpsc;

use anyarchive::Reader;

fn main() {
    let (sender, receiver) = mpsc::channel::<&'static [u8]>();
    let _ = Reader::builder().passwords_from(move |request| {
        sender.send(request.entry_bytes()).unwrap(); //~
        None
    });
    println!("{:?}", receiver.recv());
}
