// error: lifetime may not live long enough
//! The lifetime of a reader cannot grow.

use anyarchive::Reader;

fn keep(reader: Reader<'_>) -> Reader<'static> {
    reader //~
}

fn main() {
    let _ = keep;
}
