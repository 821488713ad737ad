//! Making files by other threads, in the order of the archive as far as anybody can see.

use std::{panic::resume_unwind, sync::Arc};

use super::{
    Item, Outcome,
    apply::NewFile,
    halt::Halt,
    parallel::{Done, End, Feed, Job, Landed, MAX_JOBS, Occupied, Parcel, Pool},
    plan::{Action, FileSpec, Kind},
    policy::Existing,
    pour::{Measure, pour},
    run::{Progress, Run, remarks},
};
use crate::{Entry, Result};

/// Outcomes that wait to be told at most.
const MAX_WAITING: usize = 4 * MAX_JOBS;

/// Data of so many bytes is read elsewhere.
const LONG: u64 = 1 << 20;

impl Run<'_> {
    /// Whether a file depends on nothing but its directory.
    pub(super) fn can_fly(&self, spec: &FileSpec) -> bool {
        self.policy.existing == Existing::Overwrite && !spec.has_more_names
    }

    /// Waits for the files that an action depends on.
    pub(super) fn keep_order(&mut self, action: &Action) -> Result<(), Halt> {
        let mut touches = self.window.touches(&action.path);
        if let Kind::HardLink { target, file } = &action.kind {
            touches |= self.window.touches(target);
            // With data, it becomes the file of all names that the target has got.
            if file.size != Some(0) && self.window.in_air() > 0 {
                let mut names = self.groups.names(target);
                touches |= names.any(|name| self.window.touches(name));
            }
        }
        if touches {
            self.land_all().map_err(Halt::Everything)?;
        }
        Ok(())
    }

    /// Gives a file to the other threads.
    pub(super) fn fly(
        &mut self,
        action: Action,
        spec: FileSpec,
        entry: &mut Entry<'_>,
        pool: &Pool<'_>,
    ) -> Result<Progress, Halt> {
        let mut job = self.job(action, spec)?;
        if self.can_be_read_elsewhere(&spec, entry, pool) {
            let (asked, size) = (self.asked, spec.size.unwrap_or(0));
            job.number = self.window.launch(&job.path);
            pool.submit(job, Feed::Elsewhere { asked, size });
            return Ok(Progress::Told);
        }
        let (policy, meter) = (self.policy, Arc::clone(&self.meter));
        let mut counted = self.counted;
        let measure = Measure {
            meter: &meter,
            counted: &mut counted,
            size: spec.size,
            limit: policy.limits.file_bytes,
            reserved: false,
        };
        let restorer = &mut self.restorer;
        let window = &mut self.window;
        let open = || {
            job.number = window.launch(&job.path);
            Ok(Parcel::new(job, pool, policy, restorer))
        };
        let (parcel, data) = pour(entry, measure, true, open);
        self.counted = counted;
        let Some(parcel) = parcel else {
            return data.map(|()| Progress::Told);
        };
        let refused = parcel.is_refused();
        match data {
            // The job tells why.
            Err(Halt::Entry(_)) if refused => {
                parcel.finish(None);
                self.land_all().map_err(Halt::Everything)?;
                Ok(Progress::PassOver)
            }
            Err(Halt::Everything(error)) => {
                parcel.finish(None);
                Err(Halt::Everything(error))
            }
            data => {
                let whole = data.is_ok();
                parcel.finish(Some(data));
                Ok(if whole {
                    Progress::Told
                } else {
                    Progress::PassOver
                })
            }
        }
    }

    /// Whether another reader can take over the data of a file. Short ones are not worth the way.
    fn can_be_read_elsewhere(
        &mut self,
        spec: &FileSpec,
        entry: &Entry<'_>,
        pool: &Pool<'_>,
    ) -> bool {
        let long = spec.size.filter(|&size| size >= LONG);
        let Some(size) = long.filter(|_| pool.reads_elsewhere(self.format)) else {
            return false;
        };
        // The other readers read what is between long files, too: not more than they take over.
        let worth = self.counted <= self.taken_over.saturating_add(size);
        // Near the limit only the order tells who goes beyond.
        let elsewhere = worth && !entry.is_encrypted() && self.meter.reserve(size);
        if elsewhere {
            self.taken_over = self.taken_over.saturating_add(size);
        }
        elsewhere
    }

    /// What another thread has to know; its number comes when it is launched.
    fn job(&mut self, action: Action, spec: FileSpec) -> Result<Job, Halt> {
        let parent = self.destination.directory(action.path.parent())?;
        let last_warnings = remarks(&action).collect();
        Ok(Job {
            number: 0,
            entry: self.meter.path(),
            path: action.path,
            parent,
            mode: spec.mode,
            attributes: action.attributes,
            warnings: std::mem::take(&mut self.warnings),
            last_warnings,
        })
    }

    /// Takes in what is done by now, and waits as long as too much is in the air.
    ///
    /// # Errors
    ///
    /// The first failure, in the order of the archive, that ends the extraction.
    pub(super) fn land(&mut self) -> Result<()> {
        let Some(pool) = self.pool else {
            return Ok(());
        };
        if self.window.len() == 0 {
            return Ok(());
        }
        let done = pool.done();
        self.take_in(done)?;
        if !self.occupied.is_empty() {
            return self.land_all();
        }
        while self.window.in_air() >= MAX_JOBS || self.window.len() >= MAX_WAITING {
            let done = pool.wait_done(self.policy, &mut self.restorer);
            self.take_in(done)?;
        }
        Ok(())
    }

    /// Waits for all that is in the air.
    ///
    /// # Errors
    ///
    /// As for [`land`](Self::land).
    pub(super) fn land_all(&mut self) -> Result<()> {
        let mut result = Ok(());
        while let Some(pool) = self.pool {
            if self.window.in_air() > self.occupied.len() + self.in_hand {
                let done = pool.wait_done(self.policy, &mut self.restorer);
                result = result.and(self.take_in(done));
            } else if self.occupied.is_empty() {
                break;
            } else {
                // All before is on the ground: what has the names is what one thread would find.
                self.take_places();
                result = result.and(self.tell_landed());
            }
        }
        result
    }

    fn take_in(&mut self, done: Vec<Done>) -> Result<()> {
        for Done { number, end } in done {
            match end {
                End::Made(job, bytes) => self.window.land(number, made(job, bytes)),
                End::Halted(job, halt) => self.window.land(number, halted(job, halt)),
                End::Abandoned => self.window.land(number, Landed::Abandoned),
                End::Occupied(occupied) => self.occupied.push(occupied),
                End::Panicked(payload) => resume_unwind(payload),
            }
        }
        self.tell_landed()
    }

    /// Gives files the names that directories have, where these are empty.
    fn take_places(&mut self) {
        let mut occupied = std::mem::take(&mut self.occupied);
        occupied.sort_by_key(|occupied| occupied.job.number);
        self.in_hand += occupied.len();
        for Occupied { job, file, data } in occupied {
            let number = job.number;
            let landed = self.take_place(job, file, data);
            self.in_hand -= 1;
            self.window.land(number, landed);
        }
    }

    fn take_place(&mut self, mut job: Job, mut file: NewFile, data: Result<(), Halt>) -> Landed {
        let result = self.make_way(&job.path, &mut file).and(data);
        let result = result.and_then(|()| {
            file.complete(&job.attributes, &mut self.restorer, &mut job.warnings)?;
            self.settle(&job.path, &mut file, &job.attributes)
        });
        match result {
            Ok(()) => {
                let bytes = file.bytes;
                file.keep(&job.attributes, &mut job.warnings);
                made(job, bytes)
            }
            Err(halt) => halted(job, halt),
        }
    }

    fn tell_landed(&mut self) -> Result<()> {
        let mut result = Ok(());
        while let Some((landed, then)) = self.window.next() {
            match landed {
                Landed::Made {
                    entry,
                    warnings,
                    bytes,
                } => {
                    self.report.entries += 1;
                    self.report.bytes += bytes;
                    for text in warnings {
                        self.deliver(Item::new(&entry, Outcome::Warned(text)));
                    }
                }
                Landed::Halted {
                    entry,
                    halt: Halt::Entry(outcome),
                } => {
                    let outcome = self.place_of(&entry, outcome);
                    self.deliver(Item::new(&entry, outcome));
                }
                Landed::Halted {
                    entry,
                    halt: Halt::Everything(error),
                } => {
                    let error = error.with_archive(self.archive.as_deref());
                    result = result.and(Err(error.with_entry(&entry)));
                }
                Landed::Abandoned => {}
            }
            for item in then {
                self.deliver(item);
            }
        }
        result
    }
}

fn made(job: Job, bytes: u64) -> Landed {
    let mut warnings = job.warnings;
    warnings.extend(job.last_warnings);
    Landed::Made {
        entry: job.entry,
        warnings,
        bytes,
    }
}

fn halted(job: Job, halt: Halt) -> Landed {
    let entry = job.entry;
    Landed::Halted { entry, halt }
}
