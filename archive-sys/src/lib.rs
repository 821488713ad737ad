//! Raw bindings to libarchive, for crates that wrap it; `anyarchive` is the safe one.
//!
//! Which libarchive this is, and how it is linked, is decided when it is built: see
//! [`link_info`], the `DEP_ARCHIVE_*` variables of dependents' build scripts, and the file
//! `link-report.txt` in this crate's output directory.
//!
//! The bindings fit libarchive 3.6.2 and newer, and every function of the newest release is an item
//! whatever is linked. Before a function is called that not all releases have, [`available`] tells
//! whether it is there; without that, the process aborts with its name:
//!
//! ```
//! if archive_sys::available::archive_nettle_version() {
//!     // SAFETY: no arguments, and the library has it.
//!     let version = unsafe { archive_sys::archive_nettle_version() };
//!     println!("nettle: {}", !version.is_null());
//! }
//! ```
//!
//! For decisions at build time the names of `archive_since_3_7_3`, `archive_since_3_7_5` and
//! `archive_since_3_8_0`, as far as they hold, reach dependents as `DEP_ARCHIVE_CFGS`. The one variadic function, `archive_set_error`, is replaced by
//! [`set_error_message`], because it takes a format like `printf`.
//!
//! # A shared library from source
//!
//! With the features `vendored` and `dylib`, on ELF systems, the source becomes
//! `libanyarchive-archive.so.13`: no loader takes the system's `libarchive.so.13` for it. It holds
//! the codecs, exports the public functions of libarchive and nothing else, and consists of C code
//! alone, so deflate comes from the feature `zlib` and cryptography from `openssl`, if at all.
//! `cargo run` and `cargo test` find it. For programs that start by themselves, the package of the
//! program depends on `archive-sys` as well and tells the linker in its `build.rs` where to look:
//!
//! ```no_run
//! if std::env::var("DEP_ARCHIVE_KIND").as_deref() == Ok("dylib") {
//!     let dir = std::env::var("DEP_ARCHIVE_LIBDIR").unwrap_or_default();
//!     println!("cargo::rustc-link-arg=-Wl,-rpath,{dir}");
//! }
//! ```
//!
//! To hand the program on, install the library beside it and use `-Wl,-rpath,$ORIGIN`.
//!
//! # Linux on 32 bits
//!
//! There `time_t` has 32 or 64 bits, and `struct stat` two layouts, depending on how a library was
//! compiled. The source is compiled for 64 bits where the C library can (glibc since 2.34, musl),
//! and [`time_t`] is as wide as that of the library: the compiler is asked for a library that is
//! built, the file of one that is there is looked at. `DEP_ARCHIVE_DEFINES` makes C code of
//! dependents agree. `stat` is opaque, and the feature `dlopen` is refused.
//!
//! # For auditors
//!
//! Tools that list what a program is made of see crates, and they see shared libraries, but not the
//! C code that a crate compiles. So the build writes a record that names each native library with
//! version, package URL, CPE, licence, digest of the source and way of linking. It is deterministic,
//! and has no paths. There are four ways to it:
//!
//! * [`LINKAGE`] and [`LinkInfo::libraries`], in the program;
//! * an ELF note in every program and shared library that has this crate in it, whatever the profile:
//!   section `.note.anyarchive`, owner `anyarchive`, type `0x61726368`, with [`LINKAGE`] and a NUL.
//!   `readelf -p .note.anyarchive FILE` shows it; it survives LTO and `strip`;
//! * `.note.dlopen`, when the library is loaded at run time: the [standard note] from which packagers
//!   make dependencies;
//! * a bill of materials in CycloneDX 1.5, to be merged into that of the program: `linkage.cdx.json`
//!   in the output directory, whose path build scripts of dependents get as `DEP_ARCHIVE_SBOM`. It
//!   has no serial number and no time, so that the same build gives the same file.
//!
//! The version of a codec is read from the header of the `-sys` crate that compiles it; its digest is
//! that crate's, in `Cargo.lock`. Of what libarchive's own source carries of others (BLAKE2, PPMd,
//! xxHash) upstream tells no versions. Of a system's library its version at build time is known, and
//! nothing of what is inside.
//!
//! Limits: a Rust *static library* that is linked into a C program loses the notes, because linkers
//! take from it only what is called, unless it is linked with `--whole-archive`. On Apple systems the
//! record is in the section `__DATA,__anyarchive`; nobody has verified that on such a system yet.
//! Windows and WebAssembly have the constants alone. The feature `no-linkage-note` leaves the notes
//! out.
//!
//! [standard note]: https://systemd.io/ELF_DLOPEN_METADATA

