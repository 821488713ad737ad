//! Writers and entries of one's own.

mod support;

use std::{
    cell::Cell,
    ffi::{c_char, c_void},
    ptr,
    rc::Rc,
};

use anyarchive_capi::*;
use support::*;

const OK: anyarchive_status = anyarchive_status::Ok;
const INVALID: anyarchive_status = anyarchive_status::InvalidInput;
const NONE: *mut *mut anyarchive_error = ptr::null_mut();

/// A sink with a function for each call.
struct Sink {
    written: Vec<u8>,
    #[allow(clippy::type_complexity)]
    trick: Box<dyn FnMut(&mut Vec<u8>, &[u8], *mut usize) -> i32>,
    dropped: Rc<Cell<usize>>,
}

unsafe extern "C" fn write(
    user: *mut c_void,
    data: *const u8,
    len: usize,
    n_written: *mut usize,
) -> i32 {
    // SAFETY: made by `sink`; one callback at a time.
    let sink = unsafe { &mut *user.cast::<Sink>() };
    let data = bytes(data, len);
    (sink.trick)(&mut sink.written, data, n_written)
}

unsafe extern "C" fn drop_sink(user: *mut c_void) {
    // SAFETY: made by `sink`.
    let sink = unsafe { Box::from_raw(user.cast::<Sink>()) };
    sink.dropped.set(sink.dropped.get() + 1);
}

fn sink(
    trick: impl FnMut(&mut Vec<u8>, &[u8], *mut usize) -> i32 + 'static,
) -> (anyarchive_sink, Rc<Cell<usize>>) {
    let dropped = Rc::new(Cell::new(0));
    let this = Sink {
        written: Vec::new(),
        trick: Box::new(trick),
        dropped: Rc::clone(&dropped),
    };
    let sink = anyarchive_sink {
        struct_size: size_of::<anyarchive_sink>(),
        user: Box::into_raw(Box::new(this)).cast(),
        write: Some(write),
        drop: Some(drop_sink),
    };
    (sink, dropped)
}

fn open_sink(sink: &anyarchive_sink, format: &str) -> *mut anyarchive_writer {
    let settings = writer_settings(format);
    let mut writer = ptr::null_mut();
    let status = c!(anyarchive_writer_open_sink(
        sink,
        settings,
        &raw mut writer,
        NONE
    ));
    assert_eq!(status, OK);
    c!(anyarchive_writer_settings_free(settings));
    writer
}

fn say(place: *mut usize, count: usize) {
    // SAFETY: the library gave this place.
    unsafe { place.write(count) };
}

#[test]
fn what_is_written_is_read() {
    for format in ["pax", "zip", "7zip", "cpio-newc"] {
        let writer = memory_writer(format);
        write_file(writer, "a/b.txt", b"some data");
        write_file(writer, "empty", b"");
        assert_eq!(c!(anyarchive_writer_entries(writer)), 2);
        let archive = finish(writer);
        let reader = open_memory(&archive);
        let mut seen = Vec::new();
        while let Ok(path) = next(reader) {
            seen.push((path, read_all(reader).unwrap()));
        }
        assert_eq!(
            seen,
            [
                ("a/b.txt".into(), b"some data".to_vec()),
                ("empty".into(), vec![])
            ],
            "{format}"
        );
        c!(anyarchive_reader_free(reader));
    }
}

