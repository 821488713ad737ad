// error[E0277]
//! Only types of the crate have C objects.

use anyarchive::raw::{AsRaw, sys};

struct Mine;

impl AsRaw for Mine { //~
    type Raw = sys::archive;

    fn as_ptr(&self) -> *mut sys::archive {
        std::ptr::null_mut()
    }
}

fn main() {
    let _ = Mine;
}
