// error[E0277]
//! Extraction tells from whichever thread it is on.

use std::{cell::Cell, rc::Rc};

use anyarchive::{Extractor, Flow};

fn main() {
    let count = Rc::new(Cell::new(0));
    let _ = Extractor::new().on_progress(move |_| { //~
        count.set(count.get() + 1);
        Flow::Continue
    });
}
