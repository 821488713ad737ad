//! Reading entries where nobody else reads.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Job, pool::Written};
use crate::{
    Entry, Error, ErrorKind, Format, Reader,
    extract::{
        halt::Halt,
        policy::Policy,
        pour::{Measure, pour},
        progress::Meter,
    },
    reader::origin::Twins,
};

/// Readers of one archive, each for one thread at a time.
pub(in crate::extract) struct Elsewhere<'x> {
    twins: Twins,
    meter: Arc<Meter<'x>>,
    idle: Mutex<Vec<Twin>>,
}

/// A reader of its own, from the first entry on.
struct Twin {
    reader: Reader<'static>,
    /// How often the next entry was asked for.
    asked: u64,
    /// Bytes of the archive that were counted.
    counted: u64,
}

impl<'x> Elsewhere<'x> {
    pub(in crate::extract) fn new(twins: Twins, meter: Arc<Meter<'x>>) -> Self {
        Self {
            twins,
            meter,
            idle: Mutex::default(),
        }
    }

    /// Whether another reader gets at an entry without decoding what is before it.
    pub(super) fn skips_in(&self, format: Option<Format>) -> bool {
        self.twins.skip_in(format)
    }

    /// Makes the file of a job with the data of its entry.
    pub(super) fn read(&self, asked: u64, size: u64, job: &Job, policy: &Policy) -> Written {
        let mut twin = match self.take(asked) {
            Ok(twin) => twin,
            Err(error) => return (Err(Halt::Everything(error)), None),
        };
        let (file, data) = match twin.entry(asked, &job.entry) {
            Ok((mut entry, counted)) => {
                let measure = Measure {
                    meter: &self.meter,
                    counted,
                    size: Some(size),
                    limit: policy.limits.file_bytes,
                    reserved: true,
                };
                pour(&mut entry, measure, true, || job.create(policy))
            }
            Err(halt) => (None, Err(halt)),
        };
        if data.is_err() {
            let length = file.as_ref().map_or(0, |file| file.length);
            self.meter.release(size.saturating_sub(length));
        }
        if !matches!(data, Err(Halt::Everything(_))) {
            self.put(twin);
        }
        match (file, data) {
            (Some(file), data) => (Ok(file), Some(data)),
            (None, Err(halt)) => (Err(halt), None),
            // An empty file is made, too.
            (None, Ok(())) => (Err(Halt::contended()), None),
        }
    }

    /// One that has not come beyond the entry that is found when the next one is asked for the
    /// `number`th time.
    fn take(&self, number: u64) -> crate::Result<Twin> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let twins = idle.iter().enumerate();
        let found = twins
            .filter(|(_, twin)| twin.asked < number)
            .max_by_key(|(_, twin)| twin.asked)
            .map(|(index, _)| index);
        if let Some(index) = found {
            return Ok(idle.swap_remove(index));
        }
        // One that is beyond all that comes would only take space.
        idle.pop();
        drop(idle);
        Ok(Twin {
            reader: self.twins.open()?,
            asked: 0,
            counted: 0,
        })
    }

    /// Takes one back that can go on.
    fn put(&self, twin: Twin) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(twin);
    }
}

impl Twin {
    /// The entry that is found when the next one is asked for the `number`th time, and the count of
    /// bytes read.
    fn entry(&mut self, number: u64, path: &[u8]) -> Result<(Entry<'_>, &mut u64), Halt> {
        let leapt = self.reader.leap(self.asked, number);
        self.asked = leapt.map_err(Halt::Everything)?;
        while self.asked < number {
            self.asked += 1;
            match self.reader.advance() {
                Ok(true) => {}
                Ok(false) => break,
                // Told by who has the order.
                Err(error) if error.is_recoverable() => {}
                Err(error) => return Err(Halt::Everything(error)),
            }
        }
        match self.reader.current_entry() {
            Some(entry) if entry.path_bytes() == path => Ok((entry, &mut self.counted)),
            _ => Err(Halt::Everything(Error::new(
                ErrorKind::Changed,
                "the archive was changed while it was read",
            ))),
        }
    }
}
