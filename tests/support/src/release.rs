//! Which release of libarchive the tests run with.

/// Whether the libarchive in use is older than a release, given as `3_008_009`, and why a test cannot
/// go on with it. Says so in the words that `cargo xtask link-matrix --test` collects.
///
/// Old releases have defects of their own, which no wrapper can mend.
#[must_use]
pub fn is_older_than(release: i32, why: &str) -> bool {
    // SAFETY: returns a constant.
    let linked = unsafe { archive_sys::archive_version_number() };
    let older = linked < release;
    if older {
        println!("not tested: libarchive {} {why}", dotted(linked));
    }
    older
}

fn dotted(number: i32) -> String {
    let (major, minor, patch) = (number / 1_000_000, number / 1000 % 1000, number % 1000);
    format!("{major}.{minor}.{patch}")
}
