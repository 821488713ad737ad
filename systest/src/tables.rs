//! The bindings as tables, written by the build script.

use crate::{Callback, Constant, Function, Value};

include!(concat!(env!("OUT_DIR"), "/tables.rs"));

macro_rules! file_types {
    ($($name:ident)*) => {
        [$(Constant {
            name: stringify!($name),
            value: Value::Number(archive_sys::$name as i64),
        },)*]
    };
}

/// The constants that are written by hand, because they are casts in C.
pub const FILE_TYPES: [Constant; 8] = file_types! {
    AE_IFMT AE_IFREG AE_IFLNK AE_IFSOCK AE_IFCHR AE_IFBLK AE_IFDIR AE_IFIFO
};
