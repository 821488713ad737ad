//! Extraction: safe from the start, told of, stopped, limited.

mod support;

use std::{
    cell::Cell,
    ffi::{CString, c_void},
    ptr,
    rc::Rc,
};

use anyarchive_capi::*;
use support::*;

const OK: anyarchive_status = anyarchive_status::Ok;

fn destination(directory: &tempfile::TempDir) -> CString {
    c_string(directory.path().as_os_str().as_encoded_bytes())
}

fn run(
    extractor: *mut anyarchive_extractor,
    archive: &[u8],
    directory: &tempfile::TempDir,
) -> anyarchive_status {
    let reader = open_memory(archive);
    let to = destination(directory);
    let status = c!(anyarchive_extractor_run(extractor, reader, to.as_ptr()));
    c!(anyarchive_reader_free(reader));
    status
}

#[test]
fn what_leads_outside_is_refused_and_the_rest_extracted() {
    let writer = memory_writer("ustar");
    write_file(writer, "good", b"1");
    write_file(writer, "../bad", b"2");
    write_file(writer, "also-good", b"3");
    let archive = finish(writer);
    let outer = tempfile::tempdir().unwrap();
    let directory = tempfile::tempdir_in(&outer).unwrap();
    let extractor = anyarchive_extractor_new();
    assert_eq!(run(extractor, &archive, &directory), OK);
    assert_eq!(c!(anyarchive_extractor_entries(extractor)), 2);
    assert_eq!(c!(anyarchive_extractor_bytes(extractor)), 2);
    assert_eq!(c!(anyarchive_extractor_item_count(extractor)), 1);
    let (mut outcome, mut path, mut reason) = (0, ptr::null(), ptr::null());
    let status = c!(anyarchive_extractor_item(
        extractor,
        0,
        &raw mut outcome,
        &raw mut path,
        &raw mut reason
    ));
    assert_eq!(status, OK);
    assert_eq!(outcome, anyarchive_outcome::Refused as i32);
    assert_eq!(text(path), "../bad");
    assert!(!text(reason).is_empty());
    let status = c!(anyarchive_extractor_item(
        extractor,
        1,
        ptr::null_mut(),
        ptr::null_mut(),
        ptr::null_mut()
    ));
    assert_eq!(status, anyarchive_status::InvalidInput);
    assert!(directory.path().join("good").exists());
    assert!(directory.path().join("also-good").exists());
    assert!(!outer.path().join("bad").exists());
    // What an extraction that cannot begin says is not of the one before.
    let status = c!(anyarchive_extractor_run(
        extractor,
        ptr::null_mut(),
        c".".as_ptr()
    ));
    assert_eq!(status, anyarchive_status::InvalidInput);
    assert_eq!(c!(anyarchive_extractor_item_count(extractor)), 0);
    assert_eq!(c!(anyarchive_extractor_entries(extractor)), 0);
    c!(anyarchive_extractor_free(extractor));
}

type Answer = Box<dyn FnMut(&anyarchive_progress, *mut i32) -> i32>;

struct Watch {
    answer: Answer,
    dropped: Rc<Cell<usize>>,
}

unsafe extern "C" fn on_progress(
    user: *mut c_void,
    progress: *const anyarchive_progress,
    go_on: *mut i32,
) -> i32 {
    // SAFETY: made by `watch`; one callback at a time.
    let watch = unsafe { &mut *user.cast::<Watch>() };
    // SAFETY: lent for the time of the call.
    let progress = unsafe { &*progress };
    (watch.answer)(progress, go_on)
}

unsafe extern "C" fn drop_watch(user: *mut c_void) {
    // SAFETY: made by `watch`.
    let watch = unsafe { Box::from_raw(user.cast::<Watch>()) };
    watch.dropped.set(watch.dropped.get() + 1);
}

fn watch(
    extractor: *mut anyarchive_extractor,
    function: anyarchive_progress_fn,
    answer: Answer,
) -> (anyarchive_status, Rc<Cell<usize>>) {
    let dropped = Rc::new(Cell::new(0));
    let watch = Box::into_raw(Box::new(Watch {
        answer,
        dropped: Rc::clone(&dropped),
    }));
    let status = c!(anyarchive_extractor_on_progress(
        extractor,
        function,
        watch.cast(),
        Some(drop_watch)
    ));
    (status, dropped)
}

fn go(place: *mut i32, on: i32) {
    // SAFETY: the library gave this place.
    unsafe { place.write(on) };
}

