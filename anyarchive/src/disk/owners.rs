//! Names of owners and groups, each asked for once.

use std::collections::HashMap;

use crate::{Result, ffi::read_disk::Lookup};

#[derive(Debug)]
pub(super) struct Owners {
    lookup: Lookup,
    users: HashMap<u32, Option<Vec<u8>>>,
    groups: HashMap<u32, Option<Vec<u8>>>,
}

impl Owners {
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            lookup: Lookup::new()?,
            users: HashMap::new(),
            groups: HashMap::new(),
        })
    }

    pub(super) fn user(&mut self, uid: u32) -> Option<&[u8]> {
        let lookup = &mut self.lookup;
        let name = self
            .users
            .entry(uid)
            .or_insert_with(|| lookup.uname(uid.into()));
        name.as_deref()
    }

    pub(super) fn group(&mut self, gid: u32) -> Option<&[u8]> {
        let lookup = &mut self.lookup;
        let name = self
            .groups
            .entry(gid)
            .or_insert_with(|| lookup.gname(gid.into()));
        name.as_deref()
    }
}
