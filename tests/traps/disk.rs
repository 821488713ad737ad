//! Traps of reading and writing the disk. What belongs to the process needs one of its own.

use std::{env, fs, path::Path, time::Duration};

use anyarchive::{
    EntryBuf, ErrorKind, ReadDisk, ReadDiskBehavior, Walk, WriteDisk, WriteDiskFlags,
    WriteDiskStart,
};
use anyarchive_test_support::{child_job, run_as_child};
use rustix::{fs::Mode, process::umask};

fn in_child(name: &str, body: fn()) {
    if child_job().is_some() {
        return body();
    }
    let finished = run_as_child(name, "run", &[], Duration::from_secs(60)).unwrap();
    assert_eq!(finished.problem(), None);
}

/// Changes the working directory of the process, which runs one test alone.
#[allow(clippy::disallowed_methods)]
fn go_to(path: impl AsRef<Path>) {
    env::set_current_dir(path).unwrap();
}

/// Contract 4: C's walk changes the working directory while it looks at files. Our own never does, C's not
/// unless that is asked for, and it is back after each call even then.
#[test]
fn the_working_directory_stays() {
    in_child("disk::the_working_directory_stays", || {
        let dir = tempfile::tempdir().unwrap();
        let (inside, tree) = (dir.path().join("inside"), dir.path().join("tree"));
        for path in [&inside, &tree] {
            fs::create_dir(path).unwrap();
            fs::write(path.join("file"), "x").unwrap();
        }
        go_to(&inside);
        let here = env::current_dir().unwrap();
        for found in Walk::open(&tree).unwrap() {
            assert!(found.unwrap().path().file_name().is_some());
            assert_eq!(env::current_dir().unwrap(), here);
        }
        for behavior in [ReadDiskBehavior::NO_CHDIR, ReadDiskBehavior::empty()] {
            let mut walk = ReadDisk::builder()
                .behavior(behavior)
                .open("../tree")
                .unwrap();
            let mut count = 0;
            while let Some(mut entry) = walk.next_entry().unwrap() {
                assert_eq!(env::current_dir().unwrap(), here);
                entry.descend().unwrap();
                count += 1;
            }
            assert_eq!(count, 2);
        }
        go_to("/");
    });
}

/// Contract 4: C's disk writer sets the umask to 0 and back in each header, so two at once can leave it at 0.
#[test]
fn the_umask_stays() {
    in_child("disk::the_umask_stays", || {
        let mask = Mode::from_bits_retain(0o057);
        let dir = tempfile::tempdir().unwrap();
        go_to(dir.path());
        umask(mask);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || {
                    let mut disk = WriteDisk::new(WriteDiskFlags::PERM).unwrap();
                    for number in 0..200 {
                        let path = format!("{thread}-{number}");
                        let entry = EntryBuf::directory(path).unwrap();
                        let started = disk.start_entry(&entry).unwrap();
                        assert!(matches!(started, WriteDiskStart::Done));
                    }
                    disk.finish().unwrap();
                });
            }
        });
        assert_eq!(umask(mask), mask);
        go_to("/");
    });
}

/// Contract 6.1: `archive_read_disk_entry_from_file` without a `stat` on an open walk reads through NULL. No
/// safe call reaches it: what a walk finds has its metadata already, also when the file is gone.
#[test]
fn metadata_is_there_when_the_file_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "content").unwrap();
    let mut walk = ReadDisk::builder().open(dir.path()).unwrap();
    walk.next_entry().unwrap().unwrap().descend().unwrap();
    let mut entry = walk.next_entry().unwrap().unwrap();
    fs::remove_file(dir.path().join("file")).unwrap();
    assert_eq!(entry.size(), Some(7));
    let error = entry.next_block().unwrap_err();
    assert_eq!(error.os_error(), Some(libc::ENOENT));
    assert!(walk.next_entry().unwrap().is_none());
}

/// Contract 6.7: a walk of C begins with a failure when there is nothing, and leaves the state of the entry
/// before: there is no entry then whose data could be asked for.
#[test]
fn failed_entries_lend_no_data() {
    let mut walk = ReadDisk::builder().open("/nonexistent/nowhere").unwrap();
    assert!(walk.next_entry().is_err());
    assert!(walk.next_entry().unwrap().is_none());
    assert!(walk.next_entry().unwrap().is_none());
}

/// Not in the paper: C subtracts the offset of a block from the size of the entry and takes what it
/// gets, negative or not, for the number of bytes to write, and reads that far behind the block.
#[test]
fn blocks_behind_the_size_never_reach_the_disk_writer() {
    in_child(
        "disk::blocks_behind_the_size_never_reach_the_disk_writer",
        || {
            let dir = tempfile::tempdir().unwrap();
            go_to(dir.path());
            let mut disk = WriteDisk::new(WriteDiskFlags::empty()).unwrap();
            for size in [0, 10] {
                let entry = EntryBuf::file("file", size).unwrap();
                let WriteDiskStart::File(mut file) = disk.start_entry(&entry).unwrap() else {
                    panic!("no file");
                };
                let error = file.write_at(1000, b"x").unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidInput);
                file.finish().unwrap();
                assert_eq!(fs::metadata("file").unwrap().len(), size);
            }
            disk.finish().unwrap();
            go_to("/");
        },
    );
}
