//! NULL, numbers out of range, handles of another kind: each is an answer, never more.

mod support;

use std::ptr;

use anyarchive_capi::*;
use support::*;

const INVALID: anyarchive_status = anyarchive_status::InvalidInput;

#[test]
fn null_is_an_answer_everywhere() {
    let none = ptr::null_mut();
    assert_eq!(
        c!(anyarchive_reader_next(ptr::null_mut(), &mut ptr::null())),
        INVALID
    );
    assert_eq!(read_all(ptr::null_mut()), Err(INVALID));
    assert!(c!(anyarchive_reader_error(ptr::null())).is_null());
    assert!(c!(anyarchive_reader_take_error(ptr::null_mut())).is_null());
    assert_eq!(text(c!(anyarchive_reader_format_name(ptr::null()))), "");
    assert_eq!(text(c!(anyarchive_reader_filters(ptr::null()))), "");
    assert!(!c!(anyarchive_reader_total_bytes(ptr::null(), &mut 0)));
    assert_eq!(c!(anyarchive_writer_finish(ptr::null_mut())), INVALID);
    assert_eq!(
        c!(anyarchive_writer_start_entry(ptr::null_mut(), ptr::null())),
        INVALID
    );
    assert!(c!(anyarchive_writer_take_warning(ptr::null_mut())).is_null());
    assert!(!c!(anyarchive_writer_data(
        ptr::null(),
        &mut ptr::null(),
        &mut 0
    )));
    assert_eq!(
        c!(anyarchive_extractor_run(
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null()
        )),
        INVALID
    );
    assert_eq!(c!(anyarchive_extractor_item_count(ptr::null())), 0);
    assert_eq!(text(c!(anyarchive_entry_path(ptr::null()))), "");
    assert!(c!(anyarchive_entry_symlink(ptr::null())).is_null());
    assert!(!c!(anyarchive_entry_size(ptr::null(), &mut 0)));
    assert_eq!(c!(anyarchive_entry_xattr_count(ptr::null())), 0);
    assert_eq!(
        c!(anyarchive_entry_set_mode(ptr::null_mut(), 0o644, none)),
        INVALID
    );
    assert_eq!(
        c!(anyarchive_entry_clone(
            ptr::null(),
            &mut ptr::null_mut(),
            none
        )),
        INVALID
    );
    assert_eq!(
        c!(anyarchive_error_status(ptr::null())),
        anyarchive_status::Ok
    );
    assert_eq!(text(c!(anyarchive_error_message(ptr::null()))), "");
    assert!(!c!(anyarchive_cancel_token_is_cancelled(ptr::null())));
    c!(anyarchive_cancel_token_cancel(ptr::null()));
    c!(anyarchive_reader_free(ptr::null_mut()));
    c!(anyarchive_reader_settings_free(ptr::null_mut()));
    c!(anyarchive_writer_free(ptr::null_mut()));
    c!(anyarchive_writer_settings_free(ptr::null_mut()));
    c!(anyarchive_extractor_free(ptr::null_mut()));
    c!(anyarchive_entry_free(ptr::null_mut()));
    c!(anyarchive_error_free(ptr::null_mut()));
    c!(anyarchive_cancel_token_free(ptr::null_mut()));
}

#[test]
fn null_places_and_texts_are_refused_by_name() {
    let mut error = ptr::null_mut();
    let status = c!(anyarchive_reader_open_path(
        ptr::null(),
        ptr::null(),
        &mut ptr::null_mut(),
        &raw mut error
    ));
    assert_eq!(status, INVALID);
    assert_eq!(c!(anyarchive_error_status(error)), INVALID);
    assert_eq!(
        text(c!(anyarchive_error_message(error))),
        "the path is NULL"
    );
    c!(anyarchive_error_free(error));

    let archive = tar(1);
    let reader = open_memory(&archive);
    assert_eq!(c!(anyarchive_reader_next(reader, ptr::null_mut())), INVALID);
    assert_eq!(reader_error(reader), "the place for the entry is NULL");
    // Nothing was skipped by that.
    assert_eq!(next(reader), Ok("file-0".into()));
    let status = c!(anyarchive_reader_read(reader, ptr::null_mut(), 5, &mut 0));
    assert_eq!(status, INVALID);
    assert_eq!(reader_error(reader), "the buffer is NULL");
    let mut byte = 0_u8;
    let status = c!(anyarchive_reader_read(
        reader,
        (&raw mut byte).cast(),
        usize::MAX,
        &mut 0
    ));
    assert_eq!(status, INVALID);
    assert_eq!(read_all(reader).map(|data| data.len()), Ok(1000));
    c!(anyarchive_reader_free(reader));
}

