//! Version queries.

use std::{
    ffi::{c_char, c_int},
    sync::OnceLock,
};

use archive_sys as sys;

use super::cstr;

/// `archive_version_number`: 3008009 for 3.8.9; 0 when there is no library to ask.
pub(crate) fn number() -> c_int {
    if sys::load().is_err() {
        return 0;
    }
    // SAFETY: no arguments, answers a constant.
    unsafe { sys::archive_version_number() }
}

/// `archive_version_string`; empty when there is no library to ask.
pub(crate) fn string() -> String {
    if sys::load().is_err() {
        return String::new();
    }
    // SAFETY: no arguments.
    let version = unsafe { sys::archive_version_string() };
    // SAFETY: a static string.
    unsafe { cstr::lossy(version) }.unwrap_or_default()
}

/// `archive_version_details`: C builds the text in a static variable, so it is asked once.
pub(crate) fn details() -> &'static str {
    static DETAILS: OnceLock<String> = OnceLock::new();
    if sys::load().is_err() {
        return "";
    }
    DETAILS.get_or_init(|| {
        // SAFETY: no arguments; nothing else of this crate calls it, and this runs once.
        let details = unsafe { sys::archive_version_details() };
        // SAFETY: a string of the library, copied at once (I4).
        unsafe { cstr::lossy(details) }.unwrap_or_default()
    })
}

/// Libraries that libarchive can use: name, and the version of the one that it does use. Those that
/// the release does not tell of are not among them.
pub(crate) fn libraries() -> Vec<(&'static str, Option<String>)> {
    if sys::load().is_err() {
        return Vec::new();
    }
    let mut libraries = Vec::new();
    macro_rules! ask {
        ($($function:ident: $name:literal;)*) => {$(
            if sys::available::$function() {
                // SAFETY: the release has it, as was asked; no arguments.
                let version: *const c_char = unsafe { sys::$function() };
                // SAFETY: NULL or a static string, copied at once (I4).
                let version = unsafe { cstr::lossy(version) };
                libraries.push(($name, version));
            }
        )*};
    }
    ask! {
        archive_zlib_version: "zlib";
        archive_bzlib_version: "bzip2";
        archive_liblzma_version: "liblzma";
        archive_liblz4_version: "lz4";
        archive_libzstd_version: "zstd";
        archive_liblzo2_version: "lzo2";
        archive_libxml2_version: "libxml2";
        archive_libexpat_version: "expat";
        archive_libbsdxml_version: "bsdxml";
        archive_libiconv_version: "libiconv";
        archive_libpcre_version: "pcre";
        archive_libpcre2_version: "pcre2";
        archive_libacl_version: "libacl";
        archive_libattr_version: "libattr";
        archive_librichacl_version: "librichacl";
        archive_libmd_version: "libmd";
        archive_openssl_version: "openssl";
        archive_mbedtls_version: "mbedtls";
        archive_nettle_version: "nettle";
        archive_commoncrypto_version: "commoncrypto";
        archive_cng_version: "cng";
        archive_wincrypt_version: "wincrypt";
    }
    libraries
}
