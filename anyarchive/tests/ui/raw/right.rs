// compiles
//! Looking at the C object, and giving it away; the way back is in the documentation of `IntoRaw`.

use anyarchive::{
    EntryBuf,
    raw::{AsRaw as _, IntoRaw as _},
};

fn main() {
    let entry = EntryBuf::file("a", 0).unwrap();
    println!("{:?}", entry.as_ptr());
    println!("{:?}", entry.into_raw());
}
