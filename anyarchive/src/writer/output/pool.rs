//! Threads that compress. What they made comes back in the order in which it was given.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
};

use super::deflate::Job;

/// Jobs for each thread that are given and not taken back at most.
const WAITING: usize = 2;

/// A job, and where it goes back to.
type Order = (Job, mpsc::Sender<io::Result<Job>>);

#[derive(Debug)]
pub(super) struct Pool {
    level: i32,
    threads: usize,
    orders: Option<mpsc::Sender<Order>>,
    taken: Arc<Mutex<mpsc::Receiver<Order>>>,
    workers: Vec<JoinHandle<()>>,
    /// The oldest first.
    given: VecDeque<mpsc::Receiver<io::Result<Job>>>,
    spare: Vec<Job>,
}

impl Pool {
    /// Starts nothing yet.
    pub(super) fn new(level: i32, threads: usize) -> Self {
        let (orders, taken) = mpsc::channel();
        Self {
            level,
            threads,
            orders: Some(orders),
            taken: Arc::new(Mutex::new(taken)),
            workers: Vec::new(),
            given: VecDeque::new(),
            spare: Vec::new(),
        }
    }

    /// An empty job, maybe with memory that was used before.
    pub(super) fn job(&mut self) -> Job {
        self.spare.pop().unwrap_or_default()
    }

    /// Gives the memory of a job back.
    pub(super) fn recycle(&mut self, mut job: Job) {
        job.clear();
        self.spare.push(job);
    }

    /// Whether [`take`](Self::take) must come before the next [`give`](Self::give).
    pub(super) fn is_full(&self) -> bool {
        self.given.len() >= self.threads * WAITING
    }

    /// Has a job done. When no more follow, small archives do without threads.
    pub(super) fn give(&mut self, job: Job, is_last: bool) -> io::Result<()> {
        let (back, done) = mpsc::channel();
        self.given.push_back(done);
        let wanted = match is_last {
            true => 0,
            false => self.threads.min(self.given.len()),
        };
        if self.workers.len() < wanted {
            self.start();
        }
        match &self.orders {
            Some(orders) if !self.workers.is_empty() => {
                orders.send((job, back)).map_err(|_| thread_ended())
            }
            _ => back.send(run(job, self.level)).map_err(|_| thread_ended()),
        }
    }

    /// Takes the oldest job back; `None` when there is none, or it is not done and need not be waited
    /// for.
    pub(super) fn take(&mut self, wait: bool) -> io::Result<Option<Job>> {
        let Some(oldest) = self.given.front() else {
            return Ok(None);
        };
        let job = match wait {
            true => oldest.recv().map_err(|_| thread_ended())?,
            false => match oldest.try_recv() {
                Ok(job) => job,
                Err(mpsc::TryRecvError::Empty) => return Ok(None),
                Err(mpsc::TryRecvError::Disconnected) => return Err(thread_ended()),
            },
        };
        self.given.pop_front();
        job.map(Some)
    }

    /// One more thread; without it, those that are there do the work, or the calling thread.
    fn start(&mut self) {
        let (level, taken) = (self.level, Arc::clone(&self.taken));
        let name = "anyarchive-deflate".to_owned();
        let started = thread::Builder::new().name(name).spawn(move || {
            while let Some((job, back)) = next(&taken) {
                // Nobody waits for it when the writer was dropped.
                let _ = back.send(run(job, level));
            }
        });
        self.workers.extend(started);
    }
}

impl Drop for Pool {
    /// The threads end with the work that they are at.
    fn drop(&mut self) {
        self.orders = None;
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while taken.try_recv().is_ok() {}
        drop(taken);
        for worker in self.workers.drain(..) {
            // Its panic was told as an error.
            let _ = worker.join();
        }
    }
}

fn next(taken: &Mutex<mpsc::Receiver<Order>>) -> Option<Order> {
    let taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
    taken.recv().ok()
}

fn run(mut job: Job, level: i32) -> io::Result<Job> {
    job.run(level).map(|()| job)
}

fn thread_ended() -> io::Error {
    io::Error::other("a thread that compresses ended")
}
