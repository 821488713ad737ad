//! Archives that are written to do harm, of every kind in every format. Whatever is in them: nothing
//! outside the destination changes, nothing dangerous is made in it, no program is started, nothing
//! crashes or hangs, and what is not done is told.
//!
//! The cases run in processes of their own, one for each format, with other programs in the place
//! of those that libarchive would start.
#![cfg(unix)]

mod bytes;
mod case;
mod classes;
mod containers;
mod inside;
mod race;

use std::{fs, panic::catch_unwind, time::Duration};

use anyarchive_test_support::{Finished, child_job, is_older_than, run_as_child, set_traps};

use case::Case;

/// The fewest cases that there are to be.
const CASES: usize = 100;

/// For all cases of one format, which take a few seconds.
const LIMIT: Duration = Duration::from_secs(300);

/// What the archives of a group of cases are.
fn groups() -> impl Iterator<Item = &'static str> {
    let formats = containers::ALL.iter().map(|container| container.name);
    formats.chain(bytes::GROUPS.iter().map(|(name, _)| *name))
}

/// The cases of a group, made now: some are large.
fn cases(group: &str) -> Vec<Case> {
    let format = containers::ALL.iter().find(|format| format.name == group);
    let bytes = bytes::GROUPS.iter().find(|(name, _)| *name == group);
    let of_format = format.map(classes::cases);
    of_format.unwrap_or_else(|| bytes.map(|(_, make)| make()).unwrap())
}

#[test]
fn hostile_archives_do_no_harm() {
    const NAME: &str = "hostile_archives_do_no_harm";
    if let Some(group) = child_job() {
        let cases = cases(&group);
        let wrong = cases.iter().filter(|case| {
            // The last one told is the one that crashed.
            println!("case {}", case.name);
            catch_unwind(|| case.run()).is_err()
        });
        assert_eq!(wrong.count(), 0);
        return println!("{} cases done", cases.len());
    }
    if is_older_than(3_008_009, "crashes on hostile archives") {
        return;
    }
    let traps = tempfile::tempdir().unwrap();
    let sprung = traps.path().join("sprung");
    set_traps(traps.path(), &sprung).unwrap();
    let path = [("PATH", traps.path().to_str().unwrap())];
    let mut count = 0;
    let mut problems = Vec::new();
    for group in groups() {
        for locale in ["C", "C.UTF-8"] {
            let environment = [path[0], ("LC_ALL", locale)];
            let finished = run_as_child(NAME, group, &environment, LIMIT).unwrap();
            let done = finished.stdout.lines().find_map(|line| {
                let number = line.strip_suffix(" cases done")?;
                number.parse::<usize>().ok()
            });
            println!("{group}, {locale}: {done:?} cases");
            if let Some(done) = done {
                count += done;
            } else {
                let Finished { status, stderr, .. } = &finished;
                let last = finished
                    .stdout
                    .lines()
                    .rfind(|line| line.starts_with("case"));
                problems.push(format!("{group}, {locale}: {status:?}, {last:?}\n{stderr}"));
            }
            assert!(
                !sprung.exists(),
                "{group}: {:?}",
                fs::read_to_string(&sprung)
            );
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    println!("{count} cases");
    assert!(count >= CASES, "only {count} cases");
}
