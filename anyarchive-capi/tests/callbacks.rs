//! Callbacks that fail, lie, end in an exception, or call back into what runs them.

mod support;

use std::{cell::Cell, ffi::c_void, ptr, rc::Rc, sync::atomic::Ordering, thread};

use anyarchive_capi::*;
use support::*;

/// Reads to the end, with or without the data.
fn read_archive(
    source: &anyarchive_source,
    block_size: usize,
    with_data: bool,
) -> (usize, anyarchive_status) {
    let settings = anyarchive_reader_settings_new();
    let status = c!(anyarchive_reader_settings_block_size(settings, block_size));
    assert_eq!(status, anyarchive_status::Ok);
    let (reader, status) = open_source(source, settings);
    c!(anyarchive_reader_settings_free(settings));
    if status != anyarchive_status::Ok {
        return (0, status);
    }
    let mut entries = 0;
    let status = loop {
        if let Err(status) = next(reader) {
            break status;
        }
        entries += 1;
        if with_data && let Err(status) = read_all(reader) {
            break status;
        }
    };
    c!(anyarchive_reader_free(reader));
    (entries, status)
}

/// Fails at this byte as an exception does: the result is not written, and what is returned is what the
/// call before returned.
fn throws_at(point: usize) -> Trick {
    Box::new(move |turn| {
        if *turn.position >= point {
            0
        } else {
            turn.cap = turn.cap.min(point - *turn.position);
            turn.read()
        }
    })
}

/// The 570 cases that tell a poisoned result from a count that is returned.
#[test]
fn an_exception_is_never_the_end_of_the_archive() {
    let archive = tar(400);
    let (source, _) = Source::give(&archive, good());
    assert_eq!(
        read_archive(&source, 4096, true),
        (400, anyarchive_status::Eof)
    );
    let points = 57;
    // What is behind the last entry need not be read.
    let end = 400 * 1536;
    let mut cases = 0;
    for block_size in [512, 4608, 10_240, 65_536, 1 << 20] {
        for point in 0..points {
            for with_data in [false, true] {
                let (source, dropped) = Source::give(&archive, throws_at(point * end / points));
                let (entries, status) = read_archive(&source, block_size, with_data);
                assert_eq!(
                    status,
                    anyarchive_status::Io,
                    "{block_size} {point} {with_data}"
                );
                assert!(entries < 400);
                assert_eq!(dropped.load(Ordering::Relaxed), 1);
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 570);
}

#[test]
fn a_count_that_cannot_be_is_an_error() {
    let archive = tar(3);
    for lie in [65_537, usize::MAX - 1, usize::MAX / 2, usize::MAX] {
        let (source, dropped) = Source::give(
            &archive,
            Box::new(move |turn| {
                turn.say(lie);
                0
            }),
        );
        let (_, status) = read_archive(&source, 65_536, true);
        assert_eq!(status, anyarchive_status::Io, "{lie}");
        assert_eq!(dropped.load(Ordering::Relaxed), 1);
    }
}

#[test]
fn a_code_is_an_error_even_with_a_count() {
    let archive = tar(3);
    for code in [1, -1, 1000, i32::MIN, i32::MAX] {
        let trick = move |turn: &mut Turn<'_>| {
            turn.read();
            code
        };
        let (source, _) = Source::give(&archive, Box::new(trick));
        assert_eq!(
            read_archive(&source, 65_536, true),
            (0, anyarchive_status::Io),
            "{code}"
        );
    }
}

#[test]
fn an_early_end_is_told_apart_from_an_error() {
    let archive = tar(3);
    for cut in [700, 1536 + 100, 1536 + 600] {
        let (source, _) = Source::give(&archive[..cut], good());
        let (_, status) = read_archive(&source, 512, true);
        assert_eq!(status, anyarchive_status::Truncated, "{cut}");
    }
}

#[test]
fn a_call_on_the_reader_from_its_callback_is_refused() {
    let archive = tar(3);
    let reader: Rc<Cell<*mut anyarchive_reader>> = Rc::default();
    let answers: Rc<Cell<Option<anyarchive_status>>> = Rc::default();
    let (in_callback, seen) = (Rc::clone(&reader), Rc::clone(&answers));
    let trick = move |turn: &mut Turn<'_>| {
        let reader = in_callback.get();
        if !reader.is_null() {
            seen.set(next(reader).err());
            assert!(c!(anyarchive_reader_error(reader)).is_null());
            assert!(c!(anyarchive_reader_take_error(reader)).is_null());
            assert_eq!(c!(anyarchive_reader_bytes_read(reader)), 0);
            assert_eq!(text(c!(anyarchive_reader_format_name(reader))), "");
            assert_eq!(read_all(reader), Err(anyarchive_status::Busy));
        }
        turn.cap = turn.cap.min(512);
        turn.read()
    };
    let (source, _) = Source::give(&archive, Box::new(trick));
    let settings = anyarchive_reader_settings_new();
    c!(anyarchive_reader_settings_block_size(settings, 512));
    let (opened, status) = open_source(&source, settings);
    assert_eq!(status, anyarchive_status::Ok);
    reader.set(opened);
    for number in 0..3 {
        assert_eq!(next(opened), Ok(format!("file-{number}")));
    }
    assert_eq!(next(opened), Err(anyarchive_status::Eof));
    assert_eq!(answers.get(), Some(anyarchive_status::Busy));
    c!(anyarchive_reader_free(opened));
    c!(anyarchive_reader_settings_free(settings));
}