#[test]
fn all_metadata_comes_back() {
    let entry = new_entry("x", anyarchive_file_type::File);
    let path = b"caf\xe9";
    for status in [
        c!(anyarchive_entry_set_path(entry, c"caf\xe9".as_ptr(), NONE)),
        c!(anyarchive_entry_set_mode(entry, 0o4751, NONE)),
        c!(anyarchive_entry_set_size(entry, 0, NONE)),
        c!(anyarchive_entry_set_uid(entry, 1234, NONE)),
        c!(anyarchive_entry_set_gid(entry, 5678, NONE)),
        c!(anyarchive_entry_set_uname(entry, c"me".as_ptr(), NONE)),
        c!(anyarchive_entry_set_gname(entry, c"us".as_ptr(), NONE)),
        c!(anyarchive_entry_set_mtime(entry, 1_000_000_000, 5, NONE)),
        c!(anyarchive_entry_set_atime(entry, -1, 0, NONE)),
        c!(anyarchive_entry_set_xattr(
            entry,
            c"user.note".as_ptr(),
            b"a\0b".as_ptr(),
            3,
            NONE
        )),
    ] {
        assert_eq!(status, OK);
    }
    let writer = memory_writer("pax");
    assert_eq!(c!(anyarchive_writer_start_entry(writer, entry)), OK);
    assert_eq!(c!(anyarchive_writer_finish_entry(writer)), OK);
    c!(anyarchive_entry_free(entry));
    let archive = finish(writer);

    let reader = open_memory(&archive);
    let mut lent = ptr::null();
    assert_eq!(c!(anyarchive_reader_next(reader, &raw mut lent)), OK);
    let mut entry = ptr::null_mut();
    assert_eq!(c!(anyarchive_entry_clone(lent, &raw mut entry, NONE)), OK);
    // One that is lent is not the caller's to change or to free.
    let status = c!(anyarchive_entry_set_mode(lent.cast_mut(), 0, NONE));
    assert_eq!(status, INVALID);
    c!(anyarchive_entry_free(lent.cast_mut()));
    assert_eq!(c!(anyarchive_entry_mode(lent)), 0o4751);
    c!(anyarchive_reader_free(reader));

    // The copy outlives the reader.
    let (mut data, mut len) = (ptr::null(), 0);
    assert!(c!(anyarchive_entry_path_bytes(
        entry,
        &raw mut data,
        &raw mut len
    )));
    assert_eq!(bytes(data, len), path);
    let mut number = 0;
    assert!(c!(anyarchive_entry_uid(entry, &raw mut number)));
    assert_eq!(number, 1234);
    assert!(c!(anyarchive_entry_gid(entry, &raw mut number)));
    assert_eq!(number, 5678);
    assert_eq!(text(c!(anyarchive_entry_uname(entry))), "me");
    assert_eq!(text(c!(anyarchive_entry_gname(entry))), "us");
    let (mut seconds, mut nanoseconds) = (0, 0);
    assert!(c!(anyarchive_entry_mtime(
        entry,
        &raw mut seconds,
        &raw mut nanoseconds
    )));
    assert_eq!((seconds, nanoseconds), (1_000_000_000, 5));
    assert!(c!(anyarchive_entry_atime(
        entry,
        &raw mut seconds,
        ptr::null_mut()
    )));
    assert_eq!(seconds, -1);
    assert!(!c!(anyarchive_entry_birthtime(
        entry,
        &raw mut seconds,
        ptr::null_mut()
    )));
    // Once, though pax has it in two ways.
    let count = c!(anyarchive_entry_xattr_count(entry));
    assert_eq!(count, 1);
    let mut name: *const c_char = ptr::null();
    let mut xattr = |index| {
        c!(anyarchive_entry_xattr(
            entry,
            index,
            &raw mut name,
            &raw mut data,
            &raw mut len
        ))
    };
    assert!(!xattr(count));
    assert!(xattr(0));
    assert_eq!(text(name), "user.note");
    assert_eq!(bytes(data, len), b"a\0b");
    c!(anyarchive_entry_free(entry));
}

