//! One list of functions, whatever the way of linking.

/// Declares the functions of the list as items of the linked library.
macro_rules! functions {
    ($($(#[$attr:meta])* fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)?;)*) => {
        unsafe extern "C" {
            $($(#[$attr])* pub fn $name($($arg: $ty),*) $(-> $ret)?;)*
        }
    };
}
pub(crate) use functions;