#[test]
fn a_reader_that_its_callback_frees_dies_when_the_call_ends() {
    let archive = tar(3);
    let reader: Rc<Cell<*mut anyarchive_reader>> = Rc::default();
    let in_callback = Rc::clone(&reader);
    let trick = move |turn: &mut Turn<'_>| {
        // Twice: the second does nothing.
        c!(anyarchive_reader_free(in_callback.get()));
        c!(anyarchive_reader_free(in_callback.get()));
        turn.cap = turn.cap.min(512);
        turn.read()
    };
    let (source, dropped) = Source::give(&archive, Box::new(trick));
    let settings = anyarchive_reader_settings_new();
    c!(anyarchive_reader_settings_block_size(settings, 512));
    let (opened, _) = open_source(&source, settings);
    reader.set(opened);
    assert_eq!(dropped.load(Ordering::Relaxed), 0);
    // It reads ahead at least once before it ends.
    let _ = c!(anyarchive_reader_next(opened, &mut ptr::null()));
    let (mut buffer, mut count) = ([0_u8; 700], 1);
    // Once it is freed, nothing may be called any more.
    while dropped.load(Ordering::Relaxed) == 0 && count != 0 {
        let buffer = buffer.as_mut_ptr();
        let _ = c!(anyarchive_reader_read(
            opened,
            buffer.cast(),
            700,
            &raw mut count
        ));
    }
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
    c!(anyarchive_reader_settings_free(settings));
}

struct Reenter {
    reader: Cell<*mut anyarchive_reader>,
    archive: Vec<u8>,
    position: Cell<usize>,
    seen: Cell<Option<anyarchive_status>>,
}

unsafe extern "C" fn read_slice(
    user: *mut c_void,
    buffer: *mut u8,
    cap: usize,
    n_read: *mut usize,
) -> i32 {
    // SAFETY: the test keeps it.
    let this = unsafe { &*user.cast::<Reenter>() };
    let rest = &this.archive[this.position.get()..];
    let count = rest.len().min(cap);
    // SAFETY: both have `count` bytes.
    unsafe { ptr::copy_nonoverlapping(rest.as_ptr(), buffer, count) };
    this.position.set(this.position.get() + count);
    // SAFETY: the library gave this place.
    unsafe { n_read.write(count) };
    0
}

unsafe extern "C" fn drop_and_call(user: *mut c_void) {
    // SAFETY: the test keeps it.
    let this = unsafe { &*user.cast::<Reenter>() };
    let reader = this.reader.get();
    this.seen.set(next(reader).err());
    c!(anyarchive_reader_free(reader));
}

#[test]
fn a_drop_that_calls_back_finds_no_reader() {
    let this = Reenter {
        reader: Cell::new(ptr::null_mut()),
        archive: tar(1),
        position: Cell::new(0),
        seen: Cell::new(None),
    };
    let source = anyarchive_source {
        struct_size: size_of::<anyarchive_source>(),
        user: (&raw const this).cast_mut().cast(),
        read: Some(read_slice),
        seek: None,
        drop: Some(drop_and_call),
    };
    let (reader, status) = open_source(&source, ptr::null());
    assert_eq!(status, anyarchive_status::Ok);
    this.reader.set(reader);
    c!(anyarchive_reader_free(reader));
    assert_eq!(this.seen.get(), Some(anyarchive_status::InvalidInput));
}

