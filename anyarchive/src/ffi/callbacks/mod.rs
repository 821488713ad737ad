//! The functions that C calls back, each with the state it works on.

pub(crate) mod password;
pub(crate) mod read;
pub(crate) mod write;
