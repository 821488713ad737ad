// compiles
//! The right way with raw pointers.

use anyarchive::{
    EntryBuf,
    raw::{AsRaw as _, IntoRaw as _},
};

fn main() {
    let entry = EntryBuf::file("a", 0).unwrap();
    println!("{:?}", entry.as_ptr());
    let raw = entry.into_raw();
    // SAFETY: it comes from `into_raw`.
    let entry = unsafe { EntryBuf::from_raw(raw) };
    println!("{entry:?}");
}
