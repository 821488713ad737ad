// error[E0133]
//! Nobody but the caller knows whose the pointer is.

use anyarchive::{EntryBuf, raw::IntoRaw as _};

fn main() {
    let raw = EntryBuf::file("a", 0).unwrap().into_raw();
    let _ = EntryBuf::from_raw(raw); //~
}
