//! Which libarchive this is.

use std::path::PathBuf;

use crate::ffi;

/// Version of the libarchive in use, as `major * 1_000_000 + minor * 1_000 + patch`;
/// 0 when it is loaded at run time and there is none.
///
/// # Examples
///
/// ```
/// assert!(anyarchive::version_number() >= 3_006_002);
/// ```
#[doc(alias = "archive_version_number")]
#[must_use]
pub fn version_number() -> u32 {
    ffi::version::number().unsigned_abs()
}

/// Name and version of the libarchive in use, such as `libarchive 3.8.9`; empty when it is loaded
/// at run time and there is none.
#[doc(alias = "archive_version_string")]
#[must_use]
pub fn version_string() -> String {
    ffi::version::string()
}

/// How libarchive is linked, as decided when this crate was built; from [`linkage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Linkage {
    /// `static`, `dylib` or `dlopen`; `none` in documentation builds.
    pub kind: &'static str,
    /// Where the library is from: `vendored-cc`, `pkg-config`, `explicit`, `run-time`, or `none`.
    pub origin: &'static str,
    /// Version at build time; `0.0.0` for `dlopen`. A shared library can be another when the
    /// program runs: see [`version_number`].
    pub version: &'static str,
    /// Codecs of a vendored build, with commas; empty for others.
    pub codecs: &'static str,
    /// Cryptography of a vendored build: `rust`, `cng`, `commoncrypto` or `none`; `unknown` for
    /// others.
    pub crypto: &'static str,
    /// What made the build choose this library.
    pub reason: &'static str,
}

/// How libarchive is linked.
///
/// # Examples
///
/// ```
/// let linkage = anyarchive::linkage();
/// println!("{}, {} ({})", anyarchive::version_string(), linkage.origin, linkage.kind);
/// ```
#[must_use]
pub fn linkage() -> Linkage {
    let info = archive_sys::link_info();
    Linkage {
        kind: info.kind,
        origin: info.origin,
        version: info.version,
        codecs: info.codecs,
        crypto: info.crypto,
        reason: info.reason,
    }
}

/// The file that holds libarchive's code: the shared library, or the program itself when it is
/// linked statically. `None` where the system does not tell, and when there is no library.
///
/// # Examples
///
/// ```
/// if let Some(path) = anyarchive::library_path() {
///     println!("libarchive is in {}", path.display());
/// }
/// ```
#[must_use]
pub fn library_path() -> Option<PathBuf> {
    archive_sys::load().ok()?;
    archive_sys::loaded_path()
}
