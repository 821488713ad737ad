//! A file to make, apart from its data.

use std::any::Any;

use crate::extract::{
    apply::{NewFile, Restorer, Settled},
    destination::Dir,
    halt::Halt,
    path::RelPath,
    policy::Policy,
    restore::Attributes,
};

/// What any thread needs to make a new file.
#[derive(Debug)]
pub(in crate::extract) struct Job {
    /// Its place in the order.
    pub(in crate::extract) number: u64,
    /// The path as the archive has it.
    pub(in crate::extract) entry: Vec<u8>,
    pub(in crate::extract) path: RelPath,
    pub(in crate::extract) parent: Dir,
    /// Permissions, before the umask.
    pub(in crate::extract) mode: u32,
    pub(in crate::extract) attributes: Attributes,
    /// Remarks in the order in which they are told.
    pub(in crate::extract) warnings: Vec<String>,
    /// Remarks to tell behind those.
    pub(in crate::extract) last_warnings: Vec<String>,
}

/// What became of a job.
pub(in crate::extract) struct Done {
    pub(in crate::extract) number: u64,
    pub(in crate::extract) end: End,
}

/// How a job ended.
pub(in crate::extract) enum End {
    /// The file is there, with so many bytes of data.
    Made(Job, u64),
    Halted(Job, Halt),
    /// Something else was told instead.
    Abandoned,
    /// A directory has the name: who has the order decides.
    Occupied(Occupied),
    /// A callback of the caller, or a mistake of this crate.
    Panicked(Box<dyn Any + Send>),
}

/// A file that waits under a temporary name.
pub(in crate::extract) struct Occupied {
    pub(in crate::extract) job: Job,
    pub(in crate::extract) file: NewFile,
    /// How its data ended.
    pub(in crate::extract) data: Result<(), Halt>,
}

impl Job {
    pub(in crate::extract) fn create(&self, policy: &Policy) -> Result<NewFile, Halt> {
        let (parent, path) = (&self.parent, &self.path);
        NewFile::create(policy, parent, path, self.mode, &self.attributes)
    }

    /// All data was written, or that failed.
    pub(in crate::extract) fn finish(
        mut self,
        mut file: NewFile,
        data: Result<(), Halt>,
        policy: &Policy,
        restorer: &mut Restorer,
    ) -> End {
        if file.is_over_directory() {
            let job = self;
            return End::Occupied(Occupied { job, file, data });
        }
        let completed =
            data.and_then(|()| file.complete(&self.attributes, restorer, &mut self.warnings));
        match completed.and_then(|()| file.settle(policy, &self.path)) {
            Ok(Settled::Done) => {
                let bytes = file.bytes;
                file.keep(&self.attributes, &mut self.warnings);
                End::Made(self, bytes)
            }
            Ok(Settled::Occupied) => End::Occupied(Occupied {
                job: self,
                file,
                data: Ok(()),
            }),
            Err(halt) => End::Halted(self, halt),
        }
    }
}
