//! The trail that the bytes leave, and whether it is the right one.

use std::ffi::{CString, c_char};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{anyarchive, circle_result};

/// Of one way round.
#[derive(Default)]
pub(crate) struct Trail {
    /// A letter for each hop that the bytes passed.
    letters: Vec<u8>,
    /// Who is to fail; 0 for nobody.
    pub(crate) planned: u8,
    good_calls: u64,
    /// Who failed, and what it threw.
    blamed: Option<(u8, String)>,
    /// Sources that were opened and not dropped.
    alive: i64,
}

static TRAIL: Mutex<Trail> = Mutex::new(Trail {
    letters: Vec::new(),
    planned: 0,
    good_calls: 0,
    blamed: None,
    alive: 0,
});

static PROBLEM: Mutex<Option<CString>> = Mutex::new(None);

fn trail() -> MutexGuard<'static, Trail> {
    TRAIL.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn plan(hop: u8, good_calls: u64) {
    let mut trail = trail();
    let alive = trail.alive;
    *trail = Trail { planned: hop, good_calls, alive, ..Trail::default() };
}

/// Adds the letter, unless the hop has to fail now.
pub(crate) fn pass(hop: u8) -> bool {
    let mut trail = trail();
    if trail.planned == hop {
        if trail.good_calls == 0 {
            return false;
        }
        trail.good_calls -= 1;
    }
    trail.letters.push(hop);
    true
}

pub(crate) fn blame(hop: u8, thrown: &str) {
    trail().blamed.get_or_insert_with(|| (hop, thrown.to_owned()));
}

pub(crate) fn born() {
    trail().alive += 1;
}

pub(crate) fn died() {
    trail().alive -= 1;
}

/// What there is, and a new beginning.
pub(crate) fn take() -> Trail {
    let mut trail = trail();
    let alive = trail.alive;
    std::mem::replace(&mut *trail, Trail { alive, ..Trail::default() })
}

/// Holds a text until the next one.
pub(crate) fn keep(problem: CString) -> *const c_char {
    let mut kept = PROBLEM.lock().unwrap_or_else(PoisonError::into_inner);
    kept.insert(problem).as_ptr()
}

/// What each language throws, as it says itself.
fn throws(hop: u8) -> &'static str {
    match hop {
        b'r' => "Rust: a panic",
        b'C' => "C: an error code",
        b'X' => "C++: an exception",
        b'G' => "Go: a panic",
        b'P' => "Python: an exception",
        b'B' => "Ruby: an exception",
        b'N' => "JavaScript: an exception",
        _ => "",
    }
}

impl Trail {
    /// Whether everything is as it should be.
    pub(crate) fn judge(
        &self,
        chain: &str,
        result: &circle_result,
        direct: Option<circle_result>,
    ) -> Result<(), String> {
        let trip: Vec<u8> = [b"r", chain.as_bytes()].concat();
        if self.alive != 0 {
            return Err(format!("{} sources were not dropped", self.alive));
        }
        let Some(direct) = direct else {
            return self.judge_failure(&trip, result);
        };
        if let Some((hop, thrown)) = &self.blamed {
            return Err(format!("{} failed, and nobody asked it to: {thrown}", *hop as char));
        }
        if *result != direct || result.status != 0 {
            return Err(format!("read {result:?}, directly {direct:?}"));
        }
        if self.letters.is_empty() || self.letters.chunks(trip.len()).any(|letters| letters != trip) {
            return Err(format!("the trail is {}", String::from_utf8_lossy(&self.letters)));
        }
        Ok(())
    }

    fn judge_failure(&self, trip: &[u8], result: &circle_result) -> Result<(), String> {
        let hop = self.planned as char;
        match &self.blamed {
            None => return Err(format!("{hop} was to fail, and did not")),
            Some((blamed, thrown)) if *blamed != self.planned || thrown != throws(*blamed) => {
                return Err(format!("{} is blamed for {thrown}, not {hop}", *blamed as char));
            }
            Some(_) => {}
        }
        if result.status != anyarchive::IO {
            return Err(format!("{hop} failed, and the reader said {}", result.status));
        }
        // The last trip ends before the one that failed.
        let last = self.letters.len() / trip.len() * trip.len();
        let before: Vec<u8> = trip.iter().copied().take_while(|&letter| letter != self.planned).collect();
        let whole = self.letters[..last].chunks(trip.len()).all(|letters| letters == trip);
        if !whole || self.letters[last..] != before {
            return Err(format!(
                "{hop} failed, and the trail is {}",
                String::from_utf8_lossy(&self.letters)
            ));
        }
        Ok(())
    }
}