#[test]
fn a_handle_of_another_kind_is_refused_and_not_freed() {
    let extractor = anyarchive_extractor_new();
    let settings = anyarchive_reader_settings_new();
    assert_eq!(next(extractor.cast()), Err(INVALID));
    assert_eq!(c!(anyarchive_writer_finish(settings.cast())), INVALID);
    assert_eq!(
        c!(anyarchive_extractor_run(
            extractor,
            settings.cast(),
            c".".as_ptr()
        )),
        INVALID
    );
    let mut reader = ptr::null_mut();
    let status = c!(anyarchive_reader_open_memory(
        ptr::null(),
        0,
        extractor.cast(),
        &raw mut reader,
        ptr::null_mut()
    ));
    assert_ne!(status, anyarchive_status::Ok);
    assert!(reader.is_null());
    c!(anyarchive_reader_free(extractor.cast()));
    c!(anyarchive_writer_free(settings.cast()));
    // Both live.
    assert_eq!(
        c!(anyarchive_extractor_strip_components(extractor, 1)),
        anyarchive_status::Ok
    );
    assert_eq!(
        c!(anyarchive_reader_settings_block_size(settings, 1024)),
        anyarchive_status::Ok
    );
    c!(anyarchive_extractor_free(extractor));
    c!(anyarchive_reader_settings_free(settings));
}

#[test]
fn numbers_and_names_that_are_none_are_refused() {
    let extractor = anyarchive_extractor_new();
    for number in [-1, 3, i32::MAX, i32::MIN] {
        assert_eq!(
            c!(anyarchive_extractor_existing(extractor, number)),
            INVALID
        );
    }
    for number in [-1, 0, 9, i32::MAX] {
        assert_eq!(
            c!(anyarchive_extractor_limit(extractor, number, 5)),
            INVALID
        );
    }
    c!(anyarchive_extractor_free(extractor));
    for kind in [-1, 0, 8, i32::MIN] {
        let mut entry = ptr::null_mut();
        let status = c!(anyarchive_entry_new(
            c"a".as_ptr(),
            kind,
            &raw mut entry,
            ptr::null_mut()
        ));
        assert_eq!((status, entry), (INVALID, ptr::null_mut()));
    }
    let settings = anyarchive_reader_settings_new();
    assert_eq!(
        c!(anyarchive_reader_settings_format(
            settings,
            c"tarr".as_ptr()
        )),
        INVALID
    );
    assert_eq!(
        c!(anyarchive_reader_settings_filter(settings, c"gz".as_ptr())),
        anyarchive_status::Unsupported
    );
    assert_eq!(
        c!(anyarchive_reader_settings_options(
            settings,
            c"\xff".as_ptr()
        )),
        INVALID
    );
    c!(anyarchive_reader_settings_free(settings));
    let mut settings = ptr::null_mut();
    let status = c!(anyarchive_writer_settings_new(
        c"nonsense".as_ptr(),
        &raw mut settings,
        ptr::null_mut()
    ));
    assert_eq!((status, settings), (INVALID, ptr::null_mut()));
}

#[test]
fn texts_about_the_library() {
    assert_eq!(text(anyarchive_version_string()), env!("CARGO_PKG_VERSION"));
    assert_eq!(anyarchive_abi_version(), ANYARCHIVE_ABI);
    assert!(text(anyarchive_libarchive_version()).starts_with("libarchive 3."));
    assert!(text(anyarchive_linkage_json()).starts_with('{'));
    let can = text(anyarchive_capabilities_json());
    for name in ["\"tar\"", "\"pax\"", "\"gzip\"", "\"write_filters\":["] {
        assert!(can.contains(name), "{name} in {can}");
    }
}
