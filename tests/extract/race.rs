//! Another process exchanges directories for symbolic links while we write.

use std::{
    fs,
    os::unix::fs::symlink,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyarchive::Reader;
use anyarchive_test_support::samples::{Item, Spec};

use crate::world::World;

/// At least so many extractions.
const ROUNDS: u64 = 20;
/// At least so many directories that became links meanwhile.
const SWAPS: u64 = 500;
/// On a machine that does not get so far in this time, the test means nothing.
const LIMIT: Duration = Duration::from_secs(120);

#[test]
fn a_race_for_directories_leads_nowhere() {
    let world = World::new();
    let items = (0..50).flat_map(|number| {
        [
            Item::directory(format!("a/b{number}")).mode(0o700),
            Item::file(format!("a/b{number}/secret"), "evil"),
            Item::file(format!("a/b{number}/dir/inner"), "evil"),
            Item::hard_link(format!("a/b{number}/hard"), format!("a/b{number}/secret")),
        ]
    });
    let archive = Spec::new("pax").to_vec(items).unwrap();
    let over = AtomicBool::new(false);
    let (mut rounds, swaps) = (0, AtomicU64::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                for number in 0..50 {
                    let dir = world.d(format!("a/b{number}"));
                    let away = world.d(format!("a/moved{number}"));
                    // Whatever of this fails is made up for in the next round.
                    if fs::rename(&dir, &away).is_ok() {
                        let linked = symlink("../../outside", &dir).is_ok();
                        swaps.fetch_add(linked.into(), Ordering::Relaxed);
                    } else {
                        let _ = fs::remove_file(&dir);
                        let _ = fs::remove_dir_all(&away);
                    }
                }
            }
        });
        let start = Instant::now();
        while (rounds < ROUNDS || swaps.load(Ordering::Relaxed) < SWAPS) && start.elapsed() < LIMIT
        {
            // Failures and refusals are to be expected; the world checks what counts.
            let _ = Reader::from_bytes(&archive).unwrap().extract(world.d(""));
            rounds += 1;
        }
        over.store(true, Ordering::Relaxed);
    });
    let swaps = swaps.into_inner();
    assert!(
        rounds >= ROUNDS && swaps >= SWAPS,
        "{rounds} rounds, {swaps} swaps"
    );
}
