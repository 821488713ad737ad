//! What is in the air, and what is told when it has come down.

use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasher as _, RandomState},
};

use crate::extract::{Item, halt::Halt, names::fold, path::RelPath};

/// Jobs that are not done, by path; and what waits to be told until they are.
#[derive(Debug, Default)]
pub(in crate::extract) struct Window {
    hasher: RandomState,
    /// How many jobs there are by the hash of their path. Names that a file system can take for one
    /// have one hash.
    paths: HashMap<u64, usize>,
    in_air: usize,
    /// From the first job on that is not done.
    slots: VecDeque<Slot>,
    /// Number of the first slot.
    first: u64,
}

/// A job, and what else happened until the next one.
#[derive(Debug)]
struct Slot {
    key: u64,
    outcome: Option<Landed>,
    then: Vec<Item>,
}

/// What became of a job.
#[derive(Debug)]
pub(in crate::extract) enum Landed {
    Made {
        entry: Vec<u8>,
        warnings: Vec<String>,
        bytes: u64,
    },
    Halted {
        entry: Vec<u8>,
        halt: Halt,
    },
    Abandoned,
}

impl Window {
    /// Opens a slot for a job, which gets its number.
    pub(in crate::extract) fn launch(&mut self, path: &RelPath) -> u64 {
        let key = self.key(path.as_bytes());
        *self.paths.entry(key).or_default() += 1;
        self.in_air += 1;
        self.slots.push_back(Slot {
            key,
            outcome: None,
            then: Vec::new(),
        });
        self.first + self.slots.len() as u64 - 1
    }

    /// A job came down.
    pub(in crate::extract) fn land(&mut self, number: u64, landed: Landed) {
        let index = number.checked_sub(self.first).map(|index| index as usize);
        let slot = index.and_then(|index| self.slots.get_mut(index));
        let Some(slot) = slot.filter(|slot| slot.outcome.is_none()) else {
            return;
        };
        slot.outcome = Some(landed);
        self.in_air -= 1;
        if let Some(count) = self.paths.get_mut(&slot.key) {
            *count -= 1;
            if *count == 0 {
                self.paths.remove(&slot.key);
            }
        }
    }

    /// The next outcome to tell, and what is told behind it.
    pub(in crate::extract) fn next(&mut self) -> Option<(Landed, Vec<Item>)> {
        let slot = self.slots.front_mut()?;
        let landed = slot.outcome.take()?;
        let then = std::mem::take(&mut slot.then);
        self.slots.pop_front();
        self.first += 1;
        Some((landed, then))
    }

    /// Keeps an item until it is its turn; gives it back when that is now.
    pub(in crate::extract) fn hold(&mut self, item: Item) -> Option<Item> {
        match self.slots.back_mut() {
            Some(slot) => {
                slot.then.push(item);
                None
            }
            None => Some(item),
        }
    }

    /// Jobs that are not done.
    pub(in crate::extract) fn in_air(&self) -> usize {
        self.in_air
    }

    /// Slots whose outcome was not told.
    pub(in crate::extract) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether a job makes the file `path`, or one that is on the way there.
    pub(in crate::extract) fn touches(&self, path: &RelPath) -> bool {
        if self.in_air == 0 {
            return false;
        }
        let folded = fold(path.as_bytes());
        let ends = folded.iter().enumerate();
        let mut ends = ends.filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        self.paths.contains_key(&self.hasher.hash_one(&*folded))
            || ends.any(|end| {
                self.paths
                    .contains_key(&self.hasher.hash_one(&folded[..end]))
            })
    }

    fn key(&self, path: &[u8]) -> u64 {
        self.hasher.hash_one(&*fold(path))
    }
}
