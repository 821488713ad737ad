//! Directories into archives, with another thread that reads ahead: nothing tells it but the time.

use std::{fs, io, path::Path};

use anyarchive::{
    AppendReport, ErrorKind, Filter, Flow, Format, Reader, Result, Walk, WriteFormat, Writer,
    WriterBuilder,
};
use anyarchive_test_support::make_tree;

/// More than is read ahead.
const LONG: usize = 8 << 20;

fn walk(root: &Path) -> Walk {
    Walk::builder().name("t").sorted(true).open(root).unwrap()
}

fn tar() -> WriterBuilder {
    Writer::builder(Format::Tar).reproducible()
}

/// All that appending a tree tells.
type Told = Vec<(Vec<u8>, u64, u64, Option<String>)>;

fn append(settings: &WriterBuilder, root: &Path) -> (Vec<u8>, AppendReport, Told) {
    let mut writer = settings.to_vec().unwrap();
    let mut told = Told::new();
    let report = writer
        .append_walk_with(&mut walk(root), |progress| {
            told.push((
                progress.path_bytes().to_vec(),
                progress.bytes_read(),
                progress.entries(),
                progress.problem().map(|problem| format!("{problem:#}")),
            ));
            Flow::Continue
        })
        .unwrap();
    (writer.finish().unwrap(), report, told)
}

/// Files of many lengths, one with holes, links, and what no archive holds.
fn tree() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    make_tree(dir.path().join("many"), 300, 11).unwrap();
    fs::write(dir.path().join("long"), vec![b'l'; LONG]).unwrap();
    fs::hard_link(dir.path().join("long"), dir.path().join("name")).unwrap();
    for len in [0, 65_535, 65_536, 65_537, 262_144, 262_145] {
        fs::write(dir.path().join(format!("of {len}")), vec![b'x'; len]).unwrap();
    }
    let holes = fs::File::create(dir.path().join("holes")).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&holes, b"middle", 3 << 20).unwrap();
    holes.set_len(9 << 20).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket"));
    drop(socket.unwrap());
    dir
}

#[test]
fn archive_report_and_progress_are_the_same() {
    let dir = tree();
    for format in [
        WriteFormat::Pax,
        WriteFormat::Zip,
        WriteFormat::CpioNewc,
        // One entry, so that the long ones are refused.
        WriteFormat::Raw,
    ] {
        let settings = Writer::builder(format).reproducible();
        let (archive, report, told) = append(&settings, dir.path());
        assert_eq!(
            report.is_clean(),
            format == WriteFormat::CpioNewc,
            "{format}"
        );
        for threads in [2, 5] {
            let (by_more, by_more_report, by_more_told) =
                append(&settings.clone().threads(threads), dir.path());
            if format != WriteFormat::Zip {
                assert!(by_more == archive, "{format}");
            }
            assert_eq!(by_more_told, told, "{format}");
            assert_eq!(
                format!("{by_more_report:?}"),
                format!("{report:?}"),
                "{format}"
            );
        }
    }
}

#[test]
fn files_that_change_meanwhile_are_reported() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("long");
    let append = |change: &dyn Fn()| {
        fs::write(&path, vec![b'x'; LONG]).unwrap();
        fs::write(dir.path().join("z"), "omega").unwrap();
        let mut writer = tar().threads(2).to_vec().unwrap();
        let mut done = false;
        let report = writer
            .append_walk_with(&mut walk(dir.path()), |progress| {
                if progress.bytes_read() > 0 && !std::mem::replace(&mut done, true) {
                    change();
                }
                Flow::Continue
            })
            .unwrap();
        let archive = writer.finish().unwrap();
        let mut reader = Reader::from_bytes(&archive).unwrap();
        let mut entry = reader.find("t/long").unwrap().unwrap();
        let data = entry.read_to_vec().unwrap();
        assert_eq!(data.len(), LONG);
        assert!(reader.find("t/z").unwrap().is_some());
        let told = report.problems().iter().map(|problem| {
            assert_eq!(problem.kind(), ErrorKind::Changed);
            assert_eq!(problem.entry_bytes(), Some(&b"t/long"[..]));
            problem.message().to_owned()
        });
        (data, told.collect::<Vec<_>>())
    };
    let file = || fs::OpenOptions::new().append(true).open(&path).unwrap();
    assert_eq!(append(&|| ()).1, Vec::<String>::new());
    let (data, problems) = append(&|| file().set_len(LONG as u64 / 2).unwrap());
    assert_eq!(data[LONG / 2..], vec![0; LONG / 2]);
    assert!(problems[0].contains("are zeros"), "{problems:?}");
    let (data, problems) = append(&|| io::Write::write_all(&mut file(), b"more").unwrap());
    assert_eq!(data, vec![b'x'; LONG]);
    assert!(problems[0].contains("grew"), "{problems:?}");
}

#[test]
fn it_can_be_stopped_at_every_step() {
    let dir = tree();
    for filter in [None, Some(Filter::Gzip)] {
        let mut settings = tar().threads(2);
        if let Some(filter) = filter {
            settings = settings.filter(filter);
        }
        let total = append(&settings, dir.path()).2.len();
        for last in (0..total).step_by(13) {
            let mut calls = 0;
            let mut writer = settings.to_vec().unwrap();
            let stopped = writer.append_walk_with(&mut walk(dir.path()), |_| {
                calls += 1;
                match calls > last {
                    true => Flow::Stop,
                    false => Flow::Continue,
                }
            });
            assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Cancelled);
            assert_eq!(calls, last + 1);
            if last % 2 == 0 {
                // What is there can be completed.
                assert!(!writer.finish().unwrap().is_empty());
            }
        }
    }
}

#[test]
fn a_callback_that_panics_is_heard() {
    let dir = tree();
    let mut writer = tar().threads(2).to_vec().unwrap();
    let append = std::panic::AssertUnwindSafe(|| {
        writer.append_walk_with(&mut walk(dir.path()), |progress| {
            assert!(progress.entries() < 20, "so many");
            Flow::Continue
        })
    });
    let thrown = std::panic::catch_unwind(append).unwrap_err();
    assert_eq!(*thrown.downcast::<&str>().unwrap(), "so many");
}

#[test]
fn a_sink_that_is_full_ends_it() {
    struct Full(usize);
    impl io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self
                .0
                .checked_sub(bytes.len())
                .ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let dir = tree();
    for room in [0, 1 << 20, 5 << 20] {
        let mut writer = tar().threads(3).to_writer(Full(room)).unwrap();
        let error = writer.append_walk(&mut walk(dir.path())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        let result: Result<_> = writer.finish().map(drop);
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Poisoned);
    }
}

#[test]
fn the_first_problem_ends_a_whole_directory() {
    let dir = tree();
    let mut writer = tar().threads(2).to_vec().unwrap();
    let error = writer.append_dir_all(dir.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.entry_bytes().unwrap().ends_with(b"/socket"));
}