#[test]
fn a_second_thread_is_refused_while_a_call_runs() {
    let archive = tar(3);
    let reader: Rc<Cell<*mut anyarchive_reader>> = Rc::default();
    let answer: Rc<Cell<Option<i32>>> = Rc::default();
    let (in_callback, seen) = (Rc::clone(&reader), Rc::clone(&answer));
    let trick = move |turn: &mut Turn<'_>| {
        let address = in_callback.get() as usize;
        if address != 0 {
            let status = thread::spawn(move || {
                let reader = address as *mut anyarchive_reader;
                next(reader).err().map(|status| status as i32)
            });
            seen.set(status.join().unwrap());
        }
        turn.cap = turn.cap.min(512);
        turn.read()
    };
    let (source, _) = Source::give(&archive, Box::new(trick));
    let settings = anyarchive_reader_settings_new();
    c!(anyarchive_reader_settings_block_size(settings, 512));
    let (opened, _) = open_source(&source, settings);
    reader.set(opened);
    while next(opened).is_ok() {}
    assert_eq!(answer.get(), Some(anyarchive_status::Busy as i32));
    reader.set(ptr::null_mut());
    c!(anyarchive_reader_free(opened));
    c!(anyarchive_reader_settings_free(settings));
}

#[test]
fn a_reader_moves_to_another_thread() {
    let archive = tar(2);
    let reader = open_memory(&archive);
    assert_eq!(next(reader), Ok("file-0".into()));
    let address = reader as usize;
    let work = thread::spawn(move || {
        let reader = address as *mut anyarchive_reader;
        let path = next(reader);
        c!(anyarchive_reader_free(reader));
        path.map_err(|status| status as i32)
    });
    assert_eq!(work.join().unwrap(), Ok("file-1".into()));
}

#[test]
fn what_was_given_is_dropped_once_when_opening_fails() {
    let archive = tar(1);
    // No place for the reader.
    let (source, dropped) = Source::give(&archive, good());
    let status = c!(anyarchive_reader_open_source(
        &raw const source,
        ptr::null(),
        ptr::null_mut(),
        ptr::null_mut()
    ));
    assert_eq!(status, anyarchive_status::InvalidInput);
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
    // Nothing to read with.
    let (mut source, dropped) = Source::give(&archive, good());
    source.read = None;
    assert_eq!(
        open_source(&source, ptr::null()),
        (ptr::null_mut(), anyarchive_status::InvalidInput)
    );
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
    // No archive.
    let (source, dropped) = Source::give(&[7; 5000], good());
    assert_eq!(
        open_source(&source, ptr::null()),
        (ptr::null_mut(), anyarchive_status::UnknownFormat)
    );
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
}

#[test]
fn structs_of_other_versions() {
    #[repr(C)]
    struct Newer {
        source: anyarchive_source,
        more: usize,
    }
    let archive = tar(1);
    for more in [0, 1] {
        let (mut source, dropped) = Source::give(&archive, good());
        source.struct_size = size_of::<Newer>();
        let user = source.user;
        let newer = Newer { source, more };
        let mut reader = ptr::null_mut();
        let status = c!(anyarchive_reader_open_source(
            (&raw const newer).cast(),
            ptr::null(),
            &raw mut reader,
            ptr::null_mut()
        ));
        if more == 0 {
            assert_eq!(status, anyarchive_status::Ok);
            c!(anyarchive_reader_free(reader));
            assert_eq!(dropped.load(Ordering::Relaxed), 1);
        } else {
            // It cannot be known what this means, so nothing of it was touched.
            assert_eq!(status, anyarchive_status::Unsupported);
            assert_eq!(dropped.load(Ordering::Relaxed), 0);
            c!(newer.source.drop.unwrap()(user));
        }
    }
    for size in [0, 8, size_of::<anyarchive_source>() - 1, 5000, usize::MAX] {
        let (mut source, _) = Source::give(&archive, good());
        source.struct_size = size;
        assert_eq!(
            open_source(&source, ptr::null()),
            (ptr::null_mut(), anyarchive_status::InvalidInput)
        );
        c!(source.drop.unwrap()(source.user));
    }
}
