//! Whether there is a standard output at all.

use std::io;

/// An error when the program was started without a standard output.
///
/// Rust puts the null device in its place before `main`, where all that is written is lost.
pub(crate) fn check() -> io::Result<()> {
    #[cfg(unix)]
    if on_unix::WAS_CLOSED.load(std::sync::atomic::Ordering::Relaxed) {
        return Err(rustix::io::Errno::BADF.into());
    }
    Ok(())
}

#[cfg(unix)]
mod on_unix {
    use std::sync::atomic::{AtomicBool, Ordering};

    pub(super) static WAS_CLOSED: AtomicBool = AtomicBool::new(false);

    // SAFETY: runs before `main`, and so uses nothing of `std` but an atomic, and nothing that
    // allocates or can panic: one system call.
    ctor::declarative::ctor! {
        #[ctor(unsafe)]
        fn look() {
            let found = rustix::io::fcntl_getfd(rustix::stdio::stdout());
            WAS_CLOSED.store(found == Err(rustix::io::Errno::BADF), Ordering::Relaxed);
        }
    }
}
