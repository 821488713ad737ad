//! Directories into archives.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{MetadataExt as _, symlink},
    path::Path,
};

use anyarchive::{
    EntryBuf, ErrorKind, Filter, Flow, Format, Matcher, Reader, Walk, WalkBuilder, WriteFormat,
    Writer,
};
use anyarchive_test_support::{diff_trees, make_tree};

fn walk(root: &Path) -> Walk {
    builder().open(root).unwrap()
}

fn builder() -> WalkBuilder {
    Walk::builder().name("t").sorted(true)
}

fn tar() -> Writer<Vec<u8>> {
    Writer::builder(Format::Tar).to_vec().unwrap()
}

/// Path, link target, content.
fn content(archive: &[u8]) -> Vec<(String, Option<String>, Vec<u8>)> {
    let mut reader = Reader::from_bytes(archive).unwrap();
    let mut found = Vec::new();
    while let Some(mut entry) = reader.next_entry().unwrap() {
        let path = entry
            .path()
            .to_str()
            .unwrap()
            .trim_end_matches('/')
            .to_owned();
        let target = entry.hardlink().or_else(|| entry.symlink());
        let target = target.map(|target| target.to_str().unwrap().to_owned());
        let data = entry.read_to_vec().unwrap();
        found.push((path, target, data));
    }
    found
}

#[test]
fn a_tree_comes_back_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let (tree, out) = (dir.path().join("tree"), dir.path().join("out"));
    make_tree(&tree, 250, 7).unwrap();
    for (format, filter) in [
        (WriteFormat::Pax, Filter::Zstd),
        (WriteFormat::Pax, Filter::Gzip),
    ] {
        let mut writer = Writer::builder(format).filter(filter).to_vec().unwrap();
        let report = writer
            .append_walk(&mut Walk::builder().name("").open(&tree).unwrap())
            .unwrap();
        assert!(report.is_clean(), "{report:?}");
        let archive = writer.finish().unwrap();
        let report = Reader::from_bytes(archive).unwrap().extract(&out).unwrap();
        assert!(report.is_clean(), "{report:?}");
        assert_eq!(diff_trees(&tree, &out), Vec::<String>::new(), "{format}");
        fs::remove_dir_all(&out).unwrap();
    }
}

#[test]
fn an_archive_does_not_take_itself() {
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    fs::create_dir(&tree).unwrap();
    fs::write(tree.join("a"), "alpha").unwrap();
    let path = tree.join("all.tar");
    for _ in 0..2 {
        let mut writer = Writer::create(&path).unwrap();
        let report = writer.append_walk(&mut walk(&tree)).unwrap();
        assert_eq!((report.entries(), report.bytes()), (2, 5));
        writer.finish().unwrap();
    }
    let mut writer = Writer::create(&path).unwrap();
    writer.append_dir_all(&tree).unwrap();
    writer.finish().unwrap();
    let paths: Vec<_> = content(&fs::read(&path).unwrap())
        .into_iter()
        .map(|found| found.0)
        .collect();
    assert_eq!(paths.len(), 2);
    // A path without the root.
    let root = tree.to_str().unwrap().trim_start_matches('/');
    assert_eq!(paths, [root.to_owned(), format!("{root}/a")]);
}

#[test]
fn one_path_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("d")).unwrap();
    fs::write(dir.path().join("d/a"), "alpha").unwrap();
    let mut writer = tar();
    writer.append_path(dir.path().join("d")).unwrap();
    writer.append_path(dir.path().join("d/a")).unwrap();
    let error = writer.append_path(dir.path().join("missing")).unwrap_err();
    assert_eq!(
        (error.kind(), error.os_error()),
        (ErrorKind::Io, Some(libc::ENOENT))
    );
    assert_eq!(
        writer.append_path("/").unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    let found = content(&writer.finish().unwrap());
    assert_eq!(found.len(), 2);
    assert!(found[1].0.ends_with("d/a") && !found[1].0.starts_with('/'));
    assert_eq!(found[1].2, b"alpha");
}