#[test]
fn data_in_pieces_must_be_as_much_as_was_said() {
    let writer = memory_writer("ustar");
    let entry = new_entry("f", anyarchive_file_type::File);
    c!(anyarchive_entry_set_size(entry, 6, NONE));
    let write = |data: &[u8]| {
        c!(anyarchive_writer_write(
            writer,
            data.as_ptr().cast(),
            data.len()
        ))
    };
    // No entry yet.
    assert_eq!(write(b"x"), INVALID);
    assert_eq!(c!(anyarchive_writer_finish_entry(writer)), INVALID);
    assert_eq!(c!(anyarchive_writer_start_entry(writer, entry)), OK);
    assert_eq!(write(b"abc"), OK);
    assert_eq!(write(b"def"), OK);
    assert_eq!(write(b"g"), INVALID);
    assert_ne!(c!(anyarchive_writer_finish_entry(writer)), OK);
    assert_eq!(c!(anyarchive_writer_start_entry(writer, entry)), OK);
    assert_eq!(write(b"abc"), OK);
    assert_eq!(c!(anyarchive_writer_finish_entry(writer)), INVALID);
    let error = c!(anyarchive_writer_error(writer));
    assert_eq!(text(c!(anyarchive_error_entry(error))), "f");
    c!(anyarchive_entry_free(entry));
    c!(anyarchive_writer_finish(writer));
    // It is finished.
    assert_eq!(write(b"x"), INVALID);
    assert_eq!(c!(anyarchive_writer_finish(writer)), INVALID);
    c!(anyarchive_writer_free(writer));
}

#[test]
fn a_sink_that_takes_little_gets_all() {
    let all: Rc<Cell<Vec<u8>>> = Rc::default();
    let taken = Rc::clone(&all);
    let (sink, dropped) = sink(move |written, data, place| {
        let count = data.len().min(100);
        written.extend_from_slice(&data[..count]);
        taken.set(written.clone());
        say(place, count);
        0
    });
    let writer = open_sink(&sink, "ustar");
    for number in 0..3 {
        write_file(writer, &format!("file-{number}"), &[number; 1000]);
    }
    assert_eq!(c!(anyarchive_writer_finish(writer)), OK);
    assert_eq!(dropped.get(), 1);
    c!(anyarchive_writer_free(writer));
    assert_eq!(dropped.get(), 1);
    assert_eq!(all.take(), tar(3));
}

/// Writes until it fails.
fn first_failure(sink: &anyarchive_sink) -> anyarchive_status {
    let writer = open_sink(sink, "ustar");
    let entry = new_entry("f", anyarchive_file_type::File);
    c!(anyarchive_entry_set_size(entry, 1000, NONE));
    let mut status = OK;
    for _ in 0..100 {
        status = c!(anyarchive_writer_start_entry(writer, entry));
        if status == OK {
            let data = [1_u8; 1000];
            status = c!(anyarchive_writer_write(writer, data.as_ptr().cast(), 1000));
        }
        if status == OK {
            status = c!(anyarchive_writer_finish_entry(writer));
        }
        if status != OK {
            break;
        }
    }
    if status == OK {
        status = c!(anyarchive_writer_finish(writer));
    }
    c!(anyarchive_entry_free(entry));
    c!(anyarchive_writer_free(writer));
    status
}

#[test]
fn a_sink_that_fails_or_lies_is_an_error() {
    for good_calls in [0, 1] {
        for lie in [0, usize::MAX, usize::MAX - 1, 1 << 40] {
            let mut calls = 0;
            let (sink, dropped) = sink(move |_, data, place| {
                calls += 1;
                if calls <= good_calls {
                    say(place, data.len());
                } else if lie != usize::MAX {
                    say(place, lie);
                }
                0
            });
            assert_eq!(
                first_failure(&sink),
                anyarchive_status::Io,
                "{good_calls} {lie}"
            );
            assert_eq!(dropped.get(), 1);
        }
    }
    let (sink, _) = sink(|_, data, place| {
        say(place, data.len());
        5
    });
    assert_eq!(first_failure(&sink), anyarchive_status::Io);
}

