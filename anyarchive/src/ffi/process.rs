//! One call at a time where C changes what belongs to the whole process.
//!
//! C's disk reader changes the working directory while it looks at a file, and keeps pointers in
//! static variables; its disk writer sets the umask to 0 and back in each header, and changes the
//! working directory for long paths. Two of them at once could leave the process with the umask or the
//! directory of the other, or use a pointer of the other.

use std::sync::{Mutex, MutexGuard, PoisonError};

static PROCESS: Mutex<()> = Mutex::new(());

/// While it lives, no other disk reader or writer of this crate is in C.
pub(super) fn lock() -> MutexGuard<'static, ()> {
    // It guards no data that a panic could have left half changed.
    PROCESS.lock().unwrap_or_else(PoisonError::into_inner)
}