#[test]
fn hard_links_are_kept_or_copied() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a"), "alpha").unwrap();
    fs::hard_link(dir.path().join("a"), dir.path().join("b")).unwrap();
    for (format, is_link) in [
        (WriteFormat::Pax, true),
        (WriteFormat::Ustar, true),
        (WriteFormat::CpioNewc, true),
        (WriteFormat::Zip, false),
        (WriteFormat::SevenZip, false),
    ] {
        let mut writer = Writer::builder(format).to_vec().unwrap();
        let report = writer.append_walk(&mut walk(dir.path())).unwrap();
        assert!(report.is_clean(), "{format}: {report:?}");
        let mut found = content(&writer.finish().unwrap());
        found.retain(|found| found.0 != "t");
        assert_eq!(found[0], ("t/a".into(), None, b"alpha".into()), "{format}");
        let second = match is_link {
            true => ("t/b".into(), Some("t/a".into()), Vec::new()),
            false => ("t/b".into(), None, b"alpha".into()),
        };
        assert_eq!(found[1], second, "{format}");
    }
}

#[test]
fn what_cannot_be_archived_is_reported_and_the_rest_is_there() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a"), "alpha").unwrap();
    fs::write(dir.path().join("z"), "omega").unwrap();
    symlink("nowhere", dir.path().join("l")).unwrap();
    // No tar holds a socket.
    let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("s")).unwrap();
    let mut writer = tar();
    let mut told = Vec::new();
    let report = writer
        .append_walk_with(&mut walk(dir.path()), |progress| {
            let problem = progress.problem();
            told.extend(problem.map(|problem| (progress.path_bytes().to_vec(), problem.kind())));
            Flow::Continue
        })
        .unwrap();
    assert_eq!(told, [(b"t/s".to_vec(), ErrorKind::Unsupported)]);
    assert_eq!(report.problems().len(), 1, "{report:?}");
    let problem = &report.problems()[0];
    assert_eq!(problem.kind(), ErrorKind::Unsupported);
    assert_eq!(problem.entry_bytes(), Some(&b"t/s"[..]));
    let found = content(&writer.finish().unwrap());
    let paths: Vec<_> = found.iter().map(|found| &*found.0).collect();
    assert_eq!(paths, ["t", "t/a", "t/l", "t/z"]);
    // All at once, or nothing: the first one ends it.
    let error = tar().append_dir_all(dir.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let mut writer = tar();
    let report = writer
        .append_walk(&mut walk(&dir.path().join("missing")))
        .unwrap();
    assert_eq!(report.problems()[0].os_error(), Some(libc::ENOENT));
}

#[test]
fn progress_tells_what_the_sink_has_taken() {
    const LEN: usize = 1 << 20;
    let dir = tempfile::tempdir().unwrap();
    for name in ["a", "b"] {
        fs::write(dir.path().join(name), vec![b'x'; LEN]).unwrap();
    }
    let mut writer = tar();
    let mut told = Vec::new();
    let report = writer
        .append_walk_with(&mut walk(dir.path()), |progress| {
            told.push((progress.bytes_read(), progress.bytes_written()));
            Flow::Continue
        })
        .unwrap();
    assert_eq!(report.bytes(), 2 * LEN as u64);
    assert_eq!(told[0], (0, 0));
    assert!(told.is_sorted(), "{told:?}");
    // Nothing is compressed: at most a few blocks are on their way.
    assert!(
        told.iter()
            .all(|(read, written)| written + (1 << 16) > *read),
        "{told:?}"
    );
    let written = writer.bytes_written();
    assert!(told.iter().all(|told| told.1 <= written), "{written}");
    assert!(writer.finish().unwrap().len() as u64 > written);
}

#[test]
fn an_entry_that_was_dropped_before_is_told_in_place_of_no_file() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a"), "a").unwrap();
    for threads in [1, 2] {
        let mut writer = Writer::builder(Format::Tar)
            .threads(threads)
            .to_vec()
            .unwrap();
        drop(
            writer
                .start_entry(EntryBuf::file("dropped", 9).unwrap())
                .unwrap(),
        );
        let error = writer.append_walk(&mut walk(dir.path())).unwrap_err();
        assert_eq!(error.entry_bytes(), Some(&b"dropped"[..]));
        let report = writer.append_walk(&mut walk(dir.path())).unwrap();
        assert!(report.problems().is_empty(), "{report:?}");
        let paths: Vec<_> = content(&writer.finish().unwrap())
            .into_iter()
            .map(|(path, ..)| path)
            .collect();
        assert_eq!(paths, ["dropped", "t", "t/a"]);
    }
}

