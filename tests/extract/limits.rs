//! What an archive may cost.

use std::time::Duration;

use anyarchive::{Error, Extractor, Limit, Limits, Reader, Refusal, Report};
use anyarchive_test_support::{
    samples::{Content, Item, Spec},
    tar::{Member, Tar},
    world::{World, is_silent, refusals},
};

fn extract(world: &World, limits: Limits, archive: &[u8]) -> (Result<Report, Error>, Report) {
    let mut extractor = Extractor::new().limits(limits);
    let mut reader = Reader::from_bytes(archive).unwrap();
    let result = extractor.extract(&mut reader, world.d(""));
    (result, extractor.report().clone())
}

/// The limit that ended an extraction, which its text has to name.
fn ended_by(world: &World, limits: Limits, archive: &[u8]) -> (Limit, Report) {
    let (result, report) = extract(world, limits, archive);
    let error = result.expect_err("it is beyond a limit");
    let limit = error.limit().expect("it is a limit");
    assert!(error.to_string().contains(&format!("`{limit}`")), "{error}");
    (limit, report)
}

fn files(count: usize, bytes: usize) -> Vec<u8> {
    let items = (0..count).map(|number| Item::file(format!("f{number}"), vec![b'x'; bytes]));
    Spec::new("ustar").to_vec(items).unwrap()
}

#[test]
fn entries_are_counted_exactly_and_refused_ones_too() {
    let world = World::new();
    let archive = files(3, 1);
    let limits = Limits::none().entries(3);
    is_silent(&extract(&world, limits, &archive).0.unwrap());
    let (limit, report) = ended_by(&world, Limits::none().entries(2), &archive);
    assert_eq!((limit, report.entries()), (Limit::Entries, 2));
    let refused = (0..3).map(|_| Item::file("../x", "y"));
    let archive = Spec::new("ustar").to_vec(refused).unwrap();
    let (limit, report) = ended_by(&world, Limits::none().entries(2), &archive);
    assert_eq!((limit, report.refused_count()), (Limit::Entries, 2));
}

#[test]
fn bytes_are_counted_exactly_and_half_files_removed() {
    let world = World::new();
    let archive = files(3, 1000);
    let limits = Limits::none().total_bytes(3000);
    is_silent(&extract(&world, limits, &archive).0.unwrap());

    let world = World::new();
    let (limit, report) = ended_by(&world, Limits::none().total_bytes(2999), &archive);
    assert_eq!((limit, report.bytes()), (Limit::TotalBytes, 2000));
    assert_eq!(world.names(), ["f0", "f1"]);
}

#[test]
fn long_files_are_refused_and_the_next_follows() {
    let world = World::new();
    let items = [
        Item::file("short", "12345"),
        Item::file("long", "123456"),
        Item::file("next", "1"),
    ];
    for format in ["ustar", "zip", "7zip", "newc", "iso9660"] {
        let archive = Spec::new(format).to_vec(items.clone()).unwrap();
        let limits = Limits::none().file_bytes(5);
        let report = extract(&world, limits, &archive).0.unwrap();
        assert_eq!(
            refusals(&report),
            [("long".to_owned(), Refusal::FileTooLong(5))],
            "{format}"
        );
        assert!(!world.d("long").exists());
        assert_eq!(world.read("next"), "1");
    }
}

/// Archives that do not tell the length before the data.
#[test]
fn long_files_that_do_not_say_so_are_removed() {
    let world = World::new();
    let mut zip = b"PK\x03\x04\x14\0\x08\0\x08\0".to_vec();
    zip.extend([0; 16]);
    zip.extend(b"\x04\0\0\0long");
    // A stored block of 100 bytes, and the descriptor behind the data.
    zip.extend(b"\x01\x64\0\x9b\xff");
    zip.extend([b'x'; 100]);
    zip.extend(b"PK\x07\x08");
    for number in [0x5e0e_5d8f_u32, 105, 100] {
        zip.extend(number.to_le_bytes());
    }
    zip.extend(b"PK\x05\x06");
    zip.extend([0; 18]);
    let mut reader = Reader::from_reader(&*zip).unwrap();
    let mut extractor = Extractor::new().limits(Limits::none().file_bytes(99));
    let result = extractor.extract(&mut reader, world.d(""));
    assert_eq!(
        refusals(extractor.report()),
        [("long".to_owned(), Refusal::FileTooLong(99))],
        "{result:?}"
    );
    assert_eq!(world.names(), [""; 0]);
}

