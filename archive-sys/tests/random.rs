//! Salts come from the generator of the operating system: libarchive's own one, which falls back to
//! the clock for a seed, is not in a library that is built here.

use std::{fs, path::PathBuf};

/// The library that the build script made; `None` for one that was there.
fn built_library() -> Option<PathBuf> {
    let info = archive_sys::link_info();
    if !info.origin.starts_with("vendored") {
        eprintln!(
            "not tested: the library was not built here ({})",
            info.origin
        );
        return None;
    }
    let file = match (info.kind, cfg!(target_env = "msvc")) {
        ("dylib", _) => "shared/libanyarchive-archive.so.13",
        (_, false) => "static/libarchive.a",
        (_, true) => "static/archive.lib",
    };
    Some(PathBuf::from(env!("OUT_DIR")).join(file))
}

#[test]
fn no_other_generator_is_built_in() {
    let Some(library) = built_library() else {
        return;
    };
    let bytes = fs::read(&library).unwrap_or_else(|error| panic!("{}: {error}", library.display()));
    // Names of symbols end with a NUL, those of objects in an archive with a line feed.
    let names: Vec<&[u8]> = bytes.split(|byte| matches!(byte, 0 | b'\n')).collect();
    let has = |part: &str| {
        let part = part.as_bytes();
        names
            .iter()
            .any(|name| name.len() < 100 && name.windows(part.len()).any(|window| window == part))
    };
    // Of the C library, and the functions of libarchive's own generator.
    for other in ["arc4random", "arc4_stir", "arc4_getbyte"] {
        assert!(!has(other), "{}: {other}", library.display());
    }
    if cfg!(windows) {
        assert!(has("BCryptGenRandom") || has("CryptGenRandom"));
        return;
    }
    assert!(!has("archive_random.o"), "{}", library.display());
    assert!(has("archive_sys_random"), "{}", library.display());
    if archive_sys::link_info().kind == "dylib" {
        assert!(has("getentropy"), "{}", library.display());
    }
}

/// What C calls in a static library.
#[cfg(archive_random)]
mod in_rust {
    use core::ffi::{c_int, c_void};
    use std::ptr;

    unsafe extern "C" {
        fn archive_sys_random(buffer: *mut c_void, len: usize) -> c_int;
    }

    #[test]
    fn bytes_are_filled_to_the_last_and_differ() {
        let mut seen = [false; 64];
        let mut last = [0_u8; 64];
        for _ in 0..16 {
            let mut bytes = [0_u8; 64];
            // SAFETY: 64 writable bytes.
            let rc = unsafe { archive_sys_random(bytes.as_mut_ptr().cast(), bytes.len()) };
            assert_eq!(rc, archive_sys::ARCHIVE_OK);
            assert_ne!(bytes, last);
            for (seen, byte) in seen.iter_mut().zip(bytes) {
                *seen |= byte != 0;
            }
            last = bytes;
        }
        // Each place was zero 16 times with a probability of 256 to the power of -16.
        assert_eq!(seen, [true; 64]);
    }

    #[test]
    fn nothing_is_written_where_nothing_is_asked() {
        // SAFETY: no bytes to write.
        let rc = unsafe { archive_sys_random(ptr::null_mut(), 0) };
        assert_eq!(rc, archive_sys::ARCHIVE_OK);
        // SAFETY: NULL is refused.
        let rc = unsafe { archive_sys_random(ptr::null_mut(), 8) };
        assert_eq!(rc, archive_sys::ARCHIVE_FAILED);
    }
}
