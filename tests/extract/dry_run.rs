//! A dry run tells what the extraction would, and changes nothing. Each extraction of a `World` is
//! compared with one; here is what those tests do not come to.

use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    time::{Duration, UNIX_EPOCH},
};

use anyarchive::{
    Duplicates, Existing, Extractor, HardLinks, Limit, Limits, Reader, Report, Result, Symlinks,
};
use anyarchive_test_support::{
    samples::{Item, Spec},
    world::{World, told, tree},
};

fn extract(extractor: Extractor, archive: &[u8], to: &Path) -> (Result<Report>, Report) {
    let mut extractor = extractor;
    let mut reader = Reader::from_bytes(archive).unwrap();
    let result = extractor.extract(&mut reader, to);
    (result, extractor.report().clone())
}

#[test]
fn a_destination_that_is_missing_stays_so() {
    let world = World::new();
    let items = [
        Item::file("dir/file", "text"),
        Item::file("dir", "a file in its place"),
        Item::hard_link("link", "dir/file"),
        Item::hard_link("broken", "nowhere"),
        Item::symlink("lead", "dir"),
        Item::file("lead/below", "x"),
    ];
    let archive = Spec::new("pax").to_vec(items).unwrap();
    let missing = world.d("far/away");
    let (result, _) = extract(Extractor::new().dry_run(true), &archive, &missing);
    let foreseen = result.unwrap();
    assert!(!world.d("far").exists());
    let (result, _) = extract(Extractor::new(), &archive, &missing);
    assert_eq!(told(&foreseen), told(&result.unwrap()));
    assert_eq!((foreseen.entries(), foreseen.items().len()), (3, 3));
    // What is on the way to it is looked at all the same.
    fs::write(world.d("file"), "x").unwrap();
    symlink("nowhere", world.d("dangling")).unwrap();
    symlink("circle", world.d("circle")).unwrap();
    for wrong in [
        "file",
        "file/below",
        "dangling",
        "dangling/below",
        "circle",
        "circle/below",
    ] {
        let to = world.d(wrong);
        let (foreseen, _) = extract(Extractor::new().dry_run(true), &archive, &to);
        let (real, _) = extract(Extractor::new(), &archive, &to);
        let (foreseen, real) = (foreseen.unwrap_err(), real.unwrap_err());
        assert_eq!(format!("{foreseen:#}"), format!("{real:#}"));
    }
}

#[test]
fn limits_and_damage_are_found() {
    let world = World::new();
    let items = [
        Item::file("a", "0123456789"),
        Item::file("b", vec![b'x'; 5000]),
    ];
    let archive = Spec::new("pax").to_vec(items).unwrap();
    let limited = || Extractor::new().limits(Limits::new().total_bytes(5000));
    let cut = &archive[..archive.len() / 2];
    for (extractor, archive) in [
        (&limited as &dyn Fn() -> Extractor, &archive[..]),
        (&Extractor::new, cut),
    ] {
        let (foreseen, partly) = extract(extractor().dry_run(true), archive, &world.d("dry"));
        assert!(!world.d("dry").exists());
        let (real, report) = extract(extractor(), archive, &world.d("wet"));
        let (foreseen, real) = (foreseen.unwrap_err(), real.unwrap_err());
        assert_eq!(foreseen.to_string(), real.to_string());
        assert_eq!(foreseen.limit(), real.limit());
        assert_eq!(told(&partly), told(&report));
    }
    let (result, _) = extract(limited().dry_run(true), &archive, &world.d("dry"));
    assert_eq!(result.unwrap_err().limit(), Some(Limit::TotalBytes));
}

/// Small numbers without end, the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides) as usize
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len() as u64)]
    }
}

const PATHS: &[&str] = &["a", "b", "a/a", "a/b", "b/a", "a/b/c", "c", "c/a", "a.1"];

fn item(dice: &mut Dice) -> Item {
    let path = dice.pick(PATHS);
    let item = match dice.roll(10) {
        0..4 => Item::file(path, vec![b'x'; dice.roll(50)]),
        4..6 => Item::directory(path),
        6..8 => Item::hard_link(path, dice.pick(PATHS)),
        8 => Item::symlink(path, dice.pick(&["a", "b", "c/a", "nowhere"])),
        _ => Item::file(path, "y").inode(dice.roll(3) as i64 + 1, 2),
    };
    // Older than some of what is there, newer than the rest.
    item.mtime(dice.roll(3) as i64 * 1000 + 500, 0)
}

fn prepare(dice: &mut Dice, to: &Path) {
    for _ in 0..dice.roll(6) {
        let path = to.join(dice.pick(PATHS));
        let _ = match dice.roll(4) {
            0 => fs::create_dir_all(&path),
            1 => symlink(dice.pick(&["a", "b", "../outside"]), &path),
            2 => fs::hard_link(to.join(dice.pick(PATHS)), &path),
            _ => fs::write(&path, "old").and_then(|()| {
                let time = UNIX_EPOCH + Duration::from_secs(dice.roll(3) as u64 * 1000);
                fs::File::options()
                    .write(true)
                    .open(&path)?
                    .set_modified(time)
            }),
        };
    }
}

#[test]
fn whatever_the_archive_the_policy_and_what_is_there() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for round in 0..600 {
        let world = World::with(|top| prepare(&mut dice, &top.join("d")));
        let items: Vec<_> = (0..=dice.roll(9)).map(|_| item(&mut dice)).collect();
        // newc has the data of hard links with the last of them.
        let archive = Spec::new(dice.pick(&["pax", "newc"]))
            .to_vec(items)
            .unwrap();
        let existing = dice.pick(&[
            Existing::Overwrite,
            Existing::Overwrite,
            Existing::Keep,
            Existing::KeepNewer,
            Existing::Rename,
            Existing::Error,
        ]);
        let symlinks = dice.pick(&[Symlinks::Inside, Symlinks::Allow, Symlinks::Skip]);
        let links = dice.pick(&[HardLinks::Inside, HardLinks::Inside, HardLinks::Skip]);
        let duplicates = dice.pick(&[Duplicates::Allow, Duplicates::Allow, Duplicates::Refuse]);
        let atomic = dice.roll(2) == 0;
        let extractor = || {
            Extractor::new()
                .existing(existing)
                .symlinks(symlinks)
                .hard_links(links)
                .duplicates(duplicates)
                .atomic(atomic)
        };
        let before = tree(&world.d(""));
        let (foreseen, _) = extract(extractor().dry_run(true), &archive, &world.d(""));
        assert_eq!(tree(&world.d("")), before, "round {round}");
        let (real, _) = extract(extractor(), &archive, &world.d(""));
        let (foreseen, real) = (foreseen.unwrap(), real.unwrap());
        assert_eq!(
            told(&foreseen),
            told(&real),
            "round {round}, {:?}, there was {before:#?}",
            extractor()
        );
    }
}