#[test]
fn progress_goes_on_only_when_it_says_so() {
    let archive = tar(20);
    // What is written to the place (if anything), what is returned, and whether that goes on.
    for (says, returns, goes_on) in [
        (Some(1), 0, true),
        (Some(0), 0, false),
        (Some(2), 0, false),
        (Some(1), 1, false),
        (None, 0, false),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let extractor = anyarchive_extractor_new();
        let (status, dropped) = watch(
            extractor,
            Some(on_progress),
            Box::new(move |progress, place| {
                assert_eq!(progress.struct_size, size_of::<anyarchive_progress>());
                assert!(text(progress.path).starts_with("file-"));
                if let Some(on) = says {
                    go(place, on);
                }
                returns
            }),
        );
        assert_eq!(status, OK);
        let status = run(extractor, &archive, &directory);
        let expected = if goes_on {
            OK
        } else {
            anyarchive_status::Cancelled
        };
        assert_eq!(status, expected, "{says:?} {returns}");
        assert_eq!(dropped.get(), 0);
        c!(anyarchive_extractor_free(extractor));
        assert_eq!(dropped.get(), 1);
    }
}

#[test]
fn a_watcher_is_dropped_once_whatever_comes() {
    let extractor = anyarchive_extractor_new();
    let nothing = || -> Answer { Box::new(|_, _| 0) };
    let (status, dropped) = watch(extractor, None, nothing());
    assert_eq!(
        (status, dropped.get()),
        (anyarchive_status::InvalidInput, 1)
    );
    let (status, dropped) = watch(ptr::null_mut(), Some(on_progress), nothing());
    assert_eq!(
        (status, dropped.get()),
        (anyarchive_status::InvalidInput, 1)
    );
    let (status, first) = watch(extractor, Some(on_progress), nothing());
    assert_eq!((status, first.get()), (OK, 0));
    let (status, second) = watch(extractor, Some(on_progress), nothing());
    assert_eq!((status, first.get(), second.get()), (OK, 1, 0));
    c!(anyarchive_extractor_free(extractor));
    assert_eq!(second.get(), 1);
}

#[test]
fn an_extractor_in_its_own_callback_is_busy_and_may_be_freed() {
    let archive = tar(3);
    let directory = tempfile::tempdir().unwrap();
    let extractor = anyarchive_extractor_new();
    let seen = Rc::new(Cell::new(None));
    let answer = Rc::clone(&seen);
    let (_, dropped) = watch(
        extractor,
        Some(on_progress),
        Box::new(move |_, place| {
            answer.set(Some(c!(anyarchive_extractor_strip_components(
                extractor, 1
            ))));
            c!(anyarchive_extractor_free(extractor));
            go(place, 1);
            0
        }),
    );
    assert_eq!(run(extractor, &archive, &directory), OK);
    assert_eq!(seen.get(), Some(anyarchive_status::Busy));
    assert_eq!(dropped.get(), 1);
}

#[test]
fn the_entry_that_was_lent_is_over_when_the_rest_is_extracted() {
    let archive = tar(3);
    let directory = tempfile::tempdir().unwrap();
    let reader = open_memory(&archive);
    let mut entry = ptr::null();
    assert_eq!(c!(anyarchive_reader_next(reader, &raw mut entry)), OK);
    let extractor = anyarchive_extractor_new();
    let to = destination(&directory);
    assert_eq!(
        c!(anyarchive_extractor_run(extractor, reader, to.as_ptr())),
        OK
    );
    assert_eq!(c!(anyarchive_extractor_entries(extractor)), 2);
    assert_eq!(text(c!(anyarchive_entry_path(entry))), "");
    c!(anyarchive_extractor_free(extractor));
    c!(anyarchive_reader_free(reader));
}

#[test]
fn limits_and_tokens_stop_an_extraction() {
    let archive = tar(20);
    let limited = |limit: anyarchive_limit, value| {
        let directory = tempfile::tempdir().unwrap();
        let extractor = anyarchive_extractor_new();
        assert_eq!(c!(anyarchive_extractor_limits_for_server(extractor)), OK);
        assert_eq!(
            c!(anyarchive_extractor_limit(extractor, limit as i32, value)),
            OK
        );
        let status = run(extractor, &archive, &directory);
        c!(anyarchive_extractor_free(extractor));
        status
    };
    assert_eq!(limited(anyarchive_limit::Entries, 20), OK);
    let refused = anyarchive_status::Refused;
    assert_eq!(limited(anyarchive_limit::Entries, 5), refused);
    assert_eq!(limited(anyarchive_limit::Entries, ANYARCHIVE_UNLIMITED), OK);
    assert_eq!(limited(anyarchive_limit::TotalBytes, 5000), refused);

    let token = anyarchive_cancel_token_new();
    let extractor = anyarchive_extractor_new();
    assert_eq!(c!(anyarchive_extractor_cancel_token(extractor, token)), OK);
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(run(extractor, &archive, &directory), OK);
    assert!(!c!(anyarchive_cancel_token_is_cancelled(token)));
    let address = token as usize;
    let work = std::thread::spawn(move || {
        let token = address as *const anyarchive_cancel_token;
        c!(anyarchive_cancel_token_cancel(token));
    });
    work.join().unwrap();
    assert!(c!(anyarchive_cancel_token_is_cancelled(token)));
    // The extractor keeps what it needs of it.
    c!(anyarchive_cancel_token_free(token));
    let status = run(extractor, &archive, &directory);
    assert_eq!(status, anyarchive_status::Cancelled);
    c!(anyarchive_extractor_free(extractor));
}
