//! Several threads for one extraction.
//!
//! One thread at a time has the order: it takes the entries as the archive has them, decides, and
//! makes by itself all that depends on what was made before (directories, links, whatever a policy
//! looks at). New files go into the air as [`Job`]s: they depend on nothing but a handle of their
//! directory. Who has the order waits for them before it touches their path, one below it, or a
//! directory that is to be removed, so that the tree becomes what one thread would make of it. What
//! is told of jobs waits in a [`Window`] until all before is told.
//!
//! The data of long files of an archive with a directory need not pass who has the order: who makes
//! the file reads it, too ([`Elsewhere`]).

mod buffers;
mod elsewhere;
mod job;
mod parcel;
mod pool;
mod window;

pub(super) use self::{
    elsewhere::Elsewhere,
    job::{Done, End, Job, Occupied},
    parcel::Parcel,
    pool::{Close, Feed, MAX_JOBS, Pool},
    window::{Landed, Window},
};