#[test]
fn holes_count_as_length() {
    let world = World::new();
    let sparse = Content::Sparse {
        size: 1 << 30,
        pieces: vec![(0, vec![1; 4096])],
    };
    let archive = Spec::new("pax")
        .to_vec([Item::new("hole", sparse)])
        .unwrap();
    let (limit, _) = ended_by(&world, Limits::none().total_bytes(1 << 29), &archive);
    assert_eq!(limit, Limit::TotalBytes);
    assert_eq!(world.names(), [""; 0]);
    let limits = Limits::none().file_bytes(1 << 29);
    let report = extract(&world, limits, &archive).0.unwrap();
    assert_eq!(report.refused_count(), 1);
    is_silent(&extract(&world, Limits::none(), &archive).0.unwrap());
    assert_eq!(world.metadata("hole").len(), 1 << 30);
}

fn bomb(path: &str) -> Vec<u8> {
    let items = [Item::file(path, vec![0; 80 << 20])];
    Spec::new("ustar").filter("gzip").to_vec(items).unwrap()
}

#[test]
fn bombs_end_by_their_ratio_whether_they_are_wanted_or_not() {
    let world = World::new();
    for path in ["bomb", "../bomb"] {
        let archive = bomb(path);
        let limits = Limits::none().ratio(100);
        let (limit, report) = ended_by(&world, limits, &archive);
        assert_eq!((limit, report.entries()), (Limit::Ratio, 0), "{path}");
        assert_eq!(world.names(), [""; 0]);
        let limits = Limits::none().ratio(2000);
        let (result, _) = extract(&World::new(), limits, &archive);
        assert!(result.is_ok(), "{path}: {result:?}");
    }
}

#[test]
fn filters_are_counted_before_anything_is_made() {
    let world = World::new();
    let spec = Spec::new("ustar").filter("compress").filter("uuencode");
    let archive = spec.to_vec([Item::file("a", "x")]).unwrap();
    let (limit, _) = ended_by(&world, Limits::none().filters(1), &archive);
    assert_eq!(limit, Limit::Filters);
    assert_eq!(world.names(), [""; 0]);
    let limits = Limits::none().filters(2);
    is_silent(&extract(&world, limits, &archive).0.unwrap());
}

#[test]
fn time_ends_what_has_no_end() {
    let world = World::new();
    let (limit, report) = ended_by(&world, Limits::none().time(Duration::ZERO), &files(2, 1));
    assert_eq!((limit, report.entries()), (Limit::Time, 0));
    let hour = Limits::none().time(Duration::from_secs(3600));
    is_silent(&extract(&world, hour, &files(2, 1)).0.unwrap());
}

#[test]
fn paths_have_limits_of_their_own() {
    let world = World::new();
    let items = [
        Item::file("a/b/c", "x"),
        Item::file("a/b", "x"),
        Item::file("12345678901", "x"),
        Item::symlink("l", "12345678901"),
    ];
    let archive = Spec::new("ustar").to_vec(items).unwrap();
    let limits = Limits::none().depth(2).path_bytes(10);
    let report = extract(&world, limits, &archive).0.unwrap();
    let reasons: Vec<_> = refusals(&report).into_iter().map(|(_, why)| why).collect();
    assert_eq!(
        reasons,
        [
            Refusal::TooDeep(2),
            Refusal::PathTooLong(10),
            Refusal::PathTooLong(10)
        ]
    );
    assert_eq!(reasons[0].limit(), Some(Limit::Depth));
    assert_eq!(reasons[1].limit(), Some(Limit::PathBytes));
}

/// A claim of 2^59 bytes makes nobody reserve anything, and is refused before a file is there.
#[test]
fn claims_are_believed_against_the_archive_only() {
    let world = World::new();
    let member = Member::new(b'0', "huge").claim(1 << 59);
    let archive = Tar::new().member(&member, b"little").end();
    let (result, report) = extract(&world, Limits::new(), &archive);
    assert_eq!(
        refusals(&report),
        [("huge".to_owned(), Refusal::FileTooLong(16 << 30))],
        "{result:?}"
    );
    // The archive ends within the data that nobody wanted.
    result.unwrap_err();
    let (result, _) = extract(&world, Limits::none(), &archive);
    result.unwrap_err();
    assert_eq!(world.names(), [""; 0]);
}

#[test]
fn a_report_keeps_no_more_than_it_should() {
    let world = World::new();
    let items = (0..20).map(|number| Item::file(format!("../{number}"), "x"));
    let archive = Spec::new("ustar").to_vec(items).unwrap();
    let (told, count) = std::sync::mpsc::channel();
    let mut extractor = Extractor::new().kept_items(5).on_item(move |item| {
        told.send(item.to_string()).unwrap();
    });
    let mut reader = Reader::from_bytes(&archive).unwrap();
    let report = extractor.extract(&mut reader, world.d("")).unwrap();
    assert_eq!((report.items().len(), report.items_left_out()), (5, 15));
    assert_eq!((report.refused_count(), report.refused().count()), (20, 5));
    assert!(!report.is_clean());
    assert_eq!(count.try_iter().count(), 20);
}
