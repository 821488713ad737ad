//! C's disk writer, guarded. Each test has a process of its own: paths begin in its working directory.

use std::{
    env, fs,
    os::unix::fs::{FileTypeExt as _, MetadataExt as _, symlink},
    path::Path,
    time::Duration,
};

use anyarchive::{
    EntryBuf, ErrorKind, FileType, Timestamp, WriteDisk, WriteDiskFlags, WriteDiskStart,
};
use anyarchive_test_support::{child_job, run_as_child};
use rustix::{fs::Mode, process::umask};

/// Runs `body` in a process whose working directory is an empty one.
fn in_directory(name: &str, body: fn()) {
    if child_job().is_none() {
        let finished = run_as_child(name, "run", &[], Duration::from_secs(60)).unwrap();
        assert_eq!(finished.problem(), None);
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let inside = dir.path().join("inside");
    fs::create_dir(&inside).unwrap();
    go_to(&inside);
    body();
    assert_eq!(env::current_dir().unwrap(), inside.canonicalize().unwrap());
    go_to("/");
}

/// Changes the working directory of the process, which runs one test alone.
#[allow(clippy::disallowed_methods)]
fn go_to(path: impl AsRef<Path>) {
    env::set_current_dir(path).unwrap();
}

fn disk(flags: WriteDiskFlags) -> WriteDisk {
    WriteDisk::new(flags).unwrap()
}

fn write(disk: &mut WriteDisk, entry: &EntryBuf, data: &[u8]) -> anyarchive::Result<bool> {
    match disk.start_entry(entry)? {
        WriteDiskStart::File(mut file) => {
            file.write_at(0, data)?;
            file.finish()?;
        }
        WriteDiskStart::Done => {}
        WriteDiskStart::Skipped => return Ok(false),
    }
    Ok(true)
}

#[test]
fn writes_what_entries_say() {
    in_directory("write_disk::writes_what_entries_say", || {
        let mut disk = disk(WriteDiskFlags::PERM | WriteDiskFlags::TIME);
        let time = |seconds| Timestamp {
            seconds,
            nanoseconds: 7,
        };
        let mut directory = EntryBuf::directory("d").unwrap();
        directory
            .set_mode(0o500)
            .unwrap()
            .set_mtime(time(1))
            .unwrap();
        assert!(write(&mut disk, &directory, b"").unwrap());
        let mut file = EntryBuf::file("d/f", 5).unwrap();
        file.set_mode(0o640).unwrap().set_mtime(time(2)).unwrap();
        assert!(write(&mut disk, &file, b"hello").unwrap());
        assert!(write(&mut disk, &EntryBuf::file("d/empty", 0).unwrap(), b"").unwrap());
        assert!(write(&mut disk, &EntryBuf::symlink("l", "d/f").unwrap(), b"").unwrap());
        let mut link = EntryBuf::hardlink("h", "d/f").unwrap();
        // C would open the target and cut it.
        link.set_size(3).unwrap();
        assert!(write(&mut disk, &link, b"").unwrap());
        disk.finish().unwrap();
        assert_eq!(fs::read("h").unwrap(), b"hello");
        assert_eq!(fs::read("l").unwrap(), b"hello");
        assert_eq!(fs::metadata("d/empty").unwrap().len(), 0);
        let file = fs::metadata("d/f").unwrap();
        assert_eq!(
            (file.mode() & 0o7777, file.mtime(), file.nlink()),
            (0o640, 2, 2)
        );
        // Only the end could set these.
        let directory = fs::metadata("d").unwrap();
        assert_eq!((directory.mode() & 0o7777, directory.mtime()), (0o500, 1));
        fs::set_permissions("d", std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    });
}

#[test]
fn sizes_are_kept_to() {
    in_directory("write_disk::sizes_are_kept_to", || {
        let mut disk = disk(WriteDiskFlags::empty());
        let entry = EntryBuf::file("f", 10).unwrap();
        let WriteDiskStart::File(mut file) = disk.start_entry(&entry).unwrap() else {
            panic!("no file");
        };
        file.write_at(2, b"cd").unwrap();
        // C takes 10 - 100 for a length, and writes what is behind our five bytes in memory.
        for (offset, data) in [
            (100, &b"xxxxx"[..]),
            (8, b"xyz"),
            (u64::MAX, b"x"),
            (10, b"x"),
        ] {
            let error = file.write_at(offset, data).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{offset}");
        }
        file.write_at(100, b"").unwrap();
        file.finish().unwrap();
        let WriteDiskStart::File(mut file) = disk
            .start_entry(&EntryBuf::file("empty", 0).unwrap())
            .unwrap()
        else {
            panic!("no file");
        };
        assert!(file.write_at(0, b"x").is_err());
        file.finish().unwrap();
        let mut unknown = EntryBuf::file("unknown", 0).unwrap();
        unknown.set_size(None).unwrap();
        assert!(write(&mut disk, &unknown, b"whatever").unwrap());
        disk.finish().unwrap();
        assert_eq!(fs::read("f").unwrap(), b"\0\0cd\0\0\0\0\0\0");
        assert_eq!(fs::read("empty").unwrap(), b"");
        assert_eq!(fs::read("unknown").unwrap(), b"whatever");
    });
}

#[test]
fn skipped_files_are_told_apart() {
    in_directory("write_disk::skipped_files_are_told_apart", || {
        for name in ["full", "empty"] {
            fs::write(name, "mine").unwrap();
        }
        let mut disk = disk(WriteDiskFlags::NO_OVERWRITE);
        assert!(!write(&mut disk, &EntryBuf::file("full", 5).unwrap(), b"yours").unwrap());
        assert!(!write(&mut disk, &EntryBuf::file("empty", 0).unwrap(), b"").unwrap());
        assert!(write(&mut disk, &EntryBuf::file("new", 0).unwrap(), b"").unwrap());
        disk.finish().unwrap();
        assert_eq!(fs::read("full").unwrap(), b"mine");
        assert_eq!(fs::read("empty").unwrap(), b"mine");
        assert_eq!(fs::read("new").unwrap(), b"");
    });
}

#[test]
fn ways_out_are_refused_with_no_flags_at_all() {
    in_directory(
        "write_disk::ways_out_are_refused_with_no_flags_at_all",
        || {
            symlink("..", "up").unwrap();
            let absolute = env::current_dir().unwrap().join("../absolute");
            let absolute = absolute.to_str().unwrap();
            let mut disk = disk(WriteDiskFlags::empty());
            for path in ["../out", "a/../../out", absolute, "up/out"] {
                let error = write(&mut disk, &EntryBuf::file(path, 1).unwrap(), b"x").unwrap_err();
                assert!(error.is_recoverable(), "{path}: {error}");
                assert!(error.entry().is_some());
            }
            let hard = EntryBuf::hardlink("h", "/etc/passwd").unwrap();
            assert!(write(&mut disk, &hard, b"").is_err());
            for kind in [FileType::Fifo, FileType::Socket, FileType::CharDevice] {
                let mut special = EntryBuf::file("special", 0).unwrap();
                special.set_file_type(kind).unwrap();
                let error = disk.start_entry(&special).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Refused);
            }
            // Other entries can follow all of these.
            assert!(write(&mut disk, &EntryBuf::file("good", 1).unwrap(), b"x").unwrap());
            disk.finish().unwrap();
            let outside: Vec<_> = fs::read_dir("..")
                .unwrap()
                .map(|e| e.unwrap().file_name())
                .collect();
            assert_eq!(outside, ["inside"]);
            assert!(fs::symlink_metadata("h").is_err() && fs::symlink_metadata("special").is_err());
            assert_eq!(fs::read("good").unwrap(), b"x");
            let mut disk = WriteDisk::new(WriteDiskFlags::empty())
                .unwrap()
                .special_files(true);
            let mut pipe = EntryBuf::file("pipe", 0).unwrap();
            pipe.set_file_type(FileType::Fifo).unwrap();
            assert!(write(&mut disk, &pipe, b"").unwrap());
            assert!(fs::symlink_metadata("pipe").unwrap().file_type().is_fifo());
        },
    );
}

#[test]
fn writers_on_many_threads_keep_the_umask() {
    in_directory("write_disk::writers_on_many_threads_keep_the_umask", || {
        let mask = Mode::from_bits_retain(0o027);
        umask(mask);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || {
                    let mut disk = disk(WriteDiskFlags::empty());
                    for number in 0..100 {
                        let mut entry = EntryBuf::file(format!("{thread}/{number}"), 1).unwrap();
                        entry.set_mode(0o666).unwrap();
                        assert!(write(&mut disk, &entry, b"x").unwrap());
                    }
                    disk.finish().unwrap();
                });
            }
        });
        assert_eq!(umask(mask), mask);
        for thread in 0..4 {
            for number in 0..100 {
                let mode = fs::metadata(format!("{thread}/{number}")).unwrap().mode();
                assert_eq!(mode & 0o777, 0o640);
            }
        }
    });
}

#[test]
fn a_full_disk_is_an_error() {
    in_directory("write_disk::a_full_disk_is_an_error", || {
        // No block of a file may be written beyond this.
        let limit = rustix::process::Rlimit {
            current: Some(4096),
            maximum: Some(4096),
        };
        rustix::process::setrlimit(rustix::process::Resource::Fsize, limit).unwrap();
        // SAFETY: an ignored signal runs no code.
        unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
        let mut disk = disk(WriteDiskFlags::empty());
        let entry = EntryBuf::file("big", 10_000).unwrap();
        let error = write(&mut disk, &entry, &[1; 10_000]).unwrap_err();
        assert_eq!(error.os_error(), Some(libc::EFBIG), "{error:?}");
        assert_eq!(error.entry_bytes(), Some(&b"big"[..]));
    });
}