#[test]
fn a_sink_that_calls_its_writer_is_refused_and_may_free_it() {
    let writer: Rc<Cell<*mut anyarchive_writer>> = Rc::default();
    let seen = Rc::new(Cell::new(None));
    let (in_callback, answer) = (Rc::clone(&writer), Rc::clone(&seen));
    let (sink, dropped) = sink(move |_, data, place| {
        let writer = in_callback.get();
        answer.set(Some(c!(anyarchive_writer_finish(writer))));
        c!(anyarchive_writer_free(writer));
        say(place, data.len());
        0
    });
    let opened = open_sink(&sink, "ustar");
    writer.set(opened);
    assert_eq!(c!(anyarchive_writer_finish(opened)), OK);
    assert_eq!(seen.get(), Some(anyarchive_status::Busy));
    assert_eq!(dropped.get(), 1);
}

#[test]
fn settings_reach_the_archive() {
    let settings = writer_settings("pax");
    assert_eq!(
        c!(anyarchive_writer_settings_filter(
            settings,
            c"gzip".as_ptr()
        )),
        OK
    );
    assert_eq!(c!(anyarchive_writer_settings_level(settings, 9)), OK);
    let directory = tempfile::tempdir().unwrap();
    let path = c_string(
        directory
            .path()
            .join("a.bin")
            .into_os_string()
            .into_encoded_bytes(),
    );
    let mut writer = ptr::null_mut();
    let create = |settings, writer: &mut _| {
        c!(anyarchive_writer_create(
            path.as_ptr(),
            settings,
            writer,
            NONE
        ))
    };
    // The name tells nothing.
    assert_eq!(create(ptr::null(), &mut writer), INVALID);
    assert_eq!(create(settings, &mut writer), OK);
    write_file(writer, "f", b"data");
    assert_eq!(c!(anyarchive_writer_finish(writer)), OK);
    c!(anyarchive_writer_free(writer));
    let archive = std::fs::read(directory.path().join("a.bin")).unwrap();
    assert!(archive.starts_with(b"\x1f\x8b"));
    // Out of range.
    assert_eq!(c!(anyarchive_writer_settings_level(settings, 10)), OK);
    assert_eq!(create(settings, &mut writer), INVALID);
    assert!(writer.is_null());
    c!(anyarchive_writer_settings_free(settings));
}

#[cfg(unix)]
#[test]
fn a_tree_is_written_and_extracted_again() {
    let directory = tempfile::tempdir().unwrap();
    let tree = directory.path().join("tree");
    std::fs::create_dir_all(tree.join("sub")).unwrap();
    std::fs::write(tree.join("sub/file"), "content").unwrap();
    std::os::unix::fs::symlink("sub/file", tree.join("link")).unwrap();
    let c_path = |path: std::path::PathBuf| c_string(path.into_os_string().into_encoded_bytes());
    let writer = memory_writer("pax");
    let status = c!(anyarchive_writer_append_tree(writer, c_path(tree).as_ptr()));
    assert_eq!(status, OK);
    assert!(c!(anyarchive_writer_take_warning(writer)).is_null());
    let archive = finish(writer);
    let reader = open_memory(&archive);
    let extractor = anyarchive_extractor_new();
    let destination = directory.path().join("out");
    let status = c!(anyarchive_extractor_run(
        extractor,
        reader,
        c_path(destination.clone()).as_ptr()
    ));
    assert_eq!(status, OK);
    assert_eq!(c!(anyarchive_extractor_item_count(extractor)), 0);
    c!(anyarchive_extractor_free(extractor));
    c!(anyarchive_reader_free(reader));
    let found: Vec<_> = walk(&destination);
    assert!(
        found.iter().any(|path| path.ends_with("sub/file")),
        "{found:?}"
    );
    let link = found.iter().find(|path| path.ends_with("link")).unwrap();
    assert_eq!(
        std::fs::read_link(link).unwrap(),
        std::path::Path::new("sub/file")
    );
}

#[cfg(unix)]
fn walk(directory: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut all = Vec::new();
    for found in std::fs::read_dir(directory).unwrap() {
        let path = found.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            all.extend(walk(&path));
        }
        all.push(path);
    }
    all
}
