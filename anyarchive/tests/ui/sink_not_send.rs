// error[E0277]
//! A writer can move to another thread, so its sink has to be able to.

use std::{
    io::{self, Write},
    rc::Rc,
};

use anyarchive::{Format, Writer};

struct Sink(Rc<()>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn main() {
    let _ = Writer::builder(Format::Tar).to_writer(Sink(Rc::new(()))); //~
}
