//! The umask applies, and is not touched.

use std::{fs, os::unix::fs::MetadataExt as _, time::Duration};

use anyarchive::Reader;
use anyarchive_test_support::{
    child_job, run_as_child,
    samples::{Item, Spec},
};
use rustix::{fs::Mode, process::umask};

use anyarchive_test_support::world::{is_silent, unlock};

#[test]
fn the_umask_applies_and_stays() {
    if let Some(job) = child_job() {
        return extract_under(u32::from_str_radix(&job, 8).unwrap());
    }
    // In processes of their own, because it belongs to the process.
    for mask in ["000", "002", "077", "222"] {
        let name = "umask::the_umask_applies_and_stays";
        let finished = run_as_child(name, mask, &[], Duration::from_secs(60)).unwrap();
        assert_eq!(finished.problem(), None, "{mask}");
    }
}

fn extract_under(mask: u32) {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    fs::create_dir(&out).unwrap();
    umask(Mode::from_bits_retain(mask));
    let archive = Spec::new("pax")
        .to_vec([
            Item::file("implied/sub/file", "x").mode(0o666),
            Item::file("program", "x").mode(0o777),
            Item::directory("dir").mode(0o777),
            Item::file("dir/file", "x").mode(0o640),
            Item::directory("dir/ro").mode(0o555),
            Item::directory("implied").mode(0o775),
        ])
        .unwrap();
    is_silent(&Reader::from_bytes(&archive).unwrap().extract(&out).unwrap());
    for (path, mode) in [
        ("implied", 0o775),
        ("implied/sub", 0o777),
        ("implied/sub/file", 0o666),
        ("program", 0o777),
        ("dir", 0o777),
        ("dir/file", 0o640),
        ("dir/ro", 0o555),
    ] {
        let found = fs::metadata(out.join(path)).unwrap().mode() & 0o7777;
        assert_eq!(found, mode & !mask, "{path}");
    }
    assert_eq!(umask(Mode::empty()).bits(), mask);
    unlock(&out);
}