#[test]
fn files_that_change_meanwhile_are_reported() {
    const LEN: usize = 1 << 20;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    let append = |change: &dyn Fn()| {
        fs::write(&path, vec![b'x'; LEN]).unwrap();
        fs::write(dir.path().join("z"), "omega").unwrap();
        let mut writer = tar();
        let mut done = false;
        let report = writer
            .append_walk_with(&mut walk(dir.path()), |progress| {
                if progress.path_bytes() == b"t/log" && progress.bytes_read() > 0 && !done {
                    done = true;
                    change();
                }
                Flow::Continue
            })
            .unwrap();
        assert!(done);
        let archive = writer.finish().unwrap();
        let found = content(&archive);
        assert_eq!((found[1].2.len(), &*found[2].2), (LEN, &b"omega"[..]));
        let problems: Vec<_> = report
            .problems()
            .iter()
            .map(|problem| {
                assert_eq!(problem.kind(), ErrorKind::Changed);
                assert_eq!(problem.entry_bytes(), Some(&b"t/log"[..]));
                problem.message().to_owned()
            })
            .collect();
        (found[1].2.clone(), problems)
    };
    let file = || fs::OpenOptions::new().append(true).open(&path).unwrap();
    assert_eq!(append(&|| ()).1, Vec::<String>::new());
    let (data, problems) = append(&|| file().set_len(LEN as u64 / 2).unwrap());
    assert_eq!(data[..LEN / 2], vec![b'x'; LEN / 2]);
    assert_eq!(data[LEN / 2..], vec![0; LEN / 2]);
    assert!(
        problems[0].contains("its last 524288 bytes are zeros"),
        "{problems:?}"
    );
    let (data, problems) = append(&|| file().write_all(b"more").unwrap());
    assert_eq!(data, vec![b'x'; LEN]);
    assert!(problems[0].contains("grew"), "{problems:?}");
}

#[test]
fn two_trees_of_the_same_content_give_the_same_bytes() {
    let archives: Vec<_> = (0..2)
        .map(|number| {
            let dir = tempfile::tempdir().unwrap();
            // Made in another order, with other times and inodes.
            for name in if number == 0 {
                ["a", "b", "c"]
            } else {
                ["c", "b", "a"]
            } {
                fs::write(dir.path().join(name), name).unwrap();
            }
            fs::hard_link(dir.path().join("b"), dir.path().join("d")).unwrap();
            let time = fs::FileTimes::new().set_modified(std::time::UNIX_EPOCH);
            if number == 0 {
                fs::File::open(dir.path().join("a"))
                    .unwrap()
                    .set_times(time)
                    .unwrap();
            }
            let settings = Writer::builder(Format::Tar)
                .filter(Filter::Gzip)
                .reproducible();
            let mut writer = settings.to_vec().unwrap();
            assert!(
                writer
                    .append_walk(&mut walk(dir.path()))
                    .unwrap()
                    .is_clean()
            );
            writer.finish().unwrap()
        })
        .collect();
    assert_eq!(archives[0], archives[1]);
}

#[test]
fn holes_stay_holes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("holes");
    let file = fs::File::create(&path).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, b"middle", 5 << 20).unwrap();
    file.set_len(64 << 20).unwrap();
    if file.metadata().unwrap().blocks() * 512 >= 64 << 20 {
        return; // Not on this file system.
    }
    let mut writer = tar();
    let report = writer.append_walk(&mut walk(&path)).unwrap();
    assert!(report.is_clean());
    assert!(report.bytes() < 1 << 20, "{}", report.bytes());
    let archive = writer.finish().unwrap();
    assert!(archive.len() < 1 << 20, "{}", archive.len());
    let mut reader = Reader::from_bytes(&archive).unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    assert_eq!(entry.read_to_vec().unwrap(), fs::read(&path).unwrap());
    // A format that knows no holes has the zeros.
    let mut writer = Writer::builder(Format::Zip).to_vec().unwrap();
    assert!(writer.append_walk(&mut walk(&path)).unwrap().is_clean());
    let zip = writer.finish().unwrap();
    let mut reader = Reader::from_bytes(&zip).unwrap();
    let mut entry = reader.next_entry().unwrap().unwrap();
    assert_eq!(entry.read_to_vec().unwrap(), fs::read(&path).unwrap());
}

#[test]
fn matchers_and_sinks_have_their_say() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.o"), vec![b'x'; 1 << 20]).unwrap();
    fs::write(dir.path().join("a.c"), "").unwrap();
    let mut matcher = Matcher::new().unwrap();
    matcher.exclude_pattern("*.o").unwrap();
    let mut writer = tar();
    let report = writer.append_walk(&mut builder().matcher(matcher).open(dir.path()).unwrap());
    assert_eq!(report.unwrap().entries(), 2);
    let mut writer = Writer::builder(Format::Tar).to_writer(Full).unwrap();
    let error = writer.append_walk(&mut walk(dir.path())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
}
