//! A UTF-8 locale of this thread, for as long as a guard lives.
//!
//! Test programs run in the "C" locale like every Rust program, and there libarchive can neither
//! write nor read names outside ASCII in the formats that store UTF-8 or UTF-16.

use std::{marker::PhantomData, ptr};

/// While it lives, C code on this thread converts names as UTF-8.
///
/// Guards are to be dropped in the reverse order of their making.
#[derive(Debug)]
pub struct Utf8Locale {
    ours: libc::locale_t,
    replaced: libc::locale_t,
    _not_send: PhantomData<*mut ()>,
}

impl Utf8Locale {
    /// Switches the thread over.
    ///
    /// # Panics
    ///
    /// When the system has no UTF-8 locale: the tests mean nothing then.
    #[must_use]
    pub fn enter() -> Self {
        let ours = [c"C.UTF-8", c"C.utf8", c"UTF-8", c"en_US.UTF-8"]
            .into_iter()
            .map(|name| {
                // SAFETY: a valid category mask, a terminated name, and no base locale.
                unsafe { libc::newlocale(libc::LC_CTYPE_MASK, name.as_ptr(), ptr::null_mut()) }
            })
            .find(|locale| !locale.is_null())
            .expect("this system has no UTF-8 locale (C.UTF-8)");
        Self {
            ours,
            // SAFETY: `ours` was just made and is freed only after it is out of use.
            replaced: unsafe { libc::uselocale(ours) },
            _not_send: PhantomData,
        }
    }
}

impl Drop for Utf8Locale {
    fn drop(&mut self) {
        // SAFETY: what uselocale returned on this thread when the guard was made.
        unsafe { libc::uselocale(self.replaced) };
        // SAFETY: made by newlocale, and no longer the locale of this thread.
        unsafe { libc::freelocale(self.ours) };
    }
}
