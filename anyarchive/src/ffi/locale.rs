//! A UTF-8 locale for the time of one C call.
//!
//! A Rust process runs in the "C" locale unless somebody calls `setlocale`, and there libarchive
//! loses every name that is stored as UTF-8 or UTF-16. Each call that converts names therefore
//! runs under a locale of this thread alone, and user code called back from C runs under the
//! caller's again. The guard never outlives the call: a guard kept in an object could leave the
//! thread on a wrong locale when two objects are dropped in the other order.

#[cfg(unix)]
mod imp {
    use std::{cell::Cell, marker::PhantomData, ptr, sync::OnceLock};

    use libc::locale_t;

    thread_local! {
        /// The locale that the innermost guard of this thread replaced.
        static OUTER: Cell<locale_t> = const { Cell::new(ptr::null_mut()) };
    }

    struct Handle(locale_t);
    // SAFETY: a locale object is immutable after newlocale, and ours is never freed.
    unsafe impl Send for Handle {}
    // SAFETY: as above; uselocale may use one object on any number of threads (POSIX.1-2008).
    unsafe impl Sync for Handle {}

    /// The process-wide UTF-8 locale object, or `None` where the system has no such locale.
    fn utf8() -> Option<locale_t> {
        static LOCALE: OnceLock<Option<Handle>> = OnceLock::new();
        LOCALE
            .get_or_init(|| {
                [c"C.UTF-8", c"C.utf8", c"UTF-8", c"en_US.UTF-8"]
                    .into_iter()
                    .find_map(|name| {
                        // SAFETY: a valid category mask, a terminated name, and no base locale.
                        let new = unsafe {
                            libc::newlocale(libc::LC_CTYPE_MASK, name.as_ptr(), ptr::null_mut())
                        };
                        (!new.is_null()).then_some(Handle(new))
                    })
            })
            .as_ref()
            .map(|handle| handle.0)
    }

    /// While it lives, this thread converts names as UTF-8.
    #[derive(Debug)]
    pub(crate) struct Utf8Locale {
        replaced: locale_t,
        outer: locale_t,
        // The guard belongs to the thread that made it.
        _not_send: PhantomData<*mut ()>,
    }

    impl Utf8Locale {
        pub(crate) fn enter() -> Self {
            let replaced = utf8().map_or(ptr::null_mut(), |locale| {
                // SAFETY: `locale` came from newlocale and is never freed.
                unsafe { libc::uselocale(locale) }
            });
            Self {
                replaced,
                outer: OUTER.replace(replaced),
                _not_send: PhantomData,
            }
        }
    }

    impl Drop for Utf8Locale {
        fn drop(&mut self) {
            OUTER.set(self.outer);
            if !self.replaced.is_null() {
                // SAFETY: the value that uselocale returned on this thread when the guard was made.
                unsafe { libc::uselocale(self.replaced) };
            }
        }
    }

    /// While it lives, the caller's locale is back: for user code inside a callback.
    pub(crate) struct CallersLocale(locale_t);

    impl CallersLocale {
        pub(crate) fn restore() -> Self {
            let outer = OUTER.get();
            if outer.is_null() {
                return Self(ptr::null_mut());
            }
            // SAFETY: `outer` is what uselocale returned when the enclosing guard was made.
            Self(unsafe { libc::uselocale(outer) })
        }
    }

    impl Drop for CallersLocale {
        fn drop(&mut self) {
            if !self.0.is_null() {
                // SAFETY: the value that uselocale returned on this thread in `restore`.
                unsafe { libc::uselocale(self.0) };
            }
        }
    }
}

#[cfg(not(unix))]
mod imp {
    /// Names go through the wide functions on these targets; there is nothing to switch.
    #[derive(Debug)]
    pub(crate) struct Utf8Locale;

    impl Utf8Locale {
        pub(crate) fn enter() -> Self {
            Self
        }
    }

    /// See [`Utf8Locale`].
    pub(crate) struct CallersLocale;

    impl CallersLocale {
        pub(crate) fn restore() -> Self {
            Self
        }
    }
}

pub(crate) use imp::{CallersLocale, Utf8Locale};

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{ffi::CStr, ptr};

    use super::*;

    fn codeset() -> String {
        // SAFETY: CODESET is a valid item; the answer is a terminated string, copied at once.
        let name = unsafe { libc::nl_langinfo(libc::CODESET) };
        // SAFETY: see above.
        unsafe { CStr::from_ptr(name) }
            .to_string_lossy()
            .into_owned()
    }

    fn current() -> libc::locale_t {
        // SAFETY: NULL asks without changing anything.
        unsafe { libc::uselocale(ptr::null_mut()) }
    }

    #[test]
    fn guard_is_utf8_inside_and_gone_outside() {
        let before = current();
        {
            let _utf8 = Utf8Locale::enter();
            assert_eq!(codeset(), "UTF-8");
            {
                let _user = CallersLocale::restore();
                assert_eq!(current(), before);
                let _nested = Utf8Locale::enter();
                assert_eq!(codeset(), "UTF-8");
            }
            assert_eq!(codeset(), "UTF-8");
        }
        assert_eq!(current(), before);
    }

    #[test]
    fn a_panic_in_user_code_leaves_the_callers_locale() {
        let before = current();
        let caught = std::panic::catch_unwind(|| {
            let _utf8 = Utf8Locale::enter();
            let _user = CallersLocale::restore();
            panic!("user code");
        });
        assert!(caught.is_err());
        assert_eq!(current(), before);
    }
}
