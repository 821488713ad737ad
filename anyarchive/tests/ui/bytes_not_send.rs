// error[E0277]
//! The same for bytes in memory.

use std::rc::Rc;

use anyarchive::Reader;

fn main() {
    let bytes: Rc<[u8]> = Rc::new([]);
    let _ = Reader::from_bytes(bytes); //~
}
