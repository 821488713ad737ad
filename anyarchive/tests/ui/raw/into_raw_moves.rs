// error[E0382]
//! Whoever has the pointer frees the entry.

use anyarchive::{EntryBuf, raw::IntoRaw as _};

fn main() {
    let entry = EntryBuf::file("a", 0).unwrap();
    let raw = entry.into_raw();
    println!("{raw:?} {entry:?}"); //~
}