#![allow(non_camel_case_types, non_snake_case)]

#[cfg(not(archive_bindgen))]
mod bindings;
#[cfg(archive_bindgen)]
#[allow(unused_imports)] // other headers may need less
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}
#[cfg(archive_crypto_rust)]
mod crypto;
mod link;
mod link_info;
mod loading;
#[cfg(any(archive_note_elf, archive_note_macho))]
mod note;
#[cfg(archive_random)]
mod random;
mod types;
#[cfg(archive_zlib_rs)]
mod zlib;

use core::{
    ffi::{CStr, c_int, c_uint},
    marker::{PhantomData, PhantomPinned},
};

// The codecs' objects reach the linker only if something names their crates.
#[cfg(archive_vendored)]
mod codecs {
    #[cfg(feature = "bzip2")]
    use bzip2_sys as _;
    #[cfg(feature = "xz")]
    use liblzma_sys as _;
    #[cfg(all(feature = "zlib", not(feature = "zlib-rs")))]
    use libz_sys as _;
    #[cfg(feature = "lz4")]
    use lz4_sys as _;
    #[cfg(all(feature = "openssl", archive_openssl))]
    use openssl_sys as _;
    #[cfg(feature = "zstd")]
    use zstd_sys as _;
}

pub use bindings::*;
pub use link_info::{LINKAGE, LinkInfo, LinkedLibrary, link_info};
#[cfg(archive_dlopen)]
pub use loading::load_from;
pub use loading::{LoadError, load, loaded_path};
pub use types::{FILE, dev_t, mode_t, stat, time_t, wchar_t};

/// `la_int64_t`
pub type la_int64_t = i64;
/// `la_ssize_t`
pub type la_ssize_t = isize;

/// Types that only C can make: opaque, not `Send`, not `Sync`, not `Unpin`.
macro_rules! opaque {
    ($($(#[$attr:meta])* $name:ident;)*) => {$(
        $(#[$attr])*
        #[repr(C)]
        #[derive(Debug)]
        pub struct $name {
            _opaque: [u8; 0],
            _marker: PhantomData<(*mut u8, PhantomPinned)>,
        }
    )*};
}

opaque! {
    /// `struct archive`: a reader, writer or matcher.
    archive;
    /// `struct archive_entry`
    archive_entry;
    /// `struct archive_acl`
    archive_acl;
    /// `struct archive_entry_linkresolver`
    archive_entry_linkresolver;
}

// Cast macros in C, which no generator sees.
/// Mask of the type bits in a mode.
pub const AE_IFMT: c_uint = 0o170_000;
/// Regular file.
pub const AE_IFREG: c_uint = 0o100_000;
/// Symbolic link.
pub const AE_IFLNK: c_uint = 0o120_000;
/// Socket.
pub const AE_IFSOCK: c_uint = 0o140_000;
/// Character device.
pub const AE_IFCHR: c_uint = 0o020_000;
/// Block device.
pub const AE_IFBLK: c_uint = 0o060_000;
/// Directory.
pub const AE_IFDIR: c_uint = 0o040_000;
/// Named pipe.
pub const AE_IFIFO: c_uint = 0o010_000;

#[cfg(not(archive_dlopen))]
unsafe extern "C" {
    fn archive_set_error(a: *mut archive, errno: c_int, format: *const core::ffi::c_char, ...);
}

/// `archive_set_error` with a text that is no format.
///
/// # Safety
///
/// `a` is a live handle.
pub unsafe fn set_error_message(a: *mut archive, errno: c_int, message: &CStr) {
    #[cfg(archive_dlopen)]
    let archive_set_error = loading::set_error();
    // SAFETY: the caller's promise; the format takes exactly one string.
    unsafe { archive_set_error(a, errno, c"%s".as_ptr(), message.as_ptr()) };
}
