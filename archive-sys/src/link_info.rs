//! What the build script decided.

/// How libarchive is linked, as decided when this crate was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkInfo {
    /// `static`, `dylib`, `dlopen`, or `none` in documentation builds.
    pub kind: &'static str,
    /// `vendored-cc`, `pkg-config`, `explicit`, `run-time`, or `none`.
    pub origin: &'static str,
    /// Version at build time; `0.0.0` for `dlopen`. A shared library can be another at run time: ask
    /// `archive_version_number`.
    pub version: &'static str,
    /// Codecs of a vendored build, with commas; empty for others.
    pub codecs: &'static str,
    /// `rust`, `cng`, `commoncrypto`, `none`, or `unknown` for a library that was there.
    pub crypto: &'static str,
    /// What made the build choose this library.
    pub reason: &'static str,
}

/// How libarchive is linked.
///
/// # Examples
///
/// ```
/// let info = archive_sys::link_info();
/// println!("libarchive {} ({}, {})", info.version, info.origin, info.kind);
/// ```
#[must_use]
pub fn link_info() -> LinkInfo {
    LinkInfo {
        kind: env!("ARCHIVE_SYS_LINKED_KIND"),
        origin: env!("ARCHIVE_SYS_LINKED_ORIGIN"),
        version: env!("ARCHIVE_SYS_LINKED_VERSION"),
        codecs: env!("ARCHIVE_SYS_LINKED_CODECS"),
        crypto: env!("ARCHIVE_SYS_LINKED_CRYPTO"),
        reason: env!("ARCHIVE_SYS_LINKED_REASON"),
    }
}
