//! One list of functions, whatever the way of linking.
//!
//! Each line has a cfg that says in which releases the function is. The items that come out have
//! the same names and types in every mode and for every release, so code on top compiles unchanged;
//! a function that the release lacks ends the process, and `available` tells before.

/// Declares the functions of the list as items of the linked library.
#[cfg(not(archive_dlopen))]
macro_rules! functions {
    ($(
        $(#[$doc:meta])*
        [$since:meta] fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)?;
    )*) => {
        unsafe extern "C" {
            $($(#[$doc])* #[cfg($since)] pub fn $name($($arg: $ty),*) $(-> $ret)?;)*
        }

        $(
            $(#[$doc])*
            ///
            /// # Safety
            ///
            /// The linked release lacks it, and the process aborts: ask `available` before.
            #[cfg(not($since))]
            #[allow(unused_variables)]
            pub unsafe extern "C" fn $name($($arg: $ty),*) $(-> $ret)? {
                crate::loading::missing(stringify!($name))
            }
        )*

        /// Whether the library has a function, by its name: to be asked before a function is called
        /// that not every supported release has.
        pub mod available {
            $(
                #[doc = concat!("Whether `", stringify!($name), "` is there.")]
                #[must_use]
                pub fn $name() -> bool {
                    cfg!($since)
                }
            )*
        }
    };
}

/// Defines the functions of the list over a table that is filled when the library is loaded.
#[cfg(archive_dlopen)]
macro_rules! functions {
    ($(
        $(#[$doc:meta])*
        [$since:meta] fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)?;
    )*) => {
        /// Addresses of the functions; `None` for those that the loaded release lacks.
        pub(crate) struct Table {
            $($name: Option<unsafe extern "C" fn($($ty),*) $(-> $ret)?>,)*
        }

        impl Table {
            /// Looks every function up.
            ///
            /// # Safety
            ///
            /// What `symbol` answers for a name is the function of that name in libarchive.
            pub(crate) unsafe fn new(
                symbol: impl Fn(&core::ffi::CStr) -> Option<core::ptr::NonNull<c_void>>,
            ) -> Self {
                Self {
                    $($name: {
                        const NAME: &str = concat!(stringify!($name), "\0");
                        let name = core::ffi::CStr::from_bytes_with_nul(NAME.as_bytes());
                        // SAFETY: the address of a C function with this signature, as the caller
                        // promises; the signatures come from its headers and never changed.
                        name.ok().and_then(&symbol).map(|address| unsafe {
                            core::mem::transmute::<
                                core::ptr::NonNull<c_void>,
                                unsafe extern "C" fn($($ty),*) $(-> $ret)?,
                            >(address)
                        })
                    },)*
                }
            }
        }

        $(
            $(#[$doc])*
            ///
            /// # Safety
            ///
            /// As for the C function, and the library that was loaded has it; otherwise the
            /// process aborts.
            #[inline]
            pub unsafe extern "C" fn $name($($arg: $ty),*) $(-> $ret)? {
                match crate::loading::table().$name {
                    // SAFETY: the caller keeps the contract of the C function.
                    Some(function) => unsafe { function($($arg),*) },
                    None => crate::loading::missing(stringify!($name)),
                }
            }
        )*

        /// Whether the loaded library has a function, by its name: to be asked before a function is
        /// called that not every supported release has. `false` when no library can be loaded.
        pub mod available {
            $(
                #[doc = concat!("Whether `", stringify!($name), "` is there.")]
                #[must_use]
                pub fn $name() -> bool {
                    crate::loading::load().is_ok() && crate::loading::table().$name.is_some()
                }
            )*
        }
    };
}

pub(crate) use functions;
