// error[E0599]
//! Callbacks of a reader are freed with it, not with the handle of C.

use anyarchive::{Reader, raw::IntoRaw as _};

fn main() {
    let reader = Reader::from_bytes("").unwrap();
    let _ = reader.into_raw(); //~
}
