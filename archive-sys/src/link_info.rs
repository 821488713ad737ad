//! What the build script decided.

/// How libarchive is linked, as decided when this crate was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkInfo {
    /// `static`, `dylib`, `dlopen`, or `none` in documentation builds.
    pub kind: &'static str,
    /// `vendored-cc`, `vendored-cmake`, `pkg-config`, `vcpkg`, `explicit`, `run-time`, or `none`.
    pub origin: &'static str,
    /// Version at build time; `0.0.0` for `dlopen`. A shared library can be another at run time: ask
    /// `archive_version_number`.
    pub version: &'static str,
    /// Codecs of a vendored build, with commas; empty for others.
    pub codecs: &'static str,
    /// `rust`, `openssl`, `cng`, `commoncrypto`, `none`, or `unknown` for a library that was there.
    pub crypto: &'static str,
    /// What made the build choose this library.
    pub reason: &'static str,
    /// The native libraries that the program has or needs: libarchive first, then what its source
    /// carries, the codecs in C, and libraries of the system that the linker is told of. Rust
    /// crates are not among them.
    pub libraries: &'static [LinkedLibrary],
}

/// A native library in [`LinkInfo::libraries`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkedLibrary {
    /// Name of the project, or the linker's name for a library of the system.
    pub name: &'static str,
    /// Version at build time; `None` when the build could not tell.
    pub version: Option<&'static str>,
    /// Package URL: the release at `github` for a source of upstream, else `generic`.
    pub purl: &'static str,
    /// Name in the National Vulnerability Database.
    pub cpe: Option<&'static str>,
    /// Licence as an SPDX expression.
    pub license: Option<&'static str>,
    /// `static`, `dylib` or `dlopen`.
    pub link: &'static str,
    /// Names that the loader is asked for, as far as they are known, the preferred one first.
    pub sonames: &'static [&'static str],
    /// What compiled it: `cc` or `cmake` for this crate, or the name of another crate, whose version and
    /// digest are in `Cargo.lock`. `None` for a library that was there.
    pub builder: Option<&'static str>,
    /// The library whose source carries this one.
    pub part_of: Option<&'static str>,
    /// sha256 of the release file of upstream, when the source was compared with it.
    pub tarball_sha256: Option<&'static str>,
    /// sha256 over the files that were compiled, in the form of `vendor/lock.toml`.
    pub tree_digest: Option<&'static str>,
}

/// The linkage record, JSON on one line: what [`link_info`] answers, with the same names.
///
/// The map has `format`, which is 1, `package` and `package_version` of this crate, `target`, and
/// the fields of [`LinkInfo`], where `codecs` is a list; the items of `libraries` have the fields
/// of [`LinkedLibrary`]. What is not known is left out. Fields may be added without a new `format`.
///
/// The same build gives the same text on every machine: it has no paths and no times.
///
/// # Examples
///
/// ```
/// assert!(archive_sys::LINKAGE.starts_with(r#"{"format":1,"#));
/// ```
pub const LINKAGE: &str = include_str!(concat!(env!("OUT_DIR"), "/linkage.json"));

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
        libraries: include!(concat!(env!("OUT_DIR"), "/linkage.rs")),
    }
}
