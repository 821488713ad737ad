//! Another process exchanges directories for symbolic links while we write.

use std::{
    env, fs,
    os::unix::fs::symlink,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyarchive::{Existing, Extractor, Permissions, Reader, Restore};
use anyarchive_test_support::{
    samples::{Item, Spec},
    world::World,
};

/// Directories that are raced for.
const DIRECTORIES: usize = 50;
/// At least so many extractions.
const ROUNDS: u64 = 20;
/// At least so many directories that became links meanwhile.
const SWAPS: u64 = 500;
/// On a machine that does not get so far in this time, the test means nothing.
const LIMIT: Duration = Duration::from_secs(120);
/// How many seconds it goes on at least, if not 2.
const SECONDS: &str = "ANYARCHIVE_RACE_SECONDS";

fn archive() -> Vec<u8> {
    let items = (0..DIRECTORIES).flat_map(|number| {
        [
            Item::directory(format!("a/b{number}")).mode(0o700),
            Item::file(format!("a/b{number}/secret"), "evil"),
            Item::file(format!("a/b{number}/dir/inner"), "evil"),
            Item::symlink(format!("a/b{number}/link"), "secret"),
            Item::hard_link(format!("a/b{number}/hard"), format!("a/b{number}/secret")),
        ]
    });
    Spec::new("pax").to_vec(items).unwrap()
}

/// Settings that make files in different ways, by turns.
fn extractor(round: u64) -> Extractor {
    let extractor = Extractor::new().threads(1 + round as usize % 4);
    match round % 5 {
        0 => extractor,
        1 => extractor.atomic(true),
        2 => extractor.existing(Existing::Rename),
        3 => extractor.existing(Existing::KeepNewer),
        _ => extractor
            .permissions(Permissions::Exact)
            .restore(Restore::all()),
    }
}

/// Moves directories away and puts links that lead out in their place, until it is over; what gets
/// stuck is cleared away in the next turn.
fn attack(world: &World, over: &AtomicBool, swaps: &AtomicU64) {
    while !over.load(Ordering::Relaxed) {
        for number in 0..DIRECTORIES {
            let dir = world.d(format!("a/b{number}"));
            let away = world.d(format!("a/moved{number}"));
            if fs::rename(&dir, &away).is_ok() {
                let linked = symlink("../../outside", &dir).is_ok();
                swaps.fetch_add(linked.into(), Ordering::Relaxed);
            } else {
                let _ = fs::remove_file(&dir);
                let _ = fs::remove_dir_all(&away);
            }
        }
    }
}

#[test]
fn a_race_for_directories_leads_nowhere() {
    let seconds = env::var(SECONDS).map_or(2, |seconds| seconds.parse().unwrap());
    let least = Duration::from_secs(seconds);
    let world = World::new();
    let archive = archive();
    let over = AtomicBool::new(false);
    let (mut rounds, swaps) = (0, AtomicU64::new(0));
    thread::scope(|scope| {
        scope.spawn(|| attack(&world, &over, &swaps));
        let start = Instant::now();
        let goes_on = |rounds: u64| {
            let enough = rounds >= ROUNDS && swaps.load(Ordering::Relaxed) >= SWAPS;
            let time = start.elapsed();
            time < least || !enough && time < LIMIT
        };
        while goes_on(rounds) {
            // Failures and refusals are to be expected; the world checks what counts.
            let mut reader = Reader::from_bytes(&archive).unwrap();
            let _ = extractor(rounds).extract(&mut reader, world.d(""));
            rounds += 1;
        }
        over.store(true, Ordering::Relaxed);
    });
    let swaps = swaps.into_inner();
    println!("{rounds} extractions, {swaps} swaps in at least {seconds} s");
    assert!(
        rounds >= ROUNDS && swaps >= SWAPS,
        "{rounds} rounds, {swaps} swaps"
    );
}
