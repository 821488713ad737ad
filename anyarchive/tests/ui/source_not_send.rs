// error[E0277]
//! A reader can move to another thread, so its source has to be able to.

use std::{
    io::{self, Read},
    rc::Rc,
};

use anyarchive::Reader;

struct Source(Rc<[u8]>);

impl Read for Source {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(self.0.len() * 0)
    }
}

fn main() {
    let _ = Reader::from_reader(Source(Rc::new([]))); //~
}
